"""Reading order of pages in columns: the character error rate of running text against references in reading order.

python benchmarks/order_cer.py REFERENCE_DIR CANDIDATE_DIR [NAME ...]

Compares <path>.md under REFERENCE_DIR with <path>_pg1_repeat1.md (as candidate.py writes) or <path>.md under
CANDIDATE_DIR; with NAMEs only pages whose path holds one of them. Formulas, tables, pictures with their captions and
notes are left out on both sides: how they are spelt and where they float says nothing about order. CER is the
Levenshtein distance by the length of the reference; "sorted" is the distance of the two texts' words in alphabetical
order, what is left of it with any order: misread characters. Prints a line a page and the mean.
"""

import re
import sys
import unicodedata
from pathlib import Path

from rapidfuzz.distance import Levenshtein

_OUT = re.compile(
    r"<!--.*?-->|<table.*?</table>|\$\$.*?\$\$|\$[^$\n]+\$|!\[[^\]]*\]\([^)]*\)|^\|[^\n]*|^\[\^[^\]]+\]:[^\n]*|\[\^[^\]]+\]"
    r"|^[*_]*(?:figure|fig\.|table|abb\.|tab\.)\s*\w{1,4}[.:][^\n]*",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_MARKS = re.compile(r"^\s*(?:#+|[-*+]|\d+[.)])\s+|<[^>]+>|[*_`>\\]", re.MULTILINE)


def running_text(markdown: str) -> str:
    """The text without marks, formulas, tables, pictures, captions and notes; NFKC, white space single."""
    text = _MARKS.sub("", _OUT.sub(" ", markdown))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def main(references: Path, candidates: Path, names: list[str]) -> None:
    rates: list[float] = []
    for path in sorted(references.rglob("*.md")):
        name = str(path.relative_to(references).with_suffix(""))
        found = [candidates / f"{name}_pg1_repeat1.md", candidates / f"{name}.md"]
        if names and not any(part in name for part in names):
            continue
        want = running_text(path.read_text(encoding="utf-8"))
        got = running_text(next((p.read_text(encoding="utf-8") for p in found if p.exists()), ""))
        a, b = " ".join(sorted(want.split())), " ".join(sorted(got.split()))
        rates.append(Levenshtein.distance(want, got) / max(1, len(want)))
        spelling = Levenshtein.distance(a, b) / max(1, len(want))
        print(f"{rates[-1]:.4f}  sorted {spelling:.4f}  {len(want):6d} characters  {name}")
    if rates:
        print(f"{sum(rates) / len(rates):.4f}  mean over {len(rates)} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
