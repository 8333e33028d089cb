"""Head and eye rotation of a recording as F-curves: on empties that Mimica makes, or on bones that the user names."""

from contextlib import ExitStack
from dataclasses import dataclass

import bpy
import mathutils
import numpy as np

from ...core.errors import MeshError
from ...core.motion import rotations
from ...core.motion.curves import thin
from . import companions, curves

PART = "mimica_rotation"  # on an empty: which of rotations.PARTS it is; on an action: that it is such a one
TIMECODE = "mimica_timecode"
FOLLOWS = "Mimica Head"  # the constraint by which a head goes with its empty
TOLERANCE = 5e-4  # rad, of one channel: on a head of life size, 0.05 mm at the tip of the nose
SIZES = (1.4, 0.25, 0.25)  # of the distance between the eyes
MAX_NAME = 63


@dataclass(frozen=True)
class Bones:
    """An armature object and the names of its bones for the head, the left and the right eye; "" for none."""

    armature: object
    names: tuple[str, str, str]


@dataclass(frozen=True)
class _Channels:
    """One datablock's curves: (data path, index, values (F,)) each."""

    target: object
    name: str
    curves: list


def check(bones):
    """MeshError where there is no such armature or bone, or no bone is named at all."""
    if bones.armature is None or bones.armature.type != "ARMATURE":
        raise MeshError("No armature is chosen for the rotation of head and eyes. Choose one, or put the rotation on empties.")
    named = [name for name in bones.names if name]
    missing = [name for name in named if name not in bones.armature.pose.bones]
    if missing:
        raise MeshError(f"'{bones.armature.name}' has no bone '{missing[0]}'. Choose another bone for it.")
    if not named:
        raise MeshError(f"No bone of '{bones.armature.name}' is named. Name one for the head or an eye, or put the rotation on empties.")


def write_empties(head, adaptation, label, played, start, follow):
    """Rotations of a Played on an empty each, as actions on NLA tracks of the clip's name. follow: the head goes with its empty.

    Whether the head follows, which it does not where an armature moves it.
    """
    made = empties(head, adaptation)
    held = follow and _free(head.object)
    if held:
        _follow(head, made[0])
    _write([_of_empty(empty, label, _angles(played, part)) for part, empty in enumerate(made)], label, start, played)
    return held


def write_bones(head, adaptation, label, played, start, bones):
    """Rotations of a Played on pose bones, one action and NLA track on their armature."""
    axes = rotations.pivots(head.mesh, adaptation)[1]
    armature, found = bones.armature, []
    with companions.at_rest([head.object]):
        in_world = head.world_axes() @ axes
    to_armature = np.array(armature.matrix_world.to_3x3().normalized()).T
    for part, name in enumerate(bones.names):
        if name:
            bone = armature.pose.bones[name]
            own = np.array(bone.bone.matrix_local.to_3x3().normalized()).T @ to_armature @ in_world
            found += _of_bone(bone, rotations.channels(_angles(played, part), own, bone.rotation_mode))
    _write([_Channels(armature, f"Mimica {armature.name} {label}", found)], label, start, played)


def empties(head, adaptation):
    """The three empties of a head, those that are there and new ones, at rest where head and eyes turn."""
    points, axes = rotations.pivots(head.mesh, adaptation)
    found = of(head.object)
    size = float(np.linalg.norm(points[1] - points[2]))
    with companions.at_rest([head.object]):
        return [found.get(part) or _make(head, part, points[part], axes, size * SIZES[part]) for part in range(len(rotations.PARTS))]


def of(obj):
    """The empties of a head's object by their part."""
    return {empty[PART]: empty for empty in bpy.data.objects if empty.get(companions.HEAD) == obj and PART in empty}


def read(obj):
    """Yaw, pitch and roll (3, 3) rad of head and eyes as their empties show them now; nought where there is none."""
    turned = np.tile(np.eye(3), (3, 1, 1))
    for part, empty in of(obj).items():
        turned[part] = np.array(empty.rotation_euler.to_matrix())
    return rotations.angles(turned)


def clear(obj):
    """Takes the empties of a head away, with their actions, and its constraint."""
    mine = of(obj)
    for one in [obj, *companions.of(obj), *companions.written(obj)]:
        constraint = one.constraints.get(FOLLOWS)
        if constraint is not None:
            one.constraints.remove(constraint)
    for empty in mine.values():
        played = [strip.action for track in _tracks(empty) for strip in track.strips]
        bpy.data.objects.remove(empty)
        for action in filter(None, played):
            if PART in action:
                bpy.data.actions.remove(action)


def mute(obj, label, muted):
    """Silences the rotation of a head's clip, or lets it play again."""
    for _, track, _ in _of_clip(obj, label):
        track.mute = muted


def remove(obj, label):
    """Takes the rotation of a head's clip off; the empties and the constraint go with the last one."""
    for target, track, action in list(_of_clip(obj, label)):
        target.animation_data.nla_tracks.remove(track)
        bpy.data.actions.remove(action)
    mine = of(obj).values()
    if mine and not any(len(_tracks(empty)) for empty in mine):
        clear(obj)


