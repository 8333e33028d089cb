"""Heads the tests adapt to: the template itself re-meshed and moved, and the held-out ICT head where the shared data are."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from core.head.adaptation import Adaptation, adapt_template, frame_from_landmarks, landmark_trust
from core.head.landmarks import Landmarks
from core.head.mesh import HeadMesh
from core.head.surface import Surface
from core.head.template import load_template

ICT = Path(__file__).resolve().parents[4] / "shared/data/ict_facekit/ict_facekit.npz"


def quiet(*_):
    pass


def adapted(mesh: HeadMesh, landmarks: Landmarks) -> Adaptation:
    template = load_template()
    points = landmarks.points(mesh.vertices, mesh.triangles)
    frame = frame_from_landmarks(points, landmark_trust(landmarks), template)
    return adapt_template(mesh, landmarks, frame, template, quiet)


@dataclass
class KnownHead:
    """A head whose every vertex lies at a known barycentric place of the template."""

    mesh: HeadMesh
    landmarks: Landmarks
    corners: np.ndarray
    weights: np.ndarray
    scale: float
    rotation: np.ndarray

    def truth(self, field: np.ndarray) -> np.ndarray:
        """The template's field (Vt, 3) as it must arrive on this head (V, 3)."""
        return self.scale * np.einsum("vk,vkd->vd", self.weights, field[self.corners]) @ self.rotation.T


def known_head(scale=100.0, rotation=None, seed=0) -> KnownHead:
    """The template, every triangle split in four, vertices shuffled, in other units and axes."""
    template = load_template()
    rotation = np.eye(3) if rotation is None else rotation
    vertices, faces = trimesh.remesh.subdivide(template.vertices.astype(np.float64), template.triangles)
    order = np.random.default_rng(seed).permutation(len(vertices))
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    canonical, triangles = vertices[order], place[faces]
    surface = Surface(template.vertices.astype(np.float64), template.triangles)
    ids, weights, _ = surface.closest(canonical)
    on, bary, _ = Surface(canonical, triangles).closest(template.landmark_points().astype(np.float64))
    mesh = HeadMesh(scale * canonical @ rotation.T + [3.0, -2.0, 7.0], triangles, "known")
    return KnownHead(mesh, Landmarks(on, bary, np.ones(68)), template.triangles[ids], weights, scale, rotation)


@pytest.fixture(scope="session")
def y_up_head() -> KnownHead:
    return known_head(100.0, Rotation.from_euler("x", -90, degrees=True).as_matrix())


@pytest.fixture(scope="session")
def y_up_adaptation(y_up_head) -> Adaptation:
    return adapted(y_up_head.mesh, y_up_head.landmarks)


@dataclass
class IctHead:
    mesh: HeadMesh
    landmarks: Landmarks
    expressions: dict[str, np.ndarray]


@pytest.fixture(scope="session")
def ict_head() -> IctHead:
    if not ICT.exists():
        pytest.skip(f"the held-out ICT head is not here ({ICT.name}); it comes with the shared data")
    with np.load(ICT, allow_pickle=False) as archive:
        data = dict(archive)
    triangles = np.array([(q[0], q[k], q[k + 1]) for q in data["faces"] for k in (1, 2) if q[k + 1] >= 0])
    vertices = data["neutral_cm"].astype(np.float64)
    on = np.array([np.flatnonzero((triangles == vertex).any(axis=1))[0] for vertex in data["landmarks68"]])
    weights = (triangles[on] == data["landmarks68"][:, None]).astype(float)
    names = [str(n).replace("_L", "Left").replace("_R", "Right") for n in data["expression_names"]]
    expressions = dict(zip(names, data["expression_deltas_cm"].astype(np.float64), strict=True))
    for both in ("browInnerUp", "cheekPuff"):
        expressions[both] = expressions.pop(both + "Left") + expressions.pop(both + "Right")
    return IctHead(HeadMesh(vertices, triangles, "ICT"), Landmarks(on, weights, np.ones(68)), expressions)


@pytest.fixture(scope="session")
def ict_adaptation(ict_head) -> Adaptation:
    return adapted(ict_head.mesh, ict_head.landmarks)
