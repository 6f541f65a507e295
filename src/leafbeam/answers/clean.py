"""What does not belong to a page is taken off a model's answer: chat marks, echoed prompts, fences around the whole."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"<\|[a-z_]{2,24}\|>|</?s>|<(?:pad|eos|bos|unk)>|\[/?INST\]")
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_ROLES = re.compile(r"\A(?:\s*(?:system|user|assistant)\s*(?::|\n|\Z))+", re.IGNORECASE)
_LAST_ROLE = re.compile(r"\n\s*(?:system|user|assistant)\s*\Z", re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```(?:markdown|md|html|latex)?[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
# \$x^2\$: a pair of escaped dollars around what only a formula holds
_ESCAPED_MATHS = re.compile(r"(?<!\\)(\\\$\\\$|\\\$)(?=\S)((?:(?!\\\$)[^\n]){1,400}?)(?<=\S)\1")
_FORMULA_SIGN = re.compile(r"\\[A-Za-z]+|[\^_=<>]|\A[A-Za-z]\Z")


def cleaned(text: str, prompt: str | None = None) -> str:
    """The answer without special tokens, role words, an echoed prompt or a fence around all of it; nothing is added."""
    text = _THOUGHT.sub("", text)
    text = _SPECIAL.sub("", text)
    for _ in range(2):  # a role word may stand before the prompt, and one after it
        text = _ROLES.sub("", text)
        if prompt and text.lstrip().lower().startswith(prompt.lower()):
            text = text.lstrip()[len(prompt) :]
    text = _LAST_ROLE.sub("", text)
    if (found := _FENCE.match(text)) and "```" not in found.group(1):
        text = found.group(1)
    return _with_maths(text).strip()


def _with_maths(text: str) -> str:
    r"""Escaped dollars around formulas as real ones; amounts of money keep theirs: "\$5 and \$6"."""

    def plain(found: re.Match[str]) -> str:
        inside = found.group(2)
        if not _FORMULA_SIGN.search(inside):
            return found.group(0)
        mark = found.group(1).replace("\\", "")
        return f"{mark}{inside}{mark}"

    return _ESCAPED_MATHS.sub(plain, text)
