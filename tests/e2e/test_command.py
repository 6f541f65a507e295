"""The installed command, as a person or a script runs it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import text_pdf, write_pdf

from leafbeam import __version__

COMMAND = Path(sys.executable).parent / "leafbeam"


def leafbeam(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, *map(str, arguments)], input=stdin, cwd=cwd, capture_output=True, timeout=300, check=False
    )


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's files over HTTP on this machine."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return None

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_document_goes_to_standard_output_and_nothing_else_does(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", "Hello from page one", "Second page here")
    done = leafbeam("read", path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == "Hello from page one\n\n<!-- page 2 -->\n\nSecond page here\n"
    assert b"2 pages" in done.stderr
    assert leafbeam("read", path, "--quiet").stderr == b""


@pytest.mark.parametrize(("form", "between"), [("md", "\n"), ("txt", "\f")])
def test_documents_that_follow_each_other_stay_apart(tmp_path: Path, form: str, between: str) -> None:
    first, second = write_pdf(tmp_path / "a.pdf", "The one"), write_pdf(tmp_path / "b.pdf", "The other")
    done = leafbeam("read", first, second, "--to", form)
    assert done.stdout.decode() == f"The one\n{between}The other\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_behind_standard_output_is_said(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", "The one")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [COMMAND, "read", path], stdout=full, stderr=subprocess.PIPE, timeout=300, check=False, text=True
        )
    assert done.returncode == 1
    assert "cannot write to standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_comes_out_as_the_same_tree_in_every_format(tmp_path: Path) -> None:
    write_pdf(tmp_path / "in" / "a" / "b.pdf", "Inner document")
    write_pdf(tmp_path / "in" / "c.pdf", "Outer document")
    done = leafbeam("read", "in", "-o", "out", "--to", "md,html,json,txt,pdf,hocr", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    formats = ("hocr", "html", "json", "md", "pdf", "txt")
    expected = [f"{name}.{suffix}" for name in ("a/b", "c") for suffix in formats]
    assert files_below(tmp_path / "out") == sorted([".leafbeam-ledger.jsonl", *expected])
    assert (tmp_path / "out" / "a" / "b.md").read_text() == "Inner document\n"
    assert json.loads((tmp_path / "out" / "c.json").read_text())["pages"]
    again = leafbeam("read", "in", "-o", "out", "--to", "md,html,json,txt,pdf,hocr", "--resume", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stderr.count(b"skipped") == 2


def test_standard_input_and_a_url_are_documents_too(tmp_path: Path) -> None:
    done = leafbeam("read", "-", "--to", "txt", stdin=text_pdf(["Through the pipe"]))
    assert (done.returncode, done.stdout) == (0, b"Through the pipe\n")
    write_pdf(tmp_path / "site" / "paper.pdf", "From the net")
    with served(tmp_path / "site") as address:
        done = leafbeam("read", f"{address}/paper.pdf", "-o", tmp_path / "out")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out" / "paper.md").read_text() == "From the net\n"
        assert leafbeam("read", f"{address}/missing.pdf").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["locked.pdf"], 4, "--password"),
        (["locked.pdf", "--password", "wrong"], 4, "--password"),
        (["empty.pdf"], 3, "empty"),
        (["prose.pdf"], 3, "not a document"),
        (["nowhere.pdf"], 3, "nowhere.pdf"),
        (["void"], 5, "no document"),
        (["good.pdf", "--pages", "7"], 2, "7"),
        (["good.pdf", "--pages", "one"], 2, "one"),
        (["good.pdf", "empty.pdf", "-o", "out"], 10, "empty.pdf"),
        (["good.pdf", "--reader", "ofline"], 2, "did you mean 'offline'"),
        (["good.pdf", "--to", "md,docx", "-o", "out"], 2, "docx"),
        (["good.pdf", "--to", "md,txt"], 2, "-o FOLDER"),
        (["good.pdf", "--resume"], 2, "-o FOLDER"),
        (["void", "--to", "json"], 2, "-o FOLDER"),
        (["good.pdf", "--jobs", "-3"], 2, "jobs is -3"),
        (["good.pdf", "--options", "bad.toml"], 2, "did you mean 'reader'"),
        ([], 2, "Usage"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    write_pdf(tmp_path / "good.pdf", "Good")
    write_pdf(tmp_path / "locked.pdf", "Locked", password="secret")
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "prose.pdf").write_text("Dear reader, this is no PDF at all. " * 9)
    (tmp_path / "void").mkdir()
    (tmp_path / "bad.toml").write_text("raeder = 'offline'\n")
    done = leafbeam("read", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert done.stdout == b""


def test_the_password_opens_and_is_not_shown(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "locked.pdf", "Behind the door", password="secret")
    done = leafbeam("read", path, "--password", "secret")
    assert (done.returncode, done.stdout) == (0, b"Behind the door\n")
    done = leafbeam("read", path, "--password", "secret", "--to", "json")
    assert b"secret" not in done.stdout + done.stderr


def test_flags_override_the_option_file(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", "One", "Two", "Three")
    (tmp_path / "leafbeam.toml").write_text('[input]\npages = "2"\n[write]\nto = "txt"\n')
    done = leafbeam("read", path, "--options", tmp_path / "leafbeam.toml")
    assert done.stdout == b"Two\n"
    done = leafbeam("read", path, "--options", tmp_path / "leafbeam.toml", "--pages", "3,1", "--to", "md")
    assert done.stdout == b"Three\n\n<!-- page 1 -->\n\nOne\n"


def test_a_reader_that_stops_listening_ends_quietly(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", *(["many words " * 20] * 8))
    with subprocess.Popen(
        [COMMAND, "read", path, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_and_its_workers(tmp_path: Path, number: signal.Signals) -> None:
    for name in range(30):
        write_pdf(tmp_path / "in" / f"{name:02}.pdf", *(["words"] * 10))
    out = tmp_path / "out"
    before = signal.signal(number, signal.SIG_DFL)  # a shell without job control has what it starts behind it ignore it
    process = subprocess.Popen(
        [COMMAND, "read", tmp_path / "in", "-o", out], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    signal.signal(number, before)
    deadline = time.monotonic() + 120
    while not list(out.glob("*.md")) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = children(process.pid)
    assert workers
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_help_and_version_import_nothing_heavy() -> None:
    done = leafbeam("--version")
    assert (done.returncode, done.stdout.decode().strip()) == (0, f"leafbeam {__version__}")
    script = (
        "import sys; sys.argv = ['leafbeam', '--help']\n"
        "from leafbeam.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'openvino', 'onnxruntime', 'pypdfium2', 'pikepdf', 'PIL'} & set(sys.modules)\n"
        "sys.exit(sorted(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"read" in done.stdout


def test_doctor_tells_what_is_there() -> None:
    done = leafbeam("doctor")
    assert done.returncode == 0, done.stdout
    told = done.stdout.decode()
    for words in ("openvino", "layout_cdla.onnx", "hash as expected", "cores", "offline"):
        assert words in told


def test_a_script_without_a_main_guard_can_read(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "doc.pdf", "One", "Two")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, leafbeam\n"
        "document = leafbeam.read(sys.argv[1])\n"
        "print(leafbeam.to_markdown(document, leafbeam.Options().write), end='')\n"
        "print([page.ref.index for page in leafbeam.read_pages(sys.argv[1])])\n"
    )
    done = subprocess.run([sys.executable, script, path], capture_output=True, check=False, env=dict(os.environ))
    assert done.stdout == b"One\n\n<!-- page 2 -->\n\nTwo\n[0, 1]\n", done.stderr
