"""A table as data: printed aligned, and written as JSON with flat metrics beside its rows."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..atomic import replacing

Cell = str | float | int | None
PACKAGES = ("numpy", "scipy", "onnxruntime", "torch", "scikit-learn")


@dataclass(frozen=True)
class Table:
    """title; columns, the first names the row; rows of cells, None where there is nothing to say; metrics, flat name to number, what other
    programs read; notes, printed below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    metrics: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def cell(value: Cell) -> str:
    """A cell as text: numbers with three to four significant digits."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)


def text(table: Table) -> str:
    """The table in aligned Markdown: reads in a terminal and renders in a document."""
    body = [[cell(value) for value in row] for row in table.rows]
    widths = [max(len(line[k]) for line in [list(table.columns), *body]) for k in range(len(table.columns))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            value.ljust(width) if k == 0 else value.rjust(width) for k, (value, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join([first, *rest]) + " |"

    rule = "| " + " | ".join("-" * width if k == 0 else "-" * (width - 1) + ":" for k, width in enumerate(widths)) + " |"
    return "\n".join([f"{table.title}\n", line(table.columns), rule, *map(line, body), *(f"\n{note}" for note in table.notes)])


def versions() -> dict[str, str]:
    """What the numbers were made with."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_json(tables: Sequence[Table]) -> dict:
    """{"metrics": {flat name: number}, "rows": [{"table": title, column: value}], "versions": {...}} of one table or several."""
    rows = [{"table": table.title, **dict(zip(table.columns, row, strict=True))} for table in tables for row in table.rows]
    metrics = {name: value for table in tables for name, value in table.metrics.items()}
    return {"metrics": metrics, "rows": rows, "versions": versions()}


def write_json(path: Path, result: dict) -> None:
    """Writes a result, whole or not at all. FileError where the folder cannot be written."""
    write_text(path, json.dumps(result, indent=2) + "\n")


def write_text(path: Path, content: str) -> None:
    """Writes a file, whole or not at all. FileError where the folder cannot be written."""
    with replacing(path) as beside:
        beside.write_text(content)
