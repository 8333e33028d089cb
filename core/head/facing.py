"""Where is the face on this mesh, and which way is up? Renders are searched, so units, axes and a body below the head do not matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import LandmarkError, ValueRangeError
from ..image.detector import Face, detect_faces, face_landmarks
from ..image.raster import Camera, Raster, look_at, rasterise, shade
from .mesh import HeadMesh
from .proxy import Proxy, make_proxy
from .surface import counted_edges, vertex_normals

SIZE = 256
DISTANCE = 4.0  # of the eye, in image extents
SURE = 0.8  # detector's score at which the search stops
PRESENT = 0.5
CUT, ACROSS = 0.02, 0.8  # of the mesh's size: how flat a cut is, and how far it reaches, where half of a head is missing
BODY_HEIGHT = 1.8  # a body is at least this many times taller than it is deep; a head is not
CLOSE_UPS = (0.5, 0.27, 0.15)  # of the mesh's longest side; a head on a body is its top seventh
# Towards the viewer and up, in the mesh's own axes; the usual ones first: Blender (-Y, Z up), then glTF, Maya and FBX (+Z, Y up)
USUAL = (("-y", "+z"), ("+z", "+y"))
AUTO = "auto"


@dataclass(frozen=True)
class Sighting:
    """A face seen on a render: pixel points (478, 3) of the picture that `raster` and `camera` made of the mesh, or its proxy, with
    vertices (P, 3) turned by rotation (3, 3) and triangles (S, 3)."""

    score: float
    points: np.ndarray
    rotation: np.ndarray
    vertices: np.ndarray
    triangles: np.ndarray
    raster: Raster
    camera: Camera


def _axis(name: str) -> np.ndarray:
    return np.eye(3)["xyz".index(name[1])] * (1.0 if name[0] == "+" else -1.0)


def _turn(front: str, up: str) -> np.ndarray:
    """The rotation to canonical axes (-Y towards the viewer, Z up)."""
    back, top = -_axis(front), _axis(up)
    return np.stack([np.cross(back, top), back, top])


def _turns() -> list[np.ndarray]:
    """All 24 rotations between axes, the usual two first."""
    names = [sign + axis for axis in "xyz" for sign in "+-"]
    every = [(front, up) for front in names for up in names if front[1] != up[1]]
    return [_turn(*pair) for pair in (*USUAL, *(pair for pair in every if pair not in USUAL))]


def _rolled(turns: list[np.ndarray]) -> list[np.ndarray]:
    """The same rotations with the head tilted by 45 degrees towards a shoulder; a single one towards both."""
    c = np.sqrt(0.5)
    roll = np.array([[c, 0.0, c], [0.0, 1.0, 0.0], [-c, 0.0, c]])
    return [roll @ turn for turn in turns] if len(turns) > 1 else [roll @ turns[0], roll.T @ turns[0]]


def turns_for(facing: str) -> list[np.ndarray]:
    """The rotations to try: all 24 for "auto", one for "FRONT/UP" in the mesh's own axes, such as "-Y/+Z". ValueRangeError otherwise."""
    if facing == AUTO:
        return _turns()
    match = re.fullmatch(r"([+-][xyz])/([+-][xyz])", facing.lower())
    if match is None or match[1][1] == match[2][1]:
        raise ValueRangeError(
            f"The facing is '{facing}'; expected auto, or where the face looks and where its top is, in two different axes of the mesh, "
            "such as -Y/+Z (Blender) or +Z/+Y (glTF)."
        )
    return [_turn(match[1], match[2])]


def facing_name(rotation: np.ndarray) -> str:
    """The nearest "FRONT/UP" of a rotation (3, 3) from a mesh's own axes to canonical ones."""
    front = int(np.abs(rotation[1]).argmax())
    up = int(np.where(np.arange(3) == front, 0.0, np.abs(rotation[2])).argmax())
    return f"{'-' if rotation[1, front] > 0 else '+'}{'XYZ'[front]}/{'+' if rotation[2, up] > 0 else '-'}{'XYZ'[up]}"


