"""Trains the symbol classifier and writes symbols.onnx and symbols.tsv. See README.md."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from charts import JUNK, charts, classes
from samples import draw, metrics, sample
from torch import nn


def network(count: int) -> nn.Sequential:
    """(N, 2, 32, 32) to (N, K) logits."""
    layers: list[nn.Module] = []
    for before, after in ((2, 24), (24, 48), (48, 64)):
        layers += [
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(1024, 112), nn.ReLU(), nn.Dropout(0.15), nn.Linear(112, count)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amsfonts", type=Path, required=True, help="type1/public/amsfonts of TeX Live")
    parser.add_argument("--opentype", type=Path, nargs="+", default=[], help="OpenType mathematical fonts")
    parser.add_argument("--text", type=Path, nargs="+", default=[], help="roman and italic fonts, in turn")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--each", type=int, default=250, help="images a class in one round")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    dice = np.random.default_rng(options.seed)
    pairs = list(zip(options.text[::2], options.text[1::2], strict=True))
    drawings = draw(charts(options.amsfonts, options.opentype, pairs))
    names = [name for name in classes() if name == JUNK or name in drawings]
    options.out.mkdir(parents=True, exist_ok=True)
    write_table(options.out / "symbols.tsv", names, drawings)
    net = network(len(names))
    steps = options.rounds * (options.each * len(names) // 128)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps + options.rounds)
    weights = [10 if name == JUNK else 1 for name in names]
    bag = np.repeat(np.arange(len(names)), weights)
    for turn in range(options.rounds):
        start = time.time()
        labels_N = dice.permutation(np.resize(bag, options.each * len(names)))
        images = torch.from_numpy(np.stack([sample(drawings, names[k], dice) for k in labels_N]))
        labels = torch.from_numpy(labels_N)
        right, middle = 0, time.time()
        net.train()
        for at in range(0, len(labels) - 127, 128):
            logits = net(images[at : at + 128])
            loss = nn.functional.cross_entropy(logits, labels[at : at + 128], label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            right += int((logits.argmax(1) == labels[at : at + 128]).sum())
        print(turn, f"{right / len(labels):.4f}", round(middle - start), round(time.time() - middle), flush=True)
        export(net, options.out / "symbols.onnx")


def export(net: nn.Sequential, path: Path) -> None:
    """Writes the network with a softmax and a free batch size."""
    whole = nn.Sequential(net, nn.Softmax(1)).eval()
    torch.onnx.export(
        whole, (torch.zeros(2, 2, 32, 32),), str(path), input_names=["symbols"], output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("N", min=1, max=4096)},), dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip


def write_table(path: Path, names: list[str], drawings: dict[str, list]) -> None:  # type: ignore[type-arg]
    """One line a class: name, top and bottom over the baseline, width; in ems."""
    with path.open("w", encoding="utf-8") as file:
        for name in names:
            top, bottom, width = (0.0, 0.0, 0.0) if name == JUNK else metrics(drawings[name])
            file.write(f"{name}\t{top:.3f}\t{bottom:.3f}\t{width:.3f}\n")


if __name__ == "__main__":
    main()
