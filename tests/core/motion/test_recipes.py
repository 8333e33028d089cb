"""Recipes: what is written comes back; what is no recipe is refused and says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FileError
from core.labels import LABELS
from core.motion.recipes import from_json, read_recipe, to_json, write_recipe
from core.motion.sequence import Cue, Sequence

SECONDS = st.floats(0.01, 100.0)
CUES = st.builds(
    Cue,
    st.sampled_from(LABELS),
    st.floats(0, 100),
    SECONDS,
    st.floats(0, 10),
    SECONDS,
    st.floats(0, 2),
    st.integers(0, 2**31 - 1),
    st.booleans(),
)
SEQUENCES = st.builds(
    Sequence,
    st.lists(CUES, max_size=4).map(tuple),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    st.booleans(),
    st.floats(0, 60),
    st.floats(0, 1),
    st.integers(0, 99),
    st.floats(0, 100),
)
WHOLE = {"format": "mimica-recipe", "version": 1, "cues": [{"expression": "fear"}]}


@given(SEQUENCES)
def test_a_recipe_gives_back_the_sequence(sequence):
    assert from_json(to_json(sequence), "here") == sequence


def test_a_file_gives_back_the_sequence_and_leaves_nothing_beside(tmp_path):
    sequence = Sequence((Cue("happy", 0.5, seed=3), Cue("mouth_open", 2.0, mute=True)), "Grüße", True, 15.0, 0.3, 7, 9.5)
    write_recipe(tmp_path / "r.json", sequence)
    assert read_recipe(tmp_path / "r.json") == sequence
    assert [item.name for item in tmp_path.iterdir()] == ["r.json"]
    with pytest.raises(FileError, match="cannot be written"):
        write_recipe(tmp_path / "nowhere" / "r.json", sequence)


def test_what_is_left_out_is_the_default(tmp_path):
    (tmp_path / "r.json").write_text(json.dumps(WHOLE), encoding="utf-8")
    assert read_recipe(tmp_path / "r.json") == Sequence((Cue("fear"),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "mpfb"}, "format is 'mpfb', expected 'mimica-recipe'"),
        ({"version": 2}, "version 2; this Mimica reads 1"),
        ({"version": "1"}, "version '1'"),
        ({"cues": None}, "'cues' is NoneType; expected a list"),
        ({"cues": ["fear"]}, 'expression 1: expected a table with at least "expression"'),
        ({"cues": [{"start": 1.0}]}, "expression 1: expected a table"),
        ({"cues": [{"expression": "feer"}]}, r"Expression 1 .*feer.*Did you mean fear"),
        ({"cues": [{"expression": "fear", "attck": 1.0}]}, "no field 'attck'. Did you mean 'attack'"),
        ({"cues": [{"expression": "fear", "attack": "slow"}]}, "attack is slow"),
        ({"cues": [{"expression": "fear", "mute": 1}]}, "'mute' is 1; expected true or false"),
        ({"cues": [{"expression": "fear", "start": -1}]}, "start is -1"),
        ({"blinks": "many"}, "blinks a minute is many"),
        ({"name": 3}, "no name"),
        ({"blink": 3}, "no field 'blink'. Did you mean 'blinks'"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path, change, message):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(WHOLE | change), encoding="utf-8")
    with pytest.raises(FileError, match=message) as caught:
        read_recipe(path)
    assert "r.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        (json.dumps(WHOLE)[:-9], "damaged"),
        ("[]", "not a recipe"),
        ("null", "not a recipe"),
        (json.dumps(WHOLE)[:-1] + ', "length": NaN}', "NaN is no finite number"),
        (json.dumps(WHOLE)[:-1] + ', "length": 1e999}', "length is inf"),
        ("[" * 100_000, "damaged"),
        (json.dumps(WHOLE | {"name": "x" * 1_000_001}), "larger than 1 MB"),
    ],
)
def test_damaged_files(tmp_path, text, message):
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=message):
        read_recipe(path)


def test_files_that_are_not_there_or_not_text(tmp_path):
    with pytest.raises(FileError, match=r"none\.json cannot be read as a recipe"):
        read_recipe(tmp_path / "none.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(FileError, match=r"b\.json cannot be read"):
        read_recipe(tmp_path / "b.json")
