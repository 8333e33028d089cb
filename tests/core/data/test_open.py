"""Recorded sets from disk to Performances: values against what was written, faults named, the user's folder untouched."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from core.data import coma, open, performances, registered
from core.data.performances import STEP
from core.errors import FileError, LandmarkError, ValueRangeError
from core.labels import COMA


@pytest.fixture
def three(recorder, monkeypatch, tmp_path):
    """A CoMA of three people and three expressions, two activations each, and how to open it."""
    monkeypatch.setitem(open.LAYOUTS, "coma", replace(coma.LAYOUT, expected=tuple(recorder.fields)))
    recorder.coma()

    def read(**options):
        return open.open_data(f"coma:{recorder.root}", recorder.landmark_file, cache=tmp_path / "cache", **options)

    return recorder, read


@pytest.fixture
def one(recorder, monkeypatch, tmp_path):
    """One person, two expressions: for what goes wrong."""
    labels = tuple(recorder.fields)[:2]
    monkeypatch.setitem(open.LAYOUTS, "coma", replace(coma.LAYOUT, expected=labels))
    monkeypatch.setattr(registered, "visible_triangles", lambda vertices, triangles: np.ones(len(triangles), bool))  # saves a second
    recorder.coma(people=1, labels=labels)

    def read(bad_files="refuse", said=None, landmarks=recorder.landmark_file):
        progress = (lambda done, what: said.append(what)) if said is not None else (lambda done, what: None)
        return open.open_data(f"coma:{recorder.root}", landmarks, bad_files, progress, tmp_path / "cache")

    return recorder.root / "FaceTalk_0", read


def test_coma_becomes_performances_in_its_own_millimetres(three):
    recorder, read = three
    made = read()
    assert made.people == ("FaceTalk_0", "FaceTalk_1", "FaceTalk_2")
    assert made.labels == ("bareteeth", "high_smile", "mouth_open")
    assert len(made.person) == 18 and set(made.take) == {0, 1}
    assert made.curves.shape == (18, 31, 68, 3) and made.dense.shape == (18, 30, len(recorder.vertices), 3)
    for person, neutral in enumerate(made.neutral):
        true = recorder.neutral(person)
        assert abs(np.ptp(neutral, axis=0) - np.ptp(true, axis=0)).max() < 1e-6  # true size, +Z up, face to -Y
        assert abs((neutral - neutral.mean(axis=0)) - (true - true.mean(axis=0))).max() < 1e-5
    for clip in range(18):
        field = recorder.fields[made.labels[made.label[clip]]]
        stored = made.dense[clip] * STEP
        share = (stored * field).sum(axis=(1, 2)) / (field**2).sum()
        assert abs(stored - share[:, None, None] * field).max() <= STEP / 2 + 2e-7
        assert share[0] < 0.12 and share[-1] > 0.98 and (np.diff(share) > -1e-6).all()
        assert (
            abs(made.curves[clip, -1] - performances.landmark_displacement(made.embedding, made.triangles, share[-1] * field)).max() < 2e-6
        )
    assert 0.3 < made.visible.mean() < 1.0


def test_a_converted_set_is_read_back_and_made_again_only_when_files_change(one, monkeypatch, tmp_path):
    folder, read = one
    before = {path: path.stat().st_mtime_ns for path in folder.parent.rglob("*")}
    first = read()
    with monkeypatch.context() as patched:
        patched.setattr(registered, "read", lambda *_: pytest.fail("read twice"))
        again = read()
    assert np.array_equal(first.dense, again.dense) and np.array_equal(first.curves, again.curves)
    assert {path: path.stat().st_mtime_ns for path in folder.parent.rglob("*")} == before
    os.utime(folder / "bareteeth/bareteeth.000001.ply", (1, 1))
    read()
    assert len(list((tmp_path / "cache/converted").iterdir())) == 2


def test_what_a_broken_off_save_left_behind_is_not_used(one, tmp_path, monkeypatch):
    _, read = one
    real = performances.save

    def full_disk(folder, made, stated):
        real(folder.with_name("other"), made, stated)
        beside = folder.with_name(folder.name + ".part")
        beside.mkdir(parents=True)
        (beside / "dense.npy").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(performances, "save", full_disk)
        with pytest.raises(FileError, match=r"cannot be written \(No space left on device\).*Free some space"):
            read()
    assert [item.name for item in (tmp_path / "cache/converted").iterdir()] == ["other"]
    assert read().dense.ndim == 4


def test_landmarks_are_found_where_none_are_given(one):
    _, read = one
    made, given = read(landmarks=None), read()
    points = [data.embedding.points(data.neutral[0].astype(float), data.triangles)[17:] for data in (made, given)]
    moved = points[0] - points[1]
    assert np.median(np.linalg.norm(moved - np.median(moved, axis=0), axis=1)) < 3e-3
    assert (made.embedding.points(made.neutral[0].astype(float), made.triangles)[30] - made.neutral[0].mean(axis=0))[1] < -0.03


def _truncate(folder):
    path = folder / "high_smile" if (folder / "high_smile").exists() else folder / "mouth_open"
    path = sorted(path.iterdir())[7]
    path.write_bytes(path.read_bytes()[:5000])
    return path


def _nan(folder):
    path = sorted((folder / "mouth_open").iterdir())[8]
    data = bytearray(path.read_bytes())
    start = data.index(b"end_header\n") + 11
    data[start : start + 4] = np.float32(np.nan).tobytes()
    path.write_bytes(bytes(data))
    return path


def _other_count(folder):
    path = folder / "bareteeth/bareteeth.000020.ply"
    head, _, rest = path.read_bytes().partition(b"element vertex ")
    count, _, rest = rest.partition(b"\n")
    vertices = rest.index(b"end_header\n") + 11
    rest = rest[:vertices] + bytes(12) + rest[vertices:]
    path.write_bytes(head + b"element vertex %d\n" % (int(count) + 1) + rest)
    return path


def _empty_file(folder):
    path = folder / "bareteeth/bareteeth.000003.ply"
    path.write_bytes(b"")
    return path


def _no_number(folder):
    path = folder / "bareteeth/apex.ply"
    path.write_bytes(b"ply\n")
    return path


def _unlabelled(folder):
    path = folder / "bareteeth.000001.ply"
    path.write_bytes(b"ply\n")
    return path


def _unknown_label(folder):
    (folder / "wink").mkdir()
    return folder / "wink"


def _outside(folder):
    path = folder / "bareteeth/bareteeth.000099.ply"
    outside = folder.parents[1] / "outside.ply"
    outside.write_bytes((folder / "bareteeth/bareteeth.000001.ply").read_bytes())
    path.symlink_to(outside)
    return path


def _dangling(folder):
    path = folder / "bareteeth/bareteeth.000099.ply"
    path.symlink_to(folder / "nowhere.ply")
    return path


FAULTS = {
    _truncate: "cannot be read as ply",
    _nan: "1 vertices whose position is not a number",
    _other_count: "joined as in the rest of the set",
    _empty_file: "cannot be read as ply",
    _no_number: "no frame number",
    _unlabelled: "has no label",
    _unknown_label: "no known label; expected bareteeth",
    _outside: "leads nowhere or out of",
    _dangling: "leads nowhere or out of",
}


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_bad_file_is_named_and_refused_or_skipped(one, spoil):
    folder, read = one
    path = spoil(folder)
    with pytest.raises(FileError, match=FAULTS[spoil]) as refused:
        read()
    assert str(path) in str(refused.value) and "--bad-files skip" in str(refused.value)
    said = []
    made = read("skip", said)
    assert len(made.person) == 4 and np.isfinite(made.curves).all()
    assert "left out 1: " in said[-1] and str(path) in said[-1]
    again = []
    read("skip", again)
    assert again == said[-1:]  # from the cache, and still told


def test_a_missing_expression_and_an_empty_one(one, tmp_path):
    folder, read = one
    for path in (folder / "mouth_open").iterdir():
        path.unlink()
    with pytest.raises(FileError, match="mouth_open is empty"):
        read()
    (folder / "mouth_open").rmdir()
    with pytest.raises(FileError, match="mouth_open is missing"):
        read()
    said = []
    assert read("skip", said).labels == ("bareteeth",)
    found = json.loads(next((tmp_path / "cache/converted").glob("*/set.json")).read_text())
    assert len(found["stated"]["left_out"]) == 1


def test_a_sequence_that_stays_neutral_is_told_and_left_out(one, recorder):
    folder, read = one
    still = np.zeros((12, *recorder.vertices.shape))
    recorder.sequence("FaceTalk_0/mouth_open/pause.", recorder.neutral(0), still)
    said = []
    assert len(read(said=said).person) == 4
    assert f"left out 1: {folder / 'mouth_open/pause'} shows no expression in 12 readable frames" in said[-1]


def test_labels_in_capitals_are_known(one):
    folder, read = one
    (folder / "mouth_open").rename(folder / "Mouth_Open")
    assert read().labels == ("bareteeth", "mouth_open")


def test_holes_in_the_numbering_are_bridged_or_divide(one):
    folder, read = one
    for number in (8, 9, 10):  # within the first rise
        (folder / f"bareteeth/bareteeth.{number:06d}.ply").unlink()
    made = read()
    assert len(made.person) == 4
    whole = made.curves[(made.label == 0) & (made.take == 1)][0]  # the second rise has all its frames
    bridged = made.curves[(made.label == 0) & (made.take == 0)][0]
    assert abs(whole - bridged).max() < 0.15 * abs(whole).max()


def test_people_expressions_and_folders_that_are_not_there(recorder, tmp_path):
    with pytest.raises(ValueRangeError, match="Give synthetic, synthetic:FOLDER"):
        open.open_data("bu4d:/somewhere")
    with pytest.raises(ValueRangeError, match="Give synthetic"):
        open.open_data("coma")
    with pytest.raises(FileError, match="is not a folder"):
        open.open_data(f"coma:{tmp_path / 'absent'}", cache=tmp_path)
    (tmp_path / "bare").mkdir()
    with pytest.raises(FileError, match="holds no mesh sequences"):
        open.open_data(f"coma:{tmp_path / 'bare'}", cache=tmp_path)
    recorder.coma(people=1)
    with pytest.raises(FileError, match="cheeks_in is missing"):
        open.open_data(f"coma:{recorder.root}", recorder.landmark_file, cache=tmp_path)
    with pytest.raises(ValueRangeError, match="skip or refuse"):
        open.open_data(f"coma:{recorder.root}", recorder.landmark_file, "ignore", cache=tmp_path)
    with pytest.raises(FileError, match="is not a file"):
        open.open_data(f"coma:{recorder.root}", tmp_path / "no.npz", "skip", cache=tmp_path)


def test_heads_in_millimetres_are_refused(one, recorder, monkeypatch):
    _, read = one
    monkeypatch.setattr(recorder, "neutral", lambda person: recorder.vertices * 1000.0)
    recorder.coma(people=1, labels=tuple(recorder.fields)[:2])
    with pytest.raises(FileError, match="1e.03 times as large as a head in metres"):
        read()


def test_a_mesh_without_a_face_asks_for_landmarks(one, monkeypatch):
    _, read = one

    def no_face(mesh, progress):
        raise LandmarkError(f"No face was found on '{mesh.name}'.")

    monkeypatch.setattr(registered, "detect_landmarks", no_face)
    with pytest.raises(LandmarkError, match="CoMA's mean neutral.*--landmarks"):
        read(landmarks=None)


def test_d3dfacs_loses_its_head_motion(recorder, tmp_path):
    motion = recorder.bump((20,))[:, None, None] * recorder.fields["mouth_open"]

    def nod(vertices, number):
        return vertices @ Rotation.from_euler("xyz", [0.004 * number, 0.002 * number, 0]).as_matrix().T + [0, 0.001 * number, 0]

    for person in range(4):
        for label in ("1+2", "10", "2"):
            recorder.sequence(f"d3dfacs_alignments/P{person}/{label}/{label}_", recorder.neutral(1), motion, first=170, turn=nod)
    made = open.open_data(f"d3dfacs:{recorder.root}", recorder.landmark_file, cache=tmp_path / "cache")
    assert made.labels == ("1+2", "2", "10") and len(made.person) == 12
    field = recorder.fields["mouth_open"]
    first = Rotation.from_euler("xyz", [0.004 * 170, 0.002 * 170, 0]).as_matrix()
    assert abs(np.linalg.norm(made.dense[0, -1] * STEP, axis=1) - np.linalg.norm(field, axis=1)).max() < 2e-4
    assert np.linalg.norm(field @ first.T - field, axis=1).max() > 5e-3  # the motion taken out is not small
    assert open.d3dfacs.test_clips(made, "identity").sum() == 9


def test_vocaset_keeps_a_sentence_as_one_clip(recorder, tmp_path):
    motion = recorder.bump((8, 20, 33), width=6.0)[:, None, None] * recorder.fields["mouth_open"]
    for sentence in ("sentence01", "sentence02"):
        recorder.sequence(f"unposedcleaneddata/FaceTalk_0/{sentence}/{sentence}.", recorder.neutral(1), motion)
    made = open.open_data(f"vocaset:{recorder.root}", recorder.landmark_file, cache=tmp_path / "cache")
    assert made.labels == ("sentence01", "sentence02") and len(made.person) == 2
    size = np.linalg.norm(made.frame_landmarks[0].reshape(30, -1), axis=1)
    assert (size > 0.8 * size.max()).sum() >= 3 and size[-1] < 0.1 * size.max()  # the whole sentence


@settings(max_examples=25, deadline=None)
@given(angles=st.tuples(*[st.floats(-25, 25)] * 3), shift=st.tuples(*[st.floats(-0.05, 0.05)] * 3), seed=st.integers(0, 99))
def test_a_head_motion_is_taken_out_whatever_the_jaw_does(angles, shift, seed):
    rng = np.random.default_rng(seed)
    head = rng.normal(size=(600, 3)) * 0.06
    opened = head.copy()
    opened[:120] += [0.0, -0.01, -0.02]
    turned = opened @ Rotation.from_euler("xyz", angles, degrees=True).as_matrix().T + shift
    assert abs(registered.rigid(turned, head) - opened).max() < 1e-3
    assert abs(registered.rigid(head, head) - head).max() < 1e-12


@given(metres=st.floats(-0.0655, 0.0655))
def test_what_is_kept_is_within_half_a_step(metres):
    assert abs(float(performances.quantised(np.array([metres]))[0]) * STEP - metres) <= STEP / 2 * (1 + 1e-9)


def test_all_twelve_labels_are_expected_of_coma():
    assert coma.LAYOUT.expected == COMA and coma.label_of("BARETEETH") == "bareteeth" and coma.label_of("wink") is None
