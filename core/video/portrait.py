"""A photo whose face moves, as FaceAnime draws it: PGFG's picture of the face (Tu et al. 2021, Sect. II-C) laid over the photo's dense warp.

The network draws a face of its own size. Laid over the photo at the photo's resolution, what it changes is added to the warp, whose detail stays
as far as the warp can be trusted; where it cannot, the network's own picture takes its place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ..morphable.camera import Pose
from ..morphable.fit import FittedFace, fit_landmarks
from ..morphable.model import MorphableModel, load_model
from ..morphable.photo import PHOTO_POINTS
from ..morphable.photo_fit import PhotoFit
from ..morphable.texture import POSE_NUMBERS, Drawn, Texture, drawn_triangles, kept_triangles
from ..runtime.backend import Backend, OnnxBackend
from .face_crop import FaceCrop
from .photo_warp import PhotoWarp, Target, Warped

NAME, SIDE = "pgfg", 160  # px of the network's pictures
INTERVAL = 1  # of the sparse texture mapping
RIM = 0.08  # of the crop, over which the network's picture fades out towards its border
LEARNED = 0.5  # how far what was learned from renders counts on a photo's skin; found on real clips (docs/faceanime.md)
NEAR = 5  # px of the crop about mouth and eyes that are treated as they are
MOVES = 0.006  # of the face's size: how far points go, in the mean, before the network's picture counts; at rest the photo stays as it is


def fitted_to(points: np.ndarray, model: MorphableModel, shape: np.ndarray | None = None, start: FittedFace | None = None) -> FittedFace:
    """The morphable model's face whose landmarks are those of points (478, 3) px; shape (40,), if it is known; start: the frame before."""
    return fit_landmarks(points[PHOTO_POINTS, :2].mean(axis=1), model, shape=shape, start=start)


