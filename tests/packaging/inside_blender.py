"""Runs inside Blender's Python: installs the zip into a fresh user folder, enables it, and calls `main(*args)` of a script.

argv: zip, script, result file, script's arguments. The result file gets {"result": ...} or {"error": traceback}.
"""

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

import bpy  # isort: skip - it makes addon_utils importable
import addon_utils

MODULE = "bl_ext.user_default.mimica"


def enable(zip_path: str) -> None:
    installed = Path(bpy.utils.user_resource("EXTENSIONS")) / "user_default" / "mimica" / "blender_manifest.toml"
    if installed.exists():
        module = addon_utils.enable(MODULE, default_set=True, persistent=True)
        assert module is not None, f"{MODULE} is installed but cannot be enabled"
        return
    done = bpy.ops.extensions.package_install_files(filepath=zip_path, repo="user_default", enable_on_install=True)
    assert done == {"FINISHED"}, f"package_install_files answered {done}"
    assert MODULE in bpy.context.preferences.addons, f"{MODULE} is not enabled after installing {zip_path}"


def call(script: str, args: list[str]) -> object:
    spec = importlib.util.spec_from_file_location("script_inside_blender", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(*args)


def run(zip_path: str, script: str, args: list[str]) -> dict:
    try:
        enable(zip_path)
        return {"result": call(script, args)}
    except BaseException:
        return {"error": traceback.format_exc()}
    finally:
        # Blender 4.2 crashes and 4.5 hangs at exit where classes or timers are still registered.
        addon_utils.disable(MODULE)


if __name__ == "__main__":
    zip_path, script, result_path, *args = sys.argv[1:]
    made = run(zip_path, script, args)
    Path(result_path).write_text(json.dumps(made, default=str), "utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if "result" in made else 1)
