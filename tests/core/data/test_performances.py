"""Folds, frames and what capture adds to their landmarks; a set saved is the set read."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.performances import Performances, load, save
from core.errors import FileError, ValueRangeError
from core.head.landmarks import Landmarks


@pytest.fixture
def performances() -> Performances:
    """Six people, three labels, two takes, on a mesh of four vertices."""
    rng = np.random.default_rng(0)
    order = np.arange(36)
    embedding = Landmarks(np.zeros(68, np.int32), np.full((68, 3), 1 / 3), np.ones(68))
    return Performances(
        "made up", tuple("abcdef"), tuple("xyz"), np.array([[0, 1, 2], [0, 2, 3]], np.int32), embedding, np.ones(4, bool),
        rng.standard_normal((6, 4, 3)).astype(np.float32), order // 6, order // 2 % 3, order % 2, np.zeros((36, 3, 68, 3), np.float32),
        rng.standard_normal((36, 2, 68, 3)).astype(np.float32), rng.integers(-9, 9, (36, 2, 4, 3)).astype(np.int16), noise=1e-4,
    )  # fmt: skip


@pytest.mark.parametrize(("split", "of"), [("identity", "person"), ("expression", "label")])
def test_folds_share_out_the_clips_and_never_a_person_or_label(performances, split, of):
    masks = [performances.fold(split, k, 3) for k in range(3)]
    assert (np.sum(masks, axis=0) == 1).all()
    for mask in masks:
        assert not set(getattr(performances, of)[mask]) & set(getattr(performances, of)[~mask])


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20)), min_size=1, max_size=60), st.integers(1, 9))
def test_folds_partition_any_clips(clips, count):
    of = SimpleNamespace(person=np.array([c[0] for c in clips]), label=np.array([c[1] for c in clips]))
    for split in ("identity", "expression"):
        assert (np.sum([Performances.fold(of, split, k, count) for k in range(count)], axis=0) == 1).all()


@pytest.mark.parametrize(("split", "index"), [("label", 0), ("identity", 4), ("identity", -1)])
def test_an_unknown_fold_is_refused(performances, split, index):
    with pytest.raises(ValueRangeError, match="identity or expression"):
        performances.fold(split, index)


def test_capture_noise_is_the_same_at_every_call_and_can_be_left_out(performances):
    everything = np.ones(36, bool)
    exact = performances.frames(everything, exact=True)
    np.testing.assert_array_equal(exact.landmarks, performances.frame_landmarks.reshape(-1, 68, 3))
    once, again, some = performances.frames(everything), performances.frames(everything), performances.frames(np.arange(10, 20))
    np.testing.assert_array_equal(once.landmarks, again.landmarks)
    np.testing.assert_array_equal(once.landmarks[20:40], some.landmarks)
    assert (once.landmarks - exact.landmarks).std() == pytest.approx(1e-4, rel=0.05)
    np.testing.assert_array_equal(once.dense, exact.dense)


def test_a_saved_set_is_the_set_read_and_a_damaged_one_is_named(performances, tmp_path):
    save(tmp_path / "set", performances, {"seed": 1})
    read = load(tmp_path / "set", "Make it again.")
    assert (read.name, read.people, read.labels, read.noise) == ("made up", performances.people, performances.labels, 1e-4)
    np.testing.assert_array_equal(read.dense, performances.dense)
    np.testing.assert_array_equal(read.curves, performances.curves)
    (tmp_path / "set" / "arrays.npz").write_bytes(b"no")
    with pytest.raises(FileError, match=r"set cannot be read .*Make it again"):
        load(tmp_path / "set", "Make it again.")
    with pytest.raises(FileError, match="labels"):
        load(tmp_path / "set", "Make it again.", ("other",))
