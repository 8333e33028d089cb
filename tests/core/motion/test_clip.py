"""Clips: retiming, scaling, files that are whole or refused."""

import numpy as np
import pytest

from core.errors import FileError, ValueRangeError
from core.motion.clip import Clip, load_clip, save_clip


@pytest.fixture
def clip() -> Clip:
    ramp = np.linspace(0.0, 1.0, 31) ** 2
    move = np.random.default_rng(0).standard_normal((68, 3)) * 1e-3
    return Clip(np.linspace(0.0, 1.0, 31), ramp[:, None, None] * move, "happiness", 7, "test")


@pytest.mark.parametrize(("frames", "fps"), [(2, 24.0), (30, 30.0), (31, 30.0), (240, 60.0)])
def test_retiming_keeps_first_and_last_pose_and_the_timing(clip, frames, fps):
    new = clip.retimed(frames, fps)
    assert new.displacement.shape == (frames, 68, 3)
    assert np.allclose(new.times, np.arange(frames) / fps)
    assert not new.displacement[0].any()
    assert np.allclose(new.displacement[-1], clip.displacement[-1], atol=1e-15)
    share = np.linspace(0.0, 1.0, frames) ** 2
    assert np.allclose(new.displacement, share[:, None, None] * clip.displacement[-1], atol=2e-6)


def test_as_many_frames_as_before_are_the_same_frames(clip):
    assert np.array_equal(clip.retimed(31, 60.0).displacement, clip.displacement)


def test_retiming_does_not_overshoot():
    pose = np.zeros((4, 68, 3))
    pose[2:] = 1e-3
    new = Clip(np.arange(4.0), pose, "fear", 0, "test").retimed(50, 25.0)
    assert new.displacement.min() >= 0.0 and new.displacement.max() <= 1e-3 + 1e-15


def test_intensity(clip):
    assert not clip.scaled(0.0).displacement.any()
    assert np.allclose(clip.scaled(1.5).displacement, 1.5 * clip.displacement)


@pytest.mark.parametrize(("frames", "fps"), [(1, 30.0), (30, 0.0), (30, float("nan"))])
def test_impossible_timing_is_refused(clip, frames, fps):
    with pytest.raises(ValueRangeError, match="at least 2 frames"):
        clip.retimed(frames, fps)


def test_a_file_gives_back_the_clip(clip, tmp_path):
    save_clip(tmp_path / "c.npz", clip)
    back = load_clip(tmp_path / "c.npz")
    assert np.array_equal(back.times, clip.times) and np.array_equal(back.displacement, clip.displacement)
    assert (back.label, back.seed, back.origin) == ("happiness", 7, "test")
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def _damaged(clip: Clip, **changes) -> dict:
    whole = {"format_version": 1, "times": clip.times, "displacement": clip.displacement, "label": "fear", "seed": 0, "origin": "x"}
    return whole | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 9}, "format 9"),
        ({"displacement": np.zeros((31, 67, 3))}, "67"),
        ({"displacement": np.full((31, 68, 3), np.nan)}, "not finite"),
        ({"times": np.zeros(31)}, "do not increase"),
        ({"times": np.zeros(2)}, "times"),
    ],
)
def test_what_is_no_clip_is_refused(clip, tmp_path, changes, message):
    np.savez(tmp_path / "c.npz", **_damaged(clip, **changes))
    with pytest.raises(FileError, match=message):
        load_clip(tmp_path / "c.npz")


def test_missing_fields_truncated_and_absent_files(clip, tmp_path):
    np.savez(tmp_path / "few.npz", times=clip.times)
    with pytest.raises(FileError, match="displacement"):
        load_clip(tmp_path / "few.npz")
    save_clip(tmp_path / "c.npz", clip)
    whole = (tmp_path / "c.npz").read_bytes()
    (tmp_path / "c.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("c.npz", "none.npz"):
        with pytest.raises(FileError, match=name):
            load_clip(tmp_path / name)


def test_a_folder_that_is_not_there_is_named(clip, tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        save_clip(tmp_path / "nowhere" / "c.npz", clip)
