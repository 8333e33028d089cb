"""FusionNet: skin from the warp, everything else from the network."""

import numpy as np
import pytest

from core.video.capture import load_reference
from core.video.fusion import SKIN_SHARE, TRUST, fuse, mask_of, matched, skin_of
from core.video.parsing import EYES, FACE, TEETH, UPPER, parsing_map

SIDE = 160


@pytest.fixture(scope="module")
def parsing():
    shape = load_reference().shape
    points = (shape - shape.mean(axis=0)) * 45.0 + [SIDE / 2, SIDE / 2, 0.0]
    return parsing_map(points, SIDE)


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    return [rng.uniform(60.0, 200.0, (SIDE, SIDE, 3)).astype(np.float32) for _ in range(2)]


def test_skin_is_the_face_less_its_parts(parsing):
    skin = skin_of(parsing)
    assert (skin <= parsing[FACE]).all() and skin.sum() > 0.6 * parsing[FACE].sum()
    for part in (EYES, UPPER, TEETH):
        assert (skin[parsing[part] > 0.999] < 1e-3).all()


def test_the_mask_lies_within_both_skins(parsing):
    mask = mask_of(parsing, np.roll(parsing, 4, axis=2))
    assert mask.max() == pytest.approx(1.0, abs=1e-4) and mask.min() >= 0.0
    assert (mask[(skin_of(parsing) == 0.0)] < 0.6).all() and mask.sum() < mask_of(parsing, parsing).sum()


def test_the_thesis_s_fusion(parsing, pictures):
    """Eq. 3.16 and the released shares: skin is nine tenths the warp's, eyes the network's."""
    generated, warped = pictures
    fused, own = fuse(generated, warped, parsing)
    mask = mask_of(parsing, parsing)
    toned = matched(generated, warped, mask)
    deep = mask > 0.9999
    np.testing.assert_allclose(fused[deep], (SKIN_SHARE * warped + (1 - SKIN_SHARE) * toned)[deep], atol=0.05)
    away = mask == 0.0
    np.testing.assert_allclose(fused[away], toned[away], atol=1e-3)
    np.testing.assert_allclose(own[deep], 1 - SKIN_SHARE, atol=1e-3)


def test_a_warp_that_can_be_trusted_stays(parsing, pictures):
    generated, warped = pictures
    confidence = np.zeros((SIDE, SIDE), np.float32)
    confidence[:, : SIDE // 2] = 1.0
    _, own = fuse(generated, warped, parsing, confidence=confidence)
    assert own[:, : SIDE // 2].max() <= 1.0 - TRUST + 1e-6
    assert own[:, SIDE // 2 :].max() == pytest.approx(1.0)


def test_the_generated_face_takes_the_warp_s_colour(parsing, pictures):
    warped = pictures[1]
    fused, _ = fuse(warped - 20.0, warped, parsing)
    np.testing.assert_allclose(fused, warped, atol=1e-3)
    np.testing.assert_array_equal(matched(warped, warped + 5.0, np.zeros((SIDE, SIDE))), warped)
