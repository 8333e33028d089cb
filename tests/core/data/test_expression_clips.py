"""Clips that FEV-GAN learns from: cameras that see the crop, flow that says where the skin was, and onsets without a blink."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("numba", reason="faces are rendered with numba")

from core.data import expression_clips  # noqa: E402
from core.data.face_appearance import plain, random_appearance  # noqa: E402
from core.data.face_renders import Person  # noqa: E402
from core.data.face_shots import camera_of, portrait, random_shot  # noqa: E402
from core.data.synthetic_rig import Units  # noqa: E402
from core.data.synthetic_style import random_person  # noqa: E402
from core.errors import FileError  # noqa: E402
from core.head.template import load_template  # noqa: E402
from core.labels import BASIC, LABELS  # noqa: E402
from core.npz import write_npz  # noqa: E402
from core.runtime.backend import OnnxBackend  # noqa: E402


@pytest.fixture(scope="module")
def template():
    return load_template()


@pytest.mark.parametrize("seed", range(3))
def test_an_aimed_camera_sees_the_crop(template, seed):
    shot, side = random_shot(np.random.default_rng(seed), 0.25), 192
    seen = camera_of(shot, side).project(template.landmark_points())[0]
    centre, size, angle = seen.mean(axis=0), 80.0, 0.3
    again = camera_of(expression_clips.aimed(shot, centre, size, angle, side), side).project(template.landmark_points())[0]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(again, (seen - centre) @ turn * side / size + side / 2, atol=3.0)


def test_flow_says_where_the_skin_was(template):
    person = Person(template, plain(random_appearance(np.random.default_rng(0))), template.vertices)
    shot = portrait(0.0, 0.0)
    still = expression_clips.flow_between(person, template.vertices, template.vertices, shot)
    known = still[np.isfinite(still)]
    assert len(known) > 0.7 * still.size and np.abs(known).max() < 1e-6
    opened = template.vertices + 0.6 * template.arkit_field("jawOpen")
    flow = expression_clips.flow_between(person, template.vertices, opened, shot)
    chin = camera_of(shot, expression_clips.GRID).project(template.landmark_points(opened)[8:9] + [[0, 0, 0.006]])[0][0]
    column, row = chin.astype(int)
    assert flow[row, column, 1] < -0.02 and abs(flow[row, column, 0]) < 0.01
    assert np.abs(flow[2, 2]).max() == 0.0  # background
    mouth = camera_of(shot, expression_clips.GRID).project(template.landmark_points(opened)[[62, 66]])[0].mean(axis=0).astype(int)
    assert np.isnan(flow[mouth[1], mouth[0]]).all()  # what was behind the lips


def test_a_clip_goes_from_rest_to_the_apex_with_open_eyes(template):
    names = template.arkit_names
    units = SimpleNamespace(names=names)
    habits = random_person(names, LABELS, template.landmark_points(), 3)
    for label in BASIC:
        weights = expression_clips.random_clip(units, habits, label, 1.0, np.random.default_rng(4))
        weak = expression_clips.random_clip(units, habits, label, 0.5, np.random.default_rng(4))
        assert weights.shape == (expression_clips.FRAMES, 52) and not weights[0].any()
        np.testing.assert_allclose(weak[-1].sum(), 0.5 * weights[-1].sum(), rtol=0.15)
        assert weights[:, names.index("eyeBlinkLeft")].max() < 0.4


def test_one_person_and_the_set_of_several(template, tmp_path, monkeypatch):
    monkeypatch.setattr(expression_clips, "BASIC", ("fear",))
    units = Units(template)
    made = expression_clips.make_person(units, template.vertices.astype(float), 64, 5, OnnxBackend())
    assert made["frames"].shape == (1, 32, 64, 64, 3) and made["flow"].shape == (1, 16, 32, 32, 2)
    assert np.abs(made["frames"][0, -1].astype(int) - made["frames"][0, 0]).mean() > 0.2
    for person in range(6):
        write_npz(tmp_path / f"11_{person:04d}.npz", made)
    clips = expression_clips.load(tmp_path)
    assert clips.frames.shape[0] == 6 and clips.held.tolist() == [False, False, False, False, True, False]


def test_no_clips_say_how_to_make_them(tmp_path):
    with pytest.raises(FileError, match="python -m core.data.expression_clips"):
        expression_clips.load(tmp_path)
