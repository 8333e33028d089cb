"""What a motion becomes on a head: keys of its own, weights of the ARKit keys, or a vertex cache. Every operator that makes a clip asks here."""

from dataclasses import dataclass
from pathlib import Path

from ...core.keys import Keys
from . import arkit, cache, performance, point_cache


@dataclass(frozen=True)
class Plan:
    """One way of writing a clip: kind "OWN", "ARKIT" or "CACHE"; arguments for a call of core.api that gives a Performance."""

    kind: str
    arguments: dict
    rig: Keys | None = None
    folder: Path | None = None


def plan(head, wanted, tolerance_mm, cache_folder=""):
    """A generator for `FaceJob.work`: yields the call that makes missing ARKit keys, returns the Plan.

    wanted: "OWN", "ARKIT", "CACHE", or "AUTO": ARKit where the head has these keys, else its own.
    """
    names = arkit.names() if wanted in ("AUTO", "ARKIT") else ()
    lacking = arkit.missing(head, names)
    kind = ("OWN" if lacking else "ARKIT") if wanted == "AUTO" else wanted
    folder = point_cache.folder(cache_folder) if kind == "CACHE" else None
    known, rig = cache.arguments(head), None
    if kind != "ARKIT":
        return Plan(kind, {**known, "tolerance_mm": tolerance_mm, "dense": kind == "CACHE"}, None, folder)
    if lacking:
        made = yield "arkit_keys", known
        rig, known = made.keys, {"mesh": head.mesh, "adaptation": made.adaptation}
    return Plan(kind, {**known, "onto": arkit.onto(head, names, rig)}, rig)


def write(head, made, plan, start, recipe=""):
    """Writes a Performance as planned, from frame `start` on, and keeps the head's fit; what to tell the user.

    recipe: the text of the sequence that it comes from, kept with the clip.
    """
    if plan.kind == "CACHE":
        muted = performance.write_cache(head, made.label, made.motion, start, plan.folder, recipe)
        said = f"{len(made.motion)} frames in a cache on '{head.object.name}'"
    else:
        muted = performance.write(head, made, start, plan.rig, onto_arkit=plan.kind == "ARKIT", recipe=recipe)
        what = "keys" if plan.kind == "OWN" else "of the ARKit keys move"
        off = f"{made.residual_p95_mm:.2f} mm off at life size (95 %), {made.residual_mm:.2f} at most"
        said = f"{len(made.keys.names)} {what} on '{head.object.name}', {off}"
    cache.store(head, made.adaptation)
    return said + shared_note(head) + muted_note(muted)


def muted_note(names):
    """What to tell the user of clips that had to give way to a new one."""
    return f"; muted where it plays: {', '.join(names)}" if names else ""


def shared_note(head):
    """What to tell the user of a mesh that other objects have as well."""
    users = head.object.data.users
    return f"; {users} users share this mesh and its keys" if users > 1 else ""
