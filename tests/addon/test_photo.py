"""Face from Photo in every Blender: the head that lies over the photo, and all else of Mimica working on it."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]

SAID = {
    "text.png": "it is text, 'no picture",
    "empty.jpg": "is empty (0 bytes)",
    "cut.jpg": "is no picture that Blender can read",
    "plain.png": "No face was found in 'plain.png'",
    "absent.png": "There is no photo",
    "second": "numbered from 0",
    "nothing": "No photo is chosen",
}


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """NASA's portrait of an astronaut, public domain."""
    data, image = pytest.importorskip("skimage.data"), pytest.importorskip("PIL.Image")
    path = tmp_path_factory.mktemp("photo") / "astronaut.png"
    image.fromarray(data.astronaut()).save(path)
    return path


def test_a_photo_becomes_a_head_under_its_camera(version, photo, tmp_path):
    thorough = version in (VERSIONS[0], VERSIONS[-1])  # what Generate does on a head is no matter of the version, and takes its time
    made = run_in_blender(version, SCRIPTS / "photo.py", photo, tmp_path, *["thorough"] * thorough)
    assert {name for name, word in SAID.items() if word not in made["refused"][name]} == set()
    assert made["refused_unchanged"]
    assert made["status"] == ["FINISHED"] and made["name"] == "astronaut" and made["size"] == [512, 512]
    assert made["overlay_px"] < 0.5 and made["landmarks_px"] < 1.5 and made["vertices_off"] < 1e-6
    assert made["texture_off"] < 8.0  # of 255, at a third of the photo's sharpness
    assert made["collection"] == ["astronaut", "astronaut Camera"] and made["backgrounds"] == [["astronaut Photo", 512]]
    assert made["slots"] == ["astronaut Skin", "astronaut Mouth", "astronaut Eyes", "astronaut Teeth"]
    assert made["textures"] == [["astronaut Texture", True, 512, 512]] and not made["corrupt"]
    assert [name for name, _ in made["keys"]] == ["Basis", "Photo"] and made["keys"][1][1] == 1.0
    assert made["parts"] == [0, 1, 2, 3, 4, 5, 6, 255]
    assert made["turned_off"] < 6.0 and made["exr"] == made["sixteen"] == [51, 102, 153]
    assert made["behind"] == [512, 512, True]  # a copy that is upright
    if not thorough:
        return
    assert made["opened_mm"] > 5.0 and made["keys_with_arkit"] == 54 and made["blink_mm"] > 5.0
    assert made["new"] == {"objects": 2, "meshes": 1, "images": 1, "materials": 4, "cameras": 1, "collections": 1, "shape_keys": 1,
                           "actions": 0, "scenes": 0}  # fmt: skip
    assert made["scene_kept"] and made["undone"]
