"""The networks of Tables 1 and 2: with the weights that ship, or trained on a fold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from ..errors import ModelError
from .metrics import Predict

Progress = Callable[[float, str], None]

MODELS = Path(__file__).resolve().parents[2] / "models"
WEIGHTS = {
    "neural3dmm": MODELS / "neural3dmm" / "neural3dmm.safetensors",
    "published": MODELS / "s2d_dec_published" / "s2d_dec_published.safetensors",
    "product": MODELS / "s2d_dec" / "s2d_dec.safetensors",
}
NETWORKS = tuple(WEIGHTS)


def shipped(name: str, vertices: int) -> Predict | None:
    """A network with the weights that ship, or None where they do not, or are of a mesh with another number of vertices."""
    path = WEIGHTS[name]
    if not path.is_file():
        return None
    try:
        if name == "neural3dmm":
            from ..training import neural3dmm

            model = neural3dmm.load(path)
            return model.predict if model.shape.counts[0] == vertices else None
        from ..dense import conditioned, s2d_dec

        if name == "product":
            decoder = conditioned.load(path)
            return conditioned.predictor(decoder) if decoder.config.vertices == vertices else None
        published = s2d_dec.load(path)
        return s2d_dec.predictor(published) if published.config.vertices[0] == vertices else None
    except ImportError as error:
        raise ModelError(f"{name} needs PyTorch and safetensors, which are not installed here. Install the extra 'train'.") from error


def train(
    name: str, performances: Performances, masks: tuple[np.ndarray, np.ndarray], preset: str, seed: int, folder: Path, progress: Progress
) -> Predict:
    """Trains a network on the clips of masks[0] (C,), watching those of masks[1]; goes on where an interrupted run in `folder` stopped."""
    from ..training import loop, neural3dmm, s2d, s2d_conditioned

    chosen, held = masks
    plan = loop.Plan(seed=seed)
    if name == "neural3dmm":
        coder = neural3dmm.Recipe(performances, chosen, held, neural3dmm.preset(preset), seed)
        loop.run(coder, folder, plan, resume=True, progress=progress, name=name)
        neural3dmm.save(coder.model, folder / WEIGHTS[name].name)
        return coder.predict
    recipe: s2d.S2DRecipe | s2d_conditioned.ConditionedRecipe
    if name == "product":
        recipe = s2d_conditioned.ConditionedRecipe(performances, chosen, held, s2d_conditioned.preset(preset), seed)
    else:
        recipe = s2d.S2DRecipe(performances, chosen, held, s2d.preset(preset), seed)
    loop.run(recipe, folder, plan, resume=True, progress=progress, name=name)
    return recipe.predict
