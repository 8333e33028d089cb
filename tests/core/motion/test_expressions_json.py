"""MPFB's expression files and MakeHuman's poses as ARKit weights of one pose."""

import json

import numpy as np
import pytest

from core.errors import FileError
from core.head.template import load_template
from core.motion.expressions_json import INNER_BROWS, UNIT_POSES, Pose, read_expression, write_expression

NAMES = load_template().arkit_names
# The example of MPFB's own description of the format, with other words.
SMILE = {
    "format_version": 1,
    "name": "little-smile",
    "description": "Lips closed.",
    "tags": ["happy", "portrait"],
    "face_units": {"mouthSmileLeft": 0.35, "mouthSmileRight": 0.35, "cheekSquintLeft": 0.15},
    "author": "Somebody",
    "copyright": "",
    "license": "CC0",
    "homepage": "",
}


def _file(tmp_path, data, name="e.json"):
    path = tmp_path / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_file_of_mpfb(tmp_path):
    pose = read_expression(_file(tmp_path, SMILE))
    found = {name: weight for name, weight in zip(NAMES, pose.weights, strict=True) if weight}
    assert found == SMILE["face_units"] and pose.left_out == ()
    assert (pose.name, pose.tags, dict(pose.texts)["license"]) == ("little-smile", ("happy", "portrait"), "CC0")


def test_written_as_mpfb_writes_it(tmp_path):
    write_expression(tmp_path / "w.json", read_expression(_file(tmp_path, SMILE)))
    assert json.loads((tmp_path / "w.json").read_text(encoding="utf-8")) == SMILE
    weights = np.random.default_rng(0).uniform(size=52)
    write_expression(tmp_path / "w.json", Pose("all", weights))
    written = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))["face_units"]
    assert written == {name: round(float(weight), 4) for name, weight in zip(NAMES, weights, strict=True)}
    assert not list(tmp_path.glob("*.part"))


def test_missing_fields_are_defaults_and_unknown_units_are_named(tmp_path):
    data = {"face_units": {"jawOpen": 1.7, "earWiggle": 0.4, "tailWag": 0.0, "mouthFrownLeft": -0.2}, "made_by": "a later version"}
    pose = read_expression(_file(tmp_path, data, "grin.json"))
    assert pose.name == "grin" and pose.left_out == ("earWiggle",)
    assert pose.weights[NAMES.index("jawOpen")] == 1.0 and pose.weights.min() == 0.0 and np.count_nonzero(pose.weights) == 1


def test_a_pose_of_makehuman(tmp_path):
    data = {"name": "Smirk", "unit_poses": {"MouthRightPullUp": 0.65, "RightInnerBrowUp": 0.5, "NoseWrinkler": 0.2, "TongueUp": 0.3}}
    pose = read_expression(_file(tmp_path, data, "smirk.mhpose"))
    found = {name: round(float(weight), 6) for name, weight in zip(NAMES, pose.weights, strict=True) if weight}
    assert found == {"mouthSmileRight": 0.65, "browInnerUp": 0.25, "noseSneerLeft": 0.2, "noseSneerRight": 0.2}
    assert pose.left_out == ("TongueUp",)


def test_every_counterpart_is_an_arkit_unit():
    assert {name for names in UNIT_POSES.values() for name in names} <= set(NAMES)
    assert not set(INNER_BROWS) & set(UNIT_POSES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "no expression"),
        ({"name": "x"}, "neither 'face_units' .* nor 'unit_poses'"),
        (SMILE | {"format_version": 2}, "format_version 2; this Mimica reads 1"),
        (SMILE | {"face_units": [1]}, "weights are list"),
        (SMILE | {"face_units": {"jawOpen": "wide"}}, "weight of 'jawOpen' is 'wide'"),
        (SMILE | {"face_units": {"jawOpen": True}}, "weight of 'jawOpen' is True"),
    ],
)
def test_what_is_no_expression_is_refused(tmp_path, data, message):
    with pytest.raises(FileError, match=message):
        read_expression(_file(tmp_path, data))


def test_damaged_and_empty(tmp_path):
    (tmp_path / "d.json").write_text('{"face_units": {"jawOpen": NaN}}')
    with pytest.raises(FileError, match="NaN is no finite number"):
        read_expression(tmp_path / "d.json")
    with pytest.raises(FileError, match="all 52 weights of 'rest' are 0"):
        write_expression(tmp_path / "r.json", Pose("rest", np.zeros(52)))
    assert not (tmp_path / "r.json").exists()
