"""Videos are read frame by frame, in even time and upright; what is no video is said to be none."""

import os
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.errors import BackendError, FileError
from core.video import ffmpeg
from core.video.files import open_video
from core.video.writing import write_video

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="videos are read with imageio-ffmpeg")
WIDTH, HEIGHT, COUNT = 64, 48, 12


def make(*arguments) -> None:
    """Runs ffmpeg itself: what our own writer does not make."""
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def lighter(count: int = COUNT):
    """Grey frames, each lighter than the one before, their upper left corner white."""
    for level in range(count):
        frame = np.full((HEIGHT, WIDTH, 3), 12 * level, np.uint8)
        frame[:16, :16] = 255
        yield frame


def levels(path) -> tuple[float, list[float]]:
    with open_video(path) as video:
        return video.fps, [float(frame[-10:, -10:].mean()) / 12 for frame in video.frames]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "a clip.mp4"
    write_video(path, lighter(), 25)
    return path


@pytest.fixture
def clip(made, tmp_path) -> Path:
    path = tmp_path / made.name
    path.write_bytes(made.read_bytes())
    return path


def test_frames_come_in_order_upright_and_whole(clip):
    with open_video(clip) as video:
        assert (video.width, video.height, video.fps) == (WIDTH, HEIGHT, 25.0)
        assert video.seconds == pytest.approx(COUNT / 25, abs=0.02)
        frames = list(video.frames)
    assert all(frame.shape == (HEIGHT, WIDTH, 3) and frame.dtype == np.uint8 for frame in frames)
    np.testing.assert_allclose(levels(clip)[1], np.arange(COUNT), atol=0.35)


@pytest.mark.parametrize("fps", [30000 / 1001, 24000 / 1001, 12.5, 60])
def test_the_rate_is_exact(tmp_path, fps):
    write_video(tmp_path / "a.mp4", lighter(), fps)
    rate, found = levels(tmp_path / "a.mp4")
    assert rate == pytest.approx(fps, abs=1e-9) and len(found) == COUNT


