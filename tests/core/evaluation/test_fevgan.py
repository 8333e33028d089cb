"""Scores of FEV-GAN that mean what they say."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="evaluation runs the network with torch")

from core.data.expression_clips import ExpressionClips  # noqa: E402
from core.evaluation import fevgan as rows  # noqa: E402
from core.evaluation.evaluate import TABLES  # noqa: E402


class Grey:
    """An identity that is a picture's mean colour."""

    def vector(self, image, _points):
        return image.mean(axis=(0, 1)) / 255.0


def test_content_distances_are_the_papers():
    """ACD: between frames that follow each other; ACD-I: to the first."""
    clip = np.zeros((4, 8, 8, 3), np.uint8)
    clip[1:, ..., 0] = 255
    apart, off = rows.content_distances(clip, np.zeros((478, 2)), Grey())
    assert apart == pytest.approx(1 / 3) and off == pytest.approx(3 / 4)
    assert rows.content_distances(rows.still(clip[0], 0, 1.0), np.zeros((478, 2)), Grey()) == (0.0, 0.0)


def test_a_clip_held_still_has_only_what_did_not_move(monkeypatch):
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 255, (2, 1, 64, 64, 3)), rows.FRAMES, axis=1).astype(np.uint8)
    frames[:, rows.LATE :, 20:40] = 0
    clips = ExpressionClips(frames, np.zeros((2, 16, 32, 32, 2)), np.array([0, 1]), np.ones(2), np.arange(2))
    monkeypatch.setattr(rows, "judges", lambda: (None, Grey()))
    monkeypatch.setattr(rows, "points_in", lambda frame, backend: np.zeros((478, 3)))

    class Always:
        backend = None

        def __call__(self, clip):
            return 0

    found = rows.scores(clips, np.arange(2), rows.still, Always(), lambda done, what: None)
    assert found["PSNR"] == pytest.approx(found["PSNR near the apex"] + 10 * np.log10(4), abs=0.01)
    assert found["expression %"] == 50.0 and found["anger"] == 100.0 and found["disgust"] == 0.0
    true = rows.scores(clips, np.arange(2), rows._true(clips, np.arange(2)), Always(), lambda done, what: None)
    assert true["SSIM"] == pytest.approx(1.0) and true["PSNR"] > 80


def test_variants_are_kept_and_read(tmp_path):
    path = tmp_path / "ablation.json"
    rows._add(path, "one", {"PSNR": 1.23456})
    rows._add(path, "two", {"PSNR": 2.0})
    assert rows._read(path) == {"one": {"PSNR": 1.2346}, "two": {"PSNR": 2.0}} and rows._read(tmp_path / "none.json") == {}
    assert "fevgan" in TABLES
