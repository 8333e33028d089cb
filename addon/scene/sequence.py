"""The sequence of a head, which its object carries in frames of the scene, as core's in seconds, and back."""

import bpy

from ...core.errors import ValueRangeError
from ...core.motion import recipes
from ...core.motion.sequence import Cue, Sequence
from . import actions, record

PREVIEW = "Preview"  # the name of the clip that shows a sequence before it is kept
WAITING = "mimica_preview_muted"  # on the head's object while it shows a preview: the clips that wait
TIMES = ("start", "attack", "hold", "release")
PLAIN = ("expression", "intensity", "seed", "mute")


def fps():
    render = bpy.context.scene.render
    return render.fps / render.fps_base


def read(head):
    """The Sequence that a head's object carries. ValueRangeError where there is nothing in it, or it has a name that is taken."""
    if not head.mimica_cues and not head.mimica_length:
        raise ValueRangeError(f"The sequence of '{head.name}' is empty. Add an expression to it first.")
    if head.mimica_sequence == PREVIEW:
        raise ValueRangeError(
            f"A sequence cannot be named '{PREVIEW}', which is the clip that shows it before it is kept. Give it another."
        )
    rate = fps()
    cues = tuple(
        Cue(**{name: getattr(cue, name) for name in PLAIN}, **{name: getattr(cue, name) / rate for name in TIMES})
        for cue in head.mimica_cues
    )
    return Sequence(
        cues,
        head.mimica_sequence,
        head.mimica_through_neutral,
        head.mimica_blinks,
        head.mimica_idle,
        head.mimica_idle_seed,
        head.mimica_length / rate,
    )


def write(head, sequence):
    """Lets a head's object carry a Sequence in place of its own."""
    from .. import previewing

    rate = fps()
    with previewing.paused():
        head.mimica_cues.clear()
        for cue in sequence.cues:
            made = head.mimica_cues.add()
            for name in PLAIN:
                setattr(made, name, getattr(cue, name))
            for name in TIMES:
                setattr(made, name, getattr(cue, name) * rate)
        head.mimica_cue = 0
        head.mimica_sequence, head.mimica_through_neutral = sequence.name, sequence.through_neutral
        head.mimica_blinks, head.mimica_idle, head.mimica_idle_seed = sequence.blinks, sequence.idle, sequence.seed
        head.mimica_length = sequence.length * rate
    previewing.refresh(head)


def recipe_of(head, clip):
    """The text of the sequence that a clip on a head comes from, "" where it comes from none."""
    made = record.read(head)["clips"].get(clip)
    action = actions.find(made["action"]) if made else None
    if action is not None:
        return action.get(actions.RECIPE, "")
    return record.caches(head).get(clip, {"recipe": ""})["recipe"]


def has_preview(head):
    """Whether a head shows a preview of its sequence."""
    return WAITING in head


def picture_key(head, cue):
    """What pictures of variants belong to: a head, an expression and how strong it is."""
    return f"{head.name} {cue.expression} {cue.intensity:.3f}"


def text(sequence):
    """A Sequence as text that a clip keeps."""
    return recipes.to_json(sequence)


def selected(head):
    """The expression of the sequence that is selected in the list. ValueRangeError where there is none."""
    if not 0 <= head.mimica_cue < len(head.mimica_cues):
        raise ValueRangeError(f"No expression of the sequence of '{head.name}' is selected. Add one, or click one in the list.")
    return head.mimica_cues[head.mimica_cue]
