"""The capture network's recipe on a few made-up people: it learns, mirrors rightly, and knows who is held out."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from core.data.capture_set import CROP, NEUTRALS, CaptureSet  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.head.template import load_template  # noqa: E402
from core.training import capture, loop  # noqa: E402
from core.video.capture import load_reference  # noqa: E402
from core.video.face_capture import FaceCapture, config_from_text, config_to_text, examples  # noqa: E402
from core.video.point_mesh import load_mesh  # noqa: E402

NAMES = load_template().arkit_names
PEOPLE, EACH = 7, 10


@pytest.fixture(scope="module")
def few():
    """People whose points and features are linear in two weights."""
    rng = np.random.default_rng(0)
    shape = load_reference().shape
    weights = np.zeros((PEOPLE * EACH, 52), np.float32)
    person = np.repeat(np.arange(PEOPLE), EACH)
    acting = np.arange(len(person)) % EACH >= NEUTRALS
    weights[:, NAMES.index("jawOpen")] = acting * rng.uniform(0, 1, len(person))
    weights[:, NAMES.index("eyeBlinkLeft")] = acting * rng.uniform(0, 1, len(person))
    points = np.tile(shape, (len(person), 1, 1))
    points[:, 152, 1] += weights[:, NAMES.index("jawOpen")]
    points[:, 386, 1] += 0.2 * weights[:, NAMES.index("eyeBlinkLeft")]
    points = 40.0 * points + [CROP / 2, CROP / 2, 0] + rng.normal(0, 0.1, points.shape)
    features = rng.normal(size=(len(person), 2, 128, 116)) * 0.1 + weights[:, NAMES.index("jawOpen"), None, None, None]
    crops = rng.integers(0, 256, (len(person), CROP, CROP, 3), np.uint8)
    return CaptureSet(crops, features.astype(np.float16), points.astype(np.float32), weights, person)


@pytest.fixture(scope="module")
def recipe(few):
    return capture.CaptureRecipe(few, NAMES, capture.preset("short"), 0)


def test_units_and_points_mirror(recipe):
    units = capture.mirror_units(NAMES)
    np.testing.assert_array_equal(units[units], np.arange(52))
    assert NAMES[units[NAMES.index("mouthSmileLeft")]] == "mouthSmileRight" and units[NAMES.index("jawOpen")] == NAMES.index("jawOpen")
    points = load_mesh().mirror
    assert points[33] == 263 and points[152] == 152 and (points[points] == np.arange(478)).all()


def test_the_mirrored_inputs_are_those_of_the_mirrored_face(recipe):
    left, right = NAMES.index("eyeBlinkLeft"), NAMES.index("eyeBlinkRight")
    torch.testing.assert_close(recipe.mirrored.weights[:, right], recipe.plain.weights[:, left])
    torch.testing.assert_close(recipe.mirrored.points[:, 159, 1], recipe.plain.points[:, 386, 1])
    assert torch.isfinite(recipe.plain.flow).all() and recipe.plain.flow.shape == recipe.mirrored.flow.shape


def test_it_learns(recipe, few, tmp_path):
    from dataclasses import replace

    longer = capture.CaptureRecipe(few, NAMES, replace(capture.preset("short"), steps=120, batch=32, hidden=32), 0)
    before = longer.validate()["held_out"]
    loop.run(longer, tmp_path, loop.Plan(0, every=60), resume=False, progress=lambda *_: None, name="capture")
    assert longer.validate()["held_out"] < 0.6 * before
    assert longer.validate()["correlation"] == longer.validate()["correlation"]  # the same twice


def test_nobody_left_to_learn_from(few):
    one = few.person == 0
    single = CaptureSet(few.crops[one], few.features[one], few.points[one], few.weights[one], few.person[one])
    with pytest.raises(ValueRangeError, match="at least 6 are needed"):
        capture.CaptureRecipe(single, NAMES, capture.preset("short"), 0)
    with pytest.raises(ValueRangeError, match="no preset 'long'"):
        capture.preset("long")


def test_a_face_beside_itself_does_nothing_new(recipe):
    """Where the face at rest is not known, change and flow are zero, whoever it is."""
    rows, alone = torch.arange(5), torch.ones(5, dtype=torch.bool)
    features, rest_features, points, rest_points, flow = recipe.given(recipe.plain, rows, torch.zeros_like(rows), alone)
    assert torch.equal(features, rest_features) and torch.equal(points, rest_points) and not flow.any()


def test_configuration_survives_text_and_gradients_flow():
    config = config_from_text(config_to_text(recipe_config := FaceCapture(config_of()).config))
    assert config == recipe_config
    network = FaceCapture(config).eval()
    inputs = [value.requires_grad_() for value in examples(config, 2, torch.Generator().manual_seed(0))]
    network(*inputs).sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in inputs)


def config_of():
    from core.video.face_capture import Config

    return Config(NAMES, hidden=16)
