"""The photo itself refines the fit: skin is shaded by its normals, so shading tells the relief that landmarks seen from one side cannot.

Added to what `fit` minimises is sum_v rho((I_v - a sum_j l_j Y_j(n_v))^2 / s^2) over the skin's visible vertices: I_v is the photo's red channel
there, in linear light, since red varies least over skin; Y_j are the nine spherical harmonics up to degree 2, which hold 98 % of any distant
light's diffuse reflection (Basri and Jacobs 2003; Ramamoorthi and Hanrahan 2001), l_j the light, found along. Albedo counts as one for all skin;
what differs from it (brows, lips, shadows, spots) is an outlier, and lips, lids, brows and nostrils are left out from the start.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy import ndimage, sparse
from scipy.spatial import cKDTree

from .camera import derivatives
from .fit import GEMAN, POSE, FittedFace, Work, face_size
from .model import MorphableModel
from .photo import patch_about
from .texture import rasterise

LIGHTS = 9
ROUNDS = 8
GAMMA = 2.2
BLUR = 0.008  # of the face's size: pores and grain are no relief
FACING = 0.25  # cosine to the line of sight, from which a vertex is seen well enough
BEHIND = 0.003  # m behind what is seen at its pixel, at which a vertex is hidden
NOISE = (0.02, 0.15)  # of the mean brightness, within which the noise of shading is estimated
TOGETHER = 12.0  # neighbouring vertices that err together count as one
PATCHES, PATCH, MOTTLED = 40, 0.02, 0.05  # smooth patches of lighter and darker skin: how many, m, and the standard deviation of each
APART = {
    "brows": (17, 27, 0.006),
    "nose": (31, 36, 0.006),
    "eyes": (36, 48, 0.007),
    "lips": (48, 68, 0.005),
}  # first, last landmark; m around
MOST = 4000  # vertices; of finer models every second, every third ...
AROUND = 1.2  # of the face's size: how far from its middle the photo is looked at
DARK, BRIGHT = 8, 248  # of 255: beyond, a pixel says nothing


class Skin:
    """The vertices of a model whose shading is believed, and how their normals follow the coefficients."""

    def __init__(self, model: MorphableModel):
        points = model.landmarks.points(model.mean.astype(float), model.triangles)
        bare = model.face.copy()
        for first, last, reach in APART.values():
            marks = points[first:last]
            between = np.concatenate([marks + share * (np.roll(marks, -1, axis=0) - marks) for share in (0.0, 0.33, 0.67)])
            bare &= cKDTree(between).query(model.mean)[0] > reach
        crowd = np.flatnonzero(bare)
        bare[np.setdiff1d(crowd, crowd[:: len(crowd) // MOST + 1])] = False
        triangles = model.triangles[bare[model.triangles].any(axis=1)]
        self.used, local = np.unique(triangles, return_inverse=True)
        self.triangles = local.reshape(-1, 3)
        self.rows = np.flatnonzero(bare[self.used] & np.isin(np.arange(len(self.used)), self.triangles))
        self.mean = model.mean[self.used].astype(float)
        bases = [basis[:, self.used] for basis in (model.shape, model.expression, model.detail)]
        self.bases = np.moveaxis(np.concatenate(bases), 0, -1).astype(float)
        self.patches = _patches(self.mean[self.rows])
        of, corner = np.arange(len(self.triangles)).repeat(3), self.triangles.ravel()
        self.gather = sparse.csr_matrix((np.ones(len(of)), (corner, of)), shape=(len(self.used), len(self.triangles)))[self.rows]
        a, b, c = (self.bases[self.triangles[:, k]] for k in range(3))
        self.sides = b - a, c - a  # (T, 3, K): how two sides of each triangle follow the coefficients

    def vertices(self, coefficients: np.ndarray) -> np.ndarray:
        return self.mean + self.bases @ coefficients

    def normals(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit normals (S, 3) of the believed vertices, and their derivatives (S, 3, K)."""
        a, b, c = (vertices[self.triangles[:, k]] for k in range(3))
        first, second = b - a, c - a
        area = self.gather @ np.cross(first, second)
        turned = np.cross(first[:, None], np.swapaxes(self.sides[1], 1, 2)) - np.cross(second[:, None], np.swapaxes(self.sides[0], 1, 2))
        change = (self.gather @ turned.reshape(len(turned), -1)).reshape(len(area), -1, 3)
        length = np.linalg.norm(area, axis=1)
        unit = area / length[:, None]
        change = (change - (change @ unit[..., None]) * unit[:, None]) / length[:, None, None]
        return unit, np.swapaxes(change, 1, 2)


