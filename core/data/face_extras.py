"""What a head wears: hair in shells and as a curtain, lashes, glasses, neck, shoulders and clothes. Meshes that follow the template's vertices."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from ..head.template import Template
from .face_appearance import Appearance
from .face_atlas import chart_of, hair_height, in_ear
from .render_kernels import CLOTH, FRAME, HAIR, LASH, SKIN

CROWN = np.array([0.0, 0.105, 0.092])  # m; from where hair flows
SHELLS = {"none": 0, "cropped": 1, "short": 3, "fringe": 3, "long": 3}
LENS_PLANE, BRIDGE = -0.034, 0.008  # m; before the eyes; half of the gap between lenses
PLAIN_SKIN = np.array([0.058, 0.09, -0.11])  # m; a place of the neck where nothing grows
NECK = np.array([0.0, 0.08, -0.12])  # m; the shoulders turn about it


@dataclass(frozen=True)
class Piece:
    """A mesh beside the head: triangles (T, 3) of its own vertices, corner_uv (T, 3, 2), material, density (V,) (1 is solid).

    Its vertices are base (V, 3) carried by the skull's motion, or where `bound` (V,) is a template vertex, that vertex moved along its normal
    by `rise` (V,) m; by their share `still` (V,) 0..1 they stay where the body is, whatever the head does.
    """

    triangles: np.ndarray
    corner_uv: np.ndarray
    material: int
    density: np.ndarray
    base: np.ndarray
    bound: np.ndarray
    rise: np.ndarray
    still: np.ndarray


def pieces(template: Template, look: Appearance, neutral: np.ndarray, carried: np.ndarray) -> list[Piece]:
    """Everything that `look` wears on a head with neutral (V, 3) m, whose skull is the template's carried by an affine map (4, 3)."""
    rng = np.random.default_rng([look.seed, 0xBEEF])
    made = [*_body(template, look, neutral), *(_lashes(template, look))]
    made += _shells(template, look, rng)
    if look.hair_style == "long":
        opening = rng.uniform(0.9, 1.3)  # rad from the front
        made += [_placed(_curtain(look, rng, opening + 0.15 * layer, 0.004 * layer), carried) for layer in range(2)]
    if look.glasses != "none":
        made.append(_placed(_frames(look), carried))
    return made


