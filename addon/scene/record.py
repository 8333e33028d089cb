"""What Mimica has made on a head, so that it replaces and removes its own and nothing else.

Kept as JSON in the ID property "mimica" of the shape-key datablock, which lives and dies with the keys:
{"basis": whether Mimica added it, "clips": {clip: {"keys": [names], "action": name}}}. Vertex caches belong to an object and not to its mesh;
they are kept as JSON in its ID property "mimica_caches": {clip: {"modifier": name, "frames": count, "recipe": text}}.
"""

import json

PROPERTY = "mimica"
CACHES = "mimica_caches"


def read(obj):
    """The record of a mesh object; empty where there is none or where it was edited into something else."""
    empty = {"basis": False, "clips": {}}
    shape_keys = obj.data.shape_keys
    text = shape_keys.get(PROPERTY, "") if shape_keys else ""
    try:
        found = json.loads(text)
        clips = {str(clip): {"keys": list(map(str, made["keys"])), "action": str(made["action"])} for clip, made in found["clips"].items()}
        return {"basis": bool(found["basis"]), "clips": clips}
    except (TypeError, ValueError, KeyError, AttributeError):
        return empty


def write(obj, record):
    if obj.data.shape_keys:
        obj.data.shape_keys[PROPERTY] = json.dumps(record)


def caches(obj):
    """The vertex caches that Mimica has made on an object, by clip; empty where there is none or where it was edited into something else."""
    try:
        found = json.loads(obj.get(CACHES, "{}"))
        return {
            str(clip): {"modifier": str(made["modifier"]), "frames": int(made["frames"]), "recipe": str(made["recipe"])}
            for clip, made in found.items()
        }
    except (TypeError, ValueError, KeyError, AttributeError):
        return {}


def write_caches(obj, made):
    if made:
        obj[CACHES] = json.dumps(made)
    elif CACHES in obj:
        del obj[CACHES]


def own_keys(obj):
    """The clip that each of Mimica's own shape keys on the object belongs to, by key name."""
    return {name: clip for clip, made in read(obj)["clips"].items() for name in made["keys"]}
