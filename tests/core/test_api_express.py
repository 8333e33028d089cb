"""Expressions of a photo through the front door and on the command line; the network itself is made up here."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.errors import LabelError, LandmarkError, ValueRangeError
from core.image.files import read_png, write_png
from core.labels import BASIC
from core.runtime.backend import OnnxBackend
from core.video.fevgan import FRAMES, SIZE

FACE = Path(__file__).parent / "image" / "face.png"


class Darkens(OnnxBackend):
    """The networks that find faces, and one that makes the whole crop darker by its intensity."""

    def run(self, model, inputs):
        if model != "fevgan":
            return super().run(model, inputs)
        grown = np.linspace(0.0, 1.0, FRAMES, dtype=np.float32)[None, None, :, None, None]
        rgb = np.repeat(inputs["image"][:, :, None], FRAMES, axis=2) - grown * inputs["label"].sum()
        ones = np.ones((1, 1, FRAMES, SIZE, SIZE), np.float32)
        return {"rgb": rgb.astype(np.float32), "mask": ones * grown, "flow": np.zeros((1, 2, FRAMES, SIZE, SIZE), np.float32)}


@pytest.fixture(scope="module")
def photo():
    return read_png(FACE)


def test_any_number_of_frames_from_the_photo_to_the_expression(photo):
    for frames in (2, 7):
        made = api.express(photo, "happy", frames=frames, backend=Darkens())
        clip = np.stack(list(made.frames)).astype(float)
        assert clip.shape == (frames, *photo.shape) and made.count == frames and made.fps == 30.0
        np.testing.assert_array_equal(clip[0], photo)
        assert np.all(np.diff(clip.mean(axis=(1, 2, 3))) < 0)


def test_intensity_is_how_strong_it_is(photo):
    darker = [list(api.express(photo, "fear", strength, frames=2, backend=Darkens()).frames)[1].mean() for strength in (0.0, 0.3, 1.0)]
    assert photo.mean() >= darker[0] - 0.5 > darker[1] > darker[2]


def test_the_sheet_shows_all_six(photo):
    assert api.expression_sheet(photo, backend=Darkens()).shape == (512, 768, 3)


def test_what_cannot_be_made_is_named(photo):
    for call, error, said in (
        (lambda: api.express(photo, "mouth_open"), LabelError, BASIC[0]),
        (lambda: api.express(photo, "surprize"), LabelError, "surprise"),
        (lambda: api.express(photo, "fear", 1.5), ValueRangeError, "intensity is 1.5"),
        (lambda: api.express(photo, "fear", float("nan")), ValueRangeError, "intensity"),
        (lambda: api.express(photo, "fear", frames=1), ValueRangeError, "frames is 1"),
        (lambda: api.express(photo, "fear", fps=0.0), ValueRangeError, "fps is 0"),
        (lambda: api.express(np.zeros((64, 64, 3), np.uint8), "fear", name="black.png"), LandmarkError, "black.png"),
        (lambda: api.expression_sheet(photo, 9.0), ValueRangeError, "intensity is 9"),
    ):
        with pytest.raises(error, match=said):
            call()


def test_the_command_writes_frames_and_a_sheet(photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("core.front.express.OnnxBackend", Darkens)
    write_png(tmp_path / "p.png", photo)
    out, grid = tmp_path / "frames", tmp_path / "grid.png"
    given = ["express", "--photo", str(tmp_path / "p.png"), "--expression", "surprise", "--frames", "3"]
    assert main([*given, "--out", str(out), "--grid", str(grid)]) == 0
    assert len(list(out.iterdir())) == 3 and read_png(grid).shape == (512, 768, 3)
    np.testing.assert_array_equal(read_png(out / "00000.png"), photo)
    assert main(given) == 1 and "Nothing to write was named" in capsys.readouterr().err
    assert main([*given[:3], "--out", str(tmp_path / "o.mp4")]) == 1 and "Give --expression" in capsys.readouterr().err
