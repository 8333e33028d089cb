"""Self-reenactment on real clips: the first frame is the photo, the points of the others are what is wanted, and they are the truth, too.

What is wanted are a driver's points as `retarget` makes them of a video, registered (core/video/registration.py); they are judged by the points that
the landmark network finds, which also say where a face, its eyes and its mouth are.
Frames of the hard clip in which a hand passes before the face count, too: no method can know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..front.photos import fit
from ..morphable.photo import PhotoFace, follow
from ..morphable.photo_fit import PhotoFit
from ..runtime.backend import OnnxBackend
from ..runtime.store import MODELS
from ..video.files import open_video
from ..video.photo_warp import PhotoWarp, Target
from ..video.point_mesh import LIPS, LOWER_LIDS, SKIN, UPPER_LIDS
from ..video.portrait import NAME as PGFG
from ..video.portrait import Portrait
from ..video.registration import followed
from ..video.track import smoothed, track
from .assets import HARD, MILD, fetched
from .picture_scores import judges, psnr, ssim
from .plain_warp import plain_warp
from .tables import Table

Progress = Callable[[float, str], None]
Method = Callable[[np.ndarray], np.ndarray]  # points (478, 3) to a picture (H, W, 3) uint8
Maker = Callable[[np.ndarray, PhotoFit, np.ndarray], Method]  # of a photo, its fit and its points

CLIPS = {"mild": (MILD, 3), "hard": (HARD, 12)}  # every third frame, every twelfth
MARGIN = 0.05  # around the points' box
EYES_BY, LIPS_BY = 1.5, 1.05  # how far the regions reach, in sizes of lids and lips
STILL, GRAIN = 24, 2.0  # frames of a still face, and the noise of its camera, grey levels
AWAY = 1.0  # of the face's size around the face's boxes: beyond, nothing may change
COLUMNS = ("PSNR", "SSIM", "eyes dB", "mouth dB", "HED distance", "SFace cosine", "landmarks %")


@dataclass(frozen=True)
class Clip:
    """frames (F, H, W, 3) uint8, of which the first is the photo; points (F, 478, 3) px, as a driver's are; fitted: the photo's fit; detected
    (F, 478, 3) px: as the landmark network finds them, smoothed, what results are judged by; by default the points."""

    name: str
    frames: np.ndarray
    points: np.ndarray
    fitted: PhotoFit
    detected: np.ndarray | None = None

    @property
    def judged(self) -> np.ndarray:
        return self.points if self.detected is None else self.detected


def read_clip(path: Path, name: str, step: int) -> Clip:
    """Every step-th frame of a video, followed through all of them."""
    with open_video(path) as video:
        frames, fps = np.array(list(video.frames)), video.fps
    found = track(iter(frames), fps, name)
    points, detected = followed(iter(frames), fps, name).points, smoothed(found).points
    points[0] = detected[0] = found.points[0]  # the photo's points are found in the photo alone
    return Clip(name, frames[::step], points[::step], fit(frames[0]), detected[::step])


def copy(photo: np.ndarray, _fitted: PhotoFit, _points: np.ndarray) -> Method:
    return lambda _wanted: photo


def plain(photo: np.ndarray, _fitted: PhotoFit, points: np.ndarray) -> Method:
    return lambda wanted: plain_warp(photo, points[:, :2], wanted[:, :2])


def dense(photo: np.ndarray, fitted: PhotoFit, points: np.ndarray) -> Method:
    warp = PhotoWarp(photo, fitted, points)
    return lambda wanted: warp.frame(Target(wanted)).image


def portrait(photo: np.ndarray, fitted: PhotoFit, points: np.ndarray) -> Method:
    drawn = Portrait(photo, fitted, points)
    return lambda wanted: drawn.frame(Target(wanted)).image


METHODS: dict[str, Maker] = {"copy of the photo": copy, "plain warp": plain, "dense warp": dense}
PLAIN_POINTS = {"plain warp": "plain warp, registered points", "dense warp": "dense warp, points as found"}
NETWORK = "PGFG over the warp"
BASELINES = ("plain warp",)  # whose own row has the points as the landmark network finds them


def methods() -> dict[str, Maker]:
    """METHODS and, where its weights are, PGFG."""
    return METHODS | ({NETWORK: portrait} if (MODELS / PGFG / f"{PGFG}.safetensors").is_file() else {})


def compare(made: np.ndarray, truth: np.ndarray, points: np.ndarray, own: np.ndarray) -> tuple[tuple[float, ...], PhotoFace | None]:
    """What COLUMNS says of a picture (H, W, 3) uint8 against the true one, whose face has points (478, 3) px; own (128,): the photo's SFace vector.
    Also the face that is found in it."""
    distance, identity = judges()
    box, (eyes, mouth) = box_of(points, truth.shape), regions(points[:, :2], truth.shape)
    again = follow(made, face_of(points), OnnxBackend())
    off = np.nan if again is None else 100 * apart(again.points, points)
    cosine = float(own @ identity.vector(made, (points if again is None else again.points)[:, :2]))
    values = (
        psnr(made[box], truth[box]), ssim(made[box], truth[box]),
        *(psnr(made, truth, region) if region.any() else np.nan for region in (eyes, mouth)),
        distance(made[box], truth[box]), cosine, off,
    )  # fmt: skip
    return values, again


def scores(clip: Clip, method: Method, progress: Progress = lambda fraction, what: None) -> np.ndarray:
    """(F - 1, 7): what COLUMNS says, of every frame but the photo."""
    own, rows = judges()[1].vector(clip.frames[0], clip.points[0, :, :2]), []
    for k in range(1, len(clip.frames)):
        progress(k / len(clip.frames), clip.name)
        rows.append(compare(method(clip.points[k]), clip.frames[k], clip.judged[k], own)[0])
    return np.array(rows)


def guards(clip: Clip, maker: Maker) -> dict[str, float]:
    """background: greatest change of a pixel away from the head, grey levels; flicker: mean change from frame to frame of a face that is still before
    a camera with grain, grey levels."""
    photo, points = clip.frames[0], clip.points[0]
    method = maker(photo, clip.fitted, points)
    changed = 0.0
    for wanted in clip.points[1:]:
        away = np.ones(photo.shape[:2], bool)
        for one in (points, wanted):
            away[box_of(one, photo.shape, AWAY)] = False
        off = np.abs(method(wanted)[away].astype(int) - photo[away])
        changed = max(changed, float(off.max(initial=0)))
    rng = np.random.default_rng(0)
    noisy = (np.clip(photo + rng.normal(0.0, GRAIN, photo.shape), 0, 255).astype(np.uint8) for _ in range(STILL))
    still = followed(noisy, 30.0, clip.name).points
    opened = clip.points[np.argmax([np.linalg.norm(one[13] - one[14]) for one in clip.points])] - points
    box, films = box_of(points, photo.shape), []
    for pose in (0.0, 1.0):  # as in the photo, and with its mouth open
        film = [method(one + pose * opened)[box].astype(float) for one in still]
        films.append(np.abs(np.diff(film, axis=0)).mean())
    return {"background": changed, "flicker": float(max(films))}


def reenactment(progress: Progress, more: Mapping[str, Maker] | None = None) -> list[Table]:
    """The table of both clips; `more` methods beside `methods`."""
    rows: list[Sequence[str | float]] = []
    metrics: dict[str, float] = {}
    for name, (asset, step) in CLIPS.items():
        progress(0.0, f"Reading the {name} clip")
        clip = read_clip(fetched(asset), name, step)
        for label, maker, given in _variants(clip, {**methods(), **(more or {})}):
            found = np.nanmean(scores(given, maker(clip.frames[0], clip.fitted, clip.points[0]), progress), axis=0)
            kept = guards(given, maker) if maker is not copy else {"background": 0.0, "flicker": 0.0}
            rows.append((f"{name}: {label}", *map(float, found), kept["background"], kept["flicker"]))
            for column, value in zip((*COLUMNS, *kept), (*found, *kept.values()), strict=True):
                metrics[f"reenactment/{name}/{label}/{column}"] = float(value)
        _, identity = judges()
        vectors = [identity.vector(image, points[:, :2]) for image, points in zip(clip.frames, clip.judged, strict=True)]
        cosine = float(np.mean([vectors[0] @ one for one in vectors[1:]]))
        rows.append((f"{name}: true frames", None, 1.0, None, None, 0.0, cosine, 0.0, None, None))  # type: ignore[arg-type]
    notes = (
        "PSNR, SSIM and HED distance inside the box of the true frame's points; eyes and mouth: PSNR there, dB; landmarks: found again, "
        "mean distance to those of the true frame, of the face's size; background and flicker: grey levels.",
        "The plain warp has points as the landmark network finds them; the rows that say so have the other kind.",
    )
    title = "Self-reenactment: the first frame of a real clip as the photo, the others as what is wanted"
    return [Table(title, ("method", *COLUMNS, "background", "flicker"), tuple(map(tuple, rows)), metrics, notes)]


def _variants(clip: Clip, makers: Mapping[str, Maker]) -> Iterator[tuple[str, Maker, Clip]]:
    """Methods by their label, and the clip each is given: with registered points or, of those that PLAIN_POINTS names, with either."""
    found = replace(clip, points=clip.judged)
    for label, maker in makers.items():
        first, second = (found, clip) if label in BASELINES else (clip, found)
        yield label, maker, first
        if label in PLAIN_POINTS:
            yield PLAIN_POINTS[label], maker, second


def box_of(points: np.ndarray, shape: tuple[int, ...], margin: float = MARGIN) -> tuple[slice, slice]:
    """Rows and columns of the box of points (478, 2 or 3) px, with a margin of its own size, cut to a picture of a shape."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    around = margin * (high - low)
    left, top = np.clip(np.floor(low - around), 0, [shape[1] - 8, shape[0] - 8]).astype(int)
    right, bottom = np.clip(np.ceil(high + around), [left + 8, top + 8], [shape[1], shape[0]]).astype(int)
    return slice(top, bottom), slice(left, right)


