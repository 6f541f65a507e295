"""Word F1 of recognition on page images, leafbeam's offline reader beside plain rapidocr (PP-OCRv6 small) in one run.

python benchmarks/word_f1.py SET_DIR RIVAL_PYTHON [--all] [--fast]

SET_DIR holds bench/pdfs, reference_md and manifest.jsonl; RIVAL_PYTHON has rapidocr (benchmarks/rivals.txt). Bags of
words (NFKC, case kept, each CJK character a word) are compared with the reference Markdown; both engines see the same
200 dpi pixels and no text layer. ``--all`` adds the born-digital pages, ``--fast`` takes the fast profile.
"""

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path
from statistics import mean

from PIL import Image

from leafbeam.load import load_file
from leafbeam.offline.models import Models
from leafbeam.offline.recognition.ocr import read_lines
from leafbeam.offline.recognition.straighten import straighten
from leafbeam.options import InputOptions, OfflineOptions, Profile
from leafbeam.render import render_page
from leafbeam.types import PageRef

RIVAL = """import sys, rapidocr
engine = rapidocr.RapidOCR()
for path in sys.argv[1:]: open(path + ".txt", "w", encoding="utf-8").write("\\n".join(engine(path).txts or ()))"""
MARKS = re.compile(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>|\\[a-zA-Z]+")
WORD = re.compile(r"[\u2e80-\u9fff]|[^\W_\u2e80-\u9fff]+")


def f1(read: str, truth: str) -> float:
    a, b = (Counter(WORD.findall(unicodedata.normalize("NFKC", MARKS.sub(" ", text)))) for text in (read, truth))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def recognised(pdf: Path, picture: str, models: Models) -> str:
    """Our text of the first page; the pixels it was read from go to ``picture``."""
    source = load_file(pdf, pdf.name, pdf.stem, InputOptions(), Path(picture).parent)
    image = render_page(PageRef(source, 0), InputOptions())
    Image.fromarray(image.pixels_HWC).save(picture)
    return "\n".join(line.text for line in read_lines(straighten(image, models), models))


if __name__ == "__main__":
    folder, python = Path(sys.argv[1]), sys.argv[2]
    pages = [json.loads(line) for line in (folder / "manifest.jsonl").open(encoding="utf-8")]
    names = [p["pdf"][:-4] for p in pages if p["reference_md"] and ("--all" in sys.argv or p["kind"] != "born-digital")]
    models = Models(OfflineOptions(profile=Profile.FAST if "--fast" in sys.argv else Profile.ACCURATE, threads=2))
    with tempfile.TemporaryDirectory() as spool:
        pictures = [f"{spool}/{index}.png" for index in range(len(names))]
        ours = [recognised(folder / f"bench/pdfs/{n}.pdf", p, models) for n, p in zip(names, pictures, strict=True)]
        subprocess.run([python, "-c", RIVAL, *pictures], check=True, capture_output=True)
        rival = [Path(f"{picture}.txt").read_text(encoding="utf-8") for picture in pictures]
    truths = [(folder / f"reference_md/{name}.md").read_text(encoding="utf-8") for name in names]
    scores = [(f1(own, truth), f1(other, truth)) for own, other, truth in zip(ours, rival, truths, strict=True)]
    scores.append((mean(own for own, _ in scores), mean(other for _, other in scores)))
    for name, (own, other) in zip([*names, "mean"], scores, strict=True):
        print(f"leafbeam {own:.3f}  rapidocr {other:.3f}  {name}")
