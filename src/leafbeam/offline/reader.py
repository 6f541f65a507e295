"""The offline reader: text layer where it is sound, recognition where it is not, then one way to structure for both."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import numpy as np

from leafbeam import write
from leafbeam.evidence import words_of
from leafbeam.frame import frame_of_image, page_of
from leafbeam.geometry import Rect
from leafbeam.layer import Line, PageLayer, Region, Ruling
from leafbeam.offline import figures
from leafbeam.offline.blank import is_blank
from leafbeam.offline.blocks import PageContent, PlacedBlock, build_blocks, join_vertical
from leafbeam.offline.checkboxes import with_checkboxes, without_box_sides
from leafbeam.offline.dots import with_dots
from leafbeam.offline.figures_layer import figures_of_layer
from leafbeam.offline.figures_scan import figures_of_scan
from leafbeam.offline.formulas import Display, find_formulas
from leafbeam.offline.formulas.scan import find_scan_displays
from leafbeam.offline.formulas.scanned import read_displays
from leafbeam.offline.layout import find_regions
from leafbeam.offline.models import Models
from leafbeam.offline.outlined import with_outlined
from leafbeam.offline.recognition.ocr import read_lines
from leafbeam.offline.recognition.straighten import straighten
from leafbeam.offline.tables import FoundTable, TablePage, find_rulings, find_tables
from leafbeam.options import OfflineOptions, TextLayer, WriteOptions
from leafbeam.render import open_pdf_page
from leafbeam.textlayer import LayerCheck, check_layer, filled, read_layer, restyled, text_lines, upright
from leafbeam.types import (
    Asset,
    Block,
    BlockKind,
    Document,
    PageImage,
    PageRef,
    Problem,
    Reading,
    SourceKind,
    StopReason,
    Usage,
)

_UNTOLD = re.compile("[\ufffd\ue000-\uf8ff]")  # what a text layer states for a glyph without a Unicode value


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """Everything seen on one page, whatever its source, in the frame of ``image``."""

    image: PageImage
    lines: tuple[Line, ...]
    layer: PageLayer | None = None
    regions: tuple[Region, ...] = ()
    rulings: tuple[Ruling, ...] = ()

    @property
    def scanned(self) -> bool:
        return self.layer is None


class OfflineReader:
    """Reads pages with the packaged models and the PDF's own text layer. No network, no GPU.

    Models are loaded at the first page that needs them, once; a reader belongs to one thread of one process.
    """

    name = "offline"

    def __init__(self, options: OfflineOptions) -> None:
        self._options = options
        self._models = Models(options)

    def __enter__(self) -> OfflineReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._models.close()

    def read(self, images: Iterable[PageImage]) -> Iterator[Reading]:
        """One reading a page, in order, with blocks, words and figure crops."""
        for image in images:
            yield self._read_page(image)

    def _read_page(self, image: PageImage) -> Reading:
        start = time.perf_counter()
        seen = self._from_text_layer(image) or self._from_pixels(image)
        blocks, assets = _structure(seen, self._options, self._models) if seen else ((), ())
        frame = frame_of_image(seen.image if seen else image)
        reading = Reading(
            ref=image.ref,
            text="",
            stop=StopReason.END,
            usage=Usage(seconds=time.perf_counter() - start),
            reader=self.name,
            blocks=blocks,
            words=words_of(seen.lines, frame) if seen else (),
            assets=assets,
            problems=self._problems(image.ref, seen, blocks),
            frame=frame,
            blank=seen is None,
        )
        page = page_of(reading, image)
        text = write.to_markdown(Document(image.ref.source, (page,)), WriteOptions())
        return dataclasses.replace(reading, text=text)

    def _from_text_layer(self, image: PageImage) -> _Seen | None:
        """The page from its text layer, recognised where that is not to be trusted; None to recognise it all."""
        if image.ref.source.kind is not SourceKind.PDF or self._options.text_layer is TextLayer.NEVER:
            return None
        with open_pdf_page(image.ref) as page:
            layer = read_layer(page)
        if not layer.glyphs:
            return None
        layer, rotation = upright(layer)
        image = _turned(image, rotation)
        lines = text_lines(layer)
        if self._options.text_layer is TextLayer.AUTO:
            check = check_layer(layer, lines, image)
            if not check.sound:
                if not check.ocr_layer:
                    self._models.hint(f"the text layer was not used: {check.reason}")
                return None
            lines = self._completed(lines, check, image)
            lines, layer = with_outlined(lines, layer, check.drawn, image, self._models)
        lines = with_checkboxes(lines, image, layer)
        lost = sum(len(_UNTOLD.findall(line.text)) for line in lines)
        if lost:
            self._models.hint(f"{lost} characters of the text layer cannot be told and were left out; look at the page")
        if not any(line.text.strip() for line in lines) and not layer.pictures and is_blank(image.pixels_HWC):
            return None
        return _Seen(image, lines, layer=layer, rulings=without_box_sides(layer.rulings, lines))

    def _completed(self, lines: tuple[Line, ...], check: LayerCheck, image: PageImage) -> tuple[Line, ...]:
        """The layer's lines, recognised anew where they are not to be trusted, their gaps filled from the image."""
        areas = (*check.untrusted, *(line.box for line in check.gaps))
        if not areas:
            return lines
        known = tuple(self._models.hints)
        seen = read_lines(image, self._models, within=areas)
        if not check.untrusted:
            self._models.hints[:] = known  # what recognition could not read, the layer tells
        replaced = [line for line in lines if _inside_any(line.box, check.untrusted)]
        kept = [line for line in lines if not _inside_any(line.box, check.untrusted)]
        kept = [filled(line, seen) if line in check.gaps else line for line in kept]
        return (*kept, *(restyled(line, replaced) for line in seen if _inside_any(line.box, check.untrusted)))

    def _from_pixels(self, image: PageImage) -> _Seen | None:
        """The page by recognition; None when it is blank."""
        if is_blank(image.pixels_HWC):
            return None
        image = straighten(image, self._models)
        lines = with_dots(with_checkboxes(read_lines(image, self._models), image, None), image)
        rulings = without_box_sides(find_rulings(image), lines)
        return _Seen(image, lines, regions=find_regions(image, self._models), rulings=rulings)

    def _problems(self, ref: PageRef, seen: _Seen | None, blocks: tuple[Block, ...]) -> tuple[Problem, ...]:
        """What to tell about the page: the hints gathered on the way, and a page with ink that gave nothing."""
        hints, self._models.hints[:] = tuple(self._models.hints), []
        problems = [Problem("read", "hint", hint, ref.index) for hint in hints]
        if seen is not None and not blocks:
            message = "there is ink on the page but no text was found: look at it, or scan it again with more contrast"
            problems.append(Problem("read", "nothing-found", message, ref.index))
        return tuple(problems)


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """What was told from running text: tables, display formulas, figures; and the lines that are left."""

    tables: tuple[FoundTable, ...]
    displays: tuple[Display, ...]
    figures: tuple[figures.Figure, ...]
    rest: tuple[Line, ...]


