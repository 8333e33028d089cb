"""Generate with PyTorch in a worker under the Python given, beside the embedded result; and what a wrong Python says."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, python: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    size = max(obj.dimensions)
    bpy.ops.mimica.generate(expression="surprise", frames=10, seed=1)
    embedded = parts.evaluated(obj, 10)
    chosen = bpy.context.preferences.addons[parts.PACKAGE].preferences
    chosen.backend, chosen.python, chosen.device = "TORCH", python, "cpu"
    checked = bpy.ops.mimica.check_torch()
    bpy.ops.mimica.generate(expression="surprise", frames=10, seed=1)
    made = {
        "checked": sorted(checked),
        "differs": float(np.abs(parts.evaluated(obj, 10) - embedded).max()) / size,
        "used": parts.module("addon.jobs").last_used,
    }
    for name, wrong in (("absent", "/no/such/python"), ("unnamed", "")):
        chosen.python = wrong
        before = parts.snapshot()
        made[name] = parts.error_of(bpy.ops.mimica.generate, expression="surprise")
        made[f"{name}_unchanged"] = parts.snapshot() == before
    chosen.backend = "CPU"
    return made
