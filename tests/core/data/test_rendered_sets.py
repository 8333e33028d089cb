"""Folders of one file a person: filled so that work goes on, and read with an error that says what makes them."""

import numpy as np
import pytest

from core.data.rendered_sets import files_in, make_files
from core.errors import FileError
from core.npz import read_npz


def test_files_that_are_there_are_kept_and_nobody_is_left_out(tmp_path, capsys):
    folder, asked = tmp_path / "new" / "set", []

    def make(number):
        asked.append(number)
        return None if number == 4 else {"number": np.array([number])}

    make_files(folder, "7_{:04d}.npz", range(3, 5), make, "people")
    before = (folder / "7_0003.npz").stat().st_mtime_ns
    make_files(folder, "7_{:04d}.npz", range(3, 6), make, "people")
    assert asked == [3, 4, 4, 5] and (folder / "7_0003.npz").stat().st_mtime_ns == before
    assert [path.name for path in files_in(folder, "*_*.npz", "people", "nobody")] == ["7_0003.npz", "7_0005.npz"]
    assert read_npz(folder / "7_0005.npz")["number"] == [5] and "3 of 3 people" in capsys.readouterr().err


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(FileError, match="There are no pairs of faces in .*python -m core.data.face_pairs"):
        files_in(tmp_path, "*.npz", "pairs of faces", "face_pairs")
