"""Photos that are no portrait, or hardly: fitted, or refused with what to do; from the file to the fit, as users give them."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core import api
from core.__main__ import main
from core.errors import FileError, LandmarkError, ValueRangeError
from core.morphable.photo import face_in


@pytest.fixture(scope="module")
def portrait():
    data = pytest.importorskip("skimage.data", reason="the photo comes with scikit-image")
    return np.ascontiguousarray(data.astronaut()[:300, 50:350])


@pytest.fixture(scope="module")
def known(portrait):
    return api.fit(portrait, shading=False)


def apart(fitted, known) -> float:
    """Mean distance of the landmarks over the face's size."""
    size = np.sqrt(np.prod(np.ptp(known.detected, axis=0)))
    return float(np.linalg.norm(fitted.landmarks - known.landmarks, axis=1).mean() / size)


def cartoon(plain: bool) -> np.ndarray:
    """A smiley, or a drawn face of human colours."""
    image = Image.new("RGB", (400, 400), (120, 180, 230))
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 40, 340, 370), fill=(250, 210, 60) if plain else (240, 195, 165), outline=(0, 0, 0), width=5)
    for x in (145, 255):
        draw.ellipse((x - 28, 140, x + 28, 190), fill=(255, 255, 255), outline=(0, 0, 0), width=3)
        draw.ellipse((x - 9, 155, x + 9, 180), fill=(0, 0, 0))
    draw.polygon([(200, 190), (180, 250), (215, 250)], outline=(120, 60, 30), fill=(230, 170, 140))
    draw.chord((140, 250, 260, 330), 0, 180, fill=(180, 30, 40), outline=(0, 0, 0), width=4)
    return np.asarray(image)


@pytest.mark.parametrize("plain", [True, False])
def test_a_cartoon_is_fitted_or_refused(plain):
    image = cartoon(plain)
    try:
        fitted = api.fit(image, name="cartoon")
    except LandmarkError as error:
        assert "No face was found in 'cartoon' (400 x 400 pixels)" in str(error)
    else:
        assert all(np.isfinite(part).all() for part in (fitted.vertices, fitted.neutral, fitted.coefficients))
        assert np.abs(fitted.landmarks - [200, 220]).max() < 220 and 0 <= fitted.confidence <= 1


def test_small_faces_down_to_the_limit_that_the_message_names(portrait, known):
    """The face is 0.4 of the portrait's width: 30 px are found and fitted as the large one, 12 px are refused."""
    small = np.asarray(Image.fromarray(portrait).resize((75, 75), Image.Resampling.LANCZOS))
    fitted = api.fit(small, shading=False)
    size = np.sqrt(np.prod(np.ptp(fitted.detected, axis=0)))
    assert 20 < size < 35
    assert np.linalg.norm(4 * fitted.landmarks - known.landmarks, axis=1).mean() / (4 * size) < 0.04
    tiny = np.asarray(Image.fromarray(portrait).resize((30, 30), Image.Resampling.LANCZOS))
    with pytest.raises(LandmarkError, match="'tiny' .30 x 30 pixels.*at least 20 pixels wide"):
        api.fit(tiny, name="tiny")


def test_a_photo_of_12000_pixels(portrait, known):
    """Only what is about the face is looked at closely: neither slow, nor more than some of the picture's own memory."""
    large = np.repeat(np.repeat(portrait, 40, axis=0), 40, axis=1)
    tracemalloc.start()
    try:
        fitted = api.fit(large, name="large")
        assert tracemalloc.get_traced_memory()[1] < 0.7 * large.nbytes
    finally:
        tracemalloc.stop()
    size = np.sqrt(np.prod(np.ptp(known.detected, axis=0)))
    assert np.linalg.norm(fitted.landmarks / 40 - known.landmarks, axis=1).mean() / size < 0.01


@pytest.mark.parametrize("kind", ["rotated", "grey", "alpha", "16 bits", "cmyk"])
def test_a_portrait_however_it_is_stored(tmp_path, portrait, known, kind):
    image, path, options = Image.fromarray(portrait), tmp_path / "a.png", {}
    if kind == "rotated":
        path, exif = tmp_path / "a.jpg", Image.Exif()
        exif[0x0112] = 6
        image, options = image.transpose(Image.Transpose.ROTATE_90), {"exif": exif, "quality": 95}
    elif kind == "grey":
        image = image.convert("L")
    elif kind == "alpha":
        image.putalpha(Image.fromarray((np.hypot(*(np.mgrid[:300, :300] - 150)) < 145).astype(np.uint8) * 255))
    elif kind == "16 bits":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    elif kind == "cmyk":
        path, image, options = tmp_path / "a.jpg", image.convert("CMYK"), {"quality": 95}
    image.save(path, **options)
    read = api.read_photo(path)
    assert read.shape == portrait.shape
    assert apart(api.fit(read, shading=False), known) < 0.03


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.full((64, 64, 3), np.nan), "float64"),
        (np.zeros((64, 64, 3), np.float32), "float32"),
        (np.zeros((64, 64), np.uint8), r"\(64, 64\)"),
        (np.zeros((64, 64, 4), np.uint8), r"\(64, 64, 4\)"),
        (np.zeros((3, 64, 64), np.uint8), r"\(3, 64, 64\)"),
        (np.zeros((0, 64, 3), np.uint8), r"\(0, 64, 3\)"),
        (np.zeros((2, 64, 64, 3), np.uint8), r"\(2, 64, 64, 3\)"),
        ("portrait.jpg", "a str"),
        (None, "a NoneType"),
    ],
)
def test_arrays_that_are_no_picture(image, said):
    with pytest.raises(ValueRangeError, match=f"'mine' is .*{said}.*read_photo"):
        api.fit(image, name="mine")
    with pytest.raises(ValueRangeError, match="read_photo"):
        api.prior(image, np.zeros(62), np.zeros(62))


@pytest.mark.parametrize("face", [-1, 1, 99, 0.5, "0", True])
def test_a_face_that_is_not_there(portrait, face):
    with pytest.raises(ValueRangeError, match="numbered from 0 at the left|counted from 0 at the left"):
        api.fit(portrait, face=face, shading=False)


@pytest.mark.parametrize("focal", [0.0, -5.0, np.nan, np.inf])
def test_a_focal_length_that_is_none(portrait, focal):
    with pytest.raises(ValueRangeError, match="focal is"):
        api.fit(portrait, focal=focal, shading=False)


@pytest.mark.parametrize("shape", [(1, 1), (1, 60_000), (60_000, 2), (3, 4096)])
def test_pictures_of_strange_shapes(shape):
    with pytest.raises(LandmarkError):
        face_in(np.zeros((*shape, 3), np.uint8), "strip")


def test_the_command_line_says_what_is_wrong_with_a_file(tmp_path, capsys):
    out = tmp_path / "fit.npz"
    text = tmp_path / "letter.jpg"
    text.write_text("Dear diary, today I fitted a face.")
    for photo, said in ((text, "letter.jpg is no picture"), (tmp_path / "gone.jpg", "There is no photo"), (tmp_path, "is a folder")):
        assert main(["fit", "--photo", str(photo), "--out", str(out)]) == 1
        assert said in capsys.readouterr().err
    with pytest.raises(FileError):
        api.read_photo(text)
    assert not out.exists()
