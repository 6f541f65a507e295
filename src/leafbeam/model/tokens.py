"""Text to token ids and back, the prompt, and the tokens that end an answer: all from the checkpoint's own files.

The prompt is rendered with the checkpoint's chat template, since generations differ in it; the words of the page never
go through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from leafbeam.errors import ReaderError
from leafbeam.model.config import read_json


@dataclass(frozen=True, slots=True)
class Generation:
    """What generation_config.json advises. ``end_tokens`` end an answer; ``top_k`` 0 stands for all."""

    end_tokens: tuple[int, ...]
    temperature: float = 0.2
    top_p: float = 0.9
    top_k: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A checkpoint's tokenizer and its chat template."""

    tokenizer: Tokenizer
    template: str
    image_token: int

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of plain text: no token is added, and marks such as ``<|im_end|>`` are read as the tokens they name."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids without the special tokens. A character cut in the middle shows as U+FFFD."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def prompt(self, image_tokens: Sequence[int], words: str | None = None) -> tuple[int, ...]:
        """Ids up to where the answer begins: pictures of so many tokens each, then ``words``, when there are any."""
        ids = self.encode(self.render(len(image_tokens), words))
        if ids.count(self.image_token) != len(image_tokens):
            raise ReaderError(
                f"the checkpoint's chat template gives {ids.count(self.image_token)} places for {len(image_tokens)} "
                "pictures: its tokenizer and its template do not fit together. 'leafbeam models verify' checks them"
            )
        counts = iter(image_tokens)
        repeated = ([token] * next(counts) if token == self.image_token else [token] for token in ids)
        return tuple(token for group in repeated for token in group)

    def render(self, pictures: int, words: str | None = None) -> str:
        """The prompt as text, with one mark for each picture."""
        content = [{"type": "image"} for _ in range(pictures)]
        if words:
            content.append({"type": "text", "text": words})
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        try:
            template = environment.from_string(self.template)
            return template.render(messages=[{"role": "user", "content": content}], add_generation_prompt=True)
        except TemplateError as error:
            raise ReaderError(f"the checkpoint's chat template cannot be rendered: {error}") from error


def read_tokens(folder: Path, image_token: int) -> Tokens:
    """The tokenizer in a checkpoint's folder. Raises ReaderError naming the file that is missing or damaged."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ReaderError(f"{path}: not found. 'leafbeam models pull' fetches what a checkpoint lacks")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the class that tokenizers raises for whatever is wrong in the file
        raise ReaderError(f"{path}: {error}. 'leafbeam models pull' fetches it again") from error
    return Tokens(tokenizer, _template(folder), image_token)


def _template(folder: Path) -> str:
    """The chat template, from its own file or from one of those that older versions wrote it into."""
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        return jinja.read_text("utf-8")
    for name in ("chat_template.json", "tokenizer_config.json"):
        path = folder / name
        template = read_json(path).get("chat_template") if path.is_file() else None
        if isinstance(template, str):
            return template
    raise ReaderError(f"{jinja}: not found. 'leafbeam models pull' fetches what a checkpoint lacks")


def parse_generation(values: Mapping[str, object], config: Mapping[str, object], where: str) -> Generation:
    """The advice of generation_config.json; the end token may stand in config.json alone."""
    end = values.get("eos_token_id", config.get("eos_token_id"))
    ends = [token for token in (end if isinstance(end, list) else [end]) if isinstance(token, int)]
    if not ends:
        raise ReaderError(f"{where}: eos_token_id is {end!r}, not one or more token ids, so no answer would end")
    return Generation(
        tuple(dict.fromkeys(ends)),
        temperature=_number(values.get("temperature"), 0.2),
        top_p=_number(values.get("top_p"), 0.9),
        top_k=int(_number(values.get("top_k"), 0)),
    )


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default
