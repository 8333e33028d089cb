"""Where the networks run, below the main panel."""

import bpy

from .. import jobs, preferences
from .child import Below


class VIEW3D_PT_mimica_backend(Below, bpy.types.Panel):
    bl_label = "Backend"

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
