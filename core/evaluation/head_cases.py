"""The heads of the measure: ICT-FaceKit's people, a cartoon and a creature, and people of our own, each on a mesh of its own."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..data.identities import random_identity, read_shape_space
from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..data.synthetic_rig import FaceRig, Units
from ..head.template import load_template
from .head_known import Case, cartoon_warp, case, creature_warp, identity, warped
from .head_remesh import decimate, remesh, subdivide, voxels, with_noise
from .head_subjects import IctRig, Subject, demo_subject, read_ict, template_subject

PEOPLE = 3  # of each kind, each on another mesh
STRENGTHS = (1.0, 2.0)  # standard deviations in every one of ICT's modes
NOISE = (0.03, 0.08)  # of the distance between the eyes' outer corners
ICT_PIECES, OWN_PIECES = decimate(0.5), subdivide(1.0)  # what becomes of eyes and teeth
ICT_MESHES = {"decimated": decimate(0.4), "subdivided": subdivide(0.12), "voxels": voxels(1.5e-3, 0.1)}
OWN_MESHES = {"decimated": decimate(0.6), "subdivided": subdivide(0.9), "voxels": voxels(1e-3, 0.1)}
OWN_SEED = 900_000_000  # far from the people of the training set
DRAWN = (
    "ICT generic",
    "demo head",
    "ICT x2 decimated",
    "ICT x2 voxels",
    "ICT cartoon subdivided",
    "ICT creature decimated",
    "own decimated",
    "own voxels",
)


@functools.cache
def ict() -> IctRig:
    """ICT-FaceKit's light model, read once. FileError where it is not here."""
    return read_ict()


def makehuman() -> Path:
    """The folder of MakeHuman's CC0 data, fetched the first time."""
    return fetch(default_cache())


@functools.cache
def ict_cases() -> tuple[Case, ...]:
    """ICT's people at one and two standard deviations and its generic head as a cartoon and as a creature, re-meshed."""
    rig, found = ict(), []
    for strength in STRENGTHS:
        for seed, (mesh, remesher) in enumerate(ICT_MESHES.items()):
            head = identity(rig, seed, strength)
            made = remesh(head, head.shapes, remesher, ICT_PIECES, f"ICT x{strength:g} {mesh}")
            found.append(case(f"ICT identity x{strength:g}", made, head.shapes))
    for kind, warp, meshes in (("cartoon", cartoon_warp, ("decimated", "subdivided")), ("creature", creature_warp, ("decimated",))):
        head = warped(rig, kind, warp)
        for mesh in meshes:
            made = remesh(head, head.shapes, ICT_MESHES[mesh], ICT_PIECES, f"ICT {kind} {mesh}")
            found.append(case(f"ICT {kind}", made, head.shapes))
    return tuple(found)


@functools.cache
def own_cases() -> tuple[Case, ...]:
    """Random people of our own whose face follows its own shape (core/data/synthetic_rig.py), re-meshed."""
    template, found = load_template(), []
    space, units = read_shape_space(makehuman(), template), Units(template)
    for seed, (mesh, remesher) in enumerate(OWN_MESHES.items()):
        rig = FaceRig(units, random_identity(space, template, OWN_SEED + seed))
        shapes = dict(zip(template.arkit_names, rig.displacement(np.eye(len(template.arkit_names))), strict=True))
        head = template_subject(template, f"own {mesh}", rig.neutral)
        found.append(case("own identity", remesh(head, shapes, remesher, OWN_PIECES, f"own {mesh}"), shapes))
    return tuple(found)


def noisy(cases: tuple[Case, ...]) -> list[Case]:
    """The first case of each kind of one person again, its landmarks displaced."""
    first = {each.kind: each for each in reversed(cases) if each.kind in ("ICT identity x1", "own identity")}
    return [
        replace(each, kind=f"{kind}, landmarks off by {100 * share:g} %", subject=with_noise(each.subject, share, 7))
        for kind, each in first.items()
        for share in NOISE
    ]


def contact_heads() -> list[Subject]:
    """The heads whose contact is measured: the generic and the demo head, and one of every kind of case on every mesh."""
    people = [each.subject for each in (*ict_cases(), *own_cases())]
    return [ict().subject, demo_subject(makehuman()), *people]
