"""What the codes of fonts without a usable Unicode map mean: the fixed encodings of TeX, Symbol and dingbat fonts.

Sources: the TeX encodings OT1, T1, TS1, OML, OMS, OMX (D. Knuth, Computer Modern Typefaces; LaTeX's encguide), AMSFonts
3 (font tables of msam and msbm), Adobe's Symbol and ZapfDingbats encodings (PDF 32000-1, D.5 and D.6), Wingdings after
Microsoft's chart. A space in a table means: no such glyph, or a piece without a reading of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_UPPER, _LOWER, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_GREEK_CAPITALS = "ΓΔΘΛΞΠΣΥΦΨΩ"

STROKE = "\u0337"  # at 0x20 of OT1: the bar of the Polish l, set over an L or l
_OT1 = (
    _GREEK_CAPITALS + "\ufb00\ufb01\ufb02\ufb03\ufb04" + "ıȷ`´ˇ˘¯˚¸ßæœøÆŒØ"
    f"{STROKE}!”#$%&’()*+,-./" + _DIGITS + ":;¡=¿?@" + _UPPER + "[“]ˆ˙‘" + _LOWER + "–—˝˜¨"
)
_OT1_MONO = (
    _GREEK_CAPITALS + "↑↓'¡¿" + "ıȷ`´ˇ˘¯˚¸ßæœøÆŒØ"
    '␣!"#$%&’()*+,-./' + _DIGITS + ":;<=>?@" + _UPPER + "[\\]ˆ_‘" + _LOWER + "{|}˜¨"
)
_T1 = (
    "`´ˆ˜¨˝˚ˇ˘¯˙¸˛‚‹›“”„«»–— ₀ıȷ\ufb00\ufb01\ufb02\ufb03\ufb04␣!\"#$%&’()*+,-./" + _DIGITS + ":;<=>?@"
    + _UPPER + "[\\]^_‘" + _LOWER + "{|}~-ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖŒØÙÚÛÜÝÞẞàáâãäåæçèéêëìíîïðñòóôõöœøùúûüýþß"
)  # fmt: skip
_TS1 = "˘ˇ˝ †‡‖‰•℃$¢ƒ₡₩₦₲₱₤℞‽⸘₫™‱¶฿№⁒℮◦℠⁅⁆¢£¤¥¦§¨©ª ¬℗®¯°±²³´µ¶·※¹º√¼½¾€"
_OML = (
    _GREEK_CAPITALS
    + "αβγδϵζηθικλμνξπρστυϕχψωεϑϖϱςφ↼↽⇀⇁  ▹◃"
    + _DIGITS
    + ".,</>⋆∂"
    + _UPPER
    + "♭♮♯⌣⌢ℓ"
    + _LOWER
    + "ıȷ℘\u20d7⁀"
)
_OMS = (
    "−·×∗÷⋄±∓⊕⊖⊗⊘⊙◯∘∙≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻←→↑↓↔↗↘≃⇐⇒⇑⇓⇔↖↙∝′∞∈∋△▽\u0338 ∀∃¬∅ℜℑ⊤⊥ℵ"
    + _UPPER
    + "∪∩⊎∧∨⊢⊣⌊⌋⌈⌉{}⟨⟩|∥↕⇕\\≀√⨿∇∫⊔⊓⊑⊒§†‡¶♣♢♡♠"
)
_OMX = (
    "()[]⌊⌋⌈⌉{}⟨⟩|∥/\\()()[]⌊⌋⌈⌉{}⟨⟩/\\()[]⌊⌋⌈⌉{}⟨⟩/\\/\\⎛⎞⎡⎤⎣⎦⎢⎥⎧⎫⎩⎭⎨⎬⎪⏐⎝⎠⎜⎟⟨⟩⨆⨆∮∮⨀⨀⨁⨁⨂⨂"
    "∑∏∫⋃⋂⨄⋀⋁∑∏∫⋃⋂⨄⋀⋁∐∐ˆˆˆ˜˜˜[]⌊⌋⌈⌉{}√√√√⎷   ↑↓    ⇑⇓"
)
_MSAM = (
    "⊡⊞⊠□■⋅◊⧫↻↺⇌⇋⊟⊩⊪⊨↠↞⇇⇉⇈⇊↾⇂↿⇃↣↢⇆⇄↰↱⇝↭↫↬≗≿≳⪆⊸∴∵≑≜≾≲⪅⪕⪖⋞⋟≼≦⩽≶‵ ≓≒≽≧⩾≷⊏⊐▷◁⊵⊴★≬▾▸◂⇢⇠▵▴▿"
    "≖⋚⋛⪋⪌¥⇛⇚✓⊻⊼⩞∠∡∢∝⌣⌢⋐⋑⋓⋒⋏⋎⋋⋌⫅⫆≏≎⋘⋙⌜⌝®Ⓢ⋔∔∽⋍⌞⌟✠∁⊺⊚⊛⊝"
)
_DOUBLE_STRUCK = "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ"
_MSBM = (
    "≨≩≰≱≮≯⊀⊁≨≩≰≱⪇⪈⋠⋡⋨⋩⋦⋧≰≱⪵⪶⪹⪺⪉⪊≁≇⟋⟍⊊⊋⊈⊉⫋⫌⫋⫌⊊⊋⊈⊉∦∤∤∦⊬⊮⊭⊯⋭⋬⋪⋫↚↛⇍⇏⇎↮⋇∅∄"
    + _DOUBLE_STRUCK
    + "ˆˆ˜˜ Ⅎ⅁    ℧ð≂ℶℷℸ⋖⋗⋉⋊∣∥∖∼≈≊⪸⪷↶↷ϝϰ𝕜ℏℏ϶"
)
_SYMBOL_LOW = " !∀#∃%&∋()∗+,−./" + _DIGITS + ":;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼ "
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ ⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭ "
_WINGDINGS = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x2A: "✉", 0x45: "☜", 0x46: "☞", 0x4A: "☺", 0x6C: "●", 0x6D: "❍", 0x6E: "■",
    0x6F: "□", 0x71: "❑", 0x72: "❒", 0x74: "◆", 0x75: "◆", 0x76: "❖", 0x77: "◆", 0x78: "☒", 0x7B: "❀", 0x81: "①",
    0x9E: "·", 0x9F: "•", 0xA0: "▪", 0xA1: "○", 0xA4: "◉", 0xA7: "▪", 0xA8: "□", 0xAA: "✦", 0xAB: "★", 0xD8: "➢",
    0xDC: "➲", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒",
    0xFE: "☑",
}  # fmt: skip
_DINGBAT_EXCEPTIONS = {
    0x25: "☎", 0x2A: "☛", 0x2B: "☞", 0x48: "★", 0x6C: "●", 0x6E: "■", 0x73: "▲", 0x74: "▼", 0x75: "◆", 0x77: "◗",
}  # fmt: skip
# Adobe's corporate-use codes: small capitals, old-style figures, pieces of tall delimiters.
_CORPORATE = {
    **{0xF730 + i: c for i, c in enumerate(_DIGITS)},
    **{0xF761 + i: c for i, c in enumerate(_LOWER)},
    **{0xF8E8 + i: c for i, c in enumerate("®©™⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭")},
    **{0xF6D9 + i: c for i, c in enumerate("©®™")},
    0xF8E6: "⏐", 0xF8E7: "⎯", 0xF6BE: "ȷ", 0xF6C3: ",", 0xF6E5: "-", 0xF6E6: "-",
}  # fmt: skip


def _table(text: str, first: int = 0) -> Mapping[int, str]:
    return MappingProxyType({first + i: char for i, char in enumerate(text) if char != " "})


_TABLES: tuple[tuple[re.Pattern[str], Mapping[int, str]], ...] = (
    (re.compile(r"^(cmmib?|lmmib?|lmmathitalic)\d", re.I), _table(_OML)),
    (re.compile(r"^(cmb?sy|lmb?sy|lmmathsymbols)\d", re.I), _table(_OMS)),
    (re.compile(r"^(cmex|lmex|lmmathextension)\d?", re.I), _table(_OMX)),
    (re.compile(r"^msam\d", re.I), _table(_MSAM)),
    (re.compile(r"^msbm\d", re.I), _table(_MSBM)),
    (re.compile(r"^cm(r|b|bx|ti|sl|bxti|bxsl|u|ss|ssi|ssbx|ssdc|ssq|ssqi|csc|dunh|fib|ff|fi)\d", re.I), _table(_OT1)),
    (re.compile(r"^cm(tt|sltt|itt|tcsc)\d", re.I), _table(_OT1_MONO)),
    (re.compile(r"^ec[a-z]{2}\d{4}$", re.I), _table(_T1)),
    (
        re.compile(r"^tc[a-z]{2}\d{4}$", re.I),
        MappingProxyType({**_table(_TS1, 0x80), 0x18: "←", 0x19: "→", 0x27: "'", 0x2A: "*", 0xD6: "×", 0xF6: "÷"}),
    ),
    (re.compile(r"^symbol", re.I), MappingProxyType({**_table(_SYMBOL_LOW, 0x20), **_table(_SYMBOL_HIGH, 0xA0)})),
    (re.compile(r"^wingdings(-|$|reg)", re.I), MappingProxyType(_WINGDINGS)),
    (
        re.compile(r"^(itc)?zapfdingbats|^pzdr|^dingbats$", re.I),
        MappingProxyType({**{c: chr(0x2701 + c - 0x21) for c in range(0x21, 0x7F)}, **_DINGBAT_EXCEPTIONS}),
    ),
)


def table_of(font_name: str) -> Mapping[int, str] | None:
    """The fixed encoding (code -> text) of the font with this base name; None for fonts that have none."""
    return next((table for pattern, table in _TABLES if pattern.match(font_name)), None)


def corporate_use(code: int) -> str | None:
    """The reading of one of Adobe's private-use code points; None for an unknown one."""
    return _CORPORATE.get(code)


def is_double_struck(font_name: str) -> bool:
    """True for fonts whose capitals are blackboard bold."""
    return font_name.lower().startswith(("msbm", "bbold", "dsrom", "bbm"))


def double_struck(letter: str) -> str:
    """The blackboard bold form of a capital letter; any other character as it is."""
    at = _UPPER.find(letter)
    return _DOUBLE_STRUCK[at] if at >= 0 and len(letter) == 1 else letter
