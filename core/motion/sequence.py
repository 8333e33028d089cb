"""A performance as an animator writes it down: expressions, when each begins, how long it builds up, holds and fades."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral, Real

from ..errors import LabelError, ValueRangeError
from ..labels import resolve

STRONGEST = 2.0  # intensity
SHORTEST, LONGEST = 0.01, 3600.0  # s, of an attack or release; of a whole performance
MOST_BLINKS = 60.0  # a minute
MOST_CUES = 1000
SEEDS = 2**31


@dataclass(frozen=True)
class Cue:
    """One expression of a sequence; times in s. It begins at `start`, is full after `attack`, stays for `hold` and is gone after `release`.

    intensity 0 to 2: 1 is a typical full performance, 0 exactly neutral. mute: as if the cue were not there.
    """

    expression: str
    start: float = 0.0
    attack: float = 1.0
    hold: float = 0.5
    release: float = 1.0
    intensity: float = 1.0
    seed: int = 0
    mute: bool = False

    @property
    def apex(self) -> float:
        """When the expression is full, s."""
        return self.start + self.attack

    @property
    def leaves(self) -> float:
        """When it begins to fade, s."""
        return self.apex + self.hold

    @property
    def end(self) -> float:
        """When it is gone, s."""
        return self.leaves + self.release


@dataclass(frozen=True)
class Sequence:
    """Cues, in any order, may overlap: a cue that begins before another is gone takes over from it.

    through_neutral: each cue is first brought to its apex and let go before the next begins, which then may have to wait.
    blinks a minute and idle motion (0 none to 1 lively) are drawn by `seed`. length s, 0: until the last cue is gone.
    ValueRangeError or LabelError name the cue and what to do about it.
    """

    cues: tuple[Cue, ...]
    name: str = "Performance"
    through_neutral: bool = False
    blinks: float = 0.0
    idle: float = 0.0
    seed: int = 0
    length: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "cues", tuple(self.cues))
        if len(self.cues) > MOST_CUES:
            raise ValueRangeError(f"The sequence has {len(self.cues)} expressions; at most {MOST_CUES} are played. Split it.")
        for number, cue in enumerate(self.cues, start=1):
            _check_cue(cue, f"Expression {number} of the sequence ({cue.expression})")
        _within("The sequence's length", self.length, 0.0, LONGEST, "s; 0 lets it last until the last expression is gone")
        _within("The blinks a minute", self.blinks, 0.0, MOST_BLINKS, "")
        _within("The idle motion", self.idle, 0.0, 1.0, "")
        _check_seed("The sequence", self.seed)
        if not (isinstance(self.name, str) and self.name.strip()):
            raise ValueRangeError("The sequence has no name. Give it one; the clip is named after it.")

    @property
    def active(self) -> tuple[Cue, ...]:
        """The cues that play, as they begin, those that would begin too early where all goes through neutral moved to later.

        Of cues that begin together the last is played.
        """
        ordered = sorted((cue for cue in self.cues if not cue.mute), key=lambda cue: cue.start)
        if self.through_neutral:
            return tuple(_one_after_another(ordered))
        taken_over = [before.start == after.start for before, after in pairwise(ordered)]
        return tuple(cue for cue, gone in zip(ordered, [*taken_over, False], strict=False) if not gone)

    @property
    def seconds(self) -> float:
        """How long the performance lasts, s."""
        return self.length or (self.active[-1].end if self.active else 0.0)

    def frames(self, fps: float) -> int:
        """Frames of the performance, from time 0 to the first frame in which it is over, both counted.

        ValueRangeError where nothing plays. Transitions that must be slowed down (`joining`) can add to it where no length is set.
        """
        if self.seconds <= 0.0:
            raise ValueRangeError(f"Nothing plays in the sequence '{self.name}'. Add an expression, unmute one, or set a length.")
        return max(2, math.ceil(self.seconds * fps - 1e-6) + 1)


def _one_after_another(cues: list[Cue]) -> list[Cue]:
    """Cues each of which begins when the one before it is gone, which holds for less, though it is brought to its apex, to make room."""
    made: list[Cue] = []
    for cue in cues:
        start = cue.start
        if made:
            before = made[-1]
            hold = min(before.hold, max(0.0, cue.start - before.release - before.apex))
            made[-1] = replace(before, hold=hold)
            start = max(start, made[-1].end)
        made.append(replace(cue, start=start))
    return made


def _check_cue(cue: Cue, who: str) -> None:
    if not isinstance(cue.expression, str):
        raise LabelError(f"{who}: the name of an expression is expected. Choose one from the list.")
    try:
        resolve(cue.expression)
    except LabelError as error:
        raise LabelError(f"{who}: {error}") from None
    _within(f"{who}: start", cue.start, 0.0, LONGEST, "s")
    _within(f"{who}: attack", cue.attack, SHORTEST, LONGEST, "s")
    _within(f"{who}: hold", cue.hold, 0.0, LONGEST, "s")
    _within(f"{who}: release", cue.release, SHORTEST, LONGEST, "s")
    _within(f"{who}: intensity", cue.intensity, 0.0, STRONGEST, "; 0 is neutral, 1 a typical full performance")
    _check_seed(who, cue.seed)


def _within(who: str, value: float, least: float, most: float, unit: str) -> None:
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and least <= value <= most):
        raise ValueRangeError(f"{who} is {value}; it must be from {least:g} to {most:g}{' ' if unit[:1].isalpha() else ''}{unit}.")


def _check_seed(who: str, seed: int) -> None:
    if not (isinstance(seed, Integral) and not isinstance(seed, bool) and 0 <= seed < SEEDS):
        raise ValueRangeError(f"{who}: seed is {seed}; it must be a whole number from 0 to {SEEDS - 1}.")
