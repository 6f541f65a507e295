"""What is wrong with an answer, and what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leafbeam.answers.loops import is_loop, without_loop
from leafbeam.remote.client import Answer
from leafbeam.types import StopReason


class Fault(StrEnum):
    """Why an answer is not taken as it is."""

    LOOP = "loop"  # it repeats itself
    LENGTH = "length"  # it ran into the token limit
    EMPTY = "empty"  # nothing, for a page with ink on it
    STOPPED = "stopped"  # the server ended it for a reason of its own


@dataclass(frozen=True, slots=True)
class Step:
    """One way to ask. ``warmer`` is added to the family's temperature; ``scale`` shrinks the picture's longest edge;
    ``rotation`` turns it clockwise by 0, 90, 180 or 270 degrees; ``tiles`` asks for two half pages instead."""

    warmer: float = 0.0
    scale: float = 1.0
    rotation: int = 0
    tiles: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step and what came of it; ``text`` is the cleaned answer, ``fault`` None when it is good."""

    step: Step
    answer: Answer
    text: str
    fault: Fault | None


FIRST = Step()
# Loops end more often at another temperature (olmOCR, chandra) or scale; dense pages want fewer words per picture;
# an empty answer to a page with ink is mostly one that lies on its side
_LADDERS: dict[Fault, tuple[Step, ...]] = {
    Fault.LOOP: (Step(warmer=0.2), Step(warmer=0.1, scale=0.8), Step(warmer=0.3, tiles=True), Step(warmer=0.6)),
    Fault.LENGTH: (Step(tiles=True), Step(warmer=0.2, scale=0.8), Step(warmer=0.3, tiles=True)),
    Fault.EMPTY: (Step(rotation=90), Step(rotation=270), Step(rotation=180), Step(warmer=0.4), Step(scale=0.7)),
    Fault.STOPPED: (Step(warmer=0.1), Step(warmer=0.3, tiles=True)),
}
_LEAST_CHARS = 2


def fault_of(text: str, stop: StopReason) -> Fault | None:
    """What is wrong with the cleaned answer to a page that has ink on it; None when nothing is."""
    if stop is StopReason.LOOP or is_loop(text):
        return Fault.LOOP
    if stop is StopReason.LENGTH:
        return Fault.LENGTH
    if stop is StopReason.CANCELLED:
        return Fault.STOPPED
    return Fault.EMPTY if len(text.strip()) < _LEAST_CHARS else None


def next_step(tried: Sequence[Attempt], most: int) -> Step | None:
    """What to try after these failed attempts, by the fault of the first; None when the ladder's end is reached."""
    if not tried:
        return FIRST
    fault = tried[0].fault
    if fault is None or len(tried) >= most:
        return None
    ladder = _LADDERS[fault]
    return ladder[len(tried) - 1] if len(tried) <= len(ladder) else None


def best_of(tried: Sequence[Attempt]) -> Attempt:
    """The attempt to keep: a good one, else the one with the most text that does not repeat, whole before cut off."""

    def worth(attempt: Attempt) -> tuple[bool, int]:
        return attempt.fault is None, len(without_loop(attempt.text))

    return max(tried, key=worth)
