"""What another program decoded, as Blender hands it over: rows, channels, alpha, light and Exif."""

import numpy as np
import pytest

from core.errors import FileError
from core.image import decoded

PIXELS = np.arange(2 * 3 * 3).reshape(2, 3, 3) * 13


def as_floats(image):
    return (image[::-1] / 255).astype(np.float32)


def test_bytes_come_back_exactly(tmp_path):
    image = PIXELS.astype(np.uint8)
    assert (decoded.photo_of(tmp_path / "a.png", as_floats(image), False) == image).all()
    grey = decoded.photo_of(tmp_path / "a.png", as_floats(image[..., :1]), False)
    assert (grey == image[..., :1]).all() and grey.shape == (2, 3, 3)


def test_a_large_photo_is_worked_on_in_blocks(tmp_path, monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (23, 5, 3), np.uint8)
    for block in (1, 45, 330, 10_000):
        monkeypatch.setattr(decoded, "BLOCK", block)
        assert (decoded.photo_of(tmp_path / "a.png", as_floats(image), False) == image).all()


def test_linear_light_becomes_srgb(tmp_path):
    image = PIXELS.astype(np.uint8)
    value = image / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    assert (decoded.photo_of(tmp_path / "a.exr", light[::-1].astype(np.float32), True) == image).all()
    odd = decoded.photo_of(tmp_path / "a.exr", np.array([[[np.nan, np.inf, 7.0]]], np.float32), True)
    assert odd.tolist() == [[[0, 255, 255]]]


@pytest.mark.parametrize("linear", [False, True])
def test_transparent_parts_lie_over_mid_grey(tmp_path, linear):
    clear = np.zeros((1, 2, 4), np.float32)
    clear[0, 1] = 1.0
    assert decoded.photo_of(tmp_path / "a.png", clear, linear).tolist() == [[[128] * 3, [255] * 3]]


def test_turned_as_the_file_says(tmp_path, monkeypatch):
    monkeypatch.setattr(decoded, "orientation_of", lambda path: 6)
    image = PIXELS.astype(np.uint8)
    assert (decoded.photo_of(tmp_path / "a.jpg", as_floats(image), False) == np.rot90(image, -1)).all()


def test_what_is_none_is_told(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(FileError, match="There is no photo"):
        decoded.check_file(path)
    path.write_bytes(b"")
    with pytest.raises(FileError, match="empty"):
        decoded.check_file(path)
    path.write_text("dear diary, " * 9)
    assert "it is text, 'dear diary" in str(decoded.refuse(path))
    with pytest.raises(FileError, match="20000 x 20000"):
        decoded.check_size(path, 20_000, 20_000)
