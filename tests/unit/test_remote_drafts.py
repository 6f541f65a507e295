"""Drafts of pages: sent where the server says that it verifies them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from chat_server import Asked, ChatServer, Fail, Say, page_picture

from leafbeam.options import RemoteOptions
from leafbeam.remote.drafts import draft_of
from leafbeam.remote.launch import DRAFTS_MODEL
from leafbeam.remote.reader import RemoteReader
from leafbeam.types import (
    Block,
    BlockKind,
    Cell,
    Frame,
    PageImage,
    PageRef,
    Reading,
    Source,
    SourceKind,
    StopReason,
    Table,
    Usage,
)

MODEL = "lightonai/LightOnOCR-2-1B"
SOURCE = Source("pages.pdf", SourceKind.PDF, Path("pages.pdf"), "0" * 64, 1000, (0,), "pages")


class Seen:
    """A witness that says the page's number, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def __call__(self, ref: PageRef) -> Reading:
        self.asked.append(ref.index)
        blocks = (Block(BlockKind.HEADING, f"Page {ref.index}", level=1), Block(BlockKind.PARAGRAPH, "As it is seen."))
        frame = Frame(400, 520)
        return Reading(ref, "", StopReason.END, Usage(), "offline", blocks=blocks, frame=frame)


def asked(script=lambda asked: Say("Text."), models=(MODEL, DRAFTS_MODEL), words=False, **options):
    """What the server was asked about two pages, and the pages that the witness was."""
    witness = Seen()
    with ChatServer(script, models=models) as server:
        settings = RemoteOptions(server=server.url, patience_s=20.0, **options)
        with RemoteReader(settings, witness, words) as reader:
            images = [PageImage(PageRef(SOURCE, page), page_picture(page), 72.0) for page in range(2)]
            readings = list(reader.read(images))
    assert [reading.ref.index for reading in readings] == [0, 1]
    return server.asked, witness.asked


def drafts(requests: list[Asked]) -> dict[int, str | None]:
    return {one.page: one.body.get("vllm_xargs", {}).get("leafbeam_draft") for one in requests}


def test_each_page_goes_with_its_own_draft():
    for options in ({}, {"model": MODEL}):
        requests, _ = asked(**options)
        assert drafts(requests) == {page: f"# Page {page}\n\nAs it is seen.\n" for page in range(2)}
        assert {one.body["model"] for one in requests} == {MODEL}


def test_no_draft_is_made_for_a_server_that_does_not_ask_for_it():
    for given in ({"models": (MODEL,)}, {"drafts": False}):
        requests, seen = asked(**given)
        assert drafts(requests) == {0: None, 1: None}
        assert seen == []


def test_only_the_first_attempt_has_a_draft():
    loop = "The cat sat on the mat, and then. " * 60
    requests, _ = asked(lambda asked: Say("Text.") if asked.attempt else Say(loop))
    assert {one.attempt: "vllm_xargs" in one.body for one in requests} == {0: True, 1: False}


def test_a_server_that_refuses_the_field_is_asked_without():
    requests, _ = asked(
        lambda asked: Fail(400, text='{"error": "vllm_xargs"}') if "vllm_xargs" in asked.body else Say("Text.")
    )
    assert drafts(requests) == {0: None, 1: None}


def test_a_page_is_read_once_for_its_draft_and_its_words():
    _, seen = asked(words=True)
    assert sorted(seen) == [0, 1]


def test_a_draft_is_written_as_models_write():
    table = Table(((Cell("a"), Cell("b")), (Cell("1"), Cell("2"))))
    blocks = (
        Block(BlockKind.HEADER, "Annual report"),
        Block(BlockKind.TABLE, table=table),
        Block(BlockKind.FOOTER, "page 3"),
    )
    reading = Reading(PageRef(SOURCE, 0), "", StopReason.END, Usage(), "offline", blocks=blocks)
    draft = draft_of(reading)
    assert draft.startswith("Annual report")
    assert "<td>1</td>" in draft
    assert draft.rstrip().endswith("page 3")
    assert draft_of(None) is None
    assert draft_of(Reading(PageRef(SOURCE, 0), "", StopReason.END, Usage(), "offline", blocks=())) is None
