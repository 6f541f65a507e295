"""Model families: what each wants to be asked, and how it answers. Values from the model cards and the v3 README."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from leafbeam.errors import UsageError
from leafbeam.options import nearest


class AnswerForm(StrEnum):
    """How a family writes a page down."""

    MARKDOWN = "markdown"  # Markdown; figures are placeholders, with boxes in the bbox variants
    BLOCKS = "blocks"  # ![label](x1,y1,x2,y2) text, one block after the other


@dataclass(frozen=True, slots=True)
class Family:
    """How to ask a model and what to expect. ``prompt`` None: the picture alone, no word beside it.

    ``longest_edge_px`` bounds the picture, which is never enlarged. ``template`` goes to the server as
    ``chat_template_kwargs``. ``figures``: it says where they are.
    """

    name: str
    prompt: str | None = None
    temperature: float = 0.2
    top_p: float = 0.9
    max_tokens: int = 4096
    longest_edge_px: int = 1540
    form: AnswerForm = AnswerForm.MARKDOWN
    template: Mapping[str, bool] = field(default_factory=dict)
    figures: bool = False


_V3 = Family(
    "v3",
    prompt="grounding",
    temperature=0.1,
    top_p=1.0,
    max_tokens=6144,  # boxes cost about a third more tokens than the text alone
    form=AnswerForm.BLOCKS,
    template={"enable_thinking": False},
    figures=True,
)
FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("v1"),
        Family("v2"),
        Family("v2-bbox", figures=True),
        _V3,
        replace(_V3, name="v3-large", longest_edge_px=2048),  # the 4B and 0.8B models
        Family(
            "generic",
            prompt="Convert this page to Markdown. Tables as HTML, formulas as LaTeX between dollar signs. "
            "Write nothing but the page's own content.",
        ),
    )
}


def family_named(name: str) -> Family:
    """The family of this name. Raises UsageError naming the nearest one."""
    if name not in FAMILIES:
        raise UsageError(f"unknown model family {name!r}: {nearest(name, list(FAMILIES))}")
    return FAMILIES[name]


def family_of(model: str) -> Family:
    """The family that a model's published name tells, "generic" for a model that is not LightOnOCR."""
    name = model.rstrip("/").rsplit("/", 1)[-1].lower()
    if "lightonocr" not in name:
        return FAMILIES["generic"]
    if "-3-" in name or name.endswith("-3"):
        return FAMILIES["v3" if "-3-1b" in name else "v3-large"]
    if "bbox" in name:
        return FAMILIES["v2-bbox"]
    return FAMILIES["v1" if "1025" in name else "v2"]
