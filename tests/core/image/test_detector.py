"""The detector against MediaPipe 0.10.21 itself; mediapipe.npz holds what it gave (static_image_mode, refine_landmarks) for the same pictures."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from core.image.detector import crop_of, detect_faces, face_landmarks
from core.image.files import read_png

HERE = Path(__file__).parent


def picture(name: str) -> np.ndarray:
    if name == "face":
        return read_png(HERE / "face.png")
    data = pytest.importorskip("skimage.data", reason="the photo comes with scikit-image")
    return data.astronaut()


@pytest.mark.parametrize("name", ["face", "astronaut"])
def test_agrees_with_mediapipe(name):
    image = picture(name)
    with np.load(HERE / "mediapipe.npz", allow_pickle=False) as reference:
        keypoints, expected = reference[f"{name}_kp"], reference[f"{name}_pts"]
    faces = detect_faces(image)
    assert len(faces) == 1
    assert np.abs(faces[0].keypoints - keypoints).max() < 0.1
    points, presence = face_landmarks(image, faces[0])
    assert presence > 0.9
    assert points.shape == (478, 3)
    error = np.linalg.norm(points[:, :2] - expected[:, :2], axis=1)
    assert error.mean() < 0.2
    assert error.max() < 1.0
    assert np.abs(points[:, 2] - expected[:, 2]).mean() < 0.5


def test_no_face_in_noise():
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    assert detect_faces(noise) == []


def test_two_faces_side_by_side():
    face = picture("face")
    faces = detect_faces(np.concatenate([face, face], axis=1))
    assert len(faces) == 2
    shift = np.abs(faces[0].box[0] - faces[1].box[0])
    assert shift == pytest.approx(face.shape[1], abs=4)


def test_shift_and_padding_carry_over():
    """A face moves with its picture, and letterboxing of a wide picture is undone."""
    face = picture("face")
    wide = np.full((face.shape[0], face.shape[1] + 60, 3), 38, np.uint8)
    wide[:, 60:] = face
    first, second = detect_faces(face)[0], detect_faces(wide)[0]
    assert np.abs(second.keypoints - first.keypoints - [60, 0]).max() < 3.0


@pytest.mark.parametrize(("shape", "angle"), [((31, 47), 0.0), ((31, 47), 0.7), ((1, 9), 0.4), ((9, 1), -2.0), ((1, 1), 0.0)])
@pytest.mark.parametrize("replicate", [True, False])
def test_crops_are_bilinear_samples(shape, angle, replicate):
    """Against scipy, in the picture, across its border and beyond, upright and turned."""
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    centre, size, side = np.array([shape[1] * 0.4, shape[0] * 0.7]), 60.0, 24
    crop = crop_of(image[:, ::-1], centre, size, angle, side, replicate=replicate)  # a view, not contiguous
    y, x = (np.mgrid[:side, :side] / side - 0.5) * size
    at = [centre[1] + np.sin(angle) * x + np.cos(angle) * y, centre[0] + np.cos(angle) * x - np.sin(angle) * y]
    mode = "nearest" if replicate else "constant"
    wide = np.pad(image[:, ::-1].astype(float), ((2, 2), (2, 2), (0, 0)), mode="edge" if replicate else "constant")
    wanted = [map_coordinates(wide[..., k], np.array(at) + 2, order=1, mode=mode) for k in range(3)]
    np.testing.assert_allclose(crop, np.stack(wanted, axis=-1), atol=0.01)
