"""Pictures that carry their own number, readable after encoding, scaling and painting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 6, 2
MARK_BITS = 2


def numbered(frames: int, mark: int = 0, size: tuple[int, int] = (192, 108)) -> Iterator[NDArray[np.uint8]]:
    """Frames 0.. with 10 bits of number and 2 bits of `mark` as black and white cells. Yields (h, w, 3) uint8."""
    width, height = size
    for number in range(frames):
        word = number | mark << (COLUMNS * ROWS - MARK_BITS)
        cells = np.array([(word >> bit) & 1 for bit in range(COLUMNS * ROWS)], np.uint8).reshape(ROWS, COLUMNS)
        rows = np.arange(height) * ROWS // height
        columns = np.arange(width) * COLUMNS // width
        grey = (cells[rows][:, columns] * 200 + 28).astype(np.uint8)
        yield np.repeat(grey[:, :, None], 3, axis=2)


def read_number(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """(number, mark) of a picture (h, w, ...) of any size; also when dimmed. The mark must be 1 or 2."""
    height, width = picture.shape[:2]
    grey = picture.reshape(height, width, -1)[:, :, 0].astype(int)
    # below the middle of a cell: labels sit at the upper left and in the middle of the picture
    rows = [int((row + 0.75) * height / ROWS) for row in range(ROWS)]
    columns = [int((column + 0.65) * width / COLUMNS) for column in range(COLUMNS)]
    cells = grey[rows][:, columns].ravel()
    middle = (int(cells.min()) + int(cells.max())) / 2  # every mark but 0 has a black and a white bit
    word = sum(int(cell > middle) << bit for bit, cell in enumerate(cells))
    return word & ((1 << (COLUMNS * ROWS - MARK_BITS)) - 1), word >> (COLUMNS * ROWS - MARK_BITS)
