"""Running heads are text like any other: what looks like markup in them is none."""

from __future__ import annotations

from pages import HEIGHT_PT, WIDTH_PT, line_at

from leafbeam.offline.blocks import PageContent, build_blocks
from leafbeam.types import FURNITURE


def test_marks_in_a_running_head_are_text() -> None:
    lines = [line_at(60, 200 + 12 * i, "a line of the running text on this page that is long") for i in range(20)]
    head = line_at(60, 25, "<img src=x onerror=alert(1)>  12", size=8.0)
    blocks = build_blocks(PageContent(WIDTH_PT, HEIGHT_PT, (head, *lines)))
    assert [block.text for block in blocks if block.kind in FURNITURE] == [r"\<img src=x onerror=alert(1)> 12"]
