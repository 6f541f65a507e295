"""Attempts at a page to its reading: laid out, located beside the witness's page, marked where it may be wrong."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Sequence

from leafbeam.answers.families import Family
from leafbeam.answers.formulas import FormulaRepair
from leafbeam.answers.loops import without_loop
from leafbeam.answers.page import lay_out
from leafbeam.packed import PackedImage, turned
from leafbeam.remote.attempts import Attempt, best_of
from leafbeam.remote.client import Answer
from leafbeam.remote.confidence import line_confidences, with_confidence
from leafbeam.remote.located import located, shown_words, with_figures
from leafbeam.remote.rescue import Joined, join
from leafbeam.remote.witness import Witness
from leafbeam.types import Block, BlockKind, Frame, PageRef, Problem, Reading, StopReason, Usage, Word


class Readings:
    """Makes readings; may be called from several threads."""

    def __init__(
        self, name: str, family: Family, witness: Witness | None, words: bool, repair: FormulaRepair | None
    ) -> None:
        """``name`` is the reader's; ``words`` asks for the words' places."""
        self._name, self._family, self._witness, self._repair = name, family, witness, repair
        self._words = words and witness is not None
        self._witness_turn = threading.Lock()
        self._formulas_turn = threading.Lock()

    def of(self, sheet: PackedImage, tried: list[Attempt], refusal: str | None, seconds: float) -> Reading:
        """The reading of what was tried: the last attempt if it is good, else what can be saved."""
        if tried and tried[-1].fault is None:
            return self._reading(sheet, tried, tried[-1], seconds)
        return self._rescued(sheet, tried, refusal, seconds)

    def blank(self, sheet: PackedImage, seconds: float) -> Reading:
        """The reading of a page with nothing on it, which no model was asked about."""
        usage = Usage(seconds=seconds, attempts=0)
        frame = frame_of_sheet(sheet)
        return Reading(sheet.ref, "", StopReason.END, usage, self._name, blocks=(), frame=frame, blank=True)

    def witnessed(self, ref: PageRef) -> Reading | None:
        """The page as the witness reads it; None without one."""
        if self._witness is None:
            return None
        with self._witness_turn:  # it belongs to one thread at a time
            return self._witness(ref)

    def _reading(
        self,
        sheet: PackedImage,
        attempts: list[Attempt],
        kept: Attempt,
        seconds: float,
        witness: Reading | None = None,
    ) -> Reading:
        """The reading of the attempt that is kept; more than one attempt is told. ``witness`` if there is one."""
        rotation = kept.step.rotation
        frame = _turned_frame(frame_of_sheet(sheet), rotation)
        ref = sheet.ref
        text = kept.text if kept.fault is None else without_loop(kept.text)
        with self._formulas_turn:  # KaTeX's engine belongs to one thread at a time
            before = Counter(self._repair.mended if self._repair else ())
            laid = lay_out(
                text,
                self._family.form,
                lambda: turned(sheet.image().pixels_HWC, rotation),
                ref.index,
                self._repair,
            )
            repairs = Counter(self._repair.mended if self._repair else ()) - before
        tokens = kept.answer.tokens
        blocks = with_confidence(laid.blocks, tokens)
        witness = self._beside(ref, rotation, blocks, witness)
        blocks, figures, unfound = with_figures(blocks, witness, ref.index, len(laid.assets))
        words: tuple[Word, ...] = ()
        if witness is not None and self._words:
            blocks, words = located(blocks, shown_words(witness))
        problems = [*laid.problems, *unfound]
        if len(attempts) > 1 and kept.fault is None:
            first = attempts[0].fault
            message = f"the first answer was bad ({first}); attempt {len(attempts)} is kept: compare it with the page"
            problems.append(Problem("read", "retried", message, ref.index))
        return Reading(
            ref=ref,
            text=kept.answer.text,
            stop=kept.answer.stop,
            usage=_usage(attempts, seconds),
            reader=self._name,
            token_logprobs=tuple(value for _, value in tokens) or None,
            line_confidences=_lines(kept.answer),
            repairs=tuple(repairs.elements()),
            blocks=blocks,
            words=words,
            assets=(*laid.assets, *figures),
            problems=tuple(problems),
            frame=frame,
        )

    def _beside(self, ref: PageRef, rotation: int, blocks: Sequence[Block], witness: Reading | None) -> Reading | None:
        """The witness's page, where words or figures want their places; None when ours was turned."""
        lacking = any(block.kind is BlockKind.FIGURE and block.box is None for block in blocks)
        if rotation or not (self._words or lacking):
            return None
        return witness or self.witnessed(ref)

    def _rescued(self, sheet: PackedImage, attempts: list[Attempt], refusal: str | None, seconds: float) -> Reading:
        """What is kept when no attempt was good: the best of them, and the offline reader's page where it says more."""
        fault = attempts[0].fault if attempts else None
        reason = refusal or f"the model failed {len(attempts)} times on this page ({fault})"
        witness = self.witnessed(sheet.ref)
        best = best_of(attempts) if attempts else None
        reading, what = self._saved(sheet, attempts, best, witness, seconds)
        stop = best.answer.stop if best is not None else StopReason.CANCELLED
        problem = Problem("read", f"model-{fault or 'refused'}", f"{reason}; {what}: compare it", sheet.ref.index)
        return dataclasses.replace(
            reading, stop=stop, usage=_usage(attempts, seconds), problems=(*reading.problems, problem)
        )

    def _saved(
        self,
        sheet: PackedImage,
        attempts: list[Attempt],
        best: Attempt | None,
        witness: Reading | None,
        seconds: float,
    ) -> tuple[Reading, str]:
        """The reading, and what it is made of."""
        if best is not None and without_loop(best.text).strip():
            reading = self._reading(sheet, attempts, best, seconds, witness)
            both = None
            rotation = best.step.rotation
            if witness is not None:
                both = join(reading.blocks or (), witness, sheet.ref.index, len(reading.assets), rotation)
            if both is not None and witness is not None:
                return self._joined(reading, both, witness, rotation)
            if witness is None or len(without_loop(best.text)) > 1.5 * len(witness.text):
                return reading, "its best answer is kept, without what it repeated"
        if witness is not None:
            reading = dataclasses.replace(witness, reader=f"{self._name}+{witness.reader}")
            return reading, "the offline reader's page is kept"
        return dataclasses.replace(self.blank(sheet, seconds), blank=False), "nothing is kept"

    def _joined(self, reading: Reading, both: Joined, witness: Reading, rotation: int) -> tuple[Reading, str]:
        numbers = _spans(both.added)
        blocks, words = both.blocks, reading.words
        if self._words and not rotation:
            blocks, words = located(blocks, shown_words(witness))
        reader = f"{self._name}+{witness.reader}" if both.added else self._name
        assets = (*reading.assets, *both.assets)
        joined = dataclasses.replace(reading, blocks=blocks, words=words, assets=assets, reader=reader)
        told = f", with the offline reader's for what it lacks (blocks {numbers})" if both.added else ""
        return joined, f"its best answer is kept, without what it repeated{told}"


def frame_of_sheet(sheet: PackedImage) -> Frame:
    """The frame that the sheet's picture shows."""
    image, scale = sheet.empty, 72.0 / sheet.empty.dpi
    return Frame(sheet.width_px * scale, sheet.height_px * scale, image.rotation, image.skew_deg, image.corners)


def _lines(answer: Answer) -> tuple[float | None, ...] | None:
    """The confidence of each line of the answer's text; None without the tokens' or where they are not the text's."""
    lines = line_confidences(answer.tokens)
    same = [line for line, _ in lines] == answer.text.split("\n")
    return tuple(value for _, value in lines) if answer.tokens and same else None


def _turned_frame(frame: Frame, rotation: int) -> Frame:
    width, height = frame.width_pt, frame.height_pt
    if rotation in (90, 270):
        width, height = height, width
    return dataclasses.replace(frame, width_pt=width, height_pt=height, rotation=(frame.rotation + rotation) % 360)


def _usage(attempts: list[Attempt], seconds: float) -> Usage:
    return Usage(
        sum(attempt.answer.tokens_in for attempt in attempts),
        sum(attempt.answer.tokens_out for attempt in attempts),
        seconds,
        len(attempts),
        sum(attempt.answer.drafted for attempt in attempts),
        sum(attempt.answer.accepted for attempt in attempts),
        sum(attempt.answer.steps for attempt in attempts),
    )


def _spans(numbers: Sequence[int]) -> str:
    """Indices, rising, as people count: "2, 4-6"."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = spans[-1][0], number
        else:
            spans.append((number, number))
    return ", ".join(f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in spans)
