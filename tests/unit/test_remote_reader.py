"""The remote reader against a real HTTP server that plays each fault."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chat_server import Asked, ChatServer, Fail, Say, page_picture

from leafbeam.errors import ReaderError
from leafbeam.options import ImageFormat, RemoteOptions
from leafbeam.remote.reader import RemoteReader
from leafbeam.types import (
    Asset,
    Block,
    BlockKind,
    Box,
    Frame,
    PageImage,
    PageRef,
    Reading,
    Source,
    SourceKind,
    StopReason,
    Usage,
    Word,
    WordOrigin,
)

LOOP = "The cat sat on the mat, and then. " * 60
SOURCE = Source("pages.pdf", SourceKind.PDF, Path("pages.pdf"), "0" * 64, 1000, (0,), "pages")


def image(page: int) -> PageImage:
    return PageImage(PageRef(SOURCE, page), page_picture(page), 72.0)


def images(count: int) -> Iterator[PageImage]:
    return (image(page) for page in range(count))


def good(asked: Asked) -> Say:
    return Say(f"# Page {asked.page}\n\nText of page {asked.page}.")


def read(script, count: int = 1, **options) -> tuple[list[Reading], ChatServer]:
    with ChatServer(script) as server:
        settings = {"patience_s": 20.0, "concurrency": 8, **options}
        with RemoteReader(RemoteOptions(server=server.url, **settings)) as reader:
            return list(reader.read(images(count))), server


def first(*acts):
    """The acts in turn for each page, then good answers."""
    return lambda asked: acts[asked.attempt] if asked.attempt < len(acts) else good(asked)


def test_a_page_becomes_blocks():
    (reading,), _ = read(good)
    assert [(block.kind, block.text) for block in reading.blocks] == [
        (BlockKind.HEADING, "Page 0"),
        (BlockKind.PARAGRAPH, "Text of page 0."),
    ]
    assert reading.stop is StopReason.END
    assert reading.usage.attempts == 1
    assert reading.usage.tokens_in == 7
    assert not reading.problems
    assert reading.blocks[1].confidence == pytest.approx(np.exp(-0.1), abs=1e-6)
    assert len(reading.line_confidences) == len(reading.text.split("\n")) == 3
    assert reading.line_confidences[1] is None
    assert reading.line_confidences[::2] == pytest.approx((np.exp(-0.1), np.exp(-0.1)), abs=1e-6)


def test_the_picture_goes_alone_and_small_enough():
    (_,), server = read(good)
    (asked,) = server.asked
    assert [part["type"] for part in asked.body["messages"][0]["content"]] == ["image_url"]
    assert len(asked.body["messages"]) == 1
    assert asked.body["temperature"] == 0.2
    assert asked.body["top_p"] == 0.9
    assert asked.body["max_tokens"] >= 4096


def test_a_large_page_is_made_smaller():
    with (
        ChatServer(good) as server,
        RemoteReader(RemoteOptions(server=server.url, image_format=ImageFormat.JPEG)) as reader,
    ):
        big = PageImage(PageRef(SOURCE, 0), page_picture(0, 1700, 2200), 200.0)
        list(reader.read([big]))
    assert server.asked[0].size == (1190, 1540)
    assert server.asked[0].body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/jpeg;")


def test_readings_come_in_order_whatever_the_server_does():
    readings, _ = read(lambda asked: Say(f"Text {asked.page}", pause_s=0.05 if asked.page % 3 == 0 else 0), count=30)
    assert [reading.ref.index for reading in readings] == list(range(30))
    assert [reading.blocks[0].text for reading in readings] == [f"Text {page}" for page in range(30)]


@pytest.mark.parametrize(
    "fault",
    [
        Fail(503),
        Fail(429, {"Retry-After": "0.2"}),
        Fail(500),
        Fail(kind="reset"),
        Fail(kind="garbage"),
        Fail(200, text="<html>", content_type="text/html"),
        Say("Half of", finish=None),
    ],
    ids=["503", "429", "500", "reset", "garbage", "html", "half"],
)
def test_what_may_pass_is_tried_again(fault):
    (reading,), server = read(first(fault, fault))
    assert reading.blocks[0].text == "Page 0"
    assert len(server.asked) == 3
    assert reading.usage.attempts == 1  # the model was asked once: the others were no answers
    assert not reading.problems


@pytest.mark.parametrize("limits", [{"idle_timeout_s": 0.4}, {"answer_timeout_s": 1.0}], ids=["silence", "slow drip"])
def test_an_answer_that_does_not_come_is_asked_for_again(limits):
    pause_s = 30.0 if "idle_timeout_s" in limits else 0.15
    (reading,), server = read(first(Say("Drip by drip by drip by drip", piece=1, pause_s=pause_s)), **limits)
    assert reading.blocks[0].text == "Page 0"
    assert len(server.asked) == 2


def test_a_loop_is_cut_while_it_is_written_and_asked_again_warmer():
    (reading,), server = read(first(Say("A heading.\n\n" + LOOP * 50, pause_s=0.001)))
    assert reading.blocks[0].text == "Page 0"
    assert reading.usage.attempts == 2
    assert server.asked[1].body["temperature"] == pytest.approx(0.4)
    assert [problem.kind for problem in reading.problems] == ["retried"]
    assert server.cut == 1  # the looping stream was left before its end


def test_a_page_that_always_loops_keeps_its_text_once_and_says_so():
    text = "A first paragraph that is fine.\n\n" + LOOP
    (reading,), server = read(lambda asked: Say(text), attempts=3)
    assert len(server.asked) == 3
    joined = " ".join(block.text for block in reading.blocks)
    assert joined.count("The cat sat on the mat") <= 2
    assert "A first paragraph" in joined
    assert reading.stop is StopReason.LOOP
    assert reading.problems[-1].kind == "model-loop"


def test_a_cut_off_answer_is_asked_in_two_halves():
    def script(asked: Asked) -> Say:
        if asked.attempt == 0:
            return Say("Only the beginning of a very long page", finish="length")
        return Say(
            ["Row one of the upper part.\n\nThe row in the middle.", "The row in the middle.\n\nThe last row."][0]
        )

    (reading,), server = read(script)
    assert len(server.asked) == 3
    assert reading.problems[0].kind == "retried"


def test_halves_of_a_page_are_drawn_finer_than_the_page_was():
    class Redraw:
        def __call__(self, ref: PageRef) -> PageImage:
            return PageImage(ref, page_picture(0, 1200, 1560), 216.0)

        def close(self) -> None:
            pass

    answers = [Say("Cut off", finish="length"), Say("Sheep above."), Say("Goats further down.")]
    with ChatServer(lambda asked: answers[asked.attempt]) as server:
        reader = RemoteReader(RemoteOptions(server=server.url), redraw=Redraw())
        with reader:
            (reading,) = reader.read(images(1))
    assert [asked.size[0] for asked in server.asked] == [400, 1200, 1200]
    assert [block.text for block in reading.blocks] == ["Sheep above.", "Goats further down."]


def test_readings_come_as_they_are_done_each_once_and_with_its_number():
    def script(asked: Asked) -> Say:
        return Say(f"Text {asked.page}", piece=2, pause_s=0.2 if asked.page == 0 else 0)

    with ChatServer(script) as server, RemoteReader(RemoteOptions(server=server.url, concurrency=2)) as reader:
        done = list(reader.read_as_done(images(30)))
    assert sorted(number for number, _ in done) == list(range(30))
    assert all(reading.blocks[0].text == f"Text {number}" for number, reading in done)
    assert done[0][0] != 0


def test_one_connection_serves_many_pages():
    _, server = read(good, count=12, concurrency=1)
    ports = {asked.port for asked in server.asked}
    assert len(server.asked) == 12
    assert len(ports) == 1


def test_an_empty_answer_to_a_page_with_ink_is_asked_turned():
    (reading,), _ = read(lambda asked: Say("") if asked.size[0] < asked.size[1] else Say("Found at last."))
    assert reading.blocks[0].text == "Found at last."
    assert reading.frame.rotation == 90


def test_a_page_says_which_rules_mended_its_formulas():
    readings, _ = read(
        lambda asked: Say("Let $\\frac{a}{b$ be, and $x^2$." if asked.page else "Let $x^2$ be."), count=2
    )
    assert [reading.repairs for reading in readings] == [(), ("braces",)]
    (off, _), _ = read(lambda asked: Say("$\\frac{a}{b$"), count=2, formula_rules_off=("braces",))
    assert off.repairs == ()
    assert [problem.kind for problem in off.problems] == ["formula"]


def test_a_blank_page_never_reaches_the_model():
    with ChatServer(good) as server, RemoteReader(RemoteOptions(server=server.url)) as reader:
        white = PageImage(PageRef(SOURCE, 0), np.full((800, 600, 3), 250, np.uint8), 72.0)
        (reading,) = reader.read([white])
    assert reading.blank
    assert server.asked == []


def test_a_refused_page_does_not_stop_the_others():
    readings, _ = read(lambda asked: Fail(400, text="image too large") if asked.page == 1 else good(asked), count=3)
    assert [reading.problems[0].kind if reading.problems else "" for reading in readings] == ["", "model-refused", ""]
    assert "image too large" in readings[1].problems[0].message


def test_the_offline_reader_stands_in():
    class Witness(contextlib.nullcontext):
        def __call__(self, ref: PageRef) -> Reading:
            return Reading(ref, "Seen offline.", StopReason.END, Usage(), "offline", blocks=())

    with ChatServer(lambda asked: Fail(400, text="no")) as server:
        reader = RemoteReader(RemoteOptions(server=server.url), Witness())
        with reader:
            (reading,) = reader.read(images(1))
    assert reading.reader == "remote+offline"
    assert reading.text == "Seen offline."


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, (0, 0)),
        (
            {
                "usage": {
                    "completion_tokens_details": {"accepted_prediction_tokens": 5, "rejected_prediction_tokens": 2}
                }
            },
            (7, 5),
        ),
        ({"usage": {"completion_tokens_details": {"reasoning_tokens": 0}}}, (0, 0)),
        ({"timings": {"draft_n": 20, "draft_n_accepted": 15}}, (20, 15)),
    ],
)
def test_a_server_may_tell_how_many_drafted_tokens_it_took(told, expected):
    (reading,), _ = read(lambda asked: Say("A page of a book.", told=told))
    assert (reading.usage.drafted, reading.usage.accepted) == expected


def test_a_page_that_loops_every_time_is_finished_by_the_offline_reader():
    first = "The harbour was closed for the winter and all boats were drawn up on the shingle beach."
    second = "In spring the ice went out within one night, and by noon the first sail was seen."
    written, asked_for = first.replace("harbour", "*harbour*"), []

    class Witness(contextlib.nullcontext):
        def __call__(self, ref: PageRef) -> Reading:
            asked_for.append(ref)
            blocks = tuple(Block(BlockKind.PARAGRAPH, text, box=Box(0.1, 0.1, 0.9, 0.2)) for text in (first, second))
            text, frame = f"{first}\n\n{second}", Frame(400.0, 520.0)
            return Reading(ref, text, StopReason.END, Usage(), "offline", blocks=blocks, frame=frame)

    with (
        ChatServer(
            lambda asked: Say(f"{first.replace('harbour', '*harbour*')}\n\n" + "over and over again " * 400)
        ) as server,
        RemoteReader(RemoteOptions(server=server.url), Witness(), words=True) as reader,
    ):
        (reading,) = reader.read(images(1))
    assert [block.text for block in reading.blocks] == [written, second]
    assert reading.reader == "remote+offline"
    assert reading.stop is StopReason.LOOP
    (problem,) = reading.problems
    assert problem.kind == "model-loop"
    assert "blocks 2" in problem.message
    assert len(asked_for) == 1


def test_words_and_figures_take_their_places_from_the_offline_reader():
    box, where = Box(0.1, 0.2, 0.3, 0.25), Box(0.2, 0.5, 0.8, 0.9)

    class Witness(contextlib.nullcontext):
        def __call__(self, ref: PageRef) -> Reading:
            words = (Word("Tcxt", box, 0.8, WordOrigin.DETECTOR),)
            figure = Block(BlockKind.FIGURE, asset="p001-1.png", box=where)
            return Reading(
                ref,
                "Tcxt",
                StopReason.END,
                Usage(),
                "offline",
                blocks=(figure,),
                words=words,
                assets=(Asset("p001-1.png", where, b"png"),),
                frame=Frame(400.0, 520.0),
            )

    with (
        ChatServer(lambda asked: Say("Text\n\n![image](image_1.png)")) as server,
        RemoteReader(RemoteOptions(server=server.url), Witness(), words=True) as reader,
    ):
        (reading,) = reader.read(images(1))
    assert [(word.text, word.box) for word in reading.words] == [("Text", box)]
    assert [block.box for block in reading.blocks] == [box, where]
    assert reading.blocks[1].asset == reading.assets[0].name
    assert reading.assets[0].data == b"png"
    assert not reading.problems


def test_a_field_the_server_does_not_know_is_left_out():
    def script(asked: Asked):
        return Fail(400, text="logprobs is not supported") if "logprobs" in asked.body else good(asked)

    readings, server = read(script, count=5, concurrency=1)
    assert all(reading.blocks for reading in readings)
    assert len(server.asked) == 6  # asked once with it, then never again
    assert readings[0].token_logprobs is None
    assert readings[0].line_confidences is None


def test_wrong_keys_and_missing_servers_say_what_to_do():
    with pytest.raises(ReaderError, match="--api-key-env"):
        read(lambda asked: Fail(401))
    with pytest.raises(ReaderError, match="--server"), RemoteReader(RemoteOptions(server="http://127.0.0.1:9")):
        pass


def test_the_key_is_sent_and_never_shown():
    (_,), server = read(good, api_key="secret-key")
    assert server.asked[0].headers["Authorization"] == "Bearer secret-key"
    assert "secret-key" not in repr(RemoteOptions(api_key="secret-key"))


def test_a_server_that_restarts_loses_nothing():
    readings: list[Reading] = []
    with ChatServer(lambda asked: Say(f"Text {asked.page}", pause_s=0.02)) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        reader = RemoteReader(RemoteOptions(server=server.url, concurrency=4, patience_s=30)).__enter__()
        stream = reader.read(images(40))
        readings += [next(stream) for _ in range(5)]
    with ChatServer(lambda asked: Say(f"Text {asked.page}"), port=port):
        readings += list(stream)
        reader.__exit__(None, None, None)
    assert [reading.blocks[0].text for reading in readings] == [f"Text {page}" for page in range(40)]


def test_no_more_requests_in_flight_than_allowed():
    _, server = read(lambda asked: Say("Some text.", pause_s=0.02), count=40, concurrency=6)
    assert server.most_in_flight <= 6
