"""Captions of figures and tables: found by their label and by where they stand."""

from __future__ import annotations

import re

# Labels in the languages we meet; a number (Arabic, Roman, with parts) must follow.
_LABEL = (
    r"fig(?:ure|uur|ura|\.)?|abb(?:ildung|\.)?|afb(?:eelding|\.)?|illustrati(?:on|e)|bild|planche|plate|photo|foto|"
    r"ilustraci[oó]n|ilustração|ilustracja|illustrazione|imagen|imagem|immagine|rysunek|rys\.|obrázek|obr\.|kuva|figur|"
    r"рисунок|рис\.|scheme|sch[eé]ma|esquema|schemat|chart|graph(?:ique)?|gr[aá]fico|gráfica|grafi(?:ek|k)|wykres|"
    r"diagram(?:m|ma|me)?|map|carte|mapa|kaart|karte|exhibit|box|"
    r"tab(?:le|elle|ella|la|el|ela|ell|ulka|\.)?|tableau|tafel|cuadro|quadro|таблица|табл\.|algorithm|listing"
)
_CAPTION = re.compile(
    rf"(?:supplementa(?:l|ry)\s+)?(?:{_LABEL})\s*(?:[A-Z]{{0,2}}[.\-]?\d+(?:[.\-–]\d+)*[a-z]?|[IVXL]+|[A-Z]\b(?=[.:]))"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CJK = re.compile(r"(?:[插附]?[图圖表図]|그림|표)\s*[A-Z]?\d+(?:[.\-–]\d+)*(?P<rest>.*)", re.DOTALL)


def starts_caption(text: str) -> bool:
    """True when the text begins as captions do: label, number, then an end, punctuation, or a new phrase."""
    text = text.lstrip("*[( ")
    found = _CAPTION.match(text) or _CJK.match(text)
    if found is None:
        return False
    rest = found.group("rest")
    if not rest.strip() or re.match(r"\s*[.:|—–]|\s-\s", rest):
        return True
    start = rest.lstrip().lstrip('"“«„(')[:1]
    return start.isupper() or "\u2e80" <= start <= "\u9fff"
