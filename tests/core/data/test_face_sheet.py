"""The sheet of rendered faces, on the template's head, which needs no download."""

import numpy as np

from core.data import face_sheet
from core.head.template import load_template


def test_a_sheet_of_different_people(monkeypatch):
    monkeypatch.setattr(face_sheet, "fetch", lambda cache: cache)
    monkeypatch.setattr(face_sheet, "read_shape_space", lambda root, template: None)
    monkeypatch.setattr(face_sheet, "random_identity", lambda space, template, seed: load_template().vertices.astype(np.float64))
    whole, readied, rendered = face_sheet.sheet(1, 2, 48, seed=0)
    assert whole.shape == (48, 96, 3) and whole.dtype == np.uint8
    assert len(readied) == len(rendered) == 2 and min(rendered) > 0
    assert np.abs(whole[:, :48].astype(int) - whole[:, 48:]).mean() > 5
