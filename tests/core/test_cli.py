"""`python -m core`: the same results as the Python calls, exit codes, and nothing left behind after an error."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.head.files import read_head
from core.head.landmarks import NINE
from core.motion.recipes import write_recipe
from core.motion.sequence import Cue, Sequence

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "demo" / "head.obj"


@pytest.fixture(scope="module")
def landmark_file(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "lm.npz"
    assert main(["landmarks", "--head", str(DEMO), "--out", str(out)]) == 0
    return out


def test_landmarks_hold_their_contract(landmark_file):
    with np.load(landmark_file, allow_pickle=False) as data:
        assert data["points"].shape == (68, 3) and data["triangles"].shape == (68,) and data["barycentric"].shape == (68, 3)
        np.testing.assert_allclose(data["barycentric"].sum(axis=1), 1.0, atol=1e-6)
        mesh = read_head(DEMO)
        rebuilt = np.einsum("lk,lkd->ld", data["barycentric"], mesh.vertices[mesh.triangles[data["triangles"]]])
        np.testing.assert_allclose(rebuilt, data["points"], atol=1e-9)


def test_generate_equals_the_python_call(tmp_path, landmark_file):
    out = tmp_path / "with space" / "c.npz"
    out.parent.mkdir()
    options = ["--expression", "surprise", "--seed", "4", "--frames", "12", "--fps", "25", "--intensity", "0.8"]
    assert main(["generate", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out), *options]) == 0
    mesh = read_head(DEMO)
    found = api.detect_landmarks(mesh)
    made = api.generate(mesh, "surprise", seed=4, frames=12, fps=25, intensity=0.8, landmarks=found)
    with np.load(out, allow_pickle=False) as data:
        assert data["vertices"].shape == (12, len(mesh.vertices), 3) and data["fps"] == 25 and str(data["label"]) == "surprise"
        np.testing.assert_allclose(data["vertices"], made.keys.vertices(mesh.vertices), atol=1e-3)


def test_arkit_file(tmp_path, landmark_file):
    out = tmp_path / "k.npz"
    assert main(["arkit", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as data:
        assert data["names"].shape == (52,) and "jawOpen" in data["names"]
        assert data["deltas"].shape == (52, *data["neutral"].shape)


def test_nine_points_by_hand(tmp_path, landmark_file):
    with np.load(landmark_file) as data:
        points = data["points"]
    named = dict(zip(NINE, points[[36, 39, 42, 45, 30, 48, 54, 62, 66]].tolist(), strict=True))
    nine, out = tmp_path / "nine.json", tmp_path / "lm.npz"
    nine.write_text(json.dumps(named))
    assert main(["landmarks", "--head", str(DEMO), "--nine", str(nine), "--out", str(out)]) == 0
    with np.load(out) as data:
        assert np.linalg.norm(data["points"] - points, axis=1)[27:].mean() < 0.25, "cm"


def test_parts_file(tmp_path, landmark_file):
    out = tmp_path / "p.npz"
    assert main(["parts", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as data:
        names = data["names"].tolist()
        found = {names[k] for k in np.unique(data["kind"])}
    assert {"skin", "mouth_bag", "eye_right", "eye_left", "teeth_upper", "teeth_lower", "tongue"} <= found


def test_generate_onto_arkit(tmp_path, landmark_file):
    out = tmp_path / "c.npz"
    options = ["--expression", "surprise", "--frames", "6", "--onto", "arkit"]
    assert main(["generate", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out), *options]) == 0
    with np.load(out, allow_pickle=False) as data:
        assert "jawOpen" in data["key_names"] and data["key_weights"].min() >= 0 and data["key_weights"].max() <= 1


def _same(out: Path, made: api.Performance, mesh) -> None:
    with np.load(out, allow_pickle=False) as data:
        assert str(data["label"]) == made.label and data["fps"] == made.fps and tuple(data["key_names"]) == made.keys.names
        np.testing.assert_allclose(data["vertices"], made.keys.vertices(mesh.vertices), atol=1e-3)
        np.testing.assert_array_equal(data["neutral"], mesh.vertices)
        np.testing.assert_array_equal(data["triangles"], mesh.triangles)


def test_direct_equals_the_python_call(tmp_path, landmark_file):
    sequence = Sequence((Cue("happiness", 0.0, 0.4, 0.1, 0.5), Cue("fear", 0.6, 0.4, 0.1, 0.4)), "Worry", blinks=20.0, idle=0.5, seed=3)
    recipe, out = tmp_path / "r.json", tmp_path / "c.npz"
    write_recipe(recipe, sequence)
    options = ["--recipe", str(recipe), "--fps", "12", "--onto", "arkit"]
    assert main(["direct", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out), *options]) == 0
    mesh = read_head(DEMO)
    rig = api.arkit_keys(mesh, landmarks=api.detect_landmarks(mesh))
    _same(out, api.direct(mesh, sequence, fps=12.0, onto=rig.keys, adaptation=rig.adaptation), mesh)


def test_interpolate_equals_the_python_call(tmp_path, landmark_file):
    out = tmp_path / "c.npz"
    options = ["--expressions", "mouth_up", "happy", "--frames", "6", "--seed", "2", "--intensity", "0.9"]
    assert main(["interpolate", "--head", str(DEMO), "--landmarks", str(landmark_file), "--out", str(out), *options]) == 0
    mesh = read_head(DEMO)
    marks = api.detect_landmarks(mesh)
    _same(out, api.interpolate(mesh, ["mouth_up", "happiness"], frames=6, seed=2, intensity=0.9, landmarks=marks), mesh)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["generate", "--head", "none.obj", "--expression", "fear"], 1, "none.obj is not a file"),
        (["generate", "--head", str(DEMO), "--expression", "feer"], 1, "Did you mean fear"),
        (["generate", "--head", str(DEMO)], 2, "--expression"),
        (["direct", "--head", str(DEMO), "--recipe", "none.json"], 1, "none.json cannot be read as a recipe"),
        (["interpolate", "--head", str(DEMO), "--expressions", "fear"], 1, "1 expressions were given to interpolate; it takes 2 or more"),
        (["landmarks", "--head", str(DEMO), "--facing", "sideways"], 1, "expected auto, or where the face looks"),
        (["landmarks", "--head", str(DEMO), "--nine", "none.json"], 1, "none.json holds no nine points"),
        (["nonsense"], 2, "invalid choice"),
        (["train", "fev_gan"], 1, "Known: motion, motion3dgan, s2d, s2d_dec, s2d_dec_published"),
        (["train", "s2d", "--data", "bu4d:here"], 1, "Data 'bu4d:here' is not known"),
        (["train", "s2d", "--preset", "huge"], 1, "no preset 'huge' for s2d_dec"),
        (["train", "s2d", "--device", "tpu"], 2, "invalid choice: 'tpu'"),
        (["evaluate", "table1", "--networks", "transformer"], 2, "invalid choice: 'transformer'"),
    ],
)
def test_errors_and_exit_codes(tmp_path, capsys, arguments, code, message):
    out = tmp_path / "c.npz"
    full = [*arguments, "--out", str(out)] if "--head" in arguments else arguments
    try:
        got = main(full)
    except SystemExit as stopped:
        got = stopped.code
    assert got == code
    printed = capsys.readouterr()
    assert message in printed.err and not printed.out
    assert not list(tmp_path.iterdir())


def test_as_a_process_from_another_folder_progress_is_on_stderr(tmp_path):
    out = tmp_path / "lm.npz"
    command = [sys.executable, "-m", "core", "landmarks", "--head", str(DEMO), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out), "facing +Z/+Y"] and "100%" in done.stderr