def _structure(seen: _Seen, options: OfflineOptions, models: Models) -> tuple[tuple[Block, ...], tuple[Asset, ...]]:
    """Tables, formulas and figures first; what text is left becomes blocks in reading order."""
    seen = dataclasses.replace(seen, lines=join_vertical(seen.lines))  # columns of characters are no table
    frame = frame_of_image(seen.image)
    found = _found_on_scan(seen, models) if seen.layer is None else _found_in_layer(seen, seen.layer)
    assets: list[Asset] = []
    objects = [_table_block(table, seen) for table in found.tables]
    objects += [_formula_block(display, seen, assets) for display in found.displays]
    objects += [_figure_block(figure, seen, assets, options) for figure in found.figures]
    content = PageContent(
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        lines=found.rest,
        objects=tuple(objects),
        regions=seen.regions,
        rulings=seen.rulings,
        scanned=seen.scanned,
        shapes=seen.layer.shapes if seen.layer else (),
    )
    return build_blocks(content), tuple(assets)


def _found_in_layer(seen: _Seen, layer: PageLayer) -> _Found:
    """Tables first, since numbers in columns look like formulas; once more when cells turn out to hold formulas."""
    lines = seen.lines
    tables = find_tables(_table_page(seen, lines))
    formulas = find_formulas(layer, lines, tables=tuple(table.box for table in tables))
    if tables and formulas.lines != lines:
        tables = find_tables(_table_page(seen, formulas.lines))
    lines = formulas.lines
    taken = [table.box for table in tables] + [display.box for display in formulas.displays]
    used = frozenset().union(*(table.used for table in tables))
    found = figures_of_layer(layer, lines, taken, used)
    return _Found(tables, formulas.displays, found, _left(lines, used, found))


