"""What a recording leaves on a head besides its clip, the timecode and the rotation of head and eyes; and a head's animation as a recording."""

import numpy as np

from ...core.errors import MeshError
from ...core.performance.recorded import timecode_at
from . import actions, arkit, clips, record, rotations, sampling

RATE = "mimica_timecode_rate"
NO_TIMECODE = "00:00:00:00.000"


def note(head, label, recording):
    """Keeps the timecode of a clip's first frame, and what rate it counts in, on its actions."""
    for obj in clips.objects(head.object):
        action = actions.find(record.read(obj)["clips"].get(label, {"action": ""})["action"])
        if action is not None:
            action[rotations.TIMECODE], action[RATE] = recording.timecode, recording.rate


def timecode(scene, obj, frame):
    """The timecode of a frame, counted from the first clip of a head that has one and plays; nought where there is none."""
    for clip in clips.of(obj):
        action = actions.find(record.read(obj)["clips"].get(clip.name, {"action": ""})["action"])
        if action is not None and rotations.TIMECODE in action and not clip.muted:
            seconds = (frame - clip.start) / sampling.fps(scene)
            return timecode_at(action[rotations.TIMECODE], action.get(RATE, 60.0), seconds)
    return NO_TIMECODE


def sample(scene, obj, frames):
    """Reads a head's ARKit keys and rotation empties frame by frame: yields how far it is (0..1), and returns (names (52,), weights (F, 52),
    rotations (F, 9)). What it has no key of is nought. MeshError where it has none of them."""
    weights, turns = [], np.zeros((len(frames), 9))
    with sampling.frame_kept(scene):
        for done, frame in enumerate(frames):
            scene.frame_set(frame)
            weights.append(shown_weights(obj))
            turns[done] = rotations.read(obj).ravel()
            yield (done + 1) / len(frames)
    return arkit.names(), np.array(weights), turns


def shown_weights(obj):
    """What a head's ARKit keys show now (52,). MeshError where it has none."""
    blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else {}
    names = arkit.names()
    if not any(name in blocks for name in names):
        raise MeshError(f"'{obj.name}' has no ARKit keys. Press Make ARKit Keys first, or play or generate something on them.")
    return np.array([blocks[name].value if name in blocks and not blocks[name].mute else 0.0 for name in names])


def rotate(head, performance, played, start, bones, wanted, follow):
    """Writes the rotations of a Played where they are wanted ("EMPTIES", "BONES" or "NONE"); what to tell the user of it."""
    if wanted == "NONE":
        return ""
    if wanted == "BONES":
        rotations.write_bones(head, performance.adaptation, performance.label, played, start, bones)
        return f"; rotation on bones of '{bones.armature.name}'"
    held = rotations.write_empties(head, performance.adaptation, performance.label, played, start, follow)
    return "; rotation on three empties" + ("; the head follows its own" if held else "")
