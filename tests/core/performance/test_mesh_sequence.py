"""Mesh sequences from files: order, holes, the head's own motion, what rest is, and every kind of file that will not do."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from core.errors import FileError, ValueRangeError
from core.head.mesh import HeadMesh
from core.head.template import load_template
from core.motion.pc2 import write_pc2
from core.performance.mesh_sequence import read_mesh_sequence
from core.performance.steady import reach, steady

MM = 1000.0


@pytest.fixture(scope="module")
def opening() -> tuple[np.ndarray, np.ndarray]:
    """The template opening its mouth and blinking after a rest (24, V, 3), and its triangles."""
    template = load_template()
    share = np.r_[np.zeros(8), np.linspace(0, 1, 16)][:, None, None]
    moved = share * (template.arkit_field("jawOpen") + template.arkit_field("eyeBlinkLeft"))
    return (template.vertices + moved).astype(np.float32), template.triangles


def _write(folder, vertices, triangles, numbers, clip="smile", suffix="ply"):
    folder.mkdir(exist_ok=True)
    for number, frame in zip(numbers, vertices, strict=True):
        trimesh.Trimesh(frame, triangles, process=False).export(folder / f"{clip}.{number:06d}.{suffix}")
    return folder


def test_a_turning_head_is_held_by_what_the_face_leaves_still(opening):
    vertices, _ = opening
    share = np.linspace(0, 1, len(vertices))
    turn = Rotation.from_euler("zx", np.stack([0.5 * share, -0.2 * np.sin(9 * share)], axis=1)).as_matrix()
    shift = share[:, None] * [0.05, -0.02, 0.01]
    turned = np.einsum("fvi,fji->fvj", vertices, turn) + shift[:, None]
    held = steady(turned.astype(np.float32), vertices[0].astype(np.float64))
    assert MM * np.linalg.norm(held.vertices - vertices, axis=2).max() < 0.1
    back = np.einsum("fvi,fji->fvj", held.vertices, held.rotation) + held.translation[:, None]
    assert np.abs(back - turned).max() < 1e-6
    still = steady(vertices, vertices[0].astype(np.float64))
    assert reach(held.rotation, held.translation, vertices[0]) > 0.05 and reach(still.rotation, still.translation, vertices[0]) < 1e-4


def test_a_folder_in_the_order_of_its_numbers(opening, tmp_path):
    vertices, triangles = opening
    folder = _write(tmp_path / "smile", vertices[6:18], triangles, range(5, 17), suffix="obj")
    for item in folder.iterdir():
        number = int(item.name.split(".")[1])
        item.rename(folder / f"smile_{number}.obj")  # without leading zeros names sort wrongly
    read = read_mesh_sequence(folder, fps=60.0)
    assert np.abs(read.head.vertices - vertices[6:18]).max() < 2e-4 and read.missing == () and read.head.fps == 60.0
    assert read.neutral in (0, 1) and np.allclose(read.head.mesh.vertices, vertices[6 + read.neutral], atol=1e-6)


def test_holes_are_bridged_and_named(opening, tmp_path):
    vertices, triangles = opening
    kept = [k for k in range(24) if k not in (12, 13, 18)]
    read = read_mesh_sequence(_write(tmp_path / "a", vertices[kept], triangles, [2 * k + 4 for k in kept]))
    assert read.missing == (28, 30, 40) and len(read.head.vertices) == 24
    assert MM * np.abs(read.head.vertices - vertices).max() < 0.2, "the motion between is straight here"


def test_rest_is_the_stillest_frame_at_the_beginning_or_the_one_named(opening, tmp_path):
    vertices, triangles = opening
    late = np.concatenate([vertices[[23, 20, 16]], vertices[:8], vertices])
    folder = _write(tmp_path / "a", late, triangles, range(len(late)))
    assert 3 < read_mesh_sequence(folder).neutral <= 8
    assert read_mesh_sequence(folder, neutral=2).neutral == 2
    with pytest.raises(ValueRangeError, match="frames 0 to 34"):
        read_mesh_sequence(folder, neutral=35)


def test_a_point_cache_with_its_mesh(opening, tmp_path):
    vertices, triangles = opening
    mesh = HeadMesh(vertices[0].astype(np.float64), triangles, "head")
    write_pc2(tmp_path / "a.pc2", vertices)
    read = read_mesh_sequence(tmp_path / "a.pc2", mesh=mesh, fps=24.0)
    assert read.neutral is None and np.array_equal(read.head.mesh.vertices, mesh.vertices) and read.head.fps == 24.0
    assert np.abs(read.head.vertices - vertices).max() < 1e-4
    with pytest.raises(FileError, match="Name the mesh"):
        read_mesh_sequence(tmp_path / "a.pc2")
    with pytest.raises(FileError, match=r"24 frames of \d+ points; expected at least 2 of the 3 vertices of 'other'"):
        read_mesh_sequence(tmp_path / "a.pc2", mesh=HeadMesh(np.eye(3), np.array([[0, 1, 2]]), "other"))


def _ply(folder, number, vertices, triangles):
    _write(folder, [vertices], triangles, [number])


SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def test_bad_folders_are_refused(tmp_path):
    def folder(name):
        return _write(tmp_path / name, [SQUARE, SQUARE], FACES, [1, 2])

    def refused(where, said):
        with pytest.raises(FileError, match=said):
            read_mesh_sequence(where)

    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "holds 0 ply or obj frames")
    refused(_write(tmp_path / "one", [SQUARE], FACES, [1]), "holds 1 ply or obj frames")
    refused(tmp_path / "none", "not a folder")
    refused(_write(folder("two"), [SQUARE] * 2, FACES, [1, 2], "frown"), r"2 sequences \(frown.ply, smile.ply\)")
    odd = folder("named")
    (odd / "template.ply").write_bytes((odd / "smile.000001.ply").read_bytes())
    refused(odd, "template.ply has no frame number")
    twice = folder("twice")
    (twice / "smile.1.ply").write_bytes((twice / "smile.000001.ply").read_bytes())
    refused(twice, "second file of frame 1")
    _ply(folder("other"), 3, np.concatenate([SQUARE, SQUARE[:1] + 5]), [[0, 1, 2], [2, 3, 4]])
    refused(tmp_path / "other", r"smile.000003.ply has 5 vertices .* expected 4")
    _ply(folder("joined"), 3, SQUARE, [[0, 1, 3], [1, 2, 3]])
    refused(tmp_path / "joined", "smile.000003.ply has 4 vertices and 2 triangles; .* joined as in smile.000001.ply")
    cut = folder("cut") / "smile.000003.ply"
    cut.write_bytes((cut.parent / "smile.000001.ply").read_bytes()[:-9])
    refused(cut.parent, "smile.000003.ply cannot be read")
    (folder("zero") / "smile.000003.ply").write_bytes(b"")
    refused(tmp_path / "zero", "smile.000003.ply")
    (folder("text") / "smile.000003.ply").write_text("v 0 0 0\nv 1 0 0\n")
    refused(tmp_path / "text", "smile.000003.ply cannot be read")
    _ply(folder("nan"), 3, np.where(np.eye(4, 3, dtype=bool), np.nan, SQUARE), FACES)
    refused(tmp_path / "nan", "smile.000003.ply has 3 vertices that are no finite numbers")
    refused(_write(tmp_path / "holes", [SQUARE] * 4, FACES, [1, 2, 3, 30]), r"has 4 of 30 frames \(first missing: 4\)")
    refused(_write(tmp_path / "far", [SQUARE] * 3, FACES, [1, 2, 999_999_999]), "has 3 of 999999999 frames")
    refused(_write(tmp_path / "uneven", [SQUARE] * 4, FACES, [2, 4, 6, 9]), "smile.000009.ply: frames of .* go in steps of 2")
    with pytest.raises(FileError, match="frames of .* have 4 vertices; 'other', named as their resting face, has 3"):
        read_mesh_sequence(folder("rest"), mesh=HeadMesh(np.eye(3), np.array([[0, 1, 2]]), "other"))
    with pytest.raises(ValueRangeError, match="fps"):
        read_mesh_sequence(folder("rate"), fps=0.0)
