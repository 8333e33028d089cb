"""The examples of docs/scripting.md run as they stand there."""

import re
import shutil
from pathlib import Path

import pytest
from blender_harness import run_in_blender

from core.__main__ import main


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "scripting.md").read_text("utf-8")


def examples(page):
    return re.findall(r"```python\n(.*?)```", page, re.S)


def run(examples):
    """Executes the examples one after the other in one namespace, as a reader would type them in."""
    names = {}
    for text in examples:
        exec(compile(text, "docs/scripting.md", "exec"), names)  # noqa: S102 - a page of our own
    return names


def test_python_examples(page, root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    names = run([text for text in examples(page) if "import bpy" not in text])
    assert names["frames"].shape[0] == 30 and len(names["rig"].keys.names) == 52
    assert "flabbergasted" in capsys.readouterr().out


def test_command_lines(page, root, tmp_path, monkeypatch, capsys):
    lines = [line.split() for line in page.splitlines() if line.startswith("    python -m core ")]
    assert len(lines) >= 3
    shutil.copytree(root / "demo", tmp_path / "demo", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.chdir(tmp_path)
    for line in lines:
        assert main(line[3:]) == 0
        assert (tmp_path / line[line.index("--out") + 1]).exists()


@pytest.mark.blender
def test_examples_in_blender(root):
    count, keys = run_in_blender(
        "4.5", Path(__file__).parent / "scripts" / "examples.py", root / "docs" / "scripting.md", root / "demo" / "head.obj"
    )
    assert count >= 1 and len(keys) > 2
