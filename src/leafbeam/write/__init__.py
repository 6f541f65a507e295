"""Writers: a Document as Markdown, HTML, JSON, plain text, hOCR and searchable PDF, and all of them as files."""

from leafbeam.write.files import write_outputs
from leafbeam.write.hocr import to_hocr
from leafbeam.write.html import to_html
from leafbeam.write.jsonio import from_json, to_json
from leafbeam.write.markdown import to_markdown
from leafbeam.write.searchable import write_searchable_pdf
from leafbeam.write.text import to_text

__all__ = [
    "from_json",
    "to_hocr",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
    "write_outputs",
    "write_searchable_pdf",
]
