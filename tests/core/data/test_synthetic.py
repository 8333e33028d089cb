"""The set as files, and random identities from a made-up shape space."""

import json

import numpy as np
import pytest

from core.data import identities as people
from core.data import synthetic
from core.errors import FileError
from core.head.template import load_template
from core.labels import LABELS


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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "synthetic"
    heads = np.stack([people.random_identity(_space(), load_template(), k) for k in range(6)]).astype(np.float32)
    patch = pytest.MonkeyPatch()
    patch.setattr(synthetic, "identities", lambda root, template, count, seed, progress: heads[:count])
    synthetic.build(folder, folder, people=6, takes=1, seed=1, progress=lambda done, what: None)
    patch.undo()
    return folder


def test_a_built_set_is_read_back_and_holds_together(built):
    takes, template = synthetic.load(built), load_template()
    assert takes.held_out.tolist() == [False] * 5 + [True]
    assert takes.landmarks.shape == (6 * len(LABELS), 31, 68, 3)
    assert np.array_equal(np.bincount(takes.label), np.full(len(LABELS), 6))
    assert not takes.landmarks[:, 0].any() and (takes.frames[:, -1] == 30).all()
    sparse, dense, take = takes.pairs(held_out=True)
    assert set(takes.person[take]) == {5} and len(sparse) == len(dense) == len(LABELS) * synthetic.DENSE_FRAMES
    assert np.abs(template.landmark_points(dense * synthetic.STEP) - sparse).max() < synthetic.STEP
    assert not (built.parent / "synthetic.part").exists()


def test_a_performance_can_be_made_again(built):
    takes = synthetic.load(built)
    rig = synthetic.FaceRig(synthetic.Units(load_template()), takes.neutral[2])
    c = int(np.flatnonzero((takes.person == 2) & (takes.label == LABELS.index("fear")))[0])
    _, moved = synthetic.perform(rig, 100_003 + 2, "fear", 0)
    assert np.allclose(load_template().landmark_points(moved), takes.landmarks[c], atol=1e-7)


def test_missing_and_foreign_sets_say_how_to_make_one(built, tmp_path):
    with pytest.raises(FileError, match="core.data.synthetic"):
        synthetic.load(tmp_path)
    stated = json.loads((built / "set.json").read_text())
    (tmp_path / "set.json").write_text(json.dumps(stated | {"template": "other-head-3"}))
    with pytest.raises(FileError, match="other-head-3"):
        synthetic.load(tmp_path)
