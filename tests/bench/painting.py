"""Paints known changes into pictures: what an editor would add, swap, hide or recolour. For local_changes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Picture = np.ndarray
Random = np.random.Generator
Paint = Callable[[Picture, float, int], Picture]
"""Picture, how far it is faded in (0..1), frames since it began -> picture."""

WORDS = ["BREAKING", "NEWS", "HARBOUR", "SUNDAY", "MARKET", "RIVER", "SENATE", "WINTER", "GARDEN", "COMET", "STUDIO"]


@dataclass(slots=True)
class Change:
    """One painted change: on B's pictures, and on A's where both have something. share: wanted part of the picture."""

    kind: str
    on_b: Paint
    on_a: Paint | None = None
    whole_length: bool = False
    fade: int = 0


def text_picture(text: str, height: int, colour: tuple[int, int, int]) -> np.ndarray:
    """RGBA of a line of text, `height` pixels high, cut to what is inked."""
    font = ImageFont.load_default(max(8, height))
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGBA", (int(right - left) + 2, int(bottom - top) + 2), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, font=font, fill=(*colour, 255))
    return np.asarray(image)


def over(picture: Picture, layer: np.ndarray, x: int, y: int, alpha: float) -> Picture:
    """`layer` RGBA over the picture at x, y; what lies outside is cut off."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + layer.shape[1], width), min(y + layer.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return picture
    result = picture.copy()
    part = layer[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32)
    share = part[:, :, 3:] / 255 * alpha
    result[y0:y1, x0:x1] = np.clip(result[y0:y1, x0:x1] * (1 - share) + part[:, :, :3] * share + 0.5, 0, 255)
    return result


def colour_of(random: Random) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in random.integers(0, 256, 3))
    return red, green, blue


