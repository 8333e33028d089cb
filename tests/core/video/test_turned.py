"""The rotation that an MP4 asks for, from its boxes."""

import struct

import numpy as np
import pytest

from core.video.turned import quarter_turns, upright

ONE = 1 << 16
MATRICES = {0: (ONE, 0, 0, ONE), 1: (0, ONE, -ONE, 0), 2: (-ONE, 0, 0, -ONE), 3: (0, -ONE, ONE, 0)}


def box(kind, content, wide=False):
    return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content if wide else struct.pack(">I4s", len(content) + 8, kind) + content


def header(turns, version=0, size=(640, 360)):
    a, b, c, d = MATRICES[turns]
    before = bytes([version]) + bytes(51 if version else 39)
    return box(b"tkhd", before + struct.pack(">9i2I", a, b, 0, c, d, 0, 0, 0, 1 << 30, *size))


@pytest.mark.parametrize("turns", MATRICES)
@pytest.mark.parametrize("version", [0, 1])
def test_every_turn_is_read(tmp_path, turns, version):
    sound = box(b"trak", header(0, size=(0, 0)))
    video = box(b"trak", box(b"edts", bytes(20)) + header(turns, version))
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + box(b"mdat", bytes(100), wide=True) + box(b"moov", box(b"mvhd", bytes(100)) + sound + video))
    assert quarter_turns(path) == turns


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF1234AVI ", box(b"moov", b"")[:-1], struct.pack(">I4s", 4, b"moov") * 3, box(b"moov", box(b"trak", b"\0\0\0\x09tkhd"))],
)
def test_other_files_ask_for_none(tmp_path, data):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert quarter_turns(path) == 0 and quarter_turns(tmp_path / "absent.mp4") == 0


def test_frames_turn_clockwise():
    frame = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    assert upright(frame, 1)[..., 0].tolist() == [[3, 0], [4, 1], [5, 2]]
