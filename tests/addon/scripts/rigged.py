"""Heads with armature, modifiers, keys of the user, shared meshes and unapplied scale: what core sees of them, and what comes back."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import mathutils
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    source = parts.import_head(head)
    size = max(source.dimensions)
    source.data.transform(source.matrix_world)  # upright in its own axes
    source.matrix_world = mathutils.Matrix.Identity(4)
    bpy.ops.mimica.arkit_keys()
    plain = fields(source)
    made = {name: case(source, plain, size, folder) for name, case in CASES.items()}
    return {"size": size, **made}


def twin(source):
    """A head like `source` with no keys, alone in view."""
    for obj in list(bpy.data.objects):
        if obj != source:
            bpy.data.objects.remove(obj)
    obj = bpy.data.objects.new("Twin", source.data.copy())
    obj.shape_key_clear()
    bpy.context.collection.objects.link(obj)
    source.hide_set(True)
    parts.activate(obj)
    return obj


def fields(obj):
    """By key name, the displacement (V, 3) in the object's own space."""
    blocks = obj.data.shape_keys.key_blocks
    return {block.name: points(block.data) - points(block.relative_key.data) for block in blocks if block != block.relative_key}


def points(data):
    made = np.empty(3 * len(data), np.float32)
    data.foreach_get("co", made)
    return made.reshape(-1, 3)


def worst(found, expected):
    assert found.keys() == expected.keys()
    return max(float(np.abs(found[name] - field).max()) for name, field in expected.items())


def armature(source, plain, size, _folder):
    """A posed head bone moves what is seen and no key; a bone's eye is where its rest puts it. A subdivision stays."""
    obj = twin(source)
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.collection.objects.link(rig)
    parts.activate(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    bone = rig.data.edit_bones.new("head")
    bone.tail = (0.0, 0.0, size)
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.vertex_groups.new(name="head").add(range(len(obj.data.vertices)), 1.0, "REPLACE")
    obj.parent = rig
    obj.modifiers.new("Armature", "ARMATURE").object = rig
    obj.modifiers.new("Subdivision", "SUBSURF").levels = 1
    bpy.ops.object.select_all(action="DESELECT")
    bead = parts.mesh_object(
        "Bead", 0.01 * size * np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]), [(0, 2, 1), (0, 1, 3), (0, 3, 2)]
    )
    bead.parent, bead.parent_type, bead.parent_bone = rig, "BONE", "head"
    bead.matrix_parent_inverse = mathutils.Matrix.Translation((0.0, -0.5 * size, 0.0))
    bpy.context.view_layer.update()
    parts.activate(obj)
    fingerprint = parts.module("addon.scene.cache").fingerprint
    at_rest = parts.head_of(obj)
    rig.pose.bones["head"].rotation_mode = "XYZ"
    rig.pose.bones["head"].rotation_euler = (0.7, 0.4, 0.2)
    bpy.context.view_layer.update()
    posed = parts.head_of(obj)
    bpy.data.objects.remove(bead)
    bpy.ops.mimica.arkit_keys()
    return {
        "pieces": [piece.name for piece in posed.pieces],
        "same": fingerprint(posed.mesh) == fingerprint(at_rest.mesh),
        "pose_kept": rig.data.pose_position == "POSE" and abs(rig.pose.bones["head"].rotation_euler[0] - 0.7) < 1e-6,
        "differs": worst(fields(obj), plain) / size,
        "modifiers": [modifier.type for modifier in obj.modifiers],
        "shown": len(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices) > 2 * len(obj.data.vertices),
    }


def mirror(source, _plain, _size, _folder):
    obj = twin(source)
    obj.modifiers.new("Half", "MIRROR")
    before = parts.snapshot()
    return {"message": parts.error_of(bpy.ops.mimica.generate), "unchanged": parts.snapshot() == before}


