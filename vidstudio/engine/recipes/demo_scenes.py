"""Little moving paintings for the demo: each a function from time to a picture, the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (640, 360)
_DRAWN = (1280, 720)
"""Drawn at twice the size and made smaller: smooth edges."""

Painter = Callable[[float], NDArray[np.uint8]]
"""Picture (360, 640, 3) RGB at a time in seconds since the scene began."""

Colour = tuple[int, int, int]
Point = tuple[float, float]


def sunrise() -> Painter:
    """The sun rises behind hills that pass by at different speeds."""
    sky = _gradient((38, 42, 92), (244, 132, 96), (255, 214, 150))
    glow = _glow(520, (255, 226, 150))
    hills = [_ridge(seed, height) for seed, height in ((1, 90), (2, 120), (3, 150))]
    colours = ((142, 86, 118), (92, 62, 104), (48, 40, 78))

    def paint(t: float) -> NDArray[np.uint8]:
        picture = sky.copy()
        draw = ImageDraw.Draw(picture)
        x, y = 860 - 14 * t, 470 - 52 * t
        _paste(picture, glow, x, y)
        draw.ellipse((x - 62, y - 62, x + 62, y + 62), fill=(255, 244, 206))
        for number, (ridge, colour) in enumerate(zip(hills, colours, strict=True)):
            _land(draw, ridge, 420 + 90 * number, t * (20 + 34 * number), colour)
        for bird in range(5):
            _bird(draw, (180 + 74 * bird + 55 * t, 150 + 30 * math.sin(bird * 2.1) - 6 * t), 9 * t + bird)
        return _finished(picture)

    return paint


def city() -> Painter:
    """A city at night; the camera travels, windows are lit, cars pass."""
    random = np.random.default_rng(11)
    sky = _gradient((8, 12, 38), (30, 34, 84), (92, 66, 120))
    rows = [[_tower(random, depth) for _ in range(26)] for depth in range(2)]
    stars = random.uniform((0, 0, 1), (1280, 380, 2.6), (90, 3))

    def paint(t: float) -> NDArray[np.uint8]:
        picture = sky.copy()
        draw = ImageDraw.Draw(picture)
        for x, y, r in stars:
            draw.ellipse((x, y, x + r, y + r), fill=(214, 220, 255))
        draw.ellipse((980, 70, 1080, 170), fill=(248, 240, 214))
        draw.ellipse((958, 58, 1058, 158), fill=(20, 24, 66))
        for depth, towers in enumerate(rows):
            x = -t * (26 + 40 * depth) - 20.0
            for width, height, colour, windows in towers:
                _draw_tower(draw, x, 640, width, height, colour, windows)
                x += width + 8
        draw.rectangle((0, 640, 1280, 720), fill=(14, 14, 26))
        for car in range(9):
            x = (car * 290 + 210 * t * (1 if car % 2 else -1.2)) % 1500 - 110
            light = (255, 236, 170) if car % 2 else (255, 84, 70)
            draw.rounded_rectangle((x, 662 + 26 * (car % 2), x + 54, 672 + 26 * (car % 2)), 5, fill=light)
        return _finished(picture)

    return paint


def sea() -> Painter:
    """A sailing boat on rolling waves."""
    sky = _gradient((120, 198, 236), (190, 230, 244), (246, 250, 240))
    waves = ((60, 152, 190), (36, 120, 168), (20, 92, 146), (10, 66, 116))

    def paint(t: float) -> NDArray[np.uint8]:
        picture = sky.copy()
        draw = ImageDraw.Draw(picture)
        for cloud in range(4):
            _cloud(draw, (cloud * 380 + 24 * t * (1 + cloud % 2) - 60, 90 + 46 * (cloud % 3)), 1 + 0.25 * (cloud % 2))
        for number, colour in enumerate(waves):
            base, speed = 400 + 80 * number, 1.4 + 0.35 * number
            xs = np.arange(0, 1300, 20)
            ys = base + 16 * np.sin(xs / 92 + t * speed + number) + 9 * np.sin(xs / 41 - t * 2 + 2 * number)
            draw.polygon([*zip(xs.tolist(), ys.tolist(), strict=True), (1280, 720), (0, 720)], fill=colour)
            if number == 1:
                _boat(draw, 300 + 95 * t, 492 + 15 * math.sin(t * 1.7), 0.07 * math.sin(t * 1.9))
        return _finished(picture)

    return paint


def planet() -> Painter:
    """A ringed planet with moons, turning among the stars."""
    random = np.random.default_rng(5)
    space = _gradient((6, 6, 18), (20, 12, 44), (44, 20, 66))
    stars = random.uniform((0, 0, 1), (1400, 720, 3.4), (170, 3))
    ball = _ball(210, (240, 160, 90), (120, 50, 90))

    def ring(draw: ImageDraw.ImageDraw, start: int, end: int) -> None:
        for number, colour in enumerate(((232, 206, 160), (190, 150, 130), (238, 220, 186), (150, 116, 120))):
            r = 300 + 22 * number
            draw.arc((640 - r, 350 - r * 0.3, 640 + r, 350 + r * 0.3), start, end, fill=colour, width=13)

    def paint(t: float) -> NDArray[np.uint8]:
        picture = space.copy()
        draw = ImageDraw.Draw(picture)
        for x, y, r in stars:
            left = (x - 16 * t * r) % 1400 - 60
            draw.ellipse((left, y, left + r, y + r), fill=(236, 236, 255))
        ring(draw, 180, 360)
        picture.paste(ball, (430, 140), ball)
        ring(draw, 0, 180)
        for number, (size, speed, colour) in enumerate(((34, 1.3, (214, 220, 230)), (22, -0.9, (150, 206, 220)))):
            angle = t * speed + 2.2 * number
            x, y = 640 + 480 * math.cos(angle), 330 + (150 - 300 * number) * math.sin(angle)
            draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
        return _finished(picture)

    return paint


def winter() -> Painter:
    """Snow falls on mountains and fir trees."""
    random = np.random.default_rng(8)
    sky = _gradient((88, 132, 178), (168, 202, 224), (232, 240, 246))
    peaks = _ridge(21, 260, 4)
    flakes = random.uniform((0, 0, 2, 60), (1280, 760, 8, 190), (150, 4))
    trees = sorted((float(random.uniform(470, 700)), float(random.uniform(-40, 1500))) for _ in range(26))

    def paint(t: float) -> NDArray[np.uint8]:
        picture = sky.copy()
        draw = ImageDraw.Draw(picture)
        _land(draw, peaks, 330, 12 * t, (120, 148, 184))
        _land(draw, peaks, 372, 12 * t, (244, 248, 252))
        _land(draw, _ridge(22, 60), 520, 30 * t, (222, 232, 242))
        for y, x in trees:
            _fir(draw, x - 44 * t * (y - 400) / 200, y, (y - 300) / 230)
        for x, y, r, speed in flakes:
            left, top = (x + 30 * math.sin(t + x)) % 1280, (y + speed * t) % 760 - 20
            draw.ellipse((left, top, left + r, top + r), fill=(255, 255, 255))
        return _finished(picture)

    return paint


def balloons() -> Painter:
    """Hot-air balloons rise over fields."""
    sky = _gradient((112, 176, 240), (190, 216, 246), (255, 236, 208))
    fields = [_ridge(seed, 44) for seed in (31, 32, 33)]
    greens = ((150, 190, 110), (112, 166, 90), (76, 136, 78))
    crew = (
        (260, 480, 1.25, 34, ((226, 70, 70), (250, 214, 120))),
        (640, 560, 0.85, 50, ((64, 120, 210), (240, 240, 246))),
        (960, 420, 1.05, 26, ((240, 150, 50), (110, 60, 130))),
        (1120, 640, 0.6, 62, ((40, 160, 130), (246, 236, 190))),
    )

    def paint(t: float) -> NDArray[np.uint8]:
        picture = sky.copy()
        draw = ImageDraw.Draw(picture)
        for cloud in range(3):
            _cloud(draw, (cloud * 470 + 16 * t, 80 + 60 * (cloud % 2)), 1.2)
        for number, (field, green) in enumerate(zip(fields, greens, strict=True)):
            _land(draw, field, 520 + 64 * number, 10 * t * (1 + number), green)
        for x, y, scale, speed, colours in crew:
            _balloon(draw, (x + 18 * math.sin(t * 0.8 + x) + 10 * t, y - speed * t), scale, colours)
        return _finished(picture)

    return paint


def aurora() -> Painter:
    """Northern lights over a dark lake."""
    random = np.random.default_rng(3)
    sky = _gradient((4, 12, 30), (8, 30, 56), (14, 48, 70))
    stars = random.uniform((0, 0, 1), (1280, 400, 2.4), (110, 3))
    shore = _ridge(41, 70)

    def paint(t: float) -> NDArray[np.uint8]:
        light = Image.new("RGB", (320, 180))
        draw = ImageDraw.Draw(light)
        for band, colour in enumerate(((40, 220, 150), (90, 120, 240), (70, 240, 190))):
            for x in range(-4, 324, 4):
                top = 44 + 18 * band + 16 * math.sin(x / 34 + t * 0.9 + band * 2) + 6 * math.sin(x / 11 - t * 1.4)
                strength = 0.45 + 0.4 * math.sin(x / 21 + t * 1.3 + band)
                draw.line((x, top, x + 5, top - 42), fill=tuple(int(c * max(strength, 0.0)) for c in colour), width=5)
        light = light.filter(ImageFilter.GaussianBlur(5)).resize(_DRAWN, Image.Resampling.BILINEAR)
        picture = Image.fromarray(np.maximum(np.asarray(sky), np.asarray(light)))
        draw = ImageDraw.Draw(picture)
        for x, y, r in stars:
            draw.ellipse((x, y, x + r, y + r), fill=(222, 234, 244))
        mirror = picture.crop((0, 190, 1280, 470)).transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((1280, 220))
        picture.paste(Image.eval(mirror, lambda v: int(v * 0.55)), (0, 500))
        _land(ImageDraw.Draw(picture), shore, 470, 14 * t, (6, 14, 24), 505)
        return _finished(picture)

    return paint


def graded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same picture, warmer and a little brighter: another colourist's taste."""
    x = picture.astype(np.float32) / 255
    x = x**0.84 * np.array([1.1, 1.0, 0.74], np.float32) + np.array([0.03, 0.012, 0.0], np.float32)
    return (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)


