"""Spans of styled text as Markdown inline text, and lines joined to running text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from leafbeam.layer import Span
from leafbeam.offline.blocks.escape import atom, balanced, literal, resolved, shown

LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


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
    atoms: list[str] = []
    for look, text in _pieces(spans, style, atoms):
        if pieces and pieces[-1][0] == look:
            pieces[-1] = (look, pieces[-1][1] + text)
        else:
            pieces.append((look, text))
    return resolved(re.sub(r" {2,}", " ", "".join(_marked(pieces, atoms))).strip(), atoms)


def _pieces(spans: Iterable[Span], style: InlineStyle, atoms: list[str]) -> Iterable[tuple[_Look, str]]:
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
            atoms.append(f"${span.latex.strip()}$")
            yield _plain_look(look), f"{lead}{atom(formula=True)}{tail}"
        elif span.script:
            notes = style if not _is_symbol(before) else replace(style, notes=frozenset())
            yield _plain_look(look), _script(span, notes)
        else:
            yield look, literal(_clean(span.text))


def _is_symbol(span: Span | None) -> bool:
    """True for a formula or a lone italic letter or two: what is raised behind it is an exponent, no note's mark."""
    if span is None or span.text[-1:].isspace():
        return False
    last = re.split(r"[\s(\[=+−-]", span.text)[-1]
    return span.latex is not None or (span.italic and len(last) < 3 and last.isalpha()) or span.script != 0


def _plain_look(look: _Look) -> _Look:
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
        known = [label for label in labels if label in style.notes]
        if len(known) < len(labels):  # numbers count places of authors as well as notes
            known = [label for label in known if not label.isdigit()]
        if known:
            plain = ",".join(literal(label) for label in labels if label not in known)
            return (f"{lead}<sup>{plain}</sup>" if plain else lead) + "".join(f"[^{label}]" for label in known) + tail
        return f"{lead}<sup>{literal(core)}</sup>{tail}"
    return f"{lead}<sub>{literal(core)}</sub>{tail}"


def _marked(pieces: Sequence[tuple[_Look, str]], atoms: list[str]) -> Iterable[str]:
    """The pieces with their marks. ``atoms`` gets the code among the formulas, in order."""
    kept, atoms[:] = atoms[:], []
    formulas = iter(kept)
    for i, (look, text) in enumerate(pieces):
        atoms += [next(formulas) for _ in range(text.count(atom(formula=True)))]
        core = text.strip()
        if not core or (not any(c.isalnum() for c in core) and not look.link):
            yield text
            continue
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if look.mono:
            atoms.append(_code(shown(core)))
            core = atom(formula=False)
        elif look.bold or look.italic:
            around = (pieces[i - 1][1][-1:] if i and not lead else "", "" if tail else _begins(pieces, i + 1))
            core = _emphasised(core, look, around)
        if look.link and re.match(r"(https?://|mailto:)", look.link):
            core = f"[{balanced(core)}]({_target(look.link)})"
        yield lead + core + tail


def _begins(pieces: Sequence[tuple[_Look, str]], i: int) -> str:
    return pieces[i][1][:1] if i < len(pieces) else ""


def _emphasised(core: str, look: _Look, around: tuple[str, str]) -> str:
    """The text between marks of emphasis; as it is where Markdown would not take them for marks, since they stand
    between a letter outside and another sign inside. ``around`` are the characters before and behind."""
    mark = "*" * (2 * look.bold + look.italic)
    outer = re.search(r"[,;:.]*$", core) if not look.bold else None
    punctuation = outer.group(0) if outer else ""
    inner = core[: len(core) - len(punctuation)]
    before, behind = around
    behind = punctuation[:1] or behind
    if (before.isalnum() and not inner[0].isalnum()) or (behind.isalnum() and not inner.rstrip()[-1].isalnum()):
        return core
    return f"{mark}{inner.rstrip()}{mark}{' ' if inner.endswith(' ') else ''}{punctuation}"


def _code(core: str) -> str:
    """Code between more ticks than stand together in it, and apart from ticks of its own."""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", core)), default=0))
    space = " " if core[0] == "`" or core[-1] == "`" else ""
    return f"{ticks}{space}{core}{space}{ticks}"


def _target(link: str) -> str:
    """The address as Markdown's links may hold it."""
    return re.sub(r"[\s()<>\\|*_`$\[\]]", lambda found: quote(found.group(0), safe=""), link)
