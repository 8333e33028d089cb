"""A photo reenacted by the network, fused with its warp; on a tiny network with weights of chance."""

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.front.photos import fit
from core.runtime.backend import OnnxBackend
from core.training.export import save_model
from core.training.reenactment import PRESETS
from core.video.parsing import FACE, parsing_map
from core.video.photo_warp import PhotoWarp, Target
from core.video.reenactment import NAME, Reenacted, Shown, shown, trained
from core.video.reenactment_network import Reenactment


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models")
    save_model(NAME, Reenactment(PRESETS["short"].config), folder / NAME)
    return folder


class Backend(OnnxBackend):
    """The tiny network from a folder of its own, all others as shipped."""

    def run(self, model, inputs):
        return super().run(model, inputs) if model == NAME else OnnxBackend().run(model, inputs)


@pytest.fixture(scope="module")
def portrait():
    data = pytest.importorskip("skimage.data", reason="scikit-image brings the portrait")
    image = np.ascontiguousarray(data.astronaut()[:320, 60:400])
    return image, fit(image, shading=False)


def test_weights_say_what_they_were_trained_with(weights, tmp_path):
    assert trained(Backend(weights)) and shown(Backend(weights)) == Shown(128, carried=True, masked=True)
    assert not trained(Backend(tmp_path))
    with pytest.raises(ModelError, match="reenactment"):
        shown(Backend(tmp_path))
    damaged = tmp_path / NAME / f"{NAME}.safetensors"
    damaged.parent.mkdir()
    damaged.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged"):
        shown(Backend(tmp_path))


def test_the_face_is_drawn_and_the_rest_stays(weights, portrait):
    image, fitted = portrait
    wanted = fitted.points + [6.0, 0.0, 0.0]
    made = Reenacted(image, fitted, fitted.points, Backend(weights)).frame(Target(wanted))
    warped = PhotoWarp(image, fitted, fitted.points).frame(Target(wanted))
    changed = np.abs(made.image.astype(int) - warped.image).max(axis=2)
    face = parsing_map(wanted, 340)[FACE][:320] > 0
    assert changed[~face].max() <= 2 and changed[face].mean() > 0.5
    np.testing.assert_array_equal(made.face, warped.face)


def test_without_fusion_skin_is_the_network_s_too(weights, portrait):
    image, fitted = portrait
    wanted = fitted.points + [6.0, 0.0, 0.0]
    ways = [
        Reenacted(image, fitted, fitted.points, Backend(weights), fusion=fusion).frame(Target(wanted)).image for fusion in (True, False)
    ]
    warped = PhotoWarp(image, fitted, fitted.points).frame(Target(wanted)).image
    off = [np.abs(way.astype(int) - warped).mean() for way in ways]
    assert off[1] > 2.0 * off[0] > 0.0


def test_a_reference_is_masked_as_in_training(weights, portrait):
    image, fitted = portrait
    drawer = Reenacted(image, fitted, fitted.points, Backend(weights))
    outside = parsing_map(drawer.places, 128)[FACE] == 0.0
    assert drawer.reference.shape == (3, 128, 128) and (drawer.reference[:, outside] == -1.0).all()
