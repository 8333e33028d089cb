"""transfer and neutralise on the command line: the same as the Python calls, from every kind of source, and nothing left after an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core import api
from core.__main__ import main
from core.head.files import read_head
from core.head.template import load_template
from core.motion.clip import Clip, save_clip
from core.motion.live_link_face import Recording, read_recording, write_recording
from core.motion.pc2 import write_pc2

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "demo" / "head.obj"
FRAMES = 7


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with landmarks of the demo head and a performance on it."""
    folder = tmp_path_factory.mktemp("sources")
    assert main(["landmarks", "--head", str(DEMO), "--out", str(folder / "lm.npz")]) == 0
    options = ["--landmarks", str(folder / "lm.npz"), "--expression", "surprise", "--frames", str(FRAMES), "--out", str(folder / "c.npz")]
    assert main(["generate", "--head", str(DEMO), *options]) == 0
    return folder


def _run(made: Path, out: Path, *options: str) -> dict[str, np.ndarray]:
    assert main(["transfer", "--head", str(DEMO), "--landmarks", str(made / "lm.npz"), "--out", str(out), *options]) == 0
    with np.load(out, allow_pickle=False) as data:
        return {key: data[key] for key in data.files}


def test_what_generate_wrote_moves_the_same_head_the_same_way(made, tmp_path):
    data = _run(made, tmp_path / "t.npz", "--source", str(made / "c.npz"), "--source-landmarks", str(made / "lm.npz"))
    with np.load(made / "c.npz") as source:
        size = np.linalg.norm(source["vertices"] - source["neutral"], axis=2)
        off = np.linalg.norm(data["vertices"] - source["vertices"], axis=2)
    assert data["fps"] == 30 and str(data["label"]) == "surprise" and data["vertices"].shape[0] == FRAMES
    assert off[size > 0.1].mean() < 0.15 * size[size > 0.1].mean()


def test_a_cache_and_a_folder_give_the_same(made, tmp_path):
    mesh = read_head(DEMO)
    with np.load(made / "c.npz") as source:
        vertices = source["vertices"]
    write_pc2(tmp_path / "a.pc2", vertices)
    (tmp_path / "frames").mkdir()
    for k, frame in enumerate(vertices):
        trimesh.Trimesh(frame, mesh.triangles, process=False).export(tmp_path / "frames" / f"surprise.{k:06d}.ply")
    common = ["--source-head", str(DEMO), "--source-landmarks", str(made / "lm.npz"), "--source-fps", "30", "--fps", "15"]
    cache = _run(made, tmp_path / "p.npz", "--source", str(tmp_path / "a.pc2"), *common)
    folder = _run(made, tmp_path / "f.npz", "--source", str(tmp_path / "frames"), *common)
    assert cache["fps"] == 15 and cache["vertices"].shape[0] == (FRAMES + 1) // 2
    assert np.abs(cache["vertices"] - folder["vertices"]).max() < 0.02


def test_a_clip_of_landmarks(made, tmp_path):
    displacement = np.linspace(0, 0.004, 5)[:, None, None] * np.ones((5, 68, 3)) * (np.arange(68) >= 48)[:, None]
    save_clip(tmp_path / "clip.npz", Clip(np.arange(5) / 25, displacement, "lips", 0, "test"))
    data = _run(made, tmp_path / "t.npz", "--source", str(tmp_path / "clip.npz"))
    assert data["vertices"].shape[0] == 5 and data["fps"] == pytest.approx(25) and str(data["label"]) == "lips"


