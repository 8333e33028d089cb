"""The sheets that are looked at: they show the face that was generated, and change when it does."""

import numpy as np
import pytest

from core.errors import FileError
from core.evaluation import sheets
from core.head.template import load_template
from core.runtime.backend import OnnxBackend


def test_a_picture_shows_the_whole_face_and_what_moves():
    pytest.importorskip("PIL")
    template = load_template()
    colour = sheets.colours(template)
    still, *_, apex = sheets.generated(template.vertices, "mouth_open", 0, 5, OnnxBackend())
    assert np.array_equal(still, template.vertices)
    before, after = (sheets.picture(face, template, colour, sheets.FRONT).astype(int) for face in (still, apex))
    changed = np.abs(after - before).sum(axis=2) > 30
    rows = np.flatnonzero(changed.any(axis=1))
    assert before.shape == (sheets.PX, sheets.PX, 3)
    assert changed.mean() > 0.01
    assert rows.mean() > sheets.PX / 2, "the mouth is below the middle"


def test_film_strips_have_a_row_for_each_seed_and_differ():
    image = sheets.film_strips(load_template().vertices, OnnxBackend())
    assert image.shape == (sheets.SEEDS * sheets.PX, sheets.FRAMES * sheets.PX, 3)
    first, second, _ = np.split(image.astype(int), sheets.SEEDS)
    neutral, apex = slice(0, sheets.PX), slice(-sheets.PX, None)
    assert np.array_equal(first[:, neutral], second[:, neutral])
    assert not np.array_equal(first[:, apex], second[:, apex])


def test_a_folder_that_cannot_be_made_is_named(tmp_path, tiny):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file"):
        sheets.write(tmp_path / "file" / "below", tiny, lambda *_: None)
