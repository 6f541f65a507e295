"""Each writer's whole output for one document that holds everything."""

from __future__ import annotations

import re
from collections.abc import Callable

from documents import everything

from leafbeam.options import Furniture, PageBreak, TableFormat, WriteOptions
from leafbeam.write import to_hocr, to_html, to_json, to_markdown, to_text

Golden = Callable[[str, str], None]


def test_markdown(golden: Golden) -> None:
    golden("everything.md", to_markdown(everything(), WriteOptions()))


def test_markdown_with_other_options(golden: Golden) -> None:
    options = WriteOptions(tables=TableFormat.HTML, furniture=Furniture.MARK, page_break=PageBreak.RULE)
    golden("everything-marked.md", to_markdown(everything(), options, "everything.figures"))


def test_html(golden: Golden) -> None:
    page = to_html(everything(), WriteOptions(furniture=Furniture.KEEP))
    # KaTeX, the style sheet and the pictures are long and not of our making here
    page = re.sub(r"<(script|style)>.*?</\1>", r"<\1>...</\1>", page, flags=re.DOTALL)
    page = re.sub(r"base64,[\w+/=]+|sha256-[\w+/=]+", "...", page)
    golden("everything.html", page)


def test_json(golden: Golden) -> None:
    golden("everything.json", to_json(everything()))


def test_text(golden: Golden) -> None:
    golden("everything.txt", to_text(everything(), WriteOptions()))


def test_hocr(golden: Golden) -> None:
    golden("everything.hocr", to_hocr(everything()))
