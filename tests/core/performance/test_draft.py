"""Drafts for previews: poses chosen, mixtures, and how near they are to what Direct makes."""

import numpy as np
import pytest

from core import api
from core.motion.sequence import Cue, Sequence
from core.performance import draft


def told(rank, frames=40, seed=0):
    """Motion (F, 68, 3) m of that many independent poses."""
    rng = np.random.default_rng(seed)
    weights = np.cumsum(rng.normal(size=(frames, rank)), axis=0) / 10
    return np.tensordot(weights, rng.normal(size=(rank, 68, 3)) * 1e-2, axes=1)


@pytest.mark.parametrize("rank", [1, 4, draft.POSES])
def test_as_many_poses_as_there_are_and_the_motion_is_theirs(rank):
    motion = told(rank)
    frames = draft.telling_poses(motion)
    assert len(frames) == rank and len(set(frames.tolist())) == rank
    weights = draft.mixture(motion, frames)
    assert np.abs(np.tensordot(weights, motion[frames], axes=1) - motion).max() < 1e-4
    assert np.abs(weights[frames] - np.eye(rank)).max() < 0.02


def test_never_more_poses_than_a_dozen_and_one_where_nothing_moves():
    assert len(draft.telling_poses(told(30))) == draft.POSES
    assert draft.telling_poses(np.zeros((5, 68, 3))).tolist() == [0]
    assert not draft.mixture(np.zeros((5, 68, 3)), np.array([0])).any()


def test_a_draft_is_near_what_direct_makes(head, adaptation):
    cues = (Cue("surprise", 0.0, 0.4, 0.2, 0.4), Cue("happiness", 0.6, 0.4, 0.2, 0.6, seed=2))
    sequence = Sequence(cues, "Both", blinks=20.0, idle=0.2)
    quick = api.draft(head, sequence, fps=24.0, adaptation=adaptation)
    whole = api.direct(head, sequence, fps=24.0, adaptation=adaptation, dense=True)
    assert len(quick.keys.names) <= draft.POSES and quick.label == "Both" and quick.keys.names[0] == "Mimica Both pose 1"
    moved = np.tensordot(quick.keys.weights, quick.keys.deltas, axes=1)
    assert moved.shape == whole.motion.shape
    off = 1000.0 * adaptation.frame.scale * np.linalg.norm(moved - whole.motion, axis=2)
    assert np.percentile(off[off > 0.01], 95) < 0.25 and off.max() < 5.0  # mm
    assert 0.0 < quick.residual_mm < 1.0
