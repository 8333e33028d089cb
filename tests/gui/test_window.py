"""The panel and the modal job in a real Blender window. Linux, root, and the team's ../shared; pictures are left in out/gui.

The window's Blender is 4.3 with Python 3.13. The zip for Python 3.13 asks for Blender 5.1 or later, where Blender's own Python is 3.13, so the
test installs a copy of it whose manifest asks for 4.2; nothing else differs.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from blender_harness import built_zip

from core.runtime.store import MODELS

pytestmark = pytest.mark.gui
SCRIPT, *ROOMS = (Path(__file__).parent / f"{name}.py" for name in ("in_window", "window", "on_photos"))


def for_older_blender(zip_path: Path, folder: Path) -> Path:
    """A copy of the zip whose manifest asks for Blender 4.2."""
    made = folder / zip_path.name
    with zipfile.ZipFile(zip_path) as source, zipfile.ZipFile(made, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "blender_manifest.toml":
                data = re.sub(rb'(?m)^blender_version_min = ".*"$', b'blender_version_min = "4.2.0"', data)
            target.writestr(entry, data)
    return made


def a_photo(path: Path) -> Path:
    """NASA's portrait of an astronaut, public domain."""
    data, image = pytest.importorskip("skimage.data"), pytest.importorskip("PIL.Image")
    image.fromarray(data.astronaut()[:320, 64:384]).save(path)
    return path


def a_movie(path: Path) -> Path:
    """Five seconds of grey."""
    writer = pytest.importorskip("imageio_ffmpeg").write_frames(str(path), (320, 176), fps=25, codec="libx264")
    writer.send(None)
    for _ in range(125):
        writer.send(bytes(3 * 320 * 176))
    writer.close()
    return path


@pytest.fixture(scope="module")
def seen(root, shared, tmp_path_factory):
    """What in_window.py found, its pictures being in out/gui."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a window without a screen is made with a chroot: Linux and root")
    tool = shared / "tools" / "gui_blender.sh"
    chroot = os.environ.get("MIMICA_GUI_ROOT", str(Path(tempfile.gettempdir()) / "mimica-gui"))
    subprocess.run(["bash", tool, "build", chroot], check=True)
    zip_path = for_older_blender(built_zip("313"), tmp_path_factory.mktemp("zip"))
    environment = {**os.environ, "BLENDER_ARGS": "--enable-event-simulate", "GUI_TIMEOUT": "900"}
    photo, movie = a_photo(tmp_path_factory.mktemp("photo") / "portrait.png"), a_movie(tmp_path_factory.mktemp("movie") / "movie.mp4")
    command = ["bash", tool, "run", chroot, SCRIPT, zip_path, root / "demo" / "head.obj", photo, movie, *ROOMS]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    made = Path(chroot) / "gui" / "out"
    pictures = root / "out" / "gui"
    shutil.copytree(made, pictures, dirs_exist_ok=True)
    found = json.loads((made / "result.json").read_text("utf-8")) if (made / "result.json").exists() else {}
    assert ran.returncode == 0, f"{found.get('error', '')}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    return found


def test_esc_leaves_the_file_as_it_was(seen):
    assert seen["progress"] and seen["stopped_in"] < 5.0
    assert seen["stopped"] == seen["before"]


def test_generate_writes_keys_and_an_action(seen):
    assert len(seen["done"]["keys"]) > 2 and seen["done"]["keys"][0] == "Basis"
    assert seen["done"]["actions"] == ["Mimica demo_head surprise 3"]


def test_one_undo_takes_all_of_it_back(seen):
    assert seen["undone"] == seen["before"]


def test_landmarks_are_shown_and_taken_back_by_one_undo(seen):
    assert seen["facing"] == "+Z/+Y" and seen["landmarks"] == 68 and seen["landmarks_undone"] == 0


def test_parts_are_shown_and_the_view_is_as_before(seen):
    before, during, after = seen["shading"]
    assert set(during) == {"VERTEX"} and "VERTEX" not in before and after == before


def test_a_sequence_is_previewed_and_kept(seen):
    assert seen["previewed"] >= 1 and "Performance" in seen["tracks"]


def test_esc_while_the_scene_is_read_writes_no_file(seen):
    seconds, frame, written = seen["reading_stopped"]
    assert seconds < 5.0 and frame == 5 and not written


def test_a_photo_becomes_a_head_and_one_undo_takes_it_back(seen):
    before, after, undone = seen["photo"]
    assert seen["photo_head"] == ["portrait", ["Basis", "Photo"]] and undone == before
    assert {kind: after[kind] - before[kind] for kind in before} == {
        "objects": 2, "meshes": 1, "images": 2, "materials": 4, "cameras": 1, "collections": 1, "scenes": 0,
    }  # fmt: skip


def test_capture_shows_progress_stops_at_esc_and_writes_a_clip(seen):
    seconds, actions = seen["capture_stopped"]
    assert seconds < 5.0 and not any("movie" in name for name in actions)
    jaw, actions, fps = seen["captured"]
    assert any("movie" in name for name in actions)
    assert jaw == pytest.approx(30 / fps * 25 / 124, abs=0.01)


def test_a_photos_video_stops_at_esc_is_shown_and_one_undo_takes_it_back(seen):
    seconds, left = seen["video_stopped"]
    assert seconds < 5.0 and not left and 0.5 <= seen["video_progress"][0] < 1.0
    size, shown, strips = seen["video"]
    assert size > 1000 and shown == ["IMAGE_EDITOR", "goes on.mp4", 24, 24] and strips == ["MOVIE"]
    before, undone, strips = seen["video_undone"]
    assert undone == before and not strips


def test_a_photo_follows_the_active_head_in_the_editor_that_is_open(seen):
    assert seen["by_head"] == ["follows.mp4", 24, 1]


def test_a_photo_takes_the_pose_of_the_head_in_the_view(seen):
    assert seen["posed"] == ["posed.png", "FILE", [320, 320], 1]
    trained = (MODELS / "fevgan" / "fevgan.onnx").is_file()
    assert seen["sheet"] == ("portrait Expressions" if trained else "posed.png")


PICTURES = [
    "panel",
    "running",
    "stopped",
    "done",
    "undone",
    "landmarks",
    "nine",
    "parts",
    "parts_hidden",
    "preview",
    "variants",
    "directed",
    "recordings",
    "library",
    "photo",
    "photo_turned",
    "capture",
    "photo_video",
    "photo_video_window",
    "photo_video_shown",
    "photo_pose",
    "photo_expressions",
    "nothing_selected",
]


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_show_a_window(seen, root, name):
    image = pytest.importorskip("PIL.Image").open(root / "out" / "gui" / f"{name}.png").convert("L")
    assert image.size == (1280, 800) and len(set(image.resize((160, 100)).tobytes())) > 20
