"""What enabling the add-on imports, and how long that takes in this Blender."""

import importlib
import sys
import time

PACKAGE = "bl_ext.user_default.mimica"
HEAVY = ("scipy", "onnxruntime", "trimesh", "torch", f"{PACKAGE}.core.api")


def main() -> dict:
    heavy = [name for name in HEAVY if name in sys.modules]
    package = sys.modules[PACKAGE]
    package.unregister()
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    started = time.perf_counter()
    importlib.import_module(f"{PACKAGE}.addon").register()
    return {"heavy": heavy, "seconds": time.perf_counter() - started}
