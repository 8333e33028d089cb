"""The mesh of MediaPipe's 478 points: `python -m core.data.point_topology WHEEL_OR_DIR` writes models/face_landmark/mesh.npz.

Build-time only; WHEEL_OR_DIR as for core.data.convert_detector. The triangles are those of the package's list of edges, three after another; which
point is which one's mirror image is found on a face seen from the front.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from ..image.files import read_png
from ..morphable.photo import face_in
from ..npz import write_npz
from ..video.point_mesh import PATH, POINTS, SKIN
from .convert_detector import read_source

EDGES = "mediapipe/python/solutions/face_mesh_connections.py"
FACE = Path(__file__).resolve().parents[2] / "tests" / "core" / "image" / "face.png"
IRISES = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)  # the other side's
ROUNDS = 8


def triangles_of(source: str) -> np.ndarray:
    """(852, 3) from the text of the package's edges."""
    listed = source[source.index("FACEMESH_TESSELATION") :]
    edges = np.array([[int(a), int(b)] for a, b in re.findall(r"\((\d+), (\d+)\)", listed)]).reshape(-1, 3, 2)
    if (edges[:, :, 1] != np.roll(edges[:, :, 0], -1, axis=1)).any():
        raise ValueError(f"{EDGES} does not list triangles, edge by edge.")
    return edges[:, :, 0]


def mirror_of(points: np.ndarray) -> np.ndarray:
    """(478,) of a face's points (478, 3): turned until it is most like its mirror image, each point has its partner there."""
    places = points[:SKIN] - points[:SKIN].mean(axis=0)
    for _ in range(ROUNDS):
        flipped = places * [-1.0, 1.0, 1.0]
        partner = _partners(places, flipped)
        a, b = places - places.mean(axis=0), flipped[partner] - flipped[partner].mean(axis=0)
        left, _, right = np.linalg.svd(a.T @ b)
        turn = Rotation.from_matrix(left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right)
        places = places @ Rotation.from_rotvec(turn.as_rotvec() / 2).as_matrix()
        places[:, 0] -= (places[:, 0] + places[partner, 0]).mean() / 2
    return np.concatenate([_partners(places, places * [-1.0, 1.0, 1.0]), IRISES])


def _partners(places: np.ndarray, flipped: np.ndarray) -> np.ndarray:
    apart = np.linalg.norm(places[:, None] - flipped[None], axis=2)
    return linear_sum_assignment(apart + apart.T)[1]


def build(source: Path) -> None:
    triangles = triangles_of(read_source(source, EDGES).decode())
    mirror = mirror_of(face_in(read_png(FACE), FACE.name).points)
    if (mirror[mirror] != np.arange(POINTS)).any():
        raise ValueError("The points could not be paired with those of the other side.")
    write_npz(PATH, {"triangles": triangles.astype(np.int16), "mirror": mirror.astype(np.int16)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="wheel of mediapipe 0.10.21, or the folder it was unpacked into")
    build(parser.parse_args().source)


if __name__ == "__main__":
    main()
