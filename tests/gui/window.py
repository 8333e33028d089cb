"""What every scene in the window is played with: pictures, places, buttons, Esc and undo; what was found is kept in `found`."""

import contextlib
import subprocess
import time
from pathlib import Path

import bpy

OUT = Path("/gui/out")
PACKAGE = "bl_ext.user_default.mimica"
LIMIT = 180.0  # s for a job
found = {}


def picture(name):
    shot = subprocess.run(["xwd", "-root", "-silent"], check=True, capture_output=True).stdout
    subprocess.run(["convert", "xwd:-", str(OUT / f"{name}.png")], check=True, input=shot)


def place():
    """Window, area and regions of the 3D view."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    regions = {region.type: region for region in area.regions}
    return window, area, regions


def override():
    window, area, regions = place()
    return bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"])


def state():
    obj = bpy.data.objects["demo_head"]
    keys = [block.name for block in obj.data.shape_keys.key_blocks] if obj.data.shape_keys else []
    return {"keys": keys, "actions": sorted(bpy.data.actions.keys()), "properties": sorted(obj.keys())}


def done(jobs, every):
    """Yields until the job is done, or has had its time; how long that took."""
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield every
    return time.monotonic() - began


def escaped(jobs):
    """Presses Esc, and yields until the job has stopped; how long that took."""
    place()[0].event_simulate(type="ESC", value="PRESS")
    return (yield from done(jobs, 0.1))


def press(jobs, name, **arguments):
    """Presses a button, and yields until its work is done."""
    operator = getattr(bpy.ops.mimica, name)
    with override():
        operator("INVOKE_DEFAULT", True, **arguments)
    yield from done(jobs, 0.2)
    yield 0.7


def undo():
    with override():
        bpy.ops.ed.undo()


@contextlib.contextmanager
def only_panels(*names):
    """Those of Mimica's panels alone, unfolded, so that a picture shows the whole of them."""
    panels = [name for name in dir(bpy.types) if name.startswith("VIEW3D_PT_mimica")]
    hidden = [cls for cls in (getattr(bpy.types, name) for name in panels) if cls.__name__ not in names]
    for cls in hidden:
        bpy.utils.unregister_class(cls)
    yield
    for cls in hidden:
        bpy.utils.register_class(cls)
