"""How long an animator waits: for a preview, for another seed, for ten seconds of performance; and how fast what was keyed plays.

Seconds of processor time, which other programs on the machine do not change.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import parts

LAST = 300  # frames: 10 s
CUES = (("surprise", 0), ("happiness", 75), ("anger", 150), ("sadness", 225))


def main(head: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = 30, LAST
    for expression, start in CUES:
        cue = obj.mimica_cues.add()
        cue.expression, cue.start, cue.attack, cue.hold, cue.release = expression, start, 30, 15, 30
    bpy.ops.mimica.preview()  # fits the head, which is done once
    made = {"vertices": len(obj.data.vertices), "next_seed": seconds(bpy.ops.mimica.next_seed)}
    bpy.ops.mimica.discard_preview()
    made["direct"] = seconds(bpy.ops.mimica.direct, onto="OWN")
    made["keys"] = len(parts.key_names(obj)) - 1
    made["frames_a_second"] = LAST / seconds(play)
    return made


def seconds(work, **arguments):
    start = time.process_time()
    work(**arguments)
    return time.process_time() - start


def play():
    for frame in range(1, LAST + 1):
        bpy.context.scene.frame_set(frame)
