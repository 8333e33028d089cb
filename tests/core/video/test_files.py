"""Videos are read frame by frame; what is no video is said to be none."""

import numpy as np
import pytest

from core.errors import FileError
from core.video.files import open_video

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="videos are read with imageio-ffmpeg")


@pytest.fixture
def clip(tmp_path):
    """Twelve grey frames, each lighter than the one before."""
    path = tmp_path / "a clip.mp4"
    writer = imageio_ffmpeg.write_frames(str(path), (64, 48), fps=25, macro_block_size=8)
    writer.send(None)
    for level in range(12):
        writer.send(np.full((48, 64, 3), 20 * level, np.uint8).tobytes())
    writer.close()
    return path


def test_frames_come_in_order_upright_and_whole(clip):
    with open_video(clip) as video:
        assert (video.width, video.height, video.fps) == (64, 48, 25.0)
        levels = [frame.mean() for frame in video.frames]
    np.testing.assert_allclose(levels, 20 * np.arange(12), atol=4)


def test_a_reader_may_stop_early(clip):
    with open_video(clip) as video:
        assert next(video.frames).shape == (48, 64, 3)


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\x00\x00\x00\x18ftypisom" + bytes(400)])
def test_what_is_no_video(tmp_path, content):
    path = tmp_path / "fake.mp4"
    path.write_bytes(content)
    with pytest.raises(FileError, match="fake.mp4 cannot be read as a video"), open_video(path):
        pass


def test_a_missing_file(tmp_path):
    with pytest.raises(FileError, match="There is no video"), open_video(tmp_path / "gone.mp4"):
        pass


def test_a_truncated_video(clip):
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 3])
    with pytest.raises(FileError, match="a clip.mp4"), open_video(clip) as video:
        list(video.frames)
