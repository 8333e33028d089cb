"""Blender as a Python module, one virtual environment a version, below .venvs/: what tests and builds run in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENVS = ROOT / ".venvs"

# version of Blender -> its Python, and the numpy that Blender itself ships (the module leaves it open)
BLENDERS = {
    "4.2": ("3.11", "numpy==1.24.3"),
    "4.5": ("3.11", "numpy==1.26.4"),
    "5.0": ("3.11", "numpy==1.26.4"),
    "5.2": ("3.13", "numpy>=2.2,<3"),
}


def find_python(version: str) -> Path | None:
    """A Python of that version (such as "3.11") that runs: this one, one on the path, or one of pyenv's. None where there is none."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    here = [sys.executable, shutil.which(name), *sorted(map(str, pyenv.glob(f"{version}*/bin/{name}")), reverse=True)]
    for candidate in filter(None, here):
        asked = [candidate, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip() == version:
            return Path(candidate)
    return None


def venv_python(venv: Path) -> Path:
    """The interpreter of a virtual environment, on any system."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure(blender: str) -> Path | None:
    """The Python that has Blender `blender` as module bpy; installed on first use. None where its Python is not on this machine."""
    python_version, numpy = BLENDERS[blender]
    venv = VENVS / f"bpy-{blender}"
    done = venv / f"ready-{numpy}"
    if not done.exists():
        python = find_python(python_version)
        if python is None:
            return None
        subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
        install = [venv_python(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"bpy=={blender}.*", numpy]
        subprocess.run(install, check=True)
        done.touch()
    return venv_python(venv)


def extension_tool() -> list[str]:
    """The command of Blender's own extension tool, which needs no running Blender."""
    python = ensure("4.5")
    if python is None:
        raise SystemExit("Building needs Python 3.11 (for Blender's extension tool). Install python3.11 and try again.")
    found = sorted((VENVS / "bpy-4.5").glob("**/bl_pkg/cli/blender_ext.py"))
    return [str(python), str(found[0])]


def main() -> None:
    """Installs every Blender that is not here yet, so that tests on several cores find all of them."""
    for version in BLENDERS:
        if ensure(version) is None:
            print(f"Blender {version} is left out: there is no Python {BLENDERS[version][0]} on this machine", flush=True)


if __name__ == "__main__":
    main()
