import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.raster import look_at, rasterise, shade


def ball(seed: int = 0) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=3)
    mesh.vertices += np.random.default_rng(seed).normal(scale=0.05, size=mesh.vertices.shape)
    return mesh


def cast(triangles: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """First hits (N, 3) of rays on triangles (T, 3, 3) by Moeller and Trumbore (1997), all against all; NaN for none."""
    a, ab, ac = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(directions[:, None], ac[None])
    det = (ab * p).sum(-1)
    s = origins[:, None] - a
    u = (s * p).sum(-1) / det
    q = np.cross(s, ab[None])
    w = (directions[:, None] * q).sum(-1) / det
    along = np.where((u >= 0) & (w >= 0) & (u + w <= 1), (ac * q).sum(-1) / det, np.inf).min(axis=1)
    return np.where(np.isfinite(along)[:, None], origins + np.where(np.isfinite(along), along, 0.0)[:, None] * directions, np.nan)


@pytest.mark.parametrize("perspective", [True, False])
def test_agrees_with_ray_casting(perspective):
    mesh, size = ball(), 40
    camera = look_at(np.array([0.1, 0.0, -0.2]), size=size, extent=2.2, distance=4.0, yaw=0.4, pitch=-0.3, perspective=perspective)
    raster = rasterise(mesh.vertices, mesh.faces, camera)
    y, x = np.mgrid[:size, :size] + 0.5
    expected = cast(np.array(mesh.triangles), *camera.rays(np.stack([x, y], axis=-1).reshape(-1, 2)))
    hit = np.isfinite(expected).all(axis=1)
    drawn = raster.triangle.ravel() >= 0
    assert (hit != drawn).sum() <= 2  # rays through an edge of the outline
    both = hit & drawn
    seen = np.einsum("nk,nkd->nd", raster.barycentric.reshape(-1, 3), mesh.triangles[np.maximum(raster.triangle.ravel(), 0)])
    assert np.abs(seen - expected)[both].max() < 1e-5
    depth = (expected - camera.position) @ camera.rotation[2]
    assert np.abs(depth - raster.depth.ravel())[both].max() < 1e-5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_projection_and_rays_invert_each_other(seed, perspective):
    rng = np.random.default_rng(seed)
    camera = look_at(rng.normal(size=3), size=100, extent=2.0, distance=5.0, yaw=rng.normal(), pitch=rng.normal(), perspective=perspective)
    points = rng.normal(size=(20, 3))
    pixels, depth = camera.project(points)
    origin, direction = camera.rays(pixels)
    along = np.einsum("nd,nd->n", points - origin, direction)
    assert np.abs(origin + along[:, None] * direction - points).max() < 1e-9
    assert np.abs(depth - (points - camera.position) @ camera.rotation[2]).max() < 1e-12


def test_nearest_triangle_wins_whatever_the_order():
    near = np.array([[-1.0, -1.0, -1.0], [1.0, -1.0, -1.0], [0.0, -1.0, 1.0]])
    vertices = np.concatenate([near + [0.0, 1.0, 0.0], near])
    camera = look_at(np.zeros(3), size=21, extent=3.0, distance=6.0)
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        raster = rasterise(vertices, np.array(triangles), camera)
        assert triangles[raster.triangle[10, 10]] == [3, 4, 5]


def test_behind_the_eye_and_outside_are_left_out():
    vertices = np.array([[0.0, -9.0, 0.0], [1.0, -9.0, 0.0], [0.0, -9.0, 1.0], [50.0, 0.0, 0.0], [51.0, 0.0, 0.0], [50.0, 0.0, 1.0]])
    raster = rasterise(vertices, np.array([[0, 1, 2], [3, 4, 5]]), look_at(np.zeros(3), size=16, extent=2.0, distance=4.0))
    assert (raster.triangle == -1).all()
    assert np.isinf(raster.depth).all()


def test_shading_follows_lambert_on_either_winding():
    mesh = trimesh.creation.icosphere(subdivisions=4)
    camera = look_at(np.zeros(3), size=64, extent=2.2, distance=50.0)
    for faces in (mesh.faces, mesh.faces[:, ::-1]):
        normals = np.array(mesh.vertices) * (1 if faces is mesh.faces else -1)
        image = shade(rasterise(mesh.vertices, faces, camera), faces, normals, camera, ambient=0.0, background=0.0)
        assert image.shape == (64, 64, 3)
        x = (np.arange(64) + 0.5 - 32) / 64 * 2.2
        inside = np.abs(x) < 0.9
        assert np.abs(image[32, inside, 0] / 255 - 0.85 * np.sqrt(1 - x[inside] ** 2 - x[32] ** 2)).max() < 0.03
