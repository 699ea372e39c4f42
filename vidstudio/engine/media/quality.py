"""PSNR and SSIM of two pictures, by FFmpeg's own `psnr` and `ssim` filters on whole luma planes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from vidstudio.engine.media.picture import full_range, has_matrix, matrix, upright
from vidstudio.engine.scores import PSNR_TOP

Plane = NDArray[np.unsignedinteger[Any]]

_LEAST = 8
_FIRST_PLANE_IS_LUMA = ("yuv4", "yuvj4", "yuva4", "nv", "gray")
_BASE = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a video's frames that is compared, `x, y, width, height` in shown pixels, and how they are shown."""

    x: int
    y: int
    width: int
    height: int
    rotation: int = 0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class _Luma:
    """Levels (height, width) of `bits` bits each, in the studio range unless `full`."""

    levels: Plane
    bits: int
    full: bool

    @property
    def format(self) -> str:
        """FFmpeg's name of such a plane."""
        return "gray" if self.bits == 8 else f"gray{self.bits}le"


class Quality:
    """Measures pairs of frames of two videos. For one thread; the filters are kept from pair to pair.

    Equal to `ffmpeg -lavfi psnr` (`psnr_y`) and `ssim` (`Y`) frame by frame, for parts of the same size and format.
    Otherwise A's part is brought to B's size (bicubic, as `scale2ref` does), bit depth and range first.
    """

    def __init__(self, a: Part, b: Part) -> None:
        self._parts = (a, b)
        self._shape: tuple[object, ...] | None = None
        self._graph: _Graph | None = None
        self._readers = (VideoReformatter(), VideoReformatter())

    def of(self, a: VideoFrame, b: VideoFrame) -> tuple[float, float]:
        """PSNR in dB (at most 100) and SSIM of the parts of two frames."""
        of_a, of_b = (
            _luma(frame, part, reader) for frame, part, reader in zip((a, b), self._parts, self._readers, strict=True)
        )
        of_a = self._like(of_a, of_b)
        if min(of_b.levels.shape) < _LEAST:
            return _of_few(of_a, of_b)
        shape = (of_a.levels.shape, of_b.levels.shape, of_b.format)
        if self._graph is None or self._shape != shape:
            self._shape, self._graph = shape, _Graph(*shape)
        return self._graph.of(_frame(of_a), _frame(of_b))

    def _like(self, a: _Luma, b: _Luma) -> _Luma:
        """A's levels in B's depth and range."""
        if (a.bits, a.full) == (b.bits, b.full):
            return a
        top, low, room = 2.0**b.bits - 1, 2.0 ** (b.bits - 8) * 16, 2.0 ** (b.bits - 8) * 219
        share = a.levels / (2.0**a.bits - 1) if a.full else (a.levels / 2.0 ** (a.bits - 8) - 16) / 219
        if a.full == b.full:
            # only another depth: whole steps, as a shift of bits makes them
            levels = a.levels * 2.0 ** (b.bits - a.bits)
        else:
            levels = share * top if b.full else share * room + low
        kind = np.uint8 if b.bits == 8 else np.uint16
        return _Luma(np.clip(np.rint(levels), 0, top).astype(kind), b.bits, b.full)


class _Graph:
    """The filters for pictures of one format and the sizes (height, width) of A and B."""

    def __init__(self, a: tuple[int, ...], b: tuple[int, ...], name: str) -> None:
        graph = Graph()
        graph.threads = 1  # the decoders have the others
        self._a, self._b = (
            graph.add_buffer(width=width, height=height, format=VideoFormat(name), time_base=_BASE)
            for height, width in (a, b)
        )
        psnr, ssim, both = graph.add("psnr"), graph.add("ssim"), graph.add("split")
        self._out: FilterContext = graph.add("buffersink")
        if a == b:
            self._a.link_to(both)
        else:
            scale = graph.add("scale", f"{b[1]}:{b[0]}:flags=bicubic")
            self._a.link_to(scale)
            scale.link_to(both)
        self._b.link_to(psnr, 0, 0)
        both.link_to(psnr, 0, 1)
        psnr.link_to(ssim, 0, 0)
        both.link_to(ssim, 1, 1)
        ssim.link_to(self._out)
        graph.configure()
        self._graph = graph
        self._count = 0

    def of(self, a: VideoFrame, b: VideoFrame) -> tuple[float, float]:
        """PSNR and SSIM of two pictures."""
        for source, frame in ((self._a, a), (self._b, b)):
            frame.pts, frame.time_base = self._count, _BASE
            source.push(frame)
        self._count += 1
        found: Any = self._out.pull().metadata
        return min(PSNR_TOP, float(found["lavfi.psnr.psnr.y"])), float(found["lavfi.ssim.Y"])


def _luma(frame: VideoFrame, part: Part, reader: VideoReformatter) -> _Luma:
    """The part of a frame's luma as it is shown, without a copy where it has such a plane."""
    whole = frame
    bits, has_luma = _planes_of(frame.format.name)
    if not has_luma:
        bits = 8 if bits == 8 else 10
        way = matrix(frame) if has_matrix(frame) else None  # FFmpeg does not take every matrix a file may name
        gray = "gray" if bits == 8 else "gray10le"
        whole = reader.reformat(frame, format=gray, src_colorspace=way, dst_colorspace=way, threads=1)
    levels = upright(_plane(whole, bits), part.rotation, part.mirrored)
    shown = levels[part.y : part.y + part.height, part.x : part.x + part.width]
    return _Luma(shown, bits, full_range(frame))


@cache
def _planes_of(name: str) -> tuple[int, bool]:
    """Bits of a pixel format, and whether its first plane is luma as it can be measured."""
    bits = max(component.bits for component in VideoFormat(name).components)
    turned_round = name.endswith("be") or (bits > 8 and name.startswith("nv"))
    return bits, name.startswith(_FIRST_PLANE_IS_LUMA) and not turned_round


def _plane(frame: VideoFrame, bits: int) -> Plane:
    plane = frame.planes[0]
    wide = 1 if bits == 8 else 2
    rows: NDArray[Any] = np.frombuffer(plane, np.uint8 if bits == 8 else np.uint16).reshape(-1, plane.line_size // wide)
    levels: Plane = rows[: frame.height, : frame.width]
    return levels


def _frame(luma: _Luma) -> VideoFrame:
    """A grey frame over the same memory."""
    levels = luma.levels if luma.levels.strides[1] == luma.levels.itemsize else np.ascontiguousarray(luma.levels)
    return VideoFrame.from_numpy_buffer(levels, luma.format)


def _of_few(a: _Luma, b: _Luma) -> tuple[float, float]:
    """PSNR and SSIM of pictures smaller than a window of SSIM: of the means, where they differ in size."""
    if a.levels.shape != b.levels.shape:
        a, b = (_Luma(np.full((1, 1), one.levels.mean()), one.bits, one.full) for one in (a, b))
    error = float(np.mean((a.levels.astype(np.float64) - b.levels) ** 2))
    top = 2.0**b.bits - 1
    return (PSNR_TOP, 1.0) if error == 0 else (min(PSNR_TOP, 10 * float(np.log10(top * top / error))), 0.0)
