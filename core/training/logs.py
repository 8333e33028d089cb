"""What a run writes down as it goes: rows of a CSV, and TensorBoard's curves if asked for."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from ..errors import BackendError, FileError


class Log:
    """One row every so many steps. Rows after step `done` of an earlier, broken-off run are dropped, so that no step is told twice."""

    def __init__(self, folder: Path, done: int, tensorboard: bool):
        self.path = folder / "log.csv"
        self.board: Any = _board(folder / "tensorboard", done) if tensorboard else None
        try:
            kept = [row for row in self._read() if float(row["step"]) <= done]
            self._write("w", kept, header=bool(kept))
        except OSError as error:
            raise self._cannot(error) from error
        self.fresh = not kept

    def _read(self) -> list[dict[str, str]]:
        if not self.path.is_file():
            return []
        with self.path.open(newline="") as file:
            return list(csv.DictReader(file))

    def _cannot(self, error: OSError) -> FileError:
        return FileError(f"{self.path} cannot be written ({error.strerror}). Free some space, then go on with --resume.")

    def _write(self, mode: str, rows: list[dict[str, str]], header: bool) -> None:
        with self.path.open(mode, newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
            if header:
                writer.writeheader()
            writer.writerows(rows)

    def add(self, row: dict[str, float]) -> None:
        """One row; its keys are the same every time, "step" among them."""
        try:
            self._write("a", [{key: f"{value:.6g}" for key, value in row.items()}], header=self.fresh)
        except OSError as error:
            raise self._cannot(error) from error
        self.fresh = False
        if self.board:
            for key, value in row.items():
                self.board.add_scalar(key, value, int(row["step"]))
            self.board.flush()

    def close(self) -> None:
        if self.board:
            self.board.close()


def _board(folder: Path, done: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BackendError(
            "A TensorBoard log needs the package tensorboard, which is not installed. Install it, or read log.csv."
        ) from error
    return SummaryWriter(str(folder), purge_step=done + 1)
