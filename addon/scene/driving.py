"""What a head in the scene does, read for a photo that follows it: its ARKit keys, and how it turns."""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...core.errors import MeshError
from . import arkit, recordings, rotations, sampling

STILL = 1e-4  # of a rotation matrix: less is no turning


@dataclass(frozen=True)
class Acted:
    """names (52,); weights (F, 52); rotations (F, 9) rad of head and eyes, as Mimica's empties show them; turned (F, 3, 3): the rotation of the head
    itself, or of its bone, in the world, where it has no empty and turns; None where it does not."""

    names: tuple[str, ...]
    weights: np.ndarray
    rotations: np.ndarray
    turned: np.ndarray | None


def bone(armature, name):
    """The pose bone of an armature, by both names; None where no bone is named. MeshError where there is none of the name."""
    if not armature or not name:
        return None
    obj = bpy.data.objects.get(armature)
    if obj is None or obj.type != "ARMATURE" or name not in obj.pose.bones:
        raise MeshError(f"There is no bone '{name}' of an armature '{armature}'. Choose another bone for the head, or none.")
    return obj.pose.bones[name]


def sample(scene, obj, frames, bone=None):
    """Reads frame by frame what a head does: yields how far it is (0..1), and returns it as Acted. MeshError where it has no ARKit keys."""
    weights, angles, turned = [], [], []
    with sampling.frame_kept(scene):
        for done, frame in enumerate(frames):
            scene.frame_set(frame)
            weights.append(recordings.shown_weights(obj))
            angles.append(rotations.read(obj).ravel())
            turned.append(np.array(_matrix(obj, bone).to_3x3().normalized()))
            yield (done + 1) / len(frames)
    turned = np.array(turned)
    by_itself = (bone is not None or 0 not in rotations.of(obj)) and np.abs(turned - turned[0]).max() > STILL
    return Acted(arkit.names(), np.array(weights), np.array(angles), turned if by_itself else None)


def facing(head, acted, adaptation):
    """What a head does, with its own turning in its rotations, as seen from its face."""
    from ...core.motion.rotations import pivots, turned_from_first

    axes = head.world_axes() @ pivots(head.mesh, adaptation)[1]
    angles = acted.rotations.copy()
    angles[:, :3] = turned_from_first(acted.turned, axes)
    return replace(acted, rotations=angles, turned=None)


def _matrix(obj, bone):
    return bone.id_data.matrix_world @ bone.matrix if bone is not None else obj.matrix_world
