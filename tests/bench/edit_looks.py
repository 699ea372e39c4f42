"""What editors do to pictures: grade, overlay, crop, zoom, put into bars. Pictures are grey, (n, height, width)."""

from __future__ import annotations

import cv2
import numpy as np
from edit_footage import SIZE, Pictures, Random


def grade(random: Random, pictures: Pictures) -> Pictures:
    x = np.arange(256) / 255
    gamma, gain, lift = random.uniform(0.7, 1.45), random.uniform(0.75, 1.2), random.uniform(-0.06, 0.06)
    curve = np.clip(255 * (gain * x**gamma + lift), 0, 255).astype(np.uint8)
    return curve[pictures]


def overlay(random: Random, pictures: Pictures) -> Pictures:
    """A subtitle that changes, or a logo."""
    width, height = SIZE
    result = pictures.copy()
    if random.random() < 0.5:
        for at in range(0, len(result), 45):
            text = "".join(random.choice(list("abcdefgh ijklmno "), int(random.integers(14, 30))))
            for picture in result[at : at + 40]:
                cv2.putText(picture, text, (30, height - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 0, 4, cv2.LINE_AA)
                cv2.putText(picture, text, (30, height - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 245, 1, cv2.LINE_AA)
    else:
        x = int(random.choice([10, width - 54]))
        for picture in result:
            part = picture[10:36, x : x + 44]
            part[:] = part * 0.25 + 0.75 * 230
            cv2.circle(picture, (x + 22, 23), 9, 40, -1, cv2.LINE_AA)
    return result


def window(pictures: Pictures, lefts: np.ndarray, share: float) -> Pictures:
    """A window `share` of the width wide whose left side is at `lefts` (shares), stretched to the whole."""
    height = pictures.shape[1]
    wide = pictures.shape[2]
    result = np.empty_like(pictures)
    for i, (picture, left) in enumerate(zip(pictures, lefts, strict=True)):
        matrix = np.array([[share, 0, left * wide], [0, 1, 0]], np.float32)
        flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        result[i] = cv2.warpAffine(picture, matrix, (wide, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result


def zoomed(pictures: Pictures, factors: np.ndarray, at: tuple[float, float] = (0.5, 0.5)) -> Pictures:
    height, wide = pictures.shape[1:]
    result = np.empty_like(pictures)
    for i, (picture, factor) in enumerate(zip(pictures, factors, strict=True)):
        left, top = at[0] * wide * (1 - 1 / factor), at[1] * height * (1 - 1 / factor)
        matrix = np.array([[1 / factor, 0, left], [0, 1 / factor, top]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        result[i] = cv2.warpAffine(picture, matrix, (wide, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result


def barred(pictures: Pictures, across: int, down: int) -> Pictures:
    """Shrunk into black bars of so many points at both sides and above and below."""
    result = np.zeros_like(pictures)
    height, width = pictures.shape[1:]
    for i, picture in enumerate(pictures):
        small = cv2.resize(picture, (width - 2 * across, height - 2 * down), interpolation=cv2.INTER_AREA)
        result[i, down : height - down, across : width - across] = small
    return result
