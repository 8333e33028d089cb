import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from core.errors import FileError
from core.image.files import read_png, write_png


@settings(max_examples=20, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_written_is_read_by_us_and_by_pillow(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("png") / "a.png"
    write_png(path, image)
    assert (read_png(path) == image).all()
    assert (np.array(Image.open(path)) == image).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "I;16"])
def test_reads_what_pillow_writes(tmp_path, mode):
    """Pillow's encoder picks row filters by itself, so a smooth picture meets all of them."""
    y, x = np.mgrid[:40, :50]
    rgb = np.stack([x * 5, y * 6, (x * y) % 256], axis=-1).astype(np.uint8)
    if mode == "I;16":
        picture, expected = Image.fromarray((x * 1000).astype(np.uint16)), np.repeat((x * 1000 >> 8)[..., None], 3, axis=2)
    else:
        picture = Image.fromarray(rgb).convert(mode)
        expected = np.array(picture.convert("RGB"))
    path = tmp_path / "a.png"
    picture.save(path, optimize=True)
    assert (read_png(path) == expected).all()


def test_all_row_filters(tmp_path):
    """The five filters of PNG applied by hand to a random picture."""
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(int)
    left, above, corner = (np.zeros_like(image) for _ in range(3))
    left[:, 1:], above[1:], corner[1:, 1:] = image[:, :-1], image[:-1], image[:-1, :-1]
    p = left + above - corner
    near = np.abs(np.stack([p - left, p - above, p - corner]))
    paeth = np.where((near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], above, corner))
    guesses = [0 * image, left, above, (left + above) // 2, paeth]
    rows = b"".join(bytes([k]) + ((image[k] - guesses[k][k]) % 256).astype(np.uint8).tobytes() for k in range(5))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 7, 5, 8, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    assert (read_png(path) == image).all()


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "a.png"
    write_png(path, np.zeros((8, 8, 3), np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(FileError, match="a.png is a damaged PNG"):
        read_png(path)
    path.write_bytes(b"JFIF" + whole)
    with pytest.raises(FileError, match="not a PNG"):
        read_png(path)
    with pytest.raises(FileError, match="cannot be read"):
        read_png(tmp_path / "none.png")


def test_nothing_half_written(tmp_path):
    with pytest.raises(FileError, match="uint8"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 3)))
    with pytest.raises(FileError, match="cannot be written"):
        write_png(tmp_path / "none" / "a.png", np.zeros((4, 4, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []
