"""What a font's name and descriptor say about its style."""

from __future__ import annotations

import ctypes
import re

import pypdfium2.raw as c

from leafbeam.layer import Font

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_BOLD = re.compile(
    r"bold|black|heavy|demi(?!light)|[-_,]bd|semib|\.BI?(\+|$)"  # the last as publishers' "Adv" fonts are named
    r"|^(cm(b|ss?bx|csc?bx)|ec?b[xi]|sfb|lmroman\w*bold|cmssdc|cmbsy|cmmib)"
    r"|^(ecbx|ecrb|ecsx|sfbx|sfrb|sfsx)|cmbx|NimbusRomNo9L-Medi|Medi(Ital)?$",
    re.I,
)
_LIGHT = re.compile(r"semilight|ultralight|extralight", re.I)
_ITALIC = re.compile(
    r"ital|obli|slant|kursiv|\.B?I(\+|$)"
    r"|[-_,](it|boldit|regit)\b|(Medi|Regu|Bold)It|-\w*It$|^(cm(ti|sl|ssi|itt|sltt|bxti|bxsl|u\d)"
    r"|ec(ti|sl|bi|bl|si|it|st)|sf(ti|sl|bi|bl|si|it|st))",
    re.I,
)
_MONO = re.compile(
    r"mono|courier|typewriter|teletype|consol|menlo|monaco|inconsolata|sourcecode|firacode|lettergothic|andale"
    r"|^(cm(tt|sltt|itt|tcsc|vtt)|ec(tt|st|it)|sf(tt|st|it)|lmtt|txtt|pcr)|nimbusmon|beramono|dejavusansm",
    re.I,
)
_SYMBOLIC = re.compile(
    r"^(cm(sy|ex|bsy|mi|mib|mmi)|ms[ab]m|eu([rsf][mb]|ex)|rsfs|stmary|wasy|esint|lasy|mathptm|zptm|mtex|mtmi|mtsy|"
    r"(px|tx|new(px|tx))\w*(sy|ex|mi|math)|(latinmodern|lm)-?math|lm(mathi|mi|sy|ex|mathsy|mathex)|\w*math|symbol|"
    r"mt2?(sy|mi|ex)|bbold|dsrom|bbm|zapfding|wingding|webding|fontawesome|marvosym|pzdr|psy$|rsy|mnsymbol|fdsymbol)",
    re.I,
)
_MATHS_ITALIC = re.compile(r"^(cmmi|cmmib|lmmathi|eu[rsf]|mtmi|txmi|pxmi|new\w+mi|rsfs|zptmcm7m)", re.I)
_ITALIC_FLAG, _FIXED_FLAG, _FORCE_BOLD_FLAG = 64, 1, 1 << 18


def read_font(handle: int) -> Font:
    """The record of a PDFium font; an unnamed one (Type 3, or no font at all) has the name ""."""
    if not handle:
        return Font("")
    raw = ctypes.cast(handle, c.FPDF_FONT)
    size = c.FPDFFont_GetBaseFontName(raw, None, 0)
    buffer = ctypes.create_string_buffer(max(1, size))
    c.FPDFFont_GetBaseFontName(raw, buffer, size)
    name = _SUBSET.sub("", buffer.value.decode("utf-8", "replace"))
    flags = max(0, c.FPDFFont_GetFlags(raw))
    return describe_font(name, flags)


def describe_font(name: str, flags: int = 0) -> Font:
    """Style from the name; the descriptor's ``flags`` (PDF 32000-1, table 123) only add to it.

    The weight PDFium derives from the stem width is no witness: ordinary text faces reach that of bold ones.
    A mathematical font is never called italic: its slant is notation, not emphasis.
    """
    symbolic = bool(_SYMBOLIC.match(name))
    maths_italic = bool(_MATHS_ITALIC.match(name))
    bold = bool(_BOLD.search(name)) and not _LIGHT.search(name)
    return Font(
        name,
        bold=bold or bool(flags & _FORCE_BOLD_FLAG),
        italic=not symbolic and not maths_italic and (bool(_ITALIC.search(name)) or bool(flags & _ITALIC_FLAG)),
        mono=bool(_MONO.search(name)) or bool(flags & _FIXED_FLAG and not symbolic),
        symbolic=symbolic or maths_italic,
    )
