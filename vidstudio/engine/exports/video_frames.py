"""Draws the pictures of a comparison video: both versions, and below them who is who, where, and what changed.

Nothing is written over the pictures except where one side has nothing: there its last frame is held, dimmed, and
says so. Colours are sRGB 0..255.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vidstudio.engine.exports.fonts import Font, bold_font, plain_font, runs
from vidstudio.engine.exports.video_plan import Moment, Picture, VideoLayout
from vidstudio.engine.types import EditKind, VideoInfo

Colour = tuple[int, int, int]

GAP = 4
"""Pixels between the two pictures side by side."""
DIM = 90
"""A held picture is shown at this many 256ths."""

_DARK = (np.arange(256) * DIM >> 8).astype(np.uint8)
_MOST_HIGH = 1080
_BACK: Colour = (17, 18, 21)
_TEXT: Colour = (236, 238, 242)
_MUTED: Colour = (160, 166, 178)
_COLOURS: dict[EditKind, Colour] = {
    "same": (93, 99, 111),
    "changed": (240, 180, 41),
    "inserted": (34, 196, 152),
    "removed": (244, 122, 60),
    "moved": (223, 143, 194),
    "retimed": (102, 185, 240),
}


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where everything is, in pixels; all sizes are even. a, b: `(x, y, width, height)` of the two pictures, which
    lie one over the other unless they are side by side. The strip of text is below `picture_height`.
    """

    layout: VideoLayout
    width: int
    picture_height: int
    line: int
    a: tuple[int, int, int, int]
    b: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the video."""
        return self.width, self.picture_height + 2 * self.line + GAP


def geometry(layout: VideoLayout, a: VideoInfo, b: VideoInfo, most_wide: int) -> Geometry:
    """Sizes for two videos, the video not wider than `most_wide`.

    Side by side both are equally high, and none is larger than its own; else one is fitted into the larger of the two.
    """
    if layout == "side":
        height = min(max(a.height, b.height), _MOST_HIGH)
        wide = [info.display_size[0] / info.display_size[1] for info in (a, b)]
        height = _even(min(height, (most_wide - GAP) / sum(wide)))
        left, right = (_even(height * share) for share in wide)
        return _geometry(layout, left + GAP + right, height, (0, 0, left, height), (left + GAP, 0, right, height))
    width, height = max(b.display_size, a.display_size, key=math.prod)
    scale = min(1.0, most_wide / width, _MOST_HIGH / height)
    width, height = _even(width * scale), _even(height * scale)
    return _geometry(layout, width, height, *(_fitted(info.display_size, width, height) for info in (a, b)))


def _fitted(size: tuple[int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """Where a picture of a size is in the middle of a place, as large as it can be."""
    fit = min(width / size[0], height / size[1])
    wide, high = (min(_even(n * fit), most) for n, most in zip(size, (width, height), strict=True))
    return (width - wide) // 2, (height - high) // 2, wide, high


def _geometry(
    layout: VideoLayout, width: int, height: int, a: tuple[int, int, int, int], b: tuple[int, int, int, int]
) -> Geometry:
    return Geometry(layout, width, height, _even(max(18, min(height * 0.05, width * 0.045))), a, b)


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


class Composer:
    """Draws pictures of one geometry. names: of A and B; gain: how much a difference is magnified."""

    def __init__(self, place: Geometry, names: tuple[str, str], gain: float) -> None:
        self._place = place
        self._names = names
        self._magnified = np.minimum(np.arange(256) * gain + 0.5, 255).astype(np.uint8)

    def draw(self, moment: Moment) -> Picture:
        """The picture, uint8 (height, width, 3)."""
        place = self._place
        width, height = place.size
        picture = np.empty((height, width, 3), np.uint8)
        top = picture[: place.picture_height]  # each layout draws over all of it
        if place.layout == "side":
            for box, side, held in ((place.a, moment.a, moment.a_held), (place.b, moment.b, moment.b_held)):
                _part(top, box)[:] = _dimmed(side) if held else side
            top[:, place.a[2] : place.a[2] + GAP] = _BACK
        elif place.layout == "wipe":
            self._wipe(top, moment)
        else:
            self._difference(top, moment)
        self._strip(picture, moment)
        self._say_held(picture, moment)
        return picture

    def _wipe(self, top: Picture, moment: Moment) -> None:
        at = round(moment.line * top.shape[1])
        of_a = _placed(top, self._place.a, _dimmed(moment.a) if moment.a_held else moment.a)
        top[:] = _placed(top, self._place.b, _dimmed(moment.b) if moment.b_held else moment.b)
        top[:, :at] = of_a[:, :at]
        top[:, max(0, at - 2) : at + 2] = 0
        top[:, max(0, at - 1) : at + 1] = 255

    def _difference(self, top: Picture, moment: Moment) -> None:
        if moment.a_held or moment.b_held:
            box, side = (self._place.b, moment.b) if moment.a_held else (self._place.a, moment.a)
            top[:] = _placed(top, box, _dimmed(side))
            return
        of_a, of_b = _placed(top, self._place.a, moment.a), _placed(top, self._place.b, moment.b)
        if moment.reframed is not None:
            of_a = _as_b_frames_it(of_a, moment.reframed)
        apart = np.maximum(of_a, of_b) - np.minimum(of_a, of_b)
        np.take(self._magnified, apart, out=top)

    def _strip(self, picture: Picture, moment: Moment) -> None:
        place = self._place
        top = place.picture_height
        picture[top : top + GAP] = _COLOURS[moment.kind]
        top += GAP
        middle = place.b[0] if place.layout == "side" else place.width // 2
        middle = min(max(middle, place.width // 3), 2 * place.width // 3)
        for number, (left, right) in enumerate(((0, middle), (middle, place.width))):
            line = _line("AB"[number], moment.codes[number], self._names[number], right - left, place.line)
            picture[top : top + place.line, left:right] = line
        words = _words(
            moment.words, place.width, place.line, _MUTED if moment.kind == "same" else _COLOURS[moment.kind]
        )
        picture[top + place.line : top + 2 * place.line] = words

    def _say_held(self, picture: Picture, moment: Moment) -> None:
        place = self._place
        for number, (held, box) in enumerate(((moment.a_held, place.a), (moment.b_held, place.b))):
            if not held:
                continue
            x, width = box[0], box[2]
            if place.layout == "wipe":
                at = round(moment.line * place.width)
                x, width = (0, at) if number == 0 else (at, place.width - at)
            sign = _sign(moment.lacking[number], place.line)
            high, wide = sign.shape[:2]
            if wide <= width - 4:
                left, top = x + (width - wide) // 2, (place.picture_height - high) // 2
                picture[top : top + high, left : left + wide] = sign


def _part(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    x, y, width, height = box
    return picture[y : y + height, x : x + width]


def _placed(top: Picture, box: tuple[int, int, int, int], side: Picture) -> Picture:
    """A side in its place on black, as large as `top`."""
    if side.shape == top.shape:
        return side
    result = np.zeros_like(top)
    _part(result, box)[:] = side
    return result


def _as_b_frames_it(of_a: Picture, matrix: NDArray[np.float64]) -> Picture:
    """A's place as B shows it, black where B shows what A does not have; `matrix` as in `Moment.reframed`."""
    import cv2

    # OpenCV counts from the middle of the first pixel
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(of_a, centred, of_a.shape[1::-1], flags=flags), np.uint8)


