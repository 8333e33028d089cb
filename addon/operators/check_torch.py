"""Check: whether the Python named in Preferences can run the networks on PyTorch."""

import bpy

from .. import jobs, preferences


class MIMICA_OT_check_torch(bpy.types.Operator):
    bl_idname = "mimica.check_torch"
    bl_label = "Check PyTorch"
    bl_description = "Start the Python named above and say which device it found, or the one command that installs what it lacks"

    def execute(self, context):
        from ...core.errors import MimicaError
        from ...core.runtime.client import WorkerClient

        chosen = preferences.get(context)
        python = bpy.path.abspath(chosen.python) if chosen is not None else ""
        try:
            jobs.require_python(python)
            with WorkerClient(python, (), "torch", chosen.device) as worker:
                worker.start()
                self.report({"INFO"}, f"PyTorch runs on {worker.device} under {python}")
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}