def with_lower_third(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same picture with a name on a bar in its lower left."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = LOWER_THIRD
    draw.rectangle((left, top, right, bottom), fill=(34, 44, 92))
    draw.rectangle((left, top, left + 6, bottom), fill=(230, 80, 60))
    draw.text((left + 18, top + 6), "Dr. Ada Vega", font=ImageFont.load_default(20), fill=(238, 242, 250))
    draw.text((left + 18, top + 31), "Astronomer", font=ImageFont.load_default(13), fill=(170, 182, 214))
    return np.asarray(image)


LOWER_THIRD = (36, 282, 236, 336)
"""Left, top, right and bottom of the bar."""


def chord(notes: tuple[float, ...], start: int, count: int, length: int, rate: int = 48_000) -> NDArray[np.float32]:
    """Samples `start..start+count-1` (count, 2) of a soft chord that lasts `length` samples."""
    t = np.arange(start, start + count, dtype=np.float64)
    envelope = np.clip(np.minimum(t / (0.15 * rate), (length - t) / (0.15 * rate)), 0, 1)
    wave = np.zeros((count, 2))
    for number, hertz in enumerate(notes):
        tremolo = 0.75 + 0.25 * np.sin(2 * np.pi * (0.31 + 0.17 * number) * t / rate)
        tone = np.sin(2 * np.pi * hertz * t / rate) + 0.25 * np.sin(4 * np.pi * hertz * t / rate)
        pan = number / max(1, len(notes) - 1)
        wave += (tone * tremolo)[:, None] * np.array([1 - 0.5 * pan, 0.5 + 0.5 * pan])
    samples: NDArray[np.float32] = (0.11 * wave * envelope[:, None]).astype(np.float32)
    return samples


def _finished(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.reduce(2))


def _gradient(*colours: Colour) -> Image.Image:
    """From top to bottom through the colours."""
    at = np.linspace(0, len(colours) - 1, _DRAWN[1])
    column = np.stack([np.interp(at, range(len(colours)), [c[i] for c in colours]) for i in range(3)], axis=1)
    return Image.fromarray(np.repeat(column[:, None].astype(np.uint8), _DRAWN[0], axis=1))


def _glow(size: int, colour: Colour) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    alpha = np.clip(1 - np.hypot(x, y), 0, 1) ** 2 * 210
    solid = np.broadcast_to(np.array(colour, np.uint8), (size, size, 3))
    return Image.fromarray(np.dstack([solid, alpha.astype(np.uint8)]))


def _ball(radius: int, light: Colour, dark: Colour) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : 2j * radius, -1 : 1 : 2j * radius]
    shade = np.clip(0.55 - 0.45 * x - 0.4 * y + 0.09 * np.sin(y * 17) + 0.05 * np.sin(y * 41), 0, 1)[..., None]
    pixels = np.array(dark) * (1 - shade) + np.array(light) * shade
    alpha = np.clip((1 - np.hypot(x, y)) * radius, 0, 1) * 255
    return Image.fromarray(np.dstack([pixels, alpha]).astype(np.uint8))


