"""A small typesetter with TeX's proportions: the glyphs that formulas are rebuilt from, no TeX needed."""

from __future__ import annotations

from leafbeam.geometry import Rect
from leafbeam.layer import Font, Glyph, PageLayer, Ruling
from leafbeam.offline.formulas import find_formulas, latex_of
from leafbeam.textlayer import text_lines

MI, SY, RM, EX, BB = (
    Font(name, symbolic=name != "CMR10") for name in ("CMMI10", "CMSY10", "CMR10", "CMEX10", "MSBM10")
)
_TALL = frozenset("bdfhklt") | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()[]{}|")
_DEEP = frozenset("gjpqy()[]{}|,")
_WIDTH = 0.5


class Sheet:
    """Sets glyphs with plain metrics: half an em wide, x-height 0.43, capitals 0.69, depth 0.2 of the type size."""

    def __init__(self) -> None:
        self.glyphs: list[Glyph] = []
        self.rulings: list[Ruling] = []

    def put(self, text: str, x: float, y: float, size: float = 10.0, font: Font = MI, gap: float = 0.0) -> float:
        """Sets ``text`` from x on the baseline y; a space advances a third of an em. The x after it."""
        for char in text:
            if char == " ":
                x += 0.34 * size
                continue
            up = 0.69 if char in _TALL else 0.45
            down = 0.2 if char in _DEEP else 0.0
            self.ink(char, Rect(x + 0.02 * size, y - up * size, x + 0.46 * size, y + down * size), y, size, font, x)
            x += (_WIDTH + gap) * size
        return x

    def ink(self, char: str, ink: Rect, y: float, size: float, font: Font, x: float | None = None) -> None:
        """One glyph with its ink given."""
        left = ink.x0 if x is None else x
        box = Rect(left, y - 0.8 * size, max(ink.x1, left + _WIDTH * size), y + 0.2 * size)
        code = ord(char)
        text = "\ufffd" if font is EX else char
        self.glyphs.append(Glyph(text, box, ink, left, y, size, font, len(self.glyphs), code=code))

    def bar(self, x0: float, x1: float, y: float) -> None:
        self.rulings.append(Ruling(Rect(x0, y, x1, y + 0.4), horizontal=True))

    @property
    def layer(self) -> PageLayer:
        return PageLayer(300.0, 400.0, tuple(self.glyphs), tuple(self.rulings))

    @property
    def latex(self) -> str | None:
        got = latex_of(self.glyphs, [r.box for r in self.rulings])
        return None if got is None else got.replace(" ", "")

    def page(self) -> tuple[list[str], list[tuple[str | None, str | None]]]:
        """What find_formulas makes of it: the lines with ``$`` around formulas, and (LaTeX, number) of the displays."""
        found = find_formulas(self.layer, text_lines(self.layer))
        lines = ["".join(f"${s.latex}$" if s.latex else s.text for s in line.spans) for line in found.lines]
        return lines, [(d.latex, d.number) for d in found.displays]
