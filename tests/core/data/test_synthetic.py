"""The set as files, and random identities from a made-up shape space."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.data import identities as people
from core.data import performances, synthetic, validate_set
from core.errors import FileError, ValueRangeError
from core.head.contact import seam_gap
from core.head.template import load_template
from core.labels import LABELS
from core.motion.live_link_face import Recording


def _space() -> people.ShapeSpace:
    template = load_template()
    base = template.vertices.astype(float)
    macro = np.zeros((3, 2, 3, 3, len(base), 3), np.float32)
    macro[:, 1] += (base * [0.05, 0.0, 0.1]).astype(np.float32)  # men have longer faces
    axis = np.zeros((2, 2, len(base), 3), np.float32)
    nose = np.exp(-((base - [0, -0.03, -0.03]) ** 2).sum(axis=1) / 2e-4)
    axis[0, 1, :, 1], axis[0, 0, :, 1] = -0.01 * nose, 0.01 * nose
    return people.ShapeSpace(base, macro, {"nose/nose-scale-depth": axis, "asym/asym-nose-1": axis})


def test_identities_are_seeded_differ_and_are_at_the_templates_size():
    space, template = _space(), load_template()
    one, same, other = (people.random_identity(space, template, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert 1e-4 < np.abs(one - other).max() < 0.05
    for head in (one, other):
        inner = template.landmark_points(head)[17:] - template.landmark_points()[17:]
        assert np.abs(inner.mean(axis=0)).max() < 2e-3


def test_neutral_lips_meet_and_lids_lie_outside_the_eyeballs():
    template = load_template()
    upper, lower = template.lip_seams["upper"], template.lip_seams["lower"]
    broken = template.vertices.astype(float)
    broken[lower, 2] += 0.0015  # through the upper lip
    rim = template.lid_rims["left_upper"][4]
    ball = broken[template.is_part("eye_left")]
    centre, radius = ball.mean(axis=0), np.linalg.norm(ball - ball.mean(axis=0), axis=1).mean()
    broken[rim] = centre + 0.9 * (broken[rim] - centre)
    settled = people.settle(broken, template)
    assert seam_gap(broken, upper, lower).min() < -1e-3 and seam_gap(settled, upper, lower).min() > -2e-4
    assert np.linalg.norm(broken[rim] - centre) < radius < np.linalg.norm(settled[rim] - centre)
    assert not np.abs(settled - broken)[template.vertices[:, 1] > 0.05].any()  # the back of the head is as it was


@pytest.mark.parametrize(
    ("name", "axis", "side", "sign"),
    [
        ("eyes/l-eye-scale-incr", "eyes/eye-scale", 1, 1),
        ("eyes/r-eye-scale-decr", "eyes/eye-scale", 0, 0),
        ("nose/nose-base-up", "nose/nose-base", 0, 1),
        ("head/head-oval", "head/head-oval", 0, 1),
        ("asym/asym-eye-1-l", "asym/asym-eye-1", 0, 1),
    ],
)
def test_target_names_are_read(name, axis, side, sign):
    assert people._axis_of(name) == (axis, side, sign)


def _build(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: int) -> str:
    heads = np.stack([people.random_identity(_space(), load_template(), k) for k in range(2)]).astype(np.float32)
    monkeypatch.setattr(synthetic, "identities", lambda root, template, count, seed, progress: heads[:count])
    return synthetic.build(folder, folder, **{"people": 1, "takes": 1, "seed": 1, "processes": 1} | settings)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "synthetic"
    with pytest.MonkeyPatch.context() as patch:
        report = _build(folder, patch)
    return folder, report


def test_a_built_set_is_read_back_and_holds_together(built):
    folder, report = built
    made, template = synthetic.load(folder), load_template()
    count = len(LABELS)
    assert made.labels == LABELS and len(made.people) == 1 and made.curves.shape == (count, 31, 68, 3)
    assert np.array_equal(np.bincount(made.label), np.ones(len(LABELS))) and not made.take.any()
    assert not made.curves[:, 0].any()
    assert np.array_equal(made.curves[:, -1], made.frame_landmarks[:, -1])  # the apex is the last dense frame
    frames = made.frames(np.ones(count, bool), exact=True)
    again = performances.landmark_displacement(template.landmarks, template.triangles, frames.displacement(slice(None)))
    assert np.abs(again - frames.landmarks).max() < performances.STEP
    assert 0.3 < frames.near_apex.mean() < 0.9
    assert json.loads((folder / "set.json").read_text())["stated"]["validation"] == report.splitlines()
    assert not (folder.parent / "synthetic.part").exists()


def test_a_smaller_set_is_the_beginning_of_a_larger_one_by_any_number_of_processes(built, tmp_path, monkeypatch):
    _build(tmp_path / "other", monkeypatch, people=2, processes=2)
    one, other = synthetic.load(built[0]), synthetic.load(tmp_path / "other")
    count = len(one.person)
    assert np.array_equal(other.curves[:count], one.curves) and np.array_equal(other.dense[:count], one.dense)
    assert not np.array_equal(other.curves[count:], one.curves)


def test_a_set_that_fails_its_gates_does_not_appear(built, tmp_path, monkeypatch):
    monkeypatch.setattr(validate_set, "INVERTED", -1.0)
    with pytest.raises(ValueRangeError, match="inverted"):
        _build(tmp_path / "synthetic", monkeypatch, people=1)
    assert not (tmp_path / "synthetic").exists()


def test_missing_and_foreign_sets_say_how_to_make_one(built, tmp_path):
    with pytest.raises(FileError, match="core.data.synthetic"):
        synthetic.load(tmp_path)
    head = json.loads((built[0] / "set.json").read_text())
    (tmp_path / "set.json").write_text(json.dumps(head | {"labels": ["joy"]}))
    with pytest.raises(FileError, match="joy"):
        synthetic.load(tmp_path)


def test_recordings_become_clips_of_the_people_they_are_played_on(built, monkeypatch):
    template = load_template()
    weights = np.full((120, 52), 0.1)  # nobody's rest is all zeros
    weights[40:80, template.arkit_names.index("jawOpen")] += 0.6 * np.sin(np.linspace(0, np.pi, 40))
    recording = Recording(np.arange(120) / 30, template.arkit_names, weights, np.zeros((120, 9)))
    neutral = synthetic.load(built[0]).neutral[[0, 0]]
    monkeypatch.setattr(synthetic, "PLAYED", 40)
    made = synthetic.recordings(neutral, ("a", "b"), [recording, recording], template)
    assert made.labels == ("recording",) and made.dense.shape[:2] == (4, synthetic.PLAYED)
    assert made.person.tolist() == [0, 0, 1, 1] and made.take.tolist() == [0, 1, 0, 1]
    size = np.linalg.norm(made.frame_landmarks, axis=3).max(axis=2)
    assert size[:, :13].max() < 1e-6 and size.max() > 0.01  # rest is rest, the open mouth is open
    assert np.linalg.norm(made.curves[0, -1]) > 0.9 * np.linalg.norm(made.frame_landmarks[0].reshape(synthetic.PLAYED, -1), axis=1).max()
