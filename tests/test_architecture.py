"""The house keeps its rules: core knows no Blender, imports are relative, and the arrows between rooms run one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
ADDON = sorted((ROOT / "addon").rglob("*.py"))
BLENDER = {"bpy", "bpy_extras", "bl_ext", "bl_ui", "mathutils", "gpu", "bmesh", "addon_utils"}
IN_BLENDER = {"numpy", "scipy", "trimesh", "onnxruntime"}
DEVELOPERS_ROOMS = {"data", "training", "evaluation"}
TORCH_MODULES = {
    "core/motion/motion3dgan.py",
    "core/dense/s2d_dec.py",
    "core/dense/conditioned.py",
    "core/morphable/texture_torch.py",
    "core/video/face_capture.py",
    "core/video/dynamics_network.py",
    "core/video/fevgan_network.py",
    "core/video/reenactment_network.py",
    "core/video/pgfg_network.py",
}  # imported late, by core/runtime/torch_backend.py
WORKER = "core/runtime/worker.py"  # started by its path, so it names core absolutely

# room -> the rooms it may look at; those of COMMON are everybody's
ARROWS = {
    "errors": set(),
    "labels": set(),
    "keys": set(),
    "npz": set(),
    "atomic": set(),
    "runtime": set(),
    "image": {"runtime"},
    "motion": {"runtime", "head"},
    "dense": {"runtime", "head"},
    "head": {"runtime", "image"},
    "morphable": {"runtime", "head", "image"},
    "performance": {"runtime", "motion", "head", "image", "morphable"},
    "video": {"runtime", "image", "head", "morphable", "motion"},
    "front": {"runtime", "image", "motion", "head", "performance", "morphable", "video"},
    "api": {"front", "head", "motion", "morphable", "performance", "video"},
}
COMMON = {"errors", "labels", "keys", "npz", "atomic"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "core").parts[0].removesuffix(".py")


def imports(path: Path, top_level_only: bool = False) -> list[tuple[int, str]]:
    """(level, dotted name) of every import; level 0 is absolute."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(tree.body) if top_level_only else list(ast.walk(tree))
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [(node.level, f"{module}.{alias.name}".strip(".")) for alias in node.names]
    return found


def rooms_seen(path: Path) -> set[str]:
    """The rooms of core that a file imports from, itself excepted."""
    depth = len(path.relative_to(ROOT / "core").parts)
    own = room_of(path)
    return {name.split(".")[0] for level, name in imports(path) if level == depth} - {own, ""}


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_core_knows_no_blender(path):
    assert not {name.split(".")[0] for level, name in imports(path) if level == 0} & BLENDER


@pytest.mark.parametrize("path", CORE + ADDON, ids=name_of)
def test_own_code_is_imported_relatively(path):
    if name_of(path) != WORKER:
        assert not {name.split(".")[0] for level, name in imports(path) if level == 0} & {"core", "addon", "mimica"}


@pytest.mark.parametrize("path", [path for path in CORE if room_of(path) not in DEVELOPERS_ROOMS], ids=name_of)
def test_shipped_core_needs_only_what_the_zip_brings(path):
    if name_of(path) in TORCH_MODULES:
        return
    absolute = {name.split(".")[0] for level, name in imports(path, top_level_only=True) if level == 0}
    assert not absolute - IN_BLENDER - sys.stdlib_module_names - {"core"}


@pytest.mark.parametrize("path", [path for path in CORE if room_of(path) in ARROWS], ids=name_of)
def test_arrows_run_one_way(path):
    assert rooms_seen(path) <= ARROWS[room_of(path)] | COMMON


@pytest.mark.parametrize("path", [path for path in CORE + ADDON if name_of(path) != "core/npz.py"], ids=name_of)
def test_arrays_are_read_in_one_place(path):
    """np.load and its errors are core/npz.py's; a memory map of one array is numpy.lib.format's."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute) and node.attr == "load"]
    assert not [node.lineno for node in calls if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy")]


def test_the_root_package_does_nothing_at_import():
    tree = ast.parse((ROOT / "__init__.py").read_text("utf-8"))
    assert all(isinstance(node, ast.FunctionDef | ast.Expr) for node in tree.body)


def test_core_api_imports_without_torch_and_the_developers_packages():
    script = """
import sys
for name in ("torch", "safetensors", "onnx", "PIL", "imageio", "bpy"):
    sys.modules[name] = None
import core.api
loaded = [name for name in sys.modules if name.startswith(("core.training", "core.data", "core.evaluation"))]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
