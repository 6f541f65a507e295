"""The installed command with a model server that misbehaves: nothing lost, nothing twice, resumed after a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from chat_server import Act, Asked, ChatServer, Fail, Say

from leafbeam.write.spool import SPOOL_FOLDER


def numbered_pdf(path: Path, first: int, count: int, noisy: bool = False) -> Path:
    """Small pages with a line of text, each on paper of a white of its own, by which the server knows it.

    ``noisy`` pages have a picture that makes their files large.
    """
    pdf = pikepdf.new()
    noise = pdf.make_stream(random.Random(3).randbytes(240 * 300))
    noise.update(pikepdf.Dictionary(Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=240, Height=300))
    noise.update(pikepdf.Dictionary(ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8))
    picture = "q 160 0 0 200 20 20 cm /I Do Q" if noisy else ""
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(first, first + count):
        pdf.add_blank_page(page_size=(200, 260))
        red, green = 1 - (number % 64) / 255, 1 - (number // 64) / 255
        lines = " ".join(f"BT /F 14 Tf 20 {220 - 30 * i} Td (Page {number} line {i}) Tj ET" for i in range(6))
        content = f"{red:.6f} {green:.6f} 1 rg 0 0 200 260 re f {picture} 0 g {lines}"
        page = pdf.pages[-1]
        page.Contents = pdf.make_stream(content.encode())
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font), XObject=pikepdf.Dictionary(I=noise))
    pdf.save(path)
    return path


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "leafbeam", "read", *map(str, arguments)]


def texts_of(path: Path) -> list[str]:
    return [" ".join(block["text"] for block in page["blocks"]) for page in json.loads(path.read_text())["pages"]]


def high_water_mb(pid: int) -> float:
    """The most memory that a process has had so far; 0 for one that has ended."""
    try:
        told = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2]
    except OSError:
        return 0.0
    return int(told.split()[0]) / 1024 if told else 0.0


def test_five_hundred_pages_through_every_fault(tmp_path):
    dice = random.Random(7)
    faults = [
        Fail(429, {"Retry-After": "0.05"}),
        Fail(500),
        Fail(kind="reset"),
        Fail(kind="garbage"),
        Say("Ha", finish=None),
    ]

    def script(asked: Asked) -> Act:
        if asked.attempt < 3 and dice.random() < 0.1:
            return dice.choice(faults)
        if asked.attempt == 0 and asked.page % 50 == 7:
            return Say("over and over again " * 400)
        return Say(f"Text of page {asked.page}.", pause_s=0.002)

    def peak_mb(name: str, count: int, server: ChatServer) -> float:
        """The most memory that a run over so many pages had; all of them are there, in order."""
        pdf = numbered_pdf(tmp_path / f"{name}.pdf", 0, count, noisy=True)
        arguments = ("-o", tmp_path / "out", "--to", "json", "--server", server.url, "--concurrency", "64")
        log = tmp_path / f"{name}.log"
        with log.open("wb") as told:
            run = subprocess.Popen(command(pdf, *arguments, "--jobs", "1", "-q"), stdout=told, stderr=told)
        most_mb = 0.0  # not from wait4: Linux counts there what this process had when it forked
        while run.poll() is None:
            most_mb = max(most_mb, high_water_mb(run.pid))
            time.sleep(0.02)
        assert run.returncode == 0, log.read_text()
        wanted = [f"Text of page {page}." for page in range(count)]
        assert texts_of(tmp_path / "out" / f"{name}.json") == wanted
        return most_mb

    with ChatServer(script) as server:
        bound_mb = peak_mb("some", 120, server) + 30  # the pictures of the other 380 pages are 90 MB
        assert peak_mb("many", 500, server) < bound_mb
        assert server.most_in_flight <= 64


def test_a_killed_run_is_resumed_where_it_was(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        numbered_pdf(folder / f"d{number:02d}.pdf", 10 * number, 10)
    arguments = ("-o", tmp_path / "out", "--to", "json", "--concurrency", "4", "--resume", "-q")
    with ChatServer(lambda asked: Say(f"Text of page {asked.page}.", pause_s=0.05)) as server:
        process = subprocess.Popen(command(folder, *arguments, "--server", server.url))
        deadline = time.monotonic() + 120
        while len(list((tmp_path / "out").glob("*.json"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        finished = {path.name for path in (tmp_path / "out").glob("*.json")}
        assert 3 <= len(finished) < 12
        before = len(server.asked)
        done = subprocess.run(command(folder, *arguments, "--server", server.url), timeout=200)
        assert done.returncode == 0
        asked_again = {asked.page // 10 for asked in server.asked[before:]}
    assert not {f"d{number:02d}.json" for number in asked_again} & finished
    for number in range(12):
        wanted = [f"Text of page {page}." for page in range(10 * number, 10 * number + 10)]
        assert texts_of(tmp_path / "out" / f"d{number:02d}.json") == wanted


def test_a_run_killed_inside_a_document_asks_for_no_page_twice(tmp_path):
    pdf = numbered_pdf(tmp_path / "long.pdf", 0, 120)
    held = tmp_path / "out" / SPOOL_FOLDER

    def script(asked: Asked) -> Act:  # the first page takes long: those after it are done all the same
        return Say(f"Text of page {asked.page}.", pause_s=2.0 if asked.page == 0 else 0.02)

    def arguments(out: str, url: str, *more: str) -> list[str]:
        where = ("-o", tmp_path / out, "--to", "json", "--concurrency", "4", "--server", url, "--jobs", "1", "-q")
        return command(pdf, *where, *more)

    with ChatServer(script) as server:
        process = subprocess.Popen(arguments("out", server.url))
        deadline = time.monotonic() + 120
        while sum(server.answers.values()) < 60 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        answered = set(server.answers)
        before = len(server.asked)
        assert len(answered) >= 60
        assert [path.suffix for path in held.iterdir()] == [".pages"]
        assert subprocess.run(arguments("out", server.url, "--resume"), timeout=200).returncode == 0
        again = [asked.page for asked in server.asked[before:]]
        assert len(again) == len(set(again))
        assert len(answered & set(again)) <= 4  # answers that were on their way when the client was killed
        assert not held.exists()
        assert subprocess.run(arguments("whole", server.url), timeout=200).returncode == 0
    assert texts_of(tmp_path / "out" / "long.json") == [f"Text of page {page}." for page in range(120)]
    assert without_times(tmp_path / "out" / "long.json") == without_times(tmp_path / "whole" / "long.json")


def without_times(path: Path) -> object:
    document = json.loads(path.read_text())
    for page in document["pages"]:
        page["reading"]["usage"]["seconds"] = 0
    return document


@pytest.mark.parametrize("locate", [True, False])
def test_words_have_places_in_json_where_that_is_asked_for(tmp_path, locate):
    options = tmp_path / "options.toml"
    options.write_text(f"[remote]\nlocate = {str(locate).lower()}\n")
    letter = Path(__file__).parents[2] / "examples" / "scan.jpg"
    with ChatServer(lambda asked: Say("# Moller & Sons, Builders\n\nYours faithfully,")) as server:
        arguments = ("-o", tmp_path / "out", "--to", "json", "--server", server.url, "--options", options, "-q")
        assert subprocess.run(command(letter, *arguments), timeout=200).returncode == 0
    (page,) = json.loads((tmp_path / "out" / "scan.json").read_text())["pages"]
    words = {word["text"]: word["box"] for word in page["words"]}
    assert all((block["box"] is not None) is locate for block in page["blocks"])
    assert ("Moller" in words) is locate
    if locate:  # the closing line stands below the letter's head
        assert words["faithfully,"][1] > words["Builders"][3]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--server", "http://127.0.0.1:9/v1"), 7, "--server"),
        (("--reader", "remote"), 2, "--server"),
        (("--server", "http://127.0.0.1:9/v1", "--family", "v9"), 2, "v9"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_with_its_remedy(tmp_path, arguments, code, said):
    pdf = numbered_pdf(tmp_path / "one.pdf", 0, 1)
    done = subprocess.run(command(pdf, "-o", tmp_path / "out", *arguments), capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
