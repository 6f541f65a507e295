"""From a page's pixels to its text lines.

sheet, skew -> straighten (upright, flat, level); cleanup -> detect -> recognise_text -> ocr (all lines of a page, with
spacing and linemetrics for words and type sizes, gutters where a detected line runs over two columns); tesseract
reads again what is set in black letter.
"""
