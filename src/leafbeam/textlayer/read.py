"""One page's content streams as a ``PageLayer``."""

from __future__ import annotations

import pypdfium2 as pdfium

from leafbeam.layer import PageLayer
from leafbeam.textlayer import native
from leafbeam.textlayer.fields import read_fields
from leafbeam.textlayer.frame import Frame
from leafbeam.textlayer.glyphs import read_glyphs
from leafbeam.textlayer.links import read_links
from leafbeam.textlayer.objects import object_boxes, read_content
from leafbeam.textlayer.repair import repair_glyphs
from leafbeam.textlayer.stated import restated
from leafbeam.textlayer.tags import read_alternatives, read_tags, sane
from leafbeam.textlayer.underscores import with_underscores


def read_layer(page: pdfium.PdfPage) -> PageLayer:
    """Everything the page's content streams state, in content order. Cost: some tens of milliseconds a page."""
    frame = Frame(page)
    handle = native.address_of(page.raw)
    content, tags = read_content(handle, frame), read_tags(page)
    glyphs = read_glyphs(page, frame, content, tags)
    stated, bars = restated(sane(glyphs.shown))
    shown, rulings = with_underscores(repair_glyphs(stated), [*content.rulings, *bars])
    return PageLayer(
        width_pt=frame.width_pt,
        height_pt=frame.height_pt,
        glyphs=shown,
        rulings=rulings,
        shapes=tuple(content.shapes),
        pictures=tuple(content.pictures),
        links=read_links(page, frame),
        hidden=tuple(repair_glyphs(glyphs.hidden)),
        fields=read_fields(page, frame),
        alternatives=read_alternatives(tags, object_boxes(handle, frame)),
    )
