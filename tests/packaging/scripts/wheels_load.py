"""The wheels of the zip are what Blender imports, and they compute; numpy stays Blender's own."""

import importlib

import numpy as np

PACKAGE = "bl_ext.user_default.mimica"


def main() -> dict:
    import onnxruntime
    import scipy
    import scipy.sparse.linalg
    import trimesh

    matrix = scipy.sparse.csc_matrix(np.diag([1.0, 2.0, 4.0]))
    solved = scipy.sparse.linalg.splu(matrix).solve(np.ones(3))
    choice = importlib.import_module(f"{PACKAGE}.core.runtime.choice")
    image = np.zeros((1, 128, 128, 3), np.float32)
    made = choice.choose("auto").run("face_detector", {"image": image})
    return {
        "files": {module.__name__: module.__file__ for module in (onnxruntime, scipy, trimesh, np)},
        "solved": solved.tolist(),
        "finite": all(bool(np.isfinite(value).all()) for value in made.values()),
        "shapes": {name: value.shape for name, value in made.items()},
    }
