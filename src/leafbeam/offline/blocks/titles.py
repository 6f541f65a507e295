"""Titles of tables and figures that stand on a line of their own below their number: "Table 1." and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leafbeam.captions import starts_caption
from leafbeam.offline.blocks.content import PlacedBlock
from leafbeam.offline.blocks.paragraphs import Group
from leafbeam.types import BlockKind

_BARE = 14  # characters: "Exhibit B.4" and no more
_NEAR = 1.0  # type sizes of white between the number and the title
_ROWS, _CHARS = 3, 160  # of a title, at most
_BETWEEN = 1  # groups between the title and what it names: "(Numbers in thousands)"

Stretch = list[Group | PlacedBlock]


def with_titles(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The zones' groups, each number of a table or figure above its title and one of these as one caption."""
    return [_joined(stretch) for stretch in stretches]


def is_titled(group: Group) -> bool:
    """True for a caption whose first row is the bare number."""
    return len(group.rows) > 1 and _is_bare(group.rows[0].text)


def _joined(stretch: Stretch) -> Stretch:
    result: Stretch = []
    for index, item in enumerate(stretch):
        above = result[-1] if result else None
        if isinstance(item, Group) and isinstance(above, Group) and _is_number(above) and _is_title(stretch, index):
            result[-1] = replace(above, rows=(*above.rows, *item.rows), after=item.after)
        else:
            result.append(item)
    return result


def _is_number(group: Group) -> bool:
    return len(group.rows) == 1 and _is_bare(group.text)


def _is_bare(text: str) -> bool:
    text = text.strip()
    return len(text) <= _BARE and text[-1:] not in ",;" and starts_caption(text)


def _is_title(stretch: Stretch, index: int) -> bool:
    group = stretch[index]
    assert isinstance(group, Group)
    if group.before > _NEAR or len(group.rows) > _ROWS or len(group.text) > _CHARS or starts_caption(group.text):
        return False
    for item in stretch[index + 1 : index + 2 + _BETWEEN]:
        if isinstance(item, PlacedBlock):
            return item.block.kind in (BlockKind.TABLE, BlockKind.FIGURE)
        if len(item.rows) > 1:
            return False
    return False
