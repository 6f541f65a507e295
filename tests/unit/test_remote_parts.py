"""The remote reader's parts on their own: pace, attempts, tiles, confidence."""

from __future__ import annotations

import asyncio
import hashlib
import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chat_server import page_picture
from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.options import ImageFormat
from leafbeam.packed import Packing, fitted, packed
from leafbeam.remote.attempts import FIRST, Attempt, Fault, Step, best_of, fault_of, next_step
from leafbeam.remote.client import Answer
from leafbeam.remote.confidence import line_confidences, with_confidence
from leafbeam.remote.pace import Pace
from leafbeam.remote.tiles import Tile, halves, joined, on_page
from leafbeam.types import Block, BlockKind, PageImage, PageRef, Source, SourceKind, StopReason


def attempt(text: str, fault: Fault | None, step: Step = FIRST) -> Attempt:
    return Attempt(step, Answer(text, StopReason.END), text, fault)


def test_faults_are_told_from_stop_and_text():
    assert fault_of("Some text", StopReason.END) is None
    assert fault_of("Some text", StopReason.LENGTH) is Fault.LENGTH
    assert fault_of("", StopReason.END) is Fault.EMPTY
    assert fault_of("and so on " * 200, StopReason.END) is Fault.LOOP
    assert fault_of("Some text", StopReason.CANCELLED) is Fault.STOPPED


@pytest.mark.parametrize("fault", list(Fault))
def test_every_ladder_ends_and_never_asks_the_same_twice(fault):
    tried = [attempt("", fault)]
    while (step := next_step(tried, 99)) is not None:
        assert step not in [one.step for one in tried]
        tried.append(attempt("", fault, step))
    assert 3 <= len(tried) <= 7
    assert next_step(tried[:2], 2) is None


def test_the_best_attempt_is_good_or_says_most_without_repeating():
    looping = attempt("short. " * 300, Fault.LOOP)
    cut = attempt("A long text that was cut off in the middle of a sentence but says much", Fault.LENGTH)
    assert best_of([looping, cut]) is cut
    fine = attempt("Fine.", None)
    assert best_of([looping, cut, fine]) is fine


def test_the_two_halves_cover_the_page_and_overlap():
    pixels = page_picture(1, 400, 1000)
    upper, lower = halves(pixels)
    assert upper.top == 0.0
    assert lower.bottom == 1.0
    assert 0.05 < upper.bottom - lower.top < 0.2
    assert (upper.pixels_HWC == pixels[: len(upper.pixels_HWC)]).all()
    assert (lower.pixels_HWC == pixels[-len(lower.pixels_HWC) :]).all()


def test_boxes_of_a_tile_move_to_the_page():
    tile = Tile(np.zeros((1, 1, 3), np.uint8), 0.5, 1.0)
    assert on_page("![image](image_1.png) 100,0,500,1000", tile) == "![image](image_1.png) 100,500,500,1000"
    assert on_page("![text](1,500,3,1000) x", tile) == "![text](1,750,3,1000) x"


LINES = [f"{hashlib.md5(bytes([i])).hexdigest()} is line {i}" for i in range(30)]


@settings(deadline=None)
@given(st.integers(1, 28), st.integers(1, 6))
def test_the_overlap_is_written_once(cut, over):
    first, second = LINES[: cut + over], LINES[cut:]
    assert joined("\n".join(first), "\n".join(second)).split("\n") == LINES


def test_answers_without_a_common_line_stand_one_after_the_other():
    assert joined("Only here above.", "Only there below.") == "Only here above.\n\nOnly there below."


TOKENS = [
    ("# Ti", -0.1),
    ("tle\n\nThe", -0.2),
    (" first", -0.3),
    (" words\n", 0.0),
    ("\nUnsure", -3.0),
    (" words", -2.0),
]


def test_confidence_by_line_and_block():
    lines = line_confidences(TOKENS)
    assert [line for line, _ in lines] == ["# Title", "", "The first words", "", "Unsure words"]
    assert [line for line, value in lines if value is None] == ["", ""]
    assert lines[4][1] == pytest.approx((math.exp(-3) + math.exp(-2)) / 2)
    blocks = with_confidence(
        [Block(BlockKind.HEADING, "Title"), Block(BlockKind.PARAGRAPH, "Unsure words"), Block(BlockKind.FIGURE)], TOKENS
    )
    assert blocks[0].confidence is not None
    assert blocks[0].confidence > 0.7
    assert blocks[1].confidence == pytest.approx(lines[4][1])
    assert blocks[2].confidence is None
    assert with_confidence(blocks[:1], [])[0].confidence == blocks[0].confidence