def logo(random: Random, side: int) -> np.ndarray:
    """RGBA of a made-up logo of about side x side."""
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    shape = random.integers(3)
    ink = (*colour_of(random), 255)
    if shape == 0:
        draw.ellipse((0, 0, side - 1, side - 1), fill=ink)
    elif shape == 1:
        draw.rounded_rectangle((0, side // 6, side - 1, side - side // 6), side // 6, fill=ink)
    else:
        draw.polygon([(side // 2, 0), (side - 1, side - 1), (0, side - 1)], fill=ink)
    result = np.asarray(image).copy()
    word = "".join(random.choice(list("ABEHKMRSTX"), 2).tolist())
    letters = text_picture(word, side // 3, (255, 255, 255) if sum(ink[:3]) < 420 else (0, 0, 0))
    y, x = (side - letters.shape[0]) // 2, max(0, (side - letters.shape[1]) // 2)
    part = result[y : y + letters.shape[0], x : x + letters.shape[1]]
    letters = letters[: part.shape[0], : part.shape[1]]
    share = letters[:, :, 3:] / 255.0
    part[:, :, :3] = part[:, :, :3] * (1 - share) + letters[:, :, :3] * share
    part[:, :, 3:] = np.maximum(part[:, :, 3:], letters[:, :, 3:])
    return result


def layered(layer: np.ndarray, x: int, y: int, alpha: float = 1.0) -> Paint:
    return lambda picture, fade, _: over(picture, layer, x, y, alpha * fade)


def place(random: Random, size: tuple[int, int], layer: tuple[int, int], corner: bool) -> tuple[int, int]:
    """Where a layer (width, height) goes in a picture (width, height)."""
    free_x, free_y = max(size[0] - layer[0], 1), max(size[1] - layer[1], 1)
    if corner:
        margin_x, margin_y = min(free_x, round(size[0] * 0.04)), min(free_y, round(size[1] * 0.05))
        return (
            margin_x if random.random() < 0.5 else free_x - margin_x,
            margin_y if random.random() < 0.6 else free_y - margin_y,
        )
    return int(random.integers(free_x)), int(random.integers(free_y))


def lower_third(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    share = random.uniform(0.025, 0.05)
    wide = round(width * random.uniform(0.3, 0.5))
    high = max(10, round(share * width * height / wide))
    layer = np.zeros((high, wide, 4), np.uint8)
    layer[:] = (*colour_of(random), 255)
    words = text_picture(" ".join(random.choice(WORDS, 2)), round(high * 0.55), (255, 255, 255))
    band = over(layer[:, :, :3].copy(), words, round(high * 0.3), round(high * 0.25), 1.0)
    layer[:, :, :3] = band
    x, y = round(width * random.uniform(0.05, 0.4)), round(height * random.uniform(0.7, 0.86))
    return Change("lower third", layered(layer, x, y, random.choice([1.0, 0.8])), fade=int(random.choice([0, 0, 8])))


def logo_swap(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    side = round(np.sqrt(random.uniform(0.01, 0.03) * width * height))
    x, y = place(random, (width, height), (side, side), True)
    return Change("logo swapped", layered(logo(random, side), x, y), layered(logo(random, side), x, y))


def small_logo(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    side = round(np.sqrt(random.uniform(0.008, 0.015) * width * height))
    x, y = place(random, (width, height), (side, side), True)
    return Change("faint logo", layered(logo(random, side), x, y, random.uniform(0.3, 0.5)))


def title(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    words = " ".join(random.choice(WORDS, 2))
    wrong = list(words)
    at = int(random.choice([i for i, letter in enumerate(words) if letter != " "]))
    wrong[at] = str(random.choice([letter for letter in "AEHKMNORSTUX" if letter != words[at]]))
    high = round(height * random.uniform(0.08, 0.13))
    layers = [text_picture(text, high, (250, 250, 245)) for text in (words, "".join(wrong))]
    layers = [layer[:, :width] for layer in layers]
    # the letters after the wrong one stay where they were
    font = ImageFont.load_default(max(8, high))
    start = round(font.getlength(words[:at]))
    after = start + round(font.getlength(words[at]))
    patched = layers[0].copy()
    letter = text_picture(wrong[at], high, (250, 250, 245))
    patched[:, start : after + 1] = 0
    piece = letter[-patched.shape[0] :, : max(1, after - start)]
    region = patched[patched.shape[0] - piece.shape[0] :, start : start + piece.shape[1]]
    region[:] = piece[:, : region.shape[1]]
    x, y = (width - layers[0].shape[1]) // 2, round(height * random.uniform(0.15, 0.75))
    return Change("typo", layered(patched, x, y), layered(layers[0], x, y), whole_length=True)


def region_of(random: Random, pictures: list[Picture], score: Callable[[Picture], float]) -> tuple[int, int, int, int]:
    """The box x, y, w, h of 1-5 % of the picture with the best score among some."""
    height, width = pictures[0].shape[:2]
    best, found = -1.0, (0, 0, width // 5, height // 5)
    middle = pictures[len(pictures) // 2]
    for _ in range(12):
        area = random.uniform(0.014, 0.05) * width * height
        ratio = random.uniform(0.7, 1.5)
        w, h = round(np.sqrt(area * ratio)), round(np.sqrt(area / ratio))
        x, y = place(random, (width, height), (w, h), False)
        value = score(middle[y : y + h, x : x + w])
        if value > best:
            best, found = value, (x, y, w, h)
    return found


def contrast(part: Picture) -> float:
    return float(part.astype(np.float32).std(axis=(0, 1)).mean())


def colourful(part: Picture) -> float:
    hsv = cv2.cvtColor(part, cv2.COLOR_RGB2HSV).astype(np.float32)
    return float((hsv[:, :, 1] * hsv[:, :, 2]).mean() / 255)


def mixed(part: Picture, other: Picture, fade: float) -> Picture:
    """`other` instead of `part` inside an ellipse."""
    height, width = part.shape[:2]
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 1.0, -1)
    share = (cv2.GaussianBlur(mask, (0, 0), 1.2) * fade)[:, :, None]
    return np.clip(part * (1 - share) + other * share + 0.5, 0, 255).astype(np.uint8)


def inside(box: tuple[int, int, int, int], change: Callable[[Picture], Picture], round_: bool) -> Paint:
    x, y, w, h = box

    def paint(picture: Picture, fade: float, _: int) -> Picture:
        result = picture.copy()
        part = picture[y : y + h, x : x + w]
        result[y : y + h, x : x + w] = mixed(part, change(part), fade) if round_ else change(part)
        return result

    return paint


def blurred(random: Random, pictures: list[Picture]) -> Change:
    box = region_of(random, pictures, contrast)
    sigma = random.uniform(4, 9) * pictures[0].shape[1] / 640
    return Change("blurred face", inside(box, lambda part: cv2.GaussianBlur(part, (0, 0), sigma), True))


def pixelated(random: Random, pictures: list[Picture]) -> Change:
    box = region_of(random, pictures, contrast)
    block = random.uniform(8, 14) * pictures[0].shape[1] / 640

    def change(part: Picture) -> Picture:
        height, width = part.shape[:2]
        few = (max(2, round(width / block)), max(2, round(height / block)))
        small = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)

    return Change("pixelated", inside(box, change, False))


def removed(random: Random, pictures: list[Picture]) -> Change:
    box = region_of(random, pictures, contrast)
    x, y, w, h = box

    def paint(picture: Picture, fade: float, _: int) -> Picture:
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(mask, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, 255, -1)
        pad = 12
        y0, y1, x0, x1 = max(0, y - pad), y + h + pad, max(0, x - pad), x + w + pad
        result = picture.copy()
        result[y0:y1, x0:x1] = cv2.inpaint(picture[y0:y1, x0:x1], mask[y0:y1, x0:x1], 4, cv2.INPAINT_TELEA)
        return result

    return Change("object removed", paint)


def recoloured(random: Random, pictures: list[Picture]) -> Change:
    box = region_of(random, pictures, colourful)
    turn = int(random.choice([-1, 1]) * random.integers(30, 90))

    def change(part: Picture) -> Picture:
        hsv = cv2.cvtColor(part, cv2.COLOR_RGB2HSV)
        hsv[:, :, 0] = (hsv[:, :, 0].astype(np.int32) + turn) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return Change("recoloured", inside(box, change, True))


def pasted(random: Random, pictures: list[Picture]) -> Change:
    """Something from elsewhere in the clip, soft at its edge."""
    height, width = pictures[0].shape[:2]
    x, y, w, h = region_of(random, pictures, contrast)
    to_x, to_y = place(random, (width, height), (w, h), False)
    piece = pictures[len(pictures) // 3][y : y + h, x : x + w][:, ::-1].copy()
    return Change("object added", inside((to_x, to_y, w, h), lambda _: piece, True), fade=int(random.choice([0, 8])))


def ticker(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    high = round(height * random.uniform(0.05, 0.07))
    wide = round(width * random.uniform(0.5, 0.72))
    words = text_picture("  ".join(random.permutation(WORDS)), round(high * 0.6), (255, 255, 255))
    ink = colour_of(random)
    x, y = (width - wide) // 2, round(height * random.uniform(0.84, 0.9))
    speed = random.uniform(2, 5)

    def paint(picture: Picture, fade: float, number: int) -> Picture:
        band = np.empty((high, wide, 3), np.uint8)
        band[:] = ink
        band = over(band, words, round(wide * 0.3 - speed * number), round(high * 0.2), 1.0)
        return over(picture, np.dstack([band, np.full((high, wide), 255, np.uint8)]), x, y, 0.9 * fade)

    return Change("ticker", paint)


def sliding(random: Random, pictures: list[Picture]) -> Change:
    height, width = pictures[0].shape[:2]
    side = round(np.sqrt(random.uniform(0.02, 0.03) * width * height))
    layer = logo(random, side)
    x, y = place(random, (width - side, height), (side, side), False)
    speed = random.uniform(0.3, 0.8)
    return Change("moving logo", lambda p, fade, n: over(p, layer, x + round(speed * n), y, fade))


KINDS = (
    lower_third,
    logo_swap,
    small_logo,
    blurred,
    pixelated,
    removed,
    recoloured,
    pasted,
    title,
    ticker,
    sliding,
)
