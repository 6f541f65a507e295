"""The remote reader against the real vLLM with a tiny random model: make test-vllm. Deselected otherwise.

The same pictures go through transformers. The model's tokens are single characters (tests/with_vllm/tiny_model.py),
so that equal texts are equal tokens.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from leafbeam.answers.families import Family
from leafbeam.errors import EXIT_SOME_PAGES_FAILED
from leafbeam.remote.client import Answer, Client, Question, Server
from leafbeam.remote.launch import DRAFTS_MODEL
from leafbeam.types import StopReason

pytestmark = pytest.mark.vllm

MOST_TOKENS = 96
# Float32, as transformers reads it; a share of the memory that a shared machine has; no minutes of compilation
VLLM_FLAGS = ("--dtype", "float32", "--gpu-memory-utilization", "0.1", "--enforce-eager")
# width, height, distance of the lines; the last is all but blank
PAGES = ((170, 220, 60), (600, 800, 14), (800, 600, 60), (1190, 1540, 14), (300, 300, 0), (220, 170, 14))
SCRIPTS = Path(__file__).resolve().parents[1] / "with_vllm"


@dataclass(frozen=True)
class Expected:
    """What transformers answers."""

    tokens: list[str]
    ended: bool


@dataclass(frozen=True)
class Running:
    """A server of ours: its address and the mark in the environment of all its processes."""

    url: str
    mark: str


@pytest.fixture(scope="module")
def environment() -> Path:
    """The folder of programs of an environment with vLLM."""
    given = os.environ.get("LEAFBEAM_VLLM_BIN")
    assert given, "run make test-vllm: it installs vLLM and names the place in LEAFBEAM_VLLM_BIN"
    return Path(given).resolve()


@pytest.fixture(scope="module")
def model(environment, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "LightOnOCR-2-tiny"  # the name tells the family
    _scripted(environment, "make", str(folder))
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    return [_drawn(folder / f"page{number}.png", number) for number in range(len(PAGES))]


@pytest.fixture(scope="module")
def expected(environment, model, pictures) -> list[Expected]:
    said = _scripted(environment, "read", str(model), str(MOST_TOKENS), *map(str, pictures))
    return [Expected(**json.loads(line)) for line in said.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def server(environment, model) -> Iterator[Running]:
    with _serving(environment, model) as running:
        yield running


def test_the_examples_cover_both_ends(expected):
    assert len(expected) == len(PAGES)
    assert {one.ended for one in expected} == {True, False}
    assert len({"".join(one.tokens) for one in expected}) == len(PAGES), "the picture decides about the answer"


def test_answers_are_those_of_transformers_token_by_token(server, model, pictures, expected):
    for answer, truth in zip(_asked(server.url, model, pictures), expected, strict=True):
        _same(answer, truth)


def test_so_they_are_with_many_in_flight(server, model, pictures, expected):
    answers = _asked(server.url, model, pictures * 4, at_once=True)
    for answer, truth in zip(answers, expected * 4, strict=True):
        _same(answer, truth)


def test_an_answer_is_seen_while_it_grows_and_can_be_cut(server, model, pictures, expected):
    seen: list[str] = []

    def watch(text: str) -> bool:
        seen.append(text)
        return len(text) >= 10

    (answer,) = _asked(server.url, model, pictures[:1], watch=watch)
    assert answer.stop is StopReason.LOOP
    assert 2 <= len(seen) <= 10
    assert "".join(expected[0].tokens).startswith(answer.text)


def test_a_server_for_one_run(environment, model, pictures, expected, tmp_path):
    number = next(number for number, one in enumerate(expected) if one.ended)
    flags = ", ".join(json.dumps(flag) for flag in VLLM_FLAGS)
    options = tmp_path / "options.toml"
    options.write_text(f"[remote]\ntemperature = 0\nfallback = false\nserver_arguments = [{flags}]\n")
    mark = uuid.uuid4().hex
    where = ("--options", str(options), "-o", str(tmp_path / "out"), "--to", "txt")
    done = subprocess.run(
        _leafbeam("read", str(pictures[number]), "--server", "auto", "--model", str(model), *where),
        env=_environ(environment, mark),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (written,) = (tmp_path / "out").rglob("*.txt")
    letters = re.sub(r"\W", "", "".join(expected[number].tokens))
    assert re.sub(r"\W", "", written.read_text("utf-8")) == letters
    assert not _alive(mark), "vLLM outlived the run"


@pytest.fixture(scope="module")
def drafting(environment, model) -> Iterator[Running]:
    with _serving(environment, model, "--drafts") as running:
        yield running


@pytest.mark.parametrize("at_once", [False, True])
def test_drafts_change_the_number_of_steps_and_nothing_else(drafting, model, pictures, expected, at_once):
    right = ["".join(one.tokens) for one in expected]
    wrong = ["Nothing of this is on the page, " * 8] * len(right)
    steps = {}
    for name, drafts in {
        "none": [None] * len(right),
        "right": right,
        "wrong": wrong,
        "other": right[1:] + right[:1],
    }.items():
        before = _metric(drafting.url, "vllm:iteration_tokens_total_count")
        answers = _asked(drafting.url, model, pictures, at_once=at_once, drafts=drafts)
        steps[name] = _metric(drafting.url, "vllm:iteration_tokens_total_count") - before
        for answer, truth in zip(answers, expected, strict=True):
            _same(answer, truth)
    print(f"steps of the model for {sum(len(one.tokens) for one in expected)} tokens: {steps}")
    assert steps["right"] < steps["none"] / 2
    assert steps["right"] < steps["wrong"] / 2


def test_a_server_with_drafts_says_so(drafting, model):
    async def models() -> tuple[str, ...]:
        async with Client(Server(drafting.url, ""), 1) as client:
            return await client.models()

    assert asyncio.run(models()) == (str(model), DRAFTS_MODEL)


def test_a_document_reads_the_same_with_drafts_and_without(drafting, tmp_path):
    options = tmp_path / "options.toml"
    options.write_text(f"[remote]\ntemperature = 0\nmax_tokens = {MOST_TOKENS}\nattempts = 1\n")
    sample = SCRIPTS.parents[1] / "examples" / "paper.pdf"
    written = []
    for flag in ("--drafts", "--no-drafts"):
        where = ("--server", drafting.url, "--options", str(options), "-o", str(tmp_path / flag), "--to", "json", flag)
        done = subprocess.run(
            _leafbeam("read", str(sample), *where), capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode in (0, EXIT_SOME_PAGES_FAILED), done.stderr  # what a random model writes may not pass
        (path,) = (tmp_path / flag).rglob("*.json")
        pages = json.loads(path.read_text("utf-8"))["pages"]
        written.append([[block["text"] for block in page["blocks"]] for page in pages])
    assert any(written[0])
    assert written[0] == written[1]


# -- helpers ------------------------------------------------------------------------------------------------------


def _same(answer: Answer, truth: Expected) -> None:
    assert [token for token, _ in answer.tokens] == truth.tokens + ["<|im_end|>"] * truth.ended
    assert answer.text == "".join(truth.tokens)
    assert answer.stop is (StopReason.END if truth.ended else StopReason.LENGTH)
    assert answer.tokens_out == len(truth.tokens) + truth.ended
    assert all(value <= 0 for _, value in answer.tokens)


def _asked(url, model, pictures, watch=lambda text: False, at_once=False, drafts=None) -> list[Answer]:
    family = Family("v2", temperature=0.0, top_p=1.0, max_tokens=MOST_TOKENS)
    drafts = drafts or [None] * len(pictures)
    questions = [
        Question(picture.read_bytes(), "image/png", family, 0.0, MOST_TOKENS, draft=draft)
        for picture, draft in zip(pictures, drafts, strict=True)
    ]

    async def ask() -> list[Answer]:
        async with Client(Server(url, str(model)), 64) as client:
            if at_once:
                return list(await asyncio.gather(*(client.ask(question, watch) for question in questions)))
            return [await client.ask(question, watch) for question in questions]

    return asyncio.run(ask())


@contextlib.contextmanager
def _serving(environment: Path, model: Path, *flags: str) -> Iterator[Running]:
    """``leafbeam serve-model``; ended as service managers do, after which nothing may be left of it."""
    mark = uuid.uuid4().hex
    command = _leafbeam("serve-model", str(model), "--port", "0", "--context", "2048", *flags, "--", *VLLM_FLAGS)
    process = subprocess.Popen(
        command, env=_environ(environment, mark), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stdout.readline()
        match = re.search(r"http://\S+/v1", said)
        assert match, process.communicate(timeout=60)[1]
        yield Running(match[0], mark)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 130
        assert not _alive(mark), "serve-model left processes behind"
    finally:
        process.kill()
        process.communicate()


def _alive(mark: str) -> list[str]:
    """The commands of the processes with this mark that are there a moment later."""
    time.sleep(1.0)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


def _environ(environment: Path, mark: str) -> dict[str, str]:
    path = f"{environment}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "LEAFBEAM_TEST_MARK": mark}


def _leafbeam(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "leafbeam", *arguments]


def _scripted(environment: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(environment / "python"), str(SCRIPTS / "tiny_model.py"), *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _drawn(path: Path, number: int) -> Path:
    width, height, step = PAGES[number]
    chance = random.Random(number)
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    if step:
        for y in range(10, height - 20, step):
            pen.text((10, y), "".join(chance.choice("abc def ghi") for _ in range(width // 7)), fill="black")
    else:
        pen.line((20, 20, 60, 24), fill="grey")
    data = io.BytesIO()
    picture.save(data, "PNG")
    path.write_bytes(data.getvalue())
    return path


def _metric(url: str, name: str) -> float:
    """The sum of a counter of vLLM's."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/metrics") as response:
        lines = response.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name}{{"))