def test_the_pace_climbs_while_that_brings_more_and_falls_when_asked():
    async def work() -> tuple[int, int]:
        pace = Pace(32)
        for _ in range(400):
            async with pace:
                pace.went(100, 1.0)
        high = pace.width
        pace.trouble(busy=True, wait_s=0.0)
        return high, pace.width

    high, low = asyncio.run(work())
    assert high > 4
    assert low == max(1, high // 2)


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop that never sleeps: its time jumps to the next thing to do."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def simulated(speed: Callable[[int, float], float], pages: int, most: int) -> tuple[list[int], float]:
    """Widths over time, and pages a second in the second half, of a server that writes ``speed(requests, time)``
    tokens a second for each request."""

    async def work() -> tuple[list[int], float]:
        loop, dice, pace = asyncio.get_running_loop(), random.Random(5), Pace(most)
        in_flight, widths, ends = 0, list[int](), list[float]()

        async def one(tokens: int) -> None:
            nonlocal in_flight
            async with pace:
                in_flight += 1
                start, left = loop.time(), float(tokens)
                while left > 0:
                    await asyncio.sleep(2.0)
                    left -= 2.0 * speed(in_flight, loop.time())
                in_flight -= 1
                pace.went(tokens, loop.time() - start)
                widths.append(pace.width)
                ends.append(loop.time())

        async def some() -> None:
            for tokens in sizes:
                await one(tokens)

        sizes = iter([dice.randint(200, 1800) for _ in range(pages)])
        await asyncio.gather(*(some() for _ in range(most + 8)))
        half = len(ends) // 2
        return widths, half / (ends[-1] - ends[half])

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(work())


@pytest.mark.parametrize("room", [3, 12, 40])
def test_the_pace_stops_where_the_server_writes_no_more_tokens_a_second(room):
    """``room`` requests run as fast as one; more share what there is."""
    widths, rate = simulated(lambda running, _: 100 * min(1, room / running), 1500, 128)
    settled = sorted(widths[len(widths) // 2 :])
    assert room * 0.6 <= settled[len(settled) // 2] <= room * 2.5
    assert rate > 0.85 * 100 * room / 1000


def test_the_pace_goes_to_the_bound_while_the_server_has_room():
    widths, _ = simulated(lambda running, _: 100, 1500, 64)
    assert sorted(widths)[len(widths) // 2] == 64


def test_the_pace_narrows_when_the_server_has_less_room_than_before():
    widths, _ = simulated(lambda running, now: 100 * min(1, (48 if now < 200 else 6) / running), 2500, 128)
    assert max(widths) > 30
    assert sorted(widths[-500:])[250] <= 18


def test_the_pace_never_lets_more_in_than_its_width():
    async def work() -> int:
        pace, inside, most = Pace(8), 0, 0

        async def one() -> None:
            nonlocal inside, most
            async with pace:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1
                pace.went(10, 1.0)

        await asyncio.gather(*(one() for _ in range(200)))
        return most

    assert asyncio.run(work()) <= 8


def test_pictures_are_never_enlarged_and_keep_their_shape():
    small = page_picture(0, 300, 400)
    assert fitted(small, 1540) is small
    assert fitted(page_picture(0, 1700, 2200), 1540).shape == (1540, 1190, 3)


def test_a_packed_page_is_the_same_page():
    source = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0" * 64, 1, (0,), "a")
    image = PageImage(PageRef(source, 0), page_picture(3), 200.0, rotation=90)
    sheet = packed(image, Packing(1540, ImageFormat.PNG))
    assert not sheet.data  # the picture that is sent shows all of it
    again = sheet.image()
    assert again.rotation == 90
    assert again.pixels_HWC.shape == image.pixels_HWC.shape
    assert np.abs(again.pixels_HWC.astype(int) - image.pixels_HWC).mean() < 2


def test_a_page_finer_than_the_model_sees_keeps_its_pixels():
    source = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "0" * 64, 1, (0,), "a")
    sheet = packed(PageImage(PageRef(source, 0), page_picture(3, 600, 800), 200.0), Packing(400, ImageFormat.PNG))
    assert sheet.image().pixels_HWC.shape == (800, 600, 3)
