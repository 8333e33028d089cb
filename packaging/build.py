"""Builds the extension's zips with Blender's own tool: one for each platform and Python, wheels inside.

    python packaging/build.py [--platform linux-x64 ...] [--python 311 ...]    dist/mimica-VERSION-PLATFORM-pyXY.zip
    python packaging/build.py lock                                             writes wheels.lock anew from the manifest's wheels

blender_manifest.toml is the one source of version, Blender range and wheels; wheels.lock holds the wheels' hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import blenders

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "packaging" / "wheels.lock"
CACHE = ROOT / ".wheels"
DIST = ROOT / "dist"
SHIPPED = ("__init__.py", "LICENSE", "README.md", "addon", "core", "models")
NOT_SHIPPED = ("s2d_dec_published", "neural3dmm", "cross_validation.json", "ablation.json")  # of models: what only the tables need
MAX_BYTES = 100 * 1000**2  # what a zip may weigh
PYTHON_CHANGE = "5.1.0"  # the first Blender with Python 3.13
PYTHONS = ("311", "313")
WHEEL_PLATFORMS = {  # Blender's platform -> how such a wheel's platform tag looks
    "linux-x64": r"manylinux.*_x86_64",
    "windows-x64": r"win_amd64",
    "macos-arm64": r"macosx_.*_arm64",
    "macos-x64": r"macosx_.*_x86_64",
}


def manifest() -> dict:
    """The manifest of the repository."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))


def wheels_of(names: list[str], platform: str, python: str) -> list[str]:
    """Those of the wheels (file names) that a Blender on `platform` with Python `python` takes."""
    chosen = []
    for name in names:
        _, _, python_tag, _, platform_tag = name.removesuffix(".whl").split("-")
        fits_platform = platform_tag == "any" or re.fullmatch(WHEEL_PLATFORMS[platform], platform_tag)
        if fits_platform and python_tag in (f"cp{python}", "py3"):
            chosen.append(name)
    return chosen


def locked() -> dict[str, str]:
    """Wheel file name -> SHA-256."""
    lines = LOCK.read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if not line.startswith("#"))}


def fetch(name: str, digest: str | None) -> Path:
    """The wheel in the cache, downloaded with pip if need be and held against its hash."""
    path = CACHE / name
    if not path.exists():
        _download(name, digest)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest is not None and found != digest:
        raise SystemExit(f"{path} has SHA-256 {found}, but wheels.lock says {digest}. Delete the file and build again.")
    return path


def _download(name: str, digest: str | None) -> None:
    distribution, version, python_tag, _, platform_tag = name.removesuffix(".whl").split("-")
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "requirement.txt"
        requirement.write_text(f"{distribution}=={version}" + (f" --hash=sha256:{digest}" if digest else "") + "\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        if platform_tag != "any":
            command += ["--implementation", "cp", "--python-version", python_tag.removeprefix("cp")]
            command += [argument for tag in platform_tag.split(".") for argument in ("--platform", tag)]
        subprocess.run([*command, "--dest", folder, "--requirement", str(requirement)], check=True)
        got = next(Path(folder).glob("*.whl"))
        if got.name != name:
            raise SystemExit(f"pip found {got.name} where blender_manifest.toml names {name}. Correct the manifest, then: build.py lock")
        CACHE.mkdir(exist_ok=True)
        beside = CACHE / f"{name}.{os.getpid()}.part"
        shutil.copy(got, beside)
        os.replace(beside, CACHE / name)


def zip_manifest(text: str, wheels: list[str], platform: str, python: str) -> str:
    """The manifest of one zip: the repository's, cut down to one platform, its wheels, and the Blenders with that Python."""
    listed = "".join(f'    "./wheels/{name}",\n' for name in wheels)
    text = re.sub(r"^wheels = \[.*?^\]", f"wheels = [\n{listed}]", text, count=1, flags=re.M | re.S)
    text = re.sub(r"^platforms = .*$", f'platforms = ["{platform}"]', text, count=1, flags=re.M)
    first = re.search(r'^blender_version_min = "(.*)"$', text, flags=re.M)
    assert first is not None
    span = {
        "311": f'blender_version_min = "{first[1]}"\nblender_version_max = "{PYTHON_CHANGE}"',
        "313": f'blender_version_min = "{PYTHON_CHANGE}"',
    }[python]
    return text.replace(first[0], span)


def collect_licences(wheels: list[Path], folder: Path) -> None:
    """The licences and notices that the wheels carry, as folder/<wheel's name and version>/<file>."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            texts = [entry for entry in archive.namelist() if re.search(r"(licen[cs]e|copying|notice)[^/]*$", entry, re.I)]
            texts = [entry for entry in texts if not entry.endswith((".py", ".pyc"))]
            if not texts:
                raise SystemExit(f"{wheel.name} carries no licence text; it may not be shipped like that.")
            target = folder / "-".join(wheel.name.split("-")[:2])
            target.mkdir(parents=True)
            for entry in texts:
                (target / entry.replace("/", "_")).write_bytes(archive.read(entry))


def build(platform: str, python: str, dist: Path = DIST) -> Path:
    """One zip, built and validated by Blender's tool. Returns its path."""
    tool = blenders.extension_tool()
    text = (ROOT / "blender_manifest.toml").read_text("utf-8")
    version, hashes = manifest()["version"], locked()
    names = wheels_of([Path(entry).name for entry in manifest()["wheels"]], platform, python)
    wheels = [fetch(name, hashes[name]) for name in names]
    target = dist / f"mimica-{version}-{platform}-py{python}.zip"
    dist.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=dist, prefix="build-") as folder:
        stage, made = Path(folder) / "mimica", Path(folder) / "made.zip"
        _stage(stage, wheels)
        (stage / "blender_manifest.toml").write_text(zip_manifest(text, names, platform, python), "utf-8")
        _run([*tool, "build", "--source-dir", str(stage), "--output-filepath", str(made)])
        _run([*tool, "validate", str(made)])
        if made.stat().st_size > MAX_BYTES:
            raise SystemExit(
                f"{target.name} is {made.stat().st_size / 1e6:.1f} MB, above the {MAX_BYTES / 1e6:.0f} MB that a zip may have."
            )
        os.replace(made, target)
    return target


def _stage(stage: Path, wheels: list[Path]) -> None:
    stage.mkdir()
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, stage / name, ignore=shutil.ignore_patterns("__pycache__", *NOT_SHIPPED))
        else:
            shutil.copy(source, stage / name)
    (stage / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, stage / "wheels" / wheel.name)
    collect_licences(wheels, stage / "licenses")


def _run(command: list[str]) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"Blender's extension tool failed: {answer.stdout}{answer.stderr}")


def lock() -> None:
    """Writes wheels.lock for the wheels that the manifest names now."""
    names = sorted(Path(entry).name for entry in manifest()["wheels"])
    lines = [f"{hashlib.sha256(fetch(name, None).read_bytes()).hexdigest()}  {name}" for name in names]
    note = "# SHA-256 of the wheels that blender_manifest.toml names, as `python packaging/build.py lock` found them"
    LOCK.write_text("\n".join([note, *lines]) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=("zips", "lock"), default="zips")
    parser.add_argument("--platform", nargs="+", choices=tuple(WHEEL_PLATFORMS), default=tuple(WHEEL_PLATFORMS))
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=PYTHONS)
    options = parser.parse_args()
    if options.command == "lock":
        lock()
        return
    for platform in options.platform:
        for python in options.python:
            path = build(platform, python)
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
