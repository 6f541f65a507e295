"""The part of the vLLM plug-in that needs no vLLM; with a real one: make test-vllm."""

from __future__ import annotations

import pytest
from leafbeam_vllm.pages import Pages
from leafbeam_vllm.switch import Switch

from leafbeam.drafts import Encoded

PAGE = "The quick brown fox jumps over the lazy dog and then it sleeps in the shade of an old tree."


def characters(text: str) -> Encoded:
    return Encoded([ord(one) for one in text], list(range(len(text))))


@pytest.fixture
def pages() -> Pages:
    return Pages(characters, lambda tokens: "".join(map(chr, tokens)), 16)


def write(pages: Pages, request: str, draft: str, page: str, most: int = 16) -> int:
    """The steps that a model needs which writes this page whatever is proposed."""
    written = [ord(page[0])]
    steps = 1
    while len(written) < len(page):
        proposal = pages.propose(request, draft, written, min(most, len(page) - len(written) - 1))
        right = page[len(written) :]
        agreed = 0
        while agreed < len(proposal) and proposal[agreed] == ord(right[agreed]):
            agreed += 1
        written += [ord(one) for one in right[: agreed + 1]]
        steps += 1
    return steps


def test_a_right_draft_saves_steps(pages):
    assert write(pages, "a", PAGE, PAGE) < len(PAGE) / 3
    assert write(pages, "b", "", PAGE) > len(PAGE) * 0.8


def test_each_request_has_its_own_draft_and_place(pages):
    first = [ord(one) for one in PAGE[:40]]
    other = [ord(one) for one in "Nothing"]
    for _ in range(2):
        said = pages.propose("a", PAGE, first, 16)
        assert bytes(said).decode() == PAGE[40 : 40 + len(said)]
        assert said
        said = pages.propose("b", "Nothing is here but a line.", other, 16)
        assert bytes(said).decode() == " is here but a line."[: len(said)]


def test_no_more_is_proposed_than_there_is_room_for(pages):
    assert pages.propose("a", PAGE, [ord("T")], 0) == []
    assert pages.propose("a", PAGE, [ord("T")], -3) == []
    assert len(pages.propose("a", PAGE, [ord("T")], 3)) <= 3


def test_finished_requests_are_forgotten(pages):
    pages.propose("a", PAGE, [ord("T")], 4)
    pages.propose("b", PAGE, [ord("T")], 4)
    pages.forget_all_but({"b": None})
    assert set(pages._pages) == {"b"}


def test_the_proposer_class_proposes_nothing_for_each_row():
    switch = Switch(None)
    switch.load_model(None)
    assert switch.propose([[1], [], [2, 3]], None, None, slot_mappings=None) == [[], [], []]
