"""From the lines and objects of a page to its blocks in reading order.

build tells the story: content (the records), furniture, order and columns (zones in reading order), breaks and
paragraphs (groups of rows), then headings, lists, notes, captions, code, contents and frontmatter say what each
group is, and inline writes its text.
"""

from leafbeam.offline.blocks.build import PageContent, PlacedBlock, build_blocks

__all__ = ["PageContent", "PlacedBlock", "build_blocks"]
