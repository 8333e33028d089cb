"""Makes .venv hold what pyproject.toml lists for the extras named; quick when it already does. Run with Python 3.11 (python311.sh)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib

from blenders import ROOT, venv_python

VENV = ROOT / ".venv"
DONE = VENV / "installed.json"


def wanted(extras: list[str]) -> list[str]:
    """The requirements of the project and of those extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return sorted({*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])})


def main(extras: list[str]) -> None:
    requirements = wanted(extras)
    done = json.loads(DONE.read_text("utf-8")) if DONE.exists() else []
    if set(requirements) <= set(done):
        return
    start = time.monotonic()
    python = venv_python(VENV)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    print(f"Installing into .venv: {', '.join(requirements)}", flush=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements], check=True)
    DONE.write_text(json.dumps(sorted({*requirements, *done})), "utf-8")
    print(f"Installed in {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
