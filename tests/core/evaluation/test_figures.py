"""Curves and error maps: what is drawn is where it should be."""

import numpy as np

from core.evaluation import figures
from core.evaluation.cross_validation import CURVE, Record


def test_heat_runs_from_blue_to_red():
    low, high = figures.heat(np.array([0.0, 1.0]))
    assert low[2] > low[0] and high[0] > high[2]
    assert np.array_equal(figures.heat(np.array([-1.0, 7.0])), np.array([low, high]))


def test_the_axis_ends_where_all_but_no_motion_have_nearly_all_vertices():
    fast, slow = np.minimum(CURVE / 0.3, 1.0), np.minimum(CURVE / 100.0, 1.0)
    assert figures.reach({"ridge": fast, "zero": slow}) == 0.5
    assert figures.reach({"ridge": slow}) == CURVE[-1]


def test_a_better_method_is_drawn_higher():
    good, bad = np.minimum(CURVE / 0.3, 1.0), np.minimum(CURVE / 1.0, 1.0)
    image = figures.curve_plot("title", {"product": good, "ridge": bad})
    place = {name: np.argwhere((image[:, 100:600] == figures.COLOURS[name]).all(axis=2)) for name in ("product", "ridge")}
    column = 150
    heights = {name: at[at[:, 1] == column, 0].mean() for name, at in place.items()}
    assert heights["product"] < heights["ridge"]


def test_a_head_is_red_where_the_error_is(tiny):
    vertices = tiny.neutral[0]
    error = (vertices[:, 2] > 0).astype(float)
    image = figures.head_map(vertices, tiny.triangles, error, 1.0).astype(int)
    drawn = (image != figures.BACKGROUND).any(axis=2)
    red = image[..., 0] > image[..., 2]
    rows = np.arange(len(image))
    assert drawn.sum() > 1000
    assert (rows[:, None] * (drawn & red)).sum() / (drawn & red).sum() < (rows[:, None] * (drawn & ~red)).sum() / (drawn & ~red).sum()


def test_files_of_the_cross_validation(tiny, tmp_path):
    from core.evaluation.metrics import measure

    found = measure(
        {"ridge": lambda landmarks, neutral: np.zeros(neutral.shape, np.float32)}, tiny.frames(tiny.fold("identity", 0)), tiny.visible
    )
    record = Record(tmp_path / "record.json", tiny.name, "cpu")
    row = {"split": "expression", "fold": 0, "seed": 0, "method": "ridge", "mean": 1, "std": 1, "moving": 1, "p99": 1}
    record.add([row | {"curve": np.minimum(CURVE, 1.0).tolist(), "seconds": 1}])
    written = figures.write(tmp_path / "figures", tiny, found, record)
    assert [path.name for path in written] == ["curves_identity.png", "curves_expression.png", "error_maps.png"]
    assert all(path.is_file() for path in written)
