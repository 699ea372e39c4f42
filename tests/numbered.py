"""Pictures that carry their number where a machine can read it, after any encoding, scaling or turning back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 6, 4
BITS = 12


def numbered(numbers: Iterable[int], size: tuple[int, int] = (96, 64)) -> Iterator[NDArray[np.uint8]]:
    """(h, w, 3) uint8: number in black and white blocks (the upper rows as it is, the lower ones inverted)."""
    width, height = size
    rows = np.minimum(np.arange(height) * ROWS // height, ROWS - 1)
    columns = np.minimum(np.arange(width) * COLUMNS // width, COLUMNS - 1)
    for number in numbers:
        bits = [(number >> bit) & 1 for bit in range(BITS)]
        cells = np.array(bits + [1 - bit for bit in bits], np.uint8).reshape(ROWS, COLUMNS)
        luma = 40 + 175 * cells[rows][:, columns]
        yield np.repeat(luma[:, :, None], 3, axis=2)


def read_number(picture: NDArray[np.uint8]) -> int:
    """The number of a picture (h, w) or (h, w, 3); -1 when it cannot be read for sure."""
    luma = picture if picture.ndim == 2 else picture.mean(axis=2)
    height, width = luma.shape
    ys = [int((r + 0.5) * height / ROWS) for r in range(ROWS)]
    xs = [int((c + 0.5) * width / COLUMNS) for c in range(COLUMNS)]
    bits = [int(luma[y, x] > 127) for y in ys for x in xs]
    if bits[:BITS] != [1 - bit for bit in bits[BITS:]]:
        return -1
    return sum(bit << place for place, bit in enumerate(bits[:BITS]))


def write_even(
    path: Path, pictures: Iterable[NDArray[np.uint8]], codec: str, gop: int, options: dict[str, str], **context: object
) -> Path:
    """Encode at 25 frames a second with a clock of 1/25 s, which some codecs insist on."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.pix_fmt = "yuv420p"
        stream.options = options
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = Fraction(1, 25)
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
