"""How far the decoder in fewer bits is from the decoder in float32: scores, and the tokens that greedy decoding takes.

    python benchmarks/drift.py CHECKPOINT [--tokens 512] [--modes none int8 int4]

A text is read from its beginning; after each token the scores of all next tokens are compared. With random weights the
text is random tokens and many scores are nearly equal, so that changed tokens are far more frequent than with weights
that have learnt something (``--random``; a published checkpoint reads this source). Prints a Markdown table, in which
``plain`` is PyTorch in bf16 and ``none`` the compiled layers in bf16.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from leafbeam.engine.memory import Part
from leafbeam.engine.native.build import library
from leafbeam.engine.native.text import NativeOptions, NativeText
from leafbeam.engine.runner import PlainRunner
from leafbeam.model.checkpoint import open_checkpoint
from leafbeam.model.weights import load_model
from leafbeam.options import Quantize


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--modes", nargs="+", type=Quantize, default=list(Quantize))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--random", action="store_true", help="read random tokens")
    asked = parser.parse_args()
    checkpoint = open_checkpoint(asked.checkpoint)
    if asked.random:
        generator = torch.Generator().manual_seed(1)
        ids = torch.randint(checkpoint.config.image_token, (asked.tokens,), generator=generator)
    else:
        ids = torch.tensor(checkpoint.tokens.tokenizer.encode(Path(__file__).read_text()).ids[: asked.tokens])
    blocks = len(ids) // 64 + 1
    parts = [Part(range(blocks), 0, len(ids))]
    model = load_model(asked.checkpoint, checkpoint.config, torch.bfloat16)

    def scores(runner) -> torch.Tensor:
        return runner.logits(runner.decode(model.embed(ids), parts)).float().clone()

    found = {"plain": scores(PlainRunner(model, blocks, 64))}
    for mode in asked.modes:
        found[str(mode)] = scores(
            NativeText(model.language_model, library(), NativeOptions(asked.threads, blocks, mode))
        )
    model = load_model(asked.checkpoint, checkpoint.config, torch.float32)
    truth = scores(PlainRunner(model, blocks, 64))
    print("| decoder | relative error of the scores | changed greedy tokens |\n|---|---|---|")
    for name, logits in found.items():
        error = float((logits - truth).norm() / truth.norm())
        changed = float((logits.argmax(-1) != truth.argmax(-1)).float().mean())
        print(f"| {name} | {error:.2%} | {changed:.1%} of {len(ids)} |")


if __name__ == "__main__":
    main()
