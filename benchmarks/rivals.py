"""Runs one rival over an olmOCR-bench folder and writes its candidate Markdown, with seconds a page.

python benchmarks/rivals.py RIVAL BENCH_DIR OUT_DIR

Run it with the Python of a venv of its own holding the rivals (benchmarks/rivals.txt); Tesseract, its languages and
poppler-utils come from Debian (TESSDATA_PREFIX names the languages' folder). Every rival runs as its users would run it
offline. Scripts of four languages are told to those that take them.
"""

import sys
import time
from pathlib import Path

from systems import tried

if __name__ == "__main__":
    name, bench, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    for pdf in sorted((bench / "pdfs").rglob("*.pdf")):
        target = out / pdf.relative_to(bench / "pdfs").with_name(f"{pdf.stem}_pg1_repeat1.md")
        target.parent.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        text = tried(name, str(pdf))
        target.write_text(text, encoding="utf-8")
        print(f"{name}\t{pdf.relative_to(bench / 'pdfs')}\t{time.perf_counter() - start:.2f}", flush=True)
