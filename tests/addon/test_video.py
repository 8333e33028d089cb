"""Capture from Video in every Blender: the frames it decodes, and what becomes of them on a head."""

import struct
from pathlib import Path

import numpy as np
import pytest
from blender_harness import VERSIONS, run_in_blender

from core.image.files import write_png

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]
FRAMES, FPS, WIDTH, HEIGHT = 40, 25, 320, 176


def coded(number):
    """A frame that says which it is, by eight bars at the top."""
    frame = np.full((HEIGHT, WIDTH, 3), [200, 90, 40], np.uint8)
    for bit in range(8):
        frame[: HEIGHT // 8, bit * WIDTH // 8 : (bit + 1) * WIDTH // 8] = 235 if number >> bit & 1 else 16
    return frame


@pytest.fixture
def movies(tmp_path):
    """The same frames as a movie, as one that a phone held on its side, and as pictures."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    writer = ffmpeg.write_frames(str(tmp_path / "coded.mp4"), (WIDTH, HEIGHT), fps=FPS, codec="libx264", output_params=["-crf", "12"])
    writer.send(None)
    for number in range(FRAMES):
        writer.send(coded(number))
    writer.close()
    data = bytearray((tmp_path / "coded.mp4").read_bytes())
    at, one = data.index(b"tkhd") + 44, 1 << 16
    data[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, HEIGHT * one, 0, 1 << 30)
    (tmp_path / "turned.mp4").write_bytes(data)
    (tmp_path / "frames").mkdir()
    for number in range(4):
        write_png(tmp_path / "frames" / f"{number:04d}.png", coded(number))
    (tmp_path / "portrait").mkdir()
    for number in range(8):
        write_png(
            tmp_path / "portrait" / f"{number:04d}.png", np.ascontiguousarray(pytest.importorskip("skimage.data").astronaut()[:256, 96:352])
        )
    return tmp_path


SAID = {
    "text.mp4": "cannot be read as a movie",
    "empty.mp4": "is empty (0 bytes)",
    "cut.mp4": "cannot be read as a movie",
    "none": "cannot be read as a movie",
    "absent.mp4": "There is no movie",
}


def test_movies_and_folders_play_on_the_head(version, root, movies):
    thorough = version in (VERSIONS[0], VERSIONS[-1])  # what becomes of a capture on a head is no matter of the version
    made = run_in_blender(version, SCRIPTS / "video.py", root / "demo" / "head.obj", movies, *["thorough"] * thorough)
    assert made["scene_kept"]
    movie, folder, turned = made["seen"]
    assert movie["numbers"] == list(range(FRAMES)) and movie["fps"] == FPS and movie["shape"] == [HEIGHT, WIDTH, 3]
    assert movie["name"] == "coded.mp4" and movie["smoothing"] is False
    assert np.abs(np.array(movie["corner"]) - [200, 90, 40]).max() < 6
    assert folder["numbers"] == [0, 1, 2, 3] and folder["fps"] == 24 and folder["corner"] == [200, 90, 40]
    assert turned["shape"] == [WIDTH, HEIGHT, 3]
    assert turned["right"][0] > 200 and turned["right"][1] < 40  # the bars of the last frame, from the top down
    if not thorough:
        return
    assert movie["rest"] == 10 / FPS and folder["rest"] is None
    assert {name for name, word in SAID.items() if word not in made["refused"][name]} == set()
    assert made["refused_unchanged"]
    wanted = np.arange(0, 40, 6) / 24 * FPS / 100
    assert np.abs(np.array(made["shown"]) - np.minimum(wanted, 0.39)).max() < 5e-3
    assert made["written"][0] == FRAMES and made["written"][1] == pytest.approx(0.39)
    assert made["clips"] == ["coded", "frames", "turned"]
    if "smile" in made:
        assert min(made["smile"]) > 0.2 and made["last"] == "portrait"
