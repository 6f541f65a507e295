"""Trains a tiny LightOnOCR on rendered pages, then counts the decoder's steps with drafts of every quality.

    python benchmarks/speculation.py [--minutes 5] [--pages 12] [--text FILE ...]

Pages are paragraphs of FILE (this repository's own documents without one), drawn on small pictures. In some minutes the
model does not learn to read: it learns these pages by heart, and a picture tells it which one. So it writes real text,
in its tokenizer's tokens, as surely as a trained model does, which is what drafts meet. Decoding is greedy, in float32,
page by page, through the real engine; the same text with every draft is checked. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional

from leafbeam.engine.engine import Engine, EngineOptions
from leafbeam.engine.sequence import Completion, Request, Sampling
from leafbeam.local.client import drafted
from leafbeam.model.checkpoint import Checkpoint, open_checkpoint
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.pictures import prepare
from leafbeam.model.tiny import RandomOptions, make_tiny
from leafbeam.model.weights import load_model

SIDE_PX, TOKENS = 168, 360  # of a page's picture; of its text
CONFUSED = {
    "l": "1",
    "1": "l",
    "O": "0",
    "0": "O",
    "m": "rn",
    "e": "c",
    "c": "e",
    "i": "í",
    "a": "o",
    "n": "u",
    "h": "b",
}
MARKS = re.compile(r"[#*`|$_>]+ ?")


class Causal:
    """Keys and values of sequences of one length that all begin in this pass: what training needs."""

    def __init__(self, length: int) -> None:
        self.length = length

    def attend(self, layer: int, q_NHD, k_NGD, v_NGD):
        q, k, v = (part.unflatten(0, (-1, self.length)).transpose(1, 2) for part in (q_NHD, k_NGD, v_NGD))
        out = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return out.transpose(1, 2).flatten(0, 1)


def texts_of(files: list[Path], count: int, checkpoint: Checkpoint) -> list[str]:
    """So many pages of whole paragraphs, each of nearly ``TOKENS`` tokens."""
    pages, page = [], ""
    for paragraph in re.split(r"\n\s*\n", "\n\n".join(file.read_text() for file in files)):
        more = f"{page}\n\n{paragraph.strip()}".strip()
        if len(checkpoint.tokens.encode(more)) < TOKENS:
            page = more
            continue
        if len(checkpoint.tokens.encode(page)) > TOKENS / 2:
            pages.append(page)
        page = paragraph.strip() if len(checkpoint.tokens.encode(paragraph)) < TOKENS else ""
    assert len(pages) >= count, f"{len(pages)} pages of text for {count}"
    return random.Random(1).sample(pages, count)


def picture(text: str) -> np.ndarray:
    """The text in small type."""
    image = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    ImageDraw.Draw(image).multiline_text((2, 2), text, "black", ImageFont.load_default(9))
    return np.asarray(image)


def trained(checkpoint: Checkpoint, texts: list[str], minutes: float) -> tuple[LightOnOCR, float]:
    """The model, and the share of tokens it then says right when it is shown those before."""
    model = load_model(checkpoint.folder, checkpoint.config).train()
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()  # it lies in the file
        parameter.requires_grad_()
    ready = [prepare(picture(text), checkpoint.rules) for text in texts]
    pixels = [torch.from_numpy(each.pixels_CHW) for each in ready]
    prompt = list(checkpoint.tokens.prompt([ready[0].tokens]))
    answers = [[*checkpoint.tokens.encode(text), checkpoint.generation.end_tokens[0]] for text in texts]
    length = len(prompt) + max(map(len, answers)) - 1
    ids_BN = torch.tensor([(prompt + answer + answer[-1:] * length)[: length + 1] for answer in answers])
    counted_BN = torch.tensor(
        [[len(prompt) <= at < len(prompt) + len(answer) for at in range(1, length + 1)] for answer in answers]
    )
    weight_BN = counted_BN * 1.0
    weight_BN[:, len(prompt) - 1 : len(prompt) + 7] = 20.0  # only there the picture is wanted: it names the page
    positions_N = torch.arange(length).repeat(len(texts))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
    right, lost, rounds, end = 0.0, 1.0, 0, time.monotonic() + 60 * minutes
    while (right < 0.9999 or lost > 0.01) and time.monotonic() < end:
        x_NA = model.embed(ids_BN[:, :-1].flatten(), torch.cat(model.encode_images(pixels)))
        logits_NV = model.logits(model.decode(x_NA, positions_N, Causal(length)))[counted_BN.flatten()]
        wanted_N = ids_BN[:, 1:].flatten()[counted_BN.flatten()]
        losses_N = functional.cross_entropy(logits_NV, wanted_N, reduction="none")
        loss = (losses_N * weight_BN[counted_BN]).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        right, lost = float((logits_NV.argmax(-1) == wanted_N).float().mean()), loss.item()
        rounds += 1
        if rounds % 20 == 0:
            print(f"{rounds} rounds, loss {lost:.4f}, {right:.2%} right", file=sys.stderr)
    return model.eval(), right


def misread(text: str, share: float, rng: random.Random) -> str:
    """Letters confused, left out or doubled."""
    return "".join(
        rng.choice((CONFUSED.get(letter, "i"), "", letter * 2)) if letter.isalnum() and rng.random() < share else letter
        for letter in text
    )


def drafts_of(text: str, other: str) -> dict[str, str | None]:
    rng = random.Random(text)
    lines = re.split(r"(?<=[.\n]) *", text)
    mixed = [lines[at : at + 3] for at in range(0, len(lines), 3)]
    rng.shuffle(mixed)
    read = misread(text, 0.01, rng)
    return {
        "none": None,
        "right": text,
        "no Markdown marks": MARKS.sub("", text),
        "1 % of letters misread": read,
        "5 %": misread(text, 0.05, rng),
        "20 %": misread(text, 0.20, rng),
        "1 %, parts in another order": misread(" ".join(line for part in mixed for line in part), 0.01, rng),
        "1 %, every fifth line missing": " ".join(
            line for at, line in enumerate(re.split(r"(?<=[.\n]) *", read)) if at % 5
        ),
        "another page's": other,
    }


def run(engine: Engine, checkpoint: Checkpoint, text: str, draft: str | None) -> tuple[Completion, float]:
    ready = prepare(picture(text), checkpoint.rules)
    proposals = drafted(draft, checkpoint.tokens) if draft else None
    prompt = checkpoint.tokens.prompt([ready.tokens])
    request = Request(1, prompt, ready.pixels_CHW, Sampling(max_tokens=2 * TOKENS), proposals)
    start = time.process_time()
    (done,) = engine.run([request])
    return done, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--text", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    root = Path(__file__).parent.parent
    files = asked.text or [root / "README.md", root / "docs/DESIGN.md", root / "docs/LOG.md", root / "CHANGELOG.md"]
    with tempfile.TemporaryDirectory() as folder:
        shape = RandomOptions().shape
        wider = replace(shape, text=replace(shape.text, width=256, mlp_width=768, vocabulary=2048))
        corpus = tuple(file.read_text() for file in files)
        checkpoint = open_checkpoint(make_tiny(Path(folder), RandomOptions(wider, corpus=corpus, merges=1600)))
        texts = texts_of(files, asked.pages, checkpoint)
        model, right = trained(checkpoint, texts, asked.minutes)
        letters = sum(map(len, texts)) / sum(len(checkpoint.tokens.encode(text)) for text in texts)
        print(f"{asked.pages} pages, {letters:.1f} letters a token; learnt: {right:.2%} of tokens\n")
        engine = Engine(model, checkpoint.generation.end_tokens, EngineOptions(256, 16))
        found: dict[str, list[tuple[Completion, float]]] = {}
        for text, other in zip(texts, [*texts[1:], texts[0]], strict=True):
            if run(engine, checkpoint, text, None)[0].tokens != checkpoint.tokens.encode(text):
                continue  # not learnt, or taken for another page: its draft would be a wrong one
            for name, draft in drafts_of(text, other).items():
                found.setdefault(name, []).append(run(engine, checkpoint, text, draft))
    print(f"{len(found.get('none', ()))} pages are written right; these count\n")
    table(found)


def table(found: dict[str, list[tuple[Completion, float]]]) -> None:
    plain = found["none"]
    print("| draft | steps | fewer | accepted of drafted | processor time | text |\n|---|---|---|---|---|---|")
    for name, runs in found.items():
        steps, seconds = sum(done.steps for done, _ in runs), sum(taken for _, taken in runs)
        few, quick = sum(done.steps for done, _ in plain) / steps, sum(taken for _, taken in plain) / seconds
        share = sum(done.accepted for done, _ in runs) / max(1, sum(done.drafted for done, _ in runs))
        same = all(done.tokens == other.tokens for (done, _), (other, _) in zip(runs, plain, strict=True))
        text = "the same" if same else "DIFFERS"
        print(f"| {name} | {steps} | {few:.1f}x | {share:.0%} | {quick:.2f}x as fast | {text} |")


if __name__ == "__main__":
    main()
