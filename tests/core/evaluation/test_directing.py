"""The measures of directed performances."""

import numpy as np
import pytest

from core.evaluation import directing
from core.motion.sequence import Cue, Sequence
from core.runtime.backend import OnnxBackend


def test_one_expression_by_itself_is_about_its_own_measure():
    sequence = Sequence((Cue("happiness", 0.0, 1.0, 0.5, 1.0, seed=3),))
    assert 0.9 < directing.ratio(sequence, 30.0, OnnxBackend()) < 1.2


def test_the_table_says_what_the_issue_demands(monkeypatch):
    monkeypatch.setattr(directing, "SEQUENCES", 3)
    table = directing.accelerations(lambda _fraction, _what: None)
    assert len(table.rows) == len(table.metrics) == 6 and max(table.metrics.values()) < 2.0


def test_keys_of_captures(shared):
    file = next((shared / "data" / "arkit_capture").glob("*.csv*"))
    table = directing.keys_of([file], lambda _fraction, _what: None)
    assert len(table.rows) == 3 and all(ratio < 0.9 for ratio in table.metrics.values())


def test_random_sequences_are_the_same_for_the_same_numbers():
    first, again = (directing.random_sequence(np.random.default_rng(1), 0.3) for _ in range(2))
    assert first == again and 2 <= len(first.cues) <= 5 and min(cue.attack for cue in first.cues) >= 0.3


@pytest.mark.parametrize("folder", ["none", "."])
def test_without_captures_there_is_only_the_first_table(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(directing, "SEQUENCES", 1)
    assert len(directing.directing(tmp_path / folder, lambda _fraction, _what: None)) == 1
