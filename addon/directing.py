"""What is registered for clips, the sequence and what becomes of them, in this order."""

from . import properties
from .operators import bake, convert_clip, cues, direct, edit_clip, mute_clip, read_clip, remove_clip, variants
from .panels import clips, output, sequence

CLASSES = (
    properties.MimicaCue,
    edit_clip.MIMICA_OT_edit_clip,
    edit_clip.MIMICA_OT_finish_editing,
    mute_clip.MIMICA_OT_mute_clip,
    remove_clip.MIMICA_OT_remove_clip,
    convert_clip.MIMICA_OT_convert_clip,
    read_clip.MIMICA_OT_read_clip,
    bake.MIMICA_OT_bake,
    cues.MIMICA_OT_add_cue,
    cues.MIMICA_OT_remove_cue,
    cues.MIMICA_OT_duplicate_cue,
    cues.MIMICA_OT_move_cue,
    direct.MIMICA_OT_direct,
    direct.MIMICA_OT_preview,
    direct.MIMICA_OT_next_seed,
    direct.MIMICA_OT_keep_preview,
    direct.MIMICA_OT_discard_preview,
    variants.MIMICA_OT_variants,
    variants.MIMICA_OT_take_variant,
    sequence.MIMICA_UL_cues,
)
PANELS = (sequence.VIEW3D_PT_mimica_sequence, clips.VIEW3D_PT_mimica_clips, output.VIEW3D_PT_mimica_output)
