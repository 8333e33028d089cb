"""From a model's name, a data set and a preset to weights: what `python -m core train` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data import capture_set, coefficient_sequences, expression_clips, face_pairs
from ..data.open import open_data
from ..data.performances import Performances
from ..data.synthetic import default_cache
from ..dense import conditioned, s2d_dec
from ..errors import ModelError, ValueRangeError
from ..evaluation.assets import HED, SFACE, fetched
from ..head import template
from ..motion import motion3dgan
from ..npz import write_npz
from ..video import dynamics as dynamics_3dd
from ..video import face_capture, pgfg_network, reenactment_network
from ..video import fevgan as expression_gan
from . import capture, distributed, dynamics, export, fevgan, loop, motion, pgfg, reenactment, s2d, s2d_conditioned

MODELS = {
    "motion": motion3dgan.NAME,
    motion3dgan.NAME: motion3dgan.NAME,
    "s2d": conditioned.NAME,
    conditioned.NAME: conditioned.NAME,
    s2d_dec.NAME: s2d_dec.NAME,
    "capture": face_capture.NAME,
    face_capture.NAME: face_capture.NAME,
    "dynamics": dynamics_3dd.NAME,
    dynamics_3dd.NAME: dynamics_3dd.NAME,
    pgfg_network.NAME: pgfg_network.NAME,
    expression_gan.NAME: expression_gan.NAME,
    reenactment_network.NAME: reenactment_network.NAME,
}

PRESETS = {
    motion3dgan.NAME: motion.preset,
    conditioned.NAME: s2d_conditioned.preset,
    dynamics_3dd.NAME: dynamics.preset,
    expression_gan.NAME: fevgan.preset,
    face_capture.NAME: capture.preset,
    pgfg_network.NAME: pgfg.preset,
    reenactment_network.NAME: reenactment.preset,
}


@dataclass(frozen=True)
class Request:
    """What to train: a model of MODELS, on data that core/data/open.py knows, for as long as the preset says. out: folder for the weights;
    landmarks, bad_files: see open_data; device, precision, tensorboard: see loop.Plan."""

    model: str
    data: str = "synthetic"
    preset: str = "cpu"
    seed: int = 0
    resume: bool = False
    out: Path | None = None
    landmarks: Path | None = None
    bad_files: str = "refuse"
    device: str = "cpu"
    precision: str = "float32"
    tensorboard: bool = False


def held_out(name: str, performances: Performances) -> np.ndarray:
    """Mask (C,) of the clips that training leaves out: unseen people, or for motion of few people the first take of each label (the paper)."""
    if name == motion3dgan.NAME and not performances.name.startswith("synthetic"):
        return performances.take == 0
    return performances.fold("identity", 0)


def recipe_of(name: str, preset: str, performances: Performances, seed: int) -> loop.Recipe:
    """The recipe of a model by its full name. ValueRangeError where the preset is not known or nothing would be left to learn from."""
    held = held_out(name, performances)
    if held.all() or not held.any():
        raise ValueRangeError(
            f"{performances.name} has {len(held)} clips of {len(performances.people)} people, of which {int(held.sum())} would be held out. "
            "Training needs some to learn from and some to watch: two people or more, and for motion two takes of a label."
        )
    if name == motion3dgan.NAME:
        return motion.MotionRecipe(performances, ~held, held, motion.preset(preset), seed)
    if name == conditioned.NAME:
        return s2d_conditioned.ConditionedRecipe(performances, ~held, held, s2d_conditioned.preset(preset), seed)
    return s2d.S2DRecipe(performances, ~held, held, s2d.preset(preset), seed)


def _sequences(data: str, progress: loop.Progress) -> coefficient_sequences.CoefficientSequences:
    """What 3DDP learns from: synthetic, or synthetic:FILE."""
    kind, _, file = data.partition(":")
    if kind != "synthetic":
        raise ValueRangeError(f"{dynamics_3dd.NAME} learns from coefficients; '{data}' has none. Give synthetic or synthetic:FILE.npz.")
    return coefficient_sequences.load(Path(file)) if file else coefficient_sequences.made_once(default_cache(), progress)


def _prepared(request: Request, name: str, progress: loop.Progress) -> tuple[loop.Recipe, str]:
    """The recipe of a model on the data asked for, and what its weights are made for."""
    if name == dynamics_3dd.NAME:
        chosen = dynamics.preset(request.preset)
        sequences = distributed.in_turn(lambda: _sequences(request.data, progress))
        return dynamics.DynamicsRecipe(sequences, chosen, request.seed), template.ID
    if name == expression_gan.NAME:
        return _expression_recipe(request), template.ID
    if name == face_capture.NAME:
        return _capture_recipe(request), template.ID
    if name == pgfg_network.NAME:
        return _pgfg_recipe(request), template.ID
    if name == reenactment_network.NAME:
        return _reenactment_recipe(request), template.ID
    performances = distributed.in_turn(lambda: open_data(request.data, request.landmarks, request.bad_files, progress))
    return recipe_of(name, request.preset, performances, request.seed), export.template_of(performances)


def _folder(request: Request, name: str) -> Path:
    label = "".join(c if c.isalnum() else "-" for c in f"{name}-{request.data}-{request.preset}-{request.seed}")
    return default_cache() / "training" / label


def _out(request: Request, name: str) -> Path:
    """Only the synthetic set's weights take the place of those that ship."""
    return request.out or (export.MODELS / name if request.data.partition(":")[0] == "synthetic" else _folder(request, name))


