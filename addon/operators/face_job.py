"""What Mimica's operators on a face share: collect, call core.api, write; blocking, or beside the window with progress and Esc."""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bpy

from ...core.errors import Cancelled, FileError, MeshError, MimicaError
from .. import jobs
from ..scene import active

SETTLED = 0.2  # s after a job in which the panels have moved
INTERVAL = 0.1  # s between two looks at the worker
TELLING = "jawOpen"  # a head with this key has ARKit keys
WAIT = 0.01  # s between two looks at what comes from elsewhere, where nothing else is to be done
AT_ONCE = 0.3  # s of work on the scene before the window may draw again


@dataclass(frozen=True)
class Step:
    """What `work` yields while it reads or writes the scene itself: how far it is, 0..1, and what it does. Esc stops it there. waits: what is to be
    done next comes from elsewhere and is not there yet."""

    fraction: float
    what: str
    waits: bool = False


class OnHead:
    """A mix-in: the button is grey, and says why, where Mimica cannot work on the active object."""

    @classmethod
    def poll(cls, context):
        reason = "Mimica is at work; Esc stops it" if jobs.running else cls.why_not(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    @classmethod
    def why_not(cls, context):
        """Why the button is grey while Mimica rests; "" where it is not."""
        return active.why_not(context)


class OnClip(OnHead):
    """A mix-in: the operator gives `change(head, clip)`, which works on the clip that its property `clip` names; one that the head does not have
    is said."""

    def execute(self, context):
        from ..scene import clips

        head = active.head(context)
        found = clips.get(head, self.clip)
        if found is None:
            self.report({"ERROR"}, clips.unknown(head, self.clip))
            return {"CANCELLED"}
        return self.change(head, found)


class FaceJob(OnHead):
    """A mix-in. The operator gives `work(context, head)`: a generator that yields calls of core.api, (function, arguments), is sent the
    result of each, and writes to the scene after the last one. Where it works through the scene itself, it yields a Step now and then; what
    it changes meanwhile it puts back in a `finally`."""

    def execute(self, context):
        """Blocks until the result is written: in background, from scripts, and when a value is changed afterwards."""
        try:
            work = self._begin(context)
            call = next(work, None)
            while call is not None:
                if isinstance(call, Step) and call.waits:
                    time.sleep(WAIT)
                call = _answer(work, (lambda: None) if isinstance(call, Step) else partial(jobs.run, context, *call))
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def invoke(self, context, _event):
        """Hands the calls to the worker process and leaves the window to the user."""
        if bpy.app.background or context.window is None:
            return self.execute(context)
        try:
            self._work = self._begin(context)
            call = next(self._work, None)
            if call is None:
                return {"FINISHED"}
            self._submit(context, call)
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        jobs.running = jobs.Running()
        manager = context.window_manager
        manager.progress_begin(0.0, 1.0)
        self._timer = manager.event_timer_add(INTERVAL, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            jobs.running.what = "Stopping"
            if not isinstance(self._call, Step):
                self._worker.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            call = self._go_on(context)
            if call is self._call:
                return {"PASS_THROUGH"}
            if call is not None:
                self._submit(context, call)
                return {"PASS_THROUGH"}
            self._end(context)
            return {"FINISHED"}
        except Cancelled as stopped:
            self._end(context)
            self.report({"INFO"}, str(stopped))
        except MimicaError as error:
            self._end(context)
            self.report({"ERROR"}, str(error))
        except BaseException:
            self._end(context)
            raise
        return {"CANCELLED"}

    def cancel(self, context):
        """Blender closes the window or another file is opened."""
        self._end(context)
        jobs.stop()

    def _submit(self, context, call):
        """Begins what work asks for next."""
        self._call = call
        if not isinstance(call, Step):
            self._worker = jobs.worker(context)
            self._worker.submit(*call)

    def _go_on(self, context):
        """What work asks for after what is done now: the same while it is not done, None after the last."""
        if isinstance(self._call, Step):
            return self._steps(context)
        if not self._finished(context):
            return self._call
        call = _answer(self._work, self._result)
        jobs.note_used(context)
        return call

    def _finished(self, context):
        """Whether the worker has answered; if so, `_result` gives what it said, or raises it."""
        try:
            state = self._worker.poll()
        except MimicaError as error:
            self._answered = error
            return True
        self._answered = state.result if state.done else None
        if not state.done:
            self._show(context, state)
        return state.done

    def _result(self):
        if isinstance(self._answered, MimicaError):
            raise self._answered
        self._check_unchanged()
        return self._answered

    def _steps(self, context):
        if jobs.running.what == "Stopping":
            self._work.throw(Cancelled("Stopped; nothing was changed."))
        until = time.monotonic() + AT_ONCE
        call = self._call
        while isinstance(call, Step) and time.monotonic() < until:
            call = _send(self._work, None)
            if isinstance(call, Step) and call.waits:
                break
        if isinstance(call, Step):
            self._show(context, call)
        return call

    def _begin(self, context):
        from ..scene import heads

        self._head = heads.collect(active.head(context))
        return self.work(context, self._head)

    def _check_unchanged(self):
        """MeshError where an object of the head, or its mesh, is not what it was when the job began."""
        from ..scene import cache, heads

        names = [piece.name for piece in self._head.pieces]
        objects = [bpy.data.objects.get(name) for name in names]
        for name, obj in zip(names, objects, strict=True):
            if obj is None or obj.type != "MESH" or obj.mode != "OBJECT":
                raise MeshError(f"'{name}' was removed, renamed or is being edited since Mimica began. Nothing was changed; try again.")
        if cache.fingerprint(heads.collect(objects[0], objects[1:]).mesh) != cache.fingerprint(self._head.mesh):
            raise MeshError(f"The mesh of '{names[0]}' has changed since Mimica began. Nothing was changed; try again.")

    def _show(self, context, state):
        if jobs.running.what != "Stopping":
            jobs.running.fraction, jobs.running.what = state.fraction, state.what
        context.window_manager.progress_update(state.fraction)
        context.workspace.status_text_set(f"Mimica: {jobs.running.what} ({state.fraction:.0%}), Esc stops it")
        _redraw(context)

    def _end(self, context):
        manager = context.window_manager
        self._work.close()
        manager.event_timer_remove(self._timer)
        manager.progress_end()
        context.workspace.status_text_set(None)
        jobs.running = None
        _redraw(context)
        bpy.app.timers.register(_redraw_again, first_interval=SETTLED)


class OnArkit:
    """A mix-in, before the others: grey where the head has no ARKit keys."""

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if not has_arkit_keys(active.head(context)):
            cls.poll_message_set("The head has no ARKit keys yet; press Make ARKit Keys first")
            return False
        return True


def has_arkit_keys(obj):
    keys = obj.data.shape_keys
    return keys is not None and TELLING in keys.key_blocks


class FileJob(FaceJob):
    """A FaceJob on the file `filepath`: where that is empty, a file browser asks for it first."""

    def invoke(self, context, event):
        if self.filepath or bpy.app.background or context.window is None:
            return super().invoke(context, event)
        self._browsed, self.filepath = True, self.suggested(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def suggested(self, _context):
        """The name that the file browser begins with."""
        return ""

    def destination(self, suffix):
        """Where to write, ending in `suffix`; FileError where there is no such folder."""
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), suffix))
        if not path.parent.is_dir():
            raise FileError(f"There is no folder {path.parent} to export to. Choose another place.")
        return path

    def execute(self, context):
        if getattr(self, "_browsed", False):
            self._browsed = False
            return super().invoke(context, None)
        return super().execute(context)


def steps(reading, share, what):
    """A generator of fractions as Steps up to `share` of a job; what it returns."""
    while True:
        try:
            fraction = next(reading)
        except StopIteration as end:
            return end.value
        yield Step(share * fraction, what)


def _answer(work, give):
    """The next call of an operator's work after the one that `give` answers, None where it was the last. What goes wrong is raised in the
    work itself, which may go on without it."""
    try:
        result = give()
    except MimicaError as error:
        try:
            return work.throw(error)
        except StopIteration:
            return None
    return _send(work, result)


def _send(work, result):
    """The next call of an operator's work, None where it was the last."""
    try:
        return work.send(result)
    except StopIteration:
        return None


def _redraw_again():
    """The panels below the main one find their place in a second drawing, once that one has another height."""
    _redraw(bpy.context)


def _redraw(context):
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
