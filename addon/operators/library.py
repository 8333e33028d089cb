"""Save Clips to Library, and Apply Clip from Library: clips on ARKit keys as assets that play on any head with these keys."""

from pathlib import Path

import bpy

from .. import exchange, properties
from .face_job import FaceJob, FileJob, OnArkit
from .generate import start_frame


class MIMICA_OT_save_assets(OnArkit, FaceJob, bpy.types.Operator):
    bl_idname = "mimica.save_assets"
    bl_label = "Save Clips to Library"
    bl_description = (
        "Save the head's clips on ARKit keys as assets, with a picture of this head, one .blend each, in a folder that shows as a library in "
        "the Asset Browser. They play on any head that has the 52 keys"
    )
    bl_options = {"REGISTER"}

    folder: exchange.library()
    clip: bpy.props.StringProperty(name="Clip", description="The clip to save; empty for all on ARKit keys")

    def work(self, context, head):
        from ..scene import cache, library

        folder = library.folder(self.folder)
        chosen, left_out = library.portable(head.object, self.clip)
        saved = []
        for name in chosen:
            picture = yield "portrait", {**cache.arguments(head), "displacement": library.apex(head, name), "size": library.SIZE}
            saved.append(library.save(head.object, name, folder, picture))
        registered = library.register(context, folder)
        said = f"{len(saved)} clips of '{head.object.name}' saved in {folder}"
        said += f", shown as library '{registered}'" if registered else ""
        self.report({"INFO"}, said + (f"; not on ARKit keys alone, and left out: {', '.join(left_out)}" if left_out else ""))


class MIMICA_OT_apply_asset(FileJob, bpy.types.Operator):
    bl_idname = "mimica.apply_asset"
    bl_label = "Apply Clip from Library"
    bl_description = (
        "Put a clip that was saved to a library onto the active head, on its ARKit keys, made first where they are missing, at the scene's "
        "frame rate"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="Clip", description="The .blend of a saved clip", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.blend", options={"HIDDEN"})
    place: properties.place()

    def work(self, context, head):
        from ...core import api
        from ..scene import library, outputs, sampling

        path = Path(bpy.path.abspath(self.filepath))
        label, names, weights, fps, recipe = library.read(path)
        plan = yield from outputs.plan(head, "ARKIT", context.scene.mimica.tolerance)
        recording = api.recording_of(names, weights, library.no_rotation(weights), fps=fps, timecode="00:00:00:00.000")
        made = yield "play_onto", {**plan.arguments, "recording": recording, "label": label, "fps": sampling.fps(context.scene)}
        self.report({"INFO"}, f"'{label}': {outputs.write(head, made, plan, start_frame(context, self.place), recipe)}")
