"""The photo itself refines the fit: skin is shaded by its normals, so shading tells the relief that landmarks seen from one side cannot.

Added to what `fit` minimises is sum_v c_v rho((I_v - a_v sum_j l_j Y_j(v))^2 / s^2) over the skin's visible vertices: I_v is the photo's red channel
there, in linear light, since red varies least over skin; Y_j are the nine spherical harmonics of the normal up to degree 2, which hold 98 % of any
distant light's diffuse reflection (Basri and Jacobs 2003; Ramamoorthi and Hanrahan 2001), times the share of the sky that a vertex of the mean face
sees (what folds do: occlusion); l_j the light, found along; a_v albedo, smooth patches about one. What is no skin (beards, fringes, glasses) is
left out by its colour, c_v; what light does not explain (shadows, shine, spots) is an outlier under rho, Geman and McClure's. The less of a photo is
explained, the less it counts beside landmarks and model.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .camera import derivatives
from .fit import GEMAN, POSE, FittedFace, Work, face_size
from .lighting import LIGHTS, alike, explained, harmonics, median
from .model import MorphableModel
from .photo import patch_about
from .skin import PATCHES, Skin, skin_of
from .texture import rasterise

ROUNDS = 8
GAMMA = 2.2
BLUR, COLOUR_BLUR = 0.008, 0.012  # of the face's size: pores and grain are no relief
FACING = 0.25  # cosine to the line of sight, from which a vertex is seen well enough
BEHIND = 0.003  # m behind what is seen at its pixel, at which a vertex is hidden
NOISE = (0.02, 0.15)  # of the mean brightness, within which the noise of shading is estimated
UNLIKE = 2.5  # standard deviations at which what shading does not explain loses its say
TOGETHER = 3.0  # neighbouring vertices that err together count as one
DOUBTFUL = 0.05  # noise, of the mean brightness, at which they count half: what is left then are mistakes that many vertices share
COLOUR, LEAST_COLOUR = (
    3.0,
    0.05,
)  # standard deviations at which a colour is not the skin's, and the least of those, of the ratio's logarithm
MOTTLED = 0.1  # standard deviation of a patch's lightness
AROUND = 1.2  # of the face's size: how far from its middle the photo is looked at
DARK, BRIGHT = 8, 248  # of 255: beyond, a pixel says nothing


def refine(photo: np.ndarray, fit: FittedFace, pixels: np.ndarray, model: MorphableModel, *, rounds: int = ROUNDS) -> FittedFace:
    """The fit with its shape refined by the shading in photo (H, W, 3) uint8; pixels (68, 2): the landmarks it was fitted to.

    Where too little skin is seen or all of it is too dark or too bright, the fit comes back as it was.
    """
    work = Work(
        model,
        np.nan_to_num(pixels),
        np.where(np.isfinite(pixels).all(axis=1), 1.0, 0.0),
        face_size(pixels),
        fit.lens,
        True,
        None,
        fine=True,
    )
    work.pose = fit.pose
    work.coefficients[:] = np.concatenate([fit.shape, fit.expression, fit.detail])
    shading = _Shading(photo, work, skin_of(model))
    for k in range(rounds):
        normal, right, error = work.equations(GEMAN, True)
        found = shading.equations(work, first=k == 0)
        if found is None:
            return fit
        size = len(normal)
        whole, whole_right = found
        matrix, vector = whole, whole_right
        matrix[:size, :size] += normal
        vector[:size] += right
        step = np.linalg.solve(matrix, vector)
        work.move(step[:size])
        shading.light += step[size : size + LIGHTS]
        shading.mottle += step[size + LIGHTS :]
        work.estimate_noise(error, size)
    return work.result()


class _Shading:
    """The photometric term of one photo, of which the part about the face is kept, coarser where that will do."""

    def __init__(self, photo: np.ndarray, work: Work, skin: Skin):
        middle = work.project(skin.vertices(work.coefficients)).mean(axis=0)
        patch, self.corner, self.step = patch_about(photo, middle, AROUND * work.size)
        self.valid = (patch[..., 0] > DARK) & (patch[..., 0] < BRIGHT)
        linear, pixel = (patch / 255.0) ** GAMMA, work.size / self.step
        self.image = ndimage.gaussian_filter(linear[..., 0], BLUR * pixel)
        self.colours = [ndimage.gaussian_filter(linear[..., k], COLOUR_BLUR * pixel) for k in range(3)]
        self.slope = np.stack(np.gradient(self.image)[::-1]) / self.step
        self.skin, self.light, self.mottle = skin, np.zeros(LIGHTS), np.zeros(PATCHES)
        self.trust = np.ones(len(skin.rows))

    def equations(self, work: Work, first: bool) -> tuple[np.ndarray, np.ndarray] | None:
        """Normal matrix and right-hand side of a step for pose, coefficients, light and patches; None where too little is seen."""
        skin = self.skin
        vertices = skin.vertices(work.coefficients)
        unit, change = skin.normals(vertices)
        points = vertices[skin.rows]
        seen = self._seen(work, vertices, points, unit)
        if seen.sum() < 8 * LIGHTS:
            return None
        unit, change, points = unit[seen], change[seen], points[seen]
        at = self._placed(work, points)[:, ::-1].T - 0.5
        bright = _sampled(self.image, at)
        values, slopes = harmonics(unit)
        values, slopes = values * skin.open[seen, None], slopes * skin.open[seen, None, None]
        if first:
            colours = np.stack([_sampled(channel, at) for channel in self.colours], axis=1)
            self.trust[seen] = alike(colours, values[:, :4], COLOUR, LEAST_COLOUR)
            self.light = explained(values, bright, self.trust[seen])
        patches = skin.patches[seen]
        albedo, shaded = 1.0 + patches @ self.mottle, values @ self.light
        error = albedo * shaded - bright
        weight = weights(error, self.trust[seen], float(np.median(bright)))
        bend = albedo[:, None] * np.einsum("sjd,j->sd", slopes, self.light)
        columns = self._columns(work, points, change, bend, at)
        columns = np.concatenate([columns, albedo[:, None] * values, shaded[:, None] * patches], axis=1)
        weighted = columns.T * weight
        normal, right = weighted @ columns, -weighted @ error
        normal[-PATCHES:, -PATCHES:] += np.eye(PATCHES) / MOTTLED**2
        right[-PATCHES:] -= self.mottle / MOTTLED**2
        return normal, right

    def _columns(self, work: Work, points: np.ndarray, change: np.ndarray, bend: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Derivatives (S, 6 + K) of shading less brightness: the normals bend (bend (S, 3): by the normal), and other pixels are looked at. Light
        keeps to the head, so that a turn shows in pixels alone."""
        pose, surface = derivatives(work.pose, points, work.lens)
        slope = np.stack([_sampled(s, at) for s in self.slope], axis=1)
        moved = np.concatenate([pose, surface @ self.skin.bases[self.skin.rows][self.kept]], axis=2)
        out = -(slope[:, None] @ moved)[:, 0]
        out[:, POSE:] += (bend[:, None] @ change)[:, 0]
        return out

    def _placed(self, work: Work, points: np.ndarray) -> np.ndarray:
        """Where points (S, 3) lie in the part of the photo that is kept (S, 2), its px."""
        return (work.project(points) - self.corner) / self.step

    def _seen(self, work: Work, vertices: np.ndarray, points: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Which of the believed vertices (S,) face the camera, are not hidden and lie on pixels that are neither black nor white."""
        place, depth = self._placed(work, vertices), vertices @ work.pose.rotation[2]
        height, width = self.image.shape
        corners = tuple(self.skin.triangles[:, k] for k in range(3))
        pixel, triangle, weights = rasterise(place, depth, corners, (height, width))
        front = np.full(height * width, np.inf)
        front[pixel] = sum(w * depth[corner[triangle]] for w, corner in zip(weights, corners, strict=True))
        own = place[self.skin.rows]
        inside = ((own >= 0) & (own < [width, height])).all(axis=1)
        column, row = np.clip(own.astype(int), 0, [width - 1, height - 1]).T
        hidden = points @ work.pose.rotation[2] > front[row * width + column] + BEHIND
        self.kept = inside & ~hidden & (unit @ work.pose.rotation[2] < -FACING) & self.valid[row, column]
        return self.kept


def _sampled(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """image (H, W) at rows and columns (2, S), between pixels too."""
    return ndimage.map_coordinates(image, at, order=1, mode="nearest")


def weights(error: np.ndarray, trust: np.ndarray, level: float) -> np.ndarray:
    """What every vertex's error (S,) of brightness counts, by its size, trust (S,) and how well the whole is explained; level: usual brightness."""
    noise = float(np.clip(1.4826 * median(np.abs(error), trust), NOISE[0] * level, NOISE[1] * level))
    believed = trust / (1.0 + (error / (UNLIKE * noise)) ** 2) ** 2
    return believed / (noise**2 * TOGETHER * (1.0 + (noise / (DOUBTFUL * level)) ** 2))
