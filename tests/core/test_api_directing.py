"""Directed, interpolated and varied expressions on the demo head."""

import numpy as np
import pytest

from core import api
from core.errors import LabelError, ValueRangeError
from core.motion.joining import join
from core.motion.sequence import Cue, Sequence
from core.runtime.backend import OnnxBackend
from core.runtime.calls import functions, known_types
from core.runtime.wire import pack, unpack

SHORT = Sequence((Cue("happiness", 0.0, 0.5, 0.1, 0.5), Cue("surprise", 0.5, 0.4, 0.2, 0.5)), "Good news")


def test_a_directed_performance_is_named_and_timed_as_the_sequence_says(head, adaptation):
    made = api.direct(head, SHORT, fps=12.0, adaptation=adaptation)
    assert made.label == "Good news" and made.fps == 12.0 and made.clip.origin == "directed"
    assert len(made.keys.weights) == SHORT.frames(12.0) == 21
    np.testing.assert_array_equal(made.clip.displacement, join(SHORT, 12.0, OnnxBackend()))
    moved = made.keys.vertices(head.vertices)
    np.testing.assert_array_equal(moved[0], head.vertices)
    assert 10 * np.linalg.norm(moved[-1] - head.vertices, axis=1).max() < 0.2, "mm; at rest again"
    assert 10 * np.linalg.norm(moved[11] - head.vertices, axis=1).max() > 5


def test_blinks_shut_the_eyes_of_the_head(head, adaptation):
    sequence = Sequence((), "Blinks", blinks=40.0, length=4.0, seed=2)
    made = api.direct(head, sequence, fps=24.0, adaptation=adaptation, dense=True)
    lids = adaptation.landmarks.points(head.vertices + made.motion, head.triangles)
    gap = (lids[:, [37, 38, 43, 44], 1] - lids[:, [41, 40, 47, 46], 1]).mean(axis=1)
    assert gap.min() < 0.25 * gap[0] and not made.clip.displacement.any()
    np.testing.assert_array_equal(made.motion[0], 0.0)


def test_from_apex_to_apex(head, adaptation):
    made = api.interpolate(head, ["mouth_up", "Happy"], frames=5, seed=1, adaptation=adaptation, dense=True)
    ends = [
        api.generate(head, label, seed=1, frames=2, adaptation=adaptation, dense=True).motion[-1] for label in ("mouth_up", "happiness")
    ]
    assert made.label == "mouth_up to happiness"
    for frame, apex in zip((0, -1), ends, strict=True):
        np.testing.assert_allclose(made.motion[frame], apex, atol=1e-4)


def test_variants_are_pictures_that_differ(head, adaptation):
    made = api.variants(head, "fear", (3, 4, 3), size=48, adaptation=adaptation)
    assert made.seeds == (3, 4, 3) and made.images.shape == (3, 48, 48, 4) and made.images.dtype == np.uint8
    np.testing.assert_array_equal(made.images[0], made.images[2])
    assert (made.images[0] != made.images[1]).any(axis=2).sum() > 20
    alpha = made.images[0, :, :, 3]
    assert (alpha[0, [0, -1]] == 0).all() and (alpha[24, 24] == 255) and 0.3 < (alpha > 0).mean() < 0.95


def test_refusals(head, adaptation):
    with pytest.raises(ValueRangeError, match="takes 2 or more"):
        api.interpolate(head, ["fear"], adaptation=adaptation)
    with pytest.raises(LabelError, match="Did you mean fear"):
        api.interpolate(head, ["fear", "feer"], adaptation=adaptation)
    with pytest.raises(ValueRangeError, match="frames is 36001"):
        api.direct(head, Sequence((), length=3600.0), fps=10.0, adaptation=adaptation)
    with pytest.raises(ValueRangeError, match="fps is 0"):
        api.direct(head, SHORT, fps=0.0, adaptation=adaptation)
    with pytest.raises(ValueRangeError, match="0 pictures"):
        api.variants(head, "fear", (), adaptation=adaptation)
    with pytest.raises(ValueRangeError, match="seed is -1"):
        api.variants(head, "fear", (-1,), adaptation=adaptation)


def test_a_worker_takes_sequences_and_gives_pictures():
    assert {"direct", "interpolate", "variants"} <= functions().keys()
    assert unpack(pack(SHORT), known_types()) == SHORT
    made = api.Variants((1,), np.zeros((1, 4, 4, 4), np.uint8))
    assert unpack(pack(made), known_types()).images.shape == (1, 4, 4, 4)
