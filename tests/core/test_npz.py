"""npz in without pickle and with two kinds of errors only, npz out without half files."""

import errno

import numpy as np
import pytest

from core.errors import FileError
from core.npz import read_npz, write_npz


def test_what_is_written_is_read(tmp_path):
    write_npz(tmp_path / "a.npz", {"a": np.arange(3), "word": np.array("jawOpen")})
    found = read_npz(tmp_path / "a.npz", ["a"])
    assert found["a"].tolist() == [0, 1, 2] and str(found["word"]) == "jawOpen" and len(found) == 2


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")


def test_other_files_are_a_value_error(tmp_path):
    path = tmp_path / "a.npz"
    write_npz(path, {"a": np.arange(1000)})
    whole = path.read_bytes()
    for content in (b"", b"PK", b"no zip", whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(ValueError):
            read_npz(path)
    with path.open("wb") as handle:
        np.save(handle, np.arange(3))
    with pytest.raises(ValueError):
        read_npz(path)


def test_flipped_bytes_are_a_value_error_or_do_no_harm(tmp_path, flipped):
    path = tmp_path / "a.npz"
    write_npz(path, {"a": np.random.default_rng(0).normal(size=500), "b": np.array("word")})
    whole, refused = path.read_bytes(), 0
    for damaged in flipped(whole, 200, 4):
        path.write_bytes(damaged)
        try:
            read_npz(path)
        except ValueError:
            refused += 1
    assert refused > 150


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        read_npz(tmp_path / "a.npz")


def test_what_it_lacks_is_named(tmp_path):
    write_npz(tmp_path / "a.npz", {"a": np.arange(3)})
    with pytest.raises(ValueError, match="it has no b, c"):
        read_npz(tmp_path / "a.npz", ["a", "b", "c"])


def test_write_is_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "out.npz"
    write_npz(path, {"a": np.arange(3)})
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(FileError, match="No space left on device.*free some space"):
        write_npz(path, {"a": np.arange(9)})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out.npz"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_npz(tmp_path / "nowhere" / "out.npz", {"a": np.arange(3)})
