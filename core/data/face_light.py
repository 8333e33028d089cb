"""What shades a face: how much of the sky each vertex sees, at rest and as the face moves, and shadow maps of the lamps."""

from __future__ import annotations

import numpy as np

from .face_mesh import FaceMesh
from .face_textures import strands
from .render_kernels import HAIR, SKIN, draw, look_from, openness

AROUND, AHEAD = 36, 8  # directions from which the sky is looked at: round the head at rest, and ahead of the face as it moves
SKY_MAP, SKY_SPAN, SKY_BIAS = 128, 0.40, 0.004  # px; m; m
FACE_MAP, FACE_SPAN, FACE_BIAS = 96, 0.16, 0.0016
SHADOW_MAP, SHADOW_SPAN, SOFTEST = 256, 0.46, 0.3  # px; m; share of the px that a soft shadow's map has
MIDDLE, FACE_MIDDLE = np.array([0.0, 0.05, -0.07], np.float32), np.array([0.0, -0.005, -0.035])  # m
FACE_HALF = np.array([0.07, 0.05, 0.075])  # m round FACE_MIDDLE, in which folds are looked at in every frame
LIP_REACH = 0.009  # m
# Least shares of the sky: lips, were they apart; the mouth and eyes, were they open; scalp and locks below others; the neck below the chin; any fold
LIPS_FREE, INSIDE_FREE, HAIR_FREE, NECK_FREE, FOLD_FREE = 0.8, 0.85, 0.6, 0.45, 0.08


def views_against(directions: np.ndarray) -> np.ndarray:
    """Axes (D, 3, 3: right, down, forward) of views that look against unit directions (D, 3)."""
    forward = -np.asarray(directions, float).reshape(-1, 3)
    right = np.cross(forward, np.where(np.abs(forward[:, 2:]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]]))
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(forward, right), forward], axis=1).astype(np.float32)


def spiral(count: int, least: float) -> np.ndarray:
    """Directions (count, 3) spread evenly over the part of the sphere whose cosine to -Y is at least `least`."""
    cosine = 1.0 - (np.arange(count) + 0.5) / count * (1.0 - least)
    turn, sine = np.pi * (1 + 5**0.5) * np.arange(count), np.sqrt(1.0 - cosine**2)
    return np.stack([sine * np.cos(turn), -cosine, sine * np.sin(turn)], axis=1)


class Shade:
    """open (V,) 0..1, the share of the sky that each vertex of a mesh sees now, and bent (V, 3), from where it comes at rest."""

    def __init__(self, mesh: FaceMesh):
        template, head = mesh.template, mesh.head
        near = (np.abs(template.vertices - FACE_MIDDLE) < FACE_HALF).all(axis=1)
        self.mesh, self.near = mesh, near
        self.middle = np.append(FACE_MIDDLE, 1.0) @ mesh.onto
        shown = near & template.is_part("skin", "eye_right", "eye_left", "teeth_upper", "teeth_lower")
        self.face = np.ascontiguousarray(template.triangles[shown[template.triangles].all(axis=1)], np.int32)
        mesh.dress(mesh.neutral, 0.0)
        self.rest, self.bent = np.ones(len(mesh.vertices), np.float32), np.zeros((len(mesh.vertices), 3), np.float32)
        directions = spiral(AROUND, -1.0).astype(np.float32)
        openness(
            mesh.vertices, mesh.normals, mesh.casters, mesh.casting, directions, views_against(directions), MIDDLE, SKY_MAP / SKY_SPAN, SKY_MAP,
            SKY_BIAS, mesh.caster_uv, mesh.density, strands(), self.rest, self.bent,
        )  # fmt: skip
        self.bent /= np.maximum(np.linalg.norm(self.bent, axis=1, keepdims=True), 1e-6)
        seams = np.concatenate([template.vertices[template.lip_seams[name]] for name in ("upper", "lower")])
        lips = np.linalg.norm(template.vertices[:, None] - seams[None], axis=2).min(axis=1) < LIP_REACH
        inside = ~template.is_part("skin")
        rest = self.rest[:head]
        rest[lips], rest[mesh.skull] = np.maximum(rest[lips], LIPS_FREE), np.maximum(rest[mesh.skull], HAIR_FREE)
        rest[inside], self.bent[:head][inside] = INSIDE_FREE, 0.0
        for piece, span in zip(mesh.pieces, mesh.spans, strict=True):
            least = {HAIR: HAIR_FREE, SKIN: NECK_FREE}.get(piece.material, 0.0)
            self.rest[span] = np.maximum(self.rest[span], least)
        self.open = self.rest.copy()

    def look_ahead(self) -> None:
        """The folds of the face, its mouth and its lids as the mesh is dressed now."""
        mesh, head = self.mesh, self.mesh.head
        left, _, right = np.linalg.svd(mesh.carried[:3])
        directions = (spiral(AHEAD, 0.25) @ (left @ right)).astype(np.float32)
        middle = (self.middle @ mesh.carried[:3] + mesh.carried[3]).astype(np.float32)
        share, towards = np.empty(head, np.float32), np.empty((head, 3), np.float32)
        openness(
            mesh.vertices[:head], mesh.normals[:head], self.face, len(self.face), directions, views_against(directions), middle,
            FACE_MAP / FACE_SPAN, FACE_MAP, FACE_BIAS, mesh.corner_uv, mesh.density, strands(), share, towards,
        )  # fmt: skip
        self.open[:head] = np.where(self.near, self.rest[:head] * (FOLD_FREE + (1.0 - FOLD_FREE) * share), self.rest[:head])


def shadow_maps(mesh: FaceMesh, lamps: np.ndarray, softness: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Maps (L, SHADOW_MAP, SHADOW_MAP) of nearness to lamps in directions (L, 3), of which the first sides (L,) px each way are used; their axes."""
    axes, sides = views_against(lamps), (SHADOW_MAP * (1.0 - (1.0 - SOFTEST) * softness)).astype(np.int32)
    shadows = np.full((len(lamps), SHADOW_MAP, SHADOW_MAP), -1e9, np.float32)
    screen, near = np.empty((len(mesh.vertices), 2), np.float32), np.empty(len(mesh.vertices), np.float32)
    ids = np.empty((SHADOW_MAP, SHADOW_MAP), np.int32)
    for k, side in enumerate(sides):
        look_from(mesh.vertices, axes[k], MIDDLE, side / SHADOW_SPAN, side, screen, near)
        draw(
            screen,
            near,
            mesh.casters,
            mesh.casting,
            False,
            mesh.caster_uv,
            mesh.density,
            strands(),
            ids[:side, :side],
            shadows[k, :side, :side],
        )
    return shadows, sides, axes
