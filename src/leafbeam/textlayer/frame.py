"""From PDF user space to the page as shown on screen."""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as c

from leafbeam.geometry import Rect


class Frame:
    """PDF user space to screen points: origin at the top left of the visible box, ``/Rotate`` applied, y down.

    The visible box is PDFium's own (media box cut by crop box, both with inheritance), so that glyphs lie where the
    renderer draws them; ``FPDFPage_GetMediaBox`` would miss boxes inherited from the page tree.
    """

    def __init__(self, page: pdfium.PdfPage) -> None:
        box = c.FS_RECTF()
        c.FPDF_GetPageBoundingBox(page.raw, box)
        self._left, self._bottom, self._right, self._top = box.left, box.bottom, box.right, box.top
        self.rotation: int = page.get_rotation()
        width, height = float(abs(box.right - box.left)), float(abs(box.top - box.bottom))
        self.width_pt: float
        self.height_pt: float
        self.width_pt, self.height_pt = (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of user space on the screen page."""
        match self.rotation:
            case 90:
                return y - self._bottom, x - self._left
            case 180:
                return self._right - x, y - self._bottom
            case 270:
                return self._top - y, self._right - x
            case _:
                return x - self._left, self._top - y

    def rect(self, left: float, bottom: float, right: float, top: float) -> Rect:
        """A rectangle of user space on the screen page."""
        ax, ay = self.point(left, bottom)
        bx, by = self.point(right, top)
        return Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
