"""What a face does next: 3DDP (FaceAnime, Sect. II-B) on the 62 coefficients of a fitted photo. numpy only; the network runs in a backend.

The network sees coefficients relative to the first frame given: [f R] over that frame's f, translation from there over f REACH, shape and
expression in SPREAD standard deviations. So neither the size of the photo nor the place of the face matters. One step is FPS of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ModelError, ValueRangeError
from ..morphable.camera import Pose
from ..runtime.backend import Backend
from ..runtime.choice import choose

NAME = "dynamics_3dd"
COEFFICIENTS, POSE = 62, 12
SHAPE, EXPRESSION = slice(12, 52), slice(52, 62)
MOVED = np.r_[0:12, 52:62]  # shape is constant
FPS = 30.0
LATENT = 16  # numbers that decide what happens
WINDOW = 24  # frames until new ones do: the paper's prediction length
STATE = 1024  # of an LSTM's hidden state and of its cell, room for the widest
REACH, SPREAD = 0.2, 4.0  # m; standard deviations
SEEN = 12  # frames, the last ones given, that are looked at
MOST_FRAMES, SEEDS = 100_000, 2**31
MOST_NOISE = 2.5  # rarer draws are pulled in
LARGEST = 100.0  # standard deviations beyond which coefficients are damage

Steps = Callable[..., tuple[Any, Any]]


def predict(coefficients: np.ndarray, frames: int = WINDOW, seed: int | None = 0, *, backend: Backend | None = None) -> np.ndarray:
    """What comes after coefficients (62,) or (F0, 62), oldest first: (frames, 62) float32, 30 a second.

    Every seed is another future; None is what is to be expected of all of them, which is calmer than any. Any length: what happens is drawn anew
    every 24 frames. The shape is the last frame's. ValueRangeError where coefficients, frames or seed will not do.
    """
    seen = checked(coefficients, "coefficients")
    return _run(seen, None, frames, seed, backend)


def towards(
    source: np.ndarray,
    target: np.ndarray,
    frames: int = WINDOW,
    seed: int | None = 0,
    *,
    keep_place: bool = False,
    backend: Backend | None = None,
) -> np.ndarray:
    """The way from source (62,) or (F0, 62) to target (62,): (frames, 62) float32, the last of them the target's pose and expression on the source's
    shape.

    keep_place: only the target's turn is taken, size and place in the picture stay the source's, as for a target from another photo. seed and errors
    as in `predict`.
    """
    seen, aim = checked(source, "source"), checked(target, "target")
    if len(aim) != 1:
        raise ValueRangeError(f"The target is an array of {np.shape(target)}; expected {COEFFICIENTS} coefficients of one frame.")
    wanted = aim[0].copy()
    wanted[SHAPE] = seen[-1, SHAPE]
    if keep_place:
        turn, place = Pose.of_matrix(wanted[:POSE]), Pose.of_matrix(seen[-1, :POSE])
        wanted[:POSE] = Pose(turn.rotation, place.scale, place.translation).matrix().ravel()
    return _run(seen, wanted, frames, seed, backend)


def checked(coefficients: np.ndarray, name: str) -> np.ndarray:
    """Coefficients (F, 62) float64 of (62,) or (F, 62), their poses true scaled rotations. ValueRangeError says what is wrong with them."""
    try:
        given = np.atleast_2d(np.asarray(coefficients, np.float64))
    except (TypeError, ValueError) as error:
        raise ValueRangeError(f"The {name} are no array of numbers ({error}). Give the coefficients of a fitted photo.") from None
    if given.ndim != 2 or given.shape[1] != COEFFICIENTS or not len(given):
        raise ValueRangeError(
            f"The {name} are an array of {np.shape(coefficients)}; expected {COEFFICIENTS} for each of one or more frames."
        )
    wrong = np.flatnonzero(~np.isfinite(given).all(axis=1))
    if len(wrong):
        raise ValueRangeError(f"The {name} of frame {wrong[0] + 1} hold values that are no finite numbers. Fit the photo again.")
    if np.abs(given[:, POSE:]).max() > LARGEST:
        raise ValueRangeError(
            f"The {name} reach {np.abs(given[:, POSE:]).max():.3g} standard deviations; at most {LARGEST:g} are expected."
        )
    out = given.copy()
    for frame in out:
        pose = Pose.of_matrix(frame[:POSE])
        if not pose.scale > 0.0:
            raise ValueRangeError(f"The {name} hold a pose of no size. Fit the photo again.")
        frame[:POSE] = pose.matrix().ravel()
    return out


def normalised(coefficients: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Coefficients (..., 62) as the network has them, relative to a frame `first` (..., 62) that broadcasts with them."""
    size, place = _frame_of(first)
    out = np.array(np.broadcast_to(coefficients, np.broadcast_shapes(coefficients.shape, first.shape)), np.float64)
    pose = out[..., :POSE].reshape(*out.shape[:-1], 3, 4)
    pose[..., 3] = (pose[..., 3] - place) / REACH
    out[..., :POSE] = (pose / size[..., None, None]).reshape(*out.shape[:-1], POSE)
    out[..., POSE:] /= SPREAD
    return out


