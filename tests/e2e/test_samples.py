"""The sample documents that `make demo` shows."""

from __future__ import annotations

from pathlib import Path

from leafbeam.options import Options, OutputFormat, WriteOptions
from leafbeam.pipeline import convert
from leafbeam.report import Counts

SAMPLES = Path(__file__).parents[2] / "examples"
WORDS = {
    "paper": (
        "# Predicting High Water",
        "two constituents carry almost all",
        r"\omega_{i}",
        "Kilmory",
        "](paper.figures/p001-1.png)",
    ),
    "scan": ("Repair of the eastern lighthouse", "3 March 1931", "the scaffolding can be raised in May"),
    "receipt": ("QUAY STORES", "Newspaper", "20.53", "Thank you for your visit"),
}


def test_the_samples_read_as_they_are_printed(tmp_path: Path) -> None:
    inputs = [str(SAMPLES / name) for name in ("paper.pdf", "scan.jpg", "receipt.jpg")]
    options = Options(write=WriteOptions(to=(OutputFormat.MD, OutputFormat.HTML, OutputFormat.JSON)))
    summary = convert(inputs, tmp_path, options, lambda event: None)
    assert summary.counts == Counts(3, ok=3)
    for name, expected in WORDS.items():
        text = (tmp_path / f"{name}.md").read_text()
        for words in expected:
            assert words in text
        assert (tmp_path / f"{name}.html").stat().st_size > 1000
    assert list((tmp_path / "paper.figures").glob("*.png"))
