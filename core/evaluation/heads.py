"""`python -m core evaluate heads`: what tells good keys from bad ones, on heads whose truth is known."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from .. import api
from ..head.adaptation import Adaptation, adapt_template, frame_from_landmarks, landmark_trust
from ..head.arkit import arkit_deltas
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.template import Template, load_template
from ..head.transfer import transfer
from . import head_cases as cases
from . import head_sheets
from .head_contact import Contact, measure
from .head_guard import against_artist, landmark_errors
from .head_known import Case, by_similarity, errors, median_p90, template_of, worst
from .tables import Cell, Table, text, write_text

Progress = Callable[[float, str], None]
CONTACT = {
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
GUARD = {
    "ratio": ("error over size, median", "<= 0.68"),
    "after_amplitude": ("after best amplitude, median", "<= 0.62"),
    "cosine": ("cosine, median", ">= 0.80"),
    "jaw_open": ("jawOpen", "<= 0.35"),
    "eye_blink": ("eyeBlink", "<= 0.70"),
}
KNOWN = {"ICT identity x1": "0.07 / 0.09", "ICT identity x2": "0.09 / 0.12", "ICT cartoon": "0.15 / 0.22"}
WORST = 6  # expressions named below the table
GAIN = 0.30  # by how much errors must fall below those of similarity alone


def adapted(mesh: HeadMesh, landmarks: Landmarks, template: Template) -> Adaptation:
    """The adaptation of a head with given landmarks to any template."""
    frame = frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), template)
    return adapt_template(mesh, landmarks, frame, template, api.quiet)


def keys(mesh: HeadMesh, landmarks: Landmarks) -> dict[str, np.ndarray]:
    """The ARKit keys (V, 3) by name that Mimica makes on a head."""
    template = load_template()
    made = arkit_deltas(adapted(mesh, landmarks, template), mesh, template, lambda _done: None)
    return dict(zip(template.arkit_names, made.astype(np.float64), strict=True))


def carried(mesh: HeadMesh, landmarks: Landmarks, template: Template) -> dict[str, np.ndarray]:
    """A template's own expressions (V, 3) by name as Mimica carries them to a head; any rig may stand in for the template."""
    fields = template.arkit_fields().astype(np.float64)
    return dict(zip(template.arkit_names, transfer(adapted(mesh, landmarks, template), mesh, fields, template), strict=True))


def slug(name: str) -> str:
    """A name as part of a metric's name."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def contact_table(measured: Mapping[str, Contact]) -> Table:
    """A row a head, a column a measure; the first row is what is wanted."""
    names = [field.name for field in fields(Contact)]
    rows: list[tuple[Cell, ...]] = [("wanted", *[CONTACT[name][1] for name in names])]
    metrics: dict[str, float] = {}
    for head, each in measured.items():
        values = {name: getattr(each, name) * (100.0 if name.startswith("lip_") else 1) for name in names}
        rows.append((head, *[value or None if isinstance(value, str) else value for value in values.values()]))
        metrics |= {f"heads.contact.{slug(head)}.{name}": float(value) for name, value in values.items() if name != "worst_key"}
    notes = ("Shares are of the neutral pose; mouthClose is judged with jawOpen. 'artist': ICT-FaceKit's own shapes, for comparison.",)
    return Table("Contact", ("head", *[CONTACT[name][0] for name in names]), tuple(rows), metrics, notes)


def contact(progress: Progress, figures: Path | None = None) -> list[Table]:
    """Contact of our keys, and of the artist's own where a head has them; with `figures`, sheets of some of the heads into that folder."""
    progress(0.0, "Making heads")
    chosen, measured = cases.contact_heads(), {}
    for k, subject in enumerate(chosen):
        progress(k / len(chosen), f"Contact of {subject.name}")
        made = keys(subject.mesh, subject.landmarks)
        measured[subject.name] = measure(subject, made)
        if subject.shapes:
            measured[f"{subject.name}, artist"] = measure(subject, subject.shapes)
        if figures is not None and subject.name in cases.DRAWN:
            head_sheets.write(figures, f"head_{slug(subject.name)}", head_sheets.sheet(subject, made))
    return [contact_table(measured)]


