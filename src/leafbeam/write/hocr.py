"""A document as hOCR 1.2: its words with their places, in XHTML (http://kba.github.io/hocr-spec/1.2/)."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from leafbeam.types import Box, Document, Page, Word
from leafbeam.write.flow import clean
from leafbeam.write.lines import around, text_lines, word_areas

HOCR_DPI = 300  # pixels per inch of all coordinates


def to_hocr(document: Document) -> str:
    """Pages, areas (one per block), paragraphs, lines and words with ``bbox`` and ``x_wconf``.

    Coordinates are pixels of the straightened page at ``HOCR_DPI`` (``scan_res``), origin top left. Words that belong
    to no block follow as an area of their own. Furniture is kept: this format says what is where.
    """
    return "".join(hocr_parts(document, document.pages))


def hocr_parts(document: Document, pages: Iterable[Page]) -> Iterator[str]:
    """``to_hocr`` line by line, with ``pages`` in the place of the document's own."""
    capabilities = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!DOCTYPE html>",
        '<html xmlns="http://www.w3.org/1999/xhtml">',
        "<head>",
        f"<title>{_text(document.source.name)}</title>",
        '<meta charset="utf-8"/>',
        '<meta name="ocr-system" content="leafbeam"/>',
        f'<meta name="ocr-capabilities" content="{capabilities}"/>',
        f'<meta name="ocr-number-of-pages" content="{len(document.pages)}"/>',
        "</head>",
        "<body>",
    ]
    yield from (line + "\n" for line in head)
    for order, page in enumerate(pages):
        yield from (line + "\n" for line in _page(page, order))
    yield "</body>\n</html>\n"


def _page(page: Page, order: int) -> Iterator[str]:
    number = order + 1  # ids count the pages written: one page may be asked for twice
    # a title is a list parted by semicolons with strings in double quotes, so neither may stand in the name
    name = _text(page.ref.source.name.replace('"', "'").replace(";", ","))
    title = f"image &quot;{name}&quot;; {_bbox(Box(0, 0, 1, 1), page)}; ppageno {page.ref.index}"
    yield f'<div class="ocr_page" id="page_{number}" title="{title}; scan_res {HOCR_DPI} {HOCR_DPI}">'
    words_seen = 0
    for area, words in enumerate(word_areas(page), start=1):
        box = _bbox(around(word.box for word in words), page)
        yield f'<div class="ocr_carea" id="block_{number}_{area}" title="{box}">'
        yield f'<p class="ocr_par" id="par_{number}_{area}" title="{box}">'
        for index, line in enumerate(text_lines(words, page), start=1):
            title = _bbox(around(word.box for word in line), page)
            shown = [_word(word, f"word_{number}_{words_seen + n}", page) for n, word in enumerate(line, start=1)]
            words_seen += len(line)
            yield f'<span class="ocr_line" id="line_{number}_{area}_{index}" title="{title}">{" ".join(shown)}</span>'
        yield "</p>"
        yield "</div>"
    yield "</div>"


def _word(word: Word, name: str, page: Page) -> str:
    confidence = round(100 * min(1.0, max(0.0, word.score)))
    title = f"{_bbox(word.box, page)}; x_wconf {confidence}"
    return f'<span class="ocrx_word" id="{name}" title="{title}">{_text(word.text)}</span>'


def _bbox(box: Box, page: Page) -> str:
    width, height = page.width_pt / 72 * HOCR_DPI, page.height_pt / 72 * HOCR_DPI
    edges = (box.left * width, box.top * height, box.right * width, box.bottom * height)
    return "bbox " + " ".join(str(round(edge)) for edge in edges)


def _text(text: str) -> str:
    return html.escape(clean(text))
