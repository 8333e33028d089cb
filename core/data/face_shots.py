"""How a face is photographed: camera, light, background, and the faults of the picture. Each drawn from a seed, whoever is before the camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from ..image.raster import Camera, look_at
from .face_faults import Faults, random_faults

CENTRE = np.array([0.0, 0.02, -0.03])  # m; what the camera looks at
SPARKLE = 0.35  # share of a large lamp's light that is drawn as a small lamp's, for shine and shadow
BACKDROP = 128  # px a side of a background, which is stretched over the picture


@dataclass(frozen=True)
class Shot:
    """yaw, pitch, roll rad; extent m of the picture; distance m; shift (2,) m of the head in it; sky (9, 3), harmonics of the light from
    around; lamps (L, 3), unit directions to distant lamps, their lamp_colours (L, 3) lamp_sizes (L,), cosines of
    their highlights' reach, and lamp_softness (L,) 0..1 of the shadows they cast;
    gloss of skin; twist rad of the shoulders against the head; background (h, w, 3) linear, stretched over the picture; faults."""

    yaw: float
    pitch: float
    roll: float
    extent: float
    distance: float
    shift: np.ndarray
    sky: np.ndarray
    lamps: np.ndarray
    lamp_colours: np.ndarray
    lamp_sizes: np.ndarray
    lamp_softness: np.ndarray
    gloss: float
    twist: float
    background: np.ndarray
    faults: Faults
    seed: int


def random_shot(rng: np.random.Generator, turn: float = 0.5) -> Shot:
    """A camera within `turn` rad to either side and half of that up and down, soft and hard light, any background, mostly mild faults."""
    yaw = float(np.clip(rng.normal(0.0, 0.5 * turn), -turn, turn))
    pitch = float(np.clip(rng.normal(0.0, 0.25 * turn), -0.5 * turn, 0.5 * turn))
    light = random_light(rng)
    return Shot(
        yaw=yaw,
        pitch=pitch,
        roll=float(rng.normal(0.0, 0.12)),
        extent=float(rng.uniform(0.26, 0.42)),
        distance=float(rng.uniform(0.4, 1.6)),
        shift=rng.normal(0.0, 0.012, 2),
        **light,
        gloss=float(rng.uniform(0.3, 1.6)),
        twist=float(np.clip(rng.normal(0.6 * yaw, 0.15), -0.6, 0.6)),
        background=random_background(rng),
        faults=random_faults(rng),
        seed=int(rng.integers(2**31)),
    )


def portrait(yaw: float, pitch: float, roll: float = 0.0, *, distance: float = 0.8, rng: np.random.Generator | None = None) -> Shot:
    """A plain studio picture, 0.3 m wide at the face, of a head turned by yaw (to the person's left), pitch (up) and roll (to the person's left
    shoulder), degrees, and `distance` m away: two softboxes before it, background by `rng`, hardly any faults."""
    rng = rng or np.random.default_rng(0)
    side, high = np.radians(rng.uniform([-70.0, -10.0], [70.0, 55.0], (2, 2))).T
    lamps, strengths, colour = _towards(side, high), rng.uniform([0.6, 0.0], [0.9, 0.25]), warmth(rng, 0.06)
    sky = rng.uniform(0.2, 0.35) * colour * np.eye(9)[:, :1] + sum(softbox(lamps[k], 0.85 * strengths[k] * colour) for k in range(2))
    return Shot(
        yaw=float(np.radians(yaw)),
        pitch=float(np.radians(pitch)),
        roll=float(np.radians(-roll)),
        extent=0.30,
        distance=distance,
        shift=np.zeros(2),
        sky=sky,
        lamps=lamps,
        lamp_colours=0.15 * strengths[:, None] * colour,
        lamp_sizes=np.full(2, 0.99),
        lamp_softness=np.ones(2),
        gloss=float(rng.uniform(0.1, 0.6)),
        twist=0.0,
        background=random_background(rng),
        faults=Faults(grain=1.5),
        seed=int(rng.integers(2**31)),
    )


def everyday(shot: Shot, rng: np.random.Generator) -> Shot:
    """The view of a shot under any light, before any background, with a camera's faults."""
    seen = ("yaw", "pitch", "roll", "extent", "distance", "shift", "twist")
    return replace(random_shot(rng), **{name: getattr(shot, name) for name in seen})


def view(yaw: float, pitch: float, roll: float = 0.0) -> np.ndarray:
    """Rotation (3, 3) of the camera of a `portrait`: its right, down and forward in the head's space."""
    return camera_of(portrait(yaw, pitch, roll), 1).rotation


def _towards(side: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Unit directions (N, 3) at angles (N,) rad to the person's left and above the front."""
    return np.stack([np.sin(side) * np.cos(high), -np.cos(side) * np.cos(high), np.sin(high)], axis=1)


def camera_of(shot: Shot, size: int) -> Camera:
    """The camera of a shot, its picture `size` px wide and high."""
    straight = look_at(CENTRE, size=size, extent=shot.extent, distance=shot.distance, yaw=shot.yaw, pitch=shot.pitch)
    cosine, sine = np.cos(shot.roll), np.sin(shot.roll)
    rotation = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) @ straight.rotation
    position = straight.position + shot.shift @ rotation[:2]
    return Camera(rotation, position, straight.focal, size, size)


