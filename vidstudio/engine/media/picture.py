"""Turns decoded frames into arrays as they are shown: upright, sized, full-range colours."""

from __future__ import annotations

import math
import struct
from typing import Any, Literal

import numpy as np
from av.sidedata.sidedata import Type
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
_NO_MATRIX = ("rgb", "bgr", "gbr", "pal", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "mono")


def orientation(frame: VideoFrame) -> tuple[int, bool]:
    """How a decoded frame is to be shown: clockwise degrees (0, 90, 180, 270), and whether mirrored before that.

    Read from the display matrix; one that no picture can have counts as none.
    """
    data = frame.side_data.get(Type.DISPLAYMATRIX)
    if data is None or len(bytes(data)) != 36:
        return 0, False
    # (x, y) -> (ax + cy, bx + dy), y downwards
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))
    determinant = a * d - b * c
    if determinant == 0 or not 0.5 < abs(determinant) / 65536**2 < 2:
        return 0, False
    if mirrored := determinant < 0:
        a, b = -a, -b
    return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360, mirrored


def turned_on(rotation: int, mirrored: bool, by: int, mirrored_by: bool) -> tuple[int, bool]:
    """The one turn, each mirrored first and then by clockwise degrees, that is the first and then the other."""
    return (by - rotation if mirrored_by else by + rotation) % 360, mirrored != mirrored_by


def upright(picture: NDArray[Any], rotation: int, mirrored: bool) -> NDArray[Any]:
    """The picture as it is to be shown, as a view: mirrored first, then turned clockwise by `rotation` degrees."""
    if mirrored:
        picture = picture[:, ::-1]
    return np.rot90(picture, -(rotation // 90)) if rotation else picture


class Converter:
    """Converts frames of one video to arrays of one size (width, height, after rotation) and kind."""

    def __init__(self, size: tuple[int, int], pixels: Pixels, rotation: int = 0, mirrored: bool = False) -> None:
        self.size = size
        self.pixels = pixels
        self._turns = rotation // 90
        self._mirrored = mirrored
        self._reformatter = VideoReformatter()

    def convert(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """uint8 (h, w, 3), (h, w) or (h, w, 4) for rgb, gray and bgra."""
        width, height = self.size if self._turns % 2 == 0 else self.size[::-1]
        name, channels = _FORMATS[self.pixels]
        shrinks = width * 2 <= frame.width or height * 2 <= frame.height
        colours = has_matrix(frame)
        plain = self._reformatter.reformat(
            frame,
            width,
            height,
            name,
            src_colorspace=matrix(frame) if colours else None,
            dst_colorspace=Colorspace.ITU709 if colours else None,
            src_color_range=_range(frame),
            dst_color_range=_FULL,
            interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
        )
        picture = upright(_array(plain, width, height, channels), self._turns * 90, self._mirrored)
        if self.pixels == "bgra" and frame.format.has_palette | any(c.is_alpha for c in frame.format.components):
            picture = picture.copy()
            picture[..., 3] = 255
            return picture
        # the decoder still refers to its own frame, which a conversion to the same format hands back
        return picture.copy() if plain is frame else np.ascontiguousarray(picture)


def has_matrix(frame: VideoFrame) -> bool:
    """Whether its planes are luma and chroma, and not red, green and blue."""
    return not frame.format.name.startswith(_NO_MATRIX)


def names_matrix(frame: VideoFrame) -> bool:
    """Whether the file says which matrix that is."""
    return int(frame.colorspace) in _MATRICES


def matrix(frame: VideoFrame) -> Colorspace:
    """The matrix that makes its luma and chroma red, green and blue."""
    if known := _MATRICES.get(int(frame.colorspace)):
        return known
    # what players take for granted when a file does not say
    return Colorspace.ITU709 if frame.width >= 1280 or frame.height > 576 else Colorspace.ITU601


def full_range(frame: VideoFrame) -> bool:
    """Whether its levels use all values (0..255), and not the studio range (16..235)."""
    return _range(frame) == _FULL


def _range(frame: VideoFrame) -> int:
    if frame.format.name.startswith("yuvj") or not has_matrix(frame) or frame.color_range == _FULL:
        return _FULL
    return _LIMITED


def _array(frame: VideoFrame, width: int, height: int, channels: int) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, : width * channels]
    return rows.reshape(height, width, channels) if channels > 1 else rows
