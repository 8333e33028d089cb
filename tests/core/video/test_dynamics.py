"""What a face does next: the shipped network behind predict and towards, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.morphable.camera import FRONT, Pose, turned
from core.runtime.backend import OnnxBackend
from core.video import dynamics
from core.video.dynamics import predict, towards


def face(seed: int = 0, turn: float = 0.2, scale: float = 900.0, place: tuple[float, float] = (320.0, 240.0)) -> np.ndarray:
    """Coefficients (62,) of somebody."""
    rng = np.random.default_rng(seed)
    pose = Pose(FRONT @ turned(np.array([0.1, 0.0, turn])), scale, np.array(place))
    return np.concatenate([pose.matrix().ravel(), rng.normal(size=40), 0.5 * rng.normal(size=10)])


def turns(made: np.ndarray) -> np.ndarray:
    return np.array([Pose.of_matrix(frame[:12]).angles() for frame in made])


def test_what_comes_next_begins_where_the_photo_is_and_stays_a_face():
    source = face()
    made = predict(source, 240, seed=3)
    assert made.shape == (240, 62) and made.dtype == np.float32 and np.isfinite(made).all()
    np.testing.assert_array_equal(made[:, 12:52], np.tile(source[12:52].astype(np.float32), (240, 1)))
    angles = np.degrees(turns(np.concatenate([source[None], made])))
    assert np.abs(np.diff(angles, axis=0)).max() < 6.0  # degrees a frame
    assert np.ptp(angles, axis=0).max() > 1.0 and np.abs(angles - angles[0]).max() < 60.0
    assert np.abs(np.diff(made[:, 52:], axis=0)).max() < 6.0 and np.abs(made[:, 52:]).max() < 12.0
    for frame in made[::40]:
        pose = frame[:12].reshape(3, 4)[:, :3] / Pose.of_matrix(frame[:12]).scale
        np.testing.assert_allclose(pose @ pose.T, np.eye(3), atol=1e-4)


def test_a_long_prediction_does_not_wander_off():
    source = face()
    for seed in range(3):
        poses = [Pose.of_matrix(frame[:12]) for frame in predict(source, 900, seed)]
        assert all(0.75 < pose.scale / 900.0 < 1.33 for pose in poses)
        assert max(np.abs(pose.translation - [320.0, 240.0]).max() for pose in poses) < 0.1 * 900.0  # a decimetre


def test_a_seed_is_one_future_and_another_seed_another():
    source = face()
    one, same, other = predict(source, 48, seed=1), predict(source, 48, seed=1), predict(source, 48, seed=2)
    np.testing.assert_array_equal(one, same)
    assert np.abs(np.degrees(turns(one) - turns(other))).max() > 0.5 or np.abs(one[:, 52:] - other[:, 52:]).max() > 0.2
    calm = predict(source, 48, seed=None)
    assert np.abs(np.diff(calm[:, 52:], axis=0)).mean() < np.abs(np.diff(one[:, 52:], axis=0)).mean()


def test_a_shorter_future_is_the_beginning_of_a_longer_one():
    np.testing.assert_array_equal(predict(face(), 30, seed=5), predict(face(), 70, seed=5)[:30])


def test_the_same_seed_gives_the_same_in_another_process(root):
    script = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from core.video.dynamics import predict
sys.stdout.write(predict(np.array(sys.argv[2].split(), float), 30, seed=9).tobytes().hex())
"""
    source = face()
    found = subprocess.run(
        [sys.executable, "-c", script, str(root), " ".join(map(repr, map(float, source)))], capture_output=True, check=True
    )
    assert found.stdout.decode() == predict(source, 30, seed=9).tobytes().hex()


def test_the_torch_backend_gives_the_same():
    pytest.importorskip("torch")
    from core.runtime.torch_backend import TorchBackend

    one, other = predict(face(), 48, seed=2, backend=OnnxBackend()), predict(face(), 48, seed=2, backend=TorchBackend("cpu"))
    np.testing.assert_allclose(one[:, 52:], other[:, 52:], atol=2e-3)
    np.testing.assert_allclose(one[:, :12], other[:, :12], atol=0.2)  # px


