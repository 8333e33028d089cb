"""One-shot Face Reenactment of a photo: the network's picture of the face that is wanted, fused with the photo's warp and laid over the photo."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..errors import ModelError
from ..morphable.photo_fit import PhotoFit
from ..runtime import store
from ..runtime.backend import Backend, OnnxBackend
from .face_crop import FaceCrop
from .face_motion import MOTION, motion_field
from .fusion import fuse
from .parsing import FACE, only_face, parsing_map
from .photo_warp import PhotoWarp
from .portrait import Portrait

NAME = "reenactment"
FADE = 0.03  # of the picture: over which the made face fades into the photo, within its contour


@dataclass(frozen=True)
class Shown:
    """What a network was trained with: size px of its pictures; carried: the face's motion, or none; masked: only the face of the reference."""

    size: int
    carried: bool
    masked: bool


def trained(backend: Backend) -> bool:
    """Whether there are weights to draw with."""
    return ((getattr(backend, "folder", None) or store.MODELS) / NAME / f"{NAME}.safetensors").is_file()


def shown(backend: Backend) -> Shown:
    """What the network's file says of itself. ModelError where it will not do."""
    path = store.find(NAME, ".safetensors", getattr(backend, "folder", None))
    stated = store.safetensors_metadata(path)
    store.check(NAME, path, stated)
    try:
        config = json.loads(stated["config"])
        return Shown(int(config["size"]), bool(config["carried"]), bool(config["masked"]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"Model file {path} does not say what it was trained with ({error}). {store.REINSTALL}") from error


def _within(face: np.ndarray, size: float) -> np.ndarray:
    """A mask (S, S) 0..1 that fades out over `size` px within its own border."""
    reach = max(1, round(size)) * 2 + 1
    return ndimage.uniform_filter(ndimage.minimum_filter(face, reach), reach)


class Reenacted(Portrait):
    """A photo prepared for being moved, as PhotoWarp. fusion: whether skin is the warp's (FusionNet). ModelError where the network's file will not
    do."""

    def __init__(self, image: np.ndarray, fitted: PhotoFit, points: np.ndarray, backend: Backend | None = None, *, fusion: bool = True):
        self.backend, self.warp, self.fusion = backend or OnnxBackend(), PhotoWarp(image, fitted, points), fusion
        self.shown = shown(self.backend)
        self.side = self.shown.size
        crop = FaceCrop.about(points, self.side)
        self.places = crop.points(points)
        picture = crop.of(self.warp.image).transpose(2, 0, 1) / np.float32(127.5) - np.float32(1.0)
        self.reference = only_face(picture, parsing_map(self.places, self.side)) if self.shown.masked else picture

    def counts(self, seen: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The fused face counts wherever it was made."""
        return np.ones_like(mask)

    def drawn(self, seen: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The fused face (S, S, 3) 0..255 and how far (S, S) 0..1 it is made, of a crop (S, S, 4) 0..255 of the warp and its confidence, and
        the points (478, 3) px wanted in it."""
        parsing = parsing_map(points, self.side)
        made, warped = self.generated(points, parsing), seen[..., :3]
        fused, own = (
            fuse(made, warped, parsing, confidence=seen[..., 3] / np.float32(255.0)) if self.fusion else (made, np.ones_like(parsing[0]))
        )
        inside = _within(parsing[FACE], FADE * self.side)
        return warped + inside[..., None] * (fused - warped), inside * own

    def generated(self, points: np.ndarray, parsing: np.ndarray) -> np.ndarray:
        """The network's own picture (S, S, 3) 0..255 of the face with points (478, 3) px and their parsing map (9, S, S)."""
        count = self.side // MOTION
        motion = motion_field(self.places, points, self.side) if self.shown.carried else np.zeros((2, count, count), np.float32)
        given = {"reference": self.reference, "parsing": parsing, "motion": motion}
        made = self.backend.run(NAME, {name: np.ascontiguousarray(value[None], np.float32) for name, value in given.items()})
        return (made["picture"][0].transpose(1, 2, 0) + np.float32(1.0)) * np.float32(127.5)
