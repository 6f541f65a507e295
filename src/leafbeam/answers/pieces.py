"""The pieces of an answer before they are laid on the page."""

from __future__ import annotations

from dataclasses import dataclass

from leafbeam.types import BlockKind, Table

RawBox = tuple[int, int, int, int]  # x1, y1, x2, y2 in thousandths of the page, as the model wrote them


@dataclass(frozen=True, slots=True)
class Piece:
    """One block as a model wrote it; the fields mean what they mean in ``types.Block``."""

    kind: BlockKind
    text: str = ""
    level: int = 0
    marker: str = ""
    table: Table | None = None
    box: RawBox | None = None
    continues: bool = False
