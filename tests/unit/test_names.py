"""Output names: mirrored, unique, and never outside the output folder."""

from __future__ import annotations

import os

import pytest

from leafbeam.names import display_name, relative_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/b.pdf"], ["a/b"]),
        (["b.pdf", "b.png"], ["b.pdf", "b.png"]),
        (["B.pdf", "b.png", "c.pdf"], ["B.pdf", "b.png", "c"]),
        (["b.pdf", "b.pdf", "b.pdf"], ["b.pdf", "b.pdf-2", "b.pdf-3"]),
        (["b.pdf", "b.pdf", "b.pdf-2"], ["b.pdf", "b.pdf-3", "b.pdf-2"]),
        (["b.pdf.pdf", "b.pdf", "b.png"], ["b.pdf.pdf", "b.pdf", "b.png"]),
        (["x.pdf/page.png", "x.png"], ["x.pdf/page", "x.png"]),
        (["report.v2", "scan.txt"], ["report.v2", "scan.txt"]),
        (["../../etc/passwd.pdf", "/abs.pdf", "a/./b.pdf"], ["etc/passwd", "abs", "a/b"]),
        (["..", "/", ""], ["unnamed", "unnamed-2", "unnamed-3"]),
        (["con.pdf", "LPT1.png", "a:b?.pdf", "back\\slash.pdf"], ["_con", "_LPT1", "a_b_", "back_slash"]),
        (["new\nline\x7f.pdf", "dot. .pdf", ".hidden.pdf"], ["new_line_", "dot", "_hidden"]),
        (["\u202egpj.pdf", "\U0001f600.pdf"], ["gpj", "\U0001f600"]),
    ],
)
def test_relative_names(paths: list[str], names: list[str]) -> None:
    assert relative_names(paths) == names


def test_long_names_are_cut_and_stay_apart() -> None:
    first, second = relative_names(["é" * 120 + "a.pdf", "é" * 120 + "b.pdf"])
    assert first != second
    assert max(len(first.encode()), len(second.encode())) <= 180


def test_display_names_are_one_printable_line() -> None:
    assert display_name("a\nb\x1b[31m\u202e.pdf") == "a\\u000ab\\u001b[31m\\u202e.pdf"
    assert display_name(os.fsdecode(b"\xff.pdf")) == "\\xff.pdf"
