"""core's work on a movie beside the window: it takes frames as they are decoded, in a thread, and leaves Blender to the user meanwhile."""

import queue
import threading

from ...core.errors import Cancelled

AHEAD = 24  # decoded frames that may wait


class Beside:
    """A context: `work(frames, progress)` runs in a thread. `feed` it frames, `close` it, and wait until it is `done`; then `result` is what it made,
    or raises. fraction and what: how far it says it is."""

    def __init__(self, work):
        self._work = work
        self._queue, self._stopped, self._closed = queue.Queue(AHEAD), False, False
        self._made, self._error = None, None
        self.taken, self.fraction, self.what = 0, 0.0, "Starting"

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
        """Says that no more frames come, as soon as there is room to say so."""
        if not self._closed and not self._queue.full():
            self._queue.put_nowait(None)
            self._closed = True

    def result(self):
        if self._error is not None:
            raise self._error
        return self._made

    def check(self):
        """Cancelled once it has been stopped; for work that lasts."""
        if self._stopped:
            raise Cancelled("Stopped; nothing was changed.")

    def checked(self, items):
        """Items one by one, until it is stopped."""
        for item in items:
            self.check()
            yield item

    def _run(self):
        try:
            self._made = self._work(self._frames(), self._progress)
        except BaseException as error:
            self._error = error

    def _progress(self, fraction, what):
        self.check()
        self.fraction, self.what = fraction, what

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
        self.check()
