"""hOCR: well-formed, with every word once and at its place."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from documents import everything, source, word

from leafbeam.types import Block, BlockKind, Box, Document, Page, PageRef
from leafbeam.write import to_hocr


def page_of(*words: object, blocks: tuple[Block, ...] = ()) -> str:
    origin = source()
    page = Page(PageRef(origin, 0), blocks, tuple(words), width_pt=72, height_pt=144)  # type: ignore[arg-type]
    return to_hocr(Document(origin, (page,)))


def classes(text: str, name: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text.split("<!DOCTYPE html>")[1])
    return [element for element in root.iter() if element.get("class") == name]


def test_words_have_pixel_boxes_and_confidence() -> None:
    got = page_of(word('a<"&\x01', 0.1, 0.5, 0.2, 0.6, 0.876))
    [page], [found] = classes(got, "ocr_page"), classes(got, "ocrx_word")
    assert page.get("title") == 'image "a.pdf"; bbox 0 0 300 600; ppageno 0; scan_res 300 300'
    assert (found.text, found.get("title")) == ('a<"&', "bbox 30 300 60 360; x_wconf 88")


def test_words_are_grouped_by_block_and_line() -> None:
    words = (word("b", 0.1, 0.5, 0.2, 0.52), word("a1", 0.1, 0.1, 0.2, 0.12), word("a2", 0.24, 0.1, 0.4, 0.12))
    blocks = (Block(BlockKind.PARAGRAPH, "a1 a2 a3", box=Box(0, 0, 1, 0.3)),)
    got = page_of(*words, word("a3", 0.1, 0.2, 0.2, 0.22), blocks=blocks)
    assert [element.get("id") for element in classes(got, "ocr_line")] == ["line_1_1_1", "line_1_1_2", "line_1_2_1"]
    assert [element.text for element in classes(got, "ocrx_word")] == ["a1", "a2", "a3", "b"]
    assert classes(got, "ocr_carea")[0].get("title") == "bbox 30 60 120 132"


def test_words_of_two_columns_are_two_lines() -> None:
    got = page_of(word("left", 0.1, 0.1, 0.2, 0.12), word("right", 0.6, 0.1, 0.7, 0.12))
    assert len(classes(got, "ocr_line")) == 2


def test_every_word_is_there_once_and_ids_are_unique() -> None:
    got = to_hocr(everything())
    assert [element.text for element in classes(got, "ocrx_word")] == ["sum", "runs"]
    ids = re.findall(r' id="([^"]*)"', got)
    assert len(ids) == len(set(ids))
    assert len(classes(got, "ocr_page")) == 3