def _paste(picture: Image.Image, light: Image.Image, x: float, y: float) -> None:
    picture.paste(light, (int(x - light.width / 2), int(y - light.height / 2)), light)


def _ridge(seed: int, height: int, roughness: int = 2) -> NDArray[np.float64]:
    """Heights of a line of hills, one for every 16 pixels, twice as long as the picture is wide."""
    random = np.random.default_rng(seed)
    x = np.arange(0, 2 * _DRAWN[0], 16)
    line = np.zeros(len(x))
    for octave in range(1, 3 + roughness):
        line += np.sin(x / (420 / octave**1.3) + random.uniform(0, 6.28)) / octave
    heights: NDArray[np.float64] = line * height / 2.4
    return heights


def _land(
    draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], base: float, shift: float, colour: Colour, floor: int = 720
) -> None:
    xs = np.arange(len(ridge)) * 16 - shift
    points = [(float(x), float(base - y)) for x, y in zip(xs, ridge, strict=True) if -32 <= x <= 1312]
    draw.polygon([*points, (1330, floor), (-40, floor)], fill=colour)


def _bird(draw: ImageDraw.ImageDraw, at: Point, phase: float) -> None:
    x, y = at
    flap = 9 * math.sin(phase)
    draw.line([(x - 20, y - flap), (x, y), (x + 20, y - flap)], fill=(44, 34, 62), width=4, joint="curve")


