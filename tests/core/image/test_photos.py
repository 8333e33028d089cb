"""Photos as people have them: every format, depth, mode and orientation gives the same upright RGB; what is no photo is said to be none."""

import builtins
import io
import re
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import BackendError, FileError
from core.image import photos
from core.image.files import write_png
from core.image.orientation import orientation_of, upright
from core.image.photos import read_photo

SAVED = {"jpg": {"quality": 98, "subsampling": 0}, "png": {}, "webp": {"lossless": True}, "tif": {}, "bmp": {}, "gif": {}}
TAGGED = ("jpg", "png", "webp", "tif")


@pytest.fixture(scope="module")
def picture():
    """Four coloured quarters of different brightness, 48 x 64."""
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :32], image[:24, 32:], image[24:, :32], image[24:, 32:] = (230, 40, 30), (40, 200, 60), (30, 60, 180), (250, 240, 90)
    return image


def middles(image):
    """Colours of the four quarters' middles (2, 2, 3)."""
    height, width = image.shape[:2]
    return image[height // 4 :: height // 2, width // 4 :: width // 2].astype(int)


@pytest.mark.parametrize("suffix", SAVED)
def test_every_format(tmp_path, picture, suffix):
    path = tmp_path / f"ein Föto.{suffix}"
    Image.fromarray(picture).save(path, **SAVED[suffix])
    read = read_photo(path)
    assert read.dtype == np.uint8 and read.shape == picture.shape and read.flags.c_contiguous
    assert np.abs(middles(read) - middles(picture)).max() <= 4


@pytest.mark.parametrize("suffix", TAGGED)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientations(tmp_path, picture, suffix, orientation):
    """What is stored so that the tag makes it `picture` again; Pillow's own table, inverted, is the reference."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation -> the Transpose that stores it
    stored = Image.fromarray(picture)
    stored = stored.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    stored.save(path, exif=exif, **SAVED[suffix])
    assert orientation_of(path) == orientation
    read = read_photo(path)
    assert read.shape == picture.shape
    assert np.abs(middles(read) - middles(picture)).max() <= 4
    assert (upright(np.asarray(stored), orientation) == picture).all()


def test_an_orientation_of_another_writer(tmp_path, picture):
    """Big-endian, after another segment; a tag that is none; damaged data."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=98, subsampling=0)
    plain = buffer.getvalue()
    path = tmp_path / "a.jpg"
    for value, wanted in ((3, 3), (9, 1), (0, 1)):
        tiff = b"MM\0*" + struct.pack(">IHHHIHxxHHIHxx", 8, 2, 0x0100, 3, 1, 64, 0x0112, 3, 1, value)
        exif = b"Exif\0\0" + tiff
        note = b"\xff\xe2" + struct.pack(">H", 8) + b"no tag"
        path.write_bytes(plain[:2] + note + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
        assert orientation_of(path) == wanted
        assert np.abs(middles(read_photo(path)) - middles(picture[::-1, ::-1] if wanted == 3 else picture)).max() <= 4
    for cut in (b"", plain[:2], plain[:3], b"II*\0\xff\xff\xff\xff", b"RIFF\0\0\0\0WEBPEXIF"):
        path.write_bytes(cut)
        assert orientation_of(path) == 1
    assert orientation_of(tmp_path) == orientation_of(tmp_path / "none") == 1


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "RGBA", "LA", "PA"])
def test_every_mode(tmp_path, picture, mode):
    image = Image.fromarray(picture)
    image = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    path = tmp_path / "a.tif"
    if mode == "PA":
        path = path.with_suffix(".png")
        image = image.convert("RGBA").quantize(8)
    image.save(path)
    wanted = np.asarray(image.convert("RGB"))
    assert np.abs(middles(read_photo(path)) - middles(wanted)).max() <= 2


def test_what_is_transparent_lies_over_grey(tmp_path, picture, monkeypatch):
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[:24, :32], alpha[:24, 32:] = 0, 128
    path = tmp_path / "a.png"
    Image.fromarray(np.dstack([picture, alpha])).save(path)
    share = middles(alpha[..., None]) / 255
    wanted = share * middles(picture) + (1 - share) * 128
    read = read_photo(path)
    assert np.abs(middles(read) - wanted).max() <= 1
    Image.fromarray(picture).quantize(8).save(tmp_path / "b.png", transparency=0)
    grey = (middles(read_photo(tmp_path / "b.png")) == 128).all(axis=2)
    assert grey.sum() == 1
    without_pillow(monkeypatch)
    assert np.abs(read_photo(path).astype(int) - read).max() <= 1


def test_sixteen_bits_and_floats_are_brought_to_eight(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))
    wanted = (ramp >> 8).astype(int)
    cases = {
        "short.png": ramp,
        "short.tif": ramp,
        "long.tif": ramp.astype(np.int32),
        "longer.tif": ramp.astype(np.int32) << 15,
        "unit.tif": (ramp / 65535).astype(np.float32),
        "byte.tif": (ramp / 257).astype(np.float32),
        "large.tif": ramp.astype(np.float32),
    }
    for name, values in cases.items():
        Image.fromarray(values).save(tmp_path / name)
        read = read_photo(tmp_path / name).astype(int)
        scale = 2 if name == "longer.tif" else 1  # 31 bits: the sign takes one
        assert read.shape == (48, 64, 3) and np.abs(read[..., 1] * scale - wanted).max() <= 1 + scale, name
    broken = (ramp / 65535).astype(np.float32)
    broken[:4], broken[4:8] = np.nan, np.inf
    Image.fromarray(broken).save(tmp_path / "broken.tif")
    read = read_photo(tmp_path / "broken.tif")
    assert (read[:4] == 0).all() and (read[4:8] == 255).all()


