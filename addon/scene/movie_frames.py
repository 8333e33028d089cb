"""Runs in a Blender of its own: a movie's frames, or those of an image sequence, as folders of raw pictures that `movies` takes up.

Arguments: a JSON file with path, folder, longest (px), fps. Blender has no other door to a movie's frames from Python than to render a sequencer
strip, and a process of its own leaves the user's scene, render result and window alone.
"""

import contextlib
import json
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


def main(path, folder, longest, fps):
    folder = Path(folder)
    try:
        scene, told = opened(Path(path), longest, fps)
        write(folder / "info.json", told)
        for start in range(0, told["frames"], CHUNK):
            waited(folder)
            last = min(start + CHUNK, told["frames"])
            part = folder / "part"
            part.mkdir()
            scene.render.filepath = f"{part}/"
            scene.frame_start, scene.frame_end = start + 1, last
            bpy.ops.render.render(animation=True, scene=scene.name)
            part.rename(folder / f"frames_{start:08d}")
        write(folder / "done.json", {})
    except Exception as error:
        write(folder / "error.json", {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})


def write(path, told):
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
    bpy.context.preferences.system.memory_cache_limit = 256
    scene = bpy.data.scenes.new("Frames")
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    frames = sorted(one.name for one in path.iterdir() if one.suffix.lower() in PICTURES) if path.is_dir() else ()
    if frames:
        strip = strips.new_image("Frames", str(path / frames[0]), 1, 1, fit_method="ORIGINAL")
        for name in frames[1:]:
            strip.elements.append(name)
        count = len(frames)
        image = bpy.data.images.load(str(path / frames[0]))
        width, height = image.size
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
