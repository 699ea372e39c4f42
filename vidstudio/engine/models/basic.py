"""The embedded default embedder: no weights, no network, only numpy. It says how a picture looks, not what it means."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.ports import Embedder

Array = NDArray[np.float32]

_GRID = 32  # every picture is first averaged down to 32 x 32, so that its own size does not matter
_TEXTURE, _TONES, _EDGES, _COLOURS = 16, 8, 8, 4  # side of each part's grid of cells
_WEIGHTS = (0.45, 0.2, 0.25, 0.1)  # squared length of each part of a well-structured picture
# A part this weak counts half: sensor noise of a black frame must not be blown up to full contrast.
_WEAK = (0.8, 0.1, 0.15, 0.03)
_BRIGHTNESS = 0.25  # squared length of the brightness part: all that a black or a white frame has
_CONTRAST_FLOOR = 0.04
_BATCH = 16
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_SLANT = 2**-0.5
_DIRECTIONS = np.array(
    [[1, 0], [-1, 0], [0, 1], [0, -1], [_SLANT, _SLANT], [-_SLANT, -_SLANT], [_SLANT, -_SLANT], [-_SLANT, _SLANT]],
    np.float32,
)
_DIMENSION = _TEXTURE**2 + _TONES**2 + len(_DIRECTIONS) * _EDGES**2 + 2 * _COLOURS**2 + 2


class BasicEmbedder:
    """Weight-free `Embedder`: contrast-normalised texture, tones, edge directions and colour layout.

    Cosine distances: below 0.03 for a re-encode or another size of the same picture, below 0.05 for a
    mild grade or a crop of a few percent, mostly 0.2 to 1 for another shot. Deterministic.
    """

    @property
    def name(self) -> str:
        """`basic-1`."""
        return "basic-1"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return _DIMENSION

    def embed(self, frames: NDArray[np.uint8]) -> Array:
        """Unit vectors float32 (N, dimension) of RGB frames (N, height, width, 3). ValueError for another shape."""
        if frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape[1:]:
            raise ValueError(f"frames must be (N, height, width, 3), not {frames.shape}")
        vectors = np.empty((len(frames), _DIMENSION), np.float32)
        for start in range(0, len(frames), _BATCH):
            vectors[start : start + _BATCH] = _vectors(frames[start : start + _BATCH])
        return vectors


def _vectors(frames: NDArray[np.uint8]) -> Array:
    small = _shrunk(frames)  # (N, 3, 32, 32), 0..1
    luma = np.einsum("nchw,c->nhw", small, _LUMA)
    texture = _texture(luma)
    tones = _around(luma, _pooling(_TONES, 2.0))
    parts = (
        _around(texture, _pooling(_TEXTURE, 0.7)),
        tones - tones.mean((1, 2), keepdims=True),
        _edges(texture),
        _around(np.stack([small[:, 2] - luma, small[:, 0] - luma], 1), _pooling(_COLOURS, 4.0)),
    )
    flat = [part.reshape(len(frames), -1) for part in parts]
    scaled = [
        part * (np.sqrt(weight) / np.sqrt((part * part).sum(1, keepdims=True) + weak * weak))
        for part, weight, weak in zip(flat, _WEIGHTS, _WEAK, strict=True)
    ]
    # Brightness as a point on a quarter circle: its length is the same for black and for white.
    angle = luma.mean((1, 2)) * (np.pi / 2)
    scaled.append(np.stack([np.cos(angle), np.sin(angle)], 1) * np.sqrt(_BRIGHTNESS))
    vectors = np.concatenate(scaled, 1)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _shrunk(frames: NDArray[np.uint8]) -> Array:
    count, height, width, _ = frames.shape
    rows = _area_means(frames.reshape(count, height, width * 3))
    grid = _area_means(rows.reshape(count * _GRID, width, 3)).reshape(count, _GRID, _GRID, 3)
    return np.ascontiguousarray(grid.transpose(0, 3, 1, 2) / 255, np.float32)


def _area_means(values: NDArray[Any]) -> NDArray[np.float64]:
    """(N, length, M) to (N, 32, M): means over equal shares of the length, pixels at the seams by their part.

    Running sums and no matrix product: one this large makes BLAS use all cores, which on a busy machine
    takes fifty times as long.
    """
    count, length, width = values.shape
    sums = np.zeros((count, length + 1, width), np.uint32 if values.dtype == np.uint8 else np.float64)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    edges = np.linspace(0, length, _GRID + 1)
    below = np.minimum(edges.astype(int), length - 1)
    low, high = sums[:, below].astype(np.float64), sums[:, below + 1]
    at_edges = low + (high - low) * (edges - below)[:, None]
    return np.asarray(np.diff(at_edges, axis=1) * (_GRID / length))


def _texture(luma: Array) -> Array:
    """Luma less its surroundings, over the contrast there: what a grade leaves alone."""
    surroundings = _pooling(_GRID, 5.0)
    detail = luma - _around(luma, surroundings)
    contrast = np.sqrt(_around(detail * detail, surroundings) + _CONTRAST_FLOOR**2)
    return np.asarray(detail / contrast, np.float32)


def _edges(texture: Array) -> Array:
    """Strength of the edges in eight directions, in each cell less the mean of the eight."""
    smooth = _around(texture, _pooling(_GRID, 0.7))
    down, right = np.gradient(smooth, axis=(1, 2))
    strength = np.maximum(np.einsum("kd,dnhw->nkhw", _DIRECTIONS, np.stack([right, down])), 0)
    cells = _around(strength, _pooling(_EDGES, 2.0))
    return np.asarray(cells - cells.mean(1, keepdims=True), np.float32)


def _around(pictures: Array, pooling: Array) -> Array:
    return np.asarray(pooling @ pictures @ pooling.T, np.float32)


@lru_cache(maxsize=64)
def _pooling(cells: int, sigma: float) -> Array:
    """(cells, 32): Gaussian means of `sigma` grid pixels around the centres of `cells` cells."""
    centres = (np.arange(cells) + 0.5) * _GRID / cells - 0.5
    weights = np.exp(-((np.arange(_GRID) - centres[:, None]) ** 2) / (2 * sigma * sigma))
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


_: type[Embedder] = BasicEmbedder
