"""Where two pictures of the same moment differ, as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_QUIET, _LOUD = 6.0, 56.0
"""Levels of 255: below the first the difference is noise of an encoder, from the second on it is the brightest."""


def heat_picture(a: Picture, b: Picture) -> Picture:
    """B in grey, and over it how much A differs there, after both were blurred a little: (h, w, 3) RGB of B's size.

    Dark purple is a little, yellow is much; where nothing differs only B is seen.
    """
    import cv2

    height, width = b.shape[:2]
    same_size = a if a.shape == b.shape else cv2.resize(a, (width, height), interpolation=cv2.INTER_AREA)
    sigma = max(1.0, height / 90)
    blurred = [cv2.GaussianBlur(one, (0, 0), sigma).astype(np.float32) for one in (same_size, b)]
    apart = np.abs(blurred[0] - blurred[1]).max(axis=2)
    strength = np.clip((apart - _QUIET) / (_LOUD - _QUIET), 0, 1)
    colours = cv2.applyColorMap((64 + 191 * strength).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = np.repeat(cv2.cvtColor(b, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32) * 0.6
    share = np.clip(strength * 4, 0, 0.9)[..., None]
    mixed: Picture = (grey * (1 - share) + colours * share + 0.5).astype(np.uint8)
    return mixed
