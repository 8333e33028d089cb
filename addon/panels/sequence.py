"""The sequence of the active head: expressions in time, their preview, and the clip that is made of them."""

import bpy

from .. import thumbnails
from .child import Child

OUTPUT = ("onto", "tolerance", "place")
OPTIONS = ("mimica_through_neutral", "mimica_blinks", "mimica_idle", "mimica_idle_seed", "mimica_length")


class MIMICA_UL_cues(bpy.types.UIList):
    def draw_item(self, _context, layout, _data, cue, _icon, _active_data, _active_name, _index=0):
        row = layout.row(align=True)
        row.active = not cue.mute
        split = row.split(factor=0.6)
        split.prop(cue, "expression", text="", emboss=False)
        split.label(text=f"{cue.start:.0f} to {cue.start + cue.attack + cue.hold + cue.release:.0f}")
        row.prop(cue, "mute", text="", icon="HIDE_ON" if cue.mute else "HIDE_OFF", emboss=False)


class VIEW3D_PT_mimica_sequence(Child, bpy.types.Panel):
    bl_label = "Sequence"
    bl_options = set()

    def draw_head(self, context, layout, obj):
        from ..scene.sequence import has_preview

        settings = context.scene.mimica
        self._list(layout, obj, settings)
        if 0 <= obj.mimica_cue < len(obj.mimica_cues):
            self._cue(layout, obj, obj.mimica_cues[obj.mimica_cue], settings)
        column = layout.column()
        column.prop(obj, "mimica_sequence")
        for name in OPTIONS:
            column.prop(obj, name)
        row = layout.row(align=True)
        if has_preview(obj):
            _with_output(row.operator("mimica.keep_preview", text="Keep", icon="CHECKMARK"), settings)
            row.operator("mimica.discard_preview", text="Discard", icon="X")
        else:
            row.operator("mimica.preview", text="Preview", icon="HIDE_OFF").place = settings.place
            _with_output(row.operator("mimica.direct", text="Direct", icon="PLAY"), settings)

    def _list(self, layout, obj, settings):
        row = layout.row()
        row.template_list("MIMICA_UL_cues", "", obj, "mimica_cues", obj, "mimica_cue", rows=4)
        buttons = row.column(align=True)
        buttons.operator("mimica.add_cue", text="", icon="ADD").expression = settings.expression
        buttons.operator("mimica.remove_cue", text="", icon="REMOVE")
        buttons.operator("mimica.duplicate_cue", text="", icon="DUPLICATE")
        buttons.operator("mimica.move_cue", text="", icon="TRIA_UP").direction = "UP"
        buttons.operator("mimica.move_cue", text="", icon="TRIA_DOWN").direction = "DOWN"

    def _cue(self, layout, obj, cue, settings):
        from ..scene.sequence import picture_key

        column = layout.column()
        for name in ("expression", "start", "attack", "hold", "release", "intensity"):
            column.prop(cue, name)
        row = column.row(align=True)
        row.prop(cue, "seed")
        row.operator("mimica.next_seed", text="", icon="FILE_REFRESH").place = settings.place
        column.operator("mimica.variants", icon="RENDERLAYERS")
        grid = layout.grid_flow(row_major=True, columns=3, even_columns=True)
        for seed, icon in thumbnails.of(picture_key(obj, cue)):
            cell = grid.column(align=True)
            cell.template_icon(icon, scale=4.0)
            cell.operator("mimica.take_variant", text=str(seed), depress=seed == cue.seed).seed = seed


def _with_output(button, settings):
    """Gives a button the choices of the panel's output."""
    for name in OUTPUT:
        setattr(button, name, getattr(settings, name))
