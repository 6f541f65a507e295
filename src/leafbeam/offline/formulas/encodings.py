"""TeX's mathematical font encodings, as Unicode, for PDFs that state no Unicode for these fonts.

Without a ToUnicode map PDFium gives a glyph's Unicode by its name and, for names outside the Adobe glyph list, the
bare character code. Each table lists the 128 codes of one encoding in order. Source: The TeXbook, appendix F (OML, OMS,
OMX), and the user's guide of the AMS fonts (MSAM, MSBM; only the codes met in practice).
"""

from __future__ import annotations

import re
from enum import Enum, auto

from leafbeam.layer import Font


class Family(Enum):
    """What a font is for the formula code."""

    ITALIC = auto()  # OML: mathematical italic, lower-case Greek
    SYMBOL = auto()  # OMS: symbols and calligraphic capitals
    EXTENSION = auto()  # OMX: big operators, growing delimiters
    AMS_A = auto()
    AMS_B = auto()
    BLACKBOARD = auto()  # letters only, all double-struck
    FRAKTUR = auto()
    SCRIPT = auto()
    UNICODE = auto()  # an OpenType mathematical font: Unicode says it all
    ADOBE_SYMBOL = auto()  # Symbol and its likes: Greek and operators
    TEXT = auto()


_FAMILIES: tuple[tuple[Family, re.Pattern[str]], ...] = tuple(
    (family, re.compile(pattern, re.I))
    for family, pattern in (
        (
            Family.EXTENSION,
            r"cmex|lmmathextension|[tp]xex|[np]xexx?|mt2?ex|euex|lmex|yhcmex|pazomath.*ext|eufex|fourier-.*ex",
        ),
        (
            Family.ITALIC,
            r"cmmib?\d|lmmathitalic|[tp]xb?mi|mt2?mi|rmtmi|eurm|eurb|lmmi|zplmr7m|zptmcm7m|ntxmi|npxmi|fourier-.*m(i|l)",
        ),
        (Family.SYMBOL, r"cmb?sy\d|lmmathsymbols|[tp]xb?sy\d?$|mt2?sy|rmtsy|eusm|eusb|lmsy|zplmr7y|ntxsy|fourier-.*sy"),
        (Family.AMS_A, r"msam|[tp]xb?sya"),
        (Family.AMS_B, r"msbm|[tp]xb?syb"),
        (Family.BLACKBOARD, r"bbold|bbm\d|dsrom|dsss|blackboard|mathbb"),
        (Family.FRAKTUR, r"eufm|eufb|yfrak"),
        (Family.SCRIPT, r"rsfs|mathscr|eus[mb]"),
        (
            Family.UNICODE,
            r"latinmodernmath|lmmath-|lmmathregular|xits-?math|stix(two)?-?math|stixgeneral|stixsiz|stixnonunicode|stixintegrals|cambria-?math|"
            r"asana|texgyre\w+-?math|dejavumath|libertinusmath|firamath|neoeuler|newcmmath|euler-?math|garamond-?math|gfsneohellenicmath|notosansmath",
        ),
        (
            Family.ADOBE_SYMBOL,
            r"^symbol|standardsymbols|symbolmt|mathematicalpi|universalgreek|mathpi|pazomath|fouriermath|mtsymbol",
        ),
    )
)


def listed(table: str) -> list[str]:
    """The words of a table written as one text."""
    return table.split()


