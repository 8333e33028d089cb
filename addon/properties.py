"""What the user has chosen in the sidebar; saved with the scene."""

import bpy

from ..core import labels

MAX_SEED = 2**31 - 1
_NAMES = {"bareteeth": "Bare Teeth"}  # where the label does not read well by itself


def _items():
    """Items of the expression menu: the basic emotions first, then the mouth and brow motions of the CoMA recordings."""
    items = []
    for heading, group, icon in (("Basic emotions", labels.BASIC, "MONKEY"), ("Face motions (CoMA)", labels.COMA, "USER")):
        items.append(("", heading, ""))
        for label in group:
            name = _NAMES.get(label, label.replace("_", " ").title())
            items.append((label, name, f"{name}, from neutral to its apex", icon, len(items)))
    return items


EXPRESSIONS = _items()


def expression():
    return bpy.props.EnumProperty(name="Expression", description="What the face does", items=EXPRESSIONS, default="surprise")


def frames():
    return bpy.props.IntProperty(
        name="Length", description="Frames from neutral to apex", default=30, min=2, max=10_000, soft_max=300, subtype="TIME"
    )


def intensity():
    return bpy.props.FloatProperty(
        name="Intensity", description="How strong: 0 is neutral, 1 as people do it, 2 twice as strong", default=1.0, min=0.0, max=2.0
    )


def seed():
    return bpy.props.IntProperty(name="Seed", description="Another seed is another performance of the expression", min=0, max=MAX_SEED)


class MimicaSettings(bpy.types.PropertyGroup):
    expression: expression()
    frames: frames()
    intensity: intensity()
    seed: seed()
