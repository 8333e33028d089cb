"""The mesh of the face's points as it is read from the package and paired with its mirror image."""

import numpy as np
import pytest

from core.image.files import read_png
from core.morphable.photo import face_in
from core.video.point_mesh import load_mesh

point_topology = pytest.importorskip("core.data.point_topology", exc_type=ImportError)


def test_the_shipped_pairs_are_found_again():
    points = face_in(read_png(point_topology.FACE), "face").points
    np.testing.assert_array_equal(point_topology.mirror_of(points), load_mesh().mirror)


def test_triangles_are_read_from_the_list_of_edges():
    text = "FACEMESH_LIPS = frozenset([(1, 2)])\nFACEMESH_TESSELATION = frozenset([\n (5, 6), (6, 9), (9, 5),\n (6, 7), (7, 9),\n (9, 6)])"
    np.testing.assert_array_equal(point_topology.triangles_of(text), [[5, 6, 9], [6, 7, 9]])
    with pytest.raises(ValueError, match="edge by edge"):
        point_topology.triangles_of(text.replace("(9, 6)", "(9, 7)"))
