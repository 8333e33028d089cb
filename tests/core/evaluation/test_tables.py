"""Tables as text and as JSON."""

import json

import pytest

from core.errors import FileError
from core.evaluation import paper
from core.evaluation.tables import Table, as_json, text, write_json

TABLE = Table(
    "Title", ("method", "error, mm"), (("ridge", 0.12345), ("a longer name", None), ("far", 123.456)), {"t_ridge_mm": 0.12345}, ("A note.",)
)


def test_text_is_aligned_markdown():
    lines = text(TABLE).splitlines()
    assert lines[0] == "Title" and lines[-1] == "A note."
    rows = [line for line in lines if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1 and len(rows) == 5
    assert rows[1].count("-:") == 1 and "0.1235" in rows[2] and rows[3].split("|")[2].strip() == "-" and "123.5" in rows[4]


def test_json_has_flat_metrics_rows_and_versions():
    found = as_json([TABLE, paper.TABLE_2])
    assert found["metrics"] == {"t_ridge_mm": 0.12345}
    assert found["rows"][0] == {"table": "Title", "method": "ridge", "error, mm": 0.12345}
    assert "numpy" in found["versions"] and json.loads(json.dumps(found)) == found


def test_the_papers_numbers_are_marked_as_other_data():
    for table in (paper.TABLE_1, paper.TABLE_2):
        assert not table.metrics and any("other data" in note for note in table.notes)
    assert ("S2D-Dec", "0.52 ± 0.59", "0.28 ± 0.31", "0.55 ± 0.62", "0.27 ± 0.30") in paper.TABLE_1.rows


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        write_json(tmp_path / "nowhere" / "t.json", {})
    assert not list(tmp_path.iterdir())
