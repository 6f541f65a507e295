"""Drafts: a text is followed through errors, another order and marks; proposals never change what is written."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leafbeam.drafts import Alignment, Costs, Encoded, Lookback, Proposer, Trust

TALK = (
    "the layout of a page tells where reading begins and which column follows another while tables formulas figures "
    "headings notes captions keep their own place each model writes tokens one by one although most of them could be "
    "known beforehand from text that recognition already found with moderate errors and without structure because "
    "verification costs little compared with generation therefore drafts make decoding several times faster"
)
WORDS = TALK.split()


class Pieces:
    """A tokenizer of the usual kind in small: words with the blank before them, long ones in parts, signs alone."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.texts: list[str] = []

    def encode(self, text: str) -> Encoded:
        ids, starts = [], []
        for word in re.finditer(r" ?[A-Za-z]+|\d|\n+| |[^\sA-Za-z\d]", text):
            for at in range(0, len(word[0]), 5):
                piece = word[0][at : at + 5]
                if piece not in self.ids:
                    self.ids[piece] = len(self.texts)
                    self.texts.append(piece)
                ids.append(self.ids[piece])
                starts.append(word.start() + at)
        return Encoded(ids, starts)

    def decode(self, ids) -> str:
        return "".join(self.texts[token] for token in ids)


def prose(rng: random.Random, paragraphs: int) -> list[str]:
    return [" ".join(rng.choices(WORDS, k=rng.randrange(30, 60))).capitalize() + "." for _ in range(paragraphs)]


def misread(text: str, share: float, rng: random.Random) -> str:
    """Recognition errors: letters changed, lost and added."""
    out = []
    for letter in text:
        if rng.random() >= share or letter == "\n":
            out.append(letter)
        else:
            out.append(rng.choice(("", letter + rng.choice("il1"), rng.choice("oecnmu0"), rng.choice("oecnmu0"))))
    return "".join(out)


def steps(draft: str, written: str) -> tuple[int, Proposer, int]:
    """Decode with verification by a model that writes ``written``: its steps, the proposer and the plain steps."""
    pieces = Pieces()
    truth = list(pieces.encode(written).ids)
    proposer = Proposer(Alignment(draft), pieces.encode, pieces.decode)
    done: list[int] = []
    count = 0
    while len(done) < len(truth):
        settled = []
        for token in [*proposer.propose(len(truth) - len(done) - 1), None]:
            settled.append(truth[len(done) + len(settled)])
            if token != settled[-1]:
                break
        done += settled
        proposer.advance(settled)
        count += 1
    assert done == truth
    return count, proposer, len(truth)


@pytest.mark.parametrize(("share", "fewer"), [(0.0, 12.0), (0.01, 8.0), (0.05, 4.0), (0.2, 1.35)])
def test_a_draft_with_errors_saves_steps(share, fewer):
    rng = random.Random(3)
    text = "\n\n".join(prose(rng, 12))
    count, _, plain = steps(misread(text, share, rng), text)
    assert plain / count >= fewer


def test_marks_missing_from_the_draft_cost_little():
    rng = random.Random(4)
    paragraphs = prose(rng, 12)
    marked = [
        f"## {text[:30]}" if index % 3 == 0 else re.sub(r"(\w+ \w+)$", r"**\1**", text)
        for index, text in enumerate(paragraphs)
    ]
    count, _, plain = steps("\n".join(re.sub("[*#] ?", "", text) for text in marked), "\n\n".join(marked))
    assert plain / count >= 6


def test_another_order_and_furniture_cost_a_few_steps_each():
    rng = random.Random(5)
    paragraphs = prose(rng, 12)
    other = [*paragraphs[6:], "Journal of Pages 14, 233", *paragraphs[:6]]
    count, _, plain = steps("\n".join(other), "\n\n".join(paragraphs))
    assert plain / count >= 8


def test_missing_lines_are_written_by_the_model_and_the_draft_is_found_again():
    rng = random.Random(6)
    paragraphs = prose(rng, 12)
    count, proposer, plain = steps("\n\n".join(paragraphs[:4] + paragraphs[6:]), "\n\n".join(paragraphs))
    assert plain / count >= 3
    assert proposer.accepted >= 0.7 * plain


def test_a_draft_of_another_page_costs_next_to_nothing():
    rng = random.Random(7)
    text = "\n\n".join(" ".join("".join(rng.choices("bcdfgaeiou", k=6)) for _ in range(40)) for _ in range(8))
    count, proposer, plain = steps("\n\n".join(prose(rng, 12)), text)
    assert count <= plain
    assert Costs().per_token * proposer.proposed / plain < 0.05


def test_tables_are_proposed_from_their_own_rows():
    rows = "".join(f"<tr><td>{number}</td><td>{number * 7 % 90}</td></tr>\n" for number in range(40))
    count, _, plain = steps("", f"<table>\n{rows}</table>")
    assert plain / count >= 2.5


def test_the_text_that_follows_begins_behind_the_marks_that_are_written():
    alignment = Alignment("Results (2021). The mean fell.")
    alignment.advance("## Results")
    assert alignment.following() == " (2021). The mean fell."
    alignment.advance(" (2021).\n\n")
    assert alignment.following() == "The mean fell."
    assert alignment.trust is Trust.FOLLOWED


def test_ligatures_and_case_do_not_matter():
    alignment = Alignment("The ﬁrst ofﬁcer")
    alignment.advance("THE first OFF")
    assert alignment.following() == "icer"
    assert alignment.trust is Trust.FOLLOWED


def test_a_lost_place_is_found_again():
    rng = random.Random(8)
    text = " ".join(prose(rng, 3))
    alignment = Alignment(text)
    alignment.advance(" ".join("zq" * 4 for _ in range(20)))
    assert alignment.following() == ""
    alignment.advance(" " + text[100:140])
    assert text[140:].startswith(alignment.following(20))


def test_lookback_follows_the_latest_of_the_longest_agreements():
    lookback = Lookback((3, 2))
    lookback.advance([1, 2, 3, 4, 5, 2, 3, 6, 1, 2, 3])
    assert lookback.following(3) == [4, 5, 2]
    lookback.advance([9])
    assert lookback.following(3) == []


@settings(max_examples=150, deadline=None)
@given(st.text("ab 1.\n*é\u0301", max_size=80), st.text("ab 1.\n*é\u0301", min_size=1, max_size=80))
def test_any_draft_leaves_the_text_as_it_is(draft, written):
    pieces = Pieces()
    if pieces.decode(pieces.encode(written).ids) == written:
        steps(draft, written)
