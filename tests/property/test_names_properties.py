"""Whatever the inputs are called, their outputs stay apart and inside the output folder."""

from __future__ import annotations

import os

from hypothesis import example, given
from hypothesis import strategies as st

from leafbeam.names import relative_names

PARTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["..", ".", "", "a", "A", "a.pdf", "a.PNG", "a.pdf-2", "b.md", "con", "nul.txt", "\udcff", " ", "x" * 300]
    ),
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.lists(PATHS, max_size=8))
@example(["a.pdf", "a.png", "a.pdf-2", "a.pdf"])
def test_unique_and_inside(paths: list[str]) -> None:
    names = relative_names(paths)
    assert len(names) == len(paths)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert name
        assert not name.startswith("/")
        assert os.path.normpath(os.path.join("/out", name)) == os.path.join("/out", name)
        assert name.isprintable() or all(ord(char) >= 32 for char in name)
        assert all(0 < len(part.encode()) <= 200 and part not in (".", "..") for part in name.split("/"))
        assert all(part == part.rstrip(". ") for part in name.split("/"))
