"""What the user has chosen in the panels of a photo that moves; saved with the scene."""

import bpy

from ..core import labels
from . import properties


def driver_from():
    return bpy.props.EnumProperty(
        name="Driver",
        description="Whose face the photo follows",
        items=(
            ("FILE", "File", "A movie of a face, a folder of numbered pictures, or a recording of Live Link Face (CSV)"),
            ("HEAD", "Head", "The active head in the scene, as the timeline shows it: its ARKit keys and its rotation. Nothing is rendered"),
        ),
        default="FILE",
    )  # fmt: skip


def driver():
    return bpy.props.StringProperty(
        name="File",
        description=(
            "A movie of a face that begins at rest, in any format that Blender plays; a folder of numbered pictures, at the scene's frame rate; or "
            "a recording of Live Link Face (CSV)"
        ),
        subtype="FILE_PATH",
    )


def face_only():
    return bpy.props.BoolProperty(
        name="Face Only", description="The head stays where it is in the photo; only the face moves", default=False
    )


def keep_expression():
    return bpy.props.BoolProperty(
        name="Keep Expression",
        description="Add what the driver does to the photo's own expression, such as a smile. Off: the driver's takes its place",
        default=False,
    )


def target():
    return bpy.props.StringProperty(
        name="Towards", description="Another photo, of anybody: its expression and turn are reached in the last frame", subtype="FILE_PATH"
    )


def length():
    return bpy.props.IntProperty(
        name="Length", description="How many frames, at 30 a second", default=48, min=2, max=10_000, soft_max=300, subtype="TIME"
    )


def seed():
    return bpy.props.IntProperty(
        name="Seed",
        description="Another seed is another future; -1 for the one that is to be expected of all, which is the calmest",
        min=-1,
        max=properties.MAX_SEED,
    )


def expression():
    return bpy.props.EnumProperty(
        name="Expression",
        description="What the face of the photo does; it should be at rest in the photo",
        items=[
            (label, label.title(), f"{label.title()}, from the photo as it is to the expression at its height") for label in labels.BASIC
        ],
        default="happiness",
    )


def intensity():
    return bpy.props.FloatProperty(
        name="Intensity",
        description="How strong: 0 is the photo as it is, 1 full strength",
        default=1.0,
        min=0.0,
        max=1.2,
        subtype="FACTOR",
    )


def reached_in():
    return bpy.props.IntProperty(
        name="Length",
        description="How many frames from the photo to the expression at its height",
        default=32,
        min=2,
        max=10_000,
        soft_max=300,
        subtype="TIME",
    )


def rate():
    return bpy.props.FloatProperty(name="Frame Rate", description="Frames a second; 0 for the scene's", default=0.0, min=0.0, max=1000.0)


def guide_from():
    return bpy.props.EnumProperty(
        name="Guide",
        description="Whose pose and expression the photo takes",
        items=(
            ("FILE", "File", "A picture of a face, a movie, a folder of numbered pictures, or a recording of Live Link Face (CSV)"),
            ("HEAD", "Head", "The active head in the scene as it is posed at the current frame, seen as the 3D view shows it"),
        ),
        default="FILE",
    )  # fmt: skip


def guide():
    return bpy.props.StringProperty(
        name="File",
        description=(
            "A picture of anybody's face: a picture is made. Or a movie of a face, a folder of numbered pictures, at the scene's frame rate, or a "
            "recording of Live Link Face (CSV): a movie is made, in which every frame is followed"
        ),
        subtype="FILE_PATH",
    )


def guide_shape():
    return bpy.props.BoolProperty(
        name="Guide's Shape",
        description="Let the shape of the guide's face come along. Off: the photo's person keeps theirs. A recording and a head bring none",
        default=False,
    )


def network():
    return bpy.props.BoolProperty(
        name="Network",
        description="Draws eyes' lids and mouth's inside; off: the photo's own pixels, moved, which is faster",
        default=True,
    )


def format():
    return bpy.props.EnumProperty(
        name="Format",
        description="What is written",
        items=(
            ("MOVIE", "Movie (H.264)", "An MP4 file (or MOV or MKV, as its name ends), with the sound of the driver's movie"),
            ("FRAMES", "PNG Frames", "A folder of numbered PNG files, without loss"),
        ),
        default="MOVIE",
    )


def longest():
    return bpy.props.IntProperty(
        name="Longest Side",
        description="Pixels that the longer side of the result has at most; smaller photos keep their size. Smaller is quicker",
        default=1280,
        min=64,
        max=8192,
        subtype="PIXEL",
    )


def output():
    return bpy.props.StringProperty(
        name="Output", description="The movie, or the folder of frames, to write; what is there is replaced. Empty to be asked", subtype="FILE_PATH"
    )  # fmt: skip


def show():
    return bpy.props.BoolProperty(
        name="Show Result", description="Open the result in an Image Editor, in a new window where none is open", default=True
    )


def strip():
    return bpy.props.BoolProperty(
        name="Add to Sequencer",
        description=(
            "Add the result, and its sound, as strips above those of the scene's sequencer, where the setting Start says. From then on Blender "
            "renders the strips instead of the scene, unless Sequencer is off in Output > Post Processing"
        ),
        default=False,
    )


def interval():
    return bpy.props.IntProperty(
        name="Interval",
        description="How sparse the texture is: so many of the face's points are left out between two that stay; 0 shows the whole face",
        default=1,
        min=0,
        max=8,
    )


# The settings of the panels that all operators share, and those of each: the operator's name of it, and the panel's
SHARED = ("format", "longest", "show", "strip")
OWN = {
    "photo_retarget": {name: name for name in ("driver_from", "driver", "face_only", "keep_expression", "network")},
    "photo_predict": {name: name for name in ("frames", "seed", "network")},
    "photo_towards": {name: name for name in ("target", "frames", "seed", "network")},
    "photo_express": {"expression": "expression", "intensity": "intensity", "frames": "expression_frames"},
    "photo_reenact": {
        "guide_from": "guide_from",
        "guide": "guide",
        "face_only": "pose_face_only",
        "guide_shape": "guide_shape",
        "network": "network",
    },
}


class MimicaPhotoVideo(bpy.types.PropertyGroup):
    driver_from: driver_from()
    driver: driver()
    face_only: face_only()
    keep_expression: keep_expression()
    target: target()
    frames: length()
    seed: seed()
    expression: expression()
    intensity: intensity()
    expression_frames: reached_in()
    guide_from: guide_from()
    guide: guide()
    pose_face_only: face_only()
    guide_shape: guide_shape()
    format: format()
    longest: longest()
    output: output()
    show: show()
    strip: strip()
    network: network()
    interval: interval()
