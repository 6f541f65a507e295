"""LightOnOCR of true size with random weights, ours against transformers': logits and greedy tokens.

    python benchmarks/model_parity.py FOLDER [--dtype float32] [--pages 616x476 1106x854] [--tokens 16]

FOLDER receives the checkpoint (2 GB) unless it has one. The two models are in memory one after the other: about 6 GB in
float32. Prints one line per page: patches, tokens, relative error of the logits after the prompt's last 64 tokens, how
many greedy tokens are equal, and processor seconds: ours pass over the prompt twice, theirs once.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

import torch
import transformers

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from tiny_models import greedy, logits_after, noise, prompt_embeddings, relative_error

from leafbeam.model.checkpoint import open_checkpoint
from leafbeam.model.config import ModelConfig
from leafbeam.model.pictures import prepare
from leafbeam.model.tiny import RandomOptions, make_tiny
from leafbeam.model.weights import load_model


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--pages", nargs="+", default=["616x476", "1106x854"], help="height x width in pixels")
    parser.add_argument("--tokens", type=int, default=16, help="greedy tokens to compare")
    asked = parser.parse_args()
    dtype = getattr(torch, asked.dtype)
    if not (asked.folder / "model.safetensors").is_file():
        make_tiny(asked.folder, RandomOptions(shape=ModelConfig(), dtype=torch.bfloat16))
    checkpoint = open_checkpoint(asked.folder)
    sizes = [tuple(map(int, page.split("x"))) for page in asked.pages]
    pictures = [prepare(noise(height, width), checkpoint.rules) for height, width in sizes]

    model = load_model(asked.folder, checkpoint.config, dtype)
    ours = []
    for picture in pictures:
        start = time.process_time()
        x_NA = prompt_embeddings(model, checkpoint, [picture])
        logits = logits_after(model, x_NA, last=64)
        ours.append((logits, greedy(model, checkpoint, [x_NA], asked.tokens)[0], time.process_time() - start))
    del model
    gc.collect()

    theirs = transformers.LightOnOcrForConditionalGeneration.from_pretrained(asked.folder, dtype=dtype).eval()
    for picture, (logits, written, seconds) in zip(pictures, ours, strict=True):
        ids = torch.tensor([checkpoint.tokens.prompt([picture.tokens])])
        pixels = torch.from_numpy(picture.pixels_CHW)[None].to(dtype)
        inputs = {"input_ids": ids, "pixel_values": pixels, "image_sizes": torch.tensor([pixels.shape[-2:]])}
        expected = theirs(**inputs, logits_to_keep=64).logits[0]
        start = time.process_time()
        answer = theirs.generate(**inputs, max_new_tokens=asked.tokens, do_sample=False, eos_token_id=-1)
        same = sum(a == b for a, b in zip(written, answer[0, ids.shape[1] :].tolist(), strict=True))
        height, width = pixels.shape[-2:]
        print(
            f"{asked.dtype} {height}x{width} px, {height // 14 * (width // 14)} patches, {picture.tokens} tokens: "
            f"relative error {relative_error(logits, expected):.2e}, {same} of {asked.tokens} greedy tokens equal, "
            f"{seconds:.0f} against {time.process_time() - start:.0f} processor seconds",
            flush=True,
        )


if __name__ == "__main__":
    main()
