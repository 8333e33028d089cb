"""The sequence of a head: its list, preview, Keep and Discard, the clip that Direct makes, and the way back from a clip."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

FIELDS = ("expression", "start", "attack", "hold", "release", "intensity", "seed", "mute")


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    mesh = parts.head_of(obj).mesh
    size = float(np.ptp(mesh.vertices, axis=0).max())
    made = {"empty": [parts.error_of(bpy.ops.mimica.direct), parts.error_of(bpy.ops.mimica.remove_cue)], **listed(obj)}
    arrange(obj)
    return {
        **made,
        **directed(obj, mesh, size),
        **previewed(obj, size),
        **pictures(obj),
        **read_back(obj, folder),
        **refused(obj),
        **undone(obj),
    }


def cues(obj):
    return [[getattr(cue, name) for name in FIELDS] for cue in obj.mimica_cues]


def listed(obj):
    """The buttons beside the list."""
    add = bpy.ops.mimica.add_cue
    add(expression="surprise")
    add(expression="happiness")
    starts = [cue.start for cue in obj.mimica_cues]
    obj.mimica_cue = 0
    obj.mimica_cues[0].intensity = 0.5
    bpy.ops.mimica.duplicate_cue()
    copied = [(cue.expression, cue.start, cue.intensity) for cue in obj.mimica_cues]
    obj.mimica_cue = 2
    bpy.ops.mimica.move_cue(direction="UP")
    moved = [(cue.expression, cue.start) for cue in obj.mimica_cues]
    end = bpy.ops.mimica.move_cue(direction="UP"), bpy.ops.mimica.move_cue(direction="UP")
    chosen = obj.mimica_cue
    bpy.ops.mimica.remove_cue()
    return {
        "starts": starts,
        "copied": copied,
        "reordered": moved,
        "at_the_top": [chosen, sorted(end[1])],
        "removed": [[cue.expression for cue in obj.mimica_cues], obj.mimica_cue],
    }


def arrange(obj):
    """Two expressions and a muted one, in frames of a scene of 24 frames a second."""
    obj.mimica_cues.clear()
    for expression, start, seed, mute in (("surprise", 0, 3, False), ("happiness", 18, 4, False), ("anger", 30, 0, True)):
        cue = obj.mimica_cues.add()
        cue.expression, cue.start, cue.seed, cue.mute = expression, start, seed, mute
        cue.attack, cue.hold, cue.release = 9, 6, 12
    obj.mimica_cue, obj.mimica_sequence, obj.mimica_blinks, obj.mimica_idle = 1, "Good news", 20.0, 0.25


def expected(obj, mesh, function="direct", seeds=(3, 4)):
    """The vertices (F, V, 3) that a call of core.api gives."""
    sequence, cache = parts.module("core.motion.sequence"), parts.module("addon.scene.cache")
    times = [{"start": start / 24, "attack": 9 / 24, "hold": 6 / 24, "release": 12 / 24} for start in (0, 18, 30)]
    made = [
        sequence.Cue("surprise", **times[0], seed=seeds[0]),
        sequence.Cue("happiness", **times[1], seed=seeds[1]),
        sequence.Cue("anger", **times[2], mute=True),
    ]
    whole = sequence.Sequence(tuple(made), "Good news", blinks=20.0, idle=0.25)
    performance = getattr(parts.module("core.api"), function)(mesh, whole, fps=24.0, adaptation=cache.load(parts.head_of(obj)))
    return performance.keys.vertices(mesh.vertices)


def differs(obj, wanted, start, size):
    frames = range(0, len(wanted), 7)
    return max(float(np.abs(parts.evaluated(obj, start + frame) - wanted[frame]).max()) for frame in frames) / size


def directed(obj, mesh, size):
    """Direct gives what core.api gives, as one clip; another start replaces it."""
    bpy.context.scene.frame_set(11)
    bpy.ops.mimica.generate(expression="fear", frames=6, place="CURRENT", onto="OWN")
    bpy.ops.mimica.direct(onto="OWN")
    wanted = expected(obj, mesh)
    first = parts.tracks(obj)
    off = differs(obj, wanted, 1, size)
    bpy.context.scene.frame_set(101)
    bpy.ops.mimica.direct(onto="OWN", place="CURRENT")
    return {
        "tracks": first,
        "frames": len(wanted),
        "moved": float(np.abs(wanted - mesh.vertices).max()) / size,
        "direct_off": off,
        "rests_at_the_end": float(np.abs(wanted[-1] - mesh.vertices).max()) / size,
        "again": parts.tracks(obj),
        "again_off": differs(obj, wanted, 101, size),
    }


def previewed(obj, size):
    """A preview under a name of its own, another seed, Discard; and one that is kept."""
    mesh = parts.head_of(obj).mesh
    bpy.context.scene.frame_set(11)
    bpy.ops.mimica.mute_clip(clip="fear")
    before, keys = parts.tracks(obj), parts.key_names(obj)
    grey = [parts.error_of(bpy.ops.mimica.keep_preview), parts.error_of(bpy.ops.mimica.discard_preview)]
    bpy.ops.mimica.preview()
    shown = parts.tracks(obj)
    off = differs(obj, expected(obj, mesh, "draft"), 1, size)
    started = time.perf_counter()
    bpy.ops.mimica.next_seed()
    seconds = time.perf_counter() - started
    seed = obj.mimica_cues[1].seed
    next_off = differs(obj, expected(obj, mesh, "draft", (3, 5)), 1, size)
    during = parts.tracks(obj)
    bpy.ops.mimica.discard_preview()
    discarded = parts.tracks(obj) == before and parts.key_names(obj) == keys
    bpy.ops.mimica.preview()
    bpy.ops.mimica.keep_preview(onto="OWN")
    return {
        "before": before,
        "grey": grey,
        "shown": shown,
        "preview_off": off,
        "next_seconds": seconds,
        "next": [seed, next_off],
        "during": [name for name, _, _ in during],
        "discarded": discarded,
        "kept": parts.tracks(obj),
        "kept_off": differs(obj, expected(obj, mesh, seeds=(3, 5)), 1, size),
        "left": "mimica_preview_muted" in obj or any("Preview" in name for name in parts.key_names(obj)),
    }


def pictures(obj):
    """Pictures of the selected expression with other seeds, as core.api draws them; more of them; one of the seeds taken."""
    thumbnails, key = parts.module("addon.thumbnails"), parts.module("addon.scene.sequence").picture_key
    obj.mimica_cue = 0
    cue = obj.mimica_cues[0]
    none = thumbnails.of(key(obj, cue))
    bpy.ops.mimica.variants(count=2, size=64)
    first = [seed for seed, _ in thumbnails.of(key(obj, cue))]
    adaptation = parts.module("addon.scene.cache").load(parts.head_of(obj))
    drawn = parts.module("core.api").variants(parts.head_of(obj).mesh, cue.expression, first, size=64, adaptation=adaptation).images[1]
    shown = np.array(thumbnails._pictures[str(first[1])].image_pixels_float).reshape(64, 64, 4)[::-1]
    bpy.ops.mimica.variants(count=2, size=64)
    second = [seed for seed, _ in thumbnails.of(key(obj, cue))]
    before = cue.seed
    bpy.ops.mimica.take_variant(seed=second[1])
    taken, cue.seed = cue.seed, before
    return {
        "pictures": [none, first, second, taken],
        "picture_off": float(np.abs(shown * 255 - drawn).max()),
        "picture_drawn": float(drawn[..., 3].mean()),
        "other_expression": thumbnails.of(key(obj, obj.mimica_cues[1])),
    }


def read_back(obj, folder):
    """A clip gives its sequence back: as it is, converted, saved, and baked."""
    wanted, found = cues(obj), {}
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "head.blend"))
    for name, onto in (("own", ""), ("cache", "CACHE"), ("arkit", "ARKIT")):
        if onto:
            bpy.ops.mimica.convert_clip(clip="Good news", onto=onto)
        obj.mimica_cues.clear()
        obj.mimica_sequence, obj.mimica_blinks = "Other", 0.0
        bpy.ops.mimica.read_clip(clip="Good news")
        found[name] = cues(obj) == wanted and [obj.mimica_sequence, obj.mimica_blinks, obj.mimica_idle] == ["Good news", 20.0, 0.25]
    bpy.ops.mimica.bake(first=1, last=40)
    baked = obj.data.shape_keys.animation_data.action.name
    obj.mimica_cues.clear()
    bpy.ops.mimica.read_clip()
    found["baked"] = cues(obj) == wanted
    other = parts.error_of(bpy.ops.mimica.read_clip, clip="fear")
    return {"read": found, "baked": baked, "no_sequence": other}


def refused(obj):
    before = parts.snapshot()
    obj.mimica_sequence = "Preview"
    taken = parts.error_of(bpy.ops.mimica.direct)
    obj.mimica_sequence = "arkit"
    reserved = parts.error_of(bpy.ops.mimica.direct, onto="OWN")
    return {"taken": taken, "reserved": reserved, "refused_unchanged": parts.snapshot() == before}


def undone(obj):
    """A preview on a head with no keys, kept, and undone and redone again and again."""
    bpy.ops.mimica.clear()
    obj.shape_key_clear()
    obj.mimica_sequence = "Good news"
    bpy.ops.mimica.preview()
    bpy.ops.ed.undo_push(message="Preview")
    bpy.ops.mimica.keep_preview(onto="OWN")
    bpy.ops.ed.undo_push(message="Keep")
    found = []
    for step in (bpy.ops.ed.undo, bpy.ops.ed.redo, bpy.ops.ed.undo):
        step()
        head = bpy.context.view_layer.objects.active
        bpy.context.scene.frame_set(20)
        moved = [abs(block.value) > 0.01 for block in head.data.shape_keys.key_blocks[1:]]
        found.append([[name for name, _, _ in parts.tracks(head)], "mimica_preview_muted" in head, any(moved)])
    return {"undone": found}
