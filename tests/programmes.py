"""Programmes of shots as thumbnails, for tests of alignment: no files, no decoding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.match import Pictures

FRAME_US = 40_000


def shot(seed: int, frames: int) -> NDArray[np.uint8]:
    """A textured picture that pans slowly; every seed looks unlike every other."""
    random = np.random.default_rng([seed, 77])
    big = np.zeros((HEIGHT * 4, WIDTH * 4))
    for cells in (4, 9, 18):
        rows = np.linspace(0, cells - 1, big.shape[0])
        columns = np.linspace(0, cells - 1, big.shape[1])
        grid = random.normal(size=(cells, cells))
        across = np.stack([np.interp(columns, np.arange(cells), line) for line in grid])
        big += np.stack([np.interp(rows, np.arange(cells), line) for line in across.T], axis=1)
    dx, dy = random.choice([-1.0, 1.0], 2) * random.uniform(0.25, 1.0, 2)
    result = []
    for number in range(frames):
        x, y = (WIDTH * 1.5 + dx * number) % (WIDTH * 3 - 1), (HEIGHT * 1.5 + dy * number) % (HEIGHT * 3 - 1)
        x0, y0, fx, fy = int(x), int(y), x % 1, y % 1
        part = big[y0 : y0 + HEIGHT + 1, x0 : x0 + WIDTH + 1]
        part = part[:-1] * (1 - fy) + part[1:] * fy
        part = part[:, :-1] * (1 - fx) + part[:, 1:] * fx
        result.append(part)
    return np.clip(120 + 35 * np.stack(result), 0, 255).astype(np.uint8)


def slow(seed: int, frames: int) -> NDArray[np.uint8]:
    """A picture that moves by a fifth of a point of the thumbnail in each frame."""
    picture = shot(seed, 1)[0].astype(np.float64)
    at = np.arange(frames) / 5
    whole, part = at.astype(int), (at % 1)[:, None, None]
    here, next_ = (np.stack([np.roll(picture, -by, axis=1) for by in whole + more]) for more in (0, 1))
    return np.rint(here * (1 - part) + next_ * part).astype(np.uint8)


def pictures(thumbs: NDArray[np.uint8], aspect: float = 16 / 9, frame_us: int = FRAME_US) -> Pictures:
    """A video of these thumbnails at a constant rate."""
    starts = np.arange(len(thumbs), dtype=np.int64) * frame_us
    return Pictures(thumbs, starts, len(thumbs) * frame_us, aspect)


def recoded(thumbs: NDArray[np.uint8], seed: int = 0, noise: float = 1.5) -> NDArray[np.uint8]:
    """The same with a little noise, as after another encoding."""
    random = np.random.default_rng(seed)
    return np.clip(thumbs + random.normal(0, noise, thumbs.shape), 0, 255).astype(np.uint8)
