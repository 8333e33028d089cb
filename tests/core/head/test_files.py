"""Mesh files in with their vertex order, and every wrong file refused."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import FileError
from core.head.files import read_head, read_landmarks
from core.npz import write_npz

OBJ = """v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 2 0 0
vt 0 0
vt 1 0
usemtl a
f 1/1 2/2 3/1 4/2
usemtl b
f -4/2 -1/1 3/2
"""


def test_obj_keeps_its_vertices_across_uv_seams_and_materials(tmp_path):
    path = tmp_path / "a head.obj"
    path.write_text(OBJ)
    mesh = read_head(path)
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0]]
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [1, 4, 2]]
    assert mesh.name == "a head.obj"


@pytest.mark.parametrize("suffix", ["ply", "off", "glb", "stl"])
def test_other_formats_bring_the_same_surface(tmp_path, suffix):
    ball = trimesh.creation.icosphere(subdivisions=2)
    path = tmp_path / f"ball.{suffix}"
    ball.export(path)
    mesh = read_head(path)
    assert len(mesh.triangles) == len(ball.faces)
    area = trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False).area
    assert area == pytest.approx(ball.area, rel=1e-4)
    if suffix == "ply":
        np.testing.assert_allclose(mesh.vertices, ball.vertices, atol=1e-6)


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(FileError, match="is not a file. Name a mesh"):
        read_head(tmp_path / "none.obj")
    (tmp_path / "head.blend").write_bytes(b"BLENDER")
    with pytest.raises(FileError, match="ends in '.blend'.*Export it"):
        read_head(tmp_path / "head.blend")


@pytest.mark.parametrize("name", ["head.ply", "head.glb", "head.off", "head.obj"])
def test_garbage_is_a_file_error(tmp_path, name):
    (tmp_path / name).write_bytes(b"f a b c\n\x00\xff" * 20)
    with pytest.raises(FileError, match="cannot be read|no faces"):
        read_head(tmp_path / name)


def test_points_without_faces(tmp_path):
    (tmp_path / "cloud.obj").write_text("v 0 0 0\nv 1 0 0\n")
    with pytest.raises(FileError, match="2 vertices but no faces"):
        read_head(tmp_path / "cloud.obj")


def test_landmarks_of_another_head_are_refused(tmp_path):
    path = tmp_path / "lm.npz"
    write_npz(
        path,
        {"triangles": np.zeros(68, int), "barycentric": np.ones((68, 3)) / 3, "confidence": np.ones(68), "head_size": np.array([10, 12])},
    )
    assert read_landmarks(path, 10, 12)["triangles"].shape == (68,)
    with pytest.raises(FileError, match="made for a head of 10 vertices and 12 triangles; this one has 11 and 12"):
        read_landmarks(path, 11, 12)
    Path(tmp_path / "bad.npz").write_bytes(b"PK")
    with pytest.raises(FileError, match="is no landmark file"):
        read_landmarks(tmp_path / "bad.npz", 10, 12)
