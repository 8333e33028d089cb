"""A movie, or a folder of frames, that Mimica wrote: in the image editor, and as strips in the sequencer."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bpy

from ...core.video.writing import PICTURE

EVEN = 1e-3  # frames a second by which rates may differ and be the same
CHANNELS = 128  # that a sequencer has


@dataclass(frozen=True)
class Result:
    """path of a movie, of a folder of numbered frames, or of one picture; count of its frames; fps; start: the scene's frame that it begins at."""

    path: Path
    count: int
    fps: float
    start: int

    @property
    def is_movie(self):
        return not self.path.is_dir() and not self.is_picture

    @property
    def is_picture(self):
        return self.path.suffix.lower() == PICTURE

    @property
    def pictures(self):
        return [self.path] if self.is_picture else sorted(self.path.iterdir())


def show(context, result, *, editor, strip, sound):
    """Opens a result as an image in this file, shows it in an image editor and adds strips, as far as that is wanted; what to tell the user of it."""
    image = _image(result)
    if editor:
        in_editor(context, image, result)
    return _strips(context, result, sound) if strip else ""


def in_editor(context, image, result=None):
    """Shows an image, and a result as long as it lasts, in an image editor: one that is open, or a new window. Nothing in background."""
    if bpy.app.background or context.window is None:
        return
    place = _open_editor(context)
    if place is not None:
        _put(*place, image, result)
    else:  # an operator that runs beside the window does not end well where it opens another
        bpy.app.timers.register(partial(_in_new_window, image.name, result), first_interval=0.0)


def _put(window, area, image, result):
    space = area.spaces.active
    if space.image != image:
        space.image = image
        region = next(region for region in area.regions if region.type == "WINDOW")
        larger = image.size[0] > region.width or image.size[1] > region.height
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.image.view_all(fit_view=larger)  # the whole of it, and nothing enlarged
    if result is not None:
        user = space.image_user
        user.frame_duration, user.frame_start = result.count, result.start
        user.frame_offset = 0 if result.is_movie else -1  # of the first frame's number, before 1
        user.use_auto_refresh, user.use_cyclic = True, True


def _in_new_window(name, result):
    image, manager = bpy.data.images.get(name), bpy.context.window_manager
    if image is None:
        return
    before = list(manager.windows)
    with bpy.context.temp_override(window=before[0]):
        bpy.ops.wm.window_new()
    window = next(one for one in manager.windows if one not in before)
    area = window.screen.areas[0]
    area.ui_type = "IMAGE_EDITOR"
    _put(window, area, image, result)


def _open_editor(context):
    """Window and area of the first image editor that is open, or None."""
    places = [(window, area) for window in context.window_manager.windows for area in window.screen.areas]
    return next((place for place in places if place[1].ui_type == "IMAGE_EDITOR"), None)


def _image(result):
    """The image datablock of a result, fresh where its file was shown before."""
    path = result.path if result.is_movie else result.pictures[0]
    known = {image.name for image in bpy.data.images}
    image = bpy.data.images.load(str(path), check_existing=True)
    if result.path.is_dir():
        image.source, image.name = "SEQUENCE", result.path.name
    if image.name in known:
        image.reload()
    return image


def _strips(context, result, sound):
    """Adds a result above what there is; what to tell the user of it."""
    scene = getattr(context, "sequencer_scene", None) or context.scene
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    channel = min(max((strip.channel for strip in strips), default=0) + 1, CHANNELS - 1)
    name = result.path.stem
    if result.is_movie:
        if sound:
            _add_sound(strips, name, result, channel)
        strips.new_movie(name, str(result.path), channel + 1, result.start, fit_method="FIT")
    else:
        pictures = result.pictures
        strip = strips.new_image(name, str(pictures[0]), channel + 1, result.start, fit_method="FIT")
        for picture in pictures[1:]:
            strip.elements.append(picture.name)
    rate = scene.render.fps / scene.render.fps_base
    if result.is_picture:
        strip.frame_final_duration = round(rate)  # a second: one frame would hardly be seen
        return ""
    return "" if abs(rate - result.fps) < EVEN else f"; the scene has {rate:g} frames a second, at which the strip plays too fast or slow"


def _add_sound(strips, name, result, channel):
    """The movie's sound, if it has any that this Blender plays."""
    try:
        strip = strips.new_sound(f"{name} Sound", str(result.path), channel, result.start)
    except RuntimeError:
        return
    if strip.sound is None or strip.sound.channels == "INVALID":
        strips.remove(strip)
