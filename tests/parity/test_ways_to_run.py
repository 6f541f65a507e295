"""Two ways to the same result: one worker or two, standard output or a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from samples import write_pdf

COMMAND = Path(sys.executable).parent / "leafbeam"


def leafbeam(*arguments: str | Path) -> bytes:
    """What the command writes to standard output."""
    done = subprocess.run([COMMAND, "read", *map(str, arguments), "-q"], capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_pdf(folder / "a.pdf", *(f"Page {number} of the first document" for number in range(1, 6)))
    write_pdf(folder / "b" / "c.pdf", "Another document", "", "with a page left blank")
    return folder


def test_one_worker_writes_what_two_write(inputs: Path, tmp_path: Path) -> None:
    trees = []
    for jobs in ("1", "2"):
        leafbeam(inputs, "-o", tmp_path / jobs, "--to", "md,html,txt,hocr,pdf", "--jobs", jobs)
        written = [path for path in (tmp_path / jobs).rglob("[!.]*") if path.is_file()]
        trees.append({path.relative_to(tmp_path / jobs): path.read_bytes() for path in written})
    assert len(trees[0]) == 10
    assert trees[0] == trees[1]


@pytest.mark.parametrize("form", ["md", "pdf"])
def test_standard_output_gets_what_a_folder_gets(inputs: Path, tmp_path: Path, form: str) -> None:
    path = inputs / "a.pdf"
    leafbeam(path, "-o", tmp_path, "--to", form)
    assert leafbeam(path, "--to", form) == (tmp_path / f"a.{form}").read_bytes()
