"""Writers: a Document as Markdown, HTML, plain text and JSON."""

from leafbeam.write.html import to_html
from leafbeam.write.jsonio import from_json, to_json
from leafbeam.write.markdown import to_markdown
from leafbeam.write.text import to_text

__all__ = ["from_json", "to_html", "to_json", "to_markdown", "to_text"]
