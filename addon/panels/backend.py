"""Where the networks run, below the main panel."""

import bpy

from .. import jobs, preferences


class VIEW3D_PT_mimica_backend(bpy.types.Panel):
    bl_label = "Backend"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Mimica"
    bl_parent_id = "VIEW3D_PT_mimica"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        backend, device, python = preferences.backend_choice(context)
        layout = self.layout
        chosen = "ONNX Runtime on the CPU" if backend == "onnx" else f"PyTorch, device {device}"
        layout.label(text=f"Chosen: {chosen}", icon="SYSTEM")
        if python:
            layout.label(text=python)
        if jobs.last_used:
            layout.label(text=f"Last run: {jobs.last_used}", icon="CHECKMARK")
        if preferences.get(context) is not None:
            layout.operator("preferences.addon_show", text="Preferences", icon="PREFERENCES").module = preferences.PACKAGE
