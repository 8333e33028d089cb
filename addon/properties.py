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


def first_frame():
    return bpy.props.IntProperty(name="First Frame", description="Where to begin; with both at 0, the frames of the scene")


def last_frame():
    return bpy.props.IntProperty(name="Last Frame", description="Where to end; with both at 0, the frames of the scene")


def step():
    return bpy.props.IntProperty(name="Step", description="Frames from one sample to the next", default=1, min=1, max=1000)


def thinned():
    return bpy.props.BoolProperty(
        name="Thin Out", description="Few keyframes on smooth curves, at most a thousandth of a slider off; off: one a frame", default=True
    )


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


def _changed(self, _context):
    """The sequence of a head is another: its preview, if there is one, follows."""
    from . import previewing

    previewing.refresh(self.id_data)


def _in_frames(name, description, default, least):
    return bpy.props.FloatProperty(
        name=name,
        description=f"{description}, in frames",
        default=default,
        min=least,
        max=100_000.0,
        precision=0,
        step=100,
        update=_changed,
    )


class MimicaCue(bpy.types.PropertyGroup):
    """One expression of a head's sequence; times in frames of the scene."""

    expression: bpy.props.EnumProperty(
        name="Expression", description="What the face does", items=EXPRESSIONS, default="surprise", update=_changed
    )
    start: _in_frames("Start", "When it begins, counted from the start of the sequence", 0.0, 0.0)
    attack: _in_frames("Attack", "How long it builds up to its apex", 24.0, 1.0)
    hold: _in_frames("Hold", "How long the apex stays", 12.0, 0.0)
    release: _in_frames("Release", "How long it fades, unless another expression takes over", 24.0, 1.0)
    intensity: bpy.props.FloatProperty(
        name="Intensity",
        description="How strong: 0 is neutral, 1 as people do it, 2 twice as strong",
        default=1.0,
        min=0.0,
        max=2.0,
        update=_changed,
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="Another seed is another performance of the expression", min=0, max=MAX_SEED, update=_changed
    )
    mute: bpy.props.BoolProperty(name="Mute", description="Leave this expression out", update=_changed)


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
    first: first_frame()
    last: last_frame()
    step: step()
    thinned: thinned()


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
    "mimica_cues": bpy.props.CollectionProperty(type=MimicaCue, name="Sequence"),
    "mimica_cue": bpy.props.IntProperty(name="Expression", description="The expression of the sequence that is selected"),
    "mimica_sequence": bpy.props.StringProperty(
        name="Name", description="The clip is named after it; another sequence of the name takes its place", default="Performance"
    ),
    "mimica_through_neutral": bpy.props.BoolProperty(
        name="Through Neutral",
        description="Return to the neutral face before the next expression begins, instead of going straight from one to the other",
        update=_changed,
    ),
    "mimica_blinks": bpy.props.FloatProperty(
        name="Blinks",
        description="How often the eyes blink in a minute; people do it 10 to 20 times",
        max=60.0,
        min=0.0,
        step=100,
        update=_changed,
    ),
    "mimica_idle": bpy.props.FloatProperty(
        name="Idle", description="Small motion of a face at rest: 0 none, 1 lively", min=0.0, max=1.0, subtype="FACTOR", update=_changed
    ),
    "mimica_idle_seed": bpy.props.IntProperty(
        name="Idle Seed", description="Another seed is another set of blinks and idle motion", min=0, max=MAX_SEED, update=_changed
    ),
    "mimica_length": bpy.props.FloatProperty(
        name="Length",
        description="How long the sequence lasts, in frames; 0 until the last expression has faded",
        min=0.0,
        max=100_000.0,
        precision=0,
        step=100,
        update=_changed,
    ),
}
