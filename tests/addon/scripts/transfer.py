"""One head's motion on another: from keys and tracks, from a cache, from a folder of meshes; and what is refused."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

LAST = 16


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, LAST, 24
    source = parts.import_head(head)
    source.name = "Actor"
    bpy.ops.mimica.generate(expression="mouth_open", frames=LAST, seed=2, onto="OWN")
    source.modifiers.new("Fine", "SUBSURF")
    target = other_head(source)
    size = float(np.ptp(parts.head_of(target).mesh.vertices, axis=0).max())
    made = {"size": size, **refused(source, target)}
    truth = np.array([moved(source, frame) for frame in range(1, LAST + 1)])
    parts.activate(target)
    source.select_set(True)
    scene.frame_set(7)
    bpy.ops.mimica.transfer_from_head(onto="OWN")
    made["frame_kept"] = scene.frame_current == 7 and source.modifiers["Fine"].show_viewport
    again = np.array([parts.evaluated(target, frame) - parts.evaluated(target, 1) for frame in range(1, LAST + 1)])
    made["from_keys"] = against(again, truth)
    made["api_off"] = against_api(source, target, again) / size
    made["clips"] = [clip.name for clip in parts.module("addon.scene.clips").of(target)]
    made["from_cache"] = from_cache(source, target, truth, folder)
    made["from_folder"] = from_folder(source, target, truth, folder)
    return made


def other_head(source):
    """The same face on another mesh: other axes and scale, vertices in another order, elsewhere in the scene."""
    mesh = parts.head_of(source).mesh
    order = np.random.default_rng(0).permutation(len(mesh.vertices))
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    target = parts.mesh_object("Other", 0.01 * mesh.vertices[order][:, [2, 0, 1]], place[mesh.triangles])
    target.location, target.rotation_euler = (100.0, 0.2, 0.0), (0.2, 0.0, 0.4)
    target["order"] = order.tolist()
    bpy.context.view_layer.update()
    return target


def moved(source, frame):
    """The motion of the source as the target must show it."""
    source.modifiers["Fine"].show_viewport = False
    own = parts.evaluated(source, frame)
    source.modifiers["Fine"].show_viewport = True
    rest = np.empty_like(own)
    source.data.vertices.foreach_get("co", rest.reshape(-1))
    order = np.array(bpy.data.objects["Other"]["order"])
    return 0.01 * (own - rest)[order][:, [2, 0, 1]]


def against(again, truth):
    """The mean distance from the truth, of the mean motion, over what moves."""
    size = np.linalg.norm(truth, axis=2)
    moves = size > 0.1 * size.max()
    return float(np.linalg.norm(again - truth, axis=2)[moves].mean() / size[moves].mean())


def against_api(source, target, again):
    """The farthest that the operator's result is from that of the API on the same arrays."""
    api, motion = parts.module("core.api"), parts.module("addon.scene.motion")
    reading = motion.read(bpy.context, source, range(1, LAST + 1))
    while True:
        try:
            next(reading)
        except StopIteration as end:
            _, moving = end.value
            break
    mesh, known = parts.head_of(target).mesh, parts.module("addon.scene.cache")
    fits = {"adaptation": known.load(parts.head_of(target)), "source_adaptation": known.load(parts.head_of(source))}
    performed = api.transfer(mesh, moving, fps=24.0, **fits)
    expected = performed.keys.vertices(mesh.vertices) - mesh.vertices
    return float(np.abs(expected - expected[0] - again).max())


def from_cache(source, target, truth, folder):
    """The source's motion as a cache, which is then all that moves it."""
    bpy.context.scene.mimica.cache_folder = folder
    parts.activate(source)
    bpy.ops.mimica.generate(expression="mouth_open", frames=LAST, seed=2, onto="CACHE")
    parts.activate(target)
    bpy.ops.mimica.transfer_from_head(source="Actor", onto="ARKIT", first=1, last=LAST)
    again = np.array([parts.evaluated(target, frame) - parts.evaluated(target, 1) for frame in range(1, LAST + 1)])
    return {"off": against(again, truth), "keys": len(parts.key_names(target))}


def from_folder(source, target, truth, folder):
    """Frames as obj files, at 48 frames a second of 24, so that every second of them is one of the truth."""
    frames = Path(folder) / "sequence"
    frames.mkdir()
    triangles = parts.head_of(source).mesh.triangles
    faces = "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in triangles)
    for number in range(2 * LAST):
        points = parts.evaluated_own(source, 1 + min(number / 2, LAST - 1))
        text = "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points.tolist())
        (frames / f"mouth.{number:06d}.obj").write_text(text + faces)
    parts.activate(target)
    bpy.ops.mimica.transfer_sequence(filepath=str(frames), rate=48.0, neutral=0, onto="OWN")
    again = np.array([parts.evaluated(target, frame) - parts.evaluated(target, 1) for frame in range(1, LAST + 1)])
    empty = Path(folder) / "nothing"
    empty.mkdir()
    return {"off": against(again, truth), "empty": parts.error_of(bpy.ops.mimica.transfer_sequence, filepath=str(empty))}


def refused(source, target):
    parts.activate(target)
    before = parts.snapshot()
    none = parts.error_of(bpy.ops.mimica.transfer_from_head)
    absent = parts.error_of(bpy.ops.mimica.transfer_from_head, source="Nobody")
    still = parts.error_of(bpy.ops.mimica.transfer_from_head, source="Actor", first=LAST + 20, last=LAST + 30)
    return {"refused": [none, absent, still], "refused_unchanged": parts.snapshot() == before}
