"""Captions of figures and tables: found by their label and by where they stand."""

from __future__ import annotations

import re

# Labels in the languages we meet; a number (Arabic, Roman, with parts) must follow.
_LABEL = (
    r"fig(?:ure|\.)?|figura|abb(?:ildung|\.)?|afb(?:eelding|\.)?|illustration|bild|planche|plate|photo|scheme|schema|"
    r"chart|graph(?:ique)?|diagram(?:m)?|map|exhibit|box|"
    r"tab(?:le|elle|elle|ella|la|el|\.)?|tableau|tafel|algorithm|listing"
)
_CAPTION = re.compile(
    rf"(?:supplementa(?:l|ry)\s+)?(?:{_LABEL})\s*(?:[A-Z]{{0,2}}[.\-]?\d+(?:[.\-–]\d+)*[a-z]?|[IVXL]+|[A-Z]\b(?=[.:]))"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CJK = re.compile(r"(?:[图圖表]|그림|표|図)\s*[A-Z]?\d+(?:[.\-–]\d+)*(?P<rest>.*)", re.DOTALL)
_TABLE = re.compile(r"(?:supplementa(?:l|ry)\s+)?tab|^表|^표", re.IGNORECASE)


def starts_caption(text: str) -> bool:
    """True when the text begins as captions do: label, number, then an end, punctuation, or a new phrase."""
    text = text.lstrip("*[( ")
    found = _CAPTION.match(text) or _CJK.match(text)
    if found is None:
        return False
    rest = found.group("rest")
    if not rest.strip() or re.match(r"\s*[.:|—–]|\s-\s", rest):
        return True
    return re.match(r"\s*[\"“(]?[A-Z\u2e80-\u9fff]", rest) is not None


def is_table_caption(text: str) -> bool:
    """True when the caption's label names a table."""
    return _TABLE.match(text.lstrip("*[( ")) is not None
