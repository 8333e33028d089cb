"""core's capture beside the window: it takes frames as they are decoded, in a thread, and leaves Blender to the user meanwhile."""

import queue
import threading

from ...core.errors import Cancelled

AHEAD = 24  # decoded frames that may wait


class Capturing:
    """A context: `feed` it frames, `close` it, and wait until it is `done`; then `result` is what core.api.capture made of them, or raises."""

    def __init__(self, fps, **arguments):
        self._fps, self._arguments = fps, arguments
        self._queue, self._stopped = queue.Queue(AHEAD), False
        self._made, self._error = None, None
        self.taken = 0

    def __enter__(self):
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped = True
        self._thread.join()

    @property
    def done(self):
        return not self._thread.is_alive()

    def feed(self, frames):
        """Hands over what there is room for; the frames that are left."""
        left = list(frames)
        while left and not self._queue.full():
            self._queue.put_nowait(left.pop(0))
        return left

    def close(self):
        """Says that no more frames come; whether there was room to say so."""
        if self._queue.full():
            return False
        self._queue.put_nowait(None)
        return True

    def result(self):
        if self._error is not None:
            raise self._error
        return self._made

    def _run(self):
        from ...core import api

        try:
            self._made = api.capture(self._frames(), self._fps, **self._arguments)
        except BaseException as error:
            self._error = error

    def _frames(self):
        while not self._stopped:
            try:
                frame = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if frame is None:
                return
            self.taken += 1
            yield frame
        raise Cancelled("Stopped; nothing was changed.")
