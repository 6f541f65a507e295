r"""Formulas that KaTeX refuses, mended by known rules; each rule has a name, can be switched off, and is counted.

A rule is tried only on a formula that is refused as it stands, and its result is kept only when KaTeX takes it: a
formula that renders is never touched. The faults are those seen in models' output: commands of packages that KaTeX
does not have, stray alignment marks, text modes, unbalanced braces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Refusal = Callable[[str, bool], str]  # (latex, display) -> what KaTeX says against it, "" for nothing

_COMMANDS = {  # of amsmath's kin, as KaTeX can say them
    "esssup": r"\operatorname*{ess\,sup}",
    "essinf": r"\operatorname*{ess\,inf}",
    "mathds": r"\mathbb",
    "mathbbm": r"\mathbb",
    "bm": r"\boldsymbol",
    "mbox": r"\text",
    "textnormal": r"\text",
    "mathup": r"\mathrm",
    "upmu": r"\mu",
    "slant": r"\mathit",
    "nicefrac": r"\tfrac",
    "sfrac": r"\tfrac",
    "degree": r"^{\circ}",
    "celsius": r"^{\circ}\mathrm{C}",
    "arcsec": r"\operatorname{arcsec}",
    "sgn": r"\operatorname{sgn}",
    "sign": r"\operatorname{sign}",
    "tr": r"\operatorname{tr}",
    "Tr": r"\operatorname{Tr}",
    "diag": r"\operatorname{diag}",
    "rank": r"\operatorname{rank}",
    "argmax": r"\operatorname*{arg\,max}",
    "argmin": r"\operatorname*{arg\,min}",
    "vspace": "",
    "hfill": r"\quad",
    "nonumber": "",
    "notag": "",
    "noindent": "",
    "displaylimits": r"\limits",
}
_WITH_ARGUMENT = re.compile(r"\\(?:label|ref|eqref|vspace|cite|footnote)\*?\{[^{}]*\}")
_NAME = re.compile(r"\\([A-Za-z]+)")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-zA-Z]+\*?)\}")
_KNOWN_AS = {"eqnarray": "aligned", "split": "aligned", "align": "aligned", "equation": "gathered", "tabular": "array"}
_LEFT_RIGHT = re.compile(r"\\(left|right)(?![A-Za-z])\s*(\\[{}|]|\\[A-Za-z]+|.)?")


def _no_labels(latex: str) -> str:
    return _WITH_ARGUMENT.sub("", latex)


def _known_commands(latex: str) -> str:
    return _NAME.sub(lambda found: _COMMANDS.get(found.group(1), found.group(0)), latex)


def _escaped_in_text(latex: str) -> str:
    return _TEXT.sub(lambda found: "\\text{" + re.sub(r"(?<!\\)([&%#_])", r"\\\1", found.group(1)) + "}", latex)


def _escaped_percent(latex: str) -> str:
    return re.sub(r"(?<!\\)([%#])", r"\\\1", latex)


def _no_dollars(latex: str) -> str:
    return re.sub(r"(?<!\\)\$", "", latex)


def _known_environments(latex: str) -> str:
    def renamed(found: re.Match[str]) -> str:
        name = found.group(2).rstrip("*")
        return f"\\{found.group(1)}{{{_KNOWN_AS.get(name, name)}}}"

    return _ENVIRONMENT.sub(renamed, latex)


def _closed_environments(latex: str) -> str:
    """An environment that was left open, as in an answer that was cut off, is closed at the end."""
    open_: list[str] = []
    for found in _ENVIRONMENT.finditer(latex):
        if found.group(1) == "begin":
            open_.append(found.group(2))
        elif open_ and open_[-1] == found.group(2):
            open_.pop()
    return latex + "".join(f"\\end{{{name}}}" for name in reversed(open_))


def _aligned(latex: str) -> str:
    """Alignment marks and line ends outside any environment stand in one."""
    if _ENVIRONMENT.search(latex) or not re.search(r"(?<!\\)&|\\\\", latex):
        return latex
    return f"\\begin{{aligned}}{latex}\\end{{aligned}}"


def _balanced_braces(latex: str) -> str:
    """Braces without a partner: closing ones go, opening ones are closed at the end."""
    out: list[str] = []
    depth = 0
    for token in re.findall(r"\\.|[^\\]|\\\Z", latex, re.DOTALL):
        if token == "}" and depth == 0:
            continue
        depth += {"{": 1, "}": -1}.get(token, 0)
        out.append(token)
    return "".join(out) + "}" * depth


def _paired_delimiters(latex: str) -> str:
    r"""\left and \right without a partner get an empty one."""
    names = [found.group(1) for found in _LEFT_RIGHT.finditer(latex)]
    missing = names.count("left") - names.count("right")
    if missing > 0:
        return latex + "\\right." * missing
    return "\\left." * -missing + latex


def _single_scripts(latex: str) -> str:
    """x^a^b, which TeX refuses: the second script goes onto what the first made."""
    script = r"(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|[^{}\\\s])"
    return re.sub(rf"(\^|_)({script})\s*\1(?={script})", r"\1{\2}{}\1", latex)


RULES: Mapping[str, Callable[[str], str]] = {
    "labels": _no_labels,
    "commands": _known_commands,
    "text-signs": _escaped_in_text,
    "environments": _known_environments,
    "alignment": _aligned,
    "open-environments": _closed_environments,
    "dollars": _no_dollars,
    "percent": _escaped_percent,
    "scripts": _single_scripts,
    "braces": _balanced_braces,
    "delimiters": _paired_delimiters,
}


@dataclass(slots=True)
class FormulaRepair:
    """Checks formulas and mends those that are refused. ``off`` names rules not to use.

    ``mended`` counts, over the life of the object, how often each rule was part of a repair; ``refused`` and
    ``checked`` count formulas.
    """

    refusal: Refusal
    off: frozenset[str] = frozenset()
    mended: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    refused: int = 0

    def mend(self, latex: str, display: bool) -> str | None:
        """The formula as it is when KaTeX takes it, else mended, else None."""
        self.checked += 1
        if not self.refusal(latex, display):
            return latex
        self.refused += 1
        used: list[str] = []
        for name, rule in RULES.items():
            if name in self.off:
                continue
            changed = rule(latex)
            if changed == latex:
                continue
            latex, used = changed, [*used, name]
            if not self.refusal(latex, display):
                self.mended.update(used)
                return latex
        return None
