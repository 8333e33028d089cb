"""What the network says of a crop, laid over the photo: the right way round, at the photo's resolution, and nowhere else."""

import numpy as np
import pytest

from core.errors import ModelError
from core.runtime.backend import OnnxBackend
from core.video.fevgan import FRAMES, SIZE, Painted, PhotoExpression, _between, crop_about, paint


class Says:
    """A backend whose network says the same of any picture, growing with time."""

    name, device = "made up", "cpu"

    def __init__(self, colour=0.0, mask=0.0, flow=(0.0, 0.0)):
        grown = np.linspace(0.0, 1.0, FRAMES, dtype=np.float32)[:, None, None]
        place = np.ones((SIZE, SIZE), np.float32)
        self.rgb = np.full((1, 3, FRAMES, SIZE, SIZE), colour, np.float32)
        self.mask = (mask * grown * place)[None, None]
        self.flow = np.stack([part * grown * place for part in flow])[None]

    def run(self, model, inputs):
        assert model == "fevgan" and inputs["image"].shape == (1, 3, SIZE, SIZE) and inputs["label"].shape == (1, 6)
        self.seen = inputs
        return {"rgb": self.rgb, "mask": self.mask, "flow": self.flow}


def face(middle=(150.0, 120.0), size=80.0, angle=0.0):
    """478 points of an upright ellipse, turned; the eyes' corners where they belong."""
    around = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    flat = np.stack([0.38 * np.cos(around), 0.5 * np.sin(around)], axis=1)
    flat[33], flat[263] = [-0.2, -0.15], [0.2, -0.15]
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([size * flat @ turn + middle, np.zeros(478)])


@pytest.fixture(scope="module")
def photo():
    y, x = np.mgrid[:240, :300]
    return np.stack([x * 0.8, y, 40 + 0.3 * x], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_the_crop_is_about_the_face_and_has_more_room_below_it(angle):
    centre, size, found = crop_about(face(angle=angle))
    down = np.array([-np.sin(angle), np.cos(angle)])
    assert found == pytest.approx(angle, abs=1e-6) and size == pytest.approx(1.15 * 80, rel=1e-3)
    assert (centre - [150, 120]) @ down == pytest.approx(0.045 * size, abs=0.1)


def test_values_between_places_follow_a_line_and_keep_their_own():
    fine = _between(SIZE, 4)
    along = np.arange(SIZE, dtype=float)
    np.testing.assert_allclose((fine @ along)[8:-8], (np.arange(4 * SIZE)[8:-8] + 0.5) / 4 - 0.5, atol=1e-4)
    np.testing.assert_allclose(fine.sum(axis=1), 1.0, atol=1e-5)


def test_a_time_between_two_frames_is_between_them():
    parts = [np.arange(FRAMES, dtype=np.float32)[:, None]] * 3
    assert [float(Painted(*parts).at(t).mask[0]) for t in (0, 4.25, FRAMES - 1)] == [0.0, 4.25, FRAMES - 1]


def test_no_flow_and_no_mask_is_the_photo(photo):
    made = PhotoExpression(photo, face(), "fear", 1.0, Says(colour=0.7))
    np.testing.assert_array_equal(made.frame(1.0), photo)


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_flow_says_where_in_the_photo_a_place_lies(photo, angle):
    """To the right in the crop, so along the face's own right in the photo, in widths of the crop."""
    points = face(angle=angle)
    made = PhotoExpression(photo, points, "fear", 1.0, Says(flow=(0.05, 0.0)))
    shift = 0.05 * crop_about(points)[1] * np.array([np.cos(angle), np.sin(angle)])
    moved = made.frame(1.0)[120, 150].astype(float) - photo[120, 150]
    np.testing.assert_allclose(moved[:2], shift * [0.8, 1.0], atol=1.6)
    half = made.frame(0.5)[120, 150].astype(float) - photo[120, 150]
    np.testing.assert_allclose(half[:2], 0.5 * shift * [0.8, 1.0], atol=1.6)


def test_the_mask_shows_the_networks_colours_in_the_photos_own_tone(photo):
    """The network is off by the same everywhere; its picture of the photo itself says by how much."""
    made = PhotoExpression(photo, face(), "anger", 1.0, Says(colour=0.2, mask=1.0))
    frame = made.frame(1.0)
    np.testing.assert_allclose(frame[120, 150].astype(float), photo[120, 150], atol=3)
    outside = np.ones(photo.shape[:2], bool)
    outside[made.box] = False
    np.testing.assert_array_equal(frame[outside], photo[outside])


def test_label_and_intensity_are_told():
    backend = Says()
    paint(np.full((SIZE, SIZE, 3), 255.0), "disgust", 0.4, backend)
    np.testing.assert_allclose(backend.seen["label"], [[0, 0.4, 0, 0, 0, 0]], atol=1e-6)
    assert backend.seen["image"].max() == pytest.approx(1.0)


def test_missing_weights_say_how_to_get_them(tmp_path):
    with pytest.raises(ModelError, match="fevgan.onnx is missing"):
        paint(np.zeros((SIZE, SIZE, 3)), "fear", 1.0, OnnxBackend(tmp_path))


def test_a_face_at_the_border_and_one_smaller_than_the_crop(photo):
    for points in (face(middle=(5.0, 8.0)), face(size=24.0), face(size=400.0)):
        assert PhotoExpression(photo, points, "fear", 1.0, Says(0.1, 0.5, (0.1, -0.1))).frame(1.0).shape == photo.shape