@pytest.mark.parametrize("frames", [1, 2, 7, 24, 25, 120])
def test_a_way_ends_at_its_target_without_a_jump(frames):
    source, target = face(0), face(1, turn=-0.2, place=(330.0, 250.0))
    made = towards(source, target, frames, seed=4)
    assert made.shape == (frames, 62)
    np.testing.assert_allclose(made[-1, :12], target[:12], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(made[-1, 52:], target[52:], atol=1e-5)
    np.testing.assert_array_equal(made[:, 12:52], np.tile(source[12:52].astype(np.float32), (frames, 1)))
    if frames >= 24:
        path = np.concatenate([source[None], made])
        steps = np.linalg.norm(np.diff(turns(path), axis=0), axis=1)
        assert steps[-1] < 1.5 * steps.max() and steps.max() < 0.15
        assert np.abs(made[-1, 52:] - made[-2, 52:]).max() <= 1.5 * np.abs(np.diff(path[:, 52:], axis=0)).max()


def test_a_target_from_another_photo_may_keep_size_and_place():
    source, target = face(0), face(1, turn=-0.3, scale=200.0, place=(40.0, 50.0))
    end = towards(source, target, 24, keep_place=True)[-1]
    pose, wanted = Pose.of_matrix(end[:12]), Pose.of_matrix(source[:12])
    assert pose.scale == pytest.approx(wanted.scale, rel=1e-4)
    np.testing.assert_allclose(pose.translation, wanted.translation, rtol=1e-4)
    np.testing.assert_allclose(pose.rotation, Pose.of_matrix(target[:12]).rotation, atol=1e-4)


def test_size_of_the_photo_and_place_of_the_face_do_not_matter():
    one, other = predict(face(), 24, seed=1), predict(face(scale=225.0, place=(30.0, 900.0)), 24, seed=1)
    np.testing.assert_allclose(one[:, 52:], other[:, 52:], atol=1e-3)
    np.testing.assert_allclose(turns(one), turns(other), atol=1e-4)


def test_what_was_seen_before_tells():
    """A head that turns goes on turning, at first."""
    seen = np.array([face(turn=0.01 * k) for k in range(10)])
    assert (
        abs(turns(predict(seen, 3, seed=None))[-1] - turns(seen[-1:])[0])[0]
        > 1.5 * abs(turns(predict(seen[-1], 3, seed=None))[-1] - turns(seen[-1:])[0])[0]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c[:61], "array of \\(61,\\); expected 62"),
        (lambda c: c.reshape(2, 31), "expected 62"),
        (lambda c: np.empty((0, 62)), "one or more frames"),
        (lambda c: np.array([c, c, np.where(np.arange(62) == 55, np.nan, c)]), "frame 3 hold values that are no finite"),
        (lambda c: np.where(np.arange(62) == 20, 1e6, c), "reach 1e\\+06 standard deviations"),
        (lambda c: np.where(np.arange(62) < 12, 0.0, c), "no size"),
        (lambda c: ["a"] * 62, "no array of numbers"),
    ],
)
def test_coefficients_that_are_none_are_refused(change, message):
    for call in (lambda bad: predict(bad, 5), lambda bad: towards(bad, face(), 5), lambda bad: towards(face(), bad, 5)):
        with pytest.raises(ValueRangeError, match=message):
            call(change(face()))


def test_frames_seeds_and_targets_out_of_range_are_refused():
    for frames in (0, -3, dynamics.MOST_FRAMES + 1):
        with pytest.raises(ValueRangeError, match=f"{frames} frames"):
            predict(face(), frames)
    for seed in (-1, 2**31):
        with pytest.raises(ValueRangeError, match=f"seed is {seed}"):
            towards(face(), face(1), 5, seed=seed)
    with pytest.raises(ValueRangeError, match="coefficients of one frame"):
        towards(face(), np.array([face(), face()]), 5)


def test_what_is_given_is_not_changed_and_normalising_comes_back():
    source = np.array([face(0), face(1, turn=0.1)])
    given = source.copy()
    predict(source, 3)
    np.testing.assert_array_equal(source, given)
    there = dynamics.normalised(source, source[1])
    np.testing.assert_allclose(dynamics.restored(there, source[1]), source, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(there[1, :3]), 1.0)
    np.testing.assert_allclose(there[1, [3, 7, 11]], 0.0)
