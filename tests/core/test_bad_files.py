"""Every reader of a user's file, with every kind of wrong file: an error of the family that names the file, never a bug's traceback."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from core.commands.photos import read_coefficients
from core.commands.shared import given_landmarks
from core.commands.sources import read_motion
from core.errors import MimicaError
from core.head.files import read_head, read_nine
from core.head.mesh import HeadMesh
from core.head.template import PATH as TEMPLATE
from core.head.template import load_template, read_template
from core.morphable.model import PATH as MODEL
from core.morphable.model import read_model
from core.motion.clip import Clip, load_clip, save_clip
from core.motion.expressions_json import read_expression
from core.motion.live_link_face import Recording, read_recording, write_recording
from core.motion.pc2 import read_pc2, write_pc2
from core.motion.recipes import read_recipe
from core.npz import write_npz

BALL = trimesh.creation.icosphere(subdivisions=2)
HEAD = HeadMesh(np.asarray(BALL.vertices), np.asarray(BALL.faces, np.int32), "ball")
RECORDING = Recording(np.arange(9) / 60, load_template().arkit_names, np.zeros((9, 52)), np.zeros((9, 9)), "01:00:00:05.000")
MARKS = {"triangles": np.zeros(68, np.int32), "barycentric": np.ones((68, 3)) / 3, "confidence": np.ones(68),
         "head_size": np.array([len(HEAD.vertices), len(HEAD.triangles)])}  # fmt: skip
MOTION = {"vertices": np.zeros((3, *HEAD.vertices.shape), np.float32), "neutral": HEAD.vertices, "triangles": HEAD.triangles,
          "fps": np.array(30.0), "label": np.array("x")}  # fmt: skip
POSE = {"format_version": 1, "name": "x", "face_units": {"jawOpen": 0.5}}

READERS: dict[str, Callable[[Path], Any]] = {
    "clip.npz": load_clip,
    "landmarks.npz": lambda path: given_landmarks(path, HEAD),
    "nine.npz": read_nine,
    "nine.json": read_nine,
    "motion.npz": read_motion,
    "coefficients.npz": read_coefficients,
    "model.npz": read_model,
    "template.npz": read_template,
    "recording.csv": read_recording,
    "recording.csv.gz": read_recording,
    "cache.pc2": read_pc2,
    "recipe.json": read_recipe,
    "pose.json": read_expression,
    **{f"head{suffix}": read_head for suffix in (".obj", ".ply", ".glb", ".stl", ".off")},
}
ARCHIVES = [name for name in READERS if name.endswith(".npz")]
OF_USERS = [name for name in ARCHIVES if name not in ("model.npz", "template.npz")]  # for the model: morphable/test_model.py
CUT_SHORT = [*ARCHIVES, "recording.csv.gz", "cache.pc2", "recipe.json", "pose.json", "nine.json", "head.glb", "head.stl"]


@pytest.fixture(scope="module")
def good(root, tmp_path_factory) -> Path:
    """A folder with a good file for each reader."""
    folder = tmp_path_factory.mktemp("good")
    save_clip(folder / "clip.npz", Clip(np.arange(5) / 25, np.zeros((5, 68, 3)), "x", 0, "test"))
    write_npz(folder / "landmarks.npz", MARKS)
    write_npz(folder / "nine.npz", {"points": np.zeros((9, 3))})
    write_npz(folder / "motion.npz", MOTION)
    write_npz(folder / "coefficients.npz", {"coefficients": np.zeros(62, np.float32)})
    write_recording(folder / "recording.csv", RECORDING)
    write_recording(folder / "recording.csv.gz", RECORDING)
    write_pc2(folder / "cache.pc2", np.zeros((3, 5, 3)))
    (folder / "nine.json").write_text(json.dumps([[0, 0, 0]] * 9))
    (folder / "pose.json").write_text(json.dumps(POSE))
    for name, path in (("model.npz", MODEL), ("template.npz", TEMPLATE), ("recipe.json", root / "demo" / "news.json")):
        (folder / name).write_bytes(path.read_bytes())
    for name in READERS:
        if name.startswith("head"):
            BALL.export(folder / name)
    return folder


def _refused(path: Path) -> str:
    with pytest.raises(MimicaError) as refused:
        READERS[path.name](path)
    assert path.name in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("name", READERS)
def test_the_good_file_is_read(good, name):
    assert READERS[name](good / name) is not None


@pytest.mark.parametrize("name", READERS)
def test_missing_folder_and_empty(tmp_path, name):
    path = tmp_path / name
    _refused(path)
    path.mkdir()
    _refused(path)
    path.rmdir()
    path.write_bytes(b"")
    _refused(path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "content",
    [
        b"hello\n" * 9,
        b"\x89PNG\r\n\x1a\n" + bytes(90),
        b"PK\x03\x04" + bytes(60),
        b"\x1f\x8b\x08" + bytes(30),
        "v 1 2 3\n".encode("utf-16"),
        b"{}",
    ],
    ids=["text", "picture", "zip", "gzip", "utf-16", "json"],
)
def test_other_kinds_of_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    _refused(tmp_path / name)


@pytest.mark.parametrize("name", CUT_SHORT)
def test_cut_short(good, tmp_path, name):
    whole = (good / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    _refused(tmp_path / name)


@pytest.mark.parametrize("name", ARCHIVES)
def test_one_array_or_pickled_objects(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as handle:
        np.save(handle, np.zeros(3))
    _refused(path)
    np.savez(path, **dict.fromkeys((*MARKS, *MOTION, "points", "coefficients", "displacement"), np.array([{"a": 1}], object)))
    assert "pickle" in _refused(path)


@pytest.mark.parametrize("name", OF_USERS)
def test_arrays_of_another_kind(good, tmp_path, name):
    """Each array in turn as words, as dates, and with a number that is none; what a file calls its label or origin may be any word."""
    with np.load(good / name) as archive:
        whole = dict(archive)
    for key, value in whole.items():
        if value.dtype.kind == "U":
            continue
        wrong = [
            np.full(value.shape, "x"),
            np.full(value.shape, np.datetime64("2020")),
            np.full(value.shape, np.nan),
            np.stack([value[None]] * 2),
        ]
        for other in wrong if name != "nine.npz" else wrong[:1]:
            np.savez(tmp_path / name, **{**whole, key: other})
            _refused(tmp_path / name)


@pytest.mark.parametrize("triangle", [-1, len(HEAD.triangles)])
def test_landmarks_beside_the_head(tmp_path, triangle):
    write_npz(tmp_path / "landmarks.npz", {**MARKS, "triangles": np.full(68, triangle)})
    assert "outside 0 to" in _refused(tmp_path / "landmarks.npz")


def test_a_gzip_whose_inside_is_damaged(good, tmp_path):
    whole, raised = (good / "recording.csv.gz").read_bytes(), set()
    for place in range(12, 80):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            gzip.decompress(damaged)
        except (zlib.error, OSError, EOFError) as error:
            raised.add(type(error))
            (tmp_path / "recording.csv.gz").write_bytes(damaged)
            _refused(tmp_path / "recording.csv.gz")
    assert zlib.error in raised