def test_a_recording_becomes_weights_on_arkit_keys_as_by_the_python_call(made, tmp_path, head, adaptation):
    names = load_template().arkit_names
    weights = np.random.default_rng(0).uniform(0, 0.5, (9, 52))
    write_recording(tmp_path / "a.csv", Recording(np.arange(9) / 60, names, weights, np.full((9, 9), 0.1), "01:00:00:05.000"))
    data = _run(made, tmp_path / "t.npz", "--source", str(tmp_path / "a.csv"), "--fps", "60")
    played = api.play(read_recording(tmp_path / "a.csv"), fps=60)
    assert tuple(data["key_names"]) == names and data["key_deltas"].shape == (52, *data["neutral"].shape)
    assert np.array_equal(data["key_weights"], played.weights) and str(data["timecode"]) == "01:00:00:05.000"
    assert data["rotations"].shape == (9, 9) and data["fps"] == 60
    rig = api.arkit_keys(head, adaptation=adaptation)
    python = api.play_onto(head, read_recording(tmp_path / "a.csv"), rig.keys, label="a", fps=60, adaptation=adaptation)
    assert python.keys.names == names and python.label == str(data["label"]) and python.fps == data["fps"]
    assert np.array_equal(data["neutral"], head.vertices) and np.array_equal(data["triangles"], head.triangles)
    assert np.array_equal(data["key_deltas"], python.keys.deltas) and np.array_equal(data["key_weights"], python.keys.weights)
    moved = data["neutral"] + np.tensordot(data["key_weights"], data["key_deltas"], axes=1)
    np.testing.assert_allclose(moved, python.keys.vertices(head.vertices), atol=1e-4)
    assert np.linalg.norm(moved[-1] - head.vertices, axis=1).max() > 0.1  # cm


def test_neutralise_equals_the_python_call(made, tmp_path):
    mesh = read_head(DEMO)
    with np.load(made / "c.npz") as source:
        posed = source["vertices"][-1]
    trimesh.Trimesh(posed, mesh.triangles, process=False).export(tmp_path / "posed.ply")
    out = tmp_path / "n.npz"
    assert main(["neutralise", "--head", str(tmp_path / "posed.ply"), "--landmarks", str(made / "lm.npz"), "--out", str(out)]) == 0
    scan = read_head(tmp_path / "posed.ply")
    with np.load(out) as data, np.load(made / "lm.npz") as marks:
        landmarks = api.Landmarks(marks["triangles"], marks["barycentric"], marks["confidence"])
        assert np.array_equal(data["vertices"], api.neutralise(scan, landmarks=landmarks))
        off, before = (np.linalg.norm(vertices - mesh.vertices, axis=1) for vertices in (data["vertices"], scan.vertices))
    assert off[before > 0.2].mean() < 0.6 * before[before > 0.2].mean()


def _bad(made: Path, folder: Path, kind: str) -> Path:
    """A source that will not do."""
    path = folder / {"csv": "a.csv", "recut": "a.csv.gz", "pc2": "a.pc2"}.get(kind, "a.npz")
    with np.load(made / "c.npz") as archive:
        data = dict(archive)
    if kind == "cut":
        path.write_bytes((made / "c.npz").read_bytes()[:-200])
    elif kind in ("empty", "csv", "pc2"):
        path.write_bytes(b"")
    elif kind in ("renamed", "recut"):
        path.write_bytes(DEMO.read_bytes()[:500])
    else:
        change = {"other": {"neutral": data["neutral"][1:]}, "nan": {"vertices": np.full_like(data["vertices"], np.nan)},
                  "less": {}, "triangles": {"triangles": data["triangles"] + 1}}[kind]  # fmt: skip
        np.savez(path, **{key: value for key, value in (data | change).items() if kind != "less" or key != "neutral"})
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cut", "cannot be read"),
        ("empty", "cannot be read"),
        ("renamed", "cannot be read"),
        ("less", "lacks neutral"),
        ("other", "expected (F, V, 3)"),
        ("triangles", "count from 0 to V - 1"),
        ("nan", "vertices has numbers that are not finite"),
        ("csv", "holds 0 frames"),
        ("recut", "lacks"),
        ("pc2", "Name its mesh with --source-head"),
    ],
)
def test_sources_that_will_not_do(made, tmp_path, capsys, kind, said):
    path, out = _bad(made, tmp_path, kind), tmp_path / "t.npz"
    assert main(["transfer", "--head", str(DEMO), "--source", str(path), "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert said in printed.err and path.name in printed.err and not out.exists()


def test_sources_that_are_not_there(tmp_path, capsys):
    for name, said in (("none.npz", "cannot be read"), ("none.csv", "cannot be read as CSV"), ("none", "not a folder")):
        assert main(["transfer", "--head", str(DEMO), "--source", str(tmp_path / name), "--out", str(tmp_path / "o.npz")]) == 1
        assert said in capsys.readouterr().err
    assert main(["neutralise", "--head", str(tmp_path / "none.obj"), "--out", str(tmp_path / "o.npz")]) == 1
    assert "none.obj is not a file" in capsys.readouterr().err and not list(tmp_path.iterdir())
