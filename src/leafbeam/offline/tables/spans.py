"""Which grid places are one cell: by text that lies over a border, by missing rulings, by the grouping of heads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from leafbeam.geometry import Rect
from leafbeam.layer import Ruling
from leafbeam.offline.tables.columns import Column
from leafbeam.offline.tables.groups import LabelSpan
from leafbeam.offline.tables.records import Frag
from leafbeam.offline.tables.shares import shared

Filled = Mapping[tuple[int, int], Sequence[Frag]]
_NEAR_PT = 4.5
_MOST_RULED = 0.35  # of the rows lie between two rulings where rulings set sections off, rather than every row


class Merger:
    """Collects which places of the grid belong together; ``boxes`` gives the rectangles."""

    def __init__(
        self,
        columns: Sequence[Column],
        borders: Sequence[float],
        horizontals: Sequence[Ruling],
        verticals: Sequence[Ruling],
        box: Rect,
        em: float,
    ) -> None:
        self._columns, self._borders, self._box, self._em = columns, borders, box, em
        self._rows, self._cols = len(borders) - 1, len(columns)
        self._flat = [r.box for r in horizontals]
        self._tall = [r.box for r in verticals]
        self._areas: list[tuple[int, int, int, int]] = []  # row, col, last row, last col

    def frag_spans(self, row: int, first: int, last: int) -> None:
        """Notes that text in a row lies over the columns first..last."""
        if last > first:
            self._areas.append((row, first, row, last))

    def labels(self, spans: Sequence[LabelSpan]) -> None:
        """Notes the labels that stand beside several rows."""
        self._areas += [(span.first, span.column, span.last, span.column) for span in spans]

    def _bar(self, row: int, x: float) -> bool:
        """Whether a vertical ruling stands at x through most of the row."""
        y0, y1 = self._borders[row] + 1, self._borders[row + 1] - 1
        cover = sum(max(0.0, min(y1, b.y1) - max(y0, b.y0)) for b in self._tall if abs(b.cx - x) < _NEAR_PT)
        return cover >= 0.5 * max(1.0, y1 - y0)

    def _rule(self, border: int, col: int) -> bool:
        """Whether a horizontal ruling runs along the border under most of the column."""
        y, column = self._borders[border], self._columns[col]
        cover = sum(
            max(0.0, min(column.ink1, b.x1) - max(column.ink0, b.x0)) for b in self._flat if abs(b.cy - y) < _NEAR_PT
        )
        return cover >= 0.5 * column.ink_width

    def is_framed(self, row: int) -> bool:
        """Whether rulings enclose the whole row."""
        edges = self._columns[0].x0, self._columns[-1].x1
        sides = all(self._bar(row, x) for x in edges)
        return sides and all(self._rule(border, col) for border in (row, row + 1) for col in range(self._cols))

    def by_rulings(self, filled: Filled, head_rows: int) -> None:
        """Merges over borders where a ruling is missing that stands elsewhere on the same border line."""
        inner = [self._columns[c].x1 for c in range(self._cols - 1)]
        real = [any(self._bar(r, x) for r in range(self._rows)) for x in inner]
        for r in range(self._rows):
            bars = [self._bar(r, x) for x in inner]
            texts = [c for c in range(self._cols) if (r, c) in filled]
            if any(bars) or (len(texts) == 1 and any(real)):
                open_ = [x_real and not bar for x_real, bar in zip(real, bars, strict=True)]
                parted = self._between_names(r, open_, filled) if r < head_rows else set()
                for c, free in enumerate(open_):
                    if free and c not in parted and not ((r, c) in filled and (r, c + 1) in filled):
                        self._areas.append((r, c, r, c + 1))
        for i in range(1, self._rows):
            rules = [self._rule(i, c) for c in range(self._cols)]
            if not any(rules):
                continue
            for c, ruled in enumerate(rules):
                own = i >= head_rows and self._own_rows(i, c, filled)
                if not ruled and not own and self._is_lane(i, c):
                    self._areas.append((i - 1, c, i, c))

    def _between_names(self, r: int, free: Sequence[bool], filled: Filled) -> set[int]:
        """Borders without rulings (border c lies right of column c) between the names of two groups in a head row."""
        found: set[int] = set()
        first = 0
        for c in range(self._cols):
            if c < self._cols - 1 and free[c]:
                continue
            names = {k: frags for k in range(first, c + 1) if (frags := filled.get((r, k)))}
            centres = {k: sum(f.box.cx for f in frags) / len(frags) for k, frags in names.items()}
            ends = shared(self._columns[first : c + 1], {k - first: x for k, x in centres.items()}, self._em)
            found.update(first + end for end in ends)
            first = c + 1
        return found

    def _own_rows(self, border: int, col: int, filled: Filled) -> bool:
        """Whether the column has text on both sides of the border that stands level with the other columns' texts."""
        for r in (border - 1, border):
            others = [f.baseline_pt for (row, c), frags in filled.items() if row == r and c != col for f in frags]
            mine = filled.get((r, col), ())
            if not any(abs(f.baseline_pt - y) < 0.3 * self._em for f in mine for y in others):
                return False
        return True

    def _is_lane(self, border: int, col: int) -> bool:
        """Whether vertical rulings bound the column on both sides of the border (page edges of the table count)."""

        def bounded(x: float, edge: bool) -> bool:
            return edge or (self._bar(border - 1, x) and self._bar(border, x))

        left, right = self._columns[col].x0, self._columns[col].x1
        inner = bounded(left, col == 0) and bounded(right, col == self._cols - 1)
        return inner and any(self._bar(border, self._columns[c].x1) for c in range(self._cols - 1))

    def by_head(self, filled: Filled, head_rows: int) -> None:
        """Spans of the head: groups over several columns, and names that stand beside two lines of heads."""
        for r in range(head_rows - 1):
            self._group_row(r, filled)
        if head_rows:
            self._underlined(head_rows - 1, filled)
        for c in range(self._cols):
            self._stretch(c, filled, head_rows)

    def by_middle(self, filled: Filled, head_rows: int) -> None:
        """Body text that is centred over free columns rather than set in its own: "Total" over three columns."""
        sections = self._sections(filled, head_rows)
        self._areas += [(r, 0, r, self._cols - 1) for r in sections]
        for (r, c), frags in filled.items():
            if (
                r < head_rows
                or r in sections
                or len(frags) > 1
                or any(a[0] <= r <= a[2] and a[1] <= c <= a[3] for a in self._areas)
            ):
                continue
            frag = frags[0]
            column = self._columns[c]
            plain = [
                fs[0].box
                for (row, k), fs in filled.items()
                if k == c and row != r and row >= head_rows and len(fs) == 1
            ]
            level = (
                any(abs(b.x0 - frag.box.x0) < 0.6 * self._em or abs(b.x1 - frag.box.x1) < 0.6 * self._em for b in plain)
                or abs(column.ink0 + column.ink1 - 2 * frag.box.cx) < self._em
            )
            if level or len(plain) < 2:
                continue
            span = self._free_about(r, c, frag.box.cx, filled)
            if span is not None:
                self._areas.append((r, span[0], r, span[1]))

    def _sections(self, filled: Filled, head_rows: int) -> set[int]:
        """Body rows of one text that heads the rows below: about the middle of the table, or alone between rulings."""
        middles = (self._box.x0 + self._box.x1, self._columns[0].ink0 + self._columns[-1].ink1)
        found, ruled = set(), set()
        for r in range(head_rows, self._rows):
            if all(self._rule(border, c) for border in (r, r + 1) for c in range(self._cols)):
                ruled.add(r)
            mine = [(c, frags) for (row, c), frags in filled.items() if row == r]
            if len(mine) != 1 or len(mine[0][1]) != 1:
                continue
            ((_, (frag,)),) = mine
            off = min(abs(middle / 2 - frag.box.cx) for middle in middles)
            if off < self._em and frag.box.x0 > self._columns[0].ink0 + self._em:
                found.add(r)
        if len(ruled) <= _MOST_RULED * (self._rows - head_rows) and not self._tall:
            found |= {r for r in ruled if sum(row == r for row, _ in filled) == 1 and (r, 0) in filled}
        return found

    def _free_about(self, r: int, c: int, x: float, filled: Filled) -> tuple[int, int] | None:
        """The run of places that are empty but for column c and whose middle is at x."""
        for a in range(c, -1, -1):
            if a < c and (r, a) in filled:
                break
            for b in range(c, self._cols):
                if b > c and (r, b) in filled:
                    break
                middle = (self._columns[a].ink0 + self._columns[b].ink1) / 2
                if b > a and abs(middle - x) < 0.8 * self._em:
                    return a, b
        return None

    def _group_row(self, r: int, filled: Filled) -> None:
        taken = {c for (row, c) in filled if row == r}
        for area in self._areas:
            if area[0] <= r <= area[2]:
                taken.update(range(area[1], area[3] + 1))
        for c in sorted(col for (row, col) in filled if row == r):
            frags = filled[r, c]
            first, last = c, c
            for area in self._areas:
                if area[0] <= r <= area[2] and area[1] <= c <= area[3]:
                    first, last = min(first, area[1]), max(last, area[3])
            below = {col for (row, col) in filled if row == r + 1}
            others = {col for col in taken if not first <= col <= last}
            span = self._by_rule(r, frags)
            if span is None or not others.isdisjoint(range(span[0], span[1] + 1)):
                span = self._by_centre(frags, first, last, taken, below)
            if span and span[1] > span[0] and others.isdisjoint(range(span[0], span[1] + 1)):
                self._areas.append((r, span[0], r, span[1]))
                taken.update(range(span[0], span[1] + 1))

    def _underlined(self, r: int, filled: Filled) -> None:
        """Names of which each stands about the middle of a ruling of its own, over several columns or one."""
        found: list[tuple[int, int]] = []
        for frags in (frags for (row, _), frags in filled.items() if row == r):
            x, span = sum(f.box.cx for f in frags) / len(frags), self._by_rule(r, frags)
            middles = [b.cx for b in self._flat if abs(b.cy - self._borders[r + 1]) < _NEAR_PT and b.x0 <= x <= b.x1]
            if span is None or min(abs(middle - x) for middle in middles) > self._em:
                return
            found.append(span)
        found.sort()
        apart = all(a[1] < b[0] for a, b in itertools.pairwise(found))
        if len(found) >= 2 and apart and any(a < b for a, b in found):
            self._areas += [(r, a, r, b) for a, b in found if a < b]

    def _by_rule(self, r: int, frags: Sequence[Frag]) -> tuple[int, int] | None:
        """The columns under the short ruling that underlines a group's name, as far as the upright ones beside it."""
        y = self._borders[r + 1]
        x = sum(f.box.cx for f in frags) / len(frags)
        bars = [col.x1 for col in self._columns[:-1] if self._bar(r, col.x1)]
        left = max((bar for bar in bars if bar < x), default=self._box.x0)
        right = min((bar for bar in bars if bar > x), default=self._box.x1)
        for b in self._flat:
            if abs(b.cy - y) < _NEAR_PT and b.x0 <= x <= b.x1 and b.width < 0.97 * self._box.width:
                x0, x1 = max(b.x0, left), min(b.x1, right)
                under = [
                    i
                    for i, col in enumerate(self._columns)
                    if min(x1, col.ink1) - max(x0, col.ink0) >= 0.5 * col.ink_width
                ]
                if under:
                    return under[0], under[-1]
        return None

    def _by_centre(
        self, frags: Sequence[Frag], first: int, last: int, taken: set[int], below: set[int]
    ) -> tuple[int, int] | None:
        """The run of free columns, named below, about whose middle the text is centred."""
        centre = sum(f.box.cx for f in frags) / len(frags)
        best: tuple[float, int, int] | None = None
        least = 0 if first == 0 else 1  # the first column names the rows
        for a in range(first, least - 1, -1):
            if a < first and (a in taken or a not in below):
                break
            for b in range(last, self._cols):
                if b > last and (b in taken or b not in below):
                    break
                ink0, ink1 = self._columns[a].ink0, self._columns[b].ink1
                middles = ((ink0 + ink1) / 2, (self._columns[a].x0 + self._columns[b].x1) / 2)
                off = min(abs(middle - centre) for middle in middles) / self._em
                score = max(0.0, off - 0.4) - 0.1 * (b - a)
                if off < 1.0 + 0.25 * (b - a) and (best is None or score < best[0]):
                    best = (score, a, b)
        return (best[1], best[2]) if best else None

    def _stretch(self, c: int, filled: Filled, head_rows: int) -> None:
        """A column named in one head row only takes the empty head places above or below."""
        spanned = [a for a in self._areas if a[3] > a[1] and a[1] <= c <= a[3]]
        free = [r for r in range(head_rows) if not any(a[0] <= r <= a[2] for a in spanned)]
        texts = [r for r in free if (r, c) in filled]
        if len(free) < 2 or free != list(range(free[0], free[-1] + 1)):
            return
        if len(texts) > 1 and not self._wraps([f for r in texts for f in filled[r, c]]):
            return
        if any(self._rule(i, c) for i in range(free[0] + 1, free[-1] + 1)):
            return
        self._areas.append((free[0], c, free[-1], c))

    def _wraps(self, frags: Sequence[Frag]) -> bool:
        """Whether the texts of a head stand as close as the lines of one text, about one middle or one edge."""
        for above, below in itertools.pairwise(frags):
            a, b = above.box, below.box
            if min(abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.cx - b.cx)) > 0.4 * self._em:
                return False
            far = 2.0 if below.text[:1].islower() else 1.3
            if below.baseline_pt - above.baseline_pt > far * self._em:
                return False
        return True

    def boxes(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Every cell: top left place to (row span, column span); areas that overlap grow together to a rectangle."""
        areas = list(self._areas)
        changed = True
        while changed:
            changed = False
            for i in range(len(areas)):
                for j in range(i + 1, len(areas)):
                    a, b = areas[i], areas[j]
                    if a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]:
                        areas[i] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                        del areas[j]
                        changed = True
                        break
                if changed:
                    break
        found = {(a[0], a[1]): (a[2] - a[0] + 1, a[3] - a[1] + 1) for a in areas}
        covered = {(r, c) for a in areas for r in range(a[0], a[2] + 1) for c in range(a[1], a[3] + 1)}
        for r in range(self._rows):
            for c in range(self._cols):
                if (r, c) not in covered:
                    found[r, c] = (1, 1)
        return found
