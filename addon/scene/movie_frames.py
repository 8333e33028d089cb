"""Runs in a Blender of its own: a movie's frames, or those of an image sequence, as folders of raw pictures that `movies` takes up; and pictures as
a movie.

Arguments: a JSON file with the task ("read" or "write"), the folder, and what the task needs. Blender has no other door to a movie's frames from
Python than to render a sequencer strip, and a process of its own leaves the user's scene, render result and window alone.
"""

import contextlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

import bpy

CHUNK = 8  # frames at a time
AHEAD = 6  # folders that may wait to be taken up
PATIENCE = 600.0  # s without one taken up: nobody is there any more
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr", ".tga"}
REST = 0.01
KINDS = {"mp4": "MPEG4", "mov": "QUICKTIME", "mkv": "MKV"}
KEYS_APART = 25  # frames from one that is coded by itself to the next: the more, the slower to scrub


def main(task, folder, **given):
    folder = Path(folder)
    try:
        {"read": read, "write": write}[task](folder, **given)
    except Exception as error:
        tell(folder / "error.json", {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})


def read(folder, path, longest, fps):
    """The frames of a movie, or of a folder of pictures, as pictures of at most `longest` px in folders of CHUNK."""
    scene, told = opened(Path(path), longest, fps)
    tell(folder / "info.json", told)
    for start in range(0, told["frames"], CHUNK):
        waited(folder)
        last = min(start + CHUNK, told["frames"])
        part = folder / "part"
        part.mkdir()
        scene.render.filepath = f"{part}/"
        scene.frame_start, scene.frame_end = start + 1, last
        bpy.ops.render.render(animation=True, scene=scene.name)
        part.rename(folder / f"frames_{start:08d}")
    tell(folder / "done.json", {})


def write(folder, pictures, count, kind, fps, sound):
    """So many pictures of one size, as they are put into a folder, as H.264 at fps, with a movie's sound as far as it has any. Each is deleted once
    it is written, and a byte added to the file `written`."""
    scene, strips = new_scene()
    frames = [Path(pictures) / f"{number:06d}.tga" for number in range(1, count + 1)]
    there(frames[0])
    pictures_strip(strips, frames)
    render = scene.render
    render.resolution_x, render.resolution_y = bpy.data.images.load(str(frames[0])).size
    as_they_are(scene)
    as_movie(render, kind, fps)
    with_sound = bool(sound) and add_sound(strips, sound)
    render.ffmpeg.audio_codec = "AAC" if with_sound else "NONE"
    scene.frame_start, scene.frame_end = 1, count
    made = folder / f"made.{kind}"
    render.filepath = str(made)
    with (folder / "written").open("wb", buffering=0) as progress:

        def before(scene, *_):
            there(frames[scene.frame_current - 1])

        def after(scene, *_):
            progress.write(b".")
            frames[scene.frame_current - 1].unlink()

        bpy.app.handlers.render_pre.append(before)
        bpy.app.handlers.render_write.append(after)
        bpy.ops.render.render(animation=True, scene=scene.name)
        bpy.app.handlers.render_pre.clear()
        bpy.app.handlers.render_write.clear()
    if (folder / "written").stat().st_size < count or not made.exists():
        raise ValueError("the movie breaks off")
    tell(folder / "done.json", {"made": made.name, "sound": with_sound})


def there(path):
    """Returns when a file is there; ends the process where it does not come."""
    until = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > until or not path.parent.is_dir():
            os._exit(1)
        time.sleep(REST)


def tell(path, told):
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(told), "utf-8")
    beside.rename(path)


def waited(folder):
    """Returns when there is room for more frames; ends the process where nobody takes them up."""
    until = time.monotonic() + PATIENCE
    while sum(1 for _ in folder.glob("frames_*")) >= AHEAD:
        if time.monotonic() > until or not folder.is_dir():
            raise SystemExit
        time.sleep(REST)
    if not folder.is_dir():
        raise SystemExit


def opened(path, longest, fps):
    """A scene that renders the frames as they are; how many there are, how fast and how large."""
    scene, strips = new_scene()
    frames = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES) if path.is_dir() else ()
    if frames:
        strip = pictures_strip(strips, frames)
        count = len(frames)
        width, height = bpy.data.images.load(str(frames[0])).size
    else:
        strip = strips.new_movie("Frames", str(path), 1, 1, fit_method="ORIGINAL")
        first = strip.elements[0] if strip.elements else None
        count, fps = strip.frame_final_duration, getattr(first, "orig_fps", 0.0)
        width, height = (first.orig_width, first.orig_height) if first is not None else (0, 0)
    if not (width and height and fps):
        raise ValueError("no picture of it can be decoded")
    scale = min(1.0, longest / max(width, height))
    render = scene.render
    render.resolution_x, render.resolution_y = max(1, round(width * scale)), max(1, round(height * scale))
    strip.transform.scale_x, strip.transform.scale_y = render.resolution_x / width, render.resolution_y / height
    as_they_are(scene)
    return scene, {"frames": count, "fps": fps}


def new_scene():
    """A scene, and the strips of its sequencer."""
    bpy.context.preferences.system.memory_cache_limit = 256
    scene = bpy.data.scenes.new("Frames")
    editor = scene.sequence_editor_create()
    return scene, editor.strips if hasattr(editor, "strips") else editor.sequences


def pictures_strip(strips, frames):
    strip = strips.new_image("Frames", str(frames[0]), 1, 1, fit_method="ORIGINAL")
    for frame in frames[1:]:
        strip.elements.append(frame.name)
    return strip


def add_sound(strips, path):
    """Whether a movie has sound, which then is a strip; a Blender that is built without sound has none."""
    try:
        strip = strips.new_sound("Sound", path, 2, 1)
    except RuntimeError:
        return False
    if strip.sound is not None and strip.sound.channels != "INVALID":
        return True
    strips.remove(strip)
    return False


def as_movie(render, kind, fps):
    """H.264 of a quality in which no difference is to be seen."""
    settings, coded = render.image_settings, render.ffmpeg
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format, settings.color_mode = "FFMPEG", "RGB"
    coded.format, coded.codec = KINDS[kind], "H264"
    coded.constant_rate_factor, coded.ffmpeg_preset, coded.gopsize = "PERC_LOSSLESS", "GOOD", KEYS_APART
    coded.audio_bitrate, coded.audio_channels = 192, "STEREO"
    render.fps = max(1, round(fps))
    render.fps_base = render.fps / fps


def as_they_are(scene):
    """No colour management, dithering or compositing on the way to plain 8-bit files."""
    render = scene.render
    render.resolution_percentage, render.use_sequencer, render.use_compositing = 100, True, False
    render.dither_intensity, render.use_stamp = 0.0, False
    scene.view_settings.view_transform = "Standard"
    scene.sequencer_colorspace_settings.name = "sRGB"
    settings = render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5.0 and later
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode = "TARGA_RAW", "RGB"
    for cache in ("use_cache_raw", "use_cache_preprocessed", "use_cache_composite", "use_cache_final", "use_prefetch"):
        with contextlib.suppress(AttributeError):
            setattr(scene.sequence_editor, cache, False)


if __name__ == "__main__":
    main(**json.loads(Path(sys.argv[-1]).read_text("utf-8")))
