"""How long an animator waits in Blender, with Blender as a module: `make speed`.

Seconds, and the same as ratios to a fixed piece of arithmetic timed in the same run (`core.evaluation.benchmark`); what core does by itself is in
`python -m core benchmark`.
"""

import time

import bpy
import numpy as np
import run

CUES = (("surprise", 0), ("happiness", 75), ("anger", 150), ("sadness", 225))
LAST = 300  # frames: 10 s


def seconds(work, **arguments):
    """The wall time of `work`."""
    began = time.perf_counter()
    work(**arguments)
    return time.perf_counter() - began


def yardstick():
    """As `core.evaluation.benchmark.reference`, five times; the median."""
    matrix = np.random.default_rng(0).normal(size=(400, 400))
    return float(np.median([seconds(np.linalg.svd, a=matrix) for _ in range(5)]))


def play():
    for frame in range(1, LAST + 1):
        bpy.context.scene.frame_set(frame)


def measure():
    """What is waited for, in the order in which an animator does it: (what, seconds)."""
    head = run.import_head()
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = 30, LAST
    for expression, start in CUES:
        cue = head.mimica_cues.add()
        cue.expression, cue.start, cue.attack, cue.hold, cue.release = expression, start, 30, 15, 30
    vertices = f"{len(head.data.vertices):,} vertices"
    yield f"fitting a head of {vertices}, and a preview of 10 s of four expressions", seconds(bpy.ops.mimica.preview)
    yield "another seed in the preview", seconds(bpy.ops.mimica.next_seed)
    bpy.ops.mimica.discard_preview()
    yield "10 s of four expressions directed and keyed, keys of its own", seconds(bpy.ops.mimica.direct, onto="OWN")
    yield f"playing these {LAST} frames", seconds(play)
    yield "52 ARKit keys", seconds(bpy.ops.mimica.arkit_keys)
    yield "the same performance on the ARKit keys", seconds(bpy.ops.mimica.direct, onto="ARKIT")
    yield f"playing these {LAST} frames", seconds(play)


def main():
    reference = yardstick()
    for what, took in measure():
        print(f"{took:8.2f} s {took / reference:9.1f} x reference   {what}", flush=True)


if __name__ == "__main__":
    run.in_blender(main)