_OML = listed(
    "Γ Δ Θ Λ Ξ Π Σ Υ Φ Ψ Ω α β γ δ ϵ ζ η θ ι κ λ μ ν ξ π ρ σ τ υ ϕ χ ψ ω ε ϑ ϖ ϱ ς φ ↼ ↽ ⇀ ⇁ ʿ ʾ ▷ ◁ 0 1 "
    "2 3 4 5 6 7 8 9 . , < / > ⋆ ∂ A B C D E F G H I J K L M N O P Q R S T U V W X Y Z ♭ ♮ ♯ ⌣ ⌢ ℓ a b c "
    "d e f g h i j k l m n o p q r s t u v w x y z ı ȷ ℘ \u20d7 \u0361"
)
_OMS = listed(
    "− · × ∗ ÷ ⋄ ± ∓ ⊕ ⊖ ⊗ ⊘ ⊙ ◯ ∘ • ≍ ≡ ⊆ ⊇ ≤ ≥ ⪯ ⪰ ∼ ≈ ⊂ ⊃ ≪ ≫ ≺ ≻ ← → ↑ ↓ ↔ ↗ ↘ ≃ ⇐ ⇒ ⇑ ⇓ ⇔ ↖ ↙ ∝ ′ ∞ "
    "∈ ∋ △ ▽ \u0338 ↦ ∀ ∃ ¬ ∅ ℜ ℑ ⊤ ⊥ ℵ A B C D E F G H I J K L M N O P Q R S T U V W X Y Z ∪ ∩ ⊎ ∧ ∨ ⊢ ⊣ "
    "⌊ ⌋ ⌈ ⌉ { } ⟨ ⟩ | ‖ ↕ ⇕ \\ ≀ √ ⨿ ∇ ∫ ⊔ ⊓ ⊑ ⊒ § † ‡ ¶ ♣ ♦ ♥ ♠"
)
_OMX = listed(
    "( ) [ ] ⌊ ⌋ ⌈ ⌉ { } ⟨ ⟩ ⏐ ‖ / \\ ( ) ( ) [ ] ⌊ ⌋ ⌈ ⌉ { } ⟨ ⟩ / \\ ( ) [ ] ⌊ ⌋ ⌈ ⌉ { } ⟨ ⟩ / \\ / \\ "
    "⎛ ⎞ ⎡ ⎤ ⎣ ⎦ ⎢ ⎥ ⎧ ⎫ ⎩ ⎭ ⎨ ⎬ ⎪ ⏐ ⎝ ⎠ ⎜ ⎟ ⟨ ⟩ ⨆ ⨆ ∮ ∮ ⨀ ⨀ ⨁ ⨁ ⨂ ⨂ ∑ ∏ ∫ ⋃ ⋂ ⨄ ⋀ ⋁ ∑ ∏ ∫ ⋃ ⋂ ⨄ ⋀ ⋁ ∐ ∐ "
    "\u0302 \u0302 \u0302 \u0303 \u0303 \u0303 [ ] ⌊ ⌋ ⌈ ⌉ { } √ √ √ √ ⎷ ⎸ ┌ ‖ ↑ ↓ \ue07a \ue07b \ue07c "
    "\ue07d ⇑ ⇓"
)
_MSAM = dict(
    zip(
        bytes.fromhex(
            "000102030406080c0a0b0d0f10111c1d1a1b2021252627282a292b2c2d2e2f303132333435363738"
            "3a3b3c3d3e3f404142434445464e5a5862636667696a6b70717879757b737e7f"
        ),
        listed(
            "⊡ ⊞ ⊠ □ ■ ◊ ↻ ⊟ ⇌ ⇋ ⊩ ⊨ ↠ ↞ ⇄ ⇆ ↣ ↢ ⇝ ↭ ≿ ≳ ⪆ ⊸ ∵ ∴ ≑ ≜ ≾ ≲ ⪅ ⪕ ⪖ ⋞ ⋟ ≼ ≦ ⩽ ≶ ‵ ≓ ≒ ≽ ≧ ⩾ ≷ ⊏ ⊐ ▷ ◁ "
            "⊵ ⊴ ★ ▲ ⌆ ✓ ⋐ ⋑ ⋏ ⋎ ⊺ ⫅ ⫆ ⌜ ⌝ ⌞ ⌟ ∔ ∁ Ⓢ ≖ ≗"
        ),
        strict=False,
    )
)
_MSBM = dict(
    zip(
        bytes.fromhex(
            "02030405060708090a0b0c0d0e0f1c1d24202a2b282930313233383a393b3c3d3e3f402c2d6667686e6f6c6d72757677737a7b7e7d7f696a6b"
        ),
        listed(
            "≰ ≱ ≮ ≯ ⊀ ⊁ ≨ ≩ ≰ ≱ ⪇ ⪈ ⋠ ⋡ ≁ ≇ ⫋ ⊊ ⊈ ⊉ ⊊ ⊋ ⊬ ⊮ ⊭ ⊯ ↚ ⇍ ↛ ⇏ ⇎ ↮ ⋇ ∅ ∄ ∦ ∤ ℧ ð ≂ ⋉ ⋊ ⋖ ⋗ ∖ ≊ ⪸ ⪷ ∼ ϝ "
            "ϰ ℏ ℏ ∍ ℶ ℷ ℸ"
        ),
        strict=False,
    )
)


def family_of(font: Font) -> Family:
    """What the font is, by its name."""
    for family, pattern in _FAMILIES:
        if pattern.search(font.name):
            return family
    return Family.TEXT


def unicode_of(code: int, family: Family) -> str:
    """The Unicode text of a bare character code in a font of this family; "" for what cannot be known."""
    if 0xA1 <= code <= 0xAA or 0xAD <= code <= 0xC4:  # where Type 1 Computer Modern repeats the codes 0 to 32, and 127
        code = code - 0xA1 if code <= 0xAA else code - 0xA3 if code < 0xC4 else 0x7F
    if not 0 <= code < 0x80:
        return ""
    if family is Family.EXTENSION:
        return _OMX[code]
    if family is Family.ITALIC:
        return _OML[code]
    if family is Family.SYMBOL or family is Family.SCRIPT:
        return _OMS[code]
    if family is Family.AMS_A:
        return _MSAM.get(code, "")
    if family is Family.AMS_B:
        return chr(code) if 0x41 <= code <= 0x5A else _MSBM.get(code, "")
    return ""
