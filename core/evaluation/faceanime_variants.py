"""The variants of the paper's Table III: small PGFGs that differ in their prior or their loss, on held-out people, and where eyes open or shut.

Trained by `python -m core train pgfg --preset table3-<variant> --out FOLDER/<variant>` (core/training/pgfg.py, VARIANTS).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..data.face_pairs import FacePairs
from .faceanime import EACH, EYES_SHOWN, PAPER, SHOWN, Frechet, Seen, blinking, joined, look
from .picture_scores import judges
from .tables import Cell, Table

Progress = Callable[[float, str], None]
BATCH = 8
COMMAND = "python -m core train pgfg --preset table3-VARIANT --out FOLDER/VARIANT"


def trained(folder: Path) -> dict[str, Path]:
    """Weights of the variants in a folder, in the paper's order."""
    paths = {name: folder / name / "pgfg.safetensors" for name in PAPER}
    return {name: path for name, path in paths.items() if path.is_file()}


def train(folder: Path, progress: Progress) -> None:
    """Trains the variants that `folder` lacks."""
    from ..training.start import Request, start

    there = trained(folder)
    for name in PAPER:
        if name not in there:
            start(Request("pgfg", preset=f"table3-{name}", out=folder / name), progress)


class Rows:
    """Pairs (person, target) as one network is shown them; pictures (N, S, S, 3) uint8 of its size."""

    def __init__(self, pairs: FacePairs, chosen: list[tuple[int, int]], path: Path):
        from ..training.pgfg_inputs import Batches
        from ..video.pgfg_network import load

        self.network = load(path).eval()
        config = self.network.config
        self.batches, self.chosen, self.times = Batches(pairs, config.prior, config.side), chosen, config.side / pairs.source.shape[1]
        self.pairs = pairs

    def __call__(self) -> tuple[Seen, dict[str, Seen], np.ndarray]:
        """What the network makes, what the photo and the warp are at its size, and the true pictures' features."""
        import torch

        made: dict[str, list] = {"network": [], "photo": [], "warp": []}
        truths, (distance, identity) = [], judges()
        for start in range(0, len(self.chosen), BATCH):
            part = self.chosen[start : start + BATCH]
            batch = self.batches(np.array([person for person, _ in part]), np.array([which for _, which in part]))
            with torch.inference_mode():
                drawn = self.network(*batch.inputs)[0]
            pictures = {"network": drawn, "photo": batch.source, "warp": batch.warp}
            shown = {name: _bytes(values) for name, values in pictures.items()}
            for row, (truth, (person, which)) in enumerate(zip(_bytes(batch.target), part, strict=True)):
                points, before = (self.times * own for own in (self.pairs.points[person, which], self.pairs.source_points[person]))
                own = identity.vector(shown["photo"][row], before[:, :2])
                truths.append(distance.pooled(distance.features(truth)))
                for name, images in shown.items():
                    made[name].append(look(images[row], truth, points, own))
        each = {name: joined(values) for name, values in made.items()}
        return each.pop("network"), each, np.array(truths)


def _bytes(pictures) -> np.ndarray:
    """(B, 3, S, S) -1..1 as (B, S, S, 3) uint8."""
    return (127.5 * (pictures.clamp(-1.0, 1.0) + 1.0) + 0.5).byte().permute(0, 2, 3, 1).contiguous().numpy()


def variants_tables(pairs: FacePairs, folder: Path, progress: Progress) -> list[Table]:
    """Table III and its special case, of the variants that are in `folder`; where there are none, a line that says how to train them."""
    found = trained(folder)
    if not found:
        return [Table("Table III: no variant is trained", ("variant",), (), {}, (f"Train them into {folder}: {COMMAND}",))]
    usual, eyes = (
        [(person, which) for person in range(len(pairs.source)) for which in range(min(EACH, pairs.target.shape[1]))],
        blinking(pairs),
    )
    rows: list[tuple[Cell, ...]] = []
    special: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for label, one, judge in _each(pairs, usual, found, progress):
        values = [*map(float, np.nanmean(one.rows, axis=0)), judge(one.features)]
        rows.append((label, *values, *PAPER.get(label, (None,) * 4)))
        metrics |= {f"faceanime/table3/{label}/{column}": value for column, value in zip(SHOWN, values, strict=True)}
    for label, one, _ in _each(pairs, eyes, found, progress) if eyes else ():
        values = np.nanmean(one.rows, axis=0).tolist()
        special.append((label, *(values[k] for k in EYES_SHOWN.values())))
        metrics |= {f"faceanime/table3_eyes/{label}/{column}": values[k] for column, k in EYES_SHOWN.items()}
    paper = tuple(f"paper's {name}" for name in ("PSNR", "SSIM", "FID", "LRMS"))
    notes = (
        "Small networks that draw over the photo, without a warp, at their own size. The paper's are of other faces at 128 px, and it does not say "
        "what its LRMS is a share of.",
    )
    return [
        Table(f"Table III: variants of PGFG, {len(usual)} pictures", ("variant", *SHOWN, *paper), tuple(rows), metrics, notes),
        Table(f"The same where eyes open or shut: {len(eyes)} pictures", ("variant", *EYES_SHOWN), tuple(special)),
    ]


def _each(
    pairs: FacePairs, chosen: list[tuple[int, int]], found: dict[str, Path], progress: Progress
) -> Iterator[tuple[str, Seen, Frechet]]:
    """Every variant on chosen pairs, the first beside the photo and the warp at its size."""
    for number, (name, path) in enumerate(found.items()):
        progress(number / len(found), f"Table III: {name}")
        own, others, truths = Rows(pairs, chosen, path)()
        judge = Frechet(truths)
        if not number:
            yield from ((f"the {what} itself", one, judge) for what, one in others.items())
        yield name, own, judge