def _found_on_scan(seen: _Seen, models: Models) -> _Found:
    tables = find_tables(_table_page(seen, seen.lines))
    table_boxes = [table.box for table in tables]
    in_tables = frozenset().union(*(table.used for table in tables))
    found = figures_of_scan(seen.image, seen.regions, seen.lines, table_boxes, in_tables)
    displays, used = find_scan_displays(seen.lines, seen.regions, [*table_boxes, *(figure.box for figure in found)])
    displays = read_displays(displays, seen.lines, used, seen.image, models)
    return _Found(tables, displays, found, _left(seen.lines, in_tables | used, found))


def _left(lines: tuple[Line, ...], used: frozenset[int], found: Sequence[figures.Figure]) -> tuple[Line, ...]:
    """The lines that no table, formula or figure took."""
    taken = used.union(*(figure.used for figure in found))
    return tuple(line for i, line in enumerate(lines) if i not in taken)


def _table_page(seen: _Seen, lines: tuple[Line, ...]) -> TablePage:
    frame = frame_of_image(seen.image)
    return TablePage(
        lines=lines,
        rulings=seen.rulings,
        shapes=seen.layer.shapes if seen.layer else (),
        regions=seen.regions,
        pictures=seen.layer.pictures if seen.layer else (),
        image=seen.image,
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        scanned=seen.scanned,
    )


def _table_block(table: FoundTable, seen: _Seen) -> PlacedBlock:
    frame = frame_of_image(seen.image)
    box = table.box.to_box(frame.width_pt, frame.height_pt)
    return PlacedBlock(Block(BlockKind.TABLE, table=table.table, box=box, confidence=table.confidence), table.box)


def _formula_block(display: Display, seen: _Seen, assets: list[Asset]) -> PlacedBlock:
    """The formula as LaTeX, or as a crop when it could not be rebuilt: writers name it by the words seen there."""
    frame = frame_of_image(seen.image)
    box = display.box.to_box(frame.width_pt, frame.height_pt)
    number = display.number or ""
    if display.latex is not None:
        return PlacedBlock(Block(BlockKind.FORMULA, text=display.latex, marker=number, box=box), display.box)
    asset = _cut(display.box, seen, assets)
    return PlacedBlock(Block(BlockKind.FORMULA, marker=number, box=box, asset=asset), display.box)


def _figure_block(figure: figures.Figure, seen: _Seen, assets: list[Asset], options: OfflineOptions) -> PlacedBlock:
    """The figure, with what is said that it shows, or else with the words in it, as its text."""
    frame = frame_of_image(seen.image)
    asset = _cut(figure.box, seen, assets) if options.figures else None
    text = (figures.described(figure.box, seen.layer) if seen.layer else "") or figure.labels
    relative = figure.box.to_box(frame.width_pt, frame.height_pt)
    return PlacedBlock(Block(BlockKind.FIGURE, text=text, box=relative, asset=asset), figure.box)


def _cut(box: Rect, seen: _Seen, assets: list[Asset]) -> str:
    """Cut ``box`` out of the page image into a new asset; its name."""
    frame = frame_of_image(seen.image)
    name = f"p{seen.image.ref.index + 1:03d}-{len(assets) + 1}.png"
    assets.append(Asset(name, box.to_box(frame.width_pt, frame.height_pt), figures.crop_png(seen.image, box)))
    return name


def _inside_any(box: Rect, areas: Sequence[Rect]) -> bool:
    return any(area.contains(box.cx, box.cy) for area in areas)


def _turned(image: PageImage, rotation: int) -> PageImage:
    """The image turned clockwise by 0, 90, 180 or 270 degrees."""
    if rotation == 0:
        return image
    pixels = np.ascontiguousarray(np.rot90(image.pixels_HWC, k=-(rotation // 90)))
    pixels.flags.writeable = False
    return dataclasses.replace(image, pixels_HWC=pixels, rotation=(image.rotation + rotation) % 360)
