"""What goes into the zips, from the manifest on."""

import tomllib
import zipfile

import build
import pytest
from blender_harness import PLATFORM, built_zip

NAMES = [entry.rsplit("/", 1)[1] for entry in build.manifest()["wheels"]]
VARIANTS = [(platform, python) for platform in build.WHEEL_PLATFORMS for python in build.PYTHONS]


@pytest.mark.parametrize(("platform", "python"), VARIANTS)
def test_each_variant_gets_one_wheel_of_each_package(platform, python):
    chosen = build.wheels_of(NAMES, platform, python)
    assert sorted(name.split("-")[0] for name in chosen) == ["onnxruntime", "scipy", "trimesh"]


def test_every_wheel_serves_some_variant():
    assert {name for variant in VARIANTS for name in build.wheels_of(NAMES, *variant)} == set(NAMES)


def test_the_lock_covers_the_manifest_exactly():
    assert set(build.locked()) == set(NAMES)
    assert all(len(digest) == 64 for digest in build.locked().values())


@pytest.mark.parametrize(("python", "span"), [("311", ("4.2.0", "5.1.0")), ("313", ("5.1.0", None))])
def test_a_zips_manifest_is_the_repositorys_cut_down(python, span):
    text = (build.ROOT / "blender_manifest.toml").read_text("utf-8")
    made = tomllib.loads(build.zip_manifest(text, ["a-1-py3-none-any.whl"], "linux-x64", python))
    assert made["platforms"] == ["linux-x64"] and made["wheels"] == ["./wheels/a-1-py3-none-any.whl"]
    assert (made["blender_version_min"], made.get("blender_version_max")) == span
    changed = {"platforms", "wheels", "blender_version_min", "blender_version_max"}
    whole = tomllib.loads(text)
    assert {key: value for key, value in made.items() if key not in changed} == {
        key: value for key, value in whole.items() if key not in changed
    }


def test_the_manifest_keeps_blenders_rules():
    manifest = build.manifest()
    assert manifest["id"] == "mimica" and "Blender" not in manifest["name"]
    assert len(manifest["tagline"]) <= 64 and manifest["tagline"][-1].isalnum()


def test_a_wheel_with_another_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "CACHE", tmp_path)
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"other")
    with pytest.raises(SystemExit, match=r"but wheels.lock says 00. Delete the file"):
        build.fetch("a-1-py3-none-any.whl", "00")


def test_a_wheel_without_licence_is_refused(tmp_path):
    wheel = tmp_path / "a-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a.py", "")
    with pytest.raises(SystemExit, match="no licence text"):
        build.collect_licences([wheel], tmp_path / "licenses")


def test_what_only_the_tables_need_is_left_out(tmp_path, monkeypatch):
    root = tmp_path / "root"
    for folder in ("addon", "core", "models/s2d_dec", "models/s2d_dec_published", "models/neural3dmm"):
        (root / folder).mkdir(parents=True)
        for name in ("card.md", "cross_validation.json", "ablation.json"):
            (root / folder / name).write_text("here")
    for name in ("__init__.py", "LICENSE", "README.md"):
        (root / name).write_text("here")
    monkeypatch.setattr(build, "ROOT", root)
    build._stage(tmp_path / "stage", [])
    assert {str(path.relative_to(tmp_path / "stage/models")) for path in (tmp_path / "stage/models").rglob("*")} == {
        "s2d_dec",
        "s2d_dec/card.md",
    }


@pytest.fixture(scope="module", params=build.PYTHONS)
def entries(request):
    path = built_zip(request.param)
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_only_what_users_need_is_in_the_zip(entries):
    assert {entry.split("/")[0] for entry in entries if not entry.endswith("/")} == {
        *build.SHIPPED, "blender_manifest.toml", "wheels", "licenses",
    }  # fmt: skip
    assert not [entry for entry in entries if entry.startswith(("core/training", "core/data", "core/evaluation")) or "__pycache__" in entry]


def test_models_are_in_the_zip_with_card_and_both_weights(entries):
    for model in ("motion3dgan", "s2d_dec"):
        assert {f"models/{model}/{name}" for name in (f"{model}.onnx", f"{model}.safetensors", "card.md")} <= set(entries)
    assert not [entry for entry in entries if entry.startswith("models/") and any(name in entry for name in build.NOT_SHIPPED)]
    for model in ("face_detector", "face_landmark"):
        assert {f"models/{model}/{name}" for name in (f"{model}.onnx", "card.md", "LICENSE.txt")} <= set(entries)


def test_every_wheels_licence_is_in_the_zip(entries):
    wheels = [entry.split("/")[1] for entry in entries if entry.startswith("wheels/") and entry.endswith(".whl")]
    folders = {entry.split("/")[1] for entry in entries if entry.startswith("licenses/") and entry.count("/") == 2}
    assert len(wheels) == 3 and folders == {"-".join(wheel.split("-")[:2]) for wheel in wheels}


def test_the_zip_weighs_at_most_100_mb():
    assert all(built_zip(python).stat().st_size <= 100 * 1000**2 for python in build.PYTHONS)


def test_this_platform_is_one_that_is_built():
    assert PLATFORM in build.WHEEL_PLATFORMS
