"""What a run of the local reader will use: device, number type, threads, pages at once, memory. Known before it starts.

A plan is made from the checkpoint's configuration and the machine; nothing is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from leafbeam.engine.engine import EngineOptions
from leafbeam.engine.native.text import packed_bytes
from leafbeam.engine.scheduler import Limits
from leafbeam.errors import LimitError, UsageError
from leafbeam.machine import available_memory, cpu_features, free_cores, usable_cores
from leafbeam.model.config import ModelConfig
from leafbeam.model.lightonocr import LightOnOCR
from leafbeam.model.pictures import PictureRules
from leafbeam.options import LocalOptions, Quantize

_BLOCK_TOKENS = 64
_CPU_PAGES, _GPU_PAGES = 4, 32  # pages at once, where the options leave it open
_BASE_BYTES = 700 << 20  # interpreter, libraries, pictures in hand
_SHARE = 0.8  # of the memory that is free now, where the options leave it open
_BF16 = ("avx512_bf16", "amx_bf16")
# Measured by benchmarks/drift.py on random weights of the true shape, against float32.
_DRIFTS = {
    Quantize.INT8: "on random weights its scores move by 7 % of their size, where bf16 moves them by 2 %",
    Quantize.INT4: "on random weights its scores move by 70 % of their size, where bf16 moves them by 2 %",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """``weights_bytes``, ``work_bytes`` (one picture and one pass) and ``cache_bytes`` (keys and values) sum to all."""

    device: torch.device
    dtype: torch.dtype
    threads: int
    pages: int
    blocks: int
    weights_bytes: int
    work_bytes: int
    cache_bytes: int
    quantize: Quantize = Quantize.NONE

    @property
    def engine(self) -> EngineOptions:
        """The engine's share of the plan."""
        return EngineOptions(self.blocks, _BLOCK_TOKENS, Limits(pages=self.pages))

    def described(self, model: str) -> str:
        """One sentence for people."""
        total = (self.weights_bytes + self.work_bytes + self.cache_bytes) / 2**30
        kind = str(self.dtype).removeprefix("torch.")
        if self.quantize is not Quantize.NONE:
            kind += f" with the decoder in {self.quantize} ({_DRIFTS[self.quantize]})"
        threads = ""
        if self.device.type == "cpu":
            cores = usable_cores()
            shared = f" for {cores} cores" if self.threads != cores else ""
            threads = f", {self.threads} thread{'s' * (self.threads != 1)}{shared}"
        size = f"about {total:.1f} GB, {self.weights_bytes / 2**30:.1f} of them weights"
        cache = f"{self.cache_bytes / 2**30:.1f} keys and values"
        return f"{model} on {self.device.type} in {kind}{threads}, {self.pages} pages at once: {size} and {cache}"


def make_plan(options: LocalOptions, config: ModelConfig, rules: PictureRules, max_tokens: int) -> Plan:
    """The plan for these options.

    Raises UsageError for a device that is not here, LimitError when memory is too small for one page.
    """
    device = _device(options.device)
    dtype = _dtype(options.dtype, device)
    if options.quantize is not Quantize.NONE and (device.type != "cpu" or dtype is not torch.bfloat16):
        kind = str(dtype).removeprefix("torch.")
        raise UsageError(
            f"--quantize {options.quantize}: the layers for it run on a CPU in bf16, not {device} in {kind}"
        )
    size = torch.finfo(dtype).bits // 8
    pages = options.pages or (_CPU_PAGES if device.type == "cpu" else _GPU_PAGES)
    weights = _weights(options, config, device, dtype)
    patches = (rules.longest_px // rules.patch_px) ** 2
    vision = config.vision
    work = _BASE_BYTES + patches * (8 * vision.width + 3 * vision.mlp_width) * size
    work += 520 * config.text.vocabulary * (size + 4)  # scores of the largest pass that verifies drafts
    text = config.text
    block = 2 * text.layers * text.kv_heads * text.head_width * _BLOCK_TOKENS * size
    page_tokens = min(patches // rules.merge**2 + 64 + max_tokens, text.positions)
    page_blocks = -(-page_tokens // _BLOCK_TOKENS)
    allowed = int(options.memory_gb * 2**30) if options.memory_gb else _free(device)
    blocks = pages * page_blocks
    if allowed is not None:
        blocks = min(blocks, (allowed - weights - work) // block)
    if blocks < page_blocks:
        needed = (weights + work + page_blocks * block) / 2**30
        asked = f"--memory {options.memory_gb:g}" if options.memory_gb else "the memory that is free"
        raise LimitError(
            f"{asked} is too little: one page needs about {needed:.1f} GB in {str(dtype).removeprefix('torch.')}. "
            "Give more with --memory, or use the offline reader"
        )
    pages = max(1, min(pages, blocks * 2 // page_blocks))  # answers are seldom as long as they may be
    threads = options.threads or (free_cores() if device.type == "cpu" else 1)
    return Plan(device, dtype, threads, pages, blocks, weights, work, blocks * block, options.quantize)


def _device(name: str) -> torch.device:
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if present[kind])
    if not present.get(name):
        here = ", ".join(kind for kind, there in present.items() if there)
        raise UsageError(f"--device {name}: not on this machine, as PyTorch sees it; there is {here}")
    return torch.device(name)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    """bf16 where it is calculated natively; half the memory elsewhere would cost several times the time."""
    if name == "auto":
        native = any(feature in cpu_features() for feature in _BF16) if device.type == "cpu" else True
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if name == "bf16" else torch.float32


def _free(device: torch.device) -> int | None:
    """Bytes that may be used: a share of what is free on the device; None where the system does not tell."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free * _SHARE)
    there = available_memory()
    return int(there * _SHARE) if there is not None else None


def _weights(options: LocalOptions, config: ModelConfig, device: torch.device, dtype: torch.dtype) -> int:
    """Bytes of the weights. In fewer bits the embedding table is there twice: as it is, and as the packed head."""
    with torch.device("meta"):
        model = LightOnOCR(config)
    size = torch.finfo(dtype).bits // 8
    stored = sum(parameter.numel() for parameter in model.parameters()) * size
    if not options.kernels or device.type != "cpu" or dtype is not torch.bfloat16:
        return stored
    if options.quantize is Quantize.NONE:
        return stored
    layers = sum(parameter.numel() for parameter in model.language_model.layers.parameters()) * size
    return stored - layers + packed_bytes(config.text, options.quantize)
