"""From a model's name, a data set and a preset to weights: what `python -m core train` does."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ..data import synthetic
from ..dense import s2d_dec
from ..errors import ModelError, ValueRangeError
from ..head.template import load_template
from ..motion import motion3dgan
from . import export, loop, motion, s2d
from .motion_scores import motion_scores

MODELS = {"motion": motion3dgan.NAME, motion3dgan.NAME: motion3dgan.NAME, "s2d": s2d_dec.NAME, s2d_dec.NAME: s2d_dec.NAME}
SEED = 1


def read_takes(data: str) -> synthetic.Takes:
    """The performances meant by "synthetic" (the user's cache) or "synthetic:FOLDER"."""
    kind, _, folder = data.partition(":")
    if kind != "synthetic":
        raise ValueRangeError(f"Data '{data}' is not known. Give synthetic, or synthetic:FOLDER.")
    return synthetic.load(Path(folder) if folder else synthetic.default_cache() / "synthetic")


def start(model: str, data: str, preset: str, resume: bool, out: Path | None, progress: loop.Progress) -> Path:
    """See core.training.train. Checkpoint and log are kept in the user's cache; scores.json beside the weights' log."""
    if model not in MODELS:
        raise ModelError(f"There is no model '{model}' to train. Known: {', '.join(MODELS)}.")
    name = MODELS[model]
    presets = motion.PRESETS if name == motion3dgan.NAME else s2d.PRESETS
    if preset not in presets:
        raise ValueRangeError(f"There is no preset '{preset}' for {name}. Known: {', '.join(presets)}.")
    progress(0.0, f"Reading {data}")
    takes = read_takes(data)
    recipe: motion.MotionRecipe | s2d.S2DRecipe
    if name == motion3dgan.NAME:
        recipe = motion.MotionRecipe(takes, motion.PRESETS[preset], SEED)
    else:
        recipe = s2d.S2DRecipe(takes, load_template(), s2d.PRESETS[preset], SEED)
    folder = synthetic.default_cache() / "training" / f"{name}-{preset}"
    began = time.monotonic()
    loop.run(recipe, folder, loop.Plan(seed=SEED), resume=resume, progress=progress, name=name)
    seconds = time.monotonic() - began
    weights, _ = export.save_model(name, recipe.networks[name], out or export.MODELS / name)
    progress(1.0, "Scoring")
    scores = recipe.scores() if isinstance(recipe, s2d.S2DRecipe) else motion_scores(takes, recipe.average, SEED)
    (folder / "scores.json").write_text(json.dumps({"seconds": seconds, "preset": preset, "seed": SEED, **scores}, indent=1))
    return weights
