"""The film in the documentation: four expressions that flow into each other, with blinks, directed and rendered in Blender as a module.

`make film` writes docs/images/film.mp4 and a strip of its frames, docs/images/film.png.
"""

import math
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
import run
from PIL import Image

CUES = (  # expression, and the frames it begins at, builds up, holds and fades in
    ("happiness", 8, 18, 22, 20),
    ("surprise", 58, 9, 20, 20),
    ("sadness", 104, 22, 28, 24),
    ("high_smile", 166, 16, 26, 28),
)
SEED, BLINKS, IDLE, FPS, SECONDS = 3, 16.0, 0.4, 24, 10
SIZE, SAMPLES = (400, 460), 10
SHOWN = (1, 32, 48, 74, 92, 136, 160, 196)  # frames of the strip


def direct(head):
    """The performance on the head's ARKit keys."""
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = FPS, 1, FPS * SECONDS
    for expression, start, attack, hold, release in CUES:
        bpy.ops.mimica.add_cue(expression=expression)
        cue = head.mimica_cues[head.mimica_cue]
        cue.start, cue.attack, cue.hold, cue.release, cue.seed = start, attack, hold, release, SEED
    head.mimica_sequence, head.mimica_blinks, head.mimica_idle, head.mimica_length = "Good news", BLINKS, IDLE, FPS * SECONDS
    bpy.ops.mimica.arkit_keys()
    began = time.perf_counter()
    bpy.ops.mimica.direct(onto="ARKIT")
    print(f"Directed and keyed in {time.perf_counter() - began:.1f} s", flush=True)


def shoot(table, folder):
    """Every frame of the scene, the camera on a slow arc."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.cycles.samples = SAMPLES
    frames = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        table.rotation_euler = (0, 0, math.radians(14 * math.sin(2 * math.pi * frame / scene.frame_end) + 8))
        scene.render.filepath = str(folder / f"{frame:04}.png")
        with run.quiet():
            bpy.ops.render.render(write_still=True)
        frames.append(np.asarray(Image.open(scene.render.filepath).convert("RGB")))
    return frames


def main():
    images = run.ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as folder:
        head = run.import_head()
        table = run.set_stage(head)
        direct(head)
        frames = shoot(table, Path(folder))
    run.encode(frames, FPS, images / "film.mp4")
    strip = np.hstack([frames[frame - 1][::2, ::2] for frame in SHOWN])
    Image.fromarray(strip).quantize(128, dither=0).save(images / "film.png", optimize=True)
    print("docs/images/film.mp4 and film.png")


if __name__ == "__main__":
    run.in_blender(main)
