"""Code points that stand for the look of a character, as the characters that were typed.

Fonts often map one glyph from two code points; a program that asks the font what a glyph means may be told the radical
instead of the ideograph, or the joining form of an Arabic letter. Source of the radicals' equivalents: the Unicode
Character Database, EquivalentUnifiedIdeograph.
"""

from __future__ import annotations

import unicodedata

_RADICALS = (  # from U+2E80 on; a space where the database names none or an ideograph few fonts have
    " 厂   亻冂几刀刂卜㔾小小兀尣尢尣巳幺彑彐忄㣺扌攵 旡日月歺母民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟     羊羊羊老"
    "肀聿月臼艹艹艹虎衤覀西见角角讠贝 车辶辶辶阝钅長镸长门 阝雨青韦页风飞食 飠饣 马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)


def typed(text: str) -> str:
    """The text with radicals as ideographs, and Arabic and Hebrew presentation forms as letters in reading order."""
    return "".join(_typed(char) for char in text)


def _typed(char: str) -> str:
    at = ord(char) - 0x2E80
    if 0 <= at < len(_RADICALS) and _RADICALS[at] != " ":
        return _RADICALS[at]
    return unicodedata.normalize("NFKC", char)
