"""The published checkpoints that this architecture reads, and what is known for certain of their files.

A revision or checksum stands here only where it was published or written down by somebody who downloaded the file:
https://github.com/lightonai/LightOnOCR, the git history of LightOnOCR-2-1B, and the download receipts that
https://github.com/sawfwair/mere-run keeps for LightOnOCR-3-1B. Where none is known, the first download decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from leafbeam.errors import UsageError

OWNER = "lightonai"
_OTHERS = re.compile(r"\w[\w.-]*/\w[\w.-]*")  # somebody else's: owner/name
# The full tokenizer, the same file in the second and the third generation.
_TOKENIZER = "f54b55fa0c3aba0c91ce09ea79ae4e62da24e2a1a630f96c4bae34aba25e234a"


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint on Hugging Face. ``revision`` is a commit, or None for whatever is newest at the first download.

    ``sha256`` holds the checksums known, by file.
    """

    repo: str
    about: str
    revision: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people call it: the part after the owner."""
        return self.repo.rsplit("/", 1)[-1]


CATALOGUE: tuple[Published, ...] = (
    Published(
        f"{OWNER}/LightOnOCR-3-1B",
        "third generation, 1540 px; boxed blocks on request; the one to take",
        "b9a2b4c17f1eee9f29058d716b66b5f8e7d8db86",
        {
            "chat_template.jinja": "0942a43ee0ba48a608814e0b40ac9cb70bcc29ea72f19c84b1bf2597f05aa2bd",
            "config.json": "43b62f9ec0a7207f67fd032f7ef9719fa8b6b44d7b3cf20fbc2346329493ff3a",
            "generation_config.json": "7d2566b271454af41e9ebc28851888e1ec7ca33a53fe644dac207856df952981",
            "model.safetensors": "32879861d5cdc3b2c3909d3f9a47dc8f7338685d13113c8c98c144f68b358dbb",
            "processor_config.json": "5292a61a089835ec6884836e3896bba1fc571c60df872e3ca9eb45bd3288910d",
            "special_tokens_map.json": "76862e765266b85aa9459767e33cbaf13970f327a0e88d1c65846c2ddd3a1ecd",
            "tokenizer.json": _TOKENIZER,
            "tokenizer_config.json": "76d82c8010d0e0d5431aa5e3658c69e11a2a7250e789799d2be4ab75dc3fafed",
        },
    ),
    Published(
        f"{OWNER}/LightOnOCR-2-1B",
        "second generation, Markdown of the whole page",
        "c97bd377f04481830395218fa8951df9deaba756",
        {
            "model.safetensors": "cbe12d0831cca119facce91268fc7c5fb72babdf919a6e352e3131bda85c8fbb",
            "tokenizer.json": _TOKENIZER,
        },
    ),
    Published(f"{OWNER}/LightOnOCR-2-1B-base", "second generation before reinforcement learning; to train further"),
    Published(f"{OWNER}/LightOnOCR-2-1B-ocr-soup", "second generation, base and final weights mixed; sturdier"),
    Published(f"{OWNER}/LightOnOCR-2-1B-bbox", "second generation, with boxes of pictures"),
    Published(f"{OWNER}/LightOnOCR-2-1B-bbox-base", "boxes of pictures, before reinforcement learning"),
    Published(
        f"{OWNER}/LightOnOCR-2-1B-bbox-soup",
        "boxes of pictures, mixed for better text",
        "dfdbd3e3627d80e28ddadece14098131aa485700",
    ),
    Published(
        f"{OWNER}/LightOnOCR-1B-1025", "first generation, October 2025", "a8a4a065974c82d6c707ca13132bc19f857625fc"
    ),
    Published(
        f"{OWNER}/LightOnOCR-0.9B-32k-1025",
        "first generation, 32k tokens for European languages",
        "2329700684730dbacbb8d760c2701e6a7dc73066",
    ),
    Published(
        f"{OWNER}/LightOnOCR-0.9B-16k-1025",
        "first generation, 16k tokens for European languages",
        "e56908e08b233d4f800d073ad61d05ecae019de9",
    ),
)
_SHORT = re.compile(r"^lightonocr-", re.IGNORECASE)


def published(name: str) -> Published:
    """The checkpoint called ``name``: "LightOnOCR-2-1B", "2-1b", or "owner/name" of anybody's on Hugging Face.

    Raises UsageError with the names there are.
    """
    for entry in CATALOGUE:
        short = _SHORT.sub("", entry.name)
        if name.lower() in (entry.repo.lower(), entry.name.lower(), short.lower()):
            return entry
    if _OTHERS.fullmatch(name) and not name.lower().startswith(f"{OWNER}/"):
        return Published(name, "not in the catalogue")
    names = ", ".join(_SHORT.sub("", entry.name) for entry in CATALOGUE)
    raise UsageError(
        f"unknown model {name!r}: one of {names}, owner/name of a checkpoint on Hugging Face, or a folder that has one"
    )
