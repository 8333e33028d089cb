"""A face's animation out of Blender: sampled, put onto a passing copy of the head in a scene of its own, and handed to an exporter from there.

So a file holds what the timeline shows, whatever moves it (NLA tracks, drivers, an action, a constraint), and the user's scene is left alone.
What each exporter does not do by itself is done to the copy: shape keys are made relative to the Basis and their vertex groups multiplied
in, as files know neither; the animation is one plain action; the objects keep their names.
"""

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import MeshError
from ...core.motion.pc2 import write_pc2
from . import companions, curves, mesh, motion, sampling

STILL = 1e-6  # of a matrix's numbers; what changes less does not move
CACHES = ("MESH_CACHE", "MESH_SEQUENCE_CACHE")
PASSING = "Mimica passing "  # before the names of the user's objects while their copies have them


@dataclass
class Sampled:
    """Objects over frames (F): by object the shape key weights (F, K), the world matrices (F, 4, 4), and, where asked for, its vertices (F, V, 3)."""

    objects: list
    frames: range
    fps: float
    weights: list
    matrices: list
    vertices: list


def objects_of(obj):
    """The head's object and those that go with it, seen in the view layer."""
    return [obj, *companions.of(obj)]


def sample(scene, objects, frames, dense=False):
    """Reads the scene frame by frame: yields how far it is (0..1), and returns a Sampled."""
    weights, matrices, vertices = ([[] for _ in objects] for _ in range(3))
    with motion.own_vertices(objects if dense else ()), sampling.frame_kept(scene):
        for done, frame in enumerate(frames):
            scene.frame_set(frame)
            for index, obj in enumerate(objects):
                weights[index].append(sampling.weights(obj))
                matrices[index].append(np.array(obj.matrix_world))
                if dense:
                    vertices[index].append(sampling.shown_vertices(obj, len(obj.data.vertices)))
            yield (done + 1) / len(frames)
    stacked = [[np.array(rows) for rows in kind] for kind in (weights, matrices)]
    return Sampled(objects, frames, sampling.fps(scene), *stacked, [np.array(rows) for rows in vertices] if dense else [])


@contextlib.contextmanager
def staged(context, sampled, name):
    """A scene with a copy of the sampled objects, their animation baked, in the window for as long as it is open; then all is as before.

    Gives the copies. name: of the animation.
    """
    window, before = context.window, context.window.scene
    caches = contextlib.ExitStack()
    scene = bpy.data.scenes.new(f"{PASSING}{name}"[: curves.MAX_NAME])
    made, renamed = [], []
    try:
        _same_time(scene, before, sampled)
        for index, obj in enumerate(sampled.objects):
            renamed += [(one, one.name) for one in (obj, obj.data) if not one.name.startswith(PASSING)]
            own, data = obj.name, obj.data.name.removeprefix(PASSING)
            obj.name, obj.data.name = PASSING + own, PASSING + data
            made.append(_copy(obj, own, data, scene))
            if sampled.vertices:
                _play(made[-1], sampled, index, caches)
            _bake(made[-1], sampled, index, name)
        window.scene = scene
        for copy in made:
            copy.select_set(True)
        scene.view_layers[0].objects.active = made[0]
        scene.frame_set(scene.frame_start)
        yield made
    finally:
        window.scene = before
        for copy in made:
            _remove(copy)
        for one, own in renamed:
            one.name = own
        bpy.data.scenes.remove(scene)
        caches.close()


def _play(copy, sampled, index, caches):
    """Every sampled vertex through a cache in a passing folder, whatever moved it; keys have no say below it."""
    path = Path(caches.enter_context(tempfile.TemporaryDirectory())) / "cache.pc2"
    write_pc2(path, sampled.vertices[index], start=float(sampled.frames[0]))
    modifier = copy.modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "PC2", str(path)
    modifier.frame_start, modifier.forward_axis, modifier.up_axis = sampled.frames[0], "POS_Y", "POS_Z"


def _same_time(scene, before, sampled):
    scene.render.fps, scene.render.fps_base = before.render.fps, before.render.fps_base
    scene.frame_start, scene.frame_end = sampled.frames[0], sampled.frames[-1]
    for name in ("system", "scale_length", "length_unit"):
        setattr(scene.unit_settings, name, getattr(before.unit_settings, name))


