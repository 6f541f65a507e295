"""One Letter page, then eight at once, by our engine in each of its modes and by other engines, in the same run.

    python benchmarks/engine.py CHECKPOINT [--threads N] [--tokens 800] [--pages 8] [--modes bf16 int8 int4 plain
        transformers vllm llama] [--vllm PYTHON] [--llama FOLDER]

CHECKPOINT may have random weights of the true shape: speeds are real, the text is not. A page is 1204 x 1540 px of
noise: 9,460 patches, 2,391 tokens of prompt; answers have exactly ``--tokens``. Every row is a process of its own.
Drafts: what the mode wrote without them, with wrong letters. Random weights write no text that could be aligned, so
that tokens are spelled by four letters each, and a twentieth of all letters, at random, is replaced (``--errors``).
They also see nothing in a picture and say one word for ever: pictures are encoded, then random tokens take their place.
PYTHON is that of an environment with vLLM; FOLDER holds llama-mtmd-cli, text.gguf and mmproj.gguf. transformers gets
its eight pictures one after the other, since its mask for eight at once takes 11 GB. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")]
SIZE = 1540, 1204
OURS, MODES = ("bf16", "int8", "int4", "plain"), ("bf16", "int8", "int4", "plain", "transformers", "vllm", "llama")


def spelled(tokens) -> str:
    """Four letters for each token."""
    return "".join(chr(97 + token // 26**place % 26) for token in tokens for place in range(4))


def unspelled(text: str) -> list[int]:
    whole = range(0, len(text) - 3, 4)
    return [sum((ord(text[at + place]) - 97) * 26**place for place in range(4)) for at in whole]


def draft(truth: list[int], errors: float):
    """The proposals of a draft that spells ``truth`` with wrong letters; the model's vocabulary bounds its tokens."""
    from leafbeam.drafts import Alignment, Encoded, Proposer

    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = "".join(rng.choice(letters) if rng.random() < errors else letter for letter in spelled(truth))
    known = max(truth)

    def encode(part: str) -> Encoded:
        ids = [min(token, known) for token in unspelled(part)]
        return Encoded(ids, range(0, 4 * len(ids), 4))

    return Proposer(Alignment(text), encode, spelled)


class Timed:
    """A runner that keeps the seconds for pictures, and when the first scores were there."""

    def __init__(self, runner, model) -> None:
        self.runner, self.blocks, self.block_tokens = runner, runner.blocks, runner.block_tokens
        self.model, self.rng = model, random.Random(1)
        self.decode, self.vision, self.first = runner.decode, 0.0, 0.0

    def encode(self, pixels_CHW):
        import torch

        start = time.perf_counter()
        made = self.runner.encode(pixels_CHW)
        self.vision += time.perf_counter() - start
        ids = [self.rng.randrange(self.model.config.image_token) for _ in made]
        return self.model.embed(torch.tensor(ids, device=made.device))

    def logits(self, hidden_RA):
        scores = self.runner.logits(hidden_RA)
        self.first = self.first or time.perf_counter()
        return scores


