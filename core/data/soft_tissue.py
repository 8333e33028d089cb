"""Skin and the fat below it keep their volume: where a moving face squeezes its skin, the skin bulges; where it stretches, it flattens.

This is what makes a cheek rise in a smile. It follows the person's own, visible shape, it is no linear function of how strongly the face acts, and
it happens between the landmarks.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from ..head.surface import adjacency
from ..head.template import Template

THICKNESS = 0.009  # m of soft tissue in an average cheek
FULLNESS = 0.5  # m of thickness more for each m by which this person's face stands out over the template's
THINNEST, THICKEST = 0.4, 2.0  # times THICKNESS
RIM_NEAR, RIM_FAR = 0.004, 0.018  # m from lips, lids and nostrils: none of the effect, all of it
BUCKLE = 0.06  # share of its area that skin gives up before it bulges
FLATTEN = 0.25  # of stretched skin, relative to what squeezing does
MOST = 0.45  # of squeezing or stretching that is followed
ROUNDS = 6  # of smoothing: tissue does not follow single triangles


class SoftTissue:
    """The template's skin, prepared once."""

    def __init__(self, template: Template):
        skin = template.is_part("skin")
        self.triangles = template.triangles[skin[template.triangles].all(axis=1)]
        self.count = len(template.vertices)
        corners = self.triangles.T.ravel()
        ones = np.ones(len(corners), np.float32)
        self.gather = sparse.csr_matrix((ones, (corners, np.tile(np.arange(len(self.triangles)), 3))), (self.count, len(self.triangles)))
        neighbours = adjacency(self.triangles, self.count).astype(np.float32)
        degree = np.maximum(np.asarray(neighbours.sum(axis=1)).ravel(), 1.0)
        self.smooth = (0.5 * (sparse.identity(self.count) + sparse.diags(1.0 / degree) @ neighbours)).tocsr().astype(np.float32)
        rims = np.concatenate([*template.lip_seams.values(), *template.lid_rims.values()])
        nose = template.landmark_points()[31:36]
        distance = cKDTree(np.concatenate([template.vertices[rims], nose])).query(template.vertices)[0]
        ramp = np.clip((distance - RIM_NEAR) / (RIM_FAR - RIM_NEAR), 0.0, 1.0)
        self.share = (skin * ramp**2 * (3.0 - 2.0 * ramp)).astype(np.float32)
        self.template = template.vertices.astype(np.float32)
        self.normal = self._areas_and_normals(self.template[None])[1][0]

    def _areas_and_normals(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Skin area around each vertex (F, V) and unit normals (F, V, 3) of vertices (F, V, 3)."""
        a, b, c = (vertices[:, self.triangles[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        area = np.linalg.norm(cross, axis=2)
        around = (self.gather @ area.T).T
        flat = self.gather @ cross.transpose(1, 0, 2).reshape(len(self.triangles), -1)
        normal = flat.reshape(self.count, len(vertices), 3).transpose(1, 0, 2)
        return around, normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-12)

    def thickness(self, neutral: np.ndarray) -> np.ndarray:
        """Soft tissue (V,) m that a person (V, 3) m shows: a face that stands out over the template's is fuller there."""
        out = ((neutral - self.template) * self.normal).sum(axis=1).astype(np.float32)
        for _ in range(3 * ROUNDS):
            out = self.smooth @ out
        return self.share * np.clip(THICKNESS + FULLNESS * out, THINNEST * THICKNESS, THICKEST * THICKNESS)

    def bulge(self, neutral: np.ndarray, moved: np.ndarray, thickness: np.ndarray) -> np.ndarray:
        """Displacement (F, V, 3) m along the skin's normals that keeps the volume below it, for moved (F, V, 3) m from neutral (V, 3) m.

        A column of thickness h over skin that has lost the share c of its area grows to h / (1 - c).
        """
        rest, _ = self._areas_and_normals(neutral[None].astype(np.float32))
        now, normal = self._areas_and_normals((neutral + moved).astype(np.float32))
        lost = np.clip(1.0 - now / np.maximum(rest, 1e-12), -MOST, MOST)
        for _ in range(ROUNDS):
            lost = (self.smooth @ lost.T).T
        squeezed, stretched = np.maximum(lost - BUCKLE, 0.0), np.minimum(lost, 0.0)
        height = squeezed / (1.0 - squeezed) + FLATTEN * stretched
        for _ in range(ROUNDS // 2):
            height = (self.smooth @ height.T).T
        return (thickness * height)[..., None] * normal
