"""The buttons beside the list of a head's sequence: add, remove, duplicate, move."""

import bpy

from .. import previewing, properties
from ..scene import active
from .face_job import OnHead

FIELDS = ("expression", "start", "attack", "hold", "release", "intensity", "seed", "mute")
DEFAULTS = {"attack": 1.0, "hold": 0.5, "release": 1.0}  # s


class _OnCue(OnHead):
    """A mix-in: grey where no expression of the sequence is selected."""

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        head = active.head(context)
        if 0 <= head.mimica_cue < len(head.mimica_cues):
            return True
        cls.poll_message_set("Add an expression to the sequence first, or click one in the list")
        return False


class MIMICA_OT_add_cue(OnHead, bpy.types.Operator):
    bl_idname = "mimica.add_cue"
    bl_label = "Add Expression to Sequence"
    bl_description = "Add an expression to the head's sequence; it takes over as the last one begins to fade"
    bl_options = {"REGISTER", "UNDO"}

    expression: properties.expression()

    def execute(self, context):
        from ..scene.sequence import fps

        head = active.head(context)
        last = max(head.mimica_cues, key=lambda cue: cue.start, default=None)
        start = last.start + last.attack + last.hold if last is not None else 0.0
        with previewing.paused():
            cue = head.mimica_cues.add()
            cue.expression, cue.start = self.expression, start
            for name, seconds in DEFAULTS.items():
                setattr(cue, name, round(seconds * fps()))
        head.mimica_cue = len(head.mimica_cues) - 1
        previewing.refresh(head)
        return {"FINISHED"}


class MIMICA_OT_remove_cue(_OnCue, bpy.types.Operator):
    bl_idname = "mimica.remove_cue"
    bl_label = "Remove Expression from Sequence"
    bl_description = "Remove the selected expression from the head's sequence"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        head = active.head(context)
        head.mimica_cues.remove(head.mimica_cue)
        head.mimica_cue = max(0, min(head.mimica_cue, len(head.mimica_cues) - 1))
        previewing.refresh(head)
        return {"FINISHED"}


class MIMICA_OT_duplicate_cue(_OnCue, bpy.types.Operator):
    bl_idname = "mimica.duplicate_cue"
    bl_label = "Duplicate Expression in Sequence"
    bl_description = "Add a copy of the selected expression, which takes over as that one begins to fade"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        head = active.head(context)
        with previewing.paused():
            copy = head.mimica_cues.add()
            source = head.mimica_cues[head.mimica_cue]
            for name in FIELDS:
                setattr(copy, name, getattr(source, name))
            copy.start = source.start + source.attack + source.hold
        head.mimica_cues.move(len(head.mimica_cues) - 1, head.mimica_cue + 1)
        head.mimica_cue += 1
        previewing.refresh(head)
        return {"FINISHED"}


class MIMICA_OT_move_cue(_OnCue, bpy.types.Operator):
    bl_idname = "mimica.move_cue"
    bl_label = "Move Expression in Sequence"
    bl_description = "Let the selected expression and the one before or after it change places; what plays first starts first"
    bl_options = {"REGISTER", "UNDO"}

    direction: bpy.props.EnumProperty(
        name="Direction", items=(("UP", "Up", "Earlier"), ("DOWN", "Down", "Later")), description="Which way", default="UP"
    )

    def execute(self, context):
        head = active.head(context)
        index = head.mimica_cue
        other = index + (-1 if self.direction == "UP" else 1)
        if not 0 <= other < len(head.mimica_cues):
            return {"CANCELLED"}
        with previewing.paused():
            one, two = head.mimica_cues[index], head.mimica_cues[other]
            one.start, two.start = two.start, one.start
        head.mimica_cues.move(index, other)
        head.mimica_cue = other
        previewing.refresh(head)
        return {"FINISHED"}
