"""Mimica in Blender. Nothing heavy is imported before an operator runs, so that Blender starts as fast as without."""

import bpy

from . import directing, exchange, exchange_classes, jobs, photo_settings, preferences, previewing, properties, thumbnails
from .operators import (
    arkit_keys,
    check_torch,
    clear,
    find_landmarks,
    find_parts,
    generate,
    hide_landmarks,
    hide_parts,
    mirror_landmarks,
    place_nine,
    show_landmarks,
    use_landmarks,
)
from .panels import backend, keys, landmarks, main, parts

CLASSES = (
    properties.MimicaSettings,
    preferences.MimicaPreferences,
    generate.MIMICA_OT_generate,
    arkit_keys.MIMICA_OT_arkit_keys,
    clear.MIMICA_OT_clear,
    find_landmarks.MIMICA_OT_find_landmarks,
    show_landmarks.MIMICA_OT_show_landmarks,
    use_landmarks.MIMICA_OT_use_landmarks,
    mirror_landmarks.MIMICA_OT_mirror_landmarks,
    hide_landmarks.MIMICA_OT_hide_landmarks,
    place_nine.MIMICA_OT_place_nine,
    find_parts.MIMICA_OT_find_parts,
    hide_parts.MIMICA_OT_hide_parts,
    check_torch.MIMICA_OT_check_torch,
    *directing.CLASSES,
    main.VIEW3D_PT_mimica,
    *directing.PANELS,
    landmarks.VIEW3D_PT_mimica_landmarks,
    parts.VIEW3D_PT_mimica_parts,
    keys.VIEW3D_PT_mimica_keys,
    *exchange_classes.CLASSES,
    backend.VIEW3D_PT_mimica_backend,
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.mimica = bpy.props.PointerProperty(type=properties.MimicaSettings)
    bpy.types.Scene.mimica_exchange = bpy.props.PointerProperty(type=exchange.MimicaExchange)
    bpy.types.Scene.mimica_photo_video = bpy.props.PointerProperty(type=photo_settings.MimicaPhotoVideo)
    for name, definition in properties.HEAD_PROPERTIES.items():
        setattr(bpy.types.Object, name, definition)


def unregister():
    previewing.stop()
    thumbnails.clear()
    jobs.stop()
    for name in properties.HEAD_PROPERTIES:
        delattr(bpy.types.Object, name)
    del bpy.types.Scene.mimica_photo_video
    del bpy.types.Scene.mimica_exchange
    del bpy.types.Scene.mimica
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
