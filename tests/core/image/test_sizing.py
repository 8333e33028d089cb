"""Pictures made smaller keep what they show, where it is."""

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.image.sizing import at_most


def test_pixels_are_means_of_what_they_cover():
    image = np.random.default_rng(0).integers(0, 256, (192, 128, 3), np.uint8)
    halved = at_most(image, 96)
    assert halved.shape == (96, 64, 3)
    assert np.abs(halved - image.reshape(96, 2, 64, 2, 3).mean(axis=(1, 3))).max() <= 0.51


def test_ramps_stay_ramps_at_any_size():
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (150, 200, 3))
    made = at_most(ramp, 77).astype(float)
    wanted = (np.arange(77) + 0.5) * 200 / 77 - 0.5
    assert made.shape == (58, 77, 3) and np.abs(made - wanted[None, :, None]).max() < 0.6


def test_what_is_small_enough_stays_itself_and_too_small_is_refused():
    image = np.zeros((80, 60, 3), np.uint8)
    assert at_most(image, 80) is image
    with pytest.raises(ValueRangeError, match="at most 10 px"):
        at_most(image, 10)