def _frames(vertices: np.ndarray, close_ups: bool) -> Iterator[tuple[np.ndarray, float]]:
    """Target (3,) and extent of the pictures to take: all of the mesh, or closer and closer at its top."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    width, depth, height = high - low
    longest = float(max(width, height))
    if not close_ups:
        yield (low + high) / 2, 1.1 * longest
        return
    if height < BODY_HEIGHT * depth or height < 0.8 * width:
        return
    for part in CLOSE_UPS:
        extent = part * longest
        top = vertices[vertices[:, 2] > high[2] - 0.7 * extent]
        target = (top.min(axis=0) + top.max(axis=0)) / 2
        yield np.array([target[0], target[1], high[2] - 0.45 * extent]), extent


class Looks:
    """A mesh to be looked at from many sides, dense ones by a proxy for each size of picture, made when first asked for."""

    def __init__(self, mesh: HeadMesh):
        self.mesh = mesh
        self._proxies: dict[float, tuple[Proxy, np.ndarray]] = {}

    def _proxy(self, extent: float) -> tuple[Proxy, np.ndarray]:
        """A proxy with cells of less than half a pixel, and its vertex normals."""
        key = round(extent, 6)
        if key not in self._proxies:
            proxy = make_proxy(self.mesh.vertices, self.mesh.triangles, extent / (2.5 * SIZE))
            self._proxies[key] = proxy, vertex_normals(proxy.vertices, proxy.triangles)
        return self._proxies[key]

    def faces(self, rotation: np.ndarray, close_ups: bool) -> Iterator[list[Sighting]]:
        """The faces seen in each picture of the mesh turned by `rotation`."""
        for target, extent in _frames(self.mesh.vertices @ rotation.T, close_ups):
            proxy, normals = self._proxy(extent)
            turned = proxy.vertices @ rotation.T
            camera = look_at(target, size=SIZE, extent=extent, distance=DISTANCE * extent)
            raster = rasterise(turned, proxy.triangles, camera)
            image = shade(raster, proxy.triangles, normals @ rotation.T, camera)
            found = []
            for face in filter(_upright, detect_faces(image)):
                points, presence = face_landmarks(image, face)
                if presence > PRESENT:
                    found.append(Sighting(face.score, points, rotation, turned, proxy.triangles, raster, camera))
            yield found


def _upright(face: Face) -> bool:
    """Eyes above the mouth: a face lying on its side belongs to another rotation."""
    down = face.keypoints[3] - face.keypoints[:2].mean(axis=0)
    return bool(down[1] > abs(down[0]))


def find_face(mesh: HeadMesh, progress: Callable[[float, str], None], facing: str = AUTO) -> Sighting:
    """The one face of the mesh. LandmarkError where there is none, or more than one."""
    looks = Looks(mesh)
    turns = turns_for(facing)
    best: Sighting | None = None
    tries = [(turn, close) for group in (turns[:2], turns[2:]) for close in (False, True) for turn in group]
    tries += [(turn, False) for turn in _rolled(turns)]
    for k, (turn, close) in enumerate(tries):
        progress(k / len(tries), "Looking for the face")
        for found in looks.faces(turn, close):
            if len(found) > 1 and min(s.score for s in found) > SURE - 0.1:
                raise LandmarkError(
                    f"'{mesh.name}' shows {len(found)} faces; Mimica works on one head at a time. "
                    "Separate the heads (in Edit Mode: P > By Loose Parts, then join what belongs together) and pick one."
                )
            best = max([*found, *([best] if best else [])], key=lambda s: s.score, default=None)
        if best is not None and best.score > SURE:
            return best
    if best is None:
        raise no_face(mesh)
    return best


def no_face(mesh: HeadMesh) -> LandmarkError:
    """What to say where eyes, nose and mouth could not be placed on a mesh."""
    if is_half(mesh):
        return LandmarkError(
            f"'{mesh.name}' looks like half a head: it is cut open along a plane as high and as deep as itself. Mimica needs the whole head: "
            "apply the Mirror modifier, or in Edit Mode use Mesh > Symmetrize, then try again."
        )
    return LandmarkError(
        f"No face was found on '{mesh.name}', seen from all sides. Mimica needs a head with eyes, nose and mouth modelled: pick the head's "
        "mesh, or hide what covers the face. On a head that is unlike a human's (an animal, a stylised one) place nine points by hand."
    )


def is_half(mesh: HeadMesh) -> bool:
    """Whether the mesh is open along one plane at its end that reaches all across it, as where a mirror modifier would add the rest."""
    pairs, faces = counted_edges(mesh.triangles)
    rim = mesh.vertices[np.unique(pairs[faces == 1])]
    low, size = mesh.vertices.min(axis=0), np.ptp(mesh.vertices, axis=0)
    for axis in range(3):
        for end in (low[axis], low[axis] + size[axis]):
            cut = rim[np.abs(rim[:, axis] - end) < CUT * size.max()]
            others = np.arange(3) != axis
            if len(cut) and (np.ptp(cut, axis=0)[others] > ACROSS * size[others]).all():
                return True
    return False
