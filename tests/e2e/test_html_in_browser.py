"""The HTML page in a real browser: formulas are drawn, and nothing of the document runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import K, document, everything, paragraph

from leafbeam.options import WriteOptions
from leafbeam.types import Block
from leafbeam.write import to_html

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")


def shown(page: str, tmp_path: Path) -> str:
    """The page's elements after its scripts have run."""
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return re.sub(r"<(script|style)>.*?</\1>", "", done.stdout, flags=re.DOTALL)


def test_formulas_are_drawn_and_broken_ones_stay_readable(tmp_path: Path) -> None:
    blocks = (paragraph("So $x^2$."), Block(K.FORMULA, r"\frac{a}{b}", marker="(1)"), Block(K.FORMULA, r"\frac{a}{"))
    dom = shown(to_html(document(blocks), WriteOptions()), tmp_path)
    assert dom.count('class="katex"') == 2
    assert dom.count('class="katex-display"') == 1
    assert re.search(r'<div class="math display" title="[^"]+">\\frac\{a\}\{</div>', dom)


def test_nothing_of_the_document_runs(tmp_path: Path) -> None:
    attack = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    latex = r"\href{javascript:document.title='owned'}{x} \htmlData{a=b}{y}" + attack
    blocks = (paragraph(attack + " $x$"), Block(K.CODE, attack), Block(K.FORMULA, latex), *everything().pages[2].blocks)
    dom = shown(to_html(document(blocks), WriteOptions()), tmp_path)
    assert "<title>Closing</title>" in dom
    assert 'href="javascript' not in dom
    assert "<img" not in dom
