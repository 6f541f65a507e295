"""Clipping paths: where an object may show at all."""

from __future__ import annotations

import ctypes

from leafbeam.geometry import Rect
from leafbeam.textlayer import native
from leafbeam.textlayer.frame import Frame
from leafbeam.textlayer.objects import Matrix

_MAX_SEGMENTS = 64  # of one path; a longer one is a shape, whose extent says little


class ClipReader:
    """Reads the extents of clipping paths through reused buffers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._floats = (ctypes.c_float * 2)()
        self._x = ctypes.addressof(self._floats)
        self._y = self._x + 4

    def extent(self, handle: int, form: Matrix) -> Rect | None:
        """What the clipping paths of the object with this handle leave of the screen page; None for all of it.

        The extent of each path counts, whatever its form. ``form`` is the matrix of the containing form XObject.
        """
        clip = native.object_clip(handle)
        extent: Rect | None = None
        for path in range(max(0, native.clip_path_count(clip)) if clip else 0):
            box = self._path(clip, path, form)
            if box is None:
                continue
            if extent is not None:
                x0, y0 = max(extent.x0, box.x0), max(extent.y0, box.y0)
                box = Rect(x0, y0, max(x0, min(extent.x1, box.x1)), max(y0, min(extent.y1, box.y1)))
            extent = box
        return extent

    def _path(self, clip: int, path: int, form: Matrix) -> Rect | None:
        count = native.clip_segment_count(clip, path)
        if not 2 < count <= _MAX_SEGMENTS:
            return None
        points = []
        for i in range(count):
            native.segment_point(native.clip_segment(clip, path, i), self._x, self._y)
            points.append(self._frame.point(*form.apply(self._floats[0], self._floats[1])))
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Rect(min(xs), min(ys), max(xs), max(ys))
