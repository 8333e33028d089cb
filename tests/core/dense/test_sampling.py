"""Decimation and up-sampling on several parts, in any units."""

import numpy as np
import pytest
import trimesh

pytest.importorskip("fast_simplification")

from core.dense import sampling  # noqa: E402
from core.head.surface import components  # noqa: E402


def _two_parts(scale: float) -> tuple[np.ndarray, np.ndarray]:
    ball, box = trimesh.creation.icosphere(subdivisions=4, radius=0.1), trimesh.creation.icosphere(subdivisions=2, radius=0.02)
    box.apply_translation([0.0, 0.0, 0.2])
    both = trimesh.util.concatenate([ball, box])
    return np.asarray(both.vertices) * scale, np.asarray(both.faces, np.int32)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1000.0])
def test_each_level_has_a_quarter_of_the_vertices_whatever_the_unit(scale):
    vertices, triangles = _two_parts(scale)
    levels = sampling.hierarchy(vertices, triangles)
    counts = [len(level.vertices) for level in levels]
    assert len(counts) == 5
    for step, count in enumerate(counts):
        assert abs(count - len(vertices) / 4**step) <= max(4, 0.1 * count), counts
    assert [len(np.unique(level.part)) for level in levels[:3]] == [2, 2, 2]


def test_rows_of_the_upsampling_sum_to_one_and_stay_on_their_part():
    levels = sampling.hierarchy(*_two_parts(1.0))
    for fine, coarse in zip(levels[:-1], levels[1:], strict=True):
        index, weight = sampling.upsampling(coarse, fine)
        assert np.allclose(weight.sum(axis=1), 1.0, atol=1e-12) and weight.min() >= 0.0
        kept = np.isin(fine.part, coarse.part)
        assert (coarse.part[index[kept]] == fine.part[kept, None]).all()


def test_upsampling_puts_vertices_near_where_they_were():
    levels = sampling.hierarchy(*_two_parts(1.0))
    index, weight = sampling.upsampling(levels[1], levels[0])
    back = (levels[1].vertices[index] * weight[..., None]).sum(axis=1)
    assert np.linalg.norm(back - levels[0].vertices, axis=1).mean() < 5e-4  # of a ball of 0.1


def test_an_eyeball_in_its_socket_stays_a_part_of_its_own():
    socket, ball = trimesh.creation.icosphere(subdivisions=4, radius=0.0151), trimesh.creation.icosphere(subdivisions=3, radius=0.015)
    both = trimesh.util.concatenate([socket, ball])
    level = sampling.hierarchy(np.asarray(both.vertices), np.asarray(both.faces, np.int32))[1]
    for label in np.unique(found := components(level.triangles, len(level.vertices))):
        assert len(np.unique(level.part[found == label])) == 1
    assert len(np.unique(level.part)) == 2