def regions(points: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Masks (H, W) of the eyes and of the mouth of points (478, 2) px."""
    lids = [np.concatenate([upper, lower[::-1]]) for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True)]
    eyes = [inside(_grown(points[ids], EYES_BY), shape) for ids in lids]
    return eyes[0] | eyes[1], inside(_grown(points[LIPS], LIPS_BY), shape)


def inside(polygon: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Mask (H, W) of the pixels whose centres lie in a polygon (n, 2) px, by the number of edges to their right."""
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5
    mask = np.zeros(shape[:2], bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crossed = (ay <= y) != (by <= y)
        at = ax + (y[crossed] - ay) / (by - ay) * (bx - ax) if crossed.any() else np.zeros(0)
        mask[crossed] ^= x[None] < at[:, None]
    return mask


def _grown(polygon: np.ndarray, times: float) -> np.ndarray:
    middle = polygon.mean(axis=0)
    return middle + times * (polygon - middle)


def face_of(points: np.ndarray) -> PhotoFace:
    """The face with points (478, 3), to be looked for in the next picture."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return PhotoFace(points, 1.0, np.concatenate([low, high - low]), np.zeros((0, 0), np.float32))


def apart(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean distance of points (478, 3) over the face's size."""
    size = np.sqrt(np.prod(np.ptp(wanted[:, :2], axis=0)))
    return float(np.linalg.norm((found - wanted)[:SKIN, :2], axis=1).mean() / size)
