"""What a PDF page itself says: glyphs with fonts and places, rulings, shapes, pictures, links. Through PDFium.

The frame is the page as shown on screen: points, origin top left of the visible box, ``/Rotate`` applied.
``read_layer`` reads, ``text_lines`` makes words and lines, ``check_layer`` tells whether the layer can be trusted.
"""

from leafbeam.textlayer.check import LayerCheck, check_layer
from leafbeam.textlayer.fill import filled, restyled
from leafbeam.textlayer.lines import text_lines
from leafbeam.textlayer.links import read_outline
from leafbeam.textlayer.read import read_layer
from leafbeam.textlayer.turn import upright

__all__ = ["LayerCheck", "check_layer", "filled", "read_layer", "read_outline", "restyled", "text_lines", "upright"]
