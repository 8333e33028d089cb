"""A guard against getting worse: keys on ICT-FaceKit's generic head against its artists' own shapes, and landmarks found against given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..head.landmarks import BROWS, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER, NOSE, Landmarks
from .head_known import MOVING
from .head_subjects import ICT_FACE, Subject

GROUPS = {"eyes": np.r_[EYE_RIGHT, EYE_LEFT], "inner lips": np.r_[LIPS_INNER], "outer lips": np.r_[LIPS_OUTER], "nose": np.r_[NOSE],
          "brows": np.r_[BROWS], "inner points": np.r_[17:68], "inner points but the brows": np.r_[27:68]}  # fmt: skip


def against_artist(made: Mapping[str, np.ndarray], subject: Subject) -> dict[str, float]:
    """Medians over the shapes both have, where the artist's moves: error over size, the same after each one's best amplitude, cosine; and
    the error ratios of jawOpen and the worse eyeBlink. made: displacement (V, 3) m by ARKit name."""
    face = np.arange(len(subject.mesh.vertices)) < ICT_FACE
    ratio, after, cosine = {}, [], []
    for name in made.keys() & subject.shapes.keys():
        size = np.linalg.norm(subject.shapes[name], axis=1)
        moving = face & (size > MOVING * size[face].max())
        truth, mine = subject.shapes[name][moving], made[name][moving]
        ratio[name] = np.linalg.norm(truth - mine, axis=1).mean() / size[moving].mean()
        gain = (truth * mine).sum() / max((mine**2).sum(), 1e-20)
        after.append(np.linalg.norm(truth - gain * mine, axis=1).mean() / size[moving].mean())
        cosine.append((truth * mine).sum() / max(np.sqrt((truth**2).sum() * (mine**2).sum()), 1e-20))
    return {
        "ratio": float(np.median(list(ratio.values()))),
        "after_amplitude": float(np.median(after)),
        "cosine": float(np.median(cosine)),
        "jaw_open": float(ratio["jawOpen"]),
        "eye_blink": float(max(ratio["eyeBlinkLeft"], ratio["eyeBlinkRight"])),
    }


def landmark_errors(found: Landmarks, subject: Subject) -> dict[str, float]:
    """Mean distance of found landmarks from the given ones, by group, in % of the distance between the eyes' outer corners."""
    vertices, triangles = subject.mesh.vertices, subject.mesh.triangles
    given, mine = (marks.points(vertices, triangles) for marks in (subject.landmarks, found))
    apart = np.linalg.norm(given[EYE_RIGHT.start] - given[EYE_LEFT.start + 3])
    off = 100.0 * np.linalg.norm(mine - given, axis=1) / apart
    return {name: float(off[group].mean()) for name, group in GROUPS.items()}