class TexturePriors:
    """FaceAnime's texture priors of a photo's crop (S, S, 3) 0..255 with points (478, 3) px in it (Sect. II-A), sparse at `intervals`: p_s, `source`
    (S, S, 3), and p_t of other points, both at the first of the intervals."""

    def __init__(self, crop: np.ndarray, points: np.ndarray, intervals: tuple[int, ...] = (INTERVAL,)):
        self.model, self.size = load_model().as_detected, (len(crop), len(crop))
        self.fitted = fitted_to(points, self.model)
        place, _ = self._seen(self.fitted.coefficients)
        drawn, count = drawn_triangles(self.model), len(self.model.mean)
        self.textures = [Texture(crop, place, kept_triangles(drawn, count, interval)) for interval in intervals]
        self.source = self.draw(self.fitted.coefficients)

    def _seen(self, coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return Pose.of_matrix(coefficients[:POSE_NUMBERS]).project(self.model.vertices(coefficients))

    def coefficients(self, points: np.ndarray) -> np.ndarray:
        """Of the photo's face with points (478, 3) px in a crop: (62,), its shape kept."""
        return fitted_to(points, self.model, shape=self.fitted.shape).coefficients

    def draw(self, coefficients: np.ndarray) -> np.ndarray:
        """The prior (S, S, 3) float32 0..255 of coefficients (62,) in a crop's px."""
        return self.textures[0].draw(*self._seen(coefficients), self.size).image

    def draw_all(self, coefficients: np.ndarray) -> list[Drawn]:
        """The priors of coefficients (62,) at every interval."""
        seen = self._seen(coefficients)
        return [texture.draw(*seen, self.size) for texture in self.textures]


class Portrait:
    """A photo prepared for being moved; as PhotoWarp, whose frames the network finishes. ModelError where the network's file will not do."""

    side = SIDE  # px of what the network sees and draws

    def __init__(self, image: np.ndarray, fitted: PhotoFit, points: np.ndarray, backend: Backend | None = None):
        self.backend, self.warp = backend or OnnxBackend(), PhotoWarp(image, fitted, points)
        crop = FaceCrop.about(points, SIDE)
        seen = crop.of(self.warp.image)
        self.priors = TexturePriors(seen, crop.points(points))
        self.source = {"source": _given(seen), "source_prior": _given(self.priors.source)}

    def frame(self, target: Target) -> Warped:
        """The photo with its face as the target says; confidence as the warp has it."""
        warped = self.warp.frame(target)
        crop = FaceCrop.about(target.points, self.side)
        rows, columns = crop.box(warped.image.shape)
        told = [255.0 * each[rows, columns, None] for each in (warped.confidence, warped.mouth, warped.eyes)]
        part = np.concatenate([warped.image[rows, columns], *told], axis=2, dtype=np.float32)
        moved = replace(crop, centre=crop.centre - [columns.start, rows.start])
        crop_seen = moved.of(part)
        made, mask = self.drawn(crop_seen[..., :4], crop.points(target.points))
        share, seen = self._awake(target.points) * self.counts(crop_seen, mask), crop_seen[..., :3]
        warped.image[rows, columns] = laid_over(
            part[..., :3], part[..., 3] / 255.0, moved, seen + share[..., None] * (made - seen), share * mask, seen
        )
        return warped

    def counts(self, seen: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """How far the network's picture counts (S, S) 0..1, of a crop (S, S, 6) 0..255 of the warp, its confidence, mouth and eyes, and the mask: on
        skin by LEARNED, in the mouth the less the surer the mask is of the warp, in the eyes only where nothing of them was known. A photo's own
        eyes and teeth are finer than any that were learned from renders."""
        sure, mouth, eyes = (seen[..., k] / np.float32(255.0) for k in (3, 4, 5))
        mouth, eyes = (ndimage.uniform_filter(ndimage.maximum_filter(each, NEAR), NEAR) for each in (mouth, eyes))
        return LEARNED * (1.0 - mouth * (1.0 - mask)) * (1.0 - eyes * sure)

    def _awake(self, points: np.ndarray) -> np.float32:
        """How far the network's picture counts, 0..1: not where nothing moves."""
        far = np.linalg.norm((points - self.warp.points)[:, :2], axis=1).mean() / self.warp.size
        return np.float32(-np.expm1(-((far / MOVES) ** 2)))

    def drawn(self, seen: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The network's picture (S, S, 3) 0..255 and mask (S, S) 0..1, of a crop (S, S, 4) 0..255 of the warp and its confidence, and the points
        (478, 3) px wanted in it."""
        prior = self.priors.draw(self.priors.coefficients(points))
        given = {"target_prior": _given(prior), "warp": _given(seen[..., :3]), "confidence": seen[None, None, ..., 3] / np.float32(255.0)}
        made = self.backend.run(NAME, {**self.source, **given})
        return (made["image"][0].transpose(1, 2, 0) + np.float32(1.0)) * np.float32(127.5), made["mask"][0, 0]


def _given(picture: np.ndarray) -> np.ndarray:
    """A picture (S, S, 3) 0..255 as networks want it: (1, 3, S, S) float32 -1..1."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / np.float32(127.5) - np.float32(1.0)


def laid_over(
    image: np.ndarray, confidence: np.ndarray, crop: FaceCrop, made: np.ndarray, mask: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """A picture (H, W, 3) 0..255 with a face made for it (S, S, 3) laid over it, uint8. seen (S, S, 3): what the crop shows of it; mask (S, S) 0..1:
    how far the face is made; confidence (H, W) 0..1 of the picture. What was changed is added; the picture's own detail goes as far as the face is
    made and the picture not trusted."""
    side = len(made)
    inside = np.clip((np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / (RIM * side), 0.0, 1.0)
    rim = np.minimum.outer(inside, inside)[..., None].astype(np.float32)
    change = np.concatenate([rim * (made - seen), rim * mask[..., None], seen], axis=2, dtype=np.float32)
    placed = crop.back(change, slice(0, image.shape[0]), slice(0, image.shape[1]))
    taken = placed[..., 3:4] * (1.0 - confidence[..., None])
    out = image + placed[..., :3] + taken * (placed[..., 4:] - image)
    return np.clip(out + np.float32(0.5), 0, 255).astype(np.uint8)
