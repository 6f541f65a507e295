"""The structure that tagged PDFs state."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name
from textlayer_pdf import open_page, text_at

from leafbeam.textlayer import read_layer, text_lines


def tagged() -> pdfium.PdfPage:
    """A page with a heading, a list item whose body is a paragraph, and a line that no element claims."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 600))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    content = "/H2 <</MCID 0>> BDC " + text_at(50, 500, "A heading") + "EMC\n"
    content += "/P <</MCID 1>> BDC " + text_at(50, 450, "an item") + "EMC\n" + text_at(50, 400, "loose")
    page.Contents = pdf.make_stream(content.encode())
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))

    def element(kind: str, parent: pikepdf.Object, kids: int | None = None) -> pikepdf.Object:
        made = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + kind), P=parent, Pg=page.obj))
        if kids is not None:
            made.K = kids
        return made

    document = element("Document", root)
    heading = element("H2", document, 0)
    items = element("L", document)
    item = element("LI", items)
    body = element("LBody", item)
    paragraph = element("P", body, 1)
    body.K, item.K, items.K = paragraph, Array([body]), Array([item])
    document.K, root.K = Array([heading, items]), document
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, Array([heading, paragraph])])))
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
