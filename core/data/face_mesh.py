"""A head and all that it wears as one mesh: assembled once a person, moved with the head's vertices from frame to frame."""

from __future__ import annotations

import numpy as np

from ..head.template import Template
from . import face_extras as extras
from .face_appearance import Appearance
from .face_atlas import hair_height, in_ear, load_atlas
from .render_kernels import EYE, LASH, SKIN, WET, normals_of

# By part of the template: skin, mouth's bag, eye sockets, eyeballs, teeth, tongue
MATERIALS = np.array([SKIN, WET, SKIN, EYE, EYE, WET, WET, WET])
SHOWN = ("skin", "eye_right", "eye_left", "teeth_upper", "teeth_lower")  # parts that shade others
SKULL = 0.045  # m above the eyes; no expression moves what is higher
FRONT_CAP = 0.5  # rad; of the eyeball, whose middle is where it looks


class FaceMesh:
    """triangles (T, 3), corner_uv (T, 3, 2), material (T,); vertices, normals (V, 3) and density (V,) float32.

    The template's own come first: `head` vertices and `own` triangles. casters, caster_uv: the triangles that shade others, of which the first
    `casting` belong to the head. lens (T, 3): lenses of glasses, apart because light goes through. After `dress`, `carried` (4, 3) is how
    the skull at rest has moved.
    """

    def __init__(self, template: Template, look: Appearance, neutral: np.ndarray):
        self.template, self.look = template, look
        self.head, self.own = len(template.vertices), len(template.triangles)
        place, self.neutral = template.vertices.astype(np.float64), np.asarray(neutral, np.float64)
        self.skull = np.flatnonzero(template.is_part("skin") & ~in_ear(place) & (hair_height(place) > SKULL))
        self.onto = np.linalg.pinv(with_ones(place[self.skull])) @ self.neutral[self.skull]  # from the template to this person
        self.to_skull = np.linalg.pinv(with_ones(self.neutral[self.skull]))
        self.pieces = extras.pieces(template, look, self.neutral, self.onto)
        self._join()
        self.neck = extras.neck_loop(template)
        self.balls = [np.flatnonzero(template.is_part(name)) for name in ("eye_right", "eye_left")]
        self.caps = [ball[_angle_from_front(place[ball] - c) < FRONT_CAP] for ball, c in zip(self.balls, template.eye_centres, strict=True)]
        self.rims = [template.lid_rims[name] for name in ("right_upper", "right_lower", "left_upper", "left_lower")]
        self.rim_starts = np.cumsum([0, *map(len, self.rims)]).astype(np.int32)

    def _join(self) -> None:
        template, count = self.template, self.head
        triangles, uv = [template.triangles], [load_atlas().corner_uv]
        material, density = [MATERIALS[template.part[template.triangles[:, 0]]]], [np.ones(count)]
        self.spans = []
        for piece in self.pieces:
            triangles.append(piece.triangles + count)
            uv.append(piece.corner_uv)
            material.append(np.full(len(piece.triangles), piece.material))
            density.append(piece.density)
            self.spans.append(slice(count, count + len(piece.density)))
            count += len(piece.density)
        self.lens_points, self.lens = np.zeros((0, 3)), np.zeros((0, 3), np.int32)
        if self.look.glasses != "none":
            self.lens_points, lens = extras.lenses(self.look)
            self.lens_points, self.lens = with_ones(self.lens_points) @ self.onto, (lens + count).astype(np.int32)
            density.append(np.ones(len(self.lens_points)))
            count += len(self.lens_points)
        self.triangles = np.concatenate(triangles).astype(np.int32)
        self.corner_uv = np.concatenate(uv).astype(np.float32)
        self.material = np.concatenate(material).astype(np.int32)
        self.density = np.concatenate(density).astype(np.float32)
        self.vertices, self.normals = np.zeros((count, 3), np.float32), np.zeros((count, 3), np.float32)
        shown = np.flatnonzero(template.is_part(*SHOWN)[template.triangles].all(axis=1))
        chosen = np.concatenate([shown, self.own + np.flatnonzero(self.material[self.own :] != LASH)])
        self.casters, self.caster_uv, self.casting = self.triangles[chosen], self.corner_uv[chosen], len(shown)
        self.worn = self.triangles[self.own :] - self.head

    def dress(self, vertices: np.ndarray, twist: float) -> None:
        """Moves everything with the head's vertices (head, 3) m; the shoulders are turned by `twist` rad against the head at rest."""
        head = self.head
        self.vertices[:head] = vertices
        normals_of(self.vertices[:head], self.triangles[: self.own], self.normals[:head])
        self.carried = self.to_skull @ vertices[self.skull]
        cosine, sine = np.cos(twist), np.sin(twist)
        turned = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        for piece, span in zip(self.pieces, self.spans, strict=True):
            if piece.material == LASH:
                self.vertices[span] = self._lashes(vertices, piece)
                continue
            moved = piece.base @ self.carried[:3] + self.carried[3]
            on = piece.bound >= 0
            moved[on] = vertices[piece.bound[on]] + piece.rise[on, None] * self.normals[piece.bound[on]]
            stays = (piece.base - extras.NECK) @ turned + extras.NECK
            self.vertices[span] = moved + piece.still[:, None] * (stays - moved)
        if len(self.lens):
            self.vertices[-len(self.lens_points) :] = self.lens_points @ self.carried[:3] + self.carried[3]
        normals_of(self.vertices[head:], self.worn, self.normals[head:])
        self.normals[head : head + len(self.neck)] = self.normals[self.neck]

    def _lashes(self, vertices: np.ndarray, piece: extras.Piece) -> np.ndarray:
        """Lashes turn with their lid round the eyeball."""
        right, left = (vertices[ball].mean(axis=0) for ball in self.balls)
        across = (left - right) / np.linalg.norm(left - right)
        root = vertices[piece.bound]
        out = root - (left if self.template.vertices[piece.bound[0], 0] > 0 else right)
        out -= 0.5 * (out @ across)[:, None] * across
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        (ax, ay, az), (ox, oy, oz) = across, out.T
        up = np.stack([oy * az - oz * ay, oz * ax - ox * az, ox * ay - oy * ax], axis=1)
        return root + piece.base[:, :1] * across + piece.base[:, 1:2] * out + piece.base[:, 2:] * up

    def crown(self) -> np.ndarray:
        """Where hair flows from (3,) m, dressed."""
        rest = with_ones(extras.CROWN[None]) @ self.onto
        return (rest @ self.carried[:3] + self.carried[3])[0].astype(np.float32)

    def eyes(self) -> tuple[np.ndarray, np.ndarray]:
        """Centres (2, 3) m and unit directions of gaze (2, 3) of the right and the left eye, dressed."""
        centres = np.stack([self.vertices[ball].mean(axis=0, dtype=np.float64) for ball in self.balls])
        gaze = np.stack([self.vertices[cap].mean(axis=0, dtype=np.float64) for cap in self.caps]) - centres
        return centres, gaze / np.linalg.norm(gaze, axis=1, keepdims=True)


def with_ones(points: np.ndarray) -> np.ndarray:
    """Points (N, 3) as rows (N, 4) that an affine map (4, 3) is applied to from the right."""
    return np.column_stack([points, np.ones(len(points))])


def _angle_from_front(offset: np.ndarray) -> np.ndarray:
    return np.arccos(np.clip(-offset[:, 1] / np.linalg.norm(offset, axis=1), -1.0, 1.0))