def _patches(points: np.ndarray) -> np.ndarray:
    """Smooth bumps (S, PATCHES) around points spread evenly over points (S, 3) m."""
    centres = [int(np.abs(points[:, 0]).argmin())]
    distance = np.full(len(points), np.inf)
    for _ in range(PATCHES):
        distance = np.minimum(distance, np.linalg.norm(points - points[centres[-1]], axis=1))
        centres.append(int(distance.argmax()))
    apart = np.linalg.norm(points[:, None] - points[centres[:-1]], axis=2)
    return np.exp(-((apart / PATCH) ** 2))


@functools.lru_cache(maxsize=2)
def skin_of(model: MorphableModel) -> Skin:
    return Skin(model)


def harmonics(normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nine real spherical harmonics (S, 9) up to degree 2, unscaled, at unit normals (S, 3), and their derivatives (S, 9, 3)."""
    x, y, z = normals.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    values = np.stack([one, x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], axis=1)
    slopes = [(zero, zero, zero), (one, zero, zero), (zero, one, zero), (zero, zero, one), (y, x, zero), (z, zero, x), (zero, z, y),
              (2 * x, -2 * y, zero), (zero, zero, 6 * z)]  # fmt: skip
    return values, np.stack([np.stack(slope, axis=1) for slope in slopes], axis=1)


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
        patch, self.corner, self.step = patch_about(photo[..., :1], middle, AROUND * work.size)
        red = patch[..., 0].astype(float)
        self.valid = (red > DARK) & (red < BRIGHT)
        self.image = ndimage.gaussian_filter((red / 255.0) ** GAMMA, BLUR * work.size / self.step)
        self.slope = np.stack(np.gradient(self.image)[::-1]) / self.step
        self.skin, self.light, self.mottle = skin, np.zeros(LIGHTS), np.zeros(PATCHES)
        self.noise = NOISE[1]

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
        turn = work.pose.rotation
        values, slopes = harmonics(unit @ turn.T)
        place = self._placed(work, points)
        at = place[:, ::-1].T - 0.5
        bright = ndimage.map_coordinates(self.image, at, order=1, mode="nearest")
        level = float(np.median(bright))
        if first:
            self.light = _robust_light(values, bright)
        albedo = 1.0 + skin.patches[seen] @ self.mottle
        shaded = values @ self.light
        error = albedo * shaded - bright
        self.noise = float(np.clip(1.4826 * np.median(np.abs(error)), NOISE[0] * level, NOISE[1] * level))
        far = (error / self.noise) ** 2
        weight = 1.0 / (1.0 + far / GEMAN**2) ** 2 / self.noise**2 / TOGETHER
        bend = albedo[:, None] * np.einsum("sjd,j->sd", slopes, self.light)
        columns = self._columns(work, points, unit @ turn.T, change, bend, at)
        columns = np.concatenate([columns, albedo[:, None] * values, shaded[:, None] * skin.patches[seen]], axis=1)
        weighted = columns.T * weight
        normal, right = weighted @ columns, -weighted @ error
        normal[-PATCHES:, -PATCHES:] += np.eye(PATCHES) / MOTTLED**2
        right[-PATCHES:] -= self.mottle / MOTTLED**2
        return normal, right

    def _columns(
        self, work: Work, points: np.ndarray, local: np.ndarray, change: np.ndarray, bend: np.ndarray, at: np.ndarray
    ) -> np.ndarray:
        """Derivatives (S, 6 + K) of shading less brightness: the normals turn and bend (bend (S, 3): by the normal), and other pixels are looked
        at."""
        pose, surface = derivatives(work.pose, points, work.lens)
        slope = np.stack([ndimage.map_coordinates(s, at, order=1, mode="nearest") for s in self.slope], axis=1)
        bases = self.skin.bases[self.skin.rows][self.kept]
        moved = np.concatenate([pose, surface @ bases], axis=2)
        out = -(slope[:, None] @ moved)[:, 0]
        out[:, :3] += np.cross(local, bend)
        out[:, POSE:] += ((bend @ work.pose.rotation)[:, None] @ change)[:, 0]
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


def _robust_light(values: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """The light (9,) that best explains brightness (S,) at harmonics (S, 9); what it cannot explain is believed less."""
    weight = np.ones(len(bright))
    light = np.zeros(LIGHTS)
    for _ in range(8):
        ridge = 1e-3 * weight.sum() * np.diag(np.r_[0.0, np.ones(LIGHTS - 1)])
        light = np.linalg.solve((values.T * weight) @ values + ridge, (values.T * weight) @ bright)
        off = np.abs(values @ light - bright)
        weight = 1.0 / (1.0 + (off / (2.0 * np.median(off) + 1e-9)) ** 2) ** 2
    return light
