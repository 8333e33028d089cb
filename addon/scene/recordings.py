"""What a recording leaves on a head besides its clip: the timecode, and the rotation of head and eyes."""

from . import actions, clips, record, rotations


def note(head, label, timecode):
    """Keeps the timecode of a clip's first frame on its actions."""
    for obj in clips.objects(head.object):
        action = actions.find(record.read(obj)["clips"].get(label, {"action": ""})["action"])
        if action is not None:
            action[rotations.TIMECODE] = timecode


def rotate(head, performance, played, start, bones, wanted, follow):
    """Writes the rotations of a Played where they are wanted ("EMPTIES", "BONES" or "NONE"); what to tell the user of it."""
    if wanted == "NONE":
        return ""
    if wanted == "BONES":
        rotations.write_bones(head, performance.adaptation, performance.label, played, start, bones)
        return f"; rotation on bones of '{bones.armature.name}'"
    held = rotations.write_empties(head, performance.adaptation, performance.label, played, start, follow)
    return "; rotation on three empties" + ("; the head follows its own" if held else "")
