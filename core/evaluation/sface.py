"""SFace (Zhong et al. 2021), which tells whether two faces are one person's: where in its picture it wants eyes, nose and mouth, and its vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..image.detector import crop_of

SIDE = 112  # px of its picture
PLACES = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])  # px
POINTS = ((33, 133), (362, 263), (4,), (61,), (291,))  # of the 478, whose means are to lie there: eyes, nose and corners of the mouth


class Identity:
    """Unit vectors (128,) of faces; of one person they have a cosine of about 0.77, of two at most 0.31."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def vector(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Of the face with points (478, 2) px in an image (H, W, 3) uint8."""
        crop = aligned(image, points)
        found = self.session.run(None, {self.name: crop.transpose(2, 0, 1)[None]})[0][0]
        return found / max(float(np.linalg.norm(found)), 1e-9)


def placed(points: np.ndarray) -> tuple[complex, np.ndarray]:
    """The similarity from SFace's picture to the one of a face with points (478, 2 or 3) px, by least squares: its turn and scale as one complex
    number, and the place (2,) px of the middle of SFace's picture."""
    own = np.stack([points[list(ids), :2].mean(axis=0) for ids in POINTS])
    a, b = PLACES - PLACES.mean(axis=0), own - own.mean(axis=0)
    turn = complex(float((a * b).sum()), float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())) / float((a**2).sum())
    return turn, own.mean(axis=0) + _matrix(turn) @ (SIDE / 2 - PLACES.mean(axis=0))


def aligned(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The face as SFace wants it: (112, 112, 3) float32 RGB 0..255 with eyes, nose and mouth in their places, by a similarity."""
    turn, middle = placed(points)
    return crop_of(image, middle, SIDE * abs(turn), float(np.angle(turn)), SIDE, replicate=False)


def grid_place(points: np.ndarray, side: int) -> np.ndarray:
    """(2, 3) float32, for torch's affine_grid: the similarity from SFace's picture to one of side px with points (478, 3) px, both -1..1."""
    turn, middle = placed(points)
    return np.column_stack([_matrix(turn) * SIDE / side, 2.0 * middle / side - 1.0]).astype(np.float32)


def _matrix(turn: complex) -> np.ndarray:
    return np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