def start(request: Request, progress: loop.Progress) -> Path:
    """See core.training.train. Checkpoint and log are kept in the user's cache; the path of the safetensors is returned."""
    if not 0 <= request.seed < 2**31:
        raise ValueRangeError(f"seed is {request.seed}; it must be a whole number from 0 to {2**31 - 1}.")
    if request.model not in MODELS:
        raise ModelError(f"There is no model '{request.model}' to train. Known: {', '.join(MODELS)}.")
    name = MODELS[request.model]
    PRESETS.get(name, s2d.preset)(request.preset)  # refused before any data are read
    plan = loop.Plan(request.seed, device=request.device, precision=request.precision, tensorboard=request.tensorboard)
    distributed.join(distributed.device(request.device))
    progress(0.0, f"Reading {request.data}")
    recipe, made_for = _prepared(request, name, progress)
    loop.run(recipe, _folder(request, name), plan, resume=request.resume, progress=progress, name=name)
    if distributed.leads():
        export.save_model(name, recipe.networks[name].cpu(), _out(request, name), made_for)
        if isinstance(recipe, capture.CaptureRecipe):
            write_npz(_out(request, name) / "reference.npz", recipe.reference_arrays())
    return _out(request, name) / f"{name}.safetensors"


def _capture_recipe(request: Request) -> capture.CaptureRecipe:
    """Of the capture set in the user's cache, or of the folder after "synthetic:"."""
    _, _, folder = request.data.partition(":")
    data = capture_set.load(Path(folder) if folder else default_cache() / "capture")
    return capture.CaptureRecipe(data, template.load_template().arkit_names, capture.preset(request.preset), request.seed)


def _pgfg_recipe(request: Request) -> pgfg.PgfgRecipe:
    """Of the pairs of faces in the user's cache, or of the folder after "synthetic:"."""
    _, _, folder = request.data.partition(":")
    chosen = pgfg.preset(request.preset)
    pairs = face_pairs.load(Path(folder) if folder else default_cache() / "face_pairs")
    return pgfg.PgfgRecipe(pairs, chosen, request.seed, fetched(SFACE) if chosen.identity else None)


def _expression_recipe(request: Request) -> fevgan.FevGanRecipe:
    """Of the expression clips in the user's cache, of the size that the preset is for, or of the folder after "synthetic:"."""
    chosen = fevgan.preset(request.preset)
    _, _, folder = request.data.partition(":")
    clips = expression_clips.load(Path(folder) if folder else expression_clips.folder_of(default_cache(), chosen.config.size))
    return fevgan.FevGanRecipe(clips, chosen, request.seed, fetched(SFACE))


def _reenactment_recipe(request: Request) -> reenactment.ReenactmentRecipe:
    """Of the same pairs."""
    _, _, folder = request.data.partition(":")
    chosen = reenactment.preset(request.preset)
    pairs = face_pairs.load(Path(folder) if folder else default_cache() / "face_pairs")
    judges = [fetched(asset) if weight else None for asset, weight in ((SFACE, chosen.identity), (HED, chosen.perceptual))]
    return reenactment.ReenactmentRecipe(pairs, chosen, request.seed, *judges)
