"""Which of TeX's encodings a bitmap font has, by the shapes of its glyphs.

TeX's bitmap fonts come as Type 3 fonts without a name and without a Unicode map: all that is stated are codes. The
encodings put glyphs of quite different extent at the same code, so that a few glyphs tell the font's encoding.

The tables hold three characters a code: top and bottom of the ink above the baseline and its width, in tenths of the
type size, the zero at ``g``; dots where the encoding has nothing. Measured on the ten-point fonts: Computer Modern, the
AMS symbol fonts and, for T1 and TS1, Latin Modern.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from leafbeam.layer import Glyph

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
_ZERO = _ALPHABET.index("g")
_OT1 = (
    "nglngnngnngmngmngnngmngnngmngnngmngmnglnglngongokgikeinlinlimljnljmmknligeingkkgmkgnlfkngongpnfnkjinghnkjnen"
    "nfknfnngnnkhneineinjkmfnhehiijhghnekngkngjngkngkngkngkngkngkngkngkkghkehlehkhnlekngkngnngnngmngmngnngmngmngn"
    "ngnngjngkngnnglngongnngnngmnenngnngkngmngnngnngqngnngnnglnehnkjnehnljnmhnkhkglnglkgknglkgkngjlelnglngineingl"
    "ngikgokglkgkkelkelkgjkgjmgjkglkglkgnkglkelkgkjjljjqnljnmjnmj"
)
_OT1_MONO = (
    "mglmglmgkmglmglmglmgkmgkmgkmgkmglmgkmgkmjhkehkekkgkkejmlimlimljmlkmlkmligejmglkglkglmfkmglmglnfkifkmghmjjmgl"
    "nfknflmglmjinfjnfjlhklhkhfijjkhghnfkmgkmgjmgkmgkmglmgkmgkmgkmgkmgkkghkfhmhkkikmhkmgkmgkmglmglmgkmglmglmglmgl"
    "mglmgkmgkmglmglmglmglmgkmglmfkmglmgkmglmglmglmglmglmglmgknfjnfknfjmljgfknkikglmglkgkmglkgkmgkkelmglmgkmejmgl"
    "mgkkglkglkgkkelkelkglkgkmgkkglkglkglkglkelkgknfknfhnfkmljmlj"
)
_OML = (
    "ngnngnngnngmngnngongnngnngmngnngnkgmnelkelngkkgjnekkelngkkgjkglnglkelkglnekkglkelkglkglkglnelkemnemkgmlgkngl"
    "kgokekkfkkemlipjgplipjgpliiliilgklgklgklgjlgklekleklekngklekngklekhghhehlgmneklgmlglnglngnngnngnngongnngnngn"
    "ngonglngmngpngmngqngongnngnnenngnngmngnngnngnngqngongnngnngjneinejkhpkhpngkkglngkkgknglkgknelkelnglngjnekngl"
    "ngikgokglkgkkelkekkgkkgkmgjkglkgkkgnkglkelkgkkgjkeklelnlknlk"
)
_OMS = (
    "jimjihlgllgklgnlglngnlenmfnmfnmfnmfnmfnnepkhkkhklgnlgnmfmmfmmfmmfmmfmmfmkhnlhnlgmlgmmfpmfplgmlgmlgplgpnelnel"
    "lgpnepneplgnlgplgpnelnellgpnepnepkgnmgikgplgllglngoleonelkhhngmngkkhmofkngnngmngnngnnglngongmnglngnnglngonfm"
    "ngongnnfongnngmngrogqngnngnnfnngongmnfongnngmngqngonfnngnmgmmgmmgmmgmmgmnglnglneineineineineknekneineinegnei"
    "odlodlnekmfigWongnngnnekmglmglmfmmfmnejnejnejnelnfnnenngnnfn"
)
_OMX = (
    "gUjgUjgUigUigUigUigUigUigUkgUkgUjgUjgaggajgUlgUlgOkgOkgIlgIlgIjgIjgIjgIjgIjgIjgIlgIlgIlgIlgIpgIpgClgClgCjgCj"
    "gCkgCkgCkgCkgClgClgCmgCmgCsgCsgOngOngOmgOmgOjgOjgOjgOjgahgahgXjgXjgXjgXjgOjgOjgdhgaghOmhOmgahgahgOkgOkgWngSq"
    "gVmgKpgWqgSugWqgSugWqgSugWpgWogVmgWngWngWngWngWngStgSsgKpgSqgSqgSqgSqgSqgWogSsnmmomqomunmmnmqnmugOigOigOjgOj"
    "gOjgOjgOkgOkgUpgOpgIpgCpgOmgaggakgajgakgakhelheljgljglgangan"
)
_MSAM = (
    "ngnngnngnngnngniginfmnfmnfnnfnlgplgpngnngmngonglkhpkhpmfpmfpnennenneineineineikhqkhqngpngpngkngkkhpkhtmgpmgp"
    "nhnnennenodnkhqlfmlfmmfnphnnennenodnmfmmfmngmngmmemoemmfmnenmgijijmfnmfnmemoemmfmnemlgmlgnlgmlgmmfmmfmnfonek"
    "mgmlgmlgmkhkkhkmgmmgmmgmkhnpcmpcmqbmqbmngnmfpmfpngnnglngloflngmngmmfmlgnkhnkhnlgmlgmmgmmgmmgmmgmngnngnoemoem"
    "lhnlgnmfsmfsnjknjknepnepngmofnkhnlgnkgkkgkngnogkkekmfnmfnmfn"
)
_MSBM = (
    "odmodmodmodmnemnemnemnemodmodmodmodmmemmemodmodmndnndnndnndnpcmpcmodmodmodnodnocnocnlgnnennepnepmemmemodmodm"
    "ocmocmodmodmmemmemodmodmnelnejkgjkgkngmngnngmngnodmodmnemnemkhpkhplgplgplgpkhplgnmgnpekngnngmngmngnngmngmngn"
    "ngnngjnflngnngmngpngnngnngmnenngnnglngmngnngnngqngnngnngmomzom4omzpn3...ngkngl............ngmngllgnognogkogm"
    "lgmlgmlgllglkggkgjkgmkhnlhnmgnodnodnlgplgpmfnkgnnglnglnglkgj"
)
_T1 = (
    "nlinlinljnmjnmjnljnlinljnljmmknmhgejgeihehlgilginkjnkjhejlgjlgjjjljjq...jfjkgikeingmnglnglngongo...nghnkinen"
    "nfknfnngnnkhneineinjkmfnhehiijhghnekngkngjngkngkngkngkngkngkngkngkkghkehlgmkhnlgmngkngnngnngmngmngnngmngmngn"
    "ngnngjngkngnnglngongnngnngmnenngnngkngmngnngnngqngnngnnglnehneknehnmmffnnkhkglnglkgknglkgkngjlelnglngineingl"
    "ngikgokglkgkkelkelkgjkgjmgjkglkglkgnkglkelkgkneknegnekjimiijpgnnenpgmpgmpgnpgmnempgnpglnglnglpgnpgnngnpgnpgn"
    "pgnpgkpgknekpgmnempgnpgnognpglpglpglngopgjnglneknglkelngkngknglngkkeknelpgingjnginglnglkekngkngjngjngjngjkej"
    "ngjmejnglnglnelngkngkngkneklehlekngmpgnpgnpgnognognpgnngonempgmpgmpgmogmpgjpgjpgjogjngnognpgnpgnpgnognognngp"
    "nfnpgnpgnpgnognpgnnglngqnglnglnglnglnglnglkgmkekngkngkngkngkngingingjngjngknglngkngkngkngkngkkgnlfknglnglngl"
    "nglnelnelngk"
)
_TS1 = (
    "nlknmknljnljnejnejneinfqkhjngpofllgkngjngmngqngnngnngmngmngnogkldknglnjpnfunekngmngoogkngmkhjnioodioeilgkngm"
    "lglngnnegneknmjngnnjkngnkhnngnngnnnmnkjngnnjjnjjnlikelnelkjhlglnjinjknflngnngnngnngl"
)
_MOST = 0.4  # in type sizes: a larger difference says no more
_MISSING = 0.6  # what a code costs that the encoding does not have
_FAR = 0.3  # mean difference per glyph: beyond it the font has none of these encodings
_FEW, _FAR_FEW = 4, 0.12  # kinds of glyphs: fewer tell an encoding only when they come this near
_IN_WORDS = 0.5  # of the letters beside another: a font of text
_NEAR = 0.12  # of the type size: letters of one word are this close
_UNLIKELY = 0.08  # what a text font costs for lone letters, and a font of formulas for words
_UNDECIDED = 0.03  # of the distances: two encodings that share nearly all codes that are used
_NARROW = 0.3  # in type sizes: letters below this width say nothing about weight
_TAIL = 0.1  # of the type size below the baseline: where no upright f reaches
_LETTERS = 4  # fewer kinds say nothing about weight
_BOLD = ((8.5, 1.07), (12.0, 1.03))  # from this size on, bold letters are so much wider than the ten-point ones


def _extents(table: str, first: int = 0) -> dict[int, tuple[float, float, float]]:
    """Top, bottom and width by code, in type sizes."""
    codes = range(len(table) // 3)
    known = [c for c in codes if table[3 * c] != "."]
    values = {c: [(_ALPHABET.index(char) - _ZERO) / 10 for char in table[3 * c : 3 * c + 3]] for c in known}
    return {first + c: (top, bottom, width) for c, (top, bottom, width) in values.items()}


class _Candidate(NamedTuple):
    """An encoding: the name by which encodings.py and the formula code know it, and the extents of its glyphs."""

    name: str
    extents: Mapping[int, tuple[float, float, float]]
    words: bool = False  # its letters make words
    rare: float = 0.0  # what it costs to be seldom used


_OLD, _CORK = "CMR10", "ECRM1000"  # the two encodings of text: a document has mostly one of them
_CANDIDATES = (
    _Candidate(_OLD, _extents(_OT1), words=True),
    _Candidate(_CORK, _extents(_T1), words=True),
    _Candidate("CMTT10", _extents(_OT1_MONO), words=True, rare=0.02),
    _Candidate("TCRM1000", _extents(_TS1, 128)),
    _Candidate("CMMI10", _extents(_OML)),
    _Candidate("CMSY10", _extents(_OMS)),
    _Candidate("CMEX10", _extents(_OMX)),
    _Candidate("MSAM10", _extents(_MSAM), rare=0.1),
    _Candidate("MSBM10", _extents(_MSBM), rare=0.1),
)


def names_by_shape(fonts: Sequence[Sequence[Glyph]]) -> list[str]:
    """A TeX font for each unnamed font of a page, given by its glyphs: the nearest; "" when none comes near.

    The glyphs' ``code`` is the code in the font. The name tells the encoding, for text fonts also weight and slant.
    """
    distances = [_distances(glyphs) for glyphs in fonts]
    lead = sum(len(g) * (d[_OLD] - d[_CORK]) for g, d in zip(fonts, distances, strict=True) if d)
    names = []
    for glyphs, far in zip(fonts, distances, strict=True):
        name = min(far, key=lambda n: far[n], default="")
        if name in (_OLD, _CORK) and abs(far[_OLD] - far[_CORK]) < _UNDECIDED:
            name = _CORK if lead > 0 else _OLD
        limit = _FAR if len(_kinds(glyphs)) >= _FEW else _FAR_FEW
        names.append("" if not name or far[name] > limit else _styled(name, glyphs))
    return names


def _distances(glyphs: Sequence[Glyph]) -> dict[str, float]:
    """How far the glyphs of one font are from each encoding, by its name; empty for glyphs without ink."""
    kinds = _kinds(glyphs)
    if not kinds:
        return {}
    wordy = _in_words(glyphs)
    odds = {True: 0.0 if wordy in (True, None) else _UNLIKELY, False: _UNLIKELY if wordy else 0.0}
    return {c.name: _distance(kinds, c.extents) + c.rare + odds[c.words] for c in _CANDIDATES}


def _kinds(glyphs: Sequence[Glyph]) -> dict[int, Glyph]:
    """One drawn glyph for each code."""
    kinds: dict[int, Glyph] = {}
    for glyph in glyphs:
        if glyph.ink.area > 0 and glyph.size_pt > 0:
            kinds.setdefault(glyph.code, glyph)
    return kinds


def _styled(name: str, glyphs: Sequence[Glyph]) -> str:
    """The name with what letters tell about weight (bold ones are wide) and slant (an italic f goes below the line)."""
    if name not in (_OLD, _CORK):
        return name
    kinds, usual = _kinds(glyphs), _extents(_OT1)
    low = [kinds[c] for c in kinds if 0x61 <= c <= 0x7A and usual[c][2] > _NARROW]
    f = kinds.get(ord("f"))
    if f is not None and (f.ink.y1 - f.baseline_pt) > _TAIL * f.size_pt:
        return name.replace("CMR", "CMTI").replace("ECRM", "ECTI")
    size = max((g.size_pt for g in low), default=0.0)
    wider = median(g.ink.width / g.size_pt / usual[g.code][2] for g in low) if low else 1.0
    if len(low) >= _LETTERS and any(size >= least and wider >= bold for least, bold in _BOLD):
        return name.replace("CMR", "CMBX").replace("ECRM", "ECBX")
    return name


def _distance(kinds: Mapping[int, Glyph], table: Mapping[int, tuple[float, float, float]]) -> float:
    """The mean difference of the extents of each code's glyph, in type sizes."""
    total = 0.0
    for code, glyph in kinds.items():
        known = table.get(code)
        if known is None:
            total += _MISSING
            continue
        ink, base, size = glyph.ink, glyph.baseline_pt, glyph.size_pt
        seen = ((base - ink.y0) / size, (base - ink.y1) / size, ink.width / size)
        total += min(_MOST, sum(abs(a - b) for a, b in zip(seen, known, strict=True)))
    return total / len(kinds)


def _in_words(glyphs: Sequence[Glyph]) -> bool | None:
    """Whether most letters stand beside another one; None without letters."""
    letters = [g for g in glyphs if g.code < 0x80 and chr(g.code).isalpha()]
    if not letters:
        return None
    beside = 0
    for a, b in pairwise(letters):
        near = a.baseline_pt == b.baseline_pt and abs(b.x_origin_pt - a.box.x1) <= _NEAR * a.size_pt
        beside += near
    return beside >= _IN_WORDS * len(letters)
