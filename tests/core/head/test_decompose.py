"""Region-local keys: within tolerance, local, few, and silent where nothing moves."""

import numpy as np
import pytest

from core.head.decompose import MAX_A_REGION, REGIONS, WEIGHT_LIMIT, decompose, region_weights
from core.head.template import load_template
from core.performance.onto_keys import errors_mm


@pytest.fixture(scope="module")
def regions():
    template = load_template()
    return region_weights(template.vertices.astype(float), template.landmark_points().astype(float))


def performance(*names, frames=20):
    template = load_template()
    ramps = [np.linspace(0, 1, frames) ** (1 + k) for k in range(len(names))]
    return sum(r[:, None, None] * template.arkit_field(n) for r, n in zip(ramps, names, strict=True)).astype(float)


def largest_error(keys, motion):
    return np.linalg.norm(keys.vertices(np.zeros(motion.shape[1:])) - motion, axis=2).max()


def test_regions_are_a_partition_of_unity(regions):
    assert regions.shape[0] == len(REGIONS)
    assert (regions >= 0).all()
    np.testing.assert_allclose(regions.sum(axis=0), 1.0, atol=1e-12)


def test_regions_are_local(regions):
    template = load_template()
    points = template.landmark_points()
    nearest = np.linalg.norm(template.vertices[:, None] - points[[19, 24, 57]], axis=2).argmin(axis=0)
    names = list(REGIONS)
    assert [names[k] for k in regions[:, nearest].argmax(axis=0)] == ["brow right", "brow left", "mouth"]


def test_one_moving_region_gives_keys_of_that_region_only(regions):
    motion = performance("browOuterUpLeft")
    keys = decompose(motion, regions, "Mimica test", 1e-4)
    assert largest_error(keys, motion) <= 1e-4
    assert keys.names[0] == "Mimica test brow left"
    assert not any("mouth" in name or "right" in name for name in keys.names)


@pytest.mark.parametrize("tolerance", [2e-3, 5e-4, 1e-4])
def test_the_stated_error_is_the_true_error(regions, tolerance):
    motion = performance("jawOpen", "mouthSmileLeft", "browInnerUp")
    keys = decompose(motion, regions, "Mimica test", tolerance)
    error = largest_error(keys, motion)
    assert errors_mm(keys, motion, 1.0).max() == pytest.approx(error, rel=1e-5)
    assert len(keys.names) <= MAX_A_REGION * len(REGIONS)
    assert error <= tolerance
    assert np.abs(keys.weights).max() <= WEIGHT_LIMIT


def test_a_closer_tolerance_needs_no_fewer_keys(regions):
    motion = performance("jawOpen", "mouthFunnel", "mouthLeft")
    counts = [len(decompose(motion, regions, "k", t).names) for t in (3e-3, 1e-3, 2e-4)]
    assert counts == sorted(counts) and counts[0] < counts[-1]


def test_two_sides_that_do_the_same_are_one_key_and_else_two(regions):
    """Eyes that blink together are one slider; a wink before the blink of the other eye keeps two."""
    together = performance("eyeBlinkLeft") + performance("eyeBlinkRight")
    keys = decompose(together, regions, "k", 2e-4)
    assert [name for name in keys.names if "eye" in name] == ["k eyes"] and largest_error(keys, together) <= 2e-4
    apart = np.concatenate([performance("eyeBlinkLeft"), performance("eyeBlinkRight")])
    names = decompose(apart, regions, "k", 2e-4).names
    assert "k eyes" not in names and any("eye left" in name for name in names) and any("eye right" in name for name in names)


def test_nothing_moves_nothing_is_made(regions):
    motion = np.zeros((5, regions.shape[1], 3))
    keys = decompose(motion, regions, "k", 1e-4)
    assert keys.names == () and keys.deltas.shape == (0, regions.shape[1], 3) and keys.weights.shape == (5, 0)
    assert largest_error(keys, motion) == 0.0


def test_first_frame_stays_exactly_neutral(regions):
    keys = decompose(performance("jawOpen"), regions, "k", 1e-4)
    assert not keys.weights[0].any()