def guard(progress: Progress) -> list[Table]:
    """Keys against the artist's shapes, with given and with automatic landmarks; and how far the latter are off."""
    subject = cases.ict().subject
    progress(0.0, "Keys with given landmarks")
    given = against_artist(keys(subject.mesh, subject.landmarks), subject)
    progress(0.4, "Keys with automatic landmarks")
    found = api.detect_landmarks(subject.mesh)
    automatic = against_artist(keys(subject.mesh, found), subject)
    rows = [(title, given[name], automatic[name], abs(automatic[name] - given[name]), wanted) for name, (title, wanted) in GUARD.items()]
    off = landmark_errors(found, subject)
    marks = [(group, value, "<= 2" if group == "inner points" else None) for group, value in off.items()]
    metrics = {f"heads.guard.given.{name}": value for name, value in given.items()}
    metrics |= {f"heads.guard.automatic.{name}": value for name, value in automatic.items()}
    columns = ("against the artist's shapes", "given landmarks", "automatic", "apart (wanted <= 0.02)", "wanted")
    return [
        Table("Guard: ICT generic", columns, tuple(rows), metrics),
        Table("Automatic landmarks: ICT generic, % of the distance between the eyes' outer corners", ("points", "mean", "wanted"), tuple(marks),
              {f"heads.landmarks.{slug(group)}": value for group, value in off.items()}),
    ]  # fmt: skip


def known_table(ours: Mapping[str, list[dict[str, float]]], alone: Mapping[str, list[dict[str, float]]]) -> Table:
    """Median and 90th percentile over all expressions and heads of a kind, ours and by similarity alone."""
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    notes = [
        "Error after one scale for all expressions of a head, over the size of the true displacement, where it moves. Largest, by kind:"
    ]
    for kind in ours:
        (median, p90), (median_alone, p90_alone) = median_p90(ours[kind]), median_p90(alone[kind])
        less = 1.0 - median / median_alone
        rows.append((kind, len(ours[kind]), median, p90, KNOWN.get(kind), median_alone, p90_alone, less))
        place = f"heads.known.{slug(kind)}"
        metrics |= {f"{place}.median": median, f"{place}.p90": p90, f"{place}.less_than_similarity": less}
        notes.append(f"{kind}: " + ", ".join(f"{name} {value:.2f}" for name, value in worst(ours[kind], WORST)))
    columns = ("known answer", "heads", "median", "p90", "wanted", "similarity alone", "its p90", f"less by (wanted >= {GAIN:.2f})")
    return Table("Known answer", columns, tuple(rows), metrics, tuple(notes))


def known(progress: Progress, people: int = cases.PEOPLE) -> list[Table]:
    """ICT's expressions carried to ICT's people, ours to ours; landmarks given, then displaced. `people` of each kind at most."""
    progress(0.0, "Making heads")
    ours: dict[str, list[dict[str, float]]] = {}
    alone: dict[str, list[dict[str, float]]] = {}
    todo: list[tuple[Case, Template]] = []
    for found, template in ((cases.ict_cases(), template_of(cases.ict())), (cases.own_cases(), load_template())):
        kinds = [each.kind for each in found]
        chosen = [each for k, each in enumerate(found) if kinds[:k].count(each.kind) < people]
        todo += [(each, template) for each in (*chosen, *cases.noisy(found))]
    for k, (each, template) in enumerate(todo):
        progress(k / len(todo), f"Known answer: {each.subject.name}")
        mesh, marks, outer = each.subject.mesh, each.subject.landmarks, each.subject.outer
        baseline = by_similarity(mesh, marks, template.arkit_fields().astype(np.float64), template)
        ours.setdefault(each.kind, []).append(errors(carried(mesh, marks, template), each.truth, outer))
        alone.setdefault(each.kind, []).append(errors(dict(zip(template.arkit_names, baseline, strict=True)), each.truth, outer))
    return [known_table(ours, alone)]


def heads(only: str | None, figures: Path | None, people: int, progress: Progress) -> list[Table]:
    """Every block of the measure, or one by name; where `figures` names a folder, the tables go there too, and sheets of heads (contact)."""
    blocks: dict[str, Callable[[Progress], list[Table]]] = {
        "contact": functools.partial(contact, figures=figures),
        "guard": guard,
        "known": functools.partial(known, people=people),
    }
    tables = [table for name, block in blocks.items() if only in (None, name) for table in block(progress)]
    if figures is not None:
        write_text(figures / "heads.md", "\n\n".join(f"## {text(table)}" for table in tables) + "\n")
    return tables
