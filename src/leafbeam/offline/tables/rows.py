"""Which visual lines make one row of a table: rulings and shading part rows, wrapped text joins lines."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from leafbeam.geometry import Rect
from leafbeam.offline.tables.columns import Column, columns_of
from leafbeam.offline.tables.records import Frag, Row
from leafbeam.offline.tables.words import is_numeric


@dataclass(frozen=True, slots=True)
class RowContext:
    """What the decision needs: the columns, where lines part rows (y), and where the head ends (y, or None)."""

    columns: Sequence[Column]
    cuts: Sequence[float]
    closed: bool  # rulings part the rows of the body: lines between two of them are one row unless proven otherwise
    head_end: float | None
    pitch: float  # usual distance of two rows' baselines
    leading: float | None = None  # lines at most this far apart are one row, when the distances tell
    gridded: bool = False  # rulings stand between all columns of the head: only rulings part its rows


def pitch_of(rows: Sequence[Row]) -> float:
    """The usual distance between rows that fill at least two columns."""
    lines = [row.baseline_pt for row in rows if len(row.frags) >= 2]
    gaps = [b - a for a, b in itertools.pairwise(lines) if b - a > 1]
    return sorted(gaps)[int(0.7 * len(gaps))] if gaps else 12.0


def group_rows(rows: Sequence[Row], context: RowContext) -> list[list[Row]]:
    """The visual lines grouped into table rows, from top to bottom.

    A line whose baseline lies between two others and that stands in other columns belongs to both: centred text
    beside them. When those two are parted nevertheless it goes to the upper one (see ``floating``).
    """
    ruled = context.head_end if context.gridded and context.head_end is not None else -1e9
    floats = {i for i in floating(rows, context.columns, context.cuts) if rows[i].baseline_pt > ruled}
    groups: list[list[Row]] = []
    pending: Row | None = None
    anchors: set[int] = set()
    for i, row in enumerate(rows):
        if i in floats:
            pending = row
            continue
        wider = pending is not None and len(pending.frags) > max(len(row.frags), len(groups[-1][-1].frags))
        wider = wider and not _names_group(groups[-1][-1], row)
        begins = pending is None and i + 1 in floats and len(rows[i + 1].frags) > len(row.frags)
        if begins and groups and any(id(line) in anchors for line in groups[-1]):
            groups.append([row])  # the first line of a wrapped label whose values stand beside its middle
        elif groups and (wider or _same(groups[-1], row, context)):
            groups[-1].append(row)
        else:
            groups.append([row])
        if pending is not None:
            home = groups[-1] if len(groups) == 1 or groups[-1][0] is not row else groups[-2]
            home.append(pending)
            anchors.add(id(pending))
            home.sort(key=lambda line: line.baseline_pt)
            pending = None
    return groups


def _names_group(above: Row, row: Row) -> bool:
    """Whether a text of the upper line stands about the middle of two neighbours in the lower one, or more."""
    return any(over_a_pair(frag, row) for frag in above.frags)


def floating(rows: Sequence[Row], columns: Sequence[Column], cuts: Sequence[float] = ()) -> set[int]:
    """The indexes of lines that stand half-way between their neighbours, in columns these leave free."""
    found: set[int] = set()
    for i in range(1, len(rows) - 1):
        above, row, below = rows[i - 1], rows[i], rows[i + 1]
        if i - 1 in found:
            continue
        em = row.size_pt
        up, down = row.baseline_pt - above.baseline_pt, below.baseline_pt - row.baseline_pt
        middle = row.baseline_pt - 0.3 * em
        over_rule = any(abs(cut - middle) < 0.4 * em for cut in cuts)
        reach = (1.6 if over_rule else 0.85) * em
        if up > reach or down > reach or up + down < 0.85 * em:
            continue
        mine = _places(row, columns)
        if not mine & (_places(above, columns) | _places(below, columns)):
            found.add(i)
    return found


def _places(row: Row, columns: Sequence[Column]) -> set[int]:
    found: set[int] = set()
    for frag in row.frags:
        first, last = columns_of(frag, columns)
        found.update(range(first, last + 1))
    return found


def leading_of(rows: Sequence[Row], columns: Sequence[Column]) -> float | None:
    """The greatest distance of two lines of one row, when the distances fall into close ones and wide ones.

    Close lines with numbers in the same column are rows of their own: then the wide distances part groups of rows.
    """
    pairs = [(b.baseline_pt - a.baseline_pt, a, b) for a, b in itertools.pairwise(rows)]
    pairs = [pair for pair in pairs if pair[0] > 0.85 * pair[2].size_pt]
    gaps = sorted(gap for gap, _, _ in pairs)
    if len(gaps) < 4:
        return None
    ratio, at = max((high / low, i) for i, (low, high) in enumerate(itertools.pairwise(gaps)))
    close = gaps[at]
    if ratio < 1.12 or close > 1.4 * statistics.median(row.size_pt for row in rows) or close / gaps[0] > 1.25:
        return None
    lows = [(a, b) for gap, a, b in pairs if gap <= close + 0.01]
    conflicts = sum(_conflict(a, b, columns) for a, b in lows)
    return close + 0.02 if conflicts <= 0.1 * len(lows) else None


def _conflict(above: Row, below: Row, columns: Sequence[Column]) -> bool:
    """Whether both lines hold a whole number in the same column, or every column is filled in both."""
    a, b = _filled([above], columns), _filled([below], columns)
    numbers = any(
        is_numeric(a[c][0].text) and is_numeric(b[c][0].text) and not _open_end(a[c][0]) for c in a if c in b and c > 0
    )
    return numbers or (len(columns) > 2 and len(a) == len(b) == len(columns) and not _any_wrap(a, b, columns))


def _open_end(frag: Frag) -> bool:
    """Whether a line cannot be the end of its cell."""
    return len(frag.text) > 1 and frag.text.endswith(("±", "-", "–", "/", "(", "to", ","))


def _any_wrap(a: dict[int, list[Frag]], b: dict[int, list[Frag]], columns: Sequence[Column]) -> bool:
    return any(_wrapped(a[c][-1], b[c][0], columns[c]) for c in a if c in b)


def _same(group: Sequence[Row], row: Row, context: RowContext) -> bool:
    above = group[-1]
    top, bottom = above.baseline_pt, row.baseline_pt
    size = max(above.size_pt, row.size_pt)
    if any(top - 0.3 * size < cut < bottom - 0.3 * size for cut in context.cuts):
        return False
    if bottom - group[0].baseline_pt < 0.75 * min(above.size_pt, row.size_pt):
        return True
    a, b = _filled(group, context.columns), _filled([row], context.columns)
    if context.head_end is not None and bottom < context.head_end:
        return context.gridded or _same_in_head(group, row, context)
    if context.head_end is not None and top < context.head_end:
        return False
    if context.leading is not None and not context.closed:
        spread = bottom - top <= 1.25 * context.leading  # a raised mark pushes its line down
        return bottom - top <= context.leading or (spread and _label_wraps(group, row, a, b, context))
    if bottom - top > 2.2 * size and not context.closed:
        return False
    if context.closed:
        return not _parted(a, b, inside=bool(context.cuts) and bottom < context.cuts[-1])
    return _continues(group, row, a, b, context)


def _filled(rows: Sequence[Row], columns: Sequence[Column]) -> dict[int, list[Frag]]:
    found: dict[int, list[Frag]] = {}
    for row in rows:
        for frag in row.frags:
            first, _ = columns_of(frag, columns)
            found.setdefault(first, []).append(frag)
    return found


def _same_in_head(group: Sequence[Row], row: Row, context: RowContext) -> bool:
    """Lines of the head are one row unless one of them groups columns that the other names singly."""
    if row.baseline_pt - group[-1].baseline_pt > 2.0 * row.size_pt:
        return False
    for frag in (f for line in group for f in line.frags):
        first, last = columns_of(frag, context.columns)
        if last > first and _goes_on(frag, row, context.columns):
            continue
        if last > first:
            return False
        below = [f for f in row.frags if f.box.x_overlap(frag.box) > 0.2 * min(f.box.width, frag.box.width)]
        if len(below) >= 2 or over_a_pair(frag, row) or _over_three(frag, row, context.columns):
            return False
    named = _places(group[-1], context.columns)
    for frag in row.frags:
        first, last = columns_of(frag, context.columns)
        above = [f for f in group[-1].frags if f.box.x_overlap(frag.box) > 0]
        wraps = len(above) == 1 and abs(above[0].box.cx - frag.box.cx) < 0.4 * frag.size_pt
        if last > first and not wraps and named & set(range(first, last + 1)):
            return False
    return True


def _goes_on(frag: Frag, row: Row, columns: Sequence[Column]) -> bool:
    """Whether the name of a group of columns goes on in the next line: one text under it, about the same middle."""
    first, last = columns_of(frag, columns)
    under = [f for f in row.frags if columns_of(f, columns)[1] >= first and columns_of(f, columns)[0] <= last]
    return not under or (len(under) == 1 and abs(under[0].box.cx - frag.box.cx) < 0.4 * frag.size_pt)


def over_a_pair(frag: Frag, row: Row) -> bool:
    """Whether a fragment is centred over two neighbours of the next line and lines up with neither: a name for both."""
    em = frag.size_pt
    for left, right in itertools.pairwise(f.box for f in row.frags):
        if abs((left.x0 + right.x1) / 2 - frag.box.cx) > 0.5 * em:
            continue
        touches = left.x1 > frag.box.x0 - 0.7 * em and right.x0 < frag.box.x1 + 0.7 * em
        level = any(
            min(abs(b.x0 - frag.box.x0), abs(b.x1 - frag.box.x1), abs(b.cx - frag.box.cx)) < 0.25 * em
            for b in (left, right)
        )
        if touches and not level:
            return True
    return False


def _over_three(frag: Frag, row: Row, columns: Sequence[Column]) -> bool:
    """Whether a fragment is centred over three neighbours and cannot be the wrapped start of the middle one."""
    em = frag.size_pt
    for left, middle, right in zip(row.frags, row.frags[1:], row.frags[2:], strict=False):
        if left.box.x0 < columns[0].ink1 or frag.box.x_overlap(middle.box) <= 0:
            continue
        off = abs((left.box.x0 + right.box.x1) / 2 - frag.box.cx)
        room = max(middle.box.width, columns[columns_of(middle, columns)[0]].ink_width)
        fits = frag.box.width + middle.tokens[0].box.width + 0.3 * em < room
        if off < 0.5 * em and fits and frag.box.width < right.box.x1 - left.box.x0:
            return True
    return False


def _parted(a: dict[int, list[Frag]], b: dict[int, list[Frag]], *, inside: bool) -> bool:
    """Whether the new line is a row of its own by its numbers: most of them inside a ruled row, one below the last."""
    both = [c for c in a if c in b]
    if len(both) < 2:
        return False
    numbers = sum(is_numeric(a[c][-1].text) and is_numeric(b[c][0].text) and not _open_end(a[c][-1]) for c in both)
    return numbers >= max(1, 0.6 * len(both)) if inside else numbers >= 1


def _continues(
    group: Sequence[Row], row: Row, a: dict[int, list[Frag]], b: dict[int, list[Frag]], context: RowContext
) -> bool:
    """Without rulings: whether the line goes on with the text of the row above."""
    gap = row.baseline_pt - group[-1].baseline_pt
    if any(is_numeric(f.text) for c, fs in b.items() if c > 0 for f in fs):
        return _label_wraps(group, row, a, b, context)
    if not set(b) <= set(a):
        return False
    if any(f.bold != a[c][-1].bold for c, fs in b.items() for f in fs[:1]):
        return False
    tight = gap <= 1.35 * row.size_pt and gap < 0.85 * context.pitch
    if 0 not in b:
        return tight or (gap <= 1.5 * row.size_pt and all(_wrapped(a[c][-1], b[c][0], context.columns[c]) for c in b))
    if len(b) > 1 or len(context.columns) == 1:
        return tight and len(b) < len(context.columns)
    first, second = a[0][-1], b[0][0]
    lower = second.text[:1].islower() or first.text.endswith(("-", ",", " of", " and", " or", " the"))
    return gap <= 1.5 * row.size_pt and (lower or (tight and _wrapped(first, second, context.columns[0])))


def _label_wraps(
    group: Sequence[Row], row: Row, a: dict[int, list[Frag]], b: dict[int, list[Frag]], context: RowContext
) -> bool:
    """A label in two lines whose numbers stand beside the second one."""
    if set(a) != {0} or 0 not in b or len(group) > 2:
        return False
    first, second = a[0][-1], b[0][0]
    if first.bold != second.bold or row.baseline_pt - group[-1].baseline_pt > 1.5 * row.size_pt:
        return False
    if first.text.rstrip().endswith(":"):
        return False
    lower = second.text[:1].islower() and second.box.x0 >= first.box.x0 - 1
    return lower and _wrapped(first, second, context.columns[0])


def _wrapped(first: Frag, second: Frag, column: Column) -> bool:
    """Whether the second line's first word would not have fitted behind the first line."""
    word = second.tokens[0].box.width + 0.25 * first.size_pt
    return first.box.x1 + word > column.ink1 - 0.1 * first.size_pt


def shade_cuts(shades: Sequence[Rect], box: Rect) -> list[float]:
    """The y where wide filled bands inside the table begin or end."""
    ys = []
    for shade in shades:
        if shade.x_overlap(box) > 0.1 * box.width and 5 < shade.height < 0.9 * box.height:
            ys += [shade.y0, shade.y1]
    return [y for y in ys if box.y0 < y < box.y1]