def _tower(random: np.random.Generator, depth: int) -> tuple[int, int, Colour, NDArray[np.bool_]]:
    width, height = int(random.integers(3, 6)) * 24, int(random.integers(5, 14)) * 30 + 60 * (1 - depth)
    tone = int(random.integers(0, 14)) + 26 * (1 - depth)
    return width, height, (18 + tone, 18 + tone, 40 + tone), random.random((height // 30, width // 24)) < 0.42


def _draw_tower(
    draw: ImageDraw.ImageDraw, x: float, ground: int, width: int, height: int, colour: Colour, lit: NDArray[np.bool_]
) -> None:
    if x > 1280 or x + width < 0:
        return
    draw.rectangle((x, ground - height, x + width, ground), fill=colour)
    for row, column in np.argwhere(lit):
        left, top = x + 7 + 24 * column, ground - height + 9 + 30 * row
        draw.rectangle(
            (left, top, left + 10, top + 14), fill=(255, 214, 122) if (row + column) % 3 else (190, 216, 255)
        )


def _cloud(draw: ImageDraw.ImageDraw, at: Point, scale: float) -> None:
    for dx, dy, r in ((0, 0, 36), (46, -16, 46), (98, -2, 38), (54, 12, 42)):
        x, y = at[0] + dx * scale, at[1] + dy * scale
        draw.ellipse((x - r * scale, y - r * scale * 0.7, x + r * scale, y + r * scale * 0.7), fill=(255, 255, 255))


def _boat(draw: ImageDraw.ImageDraw, x: float, y: float, tilt: float) -> None:
    cos, sin = math.cos(tilt), math.sin(tilt)

    def turned(*points: Point) -> list[Point]:
        return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in points]

    draw.polygon(turned((-92, 0), (92, 0), (62, 40), (-66, 40)), fill=(150, 60, 50))
    draw.polygon(turned((-92, 0), (92, 0), (88, 9), (-88, 9)), fill=(246, 240, 226))
    draw.line(turned((0, 0), (0, -216)), fill=(84, 60, 44), width=8)
    draw.polygon(turned((10, -206), (10, -14), (104, -14)), fill=(252, 250, 244))
    draw.polygon(turned((-10, -180), (-10, -14), (-78, -14)), fill=(232, 90, 66))


def _fir(draw: ImageDraw.ImageDraw, x: float, y: float, scale: float) -> None:
    for tier in range(3):
        top, half = y - (150 - 40 * tier) * scale, (26 + 15 * tier) * scale
        base = top + 66 * scale
        draw.polygon([(x, top), (x - half, base), (x + half, base)], fill=(34, 78 + 8 * tier, 74))
        draw.polygon(
            [(x, top), (x - half * 0.4, top + 26 * scale), (x + half * 0.4, top + 26 * scale)], fill=(240, 246, 250)
        )


def _balloon(draw: ImageDraw.ImageDraw, at: Point, scale: float, colours: tuple[Colour, Colour]) -> None:
    x, y = at
    w, h = 92 * scale, 108 * scale
    for number in range(5, 0, -1):
        half = w * number / 5
        draw.ellipse((x - half, y - h, x + half, y + h * 0.8), fill=colours[number % 2])
    draw.polygon([(x - w * 0.62, y + h * 0.5), (x + w * 0.62, y + h * 0.5), (x, y + h * 1.25)], fill=colours[1])
    for side in (-1, 1):
        draw.line((x + side * w * 0.2, y + h * 0.98, x + side * w * 0.16, y + h * 1.42), fill=(60, 50, 50), width=3)
    draw.rounded_rectangle((x - w * 0.2, y + h * 1.4, x + w * 0.2, y + h * 1.66), 5, fill=(122, 82, 52))
