"""Where an edit changed the picture, and how much, as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import Edit

Picture = NDArray[np.uint8]


def heat_picture(b: Picture, edit: Edit, size: tuple[int, int]) -> Picture | None:
    """B in grey, and over it how much its parts changed during an edit, as was measured: (h, w, 3) RGB of B's size.

    size: width and height of B's frames, in whose pixels the edit's boxes are. Dark purple is a little, yellow is much.
    Only what is in a box glows: the rest is too little to be told, or a person ignores it. None where nothing was
    measured, there is no box, or another picture is shown, of which all would glow.
    """
    import cv2

    if edit.heat is None or not edit.boxes or "picture" in edit.change:
        return None
    strength = np.zeros(b.shape[:2], np.float32)
    rows, columns = _part(b, edit.heat.box, size)
    place = strength[rows, columns]
    place[:] = cv2.resize(edit.heat.picture, place.shape[::-1], interpolation=cv2.INTER_LINEAR)
    told = np.zeros(b.shape[:2], bool)
    for box in edit.boxes:
        told[_part(b, box, size)] = True
    strength *= told / np.float32(255)
    colours = cv2.applyColorMap((64 + 191 * strength).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = np.repeat(cv2.cvtColor(b, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32) * 0.6
    share = np.clip(strength * 4, 0, 0.9)[..., None]
    mixed: Picture = (grey * (1 - share) + colours * share + 0.5).astype(np.uint8)
    return mixed


def _part(picture: Picture, box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a smaller picture that a box `[x, y, w, h]` of the whole one covers; at least one of each."""
    x, y, width, height = box
    across, down = picture.shape[1] / size[0], picture.shape[0] / size[1]
    left, top = min(round(x * across), picture.shape[1] - 1), min(round(y * down), picture.shape[0] - 1)
    right, bottom = max(left + 1, round((x + width) * across)), max(top + 1, round((y + height) * down))
    return slice(top, bottom), slice(left, right)
