"""The sample documents that `make demo` shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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

README = Path(__file__).parents[2] / "README.md"


def test_the_python_that_readme_shows_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, rest = README.read_text("utf-8").partition("```python\n")
    shown = rest.partition("```")[0]
    for name in ("paper.pdf", "thick-book.pdf"):
        shutil.copy(SAMPLES / "paper.pdf", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    exec(compile(shown, str(README), "exec"), {})
    output = capsys.readouterr().out
    assert output.startswith("# Predicting High Water")
    assert output.splitlines()[-1].startswith("1 ")


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