def ours(asked, pages: int) -> dict:
    """Figures of our engine; what it writes without drafts is kept for the run with them."""
    import torch
    from tiny_models import noise

    from leafbeam.engine.engine import Engine, EngineOptions
    from leafbeam.engine.native.build import library
    from leafbeam.engine.native.runner import NativeRunner
    from leafbeam.engine.native.text import NativeOptions
    from leafbeam.engine.runner import PlainRunner
    from leafbeam.engine.scheduler import Limits
    from leafbeam.engine.sequence import Request, Sampling
    from leafbeam.model.checkpoint import open_checkpoint
    from leafbeam.model.pictures import prepare
    from leafbeam.model.weights import load_model
    from leafbeam.options import Quantize

    torch.set_num_threads(asked.threads)
    checkpoint = open_checkpoint(asked.checkpoint)
    model = load_model(asked.checkpoint, checkpoint.config, torch.bfloat16)
    blocks = pages * (-(-(2400 + asked.tokens + 64) // 64))
    if asked.mode == "plain":
        runner = Timed(PlainRunner(model, blocks, 64), model)
    else:
        quantize = Quantize("none" if asked.mode == "bf16" else asked.mode)
        options = NativeOptions(asked.threads, blocks, quantize, drop=True)
        runner = Timed(NativeRunner(model, library(), options), model)
    engine = Engine(model, [], EngineOptions(blocks, 64, Limits(pages=pages)), runner)
    truths = asked.work / f"{asked.mode}-{pages}.json"
    known = json.loads(truths.read_text()) if asked.drafts else [None] * pages
    requests = []
    for key, truth in enumerate(known):
        picture = prepare(noise(*SIZE, key), checkpoint.rules)
        prompt = tuple(checkpoint.tokens.prompt([picture.tokens]))
        proposer = draft(truth, asked.errors) if truth else None
        requests.append(Request(key, prompt, picture.pixels_CHW, Sampling(max_tokens=asked.tokens), proposer))
    start = time.perf_counter()
    done = {completion.key: completion for completion in engine.run(requests)}
    total = time.perf_counter() - start
    texts = [list(done[key].tokens) for key in range(pages)]
    assert all(len(text) == asked.tokens for text in texts)
    note = f"{len(set(texts[0]))} different tokens"
    if asked.drafts:
        same = sum(a == b for text, truth in zip(texts, known, strict=True) for a, b in zip(text, truth, strict=True))
        note = f"{done[0].steps} passes, {done[0].accepted} of {done[0].drafted} proposed tokens accepted, "
        note += f"{same / sum(map(len, texts)):.1%} of tokens as without"
    else:
        truths.write_text(json.dumps(texts))
    return {"vision": runner.vision, "first": runner.first - start, "total": total, "note": note}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=800)
    parser.add_argument("--pages", type=int, default=8, help="of the second measurement; 1 leaves it out")
    parser.add_argument("--errors", type=float, default=0.05, help="share of wrong letters in drafts")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["bf16", "int8", "transformers"])
    parser.add_argument("--vllm", type=Path, help="python of vLLM's environment")
    parser.add_argument("--llama", type=Path, help="folder with llama-mtmd-cli, text.gguf, mmproj.gguf")
    for name, kind in {"--mode": str, "--work": Path, "--at-once": int, "--drafts": int}.items():
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)  # one row: what this program calls itself with
    asked = parser.parse_args()
    if asked.mode:
        from engine_rivals import RIVALS, peak_bytes

        found = (ours if asked.mode in OURS else RIVALS[asked.mode])(asked, asked.at_once)
        print(json.dumps({"peak": peak_bytes(), **found}))
        return
    rows: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as work:
        for mode in asked.modes:
            for drafts in (0, 1) if mode in OURS else (0,):
                for pages in dict.fromkeys((1, asked.pages if mode != "llama" else 1)):
                    row = [*sys.argv, "--mode", mode, "--work", work, "--at-once", str(pages), "--drafts", str(drafts)]
                    done = subprocess.run([sys.executable, *row], stdout=subprocess.PIPE, text=True, check=True)
                    found = json.loads(done.stdout.splitlines()[-1])
                    print(mode, "with drafts" * drafts, pages, found, file=sys.stderr, flush=True)
                    rows.setdefault(f"{mode}, drafts" if drafts else mode, {})[pages] = found
    table(rows, asked)


def table(rows: dict[str, dict], asked) -> None:
    """Seconds, and in brackets how many times faster than transformers, where it took part."""
    print(f"{asked.tokens} tokens a page, {asked.threads} threads, drafts with {asked.errors:.0%} wrong letters\n")
    print(f"| | vision s | prefill s | decode tok/s | page s | {asked.pages} at once: s a page | GB | GB at once | |")
    print("|---|---|---|---|---|---|---|---|---|")
    slow = rows.get("transformers")
    for name, found in rows.items():
        one, many = found[1], found.get(asked.pages)
        vision = f"{one['vision']:.1f}" if one["vision"] else "in prefill"
        speed = (asked.tokens - 1) / (one["total"] - one["first"])
        page, beside = f"{one['total']:.1f}", f"{many['total'] / asked.pages:.1f}" if many else ""
        if slow:
            page += f" ({slow[1]['total'] / one['total']:.1f}x)"
            beside += f" ({slow[asked.pages]['total'] / many['total']:.1f}x)" if many else ""
        room = [f"{part['peak'] / 2**30:.1f}" if part else "" for part in (one, many)]
        figures = (vision, f"{one['first'] - one['vision']:.1f}", f"{speed:.1f}", page, beside, *room, one["note"])
        print(f"| {name} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
