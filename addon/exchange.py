"""What the user has chosen in the panels Recordings and Transfer, and Library and Export; saved with the scene."""

import bpy


def listed():
    """Files of one kind are among those that the file browser lists."""
    return bpy.props.BoolProperty(default=True, options={"HIDDEN"})


def recording():
    return bpy.props.StringProperty(
        name="Recording",
        description="A face recording of the iPhone app Live Link Face: its CSV file, plain or gzipped",
        subtype="FILE_PATH",
    )


def from_rest():
    return bpy.props.BoolProperty(
        name="From Rest",
        description="Take the actor's own resting face off, so that this head is neutral where the actor is",
        default=False,
    )


def rotation():
    return bpy.props.EnumProperty(
        name="Rotation",
        description="Where the recorded rotation of head and eyes goes",
        items=(
            ("EMPTIES", "Empties", "An empty for the head and one for each eye, made where they are missing"),
            ("BONES", "Bones", "Bones of an armature that you name"),
            ("NONE", "Off", "The rotation is left out"),
        ),
        default="EMPTIES",
    )


def follow():
    return bpy.props.BoolProperty(
        name="Turn the Head",
        description="Let the head go with its empty, by a Child Of constraint; a head that an armature moves stays where it is",
        default=True,
    )


def bone(part):
    return bpy.props.StringProperty(
        name=part, description=f"The bone that the recorded rotation of the {part.lower()} turns; empty for none"
    )


def format():
    return bpy.props.EnumProperty(
        name="Format",
        description="What kind of file",
        items=(
            ("GLB", "glTF (.glb)", "Web and game engines: named morph targets with animation"),
            ("FBX", "FBX", "Maya, Unreal, Unity: named blend shapes with animation"),
            ("USD", "USD", "Named blend shapes with animation"),
            ("ALEMBIC", "Alembic", "Every vertex at every frame, as it is shown; no keys to edit"),
            ("PC2", "PC2 Cache", "Every vertex of the head itself at every frame, for a Mesh Cache modifier on the same mesh"),
        ),
        default="GLB",
    )


def sequence():
    return bpy.props.StringProperty(
        name="Sequence", description="The folder of a sequence of meshes, one ply or obj file a frame", subtype="DIR_PATH"
    )


def rate():
    return bpy.props.FloatProperty(
        name="Recorded At", description="Frames a second of the recording; 60 for CoMA and VOCASET", default=60.0, min=1.0, max=1000.0
    )


def neutral_frame():
    return bpy.props.IntProperty(
        name="Neutral Frame",
        description="The frame, counted from 0, in which the face rests; -1 for the stillest at the beginning",
        default=-1,
        min=-1,
    )


def recipe():
    return bpy.props.StringProperty(name="Recipe", description="The file of a sequence (JSON)", subtype="FILE_PATH")


def pose():
    return bpy.props.StringProperty(name="Expression", description="The file of an expression: MPFB's JSON", subtype="FILE_PATH")


def library():
    return bpy.props.StringProperty(
        name="Library", description="The folder that clips are saved in; the Asset Browser shows it as a library", subtype="DIR_PATH"
    )


def photo():
    return bpy.props.StringProperty(
        name="Photo", description="A picture with a face in it, in any format that Blender reads", subtype="FILE_PATH"
    )


def face():
    return bpy.props.IntProperty(
        name="Face", description="Which face, counted from 0 at the left of the photo; -1 for the largest", default=-1, min=-1, max=1000
    )


def shading():
    return bpy.props.BoolProperty(
        name="Look at Shading",
        description="Let the photo's light and shade refine the head's shape. It helps most photos; compare without it where the head looks wrong",
        default=True,
    )


def texture_size():
    return bpy.props.EnumProperty(
        name="Texture",
        description="Width and height of the texture in pixels",
        items=[(str(size), f"{size} px", f"{size} x {size} pixels") for size in (512, 1024, 2048, 4096)],
        default="1024",
    )


def background():
    return bpy.props.BoolProperty(
        name="Background", description="Show the photo behind the head when looking through the camera", default=True
    )


def set_up():
    return bpy.props.BoolProperty(
        name="Set Up Render",
        description=(
            "Make the new camera the scene's and give the render the photo's size, a transparent film and the view transform Standard, so that it "
            "lies over the photo in the same colours"
        ),
        default=True,
    )


def video():
    return bpy.props.StringProperty(
        name="Video",
        description="A movie with a face in it, in any format that Blender plays; or a folder of numbered pictures, at the scene's frame rate",
        subtype="FILE_PATH",
    )


def smoothing():
    return bpy.props.BoolProperty(
        name="Smooth", description="Take the jitter out of what hardly moves, without lag; quick motion stays as it is", default=True
    )


def rest_frame():
    return bpy.props.IntProperty(
        name="Rest Frame",
        description=(
            "The movie's frame, counted from 0, in which the face is at rest: eyes open, looking ahead, mouth closed. -1 to let Mimica look for it"
        ),
        default=-1,
        min=-1,
    )


def csv():
    return bpy.props.StringProperty(
        name="Save CSV", description="Keep the capture as a Live Link Face recording, too; empty for not", subtype="FILE_PATH"
    )


# The settings of a photo in the panel: what the operator calls them
PHOTO = {"photo_face": "face", "photo_shading": "shading", "photo_size": "size", "photo_background": "background", "photo_set_up": "set_up"}
BONES = ("head_bone", "left_eye_bone", "right_eye_bone")


class MimicaExchange(bpy.types.PropertyGroup):
    recording: recording()
    from_rest: from_rest()
    rotation: rotation()
    follow: follow()
    armature: bpy.props.PointerProperty(
        name="Armature",
        description="The armature whose bones turn with the recorded head and eyes",
        type=bpy.types.Object,
        poll=lambda _self, obj: obj.type == "ARMATURE",
    )
    head_bone: bone("Head")
    left_eye_bone: bone("Left Eye")
    right_eye_bone: bone("Right Eye")
    source: bpy.props.PointerProperty(
        name="Other Head",
        description="The head that the motion is taken from; empty for the other selected one",
        type=bpy.types.Object,
        poll=lambda _self, obj: obj.type == "MESH",
    )
    sequence: sequence()
    rate: rate()
    format: format()
    library: library()
    video: video()
    smoothing: smoothing()
    rest: rest_frame()
    csv: csv()
    photo: photo()
    photo_face: face()
    photo_shading: shading()
    photo_size: texture_size()
    photo_background: background()
    photo_set_up: set_up()
