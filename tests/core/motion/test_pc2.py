"""Point caches: what is written is read, as Blender lays it out; what is damaged is refused."""

import struct

import numpy as np
import pytest

from core.errors import FileError, ValueRangeError
from core.motion.pc2 import read_pc2, write_pc2


def test_written_and_read_and_laid_out_as_pc2(tmp_path):
    vertices = np.random.default_rng(0).normal(size=(150, 7, 3)).astype(np.float32)
    write_pc2(tmp_path / "a.pc2", vertices, start=12.0, rate=0.5)
    assert np.array_equal(read_pc2(tmp_path / "a.pc2"), vertices)
    data = (tmp_path / "a.pc2").read_bytes()
    assert struct.unpack("<12siiffi", data[:32]) == (b"POINTCACHE2\0", 1, 7, 12.0, 0.5, 150)
    assert np.array_equal(np.frombuffer(data[32:], "<f4"), vertices.ravel())
    write_pc2(tmp_path / "b.pc2", np.asfortranarray(vertices.astype(np.float64)))
    assert np.array_equal(read_pc2(tmp_path / "b.pc2"), vertices)


def test_damaged_files_are_refused(tmp_path):
    write_pc2(tmp_path / "good.pc2", np.zeros((3, 4, 3)))
    good = (tmp_path / "good.pc2").read_bytes()
    cases = {
        "no PC2 point cache": b"",
        "begins with b'POINTCACH": good[:20],
        "begins with b'ply": b"ply\nformat ascii 1.0\n" * 9,
        "PC2 version 2": good[:12] + struct.pack("<i", 2) + good[16:],
        "3 frames of 4 points, 176 bytes; it has 175": good[:-1],
        "it has 180": good + bytes(4),
        "-3 frames": good[:28] + struct.pack("<i", -3) + good[32:],
        "0 frames": good[:28] + struct.pack("<i", 0),
        "2000000000 frames of 4": good[:28] + struct.pack("<i", 2_000_000_000) + good[32:],
        "no finite numbers": good[:-4] + struct.pack("<f", np.nan),
    }
    for said, data in cases.items():
        (tmp_path / "bad.pc2").write_bytes(data)
        with pytest.raises(FileError, match=said):
            read_pc2(tmp_path / "bad.pc2")
    with pytest.raises(FileError, match=r"none.pc2 cannot be read"):
        read_pc2(tmp_path / "none.pc2")


@pytest.mark.parametrize("vertices", [np.zeros((3, 4)), np.zeros((0, 4, 3)), np.zeros((2, 0, 3)), np.full((1, 2, 3), np.inf)])
def test_what_is_no_cache_is_not_written(tmp_path, vertices):
    with pytest.raises(ValueRangeError, match="expected finite ones"):
        write_pc2(tmp_path / "a.pc2", vertices)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_pc2(tmp_path / "none" / "a.pc2", np.zeros((1, 2, 3)))
