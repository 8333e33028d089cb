"""What the command line's train accepts, and where its weights go."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from core.errors import FileError, ModelError, ValueRangeError  # noqa: E402
from core.training import export, start, train  # noqa: E402


@pytest.mark.parametrize(
    ("model", "data", "preset", "error", "message"),
    [
        ("fev_gan", "synthetic", "cpu", ModelError, "Known: motion"),
        ("s2d", "bu4d:/there", "cpu", ValueRangeError, "synthetic:FOLDER"),
        ("s2d", "coma:/not/there", "cpu", FileError, "not a folder"),
        ("motion", "synthetic:/not/there", "cpu", FileError, "core.data.synthetic"),
    ],
)
def test_what_cannot_be_trained_is_said(model, data, preset, error, message):
    with pytest.raises(error, match=message):
        train(model, lambda done, what: None, data=data, preset=preset)


def test_a_seed_out_of_range_is_refused_and_another_seed_is_another_run():
    with pytest.raises(ValueRangeError, match="seed is -1"):
        train("s2d", lambda done, what: None, seed=-1)
    one, two = (start._folder(start.Request("s2d", seed=seed), "s2d_dec") for seed in (0, 1))
    assert one != two and one.parent == two.parent


@dataclass(frozen=True)
class Few:
    """As much of a set as its split takes."""

    name: str
    people: tuple[str, ...]
    take: np.ndarray
    held: bool

    def fold(self, split, index):
        return np.full(len(self.take), self.held)


@pytest.mark.parametrize(
    ("name", "model", "held"), [("synthetic", "s2d_dec", True), ("coma", "motion3dgan", False), ("coma", "s2d_dec", False)]
)
def test_a_set_of_too_few_is_refused_with_its_size(name, model, held):
    few = Few(name, ("only",), np.zeros(3, int), held)
    with pytest.raises(ValueRangeError, match="3 clips of 1 people.*two people or more"):
        start.recipe_of(model, "short", few, 0)


def test_only_the_synthetic_sets_weights_take_the_place_of_those_that_ship(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert start._out(start.Request("s2d"), "s2d_dec") == export.MODELS / "s2d_dec"
    assert tmp_path in start._out(start.Request("s2d", data="coma:/data"), "s2d_dec").parents
    assert start._out(start.Request("s2d", out=Path("here")), "s2d_dec") == Path("here")
