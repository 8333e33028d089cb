"""The client of a worker process: calls core.api under another Python, without blocking, and outlives whatever happens there."""

from __future__ import annotations

import collections
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .. import errors
from ..errors import BackendError, Cancelled, FileError, MimicaError
from . import calls, frames, wire
from .torch_backend import install_command
from .worker import EXIT_MISSING_PACKAGE, EXIT_OLD_PYTHON

WORKER = Path(__file__).resolve().parent / "worker.py"
CANCEL_GRACE = 2.0  # s that a cancelled call may take to stop by itself before the worker is killed
START_LIMIT = 180.0  # s until the worker must have spoken; the first import of torch from a slow disk takes a minute
TAIL = 4000  # characters of the worker's standard error that are kept for messages


@dataclass(frozen=True)
class State:
    """How a submitted call stands. `result` is there once `done`."""

    fraction: float
    what: str
    done: bool
    result: Any = None


class WorkerClient:
    """One worker process and one call at a time. It starts with the first call, and again after it has died.

    python: the interpreter; search_paths: folders it needs on its path (inside Blender: the extension's site-packages); backend and device
    as in `choose`. Every failure of the process is a BackendError. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        python: str | Path = sys.executable,
        search_paths: Sequence[str | Path] = (),
        backend: str = "auto",
        device: str = "auto",
        *,
        worker: Path = WORKER,
        known: wire.Types | None = None,
    ) -> None:
        self.python, self.search_paths, self.worker = str(python), tuple(map(str, search_paths)), worker
        self.wanted = (backend, device)
        self.backend = self.device = ""  # what the worker uses, once it is ready
        self._known = known
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox: queue.Queue[dict[str, Any] | FileError | None] = queue.Queue()
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL)
        self._writing = threading.Lock()
        self._number = 0
        self._busy = False
        self._state = State(0.0, "", True)
        self._started = self._cancel_at = 0.0

    def start(self) -> None:
        """Starts the worker and waits until it is ready, so that `backend` and `device` are known."""
        self._spawn()
        while not self.device:
            self._take(wait=0.05)

    def submit(self, function: str, arguments: dict[str, Any]) -> None:
        """Hands over a call of core.api by name and returns at once; then `poll`. BackendError where one is under way."""
        if self._busy:
            raise BackendError("The worker is busy with another call. Wait for it, or cancel it.")
        self._spawn()
        self._number += 1
        self._send({"id": self._number, "kind": "call", "function": function, "arguments": arguments})
        self._busy, self._cancel_at, self._state = True, 0.0, State(0.0, "Starting", False)

    def poll(self) -> State:
        """How the call stands, without waiting. Raises what the call raised: a MimicaError, Cancelled among them."""
        while self._busy and self._take(wait=0.0):
            pass
        return self._state

    def cancel(self) -> None:
        """Asks the call to stop; `poll` then raises Cancelled. A worker that does not listen is killed after a grace time."""
        if self._busy and not self._cancel_at:
            self._cancel_at = time.monotonic()
            self._send({"id": self._number, "kind": "cancel"})

    def call(self, function: str, arguments: dict[str, Any], progress: Callable[[float, str], None] | None = None) -> Any:
        """Submits and waits. `progress` may raise Cancelled, which cancels the call."""
        self.submit(function, arguments)
        try:
            while not (state := self.poll()).done:
                if progress is not None:
                    progress(state.fraction, state.what)
                time.sleep(0.01)
        except BaseException:
            self._abandon()
            raise
        return state.result

    def close(self) -> None:
        """Ends the worker; no process is left."""
        process, self._process = self._process, None
        self._busy, self.backend, self.device = False, "", ""
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was still to be written has no reader any more
                continue

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._inbox, self._tail, self._writing = queue.Queue(), collections.deque(maxlen=TAIL), threading.Lock()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [self.python, "-I", str(self.worker), *self.wanted, *self.search_paths]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise BackendError(f"'{self.python}' cannot be started ({error.strerror}). Name a Python 3.11 or later.") from error
        self._started = time.monotonic()
        known = calls.known_types() if self._known is None else self._known
        for target, arguments in (
            (_read_frames, (self._process.stdout, self._inbox, known)),
            (_read_text, (self._process.stderr, self._tail)),
        ):
            threading.Thread(target=target, args=arguments, daemon=True).start()

    def _send(self, message: dict[str, Any]) -> None:
        """Sends without waiting for the worker, which reads only after its imports. TypeError where an argument does not travel."""
        if self._process is not None:
            data = frames.encode(message)
            threading.Thread(target=_write, args=(self._process.stdin, self._writing, data), daemon=True).start()

    def _take(self, wait: float) -> bool:
        """Handles one message; False where there was none. Raises what ends the call."""
        try:
            message = self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
        except queue.Empty:
            self._check_clocks()
            return False
        if message is None:
            raise self._death()
        if isinstance(message, FileError):
            self.close()
            raise BackendError(f"The worker under {self.python} sent what is no message ({message}). Nothing was changed; try again.")
        self._handle(message)
        return True

    def _handle(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "ready":
            self.backend, self.device = message["backend"], message["device"]
        elif kind == "error" and message["id"] == 0:
            self.close()
            raise _error(message)
        elif message["id"] == self._number and self._busy:
            if kind == "progress":
                self._state = State(message["fraction"], message["what"], False)
                return
            self._busy = False
            if kind == "result":
                self._state = State(1.0, "Done", True, message["value"])
                return
            self._state = State(1.0, "Failed", True)
            raise _error(message)

    def _check_clocks(self) -> None:
        now = time.monotonic()
        if self._busy and self._cancel_at and now - self._cancel_at > CANCEL_GRACE:
            self.close()
            raise Cancelled("Cancelled; nothing was changed.")
        if not self.device and now - self._started > START_LIMIT:
            said = self._last_line()
            self.close()
            raise BackendError(f"The worker under {self.python} did not start within {START_LIMIT:.0f} s. It said last: '{said}'.")

    def _abandon(self) -> None:
        """Leaves a call that nobody waits for: asks it to stop and gives it the grace time."""
        if not self._busy:
            return
        self.cancel()
        try:
            while self._busy:
                self.poll()
                time.sleep(0.01)
        except MimicaError:
            return

    def _death(self) -> MimicaError:
        process, cancelled = self._process, bool(self._cancel_at)
        code = process.wait() if process is not None else None
        said = self._last_line()
        self.close()
        if cancelled:
            return Cancelled("Cancelled; nothing was changed.")
        if code == EXIT_MISSING_PACKAGE:
            return BackendError(f"{self.python} lacks a package ({said}). To install it: {install_command(self.python)}")
        if code == EXIT_OLD_PYTHON:
            return BackendError(f"{self.python} is Python {said}; Mimica's worker needs 3.11 or later. Name another Python.")
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        return BackendError(f"The worker under {self.python} {how}. Nothing was changed; try again. It said last: '{said}'.")

    def _last_line(self) -> str:
        time.sleep(0.05)  # lets the other thread read what is left
        lines = "".join(self._tail).strip().splitlines()
        return lines[-1] if lines else ""


def _error(message: dict[str, Any]) -> Exception:
    if message["kind"] == "bug":
        error = BackendError(f"The worker hit a bug: {message['text']}. Nothing was changed; please report it.")
        error.add_note(message["trace"])
        return error
    cls = getattr(errors, message["type"], BackendError)
    return cls(message["text"])


def _write(pipe: BinaryIO, writing: threading.Lock, data: bytes) -> None:
    try:
        with writing:
            pipe.write(data)
            pipe.flush()
    except (OSError, ValueError):  # the worker is gone: the reading side tells
        return


def _read_frames(pipe: BinaryIO, inbox: queue.Queue, known: wire.Types) -> None:
    try:
        while (message := frames.read(pipe, known)) is not None:
            inbox.put(message)
    except FileError as error:
        inbox.put(error)
    except (OSError, ValueError):  # closed by this side
        pass
    inbox.put(None)


def _read_text(pipe: BinaryIO, tail: collections.deque[str]) -> None:
    try:
        while part := os.read(pipe.fileno(), 65536):
            tail.extend(part.decode("utf-8", "replace"))
    except (OSError, ValueError):  # closed by this side
        return
