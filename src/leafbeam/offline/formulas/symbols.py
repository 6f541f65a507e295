"""One glyph to one LaTeX token: what it is called and how it behaves in a formula."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from leafbeam.layer import Font, Glyph
from leafbeam.offline.formulas.encodings import Family, family_of, listed, unicode_of


class Kind(Enum):
    """How a piece of a formula behaves."""

    ORD = auto()  # a variable, a constant, anything built
    DIGIT = auto()
    WORD = auto()  # an upright letter or a word of text
    FUNC = auto()  # a named operator: \\sin
    BIG = auto()  # a big operator
    BIN = auto()
    REL = auto()
    OPEN = auto()
    CLOSE = auto()
    FENCE = auto()  # opens and closes: |
    PUNCT = auto()
    ACCENT = auto()
    ROOT = auto()  # the radical sign alone
    PART = auto()  # a piece of a growing delimiter
    BRACE = auto()  # a horizontal brace over or under something
    NOT = auto()  # the stroke through a relation
    PRIME = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """``latex`` is valid on its own in mathematics; ``style`` is the font command of a letter ("" for none)."""

    char: str
    latex: str
    kind: Kind
    style: str = ""
    maths: bool = False  # certain to be mathematics by font or code point


def _pairs(table: str) -> dict[str, str]:
    items = table.split()
    return {items[i]: "\\" + items[i + 1] for i in range(0, len(items), 2)}


_REL = _pairs(
    "≤ le ≥ ge ≠ ne ≈ approx ≡ equiv ∼ sim ≃ simeq ≅ cong ∝ propto ∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq "
    "⊇ supseteq ≪ ll ≫ gg ≺ prec ≻ succ ⪯ preceq ⪰ succeq ≼ preccurlyeq ≽ succcurlyeq ⊢ vdash ⊣ dashv ⊨ vDash ⊩ Vdash "
    "∣ mid ∥ parallel ⊥ perp → to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto "
    "⟶ longrightarrow ⟵ longleftarrow ⟷ longleftrightarrow ⟹ Longrightarrow ⟸ Longleftarrow ⟺ Longleftrightarrow "
    "⟼ longmapsto ↑ uparrow ↓ downarrow ↕ updownarrow ⇑ Uparrow ⇓ Downarrow ↗ nearrow ↘ searrow ↖ nwarrow ↙ swarrow "
    "≲ lesssim ≳ gtrsim ⩽ leqslant ⩾ geqslant ≦ leqq ≧ geqq ≐ doteq ≜ triangleq ≔ coloneqq ≍ asymp ⋈ bowtie "
    "⊑ sqsubseteq ⊒ sqsupseteq ⊊ subsetneq ⊋ supsetneq ⊈ nsubseteq ⊉ nsupseteq ∤ nmid ∦ nparallel ≁ nsim ≮ nless "
    "≯ ngtr ≰ nleq ≱ ngeq ≇ ncong ⇀ rightharpoonup ⇁ rightharpoondown ↼ leftharpoonup ↽ leftharpoondown "
    "⇌ rightleftharpoons ⇋ leftrightharpoons ↪ hookrightarrow ↩ hookleftarrow ↠ twoheadrightarrow ↞ twoheadleftarrow "
    "↣ rightarrowtail ⇝ rightsquigarrow ⇄ rightleftarrows ⇆ leftrightarrows ↚ nleftarrow ↛ nrightarrow ⇏ nRightarrow "
    "⇍ nLeftarrow ⇎ nLeftrightarrow ↮ nleftrightarrow ∴ therefore ∵ because ⌣ smile ⌢ frown ⊏ sqsubset ⊐ sqsupset "
    "≾ precsim ≿ succsim ⪅ lessapprox ⪆ gtrapprox ≶ lessgtr ≷ gtrless ⊴ trianglelefteq ⊵ trianglerighteq "
    "⊲ vartriangleleft ⊳ vartriangleright "
    "⊬ nvdash ⊭ nvDash ⊮ nVdash ⊯ nVDash ≊ approxeq ≂ eqsim ≖ eqcirc ≗ circeq "
    "⊸ multimap ↻ circlearrowright ⋐ Subset ⋑ Supset "
    "⊀ nprec ⊁ nsucc ≨ lneqq ≩ gneqq ⪇ lneq ⪈ gneq ≒ fallingdotseq ≓ risingdotseq ⪕ eqslantless "
    "⪖ eqslantgtr ⋞ curlyeqprec ⋟ curlyeqsucc ⫅ subseteqq ⫆ supseteqq ⫋ subsetneqq ⋖ lessdot ⋗ gtrdot"
)
_REL |= {"⟂": "\\perp", "=": "=", "<": "<", ">": ">", ":": ":", "∶": ":"}
_BIN = _pairs(
    "± pm ∓ mp × times ÷ div · cdot ⋅ cdot ∗ ast ⋆ star ∘ circ ◦ circ ∙ bullet • bullet ∩ cap ∪ cup ⊎ uplus ⊓ sqcap "
    "⊔ sqcup ∨ vee ∧ wedge ∖ setminus ≀ wr ⊕ oplus ⊖ ominus ⊗ otimes ⊘ oslash ⊙ odot † dagger ‡ ddagger ⨿ amalg "
    "⋄ diamond ◁ triangleleft ▷ triangleright ⋉ ltimes ⋊ rtimes ⊞ boxplus ⊠ boxtimes ⊟ boxminus ⊡ boxdot ◯ bigcirc "
    "∔ dotplus ⋎ curlyvee ⋏ curlywedge ⊺ intercal ⋇ divideontimes"
)
_BIN |= {"⧵": "\\setminus", "⁎": "\\ast", "+": "+", "−": "-", "-": "-", "*": "*", "–": "-"}
_BIG = _pairs(
    "∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint ⋂ bigcap ⋃ bigcup ⨁ bigoplus ⨂ bigotimes ⨀ bigodot ⋁ bigvee "
    "⋀ bigwedge ⨆ bigsqcup ⨄ biguplus"
)
_ORD = _pairs(
    "∞ infty ∂ partial ∇ nabla ∀ forall ∃ exists ∄ nexists ∅ emptyset ℏ hbar ħ hbar ℓ ell ℘ wp ℜ Re ℑ Im ℵ aleph "
    "ı imath ȷ jmath ¬ neg ⊤ top ∠ angle △ triangle ▽ triangledown "
    "□ square ■ blacksquare ◇ Diamond ◊ lozenge ★ bigstar "
    "♯ sharp ♭ flat ♮ natural ♣ clubsuit ♦ diamondsuit ♥ heartsuit ♠ spadesuit "
    "… ldots ⋯ cdots ⋮ vdots ⋱ ddots § S ¶ P "
    "∁ complement ð eth ℧ mho ℶ beth ℷ gimel ℸ daleth ϝ digamma ϰ varkappa ▲ blacktriangle ✓ checkmark ‵ backprime "
    "∆ Delta ⊥ bot"
)
_ORD |= {
    "£": "\\pounds",
    "Å": "\\text{Å}",
    "⁄": "/",
    "∕": "/",
    "/": "/",
    "!": "!",
    "?": "?",
    "%": "\\%",
    "#": "\\#",
    "&": "\\&",
    "_": "\\_",
    "@": "@",
    "°": "^{\\circ}",
    "Ω": "\\Omega",
    "µ": "\\mu",
    "\\": "\\backslash",
    "$": "\\$",
    '"': "''",
}
del _ORD["⊥"]
_OPEN = {
    "(": "(",
    "[": "[",
    "{": "\\{",
    "⟨": "\\langle",
    "⌊": "\\lfloor",
    "⌈": "\\lceil",
    "⟦": "\\llbracket",
    "⌜": "\\ulcorner",
    "⌞": "\\llcorner",
    "〈": "\\langle",
}
_CLOSE = {
    ")": ")",
    "]": "]",
    "}": "\\}",
    "⟩": "\\rangle",
    "⌋": "\\rfloor",
    "⌉": "\\rceil",
    "⟧": "\\rrbracket",
    "⌝": "\\urcorner",
    "⌟": "\\lrcorner",
    "〉": "\\rangle",
}
_FENCE = {"|": "|", "∣": "|", "‖": "\\|", "⏐": "|", "∥": "\\|"}
_PUNCT = {",": ",", ";": ";", ".": "."}
_GREEK = _pairs(
    "Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega α alpha β beta γ gamma δ delta "
    "ϵ epsilon ε varepsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ϖ varpi ρ rho "
    "ϱ varrho σ sigma ς varsigma τ tau υ upsilon ϕ phi φ varphi χ chi ψ psi ω omega"
)
_GREEK |= {
    "Α": "A",
    "Β": "B",
    "Ε": "E",
    "Ζ": "Z",
    "Η": "H",
    "Ι": "I",
    "Κ": "K",
    "Μ": "M",
    "Ν": "N",
    "Ο": "O",
    "Ρ": "P",
    "Τ": "T",
    "Χ": "X",
    "ο": "o",
}
ACCENTS = {
    "ˆ": "hat",
    "\u0302": "hat",
    "^": "hat",
    "˜": "tilde",
    "\u0303": "tilde",
    "~": "tilde",
    "¯": "bar",
    "\u0304": "bar",
    "ˉ": "bar",
    "\u0305": "overline",
    "˙": "dot",
    "\u0307": "dot",
    "¨": "ddot",
    "\u0308": "ddot",
    "ˇ": "check",
    "\u030c": "check",
    "˘": "breve",
    "\u0306": "breve",
    "´": "acute",
    "\u0301": "acute",
    "`": "grave",
    "\u0300": "grave",
    "˚": "mathring",
    "\u030a": "mathring",
    "\u20d7": "vec",
    "\u20db": "dddot",
}
PARTS = frozenset("⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎫⎬⎭⎪⎮⌠⌡⎷\u23b8⎴⎵⏐")
_ADOBE_PARTS = dict(
    zip(
        "\uf8e6\uf8e7\uf8e8\uf8e9\uf8ea\uf8eb\uf8ec\uf8ed\uf8ee\uf8ef\uf8f0\uf8f1\uf8f2\uf8f3\uf8f4\uf8f5\uf8f6\uf8f7\uf8f8\uf8f9\uf8fa\uf8fb\uf8fc\uf8fd\uf8fe",
        "⏐—©®™⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭",
        strict=True,
    )
)  # the corporate-use code points of Adobe's Symbol glyphs
BRACES = {"⏞": "overbrace", "⏟": "underbrace"}
BRACE_TIPS = "\ue07a\ue07b\ue07c\ue07d"  # down-left, down-right, up-left, up-right, of encodings.py
_STYLE_WORDS = (
    ("DOUBLE-STRUCK", "mathbb"),
    ("FRAKTUR", "mathfrak"),
    ("BLACK-LETTER", "mathfrak"),
    ("SCRIPT", "mathcal"),
    ("MONOSPACE", "mathtt"),
    ("SANS-SERIF", "mathsf"),
    ("BOLD ITALIC", "boldsymbol"),
    ("BOLD", "mathbf"),
)
FUNCTIONS = frozenset(
    listed(
        "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup "
        "ln log max min Pr sec sin sinh sup tan tanh"
    )
)
_LIMITS = frozenset(["lim", "max", "min", "sup", "inf", "det", "gcd", "Pr", "limsup", "liminf"])
_WORD_LETTERS = frozenset("ıȷðÅϝ")  # of Turkish, Icelandic, Swedish: signs of mathematics in its own fonts only
_NOT_MATHS = frozenset("⊠⊡✓£€•†‡§¶©®™·★■□▲")  # also met in plain text
_ITALIC_NAME = re.compile(r"ital|obli|slant|cmti|cmsl|-It", re.I)


def takes_limits(name: str) -> bool:
    """True for named operators whose subscript stands below in displays."""
    return name in _LIMITS


def token_of(glyph: Glyph) -> Token | None:
    """The token of a glyph; None for white space. An unknown glyph has kind ORD and the LaTeX ""."""
    font, text = glyph.font, glyph.text
    code = glyph.code if text[:1] == "\ufffd" or len(text) > 1 else 0
    return _remembered(text, code, font.name, font.bold, font.italic, font.mono)


@lru_cache(maxsize=16384)
def _remembered(text: str, code: int, *style: *tuple[str, bool, bool, bool]) -> Token | None:
    """``token_of`` by plain values, which hash quickly."""
    name, bold, italic, mono = style
    font = Font(name, bold, italic, mono)
    if not text or (text.isspace() and family_of_cached(font) is not Family.EXTENSION):
        return None
    return _token(_unicode(text, code, font), font)


def _unicode(text: str, code: int, font: Font) -> str:
    """The glyph's Unicode, with surrogate pairs joined and TeX's encodings undone."""
    if len(text) >= 2 and 0xDC00 <= ord(text[-1]) < 0xE000 and 0xD800 <= code < 0xDC00:
        return chr(0x10000 + ((code - 0xD800) << 10) + ord(text[-1]) - 0xDC00)
    if text[0] == "\ufffd":
        return unicode_of(code, family_of_cached(font)) + text[1:]
    return "".join(_ADOBE_PARTS.get(c, c) for c in text)


@lru_cache(maxsize=512)
def family_of_cached(font: Font) -> Family:
    """``family_of``, remembered."""
    return family_of(font)


def _token(char: str, font: Font) -> Token:
    family = family_of_cached(font)
    sure = family is not Family.TEXT
    if not char:
        return Token("", "", Kind.ORD, maths=sure)
    if char[0] == "\u0338" and len(char) > 1:
        rel = _token(char[1:], font)
        return Token(char, _negated(rel.latex), Kind.REL, maths=True)
    if char[0] == "\u21a6" and len(char) > 1:
        return Token(char, "\\mapsto" if char[1:] == "→" else "\\longmapsto", Kind.REL, maths=True)
    if ord(char[0]) >= 0x1D400 and len(plain := unicodedata.normalize("NFKC", char)) == 1 and not plain.isalpha():
        known = _sign(plain, family, sure)
        bold = plain.isdecimal() and "BOLD" in unicodedata.name(char, "")
        return Token(plain, _styled(known.latex, "mathbf" if bold else ""), known.kind, maths=True)
    if char == "µ" and not sure:  # of a unit, unless it stands alone
        return Token(char, _ORD[char], Kind.ORD)
    named = char in ACCENTS or char in _REL or char in _ORD or char in _BIG
    named = named and (sure or char not in _WORD_LETTERS)
    if len(char) == 1 and char.isalpha() and not named:
        return _letter(char, font, family)
    return _sign(char, family, sure)


def _negated(latex: str) -> str:
    return {"=": "\\ne", "\\in": "\\notin"}.get(latex, f"\\not{latex}")


def _letter(char: str, font: Font, family: Family) -> Token:
    """A letter with the font command that its font or its code point calls for."""
    bold = font.bold or re.search(r"cmmib|cmbsy|cmb|bold", font.name, re.I) is not None
    style = {
        Family.BLACKBOARD: "mathbb",
        Family.AMS_B: "mathbb",
        Family.FRAKTUR: "mathfrak",
        Family.SCRIPT: "mathscr",
    }.get(family, "")
    plain = unicodedata.normalize("NFKC", char)
    if ord(char) >= 0x1D400 or (0x2100 <= ord(char) <= 0x214F and plain != char):
        name = unicodedata.name(char, "")
        style = next((command for word, command in _STYLE_WORDS if word in name), "")
        greek = _GREEK.get(_epsilon(plain, name))
        return Token(plain, _styled(greek or plain, style), Kind.ORD, style, True)
    if char in _GREEK:
        return Token(
            char, _styled(_GREEK[char], "boldsymbol" if bold else ""), Kind.ORD, maths=family is not Family.TEXT
        )
    if family is Family.SYMBOL and char.isascii() and char.isupper():
        return Token(char, _styled(char, "mathcal"), Kind.ORD, "mathcal", True)
    if style:
        return Token(char, _styled(char, style), Kind.ORD, style, True)
    if family is Family.ITALIC:
        return Token(char, _styled(char, "boldsymbol" if bold else ""), Kind.ORD, maths=True)
    if family is Family.UNICODE or family is Family.TEXT or family is Family.ADOBE_SYMBOL:
        return _text_letter(char, font, bold)
    return Token(char, char, Kind.ORD, maths=True)


def _epsilon(plain: str, name: str) -> str:
    return {
        "EPSILON SYMBOL": "ϵ",
        "THETA SYMBOL": "ϑ",
        "PHI SYMBOL": "ϕ",
        "RHO SYMBOL": "ϱ",
        "PI SYMBOL": "ϖ",
        "KAPPA SYMBOL": "ϰ",
    }.get(" ".join(name.split()[-2:]), plain)


def _text_letter(char: str, font: Font, bold: bool) -> Token:
    if not char.isascii() and len(parts := unicodedata.normalize("NFD", char)) == 2 and parts[1] in ACCENTS:
        return Token(char, f"\\{ACCENTS[parts[1]]}{{{parts[0]}}}", Kind.WORD, "mathit" if font.italic else "mathrm")
    name = font.name.lower()
    if re.match(r"(cm|lm|sf|ec)ss|.*sans", name):
        return Token(char, _safe(char), Kind.WORD, "mathsf")
    if font.mono or re.match(r"(cm|lm|ec)tt", name):
        return Token(char, _safe(char), Kind.WORD, "mathtt")
    if font.italic or _ITALIC_NAME.search(font.name):
        return Token(char, _safe(char), Kind.WORD, "boldit" if bold else "mathit")
    return Token(char, _safe(char), Kind.WORD, "mathbf" if bold else "mathrm")


def _safe(char: str) -> str:
    return char if char.isascii() else f"\\text{{{char}}}"


def _styled(latex: str, style: str) -> str:
    return f"\\{style}{{{latex}}}" if style else latex


def _sign(char: str, family: Family, sure: bool) -> Token:
    """Everything that is not a letter."""
    if char == "\\" and sure:
        return Token(char, "\\setminus", Kind.BIN, maths=True)
    if char in PARTS or char in BRACE_TIPS:
        return Token(char, "", Kind.PART, maths=True)
    if char in BRACES:
        return Token(char, "", Kind.BRACE, maths=True)
    if char in ACCENTS:
        return Token(char, "", Kind.ACCENT, maths=sure)
    if char == "√":
        return Token(char, "\\surd", Kind.ROOT, maths=True)
    if char == "\u0338":
        return Token(char, "", Kind.NOT, maths=True)
    if char in "′″‴'’":
        return Token(char, {"″": "''", "‴": "'''"}.get(char, "'"), Kind.PRIME, maths=sure or char in "′″‴")
    if char.isdecimal():
        digit = str(unicodedata.decimal(char[0])) if len(char) == 1 else char
        return Token(digit, digit, Kind.DIGIT, maths=False)
    for table, kind in (
        (_BIG, Kind.BIG),
        (_OPEN, Kind.OPEN),
        (_CLOSE, Kind.CLOSE),
        (_FENCE, Kind.FENCE),
        (_PUNCT, Kind.PUNCT),
        (_REL, Kind.REL),
        (_BIN, Kind.BIN),
        (_ORD, Kind.ORD),
    ):
        if char in table:
            known = char.isascii() or char in "…–°" or char in _NOT_MATHS
            return Token(
                char, table[char], kind, maths=not known or (sure and char not in _NOT_MATHS and char not in ".,")
            )
    if len(char) > 1 and char.isalpha():
        return Token(char, char if char.isascii() else f"\\text{{{char}}}", Kind.WORD, "mathrm")
    if char.isalpha():
        return Token(char, f"\\text{{{char}}}", Kind.WORD, "mathrm")
    return Token(char, "", Kind.ORD, maths=sure and family is not Family.UNICODE)


def known_commands() -> frozenset[str]:
    """The names of all commands that a token may be, without backslash."""
    values = (v for table in (_REL, _BIN, _BIG, _ORD, _OPEN, _CLOSE, _FENCE, _GREEK) for v in table.values())
    return frozenset(v[1:] for v in values if v[0] == "\\" and v[1:].isalpha())


def ends_open(latex: str) -> bool:
    """True when the LaTeX ends with a relation, a binary operator or an opening delimiter: something has to follow."""
    last = latex.rstrip().rsplit(" ", 1)[-1]
    return (last[last.rfind("\\") :] if "\\" in last else last[-1:]) in _OPEN_ENDS


_OPEN_ENDS = frozenset(_REL.values()) | frozenset(_BIN.values()) | frozenset(_OPEN.values())
