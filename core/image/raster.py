"""A z-buffer rasteriser in numpy: which triangle every pixel sees, where on it, and how far; and smooth shading on top.

Pixel (row i, column j) is sampled at its centre (j + 0.5, i + 0.5); pixel coordinates are x right, y down from the image's top left edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR = 1e-6  # triangles reaching behind the camera plane are left out


@dataclass(frozen=True)
class Camera:
    """rotation (3, 3): rows are the camera's right, down and forward in the world; position (3,) of the eye in world units.

    focal: pixels (perspective) or pixels per world unit (orthographic). The optical axis meets the image's centre.
    """

    rotation: np.ndarray
    position: np.ndarray
    focal: float
    width: int
    height: int
    perspective: bool = True

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixel coordinates (..., 2) and depth (...,) along the optical axis of points (..., 3)."""
        local = (points - self.position) @ self.rotation.T
        depth = local[..., 2]
        scale = self.focal / np.where(np.abs(depth) < NEAR, NEAR, depth) if self.perspective else np.full_like(depth, self.focal)
        return local[..., :2] * scale[..., None] + [self.width / 2, self.height / 2], depth

    def rays(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Origins and unit directions (..., 3) in the world of the rays through pixel coordinates (..., 2)."""
        offset = (pixels - [self.width / 2, self.height / 2]) / self.focal
        if self.perspective:
            local = np.concatenate([offset, np.ones((*offset.shape[:-1], 1))], axis=-1)
            direction = local @ self.rotation
            direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
            return np.broadcast_to(self.position, direction.shape), direction
        origin = self.position + offset @ self.rotation[:2]
        return origin, np.broadcast_to(self.rotation[2], origin.shape)


def look_at(target: np.ndarray, *, size: int, extent: float, distance: float, yaw: float = 0.0, pitch: float = 0.0,
            perspective: bool = True) -> Camera:  # fmt: skip
    """A camera in front (-Y, Z up) of `target` (3,), turned by yaw (about +Z, from the subject's right) and pitch (from below), rad.

    `extent` world units at the target fill the image's size x size pixels; the eye is `distance` away.
    """
    cos_y, sin_y, cos_p, sin_p = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    forward = np.array([sin_y * cos_p, cos_y * cos_p, sin_p])
    right = np.array([cos_y, -sin_y, 0.0])
    rotation = np.stack([right, np.cross(forward, right), forward])
    focal = size / extent * (distance if perspective else 1.0)
    return Camera(rotation, np.asarray(target, float) - distance * forward, focal, size, size, perspective)


@dataclass(frozen=True)
class Raster:
    """Per pixel: triangle (H, W) int32, -1 for background; barycentric (H, W, 3) float32; depth (H, W) float32, inf for background."""

    triangle: np.ndarray
    barycentric: np.ndarray
    depth: np.ndarray

    def interpolate(self, values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Vertex values (V, C) at every pixel (H, W, C); zero on the background."""
        out = np.zeros((*self.triangle.shape, values.shape[1]))
        hit = self.triangle >= 0
        out[hit] = np.einsum("nk,nkc->nc", self.barycentric[hit], values[triangles[self.triangle[hit]]])
        return out


def rasterise(vertices: np.ndarray, triangles: np.ndarray, camera: Camera) -> Raster:
    """The nearest triangle at every pixel centre for vertices (V, 3) and triangles (T, 3); both sides of a triangle are seen."""
    pixels, depth = camera.project(np.asarray(vertices, float))
    corners, corner_depth = pixels[triangles], depth[triangles]
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    least, most = (pick(pick(corners[:, 0], corners[:, 1]), corners[:, 2]) for pick in (np.minimum, np.maximum))
    low = np.clip(np.ceil(least - 0.5), 0, [camera.width, camera.height]).astype(np.int64)
    high = np.clip(np.floor(most - 0.5) + 1, 0, [camera.width, camera.height]).astype(np.int64)
    span = high - low
    drawn = (span[:, 0] > 0) & (span[:, 1] > 0) & (np.abs(area) > 1e-12)
    if camera.perspective:
        drawn &= (depth > NEAR)[triangles].all(axis=1)
    else:
        corner_depth = corner_depth - depth.min()  # keys below need depth >= 0
    keys = np.full(camera.width * camera.height, np.iinfo(np.uint64).max, np.uint64)
    for ids, offsets in _buckets(np.flatnonzero(drawn), span):
        _draw(keys, ids, offsets, corners, corner_depth, area, low, high, camera)
    return _resolve(keys, corners, corner_depth, area, camera, 0.0 if camera.perspective else float(depth.min()))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _buckets(ids: np.ndarray, span: np.ndarray, most: int = 1 << 20):
    """Triangles of like bounding box, with the pixel offsets (P, 2) that cover it; at most about `most` samples at a time."""
    shape = 1 << np.ceil(np.log2(span[ids])).astype(np.int64)
    code = shape[:, 0] * (1 << 32) + shape[:, 1]
    for value in np.unique(code):
        width, height = int(value >> 32), int(value & 0xFFFFFFFF)
        offsets = np.stack(np.meshgrid(np.arange(width), np.arange(height), indexing="xy"), axis=-1).reshape(-1, 2)
        members = ids[code == value]
        chunk = max(1, most // len(offsets))
        for start in range(0, len(members), chunk):
            yield members[start : start + chunk], offsets


def _weights(point: np.ndarray, corners: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Screen barycentric weights (..., 3) of points (..., 2) in corners (..., 3, 2) of signed double area (...)."""
    first = _cross(corners[..., 1, :] - point, corners[..., 2, :] - point) / area
    second = _cross(corners[..., 2, :] - point, corners[..., 0, :] - point) / area
    return np.stack([first, second, 1.0 - first - second], axis=-1)


def _depth(weights: np.ndarray, corner_depth: np.ndarray, perspective: bool) -> np.ndarray:
    if perspective:  # 1 / z, not z, is linear on the screen
        return 1.0 / (weights / corner_depth).sum(axis=-1)
    return (weights * corner_depth).sum(axis=-1)


def _draw(keys, ids, offsets, corners, corner_depth, area, low, high, camera) -> None:
    """Lower each covered pixel's key: the depth's float32 bits (ordered like the depth), then the triangle's index."""
    at = corners[ids] - low[ids, None] - 0.5  # corners as seen from the first pixel's centre
    x, y = offsets[:, 0][None], offsets[:, 1][None]
    first, second = (_plane(at[:, k], at[:, (k + 1) % 3], area[ids], x, y) for k in (1, 2))
    third = 1.0 - first - second
    last = high[ids] - low[ids]
    inside = (first >= 0) & (second >= 0) & (third >= 0) & (x < last[:, :1]) & (y < last[:, 1:])
    which, sample = np.nonzero(inside)
    weights = np.stack([first[inside], second[inside], third[inside]], axis=1)
    ids, pixel = ids[which], low[ids[which]] + offsets[sample]
    depth = np.maximum(_depth(weights, corner_depth[ids], camera.perspective), 0.0).astype(np.float32)
    key = (depth.view(np.uint32).astype(np.uint64) << np.uint64(32)) | ids.astype(np.uint64)
    np.minimum.at(keys, pixel[:, 1] * camera.width + pixel[:, 0], key)


def _plane(b: np.ndarray, c: np.ndarray, area: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Screen barycentric weight (N, P) of the corner opposite to the edges b -> c (N, 2), at offsets x and y (1, P)."""
    slope = (c - b) / area[:, None]
    return (_cross(b, c) / area)[:, None] + (slope[:, :1] * y - slope[:, 1:] * x)


def _resolve(keys, corners, corner_depth, area, camera, base: float) -> Raster:
    hit = np.flatnonzero(keys != np.iinfo(np.uint64).max)
    ids = (keys[hit] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    centre = np.stack([hit % camera.width, hit // camera.width], axis=1) + 0.5
    weights = _weights(centre, corners[ids], area[ids])
    depth = _depth(weights, corner_depth[ids], camera.perspective)
    if camera.perspective:
        weights = weights / corner_depth[ids] * depth[:, None]
    shape = (camera.height, camera.width)
    triangle = np.full(shape[0] * shape[1], -1, np.int32)
    barycentric = np.zeros((len(triangle), 3), np.float32)
    far = np.full(len(triangle), np.inf, np.float32)
    triangle[hit], barycentric[hit], far[hit] = ids, weights, depth + base
    return Raster(triangle.reshape(shape), barycentric.reshape(*shape, 3), far.reshape(shape))


def shade(
    raster: Raster,
    triangles: np.ndarray,
    normals: np.ndarray,
    camera: Camera,
    *,
    colours: np.ndarray | None = None,
    light: np.ndarray | None = None,
    ambient: float = 0.25,
    background: float = 0.15,
) -> np.ndarray:
    """An image (H, W, 3) uint8: Lambert shading of smooth vertex normals (V, 3) under one distant light.

    colours (V, 3) in 0..1, by default light grey; light (3,) towards the light in the camera's axes (right, down, forward), by default
    from the camera itself. A surface is lit on the side that is seen, whichever way its triangles are wound.
    """
    towards = np.array([0.0, 0.0, -1.0]) if light is None else np.asarray(light, float) / np.linalg.norm(light)
    local = raster.interpolate(normals @ camera.rotation.T, triangles)
    local *= np.where(local[..., 2:] > 0, -1.0, 1.0) / np.maximum(np.linalg.norm(local, axis=-1, keepdims=True), 1e-9)
    strength = ambient + (1.0 - ambient) * np.clip(local @ towards, 0.0, 1.0)
    albedo = np.full(3, 0.85) if colours is None else raster.interpolate(np.asarray(colours, float), triangles)
    image = np.where(raster.triangle[..., None] >= 0, albedo * strength[..., None], background)
    return (np.clip(image, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
