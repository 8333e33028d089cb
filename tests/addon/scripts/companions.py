"""The demo head taken apart into objects of their own, turned, scaled and mirrored, beside the same head in one piece."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import mathutils
import numpy as np
import parts

PLACES = {  # (location, rotation, scale) of each object, in which its mesh is stored
    "Eye R": ((0.3, 0.1, 0.2), (0.5, 0.2, 0.1), (2.0, 2.0, 2.0)),
    "Eye L": ((-0.3, 0.1, 0.2), (0.0, 0.4, 0.0), (-1.0, 1.0, 1.0)),
    "Teeth": ((0.0, 0.0, 0.4), (0.0, 0.0, 1.5), (1.0, 1.0, 3.0)),
}
FRAMES = 6


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    whole = parts.head_of(parts.import_head(head)).mesh
    kind = parts.module("core.api").find_parts(whole).kind
    names = parts.module("core.head.parts").NAMES
    of = {name: np.flatnonzero(np.isin(kind, [names.index(one) for one in group])) for name, group in GROUPS.items()}
    expected = one_piece(whole)
    parts.empty_scene()
    objects = {name: piece(name, whole, members) for name, members in of.items()}
    for name in PLACES:
        objects[name].parent = objects["Head"]
        objects[name].matrix_parent_inverse = mathutils.Matrix.Identity(4)
    parts.activate(objects["Head"])
    size = float(np.ptp(whole.vertices, axis=0).max())
    made = {"listed": [obj.name for obj in parts.module("addon.scene.companions").of(objects["Head"])]}
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, seed=3)
    made["generate_differs"] = differs(objects, of, expected["surprise"]) / size
    made["actions"] = parts.actions()
    made["tracks"] = {name: [(track, strips[0][1]) for track, _, strips in parts.tracks(obj)] for name, obj in objects.items()}
    made["first_frame_off"] = max(float(np.abs(parts.evaluated(obj, 1) - rest(obj)).max()) for obj in objects.values())
    bpy.ops.mimica.arkit_keys()
    made["arkit_differs"] = arkit_differs(objects, of, expected["arkit"]) / size
    made["keys"] = {name: [key for key in parts.key_names(obj) if not key.startswith("Mimica")] for name, obj in objects.items()}
    made["alone"] = alone(objects)
    made["cleared"] = cleared(objects)
    return {**made, **choices(objects), **refusals(objects)}


GROUPS = {
    "Head": ("skin", "mouth_bag", "lashes", "brows", "hair", "clothes", "other"),
    "Eye R": ("eye_right",),
    "Eye L": ("eye_left",),
    "Teeth": ("teeth_upper", "teeth_lower", "tongue"),
}


def one_piece(mesh):
    """Of the head in one piece: the last frame of the clip, and the 52 displacement fields."""
    api = parts.module("core.api")
    rig = api.arkit_keys(mesh)
    clip = api.generate(mesh, "surprise", frames=FRAMES, fps=24.0, seed=3, adaptation=rig.adaptation)
    return {
        "surprise": clip.keys.vertices(mesh.vertices)[-1] - mesh.vertices,
        "arkit": dict(zip(rig.keys.names, rig.keys.deltas, strict=True)),
    }


def piece(name, mesh, members):
    """Some vertices of a mesh as an object of its own, which PLACES puts where they were."""
    location, rotation, scale = PLACES.get(name, ((0, 0, 0), (0, 0, 0), (1, 1, 1)))
    matrix = mathutils.Matrix.LocRotScale(mathutils.Vector(location), mathutils.Euler(rotation), mathutils.Vector(scale))
    place = np.full(len(mesh.vertices), -1)
    place[members] = np.arange(len(members))
    triangles = place[mesh.triangles]
    back = np.array(matrix.inverted())
    own = mesh.vertices[members] @ back[:3, :3].T + back[:3, 3]
    obj = parts.mesh_object(name, own, triangles[(triangles >= 0).all(axis=1)])
    obj.location, obj.rotation_euler, obj.scale = location, rotation, scale
    return obj


def rest(obj):
    made = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", made)
    return made.reshape(-1, 3)


def in_world(obj, directions):
    return directions @ np.array(obj.matrix_world.to_3x3()).T


def differs(objects, of, expected):
    """Largest difference, of a vertex on any object at the last frame, from the head in one piece."""
    shown = {name: in_world(obj, parts.evaluated(obj, FRAMES) - rest(obj)) for name, obj in objects.items()}
    return max(float(np.abs(shown[name] - expected[of[name]]).max()) for name in objects)


def arkit_differs(objects, of, expected):
    worst = 0.0
    for name, obj in objects.items():
        blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else {}
        for key, field in expected.items():
            moved = np.zeros((len(of[name]), 3), np.float32)
            if key in blocks:
                blocks[key].data.foreach_get("co", moved.reshape(-1))
                moved = in_world(obj, moved - rest(obj))
            worst = max(worst, float(np.abs(moved - field[of[name]]).max()))
    return worst


def alone(objects):
    """The head by itself again: what was made on the objects beside it goes."""
    objects["Head"].mimica_companions = "NONE"
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, seed=3)
    bpy.ops.mimica.arkit_keys()
    objects["Head"].mimica_companions = "AUTO"
    return {name: len(parts.key_names(obj)) for name, obj in objects.items() if name != "Head"}


def cleared(objects):
    parts.activate(objects["Head"])
    bpy.ops.mimica.clear()
    keys = {name: parts.key_names(obj) for name, obj in objects.items()}
    notes = [name for obj in objects.values() for name in ("mimica_head", "mimica_label", "mimica_adaptation") if name in obj]
    return {"keys": sum(keys.values(), []), "notes": notes, "actions": parts.actions()}


def choices(objects):
    """What each choice of the setting takes; an object hidden, or far away, is none of the head's."""
    of, head = parts.module("addon.scene.companions").of, objects["Head"]

    def names():
        return [obj.name for obj in of(head)]

    found = {}
    head.mimica_companions = "NONE"
    found["none"] = names()
    head.mimica_companions = "SELECTED"
    objects["Teeth"].select_set(True)
    found["selected"] = names()
    head.mimica_companions = "AUTO"
    objects["Teeth"].hide_set(True)
    found["hidden"] = names()
    objects["Teeth"].hide_set(False)
    for obj in (objects["Eye R"], objects["Eye L"]):
        obj.matrix_world, obj.parent = obj.matrix_world.copy(), None
    objects["Eye L"].location.x += 100.0
    bpy.context.view_layer.update()
    found["near"] = names()
    objects["Eye L"].location.x -= 100.0
    bpy.context.view_layer.update()
    return found


def refusals(objects):
    """An object that moves and can get no keys of its own; nothing is changed then."""
    parts.activate(objects["Head"])
    teeth, found = objects["Teeth"], {}
    twin = bpy.data.objects.new("Twin", teeth.data)
    bpy.context.collection.objects.link(twin)
    twin.location.x = 50.0
    found["shared"] = refused()
    bpy.data.objects.remove(twin)
    teeth.modifiers.new("Both", "MIRROR")
    found["mirror"] = refused()
    teeth.modifiers.clear()
    return found


def refused():
    before = parts.snapshot()
    return [parts.error_of(bpy.ops.mimica.arkit_keys), parts.snapshot() == before]
