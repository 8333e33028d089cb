"""What the user has chosen in the sidebar; saved with the scene."""

import itertools

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


def onto():
    return bpy.props.EnumProperty(
        name="Output",
        description="What the clip is made of",
        items=(
            ("AUTO", "Auto", "The ARKit keys where the head has all 52, otherwise keys of its own"),
            ("OWN", "Own Keys", "A few new keys made for this clip, as many as the tolerance needs"),
            ("ARKIT", "ARKit Keys", "The 52 ARKit keys of the head, made first where they are missing"),
            ("CACHE", "Cache", "Every vertex of every frame in a PC2 file that a Mesh Cache modifier plays: exact, but not to be edited"),
        ),
        default="AUTO",
    )


def tolerance():
    return bpy.props.FloatProperty(
        name="Tolerance",
        description="How far, in millimetres on a head of life size, keys of its own may be off; less of it makes more keys",
        default=0.25,
        min=0.01,
        max=10.0,
        soft_max=2.0,
        precision=2,
        step=5,
    )


def cache_folder():
    return bpy.props.StringProperty(
        name="Cache Folder",
        description="Where caches are written; empty for a folder mimica_cache beside the saved .blend. Begin with // for beside the .blend",
        subtype="DIR_PATH",
    )


def place():
    return bpy.props.EnumProperty(
        name="Start",
        description="Where in time the clip begins",
        items=(
            ("SCENE", "Scene Start", "At the first frame of the scene"),
            ("CURRENT", "Current Frame", "At the frame that the timeline shows"),
        ),
        default="SCENE",
    )


def clip():
    return bpy.props.StringProperty(name="Clip", description="Name of a clip of Mimica's on the head, as its track is named")


def replace():
    return bpy.props.BoolProperty(
        name="Replace Mine",
        description="Draw keys of yours that have an ARKit name anew as well; their values, drivers and animation stay",
        default=False,
    )


def facing():
    return bpy.props.EnumProperty(
        name="Facing", description="The way the face looks and where up is, in the mesh's own axes", items=_facings(), default="AUTO"
    )


def _facings():
    """Auto, then every front and up along the axes; Blender's own first, then that of glTF, FBX and Maya."""
    axes = [sign + axis for axis in "XYZ" for sign in "+-"]
    usual = [("-Y", "+Z"), ("+Z", "+Y")]
    every = usual + [pair for pair in itertools.permutations(axes, 2) if pair[0][1] != pair[1][1] and pair not in usual]
    items = [("AUTO", "Auto", "Every axis is tried until a face is seen")]
    return items + [(f"{front}/{up}", f"{front}, up {up}", f"The face looks along {front}, and {up} is up") for front, up in every]


class MimicaSettings(bpy.types.PropertyGroup):
    expression: expression()
    frames: frames()
    intensity: intensity()
    seed: seed()
    onto: onto()
    tolerance: tolerance()
    cache_folder: cache_folder()
    place: place()
    facing: facing()
    replace: replace()


# On the object itself and not in a group of its own: reading a group writes an empty one into the object.
HEAD_PROPERTIES = {
    "mimica_companions": bpy.props.EnumProperty(
        name="Other Objects",
        description="Eyes, teeth, lashes and hair that are objects of their own and go with this head",
        items=(
            ("AUTO", "Auto", "Visible meshes that are parented to the head, share its armature, or lie within it"),
            ("SELECTED", "Selected", "The meshes that are selected beside the head"),
            ("NONE", "None", "The head's own mesh is all there is"),
        ),
        default="AUTO",
    ),
    "mimica_neutral": bpy.props.StringProperty(
        name="Neutral", description="The shape key that is the neutral face; empty for the Basis. New keys are relative to it"
    ),
}