def test_sixteen_bits_of_colour(tmp_path):
    rgb = np.zeros((4, 5, 3), np.uint16)
    rgb[..., 0], rgb[..., 1] = 0xFE01, 0x8000
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rgb)
    path = tmp_path / "a.png"
    path.write_bytes(png(struct.pack(">IIBBBBB", 5, 4, 16, 2, 0, 0, 0), rows))
    assert (read_photo(path) == [0xFE, 0x80, 0]).all()


def png(header, rows):
    import zlib

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_colour_profile_is_followed_and_a_damaged_one_left(tmp_path, picture):
    """sRGB with red and green told the wrong way round: the picture's red is our green."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"####").replace(b"gXYZ", b"rXYZ").replace(b"####", b"gXYZ")
    for suffix in ("png", "jpg", "tif"):
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(picture).save(path, icc_profile=swapped, **SAVED[suffix])
        assert np.abs(middles(read_photo(path)) - middles(picture)[..., [1, 0, 2]]).max() <= 6
    for profile in (srgb, b"no profile", swapped[:200]):
        Image.fromarray(picture).save(tmp_path / "b.png", icc_profile=profile)
        assert np.abs(middles(read_photo(tmp_path / "b.png")) - middles(picture)).max() <= 2


def test_the_first_of_several_pictures(tmp_path, picture):
    pages = [Image.fromarray(picture), Image.fromarray(255 - picture)]
    for suffix in ("gif", "tif", "webp", "png"):
        path = tmp_path / f"a.{suffix}"
        pages[0].save(path, save_all=True, append_images=pages[1:], **SAVED[suffix])
        assert np.abs(middles(read_photo(path)) - middles(picture)).max() <= 4


def test_a_photo_with_a_wrong_name_is_read_by_what_it_holds(tmp_path, picture):
    path = tmp_path / "-i.png"
    Image.fromarray(picture).save(path, "JPEG", quality=98)
    assert read_photo(path).shape == picture.shape
    write_png(tmp_path / "concat:a.jpg", picture)
    assert (read_photo(str(tmp_path / "concat:a.jpg")) == picture).all()


@pytest.mark.parametrize("suffix", SAVED)
def test_truncated(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    path = tmp_path / f"cut.{suffix}"
    Image.fromarray(noise).save(path, **SAVED[suffix])
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(FileError, match=f"cut.{suffix} is (damaged or cut short|no picture that can be read)"):
            read_photo(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"Dear diary,\ntoday", "it is text, 'Dear diary,"),
        (bytes(range(128, 200)), "it begins with"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC or AVIF"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), "it is a video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture that can be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged or cut short|no picture"),
    ],
    ids=["empty", "text", "bytes", "heic", "video", "postscript", "png"],
)
def test_what_is_no_photo(tmp_path, content, said):
    path = tmp_path / "renamed.jpg"
    path.write_bytes(content)
    with pytest.raises(FileError, match=f"renamed.jpg .*({said})"):
        read_photo(path)


@pytest.mark.parametrize("suffix", TAGGED)
def test_altered_bytes_give_a_picture_or_an_error_of_ours(tmp_path, picture, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(picture).save(path, **SAVED[suffix])
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(30):
        data = bytearray(whole)
        for at in rng.integers(0, min(len(data), 300), 4):
            data[at] = rng.integers(256)
        path.write_bytes(data)
        try:
            read = read_photo(path)
        except FileError as error:
            assert path.name in str(error)
        else:
            assert read.dtype == np.uint8 and read.ndim == 3 and read.shape[2] == 3


def test_no_file(tmp_path):
    with pytest.raises(FileError, match="There is no photo"):
        read_photo(tmp_path / "gone.jpg")
    with pytest.raises(FileError, match="is a folder"):
        read_photo(tmp_path)


def test_pictures_too_large_are_refused_before_they_are_unpacked(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0), bytes(100)))
    kept = Image.MAX_IMAGE_PIXELS
    with pytest.raises(FileError, match="bomb.png has 60000 x 60000 pixels; from 1 to 200,000,000"):
        read_photo(path)
    assert kept == Image.MAX_IMAGE_PIXELS


def test_pictures_above_pillows_own_bound_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    write_png(tmp_path / "a.png", np.full((40, 50, 3), 7, np.uint8))
    assert read_photo(tmp_path / "a.png").shape == (40, 50, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


def without_pillow(monkeypatch):
    real = builtins.__import__

    def fake(name, *rest):
        if name.split(".")[0] == "PIL":
            raise ImportError("No module named PIL")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", fake)


def test_without_pillow_png_is_read_and_the_rest_says_what_to_do(tmp_path, picture, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    Image.fromarray(picture).save(tmp_path / "a.jpg")
    wanted = read_photo(tmp_path / "a.png")
    without_pillow(monkeypatch)
    assert (read_photo(tmp_path / "a.png") == wanted).all()
    with pytest.raises(BackendError, match=re.escape("a.jpg") + ".*pip install pillow"):
        read_photo(tmp_path / "a.jpg")


def test_the_bound_holds_what_a_large_camera_makes():
    assert photos.MAX_PX > 12_000 * 12_000
