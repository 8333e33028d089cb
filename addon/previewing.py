"""Keeps the preview of a sequence up to date in a window: a change of the sequence makes it anew, a moment after the last change."""

import contextlib

import bpy

from . import jobs

WAIT = 0.3  # s after the last change
_paused = 0


@contextlib.contextmanager
def paused():
    """For as long as it is open changes of a sequence have no consequence."""
    global _paused
    _paused += 1
    try:
        yield
    finally:
        _paused -= 1


def refresh(head):
    """Has the preview of a head made anew, if it shows one and there is a window."""
    from .scene import sequence

    if _paused or bpy.app.background or not sequence.has_preview(head):
        return
    stop()
    bpy.app.timers.register(_run, first_interval=WAIT)


def stop():
    """Forgets what `refresh` has asked for."""
    if bpy.app.timers.is_registered(_run):
        bpy.app.timers.unregister(_run)


def _run():
    if jobs.running:
        return WAIT
    manager = bpy.context.window_manager
    places = [(window, area) for window in manager.windows for area in window.screen.areas if area.type == "VIEW_3D"]
    if places:
        window, area = places[0]
        region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            if bpy.ops.mimica.preview.poll():
                bpy.ops.mimica.preview("INVOKE_DEFAULT")
    return None
