"""Turns decoded frames into arrays as they are shown: upright, sized, full-range colours."""

from __future__ import annotations

from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

Pixels = Literal["rgb", "gray", "bgra"]

_FORMATS = {"rgb": ("rgb24", 3), "gray": ("gray", 1), "bgra": ("bgra", 4)}
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.SMPTE170M,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_LIMITED, _FULL = 1, 2


def clockwise(frame: VideoFrame) -> int:
    """By how many degrees (0, 90, 180, 270) a decoded frame is to be turned clockwise to be upright."""
    degrees = frame.rotation
    return round(-degrees / 90) * 90 % 360 if abs(degrees) <= 360 else 0


class Converter:
    """Converts frames of one video to arrays of one size (width, height) and kind."""

    def __init__(self, size: tuple[int, int], pixels: Pixels, rotation: int) -> None:
        self.size = size
        self.pixels = pixels
        self._turns = rotation // 90
        self._reformatter = VideoReformatter()

    def convert(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """uint8 (h, w, 3), (h, w) or (h, w, 4) for rgb, gray and bgra."""
        width, height = self.size if self._turns % 2 == 0 else self.size[::-1]
        name, channels = _FORMATS[self.pixels]
        shrinks = width * 2 <= frame.width or height * 2 <= frame.height
        planar = self._reformatter.reformat(
            frame,
            width,
            height,
            name,
            src_colorspace=_matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            src_color_range=_range(frame),
            dst_color_range=_FULL,
            interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
        )
        picture = _array(planar, width, height, channels)
        return np.ascontiguousarray(np.rot90(picture, -self._turns)) if self._turns else picture


def _matrix(frame: VideoFrame) -> Colorspace:
    if known := _MATRICES.get(int(frame.colorspace)):
        return known
    # what players take for granted when a file does not say
    return Colorspace.ITU709 if frame.width >= 1280 or frame.height > 576 else Colorspace.ITU601


def _range(frame: VideoFrame) -> int:
    if frame.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "pal")) or frame.color_range == _FULL:
        return _FULL
    return _LIMITED


def _array(frame: VideoFrame, width: int, height: int, channels: int) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, : width * channels]
    picture = rows.reshape(height, width, channels) if channels > 1 else rows
    return np.ascontiguousarray(picture)
