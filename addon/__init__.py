"""Mimica in Blender. Nothing heavy is imported before an operator runs, so that Blender starts as fast as without."""

import bpy

from . import jobs, preferences, properties
from .operators import arkit_keys, check_torch, clear, generate
from .panels import backend, main

CLASSES = (
    properties.MimicaSettings,
    preferences.MimicaPreferences,
    generate.MIMICA_OT_generate,
    arkit_keys.MIMICA_OT_arkit_keys,
    clear.MIMICA_OT_clear,
    check_torch.MIMICA_OT_check_torch,
    main.VIEW3D_PT_mimica,
    backend.VIEW3D_PT_mimica_backend,
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.mimica = bpy.props.PointerProperty(type=properties.MimicaSettings)


def unregister():
    jobs.stop()
    del bpy.types.Scene.mimica
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
