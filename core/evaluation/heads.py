"""`python -m core evaluate heads`: what tells good keys from bad ones, on heads whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..head.adaptation import Adaptation, adapt_template, frame_from_landmarks, landmark_trust
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.template import Template, load_template
from ..head.transfer import transfer
from .head_contact import Contact, measure
from .head_subjects import Subject, demo_subject, read_ict
from .tables import Cell, Table

Progress = Callable[[float, str], None]
WANTED = {
    "eyeball": ("eyeball seen at blink", "<= 0.01"),
    "lid_gap": ("lid gap at blink", "-0.10..0.05"),
    "lid_low": ("lowest column", "-0.10..0.05"),
    "lid_high": ("highest column", "-0.10..0.05"),
    "torn": ("torn edges", "0"),
    "worst_key": ("most in", None),
    "lip_gap": ("lip gap, mean, % H", "<= 0.1"),
    "lip_most": ("lip gap, most, % H", None),
    "sunk": ("skin in eyeball", "0"),
    "poked": ("teeth through", "0"),
}


def adapted(mesh: HeadMesh, landmarks: Landmarks, template: Template) -> Adaptation:
    """The adaptation of a head with given landmarks to any template."""
    frame = frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), template)
    return adapt_template(mesh, landmarks, frame, template, lambda _fraction, _what: None)


def arkit_keys(mesh: HeadMesh, landmarks: Landmarks) -> dict[str, np.ndarray]:
    """The 52 keys (V, 3) by name that Mimica makes on a head."""
    template = load_template()
    made = transfer(adapted(mesh, landmarks, template), mesh, template.arkit_fields().astype(np.float64), template)
    return dict(zip(template.arkit_names, made, strict=True))


def subjects(progress: Progress) -> list[Subject]:
    """The heads whose contact is measured."""
    progress(0.0, "Reading heads")
    return [read_ict().subject, demo_subject(fetch(default_cache()))]


def contact_table(measured: Mapping[str, Contact]) -> Table:
    """A row a measure, a column a head, and what is wanted."""
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for field in fields(Contact):
        title, wanted = WANTED[field.name]
        values = [getattr(each, field.name) for each in measured.values()]
        if field.name.startswith("lip_"):
            values = [100.0 * value for value in values]
        rows.append((title, *[value or "-" if isinstance(value, str) else value for value in values], wanted))
        if not isinstance(values[0], str):
            metrics |= {f"heads.contact.{slug(head)}.{field.name}": float(v) for head, v in zip(measured, values, strict=True)}
    notes = ("Shares are of the neutral pose. mouthClose is judged with jawOpen. 'artist': ICT-FaceKit's own shapes, for comparison.",)
    return Table("Contact", ("measure", *measured, "wanted"), tuple(rows), metrics, notes)


def slug(name: str) -> str:
    """A name as part of a metric's name."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def contact(progress: Progress, heads: Iterable[Subject] | None = None) -> list[Table]:
    """The contact table of our keys, beside the artist's own where a head has them."""
    measured = {}
    for subject in subjects(progress) if heads is None else heads:
        progress(0.2, f"Keys of {subject.name}")
        measured[subject.name] = measure(subject, arkit_keys(subject.mesh, subject.landmarks))
        if subject.shapes:
            measured[f"{subject.name}, artist"] = measure(subject, subject.shapes)
    return [contact_table(measured)]


BLOCKS: dict[str, Callable[[Progress], list[Table]]] = {"contact": contact}


def heads(only: str | None, figures: Path | None, progress: Progress) -> list[Table]:
    """Every block of the measure, or one by name."""
    return [table for name, block in BLOCKS.items() if only in (None, name) for table in block(progress)]
