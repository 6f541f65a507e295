"""Readers by name, and the stand-in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leafbeam.errors import UsageError
from leafbeam.options import LocalOptions, Options, OutputFormat, RemoteOptions, WriteOptions
from leafbeam.recognise import Reader, ScriptedReader, open_reader, open_together
from leafbeam.types import Block, BlockKind, PageImage, PageRef, Source, SourceKind, StopReason

TEXT = (Block(BlockKind.PARAGRAPH, "one"), Block(BlockKind.PARAGRAPH, "two"))


def image(index: int) -> PageImage:
    source = Source("a.pdf", SourceKind.PDF, Path("a.pdf"), "", 3, (0, 1, 2), "a")
    return PageImage(PageRef(source, index), np.zeros((4, 3, 3), np.uint8), 72.0)


def test_the_stand_in_reads_what_it_was_given_in_order() -> None:
    reader: Reader = ScriptedReader({1: TEXT})
    with reader:
        readings = list(reader.read([image(1), image(0)]))
    assert [reading.ref.index for reading in readings] == [1, 0]
    assert readings[0].blocks == TEXT
    assert readings[0].text == "one\n\ntwo"
    assert readings[0].stop is StopReason.END
    assert not readings[0].blank
    assert readings[1].blank


def test_an_unknown_reader_is_named_with_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="'offlin': did you mean 'offline'"):
        open_reader(Options(reader="offlin"))
    with pytest.raises(UsageError, match="known: offline"):
        open_reader(Options(reader="zzz"))


@pytest.mark.parametrize("reader", ["remote", "local"])
@pytest.mark.parametrize(
    ("locate", "to", "asked"),
    [
        (False, OutputFormat.JSON, False),
        (True, OutputFormat.JSON, True),
        (False, OutputFormat.PDF, True),
    ],
)
def test_words_are_placed_where_that_is_asked_for(
    reader: str, locate: bool, to: OutputFormat, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("aiohttp" if reader == "remote" else "torch", reason="that reader's extra is not installed")
    given: list[bool] = []
    kind = f"leafbeam.{reader}.reader.{reader.capitalize()}Reader"
    monkeypatch.setattr(kind, lambda options, witness, words, redraw: given.append(words))
    options = Options(
        reader=reader,
        remote=RemoteOptions(server="http://127.0.0.1:9/v1", locate=locate),
        local=LocalOptions(locate=locate),
        write=WriteOptions(to=(to,)),
    )
    open_together(options)
    assert given == [asked]