def restored(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The inverse of `normalised`."""
    size, place = _frame_of(first)
    out = np.array(values, np.float64)
    pose = out[..., :POSE].reshape(*out.shape[:-1], 3, 4) * size[..., None, None]
    pose[..., 3] = REACH * pose[..., 3] + place
    out[..., :POSE] = pose.reshape(*out.shape[:-1], POSE)
    out[..., POSE:] *= SPREAD
    return out


def _frame_of(first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale (...) px per m and translation (..., 3) px of a frame's pose, a true one."""
    pose = np.asarray(first, np.float64)[..., :POSE].reshape(*first.shape[:-1], 3, 4)
    return np.linalg.norm(pose[..., 0, :3], axis=-1), pose[..., 3]


def time_of(t: int, frames: int, towards: bool) -> tuple[float, float]:
    """The time counter t / T of Eq. 7 at frame t of 1 to T, and the share p of the rest of the way that is gone in it; 0 without a target."""
    return (t / frames, 1.0 / (frames - t + 1)) if towards else (0.0, 0.0)


def latents_of(seed: int | None, frames: int) -> np.ndarray:
    """What decides what happens (W, 16) float32 in each WINDOW of `frames` frames; the first ones of a longer sequence are the same."""
    count = -(-frames // WINDOW)
    if seed is None:
        return np.zeros((count, LATENT), np.float32)
    drawn = [np.random.default_rng([seed, window, LATENT]).standard_normal(LATENT) for window in range(count)]
    return np.clip(drawn, -MOST_NOISE, MOST_NOISE).astype(np.float32)


def rollout(seen: np.ndarray, target: np.ndarray | None, frames: int, latents: np.ndarray, backend: Backend) -> np.ndarray:
    """Normalised coefficients (B, frames, 62) after seen (B, F0, 62), on the way to target (B, 62) or free; latents (B, W, 16).

    One frame tells no pace: it is taken to be standing still, or on its way to the target already.
    """
    batch = len(seen)
    seen, latents = seen.astype(np.float32), latents.astype(np.float32)
    aim = np.zeros((batch, COEFFICIENTS), np.float32) if target is None else target.astype(np.float32)
    state = np.zeros((batch, 2 * STATE), np.float32)

    def step(frame: np.ndarray, before: np.ndarray, time: tuple[float, float], latent: np.ndarray, state: np.ndarray) -> list[np.ndarray]:
        shares = np.tile(np.array(time, np.float32), (batch, 1))
        out = backend.run(NAME, {"frame": frame, "before": before, "target": aim, "time": shares, "latent": latent, "state": state})
        return [out["next"], out["state_after"]]

    before = seen[:, 0]
    for k in range(seen.shape[1] - 1):
        _, state = step(seen[:, k], before, (0.0, 0.0), latents[:, 0], state)
        before = seen[:, k]
    made, frame = np.empty((batch, frames, COEFFICIENTS), np.float32), seen[:, -1]
    if target is not None and seen.shape[1] == 1:
        before = frame - (aim - frame) / np.float32(frames)
    for t in range(1, frames + 1):
        after, state = step(frame, before, time_of(t, frames, target is not None), latents[:, (t - 1) // WINDOW], state)
        before, frame = frame, after
        made[:, t - 1] = frame
    if not np.isfinite(made).all():
        raise ModelError(f"{NAME} on {backend.name} returned values that are no finite numbers. Install Mimica's models again.")
    return made


def _run(seen: np.ndarray, target: np.ndarray | None, frames: int, seed: int | None, backend: Backend | None) -> np.ndarray:
    if not 1 <= frames <= MOST_FRAMES:
        raise ValueRangeError(f"{frames} frames were asked for. Give 1 to {MOST_FRAMES}.")
    if seed is not None and not 0 <= seed < SEEDS:
        raise ValueRangeError(f"seed is {seed}; it must be a whole number from 0 to {SEEDS - 1}.")
    seen = seen[-SEEN:]
    first = seen[-1]
    seen[:, SHAPE] = first[SHAPE]
    aim = None if target is None else normalised(target, first)[None]
    made = rollout(normalised(seen, first)[None], aim, frames, latents_of(seed, frames)[None], backend or choose())
    out = restored(made[0], first)
    if target is not None:
        out[-1] = target
    out[:, SHAPE] = first[SHAPE]
    return out.astype(np.float32)
