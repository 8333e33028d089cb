"""Videos and frames are written whole or not at all."""

import errno
import os
import subprocess

import numpy as np
import pytest

from core.errors import Cancelled, FileError, ValueRangeError
from core.image.files import read_png
from core.video import writing
from core.video.ffmpeg import probe
from core.video.files import open_video
from core.video.writing import check_place, write_frames, write_video

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="videos are written with imageio-ffmpeg")


def coloured(count=10, height=48, width=64):
    """A coloured square that moves over grey."""
    for k in range(count):
        frame = np.full((height, width, 3), 90, np.uint8)
        frame[16:32, 4 * k : 4 * k + 16] = (220, 60, 40)
        yield frame


def details(path) -> str:
    return subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", path], capture_output=True, text=True, check=False).stderr


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """A video of two seconds with sound, and one of a second without."""
    folder = tmp_path_factory.mktemp("sound")
    write_video(folder / "silent.mp4", coloured(), 10)
    sound = ["-f", "lavfi", "-i", "sine=d=2", "-c:v", "copy", "-c:a", "aac"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", folder / "silent.mp4", *sound, folder / "spoken.mp4"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return folder


@pytest.mark.parametrize("suffix", [".mp4", ".MOV", ".mkv"])
def test_what_is_written_is_read_with_its_colours(tmp_path, suffix):
    path = tmp_path / f"-ein: Film 100%d{suffix}"
    assert write_video(path, coloured(), 30000 / 1001) == 10
    with open_video(path) as video:
        assert video.fps == pytest.approx(30000 / 1001)
        found = np.stack(list(video.frames)).astype(int)
    assert np.abs(found - np.stack(list(coloured())).astype(int)).mean() < 4
    assert "h264" in details(path) and "yuv420p" in details(path) and "bt709" in details(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("height", "width"), [(49, 65), (49, 64), (1, 1)])
def test_odd_sides_get_a_line_more(tmp_path, height, width):
    write_video(tmp_path / "a.mp4", (np.full((height, width, 3), 130, np.uint8) for _ in range(3)), 25)
    with open_video(tmp_path / "a.mp4") as video:
        assert (video.height, video.width) == (height + height % 2, width + width % 2)
        assert np.abs(next(video.frames).astype(int) - 130).max() < 4


def test_sound_is_kept_and_cut_to_the_pictures(spoken, tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, coloured(), 10, audio_from=spoken / "spoken.mp4")
    stated = probe(path)
    assert stated.sound and stated.seconds == pytest.approx(1.0, abs=0.1)
    write_video(path, coloured(), 10, audio_from=spoken / "silent.mp4")
    assert not probe(path).sound
    write_video(path, coloured(), 2, audio_from=spoken / "spoken.mp4")
    assert probe(path).seconds == pytest.approx(5.0, abs=0.1)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileError, match="There is no video"):
        write_video(path, coloured(), 10, audio_from=tmp_path / "none.mp4")


@pytest.mark.parametrize("error", [Cancelled("stop"), KeyboardInterrupt(), OSError(errno.EIO, "the source broke")])
@pytest.mark.parametrize("after", [0, 4])
def test_what_is_broken_off_leaves_nothing(tmp_path, error, after):
    def frames():
        yield from coloured(after)
        raise error

    path, folder = tmp_path / "a.mp4", tmp_path / "frames"
    path.write_bytes(b"as before")
    for write in (lambda: write_video(path, frames(), 10), lambda: write_frames(folder, frames())):
        with pytest.raises(type(error)) as raised:
            write()
        assert raised.value is error
    assert path.read_bytes() == b"as before" and list(tmp_path.iterdir()) == [path]


def test_no_place_to_write(tmp_path):
    (tmp_path / "file").write_text("no folder")
    for path in (tmp_path / "none" / "a.mp4", tmp_path / "file" / "a.mp4"):
        for write in (lambda path: write_video(path, coloured(), 10), check_place):
            with pytest.raises(FileError, match="a.mp4 cannot be written"):
                write(path)
    with pytest.raises(FileError, match="frames cannot be written"):
        write_frames(tmp_path / "none" / "frames", coloured())
    (tmp_path / "taken.mp4").mkdir()
    with pytest.raises(FileError, match="taken.mp4 cannot be written"):
        write_video(tmp_path / "taken.mp4", coloured(), 10)
    with pytest.raises(FileError, match="ends in '.txt'"):
        write_video(tmp_path / "a.txt", coloured(), 10)
    for name, said in (
        ("taken.mp4", "taken.mp4 cannot be written"),
        ("a.txt", "ends in '.txt'"),
        ("file", "is not a folder that is empty"),
    ):
        with pytest.raises(FileError, match=said):
            check_place(tmp_path / name)
    check_place(tmp_path / "new.mp4")
    check_place(tmp_path / "new")
    check_place(tmp_path / "new.v2", folder=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "taken.mp4"]


def test_a_full_disk(tmp_path, monkeypatch):
    def full(_path, _image):
        raise FileError(f"{_path} cannot be written ({os.strerror(errno.ENOSPC)}). Choose another folder or free some space.")

    monkeypatch.setattr(writing, "write_png", full)
    with pytest.raises(FileError, match=r"frames/00000.png cannot be written \(No space left on device\)"):
        write_frames(tmp_path / "frames", coloured())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_an_encoder_whose_disk_is_full(tmp_path, monkeypatch):
    """/dev/full is a disk without space."""
    monkeypatch.setattr(writing, "_target", lambda _beside, _kind: ["-f", "mpegts", "-y", "file:/dev/full"])
    with pytest.raises(FileError, match=r"a.mp4 cannot be written \(No space left on device\)"):
        write_video(tmp_path / "a.mp4", (np.random.default_rng(0).integers(0, 256, (8, 240, 320, 3), dtype=np.uint8)), 10)
    assert list(tmp_path.iterdir()) == []


def test_frames_that_are_none(tmp_path):
    for frames in ([], [np.zeros((4, 4), np.uint8)], [np.zeros((4, 4, 3))], [np.zeros((4, 4, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)]):
        with pytest.raises(ValueRangeError, match="a.mp4"):
            write_video(tmp_path / "a.mp4", frames, 10)
    for fps in (0, -1, float("nan"), 1e9):
        with pytest.raises(ValueRangeError, match="fps is"):
            write_video(tmp_path / "a.mp4", coloured(), fps)
    with pytest.raises(ValueRangeError, match="no frame"):
        write_frames(tmp_path / "frames", [])
    assert list(tmp_path.iterdir()) == []


def test_numbered_frames(tmp_path):
    folder = tmp_path / "frames"
    assert write_frames(folder, coloured(5)) == 5
    assert write_frames(folder, coloured(3)) == 3
    assert sorted(entry.name for entry in folder.iterdir()) == ["00000.png", "00001.png", "00002.png"]
    assert (read_png(folder / "00002.png") == list(coloured(3))[2]).all()
    (folder / "notes.txt").write_text("keep")
    with pytest.raises(FileError, match="Name a new folder"):
        write_frames(folder, coloured(2))
    assert len(list(folder.iterdir())) == 4
