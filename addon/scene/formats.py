"""The file formats that a face's animation leaves in, and each exporter's settings that keep names and motion."""

from pathlib import Path

import bpy

from ...core.errors import FileError
from ...core.motion.pc2 import write_pc2

SUFFIXES = {"GLB": ".glb", "FBX": ".fbx", "USD": ".usdc", "ALEMBIC": ".abc", "PC2": ".pc2"}
KEYED = ("GLB", "FBX", "USD")  # what holds named shape keys


def absent(kind):
    """Why this Blender cannot write a format; "" where it can."""
    if kind == "GLB" and not hasattr(bpy.types, "EXPORT_SCENE_OT_gltf"):
        return "The glTF add-on is off; turn on 'glTF 2.0 format' in Preferences > Add-ons"
    if kind == "FBX" and not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        return "The FBX add-on is off; turn on 'FBX format' in Preferences > Add-ons"
    if kind == "USD" and not bpy.app.usd.supported:
        return "This Blender was built without USD"
    if kind == "ALEMBIC" and not bpy.app.alembic.supported:
        return "This Blender was built without Alembic"
    return ""


def write(kind, path, frames, name):
    """Exports what is selected in the window's scene. FileError where the exporter refuses or leaves no file."""
    try:
        _EXPORTERS[kind](str(path), frames, name)
    except RuntimeError as error:
        raise FileError(f"{path} could not be exported: {str(error).strip()} Choose another folder or format.") from error
    if not Path(path).is_file():
        raise FileError(f"{path} was not written by Blender's exporter. Choose another folder or format.")


def write_cache(path, vertices, first):
    """A PC2 point cache of vertices (F, V, 3), for a Mesh Cache modifier: its first sample is scene frame `first`."""
    write_pc2(Path(path), vertices, start=float(first), rate=1.0)


def _gltf(path, _frames, name):
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_active_scene=True,
        use_selection=True,
        export_morph=True,
        export_morph_normal=True,
        export_morph_animation=True,
        export_animations=True,
        export_animation_mode="ACTIVE_ACTIONS",  # one animation with all that moves, and not one for each action in the file
        export_nla_strips_merged_animation_name=name,
        export_force_sampling=True,
        export_optimize_animation_size=False,  # which would drop the keys of what hardly moves
        export_apply=False,  # with modifiers applied no morph target is written
    )


def _fbx(path, _frames, _name):
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        object_types={"MESH"},
        use_mesh_modifiers=False,  # with modifiers applied no shape key is written
        bake_anim=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,  # which would write every action of the file, of any object
        bake_anim_step=1.0,
        bake_anim_simplify_factor=0.0,
        add_leaf_bones=False,
    )


def _usd(path, _frames, _name):
    bpy.ops.wm.usd_export(
        filepath=path,
        selected_objects_only=True,
        export_animation=True,  # which is off by default
        export_shapekeys=True,
        evaluation_mode="VIEWPORT",
    )


def _alembic(path, frames, _name):
    bpy.ops.wm.alembic_export(
        filepath=path, selected=True, start=frames[0], end=frames[-1], flatten=False, evaluation_mode="VIEWPORT", as_background_job=False
    )


_EXPORTERS = {"GLB": _gltf, "FBX": _fbx, "USD": _usd, "ALEMBIC": _alembic}
