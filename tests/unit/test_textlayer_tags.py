"""The structure that tagged PDFs state."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name
from textlayer_pdf import open_page, text_at

from leafbeam.geometry import Rect
from leafbeam.offline.figures import described
from leafbeam.textlayer import read_layer, text_lines


def tagged(extra: str = "", figure: str = "", level: str = "H2") -> pdfium.PdfPage:
    """A page with a heading, a list item whose body is a paragraph, and a line that no element claims.

    ``extra`` is content behind them; ``figure`` describes a square, drawn when it is given.
    """
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 600))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    content = f"/{level} <</MCID 0>> BDC " + text_at(50, 500, "A heading") + "EMC\n"
    content += "/P <</MCID 1>> BDC " + text_at(50, 450, "an item") + "EMC\n" + text_at(50, 400, "loose") + extra
    if figure:
        content += "\n/Figure <</MCID 2>> BDC 100 100 50 60 re f EMC"
    page.Contents = pdf.make_stream(content.encode())
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))

    def element(kind: str, parent: pikepdf.Object, kids: int | None = None) -> pikepdf.Object:
        made = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + kind), P=parent, Pg=page.obj))
        if kids is not None:
            made.K = kids
        return made

    document = element("Document", root)
    heading = element(level, document, 0)
    items = element("L", document)
    item = element("LI", items)
    body = element("LBody", item)
    paragraph = element("P", body, 1)
    body.K, item.K, items.K = paragraph, Array([body]), Array([item])
    document.K, root.K = Array([heading, items]), document
    square = element("Figure", document, 2)
    square.Alt = figure
    if figure:
        document.K.append(square)
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, Array([heading, paragraph, square])])))
    page.StructParents = 0
    pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return pdfium.PdfDocument(buffer.getvalue())[0]


def test_lines_know_what_a_tagged_document_calls_them() -> None:
    found = {line.text: line.tag for line in text_lines(read_layer(tagged()))}
    assert found == {"A heading": "H2", "an item": "LI", "loose": ""}


def test_other_documents_have_no_tags() -> None:
    lines = text_lines(read_layer(open_page(text_at(50, 300, "plain"))))
    assert [line.tag for line in lines] == [""]


def artifact(text: str) -> str:
    return "\n/Artifact <</Type /Pagination>> BDC " + text + "EMC\n"


def test_what_is_marked_as_no_part_of_the_text_says_so() -> None:
    found = {line.text: line.tag for line in text_lines(read_layer(tagged(artifact(text_at(50, 20, "page 7")))))}
    assert found["page 7"] == "Artifact"
    assert found["loose"] == ""


def test_a_page_that_calls_nearly_all_its_text_an_artifact_or_a_heading_is_not_believed() -> None:
    many = "".join(artifact(text_at(50, 380 - 12 * n, f"line {n} of the text of a page")) for n in range(20))
    found = {line.tag for line in text_lines(read_layer(tagged(many)))}
    assert found == {"", "H2", "LI"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("A black square", "A black square"),
        ("A cat on a mat. Description automatically generated", "A cat on a mat"),
        ("Picture 3", ""),
        ("image001.png", ""),
    ],
)
def test_descriptions_stand_at_what_they_describe(told: str, kept: str) -> None:
    alternatives = read_layer(tagged(figure=told)).alternatives
    assert [alt.text for alt in alternatives] == ([kept] if kept else [])
    for alt in alternatives:
        assert [round(edge) for edge in alt.box] == [100, 440, 150, 500]


def test_a_figure_takes_the_description_of_what_lies_in_it() -> None:
    layer = read_layer(tagged(figure="A *black* square"))
    assert described(Rect(90, 430, 160, 510), layer) == "A \\*black\\* square"
    assert described(Rect(0, 0, 400, 600), layer) == ""  # of a small part of it only
    assert described(Rect(200, 430, 260, 510), layer) == ""
