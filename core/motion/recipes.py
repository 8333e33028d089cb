"""Sequences on disk: recipes, a documented JSON that people may write by hand and programs may make.

    {"format": "mimica-recipe", "version": 1, "name": "Good news", "through_neutral": false, "blinks": 15, "idle": 0.3, "seed": 0, "length": 0,
     "cues": [{"expression": "surprise", "start": 0, "attack": 0.4, "hold": 0.3, "release": 1, "intensity": 1, "seed": 4, "mute": false}]}

`format`, `version`, `cues` and each cue's `expression` must be there; whatever else is left out is as in `Sequence` and `Cue`, whose fields
these are (times in s, blinks a minute). Fields that are not known are refused, as they are most often misspelt; a later version of the
format has another number.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

from ..atomic import replacing
from ..errors import FileError, MimicaError
from .sequence import Cue, Sequence

FORMAT, VERSION = "mimica-recipe", 1
MAX_BYTES = 1_000_000
OF_SEQUENCE = tuple(field.name for field in fields(Sequence) if field.name != "cues")
OF_CUE = tuple(field.name for field in fields(Cue))
SWITCHES = ("mute", "through_neutral")


def write_recipe(path: Path, sequence: Sequence) -> None:
    """Writes a sequence as JSON, whole or not at all. FileError where it cannot be written."""
    write_json(path, json.loads(to_json(sequence)))


def read_recipe(path: Path) -> Sequence:
    """A sequence from a recipe. FileError names the file, the field, what was found and what is expected."""
    return _sequence(read_json(path, "recipe"), f"Recipe {path}")


def to_json(sequence: Sequence) -> str:
    """A recipe as text of one line, for a place that holds no file, such as a property of a clip."""
    made = asdict(sequence)
    cues = made.pop("cues")
    return json.dumps({"format": FORMAT, "version": VERSION, **made, "cues": cues}, allow_nan=False)


def from_json(text: str, where: str) -> Sequence:
    """A sequence from `to_json`; FileErrors begin with `where`."""
    return _sequence(_parsed(text, where), where)


def read_json(path: Path, what: str) -> Any:
    """What a small JSON file holds. FileError where it is missing, larger than 1 MB, no JSON, or holds numbers that are not finite."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileError(f"{path} is larger than {MAX_BYTES // 10**6} MB, which no {what} is. Choose another file.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as a {what} ({error}). Choose a JSON file.") from error
    return _parsed(text, str(path))


def write_json(path: Path, data: Any) -> None:
    """Writes JSON with indents, whole or not at all. FileError where it cannot be written."""
    with replacing(Path(path)) as beside:
        beside.write_text(json.dumps(data, indent=4, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _parsed(text: str, where: str) -> Any:
    def refuse(found: str) -> NoReturn:
        raise ValueError(f"{found} is no finite number")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{where} is damaged, or no JSON ({error}). Save it again, or mend it in a text editor.") from error


def _sequence(data: Any, where: str) -> Sequence:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format", "missing") if isinstance(data, dict) else f"no table but {type(data).__name__}"
        raise FileError(f"{where} is not a recipe: its format is {found!r}, expected {FORMAT!r}. Choose a file that Mimica saved.")
    if data.get("version") != VERSION:
        raise FileError(f"{where} has version {data.get('version', 'missing')!r}; this Mimica reads {VERSION}. Update Mimica.")
    if not isinstance(data.get("cues"), list):
        raise FileError(f"{where}: 'cues' is {type(data.get('cues')).__name__}; expected a list of expressions with their times.")
    _known(data, ("format", "version", "cues", *OF_SEQUENCE), where)
    cues = tuple(_cue(entry, f"{where}, expression {number}") for number, entry in enumerate(data["cues"], start=1))
    try:
        return Sequence(cues, **{name: data[name] for name in OF_SEQUENCE if name in data})
    except MimicaError as error:
        raise FileError(f"{where}: {error}") from None


def _cue(entry: Any, where: str) -> Cue:
    if not isinstance(entry, dict) or not isinstance(entry.get("expression"), str):
        raise FileError(f'{where}: expected a table with at least "expression", such as {{"expression": "happiness", "start": 0.5}}.')
    _known(entry, OF_CUE, where)
    return Cue(**entry)


def _known(table: dict[str, Any], names: tuple[str, ...], where: str) -> None:
    """FileError for a field that is not among `names`, or a switch that is neither true nor false."""
    for name, value in table.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise FileError(f"{where}: there is no field '{name}'.{hint} Known: {', '.join(names)}.")
        if name in SWITCHES and not isinstance(value, bool):
            raise FileError(f"{where}: '{name}' is {value!r}; expected true or false.")