def _grid(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Triangles (T, 3) of a grid of rows x columns vertices, its columns joined in a ring where `closed`."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    return np.concatenate([np.stack([a, b, a + columns], axis=-1), np.stack([b, b + columns, a + columns], axis=-1)]).reshape(-1, 3)


def _placed(piece: Piece, carried: np.ndarray) -> Piece:
    return replace(piece, base=piece.base @ carried[:3] + carried[3])


def _free(points: np.ndarray) -> dict[str, np.ndarray]:
    """Fields of a piece whose vertices (V, 3) move with the skull."""
    count = len(points)
    return {"base": points, "bound": np.full(count, -1), "rise": np.zeros(count), "still": np.zeros(count)}


def _shells(template: Template, look: Appearance, rng: np.random.Generator) -> list[Piece]:
    """Layers over the scalp, each less dense than the one below it."""
    place = template.vertices.astype(np.float64)
    over = hair_height(place) - _hairline(place, look, rng) + 0.006 * _uneven(place, rng, 90.0)
    scalp = template.is_part("skin") & ~in_ear(place) & (over > -0.03)
    rows = template.triangles[scalp[template.triangles].all(axis=1)]
    used = np.unique(rows)
    triangles = np.searchsorted(used, rows)
    uv = _flow(place[used], look) + 0.16 * _uneven(place[used], rng, 60.0)[:, None] * [1.0, 0.0]
    corner_uv = uv[triangles]
    corner_uv[..., 0] = np.where(np.ptp(corner_uv[..., 0], axis=1)[:, None] > 8, corner_uv[..., 0] % 16, corner_uv[..., 0])
    layers, made = SHELLS[look.hair_style], []
    lift = rng.uniform(0.7, 1.3)
    for layer in reversed(range(layers)):  # the outermost first hides the others
        share = (layer + 1) / layers
        volume = look.hair_volume if look.hair_style != "cropped" else 0.002
        rise = 0.0012 + share * volume * np.clip((over[used] + 0.004) / 0.035, 0, 1) ** 0.7 * (
            1 + 0.4 * lift * np.clip(place[used, 2] / 0.1, 0, 1)
        )
        edge = (over[used] + 0.01 * share - 0.004) / (0.008 + 0.012 * share) + 0.5
        density = np.clip(edge, 0.0, [1.0, 0.97, 0.9][layer] if layers > 1 else 0.9)
        count = len(used)
        made.append(Piece(triangles, corner_uv + 0.37 * layer, HAIR, density, np.zeros((count, 3)), used, rise, np.zeros(count)))
    return made


def _uneven(place: np.ndarray, rng: np.random.Generator, most: float) -> np.ndarray:
    """A smooth random function (N,) of places (N, 3), about -1 to 1, with waves of up to `most` rad per m."""
    waves = rng.normal(size=(6, 3)) * rng.uniform(0.3 * most, most, (6, 1))
    return np.sin(place @ waves.T + rng.uniform(0, 2 * np.pi, 6)).mean(axis=1) * 1.6


def _hairline(place: np.ndarray, look: Appearance, rng: np.random.Generator) -> np.ndarray:
    """Where the hair's edge lies (N,): on the forehead it is cut, receding, or falls towards the brows."""
    across = place[:, 0] / 0.07
    front = np.clip((0.03 - place[:, 1]) / 0.03, 0, 1)
    line = np.full(len(place), look.hair_line)
    if look.hair_style == "fringe":
        low = rng.uniform(0.018, 0.045)
        cut = (
            low
            + rng.uniform(-0.012, 0.03) * np.abs(across - 0.6 * look.hair_part)
            + rng.uniform(0.0, 0.004) * np.sin(9 * across + 6 * look.hair_part)
        )
        line = line + front * (np.minimum(cut, look.hair_line) - line)
    else:
        line += front * rng.uniform(-0.006, 0.012) * np.cos(np.pi * across * rng.uniform(0.7, 1.4))
    return line


def _flow(place: np.ndarray, look: Appearance) -> np.ndarray:
    """Strand coordinates (N, 2): across the strands, in periods of their pattern, and along them from the crown."""
    away = place - CROWN - [0.02 * look.hair_part, 0.0, 0.0]
    around = np.arctan2(away[:, 0], -away[:, 1]) / (2 * np.pi)
    return np.stack([16.0 * around, np.linalg.norm(away, axis=1) / 0.12], axis=1)


def _curtain(look: Appearance, rng: np.random.Generator, opening: float, inside: float) -> Piece:
    """Long hair that falls from the temples and the back of the head."""
    columns, rows = 56, 12
    turn = np.linspace(opening, 2 * np.pi - opening, columns)
    down = np.linspace(0.0, 1.0, rows)[:, None]
    length = rng.uniform(0.12, 0.3)
    flare = 0.9 + 0.12 * np.clip(down / 0.25, 0, 1) + rng.uniform(-0.15, 0.25) * np.maximum(down - 0.2, 0)
    wave = 1.0 + 0.03 * np.sin(9 * turn + 6 * down + 6 * look.hair_part)
    half = np.array([0.084 + 0.6 * look.hair_volume, 0.094 + look.hair_volume]) - inside
    x, y = (half[k] * flare * wave * trig(turn) for k, trig in ((0, np.sin), (1, lambda t: -np.cos(t))))
    points = np.stack([x, 0.075 + y, 0.045 - length * down + 0 * x], axis=-1).reshape(-1, 3)
    across = 16.0 * turn / (2 * np.pi) + 0.1 * np.sin(5 * down + rng.uniform(0, 6)) + 99.0 * inside
    uv = np.stack(np.broadcast_arrays(across, 1.5 * down + 0.3), axis=-1).reshape(-1, 2)
    triangles = _grid(rows, columns, closed=False)
    edge = np.minimum(turn - opening, turn[::-1] - opening)
    density = np.clip(0.5 + edge / 0.15, 0, 1) * np.clip((1.05 - down) / 0.25, 0.0, 1.0)
    free = _free(points)
    free["still"] = np.broadcast_to(np.clip(1.2 * down - 0.3, 0, 0.7), (rows, columns)).reshape(-1)
    return Piece(triangles, uv[triangles], HAIR, np.clip(density, 0, 0.97).reshape(-1), **free)


def _lashes(template: Template, look: Appearance) -> list[Piece]:
    """Strips of hairs along the four lid rims; base: how far each vertex is from the rim to the side, off the eyeball, and along its meridian."""
    made = []
    for name, rim in template.lid_rims.items():
        upper, side = name.endswith("upper"), -1.0 if name.startswith("right") else 1.0
        at = np.linspace(0.0, 1.0, len(rim))
        length = look.lashes * (1.0 if upper else 0.5) * np.sin(0.3 + 2.4 * at)
        tip = np.stack([side * (1.1 * at - 0.4), np.ones_like(at), np.full_like(at, 0.6 if upper else -0.5)], axis=1)
        tip *= (length / np.linalg.norm(tip, axis=1))[:, None]
        triangles = _grid(2, len(rim), closed=False)
        uv = np.concatenate([np.stack([1.4 * at, 0 * at], axis=1), np.stack([1.4 * at, 0 * at + 0.05], axis=1)])
        density = np.repeat([0.8, 0.25] if upper else [0.45, 0.1], len(rim))
        nothing = np.zeros(2 * len(rim))
        made.append(
            Piece(triangles, uv[triangles], LASH, density, np.concatenate([np.zeros_like(tip), tip]), np.tile(rim, 2), nothing, nothing)
        )
    return made


def _frames(look: Appearance) -> Piece:
    """Glasses: two rims, bridge and temples, as bands."""
    width, height, _ = look.glasses_size
    thick = 0.0011 if look.glasses == "thin" else 0.0028
    shape = _rim_shape(look)
    points: list[np.ndarray] = []
    triangles: list[np.ndarray] = []

    def band(inner: np.ndarray, outer: np.ndarray, closed: bool) -> None:
        start = sum(len(each) for each in points)
        triangles.append(_grid(2, len(inner), closed) + start)
        points.append(np.concatenate([inner, outer]))

    for side in (-1, 1):
        middle = np.array([side * (width + BRIDGE), LENS_PLANE, -0.002])
        ring = [np.stack([shape[:, 0] * w, 0.12 * (shape[:, 0] * w * side).clip(0) , shape[:, 1] * h], axis=1) + middle
                for w, h in ((width - thick, height - thick), (width, height))]  # fmt: skip
        band(ring[0], ring[1], True)
        band(ring[1], ring[1] + [0, 2 * thick, 0], True)
        hinge = middle + [side * width, 0.12 * width, 0.5 * height]
        ear = np.array([side * 0.078, 0.085, 0.002])
        temple = np.linspace(hinge, ear, 8)
        band(temple - [0, 0, thick], temple + [0, 0, thick], False)
    arch = np.linspace(-0.0095, 0.0095, 7)
    bridge = np.stack([arch, np.full(7, LENS_PLANE), 0.25 * height + 0.002 * np.cos(arch / 0.0095 * 1.5)], axis=1)
    band(bridge - [0, 0, thick], bridge + [0, 0, thick], False)
    whole, faces = np.concatenate(points), np.concatenate(triangles)
    return Piece(faces, np.zeros((*faces.shape, 2)), FRAME, np.ones(len(whole)), **_free(whole))


def lenses(look: Appearance) -> tuple[np.ndarray, np.ndarray]:
    """Both lenses: vertices (80, 3) m on the template, triangles (76, 3)."""
    width, height, _ = look.glasses_size
    shape = _rim_shape(look) * [width, height]
    points = [np.stack([shape[:, 0] + s * (width + BRIDGE), np.full(40, LENS_PLANE + 0.001), shape[:, 1] - 0.002], axis=1) for s in (-1, 1)]
    fan = np.stack([np.zeros(38, int), np.arange(1, 39), np.arange(2, 40)], axis=1)
    return np.concatenate(points), np.concatenate([fan, fan + 40])


def _rim_shape(look: Appearance) -> np.ndarray:
    """A superellipse (40, 2) of half width and height 1."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    both = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.sign(both) * np.abs(both) ** (2 / look.glasses_size[2])


@functools.lru_cache(maxsize=1)
def neck_loop(template: Template) -> np.ndarray:
    """Vertex ids of the skin's lower edge, one after the other around the neck, the head on the left."""
    directed = np.concatenate([template.triangles[:, [0, 1]], template.triangles[:, [1, 2]], template.triangles[:, [2, 0]]])
    _, first, times = np.unique(np.sort(directed, axis=1), axis=0, return_index=True, return_counts=True)
    rim = directed[first[times == 1]]
    following = dict(rim[template.is_part("skin")[rim].all(axis=1)].tolist())
    loop = [next(iter(following))]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    return np.array(loop)


def _body(template: Template, look: Appearance, neutral: np.ndarray) -> list[Piece]:
    """Neck and shoulders in skin, and a garment over them that begins at the collar."""
    loop = neck_loop(template)
    edge = np.asarray(neutral[loop], np.float64)
    turn = np.arctan2(edge[:, 0], -(edge[:, 1] - edge[:, 1].mean()))
    share = np.array([0.0, 0.06, 0.15, 0.27, 0.4, 0.55, 0.7, 0.85, 1.0])[:, None]
    middle, spread = edge[:, :2].mean(axis=0), share**1.5
    near = np.abs(edge - edge.mean(axis=0)).max(axis=0)
    wide, deep = near[0] + 0.004 + (0.225 - near[0]) * spread, near[1] + 0.06 * spread
    x, y = middle[0] + wide * np.sin(turn), middle[1] + 0.01 * share - deep * np.cos(turn)
    z = edge[:, 2].mean() - 0.03 * share - 0.10 * share**2 * (0.4 + np.abs(np.sin(turn))) - 0.25 * np.maximum(share - 0.7, 0)
    join = np.clip(1.0 - share / 0.3, 0, 1)
    x, y = (flat + join * (edge[:, k] - flat[0]) for k, flat in enumerate((x, y)))
    body = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    body[0] = edge
    rows, columns = body.shape[:2]
    points, triangles = body.reshape(-1, 3), _grid(rows, columns, closed=True)[:, ::-1]
    bound = np.concatenate([loop, np.full(len(points) - columns, -1)])
    still = np.broadcast_to(np.clip(share / 0.4, 0, 1), (rows, columns)).reshape(-1)
    none = np.zeros(len(points))
    base = points.copy()
    base[:columns] = 0.0
    skin = Piece(triangles, (chart_of(PLAIN_SKIN) + 250.0 * points[:, [0, 2]])[triangles], SKIN, none + 1, base, bound, none, still)
    front = np.clip(np.cos(turn), 0, 1) ** 6
    begin = np.clip(0.04 - look.collar * 6 + 0.25 * front * (look.seed % 3 == 0), 0.0, 0.6)
    down = begin + (1.0 - begin) * np.linspace(0, 1, 9)[:, None]
    at = np.stack(
        [np.stack([np.interp(down[:, k], share[:, 0], body[:, k, d]) for k in range(columns)], axis=1) for d in range(3)], axis=-1
    )
    cover = (
        at
        + 0.006 * np.stack([np.sin(turn), -np.cos(turn), 0.6 + 0 * turn], axis=1)
        + [0, 0, 1.0] * np.array([max(look.collar, 0.0), *[0] * 8])[:, None, None]
    )
    rows = len(cover)
    triangles = _grid(rows, columns, closed=True)
    uv = np.stack(np.broadcast_arrays(turn * 3.0, 4.0 * down), axis=-1).reshape(-1, 2)
    free = _free(cover.reshape(-1, 3))
    free["still"] = np.broadcast_to(np.clip(down / 0.3, 0.3, 1), (rows, columns)).reshape(-1)
    return [skin, Piece(triangles, uv[triangles], CLOTH, np.ones(rows * columns), **free)]
