"""Landmarks on the demo head: found, shown, dragged, taken back, mirrored, saved, and used; the same on a head that stands turned and scaled."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    obj.rotation_euler, obj.scale, obj.location = (0.3, -0.2, 1.0), (2.5, 2.5, 2.5), (4.0, 5.0, 6.0)
    bpy.context.view_layer.update()
    made = {"size": max(np.ptp(np.array(obj.bound_box), axis=0)), "found": sorted(bpy.ops.mimica.find_landmarks(facing="AUTO"))}
    made["facing"] = obj["mimica_facing"]
    bpy.ops.mimica.show_landmarks()
    empties = marks(obj)
    made["names"] = [empty.name for empty in empties]
    made["homes"] = sorted({home.name for empty in empties for home in empty.users_collection})
    made["render"] = any(not empty.hide_render for empty in empties)
    found = points(obj)
    made["on_surface"] = off_surface(obj, found)
    return {**made, **dragged(obj, found), **mirrored(obj), **kept(obj, folder), **used(), **nine(head)}


def marks(obj):
    return sorted((child for child in obj.children if "mimica_landmark" in child), key=lambda child: child["mimica_landmark"])


def points(obj):
    return np.array([empty.location[:] for empty in marks(obj)])


def stored(obj):
    return parts.module("addon.scene.cache").load_landmarks(parts.head_of(obj))


def off_surface(obj, places):
    return max((obj.closest_point_on_mesh(place)[1] - parts.vector(place)).length for place in places)


def dragged(obj, found):
    """A landmark dragged along the brow with the empty itself active; nothing but that point changes."""
    bpy.ops.mimica.generate(expression="happiness", frames=4)
    had_fit = "mimica_adaptation" in obj
    empty = marks(obj)[17]
    parts.activate(empty)
    size = max(np.ptp(np.array(obj.bound_box), axis=0))
    empty.location += parts.vector((0.0, 0.015 * size, 0.03 * size))  # up, and off the surface
    wanted = np.array(empty.location)
    bpy.ops.mimica.use_landmarks()
    after = points(obj)
    others = np.delete(np.arange(68), 17)
    return {
        "had_fit": had_fit,
        "fit_dropped": "mimica_adaptation" not in obj,
        "active": bpy.context.object.name == obj.name,
        "dragged_by": float(np.linalg.norm(after[17] - found[17])),
        "lands_off": float(np.linalg.norm(after[17] - wanted)),
        "others_moved": float(np.abs(after[others] - found[others]).max()),
        "sure": float(stored(obj).confidence[17]),
        "dragged_on_surface": off_surface(obj, after),
    }


def mirrored(obj):
    """The brow that was dragged, on the other side as well."""
    before = points(obj)
    bpy.ops.mimica.mirror_landmarks(side="right")
    after = points(obj)
    right, left = after[17:22], after[22:27][::-1]
    return {
        "mirror_kept": float(np.abs(after[17:22] - before[17:22]).max()),
        "mirror_moved": float(np.abs(after[22:27] - before[22:27]).max()),
        "mirror_differs": float(np.abs(right * [-1, 1, 1] - left).max()),
    }


def kept(obj, folder):
    """Landmarks survive save and reload, a sculpted vertex, and not another set of faces."""
    before, name, shown = stored(obj), obj.name, points(obj)
    path = str(Path(folder) / "landmarks.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    obj = bpy.data.objects[name]
    parts.activate(obj)
    after = stored(obj)
    obj.data.vertices[0].co.z += 0.01
    fits = parts.module("addon.scene.cache").landmarks_fit
    sculpted = stored(obj) is not None and fits(obj)
    whole, obj.data = obj.data, obj.data.copy()
    obj.data.clear_geometry()
    other = not fits(obj)
    obj.data = whole
    bpy.ops.mimica.hide_landmarks()
    gone = [len(marks(obj)), [home.name for home in bpy.data.collections if home.name.startswith("Mimica")]]
    bpy.ops.mimica.show_landmarks()
    return {
        "reloaded": bool((after.triangles == before.triangles).all() and (after.barycentric == before.barycentric).all()),
        "sculpted_kept": sculpted,
        "other_noticed": other,
        "hidden": gone,
        "shown_again": float(np.abs(points(obj) - shown).max()),
    }


def used():
    """Generate and Make ARKit Keys take the landmarks that are kept."""
    obj = bpy.context.object
    bpy.ops.mimica.arkit_keys()
    adaptation = parts.module("addon.scene.cache").load(parts.head_of(obj))
    same = (adaptation.landmarks.triangles == stored(obj).triangles).all()
    bpy.ops.mimica.hide_landmarks(forget=True)
    return {
        "used": bool(same),
        "forgotten": [name for name in ("mimica_landmarks", "mimica_facing", "mimica_counts", "mimica_adaptation") if name in obj],
    }


def nine(head):
    """Nine points, put where the automatic ones are, give all 68."""
    parts.empty_scene()
    obj = parts.import_head(head)
    bpy.ops.mimica.find_landmarks()
    automatic = places(obj)
    bpy.ops.mimica.hide_landmarks(forget=True)
    bpy.ops.mimica.place_nine()
    empties = sorted((child for child in obj.children if "mimica_nine" in child), key=lambda child: child["mimica_nine"])
    names = [empty.name for empty in empties]
    guess = np.array([empty.location[:] for empty in empties])
    chosen = automatic[[36, 39, 42, 45, 30, 48, 54, 62, 66]]
    early = parts.error_of(bpy.ops.mimica.mirror_landmarks)
    for empty, place in zip(empties, chosen, strict=True):
        empty.location = place
    bpy.data.objects.remove(empties.pop())
    missing = parts.error_of(bpy.ops.mimica.use_landmarks)
    bpy.ops.mimica.place_nine()
    for empty in [child for child in obj.children if "mimica_nine" in child]:
        empty.location = chosen[empty["mimica_nine"]]
    bpy.ops.mimica.use_landmarks()
    eyes = float(np.linalg.norm(automatic[36:42].mean(0) - automatic[42:48].mean(0)))
    return {
        "nine_names": names,
        "nine_guess_off": float(np.linalg.norm(guess - chosen, axis=1).max()) / eyes,
        "nine_off": float(np.linalg.norm(points(obj) - automatic, axis=1)[17:].mean()) / eyes,
        "nine_early": early,
        "nine_missing": missing,
    }


def places(obj):
    bpy.ops.mimica.show_landmarks()
    return points(obj)
