"""What a face's shape changes in its points, learned from people who do the same."""

import numpy as np
import pytest

from core.data.acting_pairs import ACTS, PHOTOS, learn, load
from core.errors import FileError
from core.npz import write_npz
from core.video.capture import load_reference
from core.video.shape_transfer import PATH, ShapeTransfer, load_shape_map

PAIRS = 60


@pytest.fixture(scope="module")
def space():
    """Three ways in which faces differ by shape, and three by expression, that points show."""
    rng = np.random.default_rng(0)
    smooth = load_reference().shape @ rng.normal(size=(3, 24)) * 1.5
    fields = np.sin(smooth[:, :, None] + rng.uniform(0, 6, 3)).transpose(1, 0, 2)
    return 0.03 * fields[:3], 0.03 * fields[3:6]


def pairs_of(space, count, seed):
    rng = np.random.default_rng(seed)
    shapes, expressions = space
    own = np.tensordot(rng.normal(size=(count, 2, 1, 3)), shapes, 1)
    acts = np.repeat(np.tensordot(rng.normal(size=(count, 1, ACTS, 3)), expressions, 1), 2, axis=1)
    photos = np.tensordot(rng.normal(size=(count, 2, PHOTOS, 3)), expressions, 1)
    return 150.0 * (load_reference().shape + own + np.concatenate([photos, acts], axis=2)) + [200.0, 200.0, 0.0]


def test_shape_is_told_from_expression(space, tmp_path):
    path = tmp_path / "learned.npz"
    write_npz(path, learn(pairs_of(space, PAIRS, 1)))
    learned, before, after = load_shape_map(path), 0.0, 0.0
    for pair in pairs_of(space, 5, 2):
        photo, guide, truth = pair[0, 0], pair[1, PHOTOS], pair[0, PHOTOS]
        transfer = ShapeTransfer(photo, shape_map=learned)
        before += np.linalg.norm(transfer(guide[None], shape=False)[0] - truth, axis=1).mean()
        after += np.linalg.norm(transfer(guide[None])[0] - truth, axis=1).mean()
    assert after < 0.5 * before


def test_faces_that_were_not_found_are_left_out(space):
    points = pairs_of(space, 8, 3)
    points[0, 0, 0] = points[1, 1, PHOTOS] = np.nan
    assert all(np.isfinite(values).all() for values in learn(points).values())


def test_what_ships_was_learned_here():
    shipped = load_shape_map(PATH)
    assert shipped.basis.shape[0] == 80 and PATH.stat().st_size < 1_000_000


def test_pairs_are_read_from_a_folder(space, tmp_path):
    with pytest.raises(FileError, match="acting_pairs"):
        load(tmp_path)
    write_npz(tmp_path / "0000.npz", {"points": pairs_of(space, 1, 0)[0].astype(np.float32)})
    assert load(tmp_path).shape == (1, 2, PHOTOS + ACTS, 478, 3)
