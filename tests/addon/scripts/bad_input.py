"""Every bad input: the message, and whether the scene is as it was."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    source = parts.head_of(parts.import_head(head)).mesh
    found = {}
    for name, prepare in CASES.items():
        parts.empty_scene()
        arguments = prepare(source, folder) or {}
        before = parts.snapshot()
        message = parts.error_of(bpy.ops.mimica.generate, **arguments)
        found[name] = {"message": message, "unchanged": parts.snapshot() == before}
    return found


def nothing(_source, _folder):
    parts.activate(None)


def no_mesh(_source, _folder):
    bpy.ops.object.empty_add()


def cube(_source, _folder):
    bpy.ops.mesh.primitive_cube_add()


def no_face(_source, _folder):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32)


def not_finite(source, _folder):
    vertices = source.vertices.copy()
    vertices[5] = np.nan
    parts.mesh_object("Head", vertices, source.triangles)


def two_heads(source, _folder):
    aside = source.vertices + np.array([1.6 * np.ptp(source.vertices[:, 0]), 0, 0])
    parts.mesh_object("Head", np.concatenate((source.vertices, aside)), np.concatenate((source.triangles, source.triangles + len(aside))))


def unknown_expression(source, _folder):
    parts.mesh_object("Head", source.vertices, source.triangles)
    return {"expression": "joyful"}


def linked(source, folder):
    obj = parts.mesh_object("Head", source.vertices, source.triangles)
    path = str(Path(folder) / "library.blend")
    bpy.data.libraries.write(path, {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["Head"]
    bpy.context.collection.objects.link(wanted.objects[0])
    parts.activate(wanted.objects[0])


def edit_mode(source, _folder):
    parts.mesh_object("Head", source.vertices, source.triangles)
    bpy.ops.object.mode_set(mode="EDIT")


def absolute_keys(source, _folder):
    obj = parts.mesh_object("Head", source.vertices, source.triangles)
    obj.shape_key_add(name="Basis")
    obj.data.shape_keys.use_relative = False


CASES = {
    case.__name__: case
    for case in (nothing, no_mesh, cube, no_face, not_finite, two_heads, unknown_expression, linked, edit_mode, absolute_keys)
}
