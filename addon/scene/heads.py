"""A head and the objects that belong to it as one mesh for core, and core's deltas as each object's own."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...core.errors import MeshError
from ...core.head.mesh import HeadMesh
from ...core.keys import Keys
from . import companions, mesh

FLAT = 1e-9  # scale below which an axis is gone
EVEN = 1e-4  # by how much the axes' scales may differ


@dataclass(frozen=True)
class Piece:
    """One object's share: its vertices' rows, and the matrix (3, 3) from the head's space to its own directions."""

    name: str
    rows: slice
    to_own: np.ndarray

    @property
    def object(self):
        return bpy.data.objects[self.name]

    def deltas(self, deltas):
        """This object's rows (K, v, 3), in its own space, of deltas (K, V, 3) of the whole head."""
        own = deltas[:, self.rows]
        return own if (self.to_own == np.eye(3)).all() else own @ self.to_own.T

    def from_own(self, directions):
        """Directions (..., 3) of the object's own space in the head's."""
        return directions @ np.linalg.inv(self.to_own).T


@dataclass(frozen=True)
class Head:
    """The mesh that core sees, and the pieces that it was put together from: the head's own object first.

    The space is the head's own; where its scale is uneven or mirrored, it is the head as it is seen (world axes, origin at the object's).
    """

    mesh: HeadMesh
    pieces: tuple[Piece, ...]

    @property
    def object(self):
        return self.pieces[0].object

    def own_mesh(self):
        """The head's own object alone."""
        own = self.mesh.vertices[self.pieces[0].rows]
        return HeadMesh(own, self.mesh.triangles[(self.mesh.triangles < len(own)).all(axis=1)], self.mesh.name)

    def world_axes(self):
        """World X, Y and Z as rows (3, 3) of unit length in the space of the mesh."""
        rows = np.array(self.object.matrix_world)[:3, :3] @ self.pieces[0].to_own
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def from_own(self, points):
        """Points (N, 3) of the head object's own space in the space of the mesh."""
        return self.pieces[0].from_own(np.asarray(points))

    def to_own(self, points):
        """Points (N, 3) of the mesh's space in the head object's own."""
        return np.asarray(points) @ self.pieces[0].to_own.T


def collect(obj, others=None):
    """A mesh object, and what goes with it (`others`, or what its setting says), as a Head. Modifiers are not applied."""
    from ...core.head.parts import FIND, NAMES

    _refuse_half(obj)
    others = companions.of(obj) if others is None else others
    objects = [obj, *others]
    with companions.at_rest(objects if others else ()):
        matrices = [np.array(one.matrix_world) for one in objects]
    whole = _own_space(matrices[0])
    vertices, triangles, part, pieces, start = [], [], [], [], 0
    for one, matrix in zip(objects, matrices, strict=True):
        linear, offset = _into(whole, matrices[0], matrix) if one is not obj else (whole, np.zeros(3))
        own = mesh.vertices(one)
        faces = mesh.triangles(one) + start
        vertices.append(own @ linear.T + offset)
        triangles.append(faces[:, ::-1] if np.linalg.det(linear) < 0 else faces)
        part.append(mesh.corrections(one, NAMES, FIND))
        pieces.append(Piece(one.name, slice(start, start + len(own)), np.linalg.inv(linear)))
        start += len(own)
    corrected = None
    if any(one is not None for one in part):
        sizes = [len(one) for one in vertices]
        corrected = np.concatenate([np.full(n, FIND, np.uint8) if one is None else one for one, n in zip(part, sizes, strict=True)])
    made = HeadMesh(np.concatenate(vertices), np.ascontiguousarray(np.concatenate(triangles), np.int32), obj.name, corrected)
    return Head(made, tuple(pieces))


def shares(head, keys):
    """(object, its Keys in its own space) of Keys of the whole head: all for the head's own object, those that move it for any other.

    MeshError where an object moves that can carry no keys of its own.
    """
    found = []
    for piece in head.pieces:
        deltas = piece.deltas(keys.deltas)
        chosen = [index for index, field in enumerate(deltas) if piece is head.pieces[0] or field.any()]
        if chosen:
            names = tuple(keys.names[index] for index in chosen)
            found.append((piece.object, Keys(names, deltas[chosen], keys.weights[:, chosen])))
    for obj, _ in found[1:]:
        _refuse_keyless(obj, head.object)
    return found


def _refuse_keyless(obj, head):
    """MeshError where an object beside the head moves and cannot have keys of its own."""
    out = f"or set Other Objects of '{head.name}' to None."
    if obj.data.users > 1 and any(other is not obj and other.data == obj.data for other in bpy.context.view_layer.objects):
        raise MeshError(
            f"'{obj.name}', which moves with the head, shares its mesh with another object; its keys would move both. "
            f"Give it a mesh of its own (Object > Relations > Make Single User > Object & Data), {out}"
        )
    if mirroring(obj):
        raise MeshError(f"'{obj.name}', which moves with the head, has a Mirror modifier; its keys would move both sides. Apply it, {out}")
    if obj.data.shape_keys and not obj.data.shape_keys.use_relative:
        raise MeshError(
            f"The shape keys of '{obj.name}', which moves with the head, are absolute. Tick Relative (Data > Shape Keys), {out}"
        )
    if obj.override_library or obj.data.override_library:
        raise MeshError(f"'{obj.name}', which moves with the head, is a library override; it can get no keys. Make it local, {out}")


def _own_space(matrix):
    """The matrix (3, 3) from the object's own space to that of the mesh: none but for uneven or mirrored scale."""
    linear = matrix[:3, :3]
    _refuse_flat(linear)
    square = linear.T @ linear
    scale = np.trace(square) / 3
    even = np.abs(square - scale * np.eye(3)).max() < 2 * EVEN * scale
    return np.eye(3) if even and np.linalg.det(linear) > 0 else linear


def _into(whole, head, other):
    """Matrix (3, 3) and offset (3,) from another object's own space to that of the mesh."""
    _refuse_flat(other[:3, :3])
    between = np.linalg.inv(head) @ other
    return whole @ between[:3, :3], whole @ between[:3, 3]


def _refuse_flat(linear):
    if np.linalg.svd(linear, compute_uv=False).min() < FLAT:
        raise MeshError("An object of the head has a scale of 0, so it has no shape. Give it its size back (N > Item > Scale).")


def _refuse_half(obj):
    mirror = mirroring(obj)
    if mirror:
        raise MeshError(
            f"'{obj.name}' has a Mirror modifier ('{mirror}'): its mesh is half a head, which cannot move its two sides apart. "
            "Apply the modifier first (Properties > Modifiers > Apply), before there are shape keys."
        )


def mirroring(obj):
    """The name of the object's Mirror modifier that shows or renders, "" where there is none."""
    return next(
        (one.name for one in obj.modifiers if one.type == "MIRROR" and any(one.use_axis) and (one.show_viewport or one.show_render)), ""
    )
