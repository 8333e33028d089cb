"""`python -m core evaluate TABLE`: the papers' tables, on the weights that ship or, with --full, trained anew on any data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ValueRangeError
from ..runtime.backend import OnnxBackend
from . import networks
from .cross_validation import Record
from .tables import Table, as_json, text, write_json

Progress = Callable[[float, str], None]

SEEDS = 3
RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "arkit_capture"


@dataclass(frozen=True)
class Request:
    """What was asked for: the data's name on the command line, the training preset, whether to train everything, how many seeds of which
    networks; `only`: one block of a table that has several."""

    data: str = "synthetic"
    preset: str = "cpu"
    full: bool = False
    seeds: int = SEEDS
    trained: tuple[str, ...] = networks.NETWORKS
    landmarks: Path | None = None
    bad_files: str = "refuse"
    figures: Path | None = None
    only: str | None = None


def _own(request: Request) -> bool:
    """Whether the data are the set that the shipped weights were trained on."""
    return request.data.partition(":")[0] == "synthetic"


def _paths(request: Request, name: str, file: str) -> tuple[Path, Path]:
    """Where a table's record lies and where its checkpoints: with the model for the synthetic set, in the user's cache for all others."""
    from ..data.synthetic import default_cache

    label = "".join(c if c.isalnum() else "-" for c in f"{request.data}-{request.preset}")
    work = default_cache() / "evaluation" / label / name
    return (networks.MODELS / "s2d_dec" if request.data == "synthetic" else work) / file, work


def _open(request: Request, progress: Progress):
    from ..data.open import open_data

    return open_data(request.data, request.landmarks, request.bad_files, progress)


def table1(request: Request, progress: Progress) -> list[Table]:
    """Of the synthetic set: the shipped weights on fold 0 and the record; of other data, or with `full`, all folds trained first."""
    from . import cross_validation, figures
    from . import table1 as rows

    performances = _open(request, progress)
    path, work = _paths(request, "table1", "cross_validation.json")
    record = Record(path, performances.name, request.preset)
    if request.full or not _own(request):
        cross_validation.run(performances, record, work, request.seeds, progress, networks.train, request.trained)
    tables = []
    if _own(request):
        test = cross_validation.folds(performances, "identity")[0]
        found = rows.live(performances, rows.recordings(performances, test, RECORDINGS), progress)
        tables = found.tables
        if request.figures is not None:
            figures.write(request.figures, performances, found.errors, record)
    return [*tables, *rows.recorded(record)]


def table2(request: Request, progress: Progress) -> list[Table]:
    """The record of the ablation; of other data, or with `full`, trained first."""
    from . import table2 as rows

    performances = _open(request, progress)
    path, work = _paths(request, "table2", "ablation.json")
    record = Record(path, performances.name, request.preset)
    if request.full or not _own(request):
        rows.run(performances, record, work, request.seeds, progress, rows.train)
    return rows.recorded(record)


def table3(request: Request, progress: Progress) -> list[Table]:
    """Scores of generated motion; with `figures`, sheets of what the shipped weights make."""
    from . import sheets
    from . import table3 as rows

    performances = _open(request, progress)
    if request.figures is not None and _own(request):
        sheets.write(request.figures, performances, progress)
    return rows.table3(performances, full=request.full, preset=request.preset, seeds=request.seeds, progress=progress)


def gate(request: Request, progress: Progress) -> list[Table]:
    """Whether the data reward more than a linear map."""
    from . import gate as rows

    return rows.gate(_open(request, progress), progress)


def heads(request: Request, progress: Progress) -> list[Table]:
    """How good keys on any head are, on `seeds` people of each kind; with `figures`, sheets of the heads."""
    from . import heads as rows

    return rows.heads(request.only, request.figures, request.seeds, progress)


def directing(_request: Request, progress: Progress) -> list[Table]:
    """How suddenly directed performances move, and how many keys a capture takes."""
    from . import directing as rows

    return rows.directing(RECORDINGS, progress)


def keys(_request: Request, progress: Progress) -> list[Table]:
    """What generated clips lose as weights on ARKit keys, and as a few keys of their own."""
    from . import keys as rows

    return rows.keys(progress)


def transfer(request: Request, progress: Progress) -> list[Table]:
    """How well the motion of one person is carried to another, on `seeds` pairs of each kind."""
    from . import transfers as rows

    return rows.transfers(request.seeds, RECORDINGS, progress)


def neutral(request: Request, progress: Progress) -> list[Table]:
    """How well the expression is taken off a head, on `seeds` people of each kind."""
    from . import neutrals as rows

    return rows.neutrals(request.seeds, RECORDINGS, progress)


def fit(request: Request, progress: Progress) -> list[Table]:
    """How well faces are fitted to landmarks and to pictures; with `figures`, pictures of fits at seven poses."""
    from . import fit as rows
    from . import fit_sheets

    if request.figures is not None:
        fit_sheets.write(request.figures, [person.posed for person in rows.people(6, progress)], rows.POSES)
    return rows.fit(rows.PEOPLE, progress)


def capture(request: Request, progress: Progress) -> list[Table]:
    """How well ARKit weights are read off videos, on `seeds` rendered people; with `figures`, curves, faces and a film."""
    from . import capture_sheets
    from . import captures as rows

    def show(clip: rows.Clip, found: rows.Captured) -> None:
        if request.figures is not None:
            capture_sheets.write(request.figures, clip, found, progress)

    return rows.captures(request.seeds, RECORDINGS, progress, show)


def reenactment(request: Request, progress: Progress) -> list[Table]:
    """How near a photo that follows a real clip comes to the clip itself, and portraits that turn; with `figures`, pictures of both. What it needs is
    fetched the first time."""
    from . import photo_guards, reenactment_sheets
    from . import reenactment as rows
    from .oneshot import makers

    more = makers()
    if request.figures is not None:
        reenactment_sheets.write(request.figures)
    return [*rows.reenactment(progress, more), *photo_guards.photo_guards(progress, {"dense warp": rows.dense, **more})]


def oneshot(request: Request, progress: Progress) -> list[Table]:
    """How well pose and expression of one person are carried to another's photo, on eight pairs of rendered people a seed; with `figures`, sheets of
    them and of real portraits. What it needs is fetched the first time."""
    from . import oneshot as rows
    from . import oneshot_sheets

    if request.figures is not None:
        oneshot_sheets.write(request.figures, progress)
    return rows.oneshot(8 * request.seeds, progress)


def faceanime(request: Request, progress: Progress) -> list[Table]:
    """How well FaceAnime draws people that no training has seen, and the variants of its Table III, with `full` trained first; with `figures`, sheets
    of people and of eyes that open or shut."""
    from ..data.synthetic import default_cache
    from . import faceanime as rows
    from . import faceanime_sheets, faceanime_variants
    from .reenactment import methods

    folder = default_cache() / "evaluation" / "table3_pgfg"
    if request.full:
        faceanime_variants.train(folder, progress)
    if request.figures is not None:
        faceanime_sheets.write(request.figures, rows.held_out(rows.PEOPLE, progress), methods())
    return rows.faceanime(rows.PEOPLE, methods(), folder, progress)


def dynamics(request: Request, progress: Progress) -> list[Table]:
    """How well 3DDP tells what a face does next, and the way to a target; with `figures`, a sheet of predicted sequences."""
    from . import dynamics as rows
    from . import dynamics_sheets

    if request.figures is not None:
        dynamics_sheets.write(request.figures, rows.sequences(progress), OnnxBackend())
    return rows.dynamics(RECORDINGS, progress)


def fevgan(request: Request, progress: Progress) -> list[Table]:
    """How well FEV-GAN makes expressions of held-out people and of photos; `full` trains its variants; with `figures`, sheets of both."""
    from ..data.synthetic import default_cache
    from . import fevgan as rows
    from . import fevgan_sheets

    if request.figures is not None:
        fevgan_sheets.write(request.figures)
    return rows.fevgan(request.full, networks.MODELS / "fevgan" / "ablation.json", default_cache() / "evaluation" / "fevgan", progress)


TABLES: dict[str, Callable[[Request, Progress], list[Table]]] = {
    "table1": table1, "table2": table2, "table3": table3, "gate": gate, "heads": heads, "fit": fit, "directing": directing,
    "keys": keys, "transfer": transfer, "neutral": neutral, "capture": capture, "reenactment": reenactment, "dynamics": dynamics,
    "fevgan": fevgan, "oneshot": oneshot, "faceanime": faceanime,
}  # fmt: skip


def main(name: str, request: Request, out: Path | None, progress: Progress) -> None:
    """Prints a table's blocks; writes them as JSON where `out` is given."""
    if name not in TABLES:
        raise ValueRangeError(f"There is no table '{name}'. Known: {', '.join(TABLES)}.")
    if request.seeds < 1:
        raise ValueRangeError(f"{request.seeds} seeds were asked for. Give at least 1.")
    if out is not None and not out.parent.is_dir():
        raise ValueRangeError(f"{out.parent} is no folder, so {out.name} could not be written at the end. Choose another.")
    tables = TABLES[name](request, progress)
    print("\n\n".join(map(text, tables)))
    if out is not None:
        write_json(out, as_json(tables))
