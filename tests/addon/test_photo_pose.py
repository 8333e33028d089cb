"""Photos that take a pose and make an expression in every Blender: as core's own calls and the command line, and nothing where something is wrong."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from blender_harness import VERSIONS, run_in_blender

from core import api
from core.__main__ import main
from core.head.template import load_template
from core.image.files import read_png, write_png
from core.morphable.camera import FRONT, turned
from core.morphable.photo import face_in
from core.motion.live_link_face import Recording, write_recording
from core.runtime import store
from core.video.ffmpeg import probe, program
from core.video.writing import write_video

SCRIPTS = Path(__file__).parent / "scripts"
FACE = Path(__file__).parents[1] / "core" / "image" / "face.png"
FRAMES = 3
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", (VERSIONS[0], VERSIONS[-1]))]

SAID = {
    "no guide": "No guide is chosen",
    "absent": "There is no photo",
    "text": "is no picture that Blender can read",
    "faceless": "No face was found in 'wall.png'",
    "absent movie": "There is no movie",
    "many": "is one picture; there are",
    "no other": "There is no photo",
    "no folder": "a.png cannot be written",
    "more vertices": "is shown with",
    "nobody": "Select the mesh of a head first",
}


def posed_photo(degrees):
    """The photo with its mouth open, its head turned."""
    template = load_template()
    points = template.landmark_points(template.vertices + template.arkit_field("jawOpen"))
    pose = api.pose_of_head(points, turned(np.radians([0.0, degrees, 0.0])) @ FRONT)
    return next(iter(api.reenact(read_png(FACE), pose, network=False).frames))


@pytest.fixture
def guides(tmp_path):
    """A face with its mouth open, turned a little; the photo turned the other way; a wall; a movie with sound; a recording."""
    pytest.importorskip("imageio_ffmpeg")
    photo = read_png(FACE)
    for name, image in (("guide", posed_photo(-8.0)), ("away", posed_photo(15.0)), ("wall", np.full_like(photo, 90))):
        write_png(tmp_path / f"{name}.png", image)
    write_video(tmp_path / "silent.mp4", [np.roll(photo, step, axis=0) for step in range(FRAMES)], 25.0)
    sound = ["-f", "lavfi", "-i", "sine=440:duration=1", "-c:v", "copy", "-c:a", "aac", "-shortest"]
    subprocess.run([*program(), "-v", "error", "-i", str(tmp_path / "silent.mp4"), *sound, str(tmp_path / "driver.mp4")], check=True)
    names = load_template().arkit_names
    weights = np.zeros((FRAMES, 52))
    weights[:, names.index("jawOpen")] = np.linspace(0.0, 1.0, FRAMES)
    write_recording(tmp_path / "take.csv", Recording(np.arange(FRAMES) / 25.0, names, weights, np.zeros((FRAMES, 9))))
    return tmp_path


def yaw(image):
    """How far the nose lies beside the middle of the eyes, over their distance."""
    points = face_in(image, "a frame").points[:, :2]
    return float((points[4] - points[[33, 263]].mean(axis=0))[0] / np.linalg.norm(points[263] - points[33]))


def gap(image):
    points = face_in(image, "a frame").points
    return float(np.linalg.norm(points[13, :2] - points[14, :2]) / np.linalg.norm(points[10, :2] - points[152, :2]))


def test_a_photo_takes_poses_and_makes_expressions(version, guides):
    made = run_in_blender(version, SCRIPTS / "photo_pose.py", FACE, guides)
    photo = read_png(FACE)
    assert made["status"] == ["FINISHED"] and made["still"] and made["moved"] > 1.0
    assert made["shown"] == ["still.png", photo.shape[1], photo.shape[0]] and made["strip"] == ["IMAGE", 25]
    assert made["options"] and made["nearest"] and made["taken"] and made["movie"] == FRAMES
    assert probe(guides / "followed.mp4").sound == made["hears"] and made["plain"] == [True, False]
    if (store.MODELS / "fevgan" / "fevgan.onnx").is_file():
        assert made["expressed"] and made["sheet"]
    else:
        assert all("fevgan" in said and "train" in said for said in made["expression_refused"]) and made["expression_unchanged"]
    front, straight, aside = (read_png(guides / f"{name}.png") for name in ("front", "straight", "turned"))
    assert np.abs(front.astype(int) - straight).mean() < 0.5
    assert gap(straight) > gap(photo) + 0.05 and yaw(aside) > yaw(straight) + 0.1
    assert made["posed"] <= 2 and made["beside"] < 1e-3 and made["left"]
    assert {name for name, word in SAID.items() if word not in made["refused"][name]} == set(), made["refused"]
    assert made["refused_unchanged"]
    out = guides / "line.png"
    assert main(["reenact", "--photo", str(FACE), "--pose", str(guides / "guide.png"), "--out", str(out)]) == 0
    assert np.abs(read_png(out).astype(int) - read_png(guides / "still.png")).mean() < 0.5
