"""What the command line's train accepts."""

import pytest

pytest.importorskip("torch")

from core.errors import FileError, ModelError, ValueRangeError  # noqa: E402
from core.training import train  # noqa: E402


@pytest.mark.parametrize(
    ("model", "data", "preset", "error", "message"),
    [
        ("fev_gan", "synthetic", "cpu", ModelError, "Known: motion"),
        ("s2d", "synthetic", "huge", ValueRangeError, "published"),
        ("s2d", "coma:/there", "cpu", ValueRangeError, "synthetic:FOLDER"),
        ("motion", "synthetic:/not/there", "cpu", FileError, "core.data.synthetic"),
    ],
)
def test_what_cannot_be_trained_is_said(model, data, preset, error, message):
    with pytest.raises(error, match=message):
        train(model, data, preset, False, None, lambda done, what: None)
