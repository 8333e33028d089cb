"""Runs scripts against the installed zip inside Blender, one process a call.

A script is a Python file with `main(*args: str)` that returns something JSON can hold; it runs with the extension installed from the zip and
enabled (`bl_ext.user_default.mimica`). The zip is built once and installed once a version, into a folder of this test run's own.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import blenders
import build
import pytest

HERE = Path(__file__).resolve().parent
VERSIONS = tuple(blenders.BLENDERS)
SYSTEMS = {("Linux", "x86_64"): "linux-x64", ("Windows", "AMD64"): "windows-x64", ("Darwin", "arm64"): "macos-arm64"}
PLATFORM = SYSTEMS.get((platform.system(), platform.machine()), "macos-x64")


class InsideBlenderError(AssertionError):
    """The script failed inside Blender; the message holds Blender's output and the script's traceback."""


@functools.cache
def built_zip(python: str) -> Path:
    """The zip of this platform for Python "311" or "313", built from the working tree once a test run."""
    return build.build(PLATFORM, python)


@functools.cache
def _user_folder(version: str) -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix=f"mimica-blender-{version}-")


def run_in_blender(version: str, script: Path, *args: object, timeout: float = 240) -> Any:
    """What `main(*args)` of `script` returns inside Blender `version`. Skips the test where that Blender's Python is not here."""
    python = blenders.ensure(version)
    if python is None:
        pytest.skip(f"Blender {version} needs Python {blenders.BLENDERS[version][0]}, which is not on this machine")
    zip_path = built_zip(blenders.BLENDERS[version][0].replace(".", ""))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BLENDER_"))}
    environment["BLENDER_USER_RESOURCES"] = _user_folder(version).name
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [python, "-B", HERE / "inside_blender.py", zip_path, script.resolve(), result, *args]
        try:
            answer = subprocess.run(
                list(map(str, command)), env=environment, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise InsideBlenderError(f"{script.name} took over {timeout} s in Blender {version}: {_tail(late.stdout)}") from late
        said = f"\n{_tail(answer.stdout)}\n{_tail(answer.stderr)}"
        if not result.exists():
            raise InsideBlenderError(f"Blender {version} ended with code {answer.returncode} and no result from {script.name}.{said}")
        made = json.loads(result.read_text("utf-8"))
    if "error" in made:
        raise InsideBlenderError(f"{script.name} failed in Blender {version}.{said}\n{made['error']}")
    return made["result"]


def _tail(text: str | bytes | None, length: int = 4000) -> str:
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
    return text[-length:]
