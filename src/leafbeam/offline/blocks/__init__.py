"""From the lines and objects of a page to its blocks in reading order.

build tells the story: content (the records), furniture, order and columns (zones in reading order), breaks and
paragraphs (groups of rows), then headings, lists, notes, captions, code, contents and frontmatter say what each
group is, and inline writes its text. join_vertical comes before all that: characters set in columns are no table.
"""

from leafbeam.offline.blocks.build import PageContent, PlacedBlock, build_blocks
from leafbeam.offline.blocks.vertical import join_vertical

__all__ = ["PageContent", "PlacedBlock", "build_blocks", "join_vertical"]
