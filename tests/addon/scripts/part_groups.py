"""Find Parts: colours and vertex groups, correction by group, one result with and without them, and all of it off again."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

OVERLAY = "Mimica parts"


def main(head: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    obj.data.color_attributes.new("Mine", "BYTE_COLOR", "POINT")
    obj.data.color_attributes.active_color = obj.data.color_attributes["Mine"]
    bpy.ops.mimica.arkit_keys()
    before = fields(obj)
    bpy.ops.mimica.clear()
    bpy.ops.mimica.find_parts()
    made = {
        "groups": {group.name: len(members(obj, group)) for group in obj.vertex_groups},
        "overlay": colours(obj),
        "active": obj.data.color_attributes.active_color.name,
        "vertices": len(obj.data.vertices),
    }
    bpy.ops.mimica.arkit_keys()
    after = fields(obj)
    made["size"] = float(max(obj.dimensions))
    made["differs"] = float(np.abs(after - before).max())
    return {**made, **corrected(obj, after), **hidden(obj)}


def fields(obj):
    blocks = obj.data.shape_keys.key_blocks
    made = np.empty((len(blocks), 3 * len(obj.data.vertices)), np.float32)
    for row, block in zip(made, blocks, strict=True):
        block.data.foreach_get("co", row)
    return (made[1:] - made[0]).reshape(len(blocks) - 1, -1, 3)


def members(obj, group):
    return [vertex.index for vertex in obj.data.vertices if any(slot.group == group.index and slot.weight > 0.5 for slot in vertex.groups)]


def colours(obj):
    """Number of colours that the overlay shows."""
    overlay = obj.data.color_attributes[OVERLAY]
    made = np.empty(4 * len(overlay.data), np.float32)
    overlay.data.foreach_get("color", made)
    return len(np.unique(made.reshape(-1, 4).round(2), axis=0))


def corrected(obj, before):
    """The right eye called hair: it stays still from then on."""
    eye = members(obj, obj.vertex_groups["Mimica eye_right"])
    obj.vertex_groups["Mimica eye_right"].remove(eye)
    group = obj.vertex_groups.get("Mimica other") or obj.vertex_groups.new(name="Mimica other")
    group.add(eye, 1.0, "REPLACE")
    bpy.ops.mimica.arkit_keys()
    after = fields(obj)
    return {"eye_moved": float(np.abs(before[:, eye]).max()), "other_moved": float(np.abs(after[:, eye]).max())}


def hidden(obj):
    bpy.ops.mimica.hide_parts()
    kept = [group.name for group in obj.vertex_groups if group.name.startswith("Mimica")]
    attributes = obj.data.color_attributes
    found = {"hidden": OVERLAY not in attributes, "active_again": attributes.active_color.name, "groups_kept": len(kept)}
    bpy.ops.mimica.hide_parts(forget=True)
    found["groups_left"] = [group.name for group in obj.vertex_groups]
    found["notes_left"] = [name for name in ("mimica_colour_before",) if name in obj]
    return found
