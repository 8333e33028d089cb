"""Photos that move in every Blender: as core's own calls, in movies with the driver's sound, and nothing where something is wrong."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from blender_harness import VERSIONS, run_in_blender

from core import api
from core.head.template import load_template
from core.image.files import read_png, write_png
from core.motion.live_link_face import Recording, write_recording
from core.video.ffmpeg import probe, program
from core.video.files import open_video
from core.video.writing import write_video

SCRIPTS = Path(__file__).parent / "scripts"
FACE = Path(__file__).parents[1] / "core" / "image" / "face.png"
FRAMES, FPS = 5, 25.0
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]

SAID = {
    "no photo": "No photo is chosen",
    "no output": "No output is named",
    "no folder": "a.mp4 cannot be written",
    "my folder": "is not a folder that is empty",
    "a folder": "named.mp4 cannot be written",
    "no face": "No face was found in '0000.png'",
    "face 3": "Face 3",
    "no driver": "No driver is chosen",
    "absent": "There is no movie",
    "text": "cannot be read as a movie",
    "faceless": "No face was found in any of the 3 frames of 'wall'",
    "one frame": "'single' has one frame",
    "bad csv": "lacks",
    "no keys": "'keyless' has no ARKit keys",
    "nobody": "Select the mesh of a head first",
    "no target": "No photo to go to is chosen",
    "faceless target": "No face was found in '0000.png'",
}


@pytest.fixture
def drivers(tmp_path):
    """A face that goes down, in a movie with sound, of another shape than the photo, whose first frame shows none; a jaw that opens, as a recording;
    a wall; one frame."""
    pytest.importorskip("imageio_ffmpeg")
    photo = read_png(FACE)
    wide = np.pad(photo, ((0, 0), (40, 40), (0, 0)), mode="edge")
    write_video(tmp_path / "silent.mp4", [np.full_like(wide, 90), *(np.roll(wide, 2 * step, axis=0) for step in range(FRAMES - 1))], FPS)
    sound = ["-f", "lavfi", "-i", "sine=440:duration=1", "-c:v", "copy", "-c:a", "aac", "-shortest"]
    subprocess.run([*program(), "-v", "error", "-i", str(tmp_path / "silent.mp4"), *sound, str(tmp_path / "driver.mp4")], check=True)
    names = load_template().arkit_names
    weights = np.zeros((4, 52))
    weights[:, names.index("jawOpen")] = np.linspace(0.0, 1.0, 4)
    write_recording(tmp_path / "take.csv", Recording(np.arange(4) / 25.0, names, weights, np.zeros((4, 9))))
    for name, count, frame in (("wall", 3, np.full_like(photo, 90)), ("single", 1, photo)):
        (tmp_path / name).mkdir()
        for number in range(count):
            write_png(tmp_path / name / f"{number:04d}.png", frame)
    return tmp_path


def test_a_photo_moves_and_is_written_and_shown(version, drivers):
    thorough = version in (VERSIONS[0], VERSIONS[-1])  # what core makes of it is no matter of the version
    made = run_in_blender(version, SCRIPTS / "photo_video.py", FACE, drivers, *["thorough"] * thorough)
    height, width = read_png(FACE).shape[:2]
    even = [width + width % 2, height + height % 2]
    assert made["status"] == ["FINISHED"] and made["kept"]
    assert made["image"] == ["moved.mp4", *even, FRAMES]
    heard = [["SOUND", FRAMES, 1, 1]] if made["hears"] else []
    assert made["strips"] == [["MOVIE", FRAMES, 2, 1], *heard]
    assert made["sequence"] == "taken" and made["last_strip"][:2] == ["IMAGE", 4]
    with open_video(drivers / "moved.mp4") as video:
        frames = np.stack(list(video.frames)).astype(int)
    assert video.fps == FPS and probe(drivers / "moved.mp4").sound == made["hears"]
    with open_video(drivers / "driver.mp4") as driver:
        wanted = np.stack(list(api.retarget(read_png(FACE), driver.frames, FPS).frames)).astype(int)
    off = np.abs(frames[:, :height, :width] - wanted).mean()
    assert frames.shape == (FRAMES, even[1], even[0], 3) and off < 4.0 and off < 0.5 * np.abs(wanted[-1] - wanted[0]).mean()
    assert made["acted"] and max(made["acted_size"][1:3]) == 100 and made["frame"] == 2
    assert made["opened"][2] > made["opened"][1] > 0.0
    if not thorough:
        return
    assert {name for name, word in SAID.items() if word not in made["refused"][name]} == set(), made["refused"]
    assert made["refused_unchanged"]
    assert made["futures"] == [True, True, True] and made["files"] == [True, 3]
    assert all("Stopped" in said for said in made["broken_off"]) and made["nothing_left"]
    assert made["prior"][:3] == [width, height, True] and 0.02 < made["prior"][3] < 0.6
    middle = api.fit(read_png(FACE), shading=False).detected.mean(axis=0)
    assert np.linalg.norm(np.array(made["prior_middle"]) - middle) < 0.1 * width
    yaw, nod, tilt = np.abs(made["turns"])
    assert made["turns"][0][0] == pytest.approx(-0.3, abs=0.02) and np.argmax(nod) == 1 and np.argmax(tilt) == 2
    assert nod[1] == pytest.approx(0.2, abs=0.02) and tilt[2] == pytest.approx(0.1, abs=0.02) and yaw[1:].max() < 0.03
    assert made["still"] and np.allclose(made["by_bone"], made["turns"][0], atol=1e-3)