def test_a_reader_may_stop_early_and_the_decoder_ends(clip, monkeypatch):
    started = []
    real = subprocess.Popen

    def watched(*arguments, **options):
        started.append(real(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", watched)
    with open_video(clip) as video:
        assert next(video.frames).shape == (HEIGHT, WIDTH, 3)
    assert len(started) >= 1 and all(process.returncode is not None for process in started)
    assert list(video.frames) == []


@pytest.mark.parametrize("fast", [0.5, 0.2])
def test_an_uneven_rate_keeps_time(tmp_path, fast):
    """Six frames at 30 a second, then six at a slower rate, as phones record: at any time the frame of that time is shown."""
    step = 1 / (30 * fast)
    write_video(tmp_path / "even.mp4", lighter(), 30)
    late = f"setpts='if(lt(N,6),N/30,6/30+(N-6)*{step})/TB'"
    make("-i", tmp_path / "even.mp4", "-vf", late, "-fps_mode", "vfr", "-c:v", "libx264", "-crf", 5, tmp_path / "uneven.mp4")
    fps, found = levels(tmp_path / "uneven.mp4")
    assert fps == 30.0
    starts = np.where(np.arange(COUNT) < 6, np.arange(COUNT) / 30, 0.2 + (np.arange(COUNT) - 6) * step)
    shown = np.searchsorted(starts, np.arange(len(found)) / fps + 1e-3, side="right") - 1
    assert starts[-1] < len(found) / fps < starts[-1] + step + 0.15
    assert np.abs(np.round(found) - shown).max() <= 1 and np.abs(np.round(found) - shown).mean() < 0.3


@pytest.mark.parametrize(
    ("stream", "fps"),
    [
        ("29.97 fps, 29.97 tbr, 30k tbn", 30000 / 1001),
        ("29.42 fps, 30 tbr, 600 tbn", 30),
        ("29.42 fps, 90k tbr, 90k tbn", 30),
        ("13.4 fps, 120 tbr", 24),
        ("yuv420p(top first), 25 fps, 50 tbr, 25 tbn", 25),
        ("yuv420p(progressive), 15 fps, 30 tbr", 30),
        ("59.94 fps, 59.94 tbr", 60000 / 1001),
        ("119.88 fps, 119.88 tbr", 120000 / 1001),
        ("15 tbr, 90k tbn", 15),
        ("0.50 fps, 0.50 tbr", 0.5),
    ],
)
def test_rates_as_ffmpeg_states_them(stream, fps):
    assert float(ffmpeg._even_rate(Path("a.mp4"), f"Stream #0:0: Video: h264, 64x48, {stream}")) == pytest.approx(fps, abs=1e-9)


def test_an_unknown_rate_is_said():
    with pytest.raises(FileError, match="a.mp4 does not say how many frames"):
        ffmpeg._even_rate(Path("a.mp4"), "Stream #0:0: Video: h264, 64x48, 90k tbn")


@pytest.mark.parametrize(("turn", "corner"), [(90, "lower left"), (180, "lower right"), (-90, "upper right")])
def test_a_phone_held_otherwise_is_upright(clip, tmp_path, turn, corner):
    make("-display_rotation", turn, "-i", clip, "-c", "copy", tmp_path / "turned.mp4")
    with open_video(tmp_path / "turned.mp4") as video:
        frame = next(video.frames)
    assert (video.width, video.height) == ((HEIGHT, WIDTH) if turn != 180 else (WIDTH, HEIGHT))
    white = frame.mean(axis=2) > 200
    seen = {"lower left": white[-12:, :12], "lower right": white[-12:, -12:], "upper right": white[:12, -12:]}[corner]
    assert seen.all() and white.mean() < 0.12


def test_pixels_that_are_not_square_are_made_so(clip, tmp_path):
    make("-i", clip, "-vf", "setsar=3/2", "-c:v", "libx264", tmp_path / "wide.mp4")
    with open_video(tmp_path / "wide.mp4") as video:
        assert (video.width, video.height) == (96, 48)


@pytest.mark.parametrize("name", ["-i.mp4", "concat:a|b.mp4", "https:", "pipe:0", "größe 100%d.mp4", "a'b\".mp4"])
def test_a_name_is_only_a_name(made, tmp_path, monkeypatch, name):
    if os.name == "nt" and set(name) & set(':|"'):
        pytest.skip("Windows has no such names")
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(made.read_bytes())
    with open_video(Path(name)) as video:
        assert next(video.frames).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", ["pipe:0", "concat:a clip.mp4", "testsrc", "-version"])
def test_what_is_no_file_is_not_opened(tmp_path, monkeypatch, made, name):
    monkeypatch.chdir(made.parent)
    with pytest.raises(FileError, match="There is no video"), open_video(name):
        pass


@pytest.mark.parametrize("listing", ["ffconcat version 1.0\nfile other.mp4\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n"])
def test_a_list_of_other_files_is_no_video(clip, listing):
    (clip.parent / "other.mp4").write_bytes(clip.read_bytes())
    clip.write_text(listing)
    with pytest.raises(FileError, match="a clip.mp4 cannot be read as a video"), open_video(clip):
        pass


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\x00\x00\x00\x18ftypisom" + bytes(400), bytes(range(256)) * 9])
def test_what_is_no_video(tmp_path, content):
    path = tmp_path / "fake.mp4"
    path.write_bytes(content)
    with pytest.raises(FileError, match="fake.mp4 cannot be read as a video"), open_video(path):
        pass


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "gone.mp4", tmp_path):
        with pytest.raises(FileError, match="There is no video"), open_video(path):
            pass


def test_sound_without_pictures(tmp_path):
    make("-f", "lavfi", "-i", "sine=d=0.2", tmp_path / "song.m4a")
    with (
        pytest.raises(FileError, match="song.m4a cannot be read as a video .it holds sound, but no pictures"),
        open_video(tmp_path / "song.m4a"),
    ):
        pass


def test_one_frame_and_none(clip, tmp_path):
    make("-i", clip, "-frames:v", 1, "-c:v", "libx264", tmp_path / "one.mp4")
    assert len(levels(tmp_path / "one.mp4")[1]) == 1
    make("-i", clip, "-vf", "select=0", "-c:v", "mpeg4", tmp_path / "none.avi")
    with pytest.raises(FileError, match="none.avi (holds no frame|cannot be read|does not say)"), open_video(tmp_path / "none.avi"):
        pass


def test_a_truncated_video(clip, tmp_path):
    """Without its index it is none; with it, the frames that are there come."""
    make("-i", clip, "-c", "copy", tmp_path / "late.mp4")  # the index comes last
    for path, share in ((tmp_path / "late.mp4", 0.9), (clip, 0.1)):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(FileError, match=path.name), open_video(path):
            pass
    noise = np.random.default_rng(0).integers(0, 256, (30, HEIGHT, WIDTH, 3), dtype=np.uint8)
    write_video(tmp_path / "noise.mp4", noise, 25)
    data = (tmp_path / "noise.mp4").read_bytes()
    (tmp_path / "noise.mp4").write_bytes(data[: len(data) // 2])
    assert 5 <= len(levels(tmp_path / "noise.mp4")[1]) < 30


def test_a_damaged_video(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (30, HEIGHT, WIDTH, 3), dtype=np.uint8)
    write_video(tmp_path / "a.mp4", noise, 25)
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    (tmp_path / "a.mp4").write_bytes(data)
    assert 10 <= len(levels(tmp_path / "a.mp4")[1]) <= 30


def test_many_frames_are_not_held(tmp_path):
    """Two minutes at 160 x 120 are 200 MB; the reader never holds more than some frames."""
    make("-f", "lavfi", "-i", "color=s=160x120:r=30:d=120", "-c:v", "libx264", "-preset", "ultrafast", tmp_path / "long.mp4")
    with open_video(tmp_path / "long.mp4") as video:
        tracemalloc.start()
        try:
            assert sum(1 for _ in video.frames) == 3600
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()


def test_without_the_package_what_to_do_is_said(clip, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(BackendError, match="pip install imageio-ffmpeg"), open_video(clip):
        pass