def _dimmed(picture: Picture) -> Picture:
    dark: Picture = np.take(_DARK, picture)
    return dark


@lru_cache(maxsize=8)
def _line(letter: str, code: str, name: str, width: int, height: int) -> Picture:
    """A side's line of the strip: its letter, its time code, and as much of its name as there is room for."""
    image = Image.new("RGB", (width, height), _BACK)
    draw = ImageDraw.Draw(image)
    size = round(height * 0.62)
    at = _write(draw, height // 3, height, letter, bold_font(), size, _TEXT)
    at = _write(draw, at + size // 2, height, code, plain_font(), size, _TEXT)
    room = width - at - size - height // 3
    _write(draw, at + size, height, _shortened(name, round(size * 0.9), room), plain_font(), round(size * 0.9), _MUTED)
    return np.asarray(image)


@lru_cache(maxsize=8)
def _words(words: str, width: int, height: int, colour: Colour) -> Picture:
    image = Image.new("RGB", (width, height), _BACK)
    size = round(height * 0.6)
    text = _shortened(words, size, width - height)
    length = round(_length(text, plain_font(), size))
    _write(ImageDraw.Draw(image), (width - length) // 2, height, text, plain_font(), size, colour)
    return np.asarray(image)


@lru_cache(maxsize=4)
def _sign(text: str, line: int) -> Picture:
    size = round(line * 0.8)
    width = round(_length(text, bold_font(), size)) + line
    image = Image.new("RGB", (width, line + line // 2), _BACK)
    _write(ImageDraw.Draw(image), line // 2, line + line // 2, text, bold_font(), size, _TEXT)
    return np.asarray(image)


def _write(draw: ImageDraw.ImageDraw, x: float, height: int, text: str, font: Font, size: int, colour: Colour) -> int:
    """Write on the middle of a line; returns where the text ends."""
    baseline = round(height / 2 + size * 0.36)
    for run in runs(text, font):
        loaded = _loaded(run.font, size)
        draw.text((x, baseline), run.text, fill=colour, font=loaded, anchor="ls")
        x += loaded.getlength(run.text)
    return round(x)


@lru_cache(maxsize=64)
def _shortened(text: str, size: int, room: float) -> str:
    """The text, or its beginning and end with … between them, so that it fits into `room` pixels; else nothing."""
    text = "".join(char if char.isprintable() else "_" for char in text)
    if _length(text, plain_font(), size) <= room:
        return text
    for kept in range(len(text) - 1, 3, -1):
        short = text[: kept - kept // 2] + "…" + text[len(text) - kept // 2 :]
        if _length(short, plain_font(), size) <= room:
            return short
    return ""


def _length(text: str, font: Font, size: int) -> float:
    return sum(float(_loaded(run.font, size).getlength(run.text)) for run in runs(text, font))


@lru_cache(maxsize=32)
def _loaded(font: Font, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font.path), size, index=font.face)
