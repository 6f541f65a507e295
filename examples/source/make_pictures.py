"""Makes two samples: scan.jpg, a yellowed letter fed slightly askew, and receipt.jpg, a receipt photographed on wood.

Needs the Liberation fonts (Debian: fonts-liberation). Run: python examples/source/make_pictures.py
"""

import textwrap
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/liberation")
OUT = Path(__file__).parents[1]
LETTER = [
    "We have examined the old lighthouse on the eastern pier as you asked on 14 February. The masonry is sound up "
    "to the gallery, but the iron railing has rusted through in several places and cannot be repaired.",
    "The lamp room needs a new roof. We propose copper sheet, which costs more than zinc but will outlast it by "
    "forty years. The lens was cleaned and shows only two small chips near the lower edge, neither of which "
    "affects the beam.",
    "Our estimate for the whole work is 3,480 crowns. If you approve it before the end of April, the scaffolding "
    "can be raised in May and the lamp lit again before the autumn storms.",
]
RECEIPT = [("Bread, rye", "4.20"), ("Coffee, ground 500 g", "8.95"), ("Apples 1.2 kg", "3.48"), ("Soap", "2.10"),
           ("Newspaper", "1.80")]  # fmt: skip


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.ttf", size)


def letter() -> None:
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    draw.text((200, 190), "Moller & Sons, Builders", font=font("LiberationSerif-Bold", 54), fill=20)
    draw.text((200, 265), "12 Quay Street, Kilmory", font=font("LiberationSerif-Regular", 34), fill=20)
    draw.text((1120, 390), "3 March 1931", font=font("LiberationSerif-Regular", 34), fill=20)
    draw.text((200, 520), "Repair of the eastern lighthouse", font=font("LiberationSerif-Bold", 42), fill=20)
    y = 630
    for paragraph in LETTER:
        for line in textwrap.wrap(paragraph, 72):
            draw.text((200, y), line, font=font("LiberationSerif-Regular", 36), fill=25)
            y += 52
        y += 30
    draw.text((200, y + 30), "Yours faithfully,", font=font("LiberationSerif-Regular", 36), fill=25)
    draw.text((200, y + 130), "J. Moller", font=font("LiberationSerif-Italic", 46), fill=25)
    rng = np.random.default_rng(3)
    ink = np.asarray(page, np.float32) / 255
    turn = cv2.getRotationMatrix2D((827, 1170), 1.3, 1.0)
    ink = cv2.warpAffine(ink, turn, (1654, 2339), borderValue=1.0)
    ink = cv2.GaussianBlur(ink, (0, 0), 0.9)
    paper = cv2.resize(rng.normal(0, 1, (24, 17)).astype(np.float32), (1654, 2339), interpolation=cv2.INTER_CUBIC)
    grey = ink * (214 + 9 * paper) + rng.normal(0, 6, ink.shape)
    tint = np.stack([grey, grey * 0.95, grey * 0.80], axis=-1)
    Image.fromarray(np.clip(tint, 0, 255).astype(np.uint8)).save(OUT / "scan.jpg", quality=72, dpi=(200, 200))


def receipt() -> None:
    page = Image.new("L", (760, 1300), 245)
    draw = ImageDraw.Draw(page)
    bold, plain = font("LiberationMono-Bold", 44), font("LiberationMono-Regular", 32)
    draw.text((380, 70), "QUAY STORES", font=bold, fill=30, anchor="ma")
    draw.text((380, 135), "4 Quay Street, Kilmory", font=plain, fill=30, anchor="ma")
    draw.text((380, 180), "2026-03-14  09:41", font=plain, fill=30, anchor="ma")
    draw.line((50, 250, 710, 250), fill=60, width=2)
    y = 280
    for name, price in RECEIPT:
        draw.text((50, y), name, font=plain, fill=30)
        draw.text((710, y), price, font=plain, fill=30, anchor="ra")
        y += 56
    draw.line((50, y + 10, 710, y + 10), fill=60, width=2)
    total = f"{sum(float(price) for _, price in RECEIPT):.2f}"
    draw.text((50, y + 40), "TOTAL EUR", font=bold, fill=20)
    draw.text((710, y + 40), total, font=bold, fill=20, anchor="ra")
    draw.text((50, y + 130), "Cash", font=plain, fill=30)
    draw.text((710, y + 130), "25.00", font=plain, fill=30, anchor="ra")
    draw.text((50, y + 186), "Change", font=plain, fill=30)
    draw.text((710, y + 186), f"{25 - float(total):.2f}", font=plain, fill=30, anchor="ra")
    draw.text((380, y + 300), "Thank you for your visit", font=plain, fill=30, anchor="ma")
    rng = np.random.default_rng(5)
    table = cv2.resize(rng.normal(0, 1, (40, 30)).astype(np.float32), (1200, 1600), interpolation=cv2.INTER_CUBIC)
    photo = np.stack([62 + 8 * table, 44 + 6 * table, 30 + 5 * table], axis=-1)
    corners = np.array([[230, 150], [985, 190], [950, 1450], [180, 1420]], np.float32)
    warp = cv2.getPerspectiveTransform(np.array([[0, 0], [760, 0], [760, 1300], [0, 1300]], np.float32), corners)
    paper = cv2.warpPerspective(np.asarray(page, np.float32), warp, (1200, 1600))
    mask = cv2.warpPerspective(np.ones((1300, 760), np.float32), warp, (1200, 1600))[..., None]
    shade = np.linspace(1.0, 0.78, 1200)[None, :, None]
    photo = photo * (1 - mask) + paper[..., None] * np.array([1.0, 0.98, 0.93]) * mask * shade
    photo = cv2.GaussianBlur(photo, (0, 0), 0.8) + rng.normal(0, 4, photo.shape)
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(OUT / "receipt.jpg", quality=80)


if __name__ == "__main__":
    letter()
    receipt()
