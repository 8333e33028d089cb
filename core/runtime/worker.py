"""The worker process: `python -I worker.py BACKEND DEVICE [SEARCH_PATH ...]` runs calls of core.api that come in on its pipe.

Standard input and output carry frames (core/runtime/frames.py) and nothing else; whatever the code prints goes to standard error. The end of
the input, as when Blender is gone, ends the process. Started by core/runtime/client.py.
"""

import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Tuple

EXIT_MISSING_PACKAGE = 3
EXIT_OLD_PYTHON = 4
PROGRESS_INTERVAL = 0.03  # s between two reports


class Worker:
    """Answers calls one after another; a second thread reads the pipe, so that a cancel is heard during a call."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, calls: Any, frames: Any, errors: Any) -> None:
        self.source, self.sink = source, sink
        self.calls, self.frames, self.errors = calls, frames, errors
        self.backend: Any = None
        self.functions = calls.functions()
        self.waiting: Any = []
        self.arrived = threading.Condition()
        self.cancelled: Any = set()

    def listen(self) -> None:
        """Reads messages until the pipe ends, then ends the process at once: nobody waits for its work any more."""
        try:
            for message in iter(lambda: self.frames.read(self.source, self.calls.known_types()), None):
                with self.arrived:
                    if message["kind"] == "cancel":
                        self.cancelled.add(message["id"])
                    else:
                        self.waiting.append(message)
                        self.arrived.notify()
        except Exception:  # what came in is no message
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def serve(self) -> None:
        """Takes calls for ever."""
        while True:
            with self.arrived:
                while not self.waiting:
                    self.arrived.wait()
                message = self.waiting.pop(0)
            self.send(message["id"], **self.answer(message))

    def send(self, number: int, **message: Any) -> None:
        """One message to the client, about call `number`."""
        self.sink.write(self.frames.encode({"id": number, **message}))
        self.sink.flush()

    def answer(self, message: Dict[str, Any]) -> Dict[str, Any]:
        """The message that ends a call: its result, or what went wrong."""
        try:
            function = self.functions.get(message["function"])
            if function is None:
                known = ", ".join(self.functions)
                raise self.errors.BackendError(f"The worker knows no call '{message['function']}'. Known: {known}.")
            return {"kind": "result", "value": function(**message["arguments"], **self.extras(function, message["id"]))}
        except self.errors.MimicaError as error:
            return {"kind": "error", "type": type(error).__name__, "text": str(error)}
        except Exception as error:  # a bug travels to the client as its text
            return {"kind": "bug", "text": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}

    def extras(self, function: Any, number: int) -> Dict[str, Any]:
        """The arguments that do not travel: progress, and the backend that lives here."""
        names = function.__code__.co_varnames[: function.__code__.co_argcount + function.__code__.co_kwonlyargcount]
        own = {"progress": self.progress(number), "backend": self.backend}
        return {name: value for name, value in own.items() if name in names}

    def progress(self, number: int) -> Callable[[float, str], None]:
        """A progress callback that reports to the client and raises Cancelled once it has asked for that."""
        last = 0.0

        def report(fraction: float, what: str) -> None:
            nonlocal last
            if number in self.cancelled:
                raise self.errors.Cancelled("Cancelled; nothing was changed.")
            if time.monotonic() - last >= PROGRESS_INTERVAL:
                last = time.monotonic()
                self.send(number, kind="progress", fraction=float(fraction), what=str(what))

        return report


def take_pipes() -> Tuple[BinaryIO, BinaryIO]:
    """The frames' pipes, moved away from descriptors 0 and 1, where prints and C libraries could disturb them."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return source, sink


def stop(code: int, text: str) -> None:
    """Ends the process before it can speak in frames; the client reads the last line of standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    os._exit(code)


def main(backend: str, device: str, *search_paths: str) -> None:
    """Imports core, sets up the backend, says so, and serves."""
    if sys.version_info < (3, 11):
        stop(EXIT_OLD_PYTHON, "%d.%d" % sys.version_info[:2])
    source, sink = take_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C belongs to the client, which then ends this process
    sys.path[:0] = [str(Path(__file__).resolve().parents[2]), *search_paths]
    try:
        from core import errors
        from core.runtime import calls, frames
        from core.runtime.choice import choose

        calls.functions()
    except ImportError as error:
        stop(EXIT_MISSING_PACKAGE, str(error))
    worker = Worker(source, sink, calls, frames, errors)
    try:
        worker.backend = choose(backend, device)
    except errors.MimicaError as error:
        worker.send(0, kind="error", type=type(error).__name__, text=str(error))
        return
    worker.send(0, kind="ready", backend=worker.backend.name, device=worker.backend.device)
    threading.Thread(target=worker.listen, daemon=True).start()
    try:
        worker.serve()
    except OSError:  # the client is gone
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