def _of_clip(obj, label):
    """(object, track, action) of the rotation of a head's clip, on its empties and on armatures."""
    for target in [*of(obj).values(), *(one for one in bpy.data.objects if one.type == "ARMATURE")]:
        for track in _tracks(target):
            action = track.strips[0].action if len(track.strips) else None
            if action is not None and action.get(PART) == label:
                yield target, track, action


def _angles(played, part):
    return played.rotations[:, 3 * part : 3 * part + 3].astype(np.float64)


def _make(head, part, point, axes, size):
    """An empty whose rotation is nought where the head rests: the head's own beside it, an eye's below it."""
    obj = head.object
    empty = bpy.data.objects.new(f"Mimica {obj.name} {rotations.PARTS[part]}"[:MAX_NAME], None)
    location, turn = head.to_own(point[None])[0], head.pieces[0].to_own @ axes
    rest = mathutils.Matrix.LocRotScale(mathutils.Vector(location.tolist()), mathutils.Matrix(turn.tolist()).to_quaternion(), None)
    empty.rotation_mode = rotations.ORDER
    if part == 0:
        empty.parent = obj.parent
        if obj.parent is not None:
            empty.matrix_parent_inverse = obj.parent.matrix_world.inverted()
        rest = obj.matrix_world @ rest
    else:
        empty.parent = obj
    empty.location = rest.to_translation()
    empty.delta_rotation_euler = rest.to_quaternion().to_euler(rotations.ORDER)
    scale = obj.matrix_world.median_scale if part == 0 else 1.0
    empty.empty_display_type, empty.empty_display_size = ("ARROWS" if part == 0 else "SINGLE_ARROW"), size * scale
    empty.show_in_front = True
    empty[PART], empty[companions.HEAD] = part, obj
    for collection in obj.users_collection:
        collection.objects.link(empty)
    return empty


def _of_empty(empty, label, angles):
    found = [("rotation_euler", axis, values) for axis, values in enumerate(rotations.euler(angles).T)]
    return _Channels(empty, f"{empty.name} {label}", found)


def _of_bone(bone, values):
    paths = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    path = bone.path_from_id(paths.get(bone.rotation_mode, "rotation_euler"))
    return [(path, index, column) for index, column in enumerate(values.T)]


def _write(channels, label, start, played):
    """Makes all of the actions, then lets them play in place of those of the same clip."""
    made = []
    with ExitStack() as undo:
        for one in channels:
            action, fcurves = curves.new_action(one.name, "OBJECT", one.target.name)
            undo.callback(bpy.data.actions.remove, action)
            for path, index, values in one.curves:
                kept = thin(values, TOLERANCE)
                curves.add(fcurves, path, index, kept + start, values[kept])
            action[PART], action[TIMECODE] = label, played.timecode
            made.append((one, action))
        undo.pop_all()
    for one, action in made:
        _play(one, action, label, start)


def _play(channels, action, label, start):
    """A track of its own on top, in place of the one that played the clip before."""
    animation = channels.target.animation_data or channels.target.animation_data_create()
    for track in list(animation.nla_tracks):
        earlier = [strip.action for strip in track.strips if strip.action is not None and strip.action.get(PART) == label]
        if earlier:
            animation.nla_tracks.remove(track)
            for one in earlier:
                bpy.data.actions.remove(one)
    action.name = channels.name[:MAX_NAME]
    track = animation.nla_tracks.new()
    track.name = label
    strip = track.strips.new(label, int(start), action)
    if getattr(action, "slots", None):
        strip.action_slot = action.slots[0]
    strip.extrapolation = "HOLD_FORWARD"


def _free(obj):
    """Whether an object goes where it is put, and not where an armature bends it to."""
    return obj.find_armature() is None and (obj.parent is None or obj.parent.type != "ARMATURE")


def _follow(head, empty):
    """Lets the head, and what goes with it and is not its child, follow the empty from where both rest."""
    bpy.context.view_layer.update()
    for piece in head.pieces:
        obj = piece.object
        loose = obj == head.object or (not _below(obj, head.object) and _free(obj))
        if loose and FOLLOWS not in obj.constraints:
            constraint = obj.constraints.new("CHILD_OF")
            constraint.name, constraint.target, constraint.inverse_matrix = FOLLOWS, empty, _rest(empty).inverted()


def _rest(empty):
    """Where an empty is with no rotation, in world space."""
    turn = empty.delta_rotation_euler.to_matrix().to_4x4()
    own = mathutils.Matrix.Translation(empty.location) @ turn
    return empty.parent.matrix_world @ empty.matrix_parent_inverse @ own if empty.parent else own


def _below(obj, other):
    while obj is not None and obj != other:
        obj = obj.parent
    return obj is not None


def _tracks(obj):
    return obj.animation_data.nla_tracks if obj.animation_data else ()
