"""Clips from a backend: a made-up one for the rules, the shipped weights for the faces."""

import numpy as np
import pytest

from core.errors import LabelError, ModelError
from core.head.landmarks import BROWS, LIPS_INNER
from core.head.template import load_template
from core.labels import LABELS
from core.motion.generate import generate_clip, noise_for, one_hot
from core.runtime.backend import OnnxBackend


class FakeBackend:
    """Turns noise into a curve without a network; its path is as long as it is intense."""

    name, device = "fake", "cpu"

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken

    def run(self, model, inputs):
        assert model == "motion3dgan"
        assert inputs["intensity"].dtype == np.float32 and inputs["intensity"].shape == (1, 1)
        drive = np.outer(np.linspace(0.1, 1.0, 30), np.resize(inputs["noise"][0], 204))
        if self.broken:
            drive[3] = np.nan
        return {"q": drive[None].astype(np.float32), "log_length": np.log(inputs["intensity"]) - 3.0}


def _made(label="fear", **changes):
    settings = {"frames": 30, "fps": 30.0, "intensity": 1.0, "seed": 4, "backend": FakeBackend()} | changes
    return generate_clip(label, **settings)


def test_the_same_seed_gives_the_same_clip_and_another_another():
    assert np.array_equal(_made().displacement, _made().displacement)
    assert not np.allclose(_made().displacement, _made(seed=5).displacement)
    assert not np.array_equal(noise_for("fear", 1), noise_for("anger", 1))
    assert np.abs(np.concatenate([noise_for("fear", k) for k in range(50)])).max() <= 2.5


def test_frames_intensity_and_names():
    clip = _made(frames=77, fps=24.0, intensity=0.5)
    assert clip.displacement.shape == (77, 68, 3) and np.isclose(clip.times[-1], 76 / 24)
    assert not clip.displacement[0].any()
    assert np.allclose(clip.displacement[-1], 0.5 * _made().displacement[-1])
    still = _made(backend=OnnxBackend(), intensity=0.0).displacement
    assert not still.any() and np.isfinite(still).all()
    assert (clip.label, clip.seed, clip.origin) == ("fear", 4, "motion3dgan")
    assert _made("Mouth-Open").label == "mouth_open"
    assert one_hot("surprise").sum() == 1.0 and one_hot("surprise")[LABELS.index("surprise")] == 1.0


def test_path_length_is_the_one_that_was_generated():
    curve = _made(frames=31).displacement.reshape(31, -1)
    assert np.isclose(np.linalg.norm(np.diff(curve, axis=0), axis=1).sum(), np.exp(-3.0), rtol=1e-4)


def test_unknown_labels_and_damaged_networks_are_named():
    with pytest.raises(LabelError, match="Did you mean"):
        _made("mouth_opn")
    with pytest.raises(ModelError, match="damaged"):
        _made(backend=FakeBackend(broken=True))


@pytest.fixture(scope="module")
def apexes() -> dict[str, np.ndarray]:
    """Generated apex displacement (seeds, 68, 3) mm of every label with the shipped weights."""
    backend = OnnxBackend()
    return {
        label: 1000.0
        * np.stack([generate_clip(label, frames=2, fps=1.0, intensity=1.0, seed=k, backend=backend).displacement[-1] for k in range(8)])
        for label in LABELS
    }


def _lip_gap(apex: np.ndarray) -> np.ndarray:
    points = 1000.0 * load_template().landmark_points()[LIPS_INNER] + apex[:, LIPS_INNER]
    return points[:, 2, 2] - points[:, 6, 2]  # inner lip points: 0 corner, 1 2 3 upper, 4 corner, 5 6 7 lower


def test_shipped_motions_do_what_their_labels_say(apexes):
    assert (_lip_gap(apexes["mouth_open"]) > 12.0).all()
    assert (_lip_gap(apexes["mouth_extreme"]) > 15.0).all()
    assert (_lip_gap(apexes["surprise"]) > 8.0).all()
    assert (np.abs(apexes["mouth_side"][:, 48:68, 0].mean(axis=1)) > 4.0).all()
    for label in ("happiness", "high_smile"):
        assert (apexes[label][:, [48, 54], 2].mean(axis=1) > 3.0).all()
    assert (apexes["sadness"][:, [48, 54], 2].mean(axis=1) < -1.0).all()
    for label in ("eyebrow", "surprise"):
        assert (apexes[label][:, BROWS, 2].mean(axis=1) > 2.0).all()
    fear = apexes["fear"][:, [21, 22], 2].mean(axis=1)  # the inner ends of the brows; the outer ones are drawn down
    assert np.median(fear) > 1.5 and (fear > 0.3).all()
    assert (apexes["anger"][:, BROWS, 2].mean(axis=1) < -1.0).all()
    assert np.abs(apexes["eyebrow"][:, 48:68]).max() < 2.0


def test_seeds_differ_but_stay_within_a_face(apexes):
    for label, apex in apexes.items():
        apart = np.linalg.norm(apex[:, None] - apex[None], axis=3).max()
        assert apart > 0.5, label
        assert np.linalg.norm(apex, axis=2).max() < 60.0, label


@pytest.mark.parametrize("label", LABELS)
def test_size_follows_intensity_without_a_step(label):
    backend, intensity = OnnxBackend(), np.concatenate([[0.0, 1e-4], np.linspace(0.05, 2.0, 79)])
    made = [generate_clip(label, frames=2, fps=1.0, intensity=float(x), seed=5, backend=backend).displacement[-1] for x in intensity]
    size = np.sqrt((np.stack(made) ** 2).sum(axis=2).mean(axis=1))
    assert size[0] == 0.0 and (np.diff(size) > 0.0).all()
    assert np.diff(size[2:]).max() < 5.0 * size[-1] / 79
    assert 0.3 < size[-1] / size[np.abs(intensity - 1.0).argmin()] / 2.0 < 1.7
    apart = np.linalg.norm(np.diff(np.stack(made[2:]), axis=0), axis=2).max(axis=1)
    assert apart.max() < 6.0 * apart.mean()
