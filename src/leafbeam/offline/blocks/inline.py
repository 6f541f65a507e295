"""Spans of styled text as Markdown inline text, and lines joined to running text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from leafbeam.layer import Span

LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_NEEDS_ESCAPE = re.compile(
    r"(?P<tag><(?=[A-Za-z/!?]))"  # would be markup
    r"|(?P<tick>`)"
    r"|(?P<star>(?<![\s*])\*(?=[^\s*])|(?<!\S)\*(?=[^\s*]))"  # may open or close emphasis
    r"|(?P<line>(?<![\w_])_(?=[^\s_]))"
    r"|(?P<link>\[(?=[^\]]*\]\())"
)
# A dollar of the text while it is not known whether it must be escaped, and one that must (private use).
_LITERAL, _ESCAPED = "\ue0f0", "\ue0f1"
# The usual rule: no space behind the opening dollar, none before the closing one, no digit behind it.
_PAIR = re.compile("([$\ue0f0])(?![\\s$\ue0f0])((?:\\\\.|[^$\ue0f0\\\\])+?)(?<!\\s)([$\ue0f0])(?!\\d)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class InlineStyle:
    """What is the norm in a block and so not marked, and the labels of the footnotes that marks can refer to."""

    bold: bool = False
    italic: bool = False
    mono: bool = False
    notes: frozenset[str] = frozenset()


PLAIN = InlineStyle()


@dataclass(frozen=True, slots=True)
class _Look:
    bold: bool
    italic: bool
    mono: bool
    link: str | None


def tidy(text: str) -> str:
    """NFC, ligatures spelled out, soft hyphens and zero-width characters gone, white space single."""
    text = unicodedata.normalize("NFC", text.translate(LIGATURES))
    return re.sub(r"\s+", " ", text.replace("\u00ad", "").replace("\u200b", "").replace("\ufeff", ""))


def note_label(text: str) -> str:
    """A footnote's mark as the label that its reference and its note share."""
    return text.strip().strip("()[].:").replace("∗", "*").strip()


def spans_to_markdown(spans: Iterable[Span], style: InlineStyle = PLAIN) -> str:
    """The spans as Markdown inline text. Emphasis is merged and hugs its words; literal text is escaped only where
    Markdown would read it as a mark. ``style`` says which look is the block's own and not marked."""
    pieces: list[tuple[_Look, str]] = []
    for look, text in _pieces(spans, style):
        if pieces and pieces[-1][0] == look:
            pieces[-1] = (look, pieces[-1][1] + text)
        else:
            pieces.append((look, text))
    return _with_dollars(re.sub(r" {2,}", " ", "".join(_marked(pieces))).strip())


def _with_dollars(text: str) -> str:
    """Literal dollars put back, escaped only where they would open or close a formula."""
    while found := next((m for m in _PAIR.finditer(text) if _LITERAL in (m.group(1), m.group(3))), None):
        place = found.start(1) if found.group(1) == _LITERAL else found.start(3)
        text = f"{text[:place]}{_ESCAPED}{text[place + 1 :]}"
    return text.replace(_LITERAL, "$").replace(_ESCAPED, r"\$")


def _pieces(spans: Iterable[Span], style: InlineStyle) -> Iterable[tuple[_Look, str]]:
    bridged = _bridge([s for s in spans if s.text])
    for before, span in zip([None, *bridged], bridged, strict=False):
        look = _Look(
            span.bold and not style.bold,
            span.italic and not style.italic,
            span.mono and not style.mono,
            span.link,
        )
        if span.latex is not None:
            lead = " " if span.text.startswith(" ") else ""
            tail = " " if span.text.endswith(" ") else ""
            yield replace_look(look), f"{lead}${span.latex.strip()}${tail}"
        elif span.script:
            yield (
                replace_look(look),
                _script(span, style if not _is_symbol(before) else replace(style, notes=frozenset())),
            )
        elif look.mono:
            yield look, _clean(span.text)
        else:
            yield look, escape(_clean(span.text)).replace("$", _LITERAL)


def _is_symbol(span: Span | None) -> bool:
    """True for a formula or a lone italic letter or two: what is raised behind it is an exponent, no note's mark."""
    if span is None or span.text[-1:].isspace():
        return False
    last = re.split(r"[\s(\[=+−-]", span.text)[-1]
    return span.latex is not None or (span.italic and len(last) < 3 and last.isalpha()) or span.script != 0


def replace_look(look: _Look) -> _Look:
    """The look of formulas and scripts: never emphasised."""
    return _Look(False, False, False, look.link)


def _clean(text: str) -> str:
    """``tidy`` that keeps line breaks."""
    return "\n".join(tidy(part) for part in text.split("\n"))


def _bridge(spans: Sequence[Span]) -> list[Span]:
    """White space between two spans of one look takes that look, so that emphasis is not broken there."""
    result = list(spans)
    for i in range(1, len(result) - 1):
        if result[i].text.isspace():
            a, b = result[i - 1], result[i + 1]
            result[i] = replace(
                result[i],
                bold=a.bold and b.bold,
                italic=a.italic and b.italic,
                mono=a.mono and b.mono,
                link=a.link if a.link == b.link else None,
                script=0,
            )
    return result


def _script(span: Span, style: InlineStyle) -> str:
    text = _clean(span.text)
    core = text.strip()
    if not core:
        return text
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if span.script > 0:
        labels = [note_label(part) for part in re.split(r"[,\s]+", core) if note_label(part)]
        if labels and all(label in style.notes for label in labels):
            return lead + "".join(f"[^{label}]" for label in labels) + tail
        return f"{lead}<sup>{escape(core)}</sup>{tail}"
    return f"{lead}<sub>{escape(core)}</sub>{tail}"


def escape(text: str) -> str:
    """The text with a backslash only before what Markdown would take for a mark."""
    return _NEEDS_ESCAPE.sub(lambda found: _escaped(found, text), text)


def _escaped(found: re.Match[str], text: str) -> str:
    kind = found.lastgroup
    if kind == "star" and text.count("*") < 2:
        return found.group(0)
    if kind == "line" and text.count("_") < 2:
        return found.group(0)
    return "\\" + found.group(0)


def _marked(pieces: Sequence[tuple[_Look, str]]) -> Iterable[str]:
    for look, text in pieces:
        core = text.strip()
        if not core or (not any(c.isalnum() for c in core) and not look.link):
            yield text
            continue
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if look.mono:
            tick = "``" if "`" in core else "`"
            core = f"{tick}{core}{tick}"
        elif look.bold or look.italic:
            mark = "*" * (2 * look.bold + look.italic)
            outer = re.search(r"[,;:.]*$", core) if not look.bold else None
            punctuation = outer.group(0) if outer else ""
            core = f"{mark}{core[: len(core) - len(punctuation)]}{mark}{punctuation}"
        if look.link and re.match(r"(https?://|mailto:)", look.link):
            target = look.link.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
            core = f"[{core}]({target})"
        yield lead + core + tail