def _copy(obj, name, data_name, scene):
    """The object by itself: no parent, constraints, modifiers or animation; materials and keys stay."""
    copy = obj.copy()
    copy.data = obj.data.copy()
    copy.name, copy.data.name = name, data_name
    copy.parent = None
    copy.animation_data_clear()
    copy.constraints.clear()
    copy.modifiers.clear()
    if copy.data.shape_keys:
        copy.data.shape_keys.animation_data_clear()
        copy.show_only_shape_key = False
        _onto_basis(copy)
    scene.collection.objects.link(copy)
    return copy


def _onto_basis(copy):
    """Makes every key relative to the Basis, its vertex group multiplied in; shown, it is the same."""
    blocks, count = copy.data.shape_keys.key_blocks, len(copy.data.vertices)
    points = {block.name: mesh.points(block.data, count) for block in blocks}
    basis = points[blocks[0].name]
    for block in blocks[1:]:
        moved = points[block.name] - points[block.relative_key.name]
        group = copy.vertex_groups.get(block.vertex_group) if block.vertex_group else None
        if group is not None:
            moved *= _group_weights(copy, group)[:, None]
        block.vertex_group, block.mute, block.relative_key = "", False, blocks[0]
        block.data.foreach_set("co", (basis + moved).astype(np.float32).ravel())


def _group_weights(obj, group):
    made = np.zeros(len(obj.data.vertices), np.float32)
    for vertex in obj.data.vertices:
        made[vertex.index] = next((slot.weight for slot in vertex.groups if slot.group == group.index), 0.0)
    return made


def _bake(copy, sampled, index, name):
    """The sampled weights and places as one action each, a key on every frame."""
    frames, keys = np.array(sampled.frames), copy.data.shape_keys
    if keys:
        action, found = curves.new_action(name, "KEY", keys.name)
        for block, values in zip(keys.key_blocks[1:], sampled.weights[index].T, strict=True):
            block.slider_min, block.slider_max = min(0.0, float(values.min())), max(1.0, float(values.max()))
            curves.add(found, curves.value_path(block), 0, frames, values)
        curves.use(keys, action)
    matrices = sampled.matrices[index]
    copy.matrix_world = _matrix(matrices[0])
    if np.abs(matrices - matrices[0]).max() > STILL:
        _bake_place(copy, frames, matrices, name)


def _bake_place(copy, frames, matrices, name):
    copy.rotation_mode = "QUATERNION"
    rows, before = [], None
    for matrix in matrices:
        location, turn, scale = _matrix(matrix).decompose()
        if before is not None:
            turn.make_compatible(before)
        before = turn
        rows.append([*location, *turn, *scale])
    action, found = curves.new_action(name, "OBJECT", copy.name)
    columns = [("location", n) for n in range(3)] + [("rotation_quaternion", n) for n in range(4)] + [("scale", n) for n in range(3)]
    for (path, axis), values in zip(columns, np.array(rows).T, strict=True):
        curves.add(found, path, axis, frames, values)
    curves.use(copy, action)


def _matrix(values):
    import mathutils

    return mathutils.Matrix(values.tolist())


def _remove(copy):
    """A copy with all that was made for it."""
    data, keys = copy.data, copy.data.shape_keys
    actions = [one.animation_data.action for one in (copy, keys) if one is not None and one.animation_data]
    bpy.data.objects.remove(copy)
    bpy.data.meshes.remove(data)
    for action in filter(None, actions):
        bpy.data.actions.remove(action)


def refuse_keyless(objects):
    """MeshError where a file of shape keys could not hold the motion: there are none, or a vertex cache plays over them."""
    way_out = "Convert it into keys (panel Clips), or choose Alembic or PC2, which hold every vertex."
    for obj in objects:
        cache = next((one.name for one in obj.modifiers if one.type in CACHES and one.show_viewport), None)
        if cache is not None:
            raise MeshError(f"'{obj.name}' plays a vertex cache ('{cache}'), which a file of shape keys cannot hold. {way_out}")
    if not any(obj.data.shape_keys for obj in objects):
        raise MeshError(f"'{objects[0].name}' has no shape keys to export. Make its ARKit keys or generate an expression first.")