def neutral(source, plain, size, _folder):
    """Another key than the Basis is the neutral: new keys are relative to it; the Basis is a smile that would not do."""
    obj = twin(source)
    basis = points(obj.data.vertices)
    obj.shape_key_add(name="Posed", from_mix=False)
    chosen = obj.shape_key_add(name="Calm", from_mix=False)
    chosen.data.foreach_set("co", basis.ravel())
    smile = basis + plain["mouthSmileLeft"]
    obj.data.shape_keys.reference_key.data.foreach_set("co", smile.ravel())
    chosen.value = 1.0
    obj.mimica_neutral = "Gone"
    gone = parts.error_of(bpy.ops.mimica.arkit_keys)
    obj.mimica_neutral = "Calm"
    bpy.ops.mimica.arkit_keys()
    blocks = obj.data.shape_keys.key_blocks
    blocks["jawOpen"].value = 1.0
    found = {name: field for name, field in fields(obj).items() if name != "Calm"}
    return {
        "gone": gone,
        "differs": worst(found, plain) / size,
        "relative": sorted({blocks[name].relative_key.name for name in plain}),
        "shown_off": float(np.abs(parts.evaluated(obj, 1) - basis - plain["jawOpen"]).max()) / size,
        "calm_value": chosen.value,
    }


def shared(source, plain, size, _folder):
    """Two objects of one mesh: the keys are made once, for both."""
    obj = twin(source)
    other = bpy.data.objects.new("Other", obj.data)
    bpy.context.collection.objects.link(other)
    other.location.x = 3 * size
    parts.activate(obj)
    bpy.ops.mimica.arkit_keys()
    parts.activate(other)
    bpy.ops.mimica.arkit_keys()
    return {"differs": worst(fields(obj), plain) / size, "same": obj.data == other.data, "keys": len(parts.key_names(other))}


def override(source, _plain, _size, folder):
    """A library override is refused, and so is an override whose mesh is still linked."""
    obj = twin(source)
    path = str(Path(folder) / "library.blend")
    bpy.data.libraries.write(path, {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["Twin"]
    linked = wanted.objects[0]
    bpy.context.collection.objects.link(linked)
    made = linked.override_create(remap_local_usages=True)
    parts.activate(made)
    found = {"object": parts.error_of(bpy.ops.mimica.arkit_keys)}
    made.data.override_create(remap_local_usages=True)
    found["both"] = parts.error_of(bpy.ops.mimica.arkit_keys)
    bpy.data.libraries.remove(bpy.data.libraries[0])
    return found


def stands_turned(source, plain, size, _folder):
    """Rotation and even scale change no bit of what core sees."""
    obj = twin(source)
    fingerprint = parts.module("addon.scene.cache").fingerprint
    before = fingerprint(parts.head_of(obj).mesh)
    obj.rotation_euler, obj.scale, obj.location = (0.4, 1.0, -2.0), (0.3, 0.3, 0.3), (1.0, 2.0, 3.0)
    bpy.context.view_layer.update()
    return {"same": fingerprint(parts.head_of(obj).mesh) == before}


def uneven(source, plain, size, _folder):
    """A mesh stored squashed, stretched back by the object's scale: core sees the head as it looks."""
    obj = twin(source)
    obj.data.transform(mathutils.Matrix.Diagonal((1.0, 2.0, 0.5, 1.0)))
    obj.scale = (1.0, 0.5, 2.0)
    bpy.context.view_layer.update()
    bpy.ops.mimica.arkit_keys()
    found = {name: field * [1.0, 0.5, 2.0] for name, field in fields(obj).items()}
    return {"differs": worst(found, plain) / size}


def negative(source, plain, size, _folder):
    """A mesh stored mirrored, mirrored back by the object's scale: left is where the left is seen."""
    obj = twin(source)
    obj.data.transform(mathutils.Matrix.Diagonal((-1.0, 1.0, 1.0, 1.0)))
    obj.data.flip_normals()
    obj.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    bpy.ops.mimica.arkit_keys()
    found = {name: field * [-1.0, 1.0, 1.0] for name, field in fields(obj).items()}
    return {"differs": worst(found, plain) / size}


CASES = {case.__name__: case for case in (armature, mirror, neutral, shared, override, stands_turned, uneven, negative)}
