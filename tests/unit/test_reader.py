from __future__ import annotations

from pathlib import Path

import pytest
from outlines import outlined_at
from textlayer_pdf import Sheet, paragraph, pdf_bytes, text_at

from leafbeam.load import find_sources
from leafbeam.offline import reader as reader_module
from leafbeam.offline.reader import OfflineReader
from leafbeam.offline.tables import FoundTable, TablePage
from leafbeam.options import InputOptions, OfflineOptions, TextLayer
from leafbeam.render import render_page
from leafbeam.types import PageRef, Reading, Source

LINES = ["The level of the water rose again in the night", "and fell by noon, as the pilots had foretold."]
PRIVATE_USE = 0xE000 - 0x20  # every character is stated as one of the private use area


def _read(folder: Path, sheet: Sheet, trust: TextLayer, more: str = "") -> Reading:
    path = folder / "page.pdf"
    path.write_bytes(pdf_bytes(paragraph(60, 500, LINES) + more, sheet))
    (source,) = find_sources([path], InputOptions(), folder)
    assert isinstance(source, Source)
    with OfflineReader(OfflineOptions(text_layer=trust)) as reader:
        (reading,) = reader.read([render_page(PageRef(source, 0), InputOptions())])
    return reading


def test_a_sound_text_layer_is_read_without_complaint(tmp_path: Path) -> None:
    reading = _read(tmp_path, Sheet(), TextLayer.AUTO)
    assert reading.problems == ()
    assert reading.text.strip() == " ".join(LINES)


def test_a_text_layer_that_states_nonsense_is_recognised_instead_and_said_so(tmp_path: Path) -> None:
    reading = _read(tmp_path, Sheet(shift=PRIVATE_USE), TextLayer.AUTO)
    assert "water rose again" in reading.text
    (problem,) = reading.problems
    assert "text layer was not used" in problem.message


def test_text_drawn_as_outlines_is_read_and_makes_no_figure(tmp_path: Path) -> None:
    drawn = outlined_at(60, 420, "Strip length on radar cable: 500 mm") + outlined_at(60, 404, "then tighten the nut")
    reading = _read(tmp_path, Sheet(), TextLayer.AUTO, drawn)
    assert " ".join(LINES) in reading.text
    assert "Strip length on radar cable: 500 mm" in reading.text
    assert "then tighten the nut" in reading.text
    assert reading.assets == ()
    assert reading.problems == ()


def test_characters_nobody_can_tell_are_left_out_and_counted(tmp_path: Path) -> None:
    reading = _read(tmp_path, Sheet(shift=PRIVATE_USE), TextLayer.ALWAYS)
    assert "\ufffd" not in reading.text
    assert any("cannot be told" in problem.message for problem in reading.problems)


def test_tables_are_sought_where_chinese_in_columns_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    angles: set[int] = set()

    def no_tables(page: TablePage) -> tuple[FoundTable, ...]:
        angles.update(line.angle for line in page.lines)
        return ()

    monkeypatch.setattr(reader_module, "find_tables", no_tables)
    ideographs = 0x4E00 - 0x20
    columns = ["ABCDEFGHIJKLMNOP", "QRSTUVWXYZABCDEF", "GHIJKLMNOPQRSTUV"]
    content = "".join(
        text_at(340 - 20 * column, 560 - 13 * row, char, 12)
        for column, text in enumerate(columns)
        for row, char in enumerate(text)
    )
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf_bytes(content, Sheet(shift=ideographs)))
    (source,) = find_sources([path], InputOptions(), tmp_path)
    assert isinstance(source, Source)
    with OfflineReader(OfflineOptions(text_layer=TextLayer.ALWAYS)) as reader:
        (reading,) = reader.read([render_page(PageRef(source, 0), InputOptions())])
    assert angles == {270}
    assert reading.text.strip() == "".join(chr(ord(char) + ideographs) for char in "".join(columns))
