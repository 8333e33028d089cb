"""Pairs of rendered faces: what belongs together, that a seed tells all, and files that will not do."""

import numpy as np
import pytest

from core.data import face_pairs
from core.data.identities import random_identity, read_shape_space
from core.data.makehuman import fetch
from core.data.synthetic import default_cache
from core.data.synthetic_rig import Units
from core.errors import FileError
from core.evaluation.picture_scores import psnr
from core.head.template import load_template
from core.npz import write_npz
from core.runtime.backend import OnnxBackend
from core.video.portrait import SIDE


@pytest.fixture(scope="module")
def person():
    units = Units(load_template())
    space = read_shape_space(fetch(default_cache()), units.template)

    def make() -> dict:
        for seed in range(5, 9):
            made = face_pairs.make_person(units, random_identity(space, units.template, seed), seed, OnnxBackend())
            if made is not None:
                return made
        raise AssertionError("no face was seen")

    return make


def test_a_person(person, tmp_path):
    made = person()
    assert made.keys() == face_pairs.STORED.keys()
    assert all(made[key].dtype == kind for key, kind in face_pairs.STORED.items())
    assert made["target"].shape == made["warp"].shape == (face_pairs.TARGETS, SIDE, SIDE, 3)
    # the warp is nearer to the target than the photo is, and its points lie in the crop
    near = [psnr(warp, target) for warp, target in zip(made["warp"], made["target"], strict=True)]
    still = [psnr(made["source"], target) for target in made["target"]]
    assert np.mean(near) > np.mean(still) + 1.0
    assert made["points"][..., :2].min() > 0 and made["points"][..., :2].max() < SIDE
    # the texture mapping shows less at every interval, and dense texture is the photo's own skin where it is drawn
    shares = [(made["mask"] >> bit & 1).mean() for bit in range(len(face_pairs.INTERVALS))]
    assert shares[0] > 2 * shares[1] > 0 and shares[1] > shares[2] and shares[2] > shares[3] > 0
    again = person()
    assert all(np.array_equal(made[key], again[key]) for key in made)
    write_npz(tmp_path / "0_00000.npz", made)
    write_npz(tmp_path / "0_00001.npz", made)
    pairs = face_pairs.load(tmp_path)
    assert len(pairs.source) == 2 and not pairs.held.any()
    assert np.array_equal(pairs.warp[1], made["warp"])


def test_none_there(tmp_path):
    with pytest.raises(FileError, match="python -m core.data.face_pairs"):
        face_pairs.load(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "0_00000.npz").write_bytes(b"not a zip")
    with pytest.raises(FileError, match="0_00000.npz"):
        face_pairs.load(tmp_path)