def warmth(rng: np.random.Generator, spread: float) -> np.ndarray:
    """A colour (3,) between candle light and shade, of mean 1."""
    warm = rng.normal(0.0, spread)
    colour = np.exp(np.array([warm, 0.1 * abs(warm), -warm]) + rng.normal(0.0, 0.1 * spread, 3))
    return colour / colour.mean()


def softbox(towards: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """A sky (9, 3) that lights as a large lamp of some colour (3,) in a unit direction (3,) does: Lambert's clipped cosine c as
    1/4 + c/2 + 5/32 (3 c^2 - 1), its harmonics up to degree 2 (Ramamoorthi and Hanrahan, 2001)."""
    x, y, z = towards
    square = np.array([0, 0, 0, 0, 2 * x * y, 2 * y * z, 2 * x * z, (x * x - y * y) / 2, (2 * z * z - x * x - y * y) / 6])
    square[0] = 1 / 3  # of c^2, in the order of a sky's harmonics
    share = 15 / 32 * square + [1 / 4 - 5 / 32, x / 2, y / 2, z / 2, 0, 0, 0, 0, 0]
    return np.outer(share, colour)


def random_light(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A shot's sky and lamps: light from around, two large lamps or windows, up to two small ones; a face that looks ahead gets about as much
    as a camera wants."""
    small = int(rng.integers(0, 3))
    lamps = rng.normal(size=(small + 2, 3)) * [1.1, 0.7, 0.7] + [0.0, -0.9, 0.6]
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    hard = rng.beta(1.5, 1.5) if small else 0.0  # share of the light from small lamps
    strengths = np.concatenate([rng.uniform(0.2, 1.0, 2), hard * rng.dirichlet(np.ones(small))]) if small else rng.uniform(0.2, 1.0, 2)
    colours = strengths[:, None] * np.array([warmth(rng, 0.15) for _ in lamps])
    sky = rng.uniform(0.2, 1.0) * np.outer(np.eye(9)[0], warmth(rng, 0.12))
    for k in range(2):
        sky += softbox(lamps[k], (1.0 - SPARKLE) * colours[k])
    around = (sky[0] - sky[2] - sky[7] - sky[8]).mean() + SPARKLE * np.clip(-lamps[:2, 1], 0, 1) @ strengths[:2]
    ahead = np.clip(-lamps[2:, 1], 0.25, 1.0)[:, None]
    level, soft = rng.uniform(0.85, 1.5), (1.0 - hard) / max(around, 0.3)
    return {
        "sky": level * soft * sky,
        "lamps": lamps,
        "lamp_colours": level * np.concatenate([soft * SPARKLE * colours[:2], colours[2:] / ahead]),
        "lamp_sizes": 1.0 - np.concatenate([rng.uniform(0.002, 0.01, 2), rng.uniform(0.0005, 0.003, small)]),
        "lamp_softness": np.concatenate([np.ones(2), rng.uniform(0.0, 0.8, small)]),
    }


def random_background(rng: np.random.Generator) -> np.ndarray:
    """(BACKDROP, BACKDROP, 3) linear: a plain wall, a gradient, out-of-focus texture, or furniture-like shapes."""
    kind = rng.integers(4)
    bright = rng.uniform(0.02, 0.9)
    colour = bright * warmth(rng, 0.2) * np.exp(rng.normal(0.0, 0.35 * rng.uniform() ** 2, 3))
    y, x = np.mgrid[:BACKDROP, :BACKDROP] / BACKDROP
    picture = np.ones((BACKDROP, BACKDROP, 1)) * colour
    if kind >= 1:
        towards = rng.normal(size=2)
        picture = picture * np.exp(rng.uniform(0.2, 1.5) * (towards[0] * (x - 0.5) + towards[1] * (y - 0.5)))[..., None]
    if kind == 2:
        for cells in (3, 8, 20):
            patches = rng.normal(size=(cells, cells, 1)) + 0.25 * rng.normal(size=(cells, cells, 3))
            grown = zoom(patches, (BACKDROP / cells, BACKDROP / cells, 1), order=1)[:BACKDROP, :BACKDROP]
            picture = picture * np.exp(rng.uniform(0.0, 0.5) * grown)
    if kind == 3:
        for _ in range(int(rng.integers(4, 26))):
            _furnish(picture, x, y, rng)
    if kind > 1:
        blur = rng.uniform(0.7, 5.0)
        picture = gaussian_filter(picture, (blur, blur, 0))
    return np.clip(picture, 0.0, 1.5)


def _furnish(picture: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    middle, half = rng.uniform(0, 1, 2), rng.uniform(0.03, 0.35, 2)
    turn = rng.choice([0.0, rng.normal(0.0, 0.5)])
    u, v = x - middle[0], y - middle[1]
    u, v = (np.cos(turn) * u + np.sin(turn) * v) / half[0], (np.cos(turn) * v - np.sin(turn) * u) / half[1]
    inside = np.hypot(u, v) < 1 if rng.uniform() < 0.3 else (np.abs(u) < 1) & (np.abs(v) < 1)
    stripes = 1.0 + rng.uniform(-0.4, 0.4) * np.sin(rng.uniform(2, 30) * u) * (rng.uniform() < 0.3)
    picture[inside] = (rng.uniform(0.01, 1.0) * np.exp(rng.normal(0.0, 0.3, 3)) * stripes[..., None])[inside]
