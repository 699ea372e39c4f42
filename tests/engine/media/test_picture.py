"""Pictures come out upright, in the right colours, in the size asked for."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numbered import numbered, read_number, write_even
from numpy.typing import NDArray

from vidstudio.engine.media.decode import VideoReader, frames
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe

ONE = 65536
# luma weights of red and blue: BT.601, BT.709, BT.2020
WEIGHTS = {5: (0.299, 0.114), 6: (0.299, 0.114), 1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}


def write_colour(
    path: Path, ycc: tuple[int, int, int], size: tuple[int, int], bits: int, matrix: int, full: bool
) -> Path:
    """One colour, lossless, as codes of `bits` bits."""
    width, height = size
    pixel_format = "yuv420p" if bits == 8 else "yuv420p10le"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 2 if full else 1
        dtype = np.uint8 if bits == 8 else np.uint16
        planes = np.concatenate(
            [np.full(width * height, ycc[0], dtype)] + [np.full(width * height // 4, c, dtype) for c in ycc[1:]]
        ).reshape(-1, width)
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(planes, format=pixel_format)
            frame.pts, frame.colorspace, frame.color_range = number, matrix, 2 if full else 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def codes(rgb: tuple[int, int, int], matrix: int, full: bool, bits: int) -> tuple[int, int, int]:
    """Y'CbCr codes of an RGB colour by the ITU formula."""
    red, blue = WEIGHTS[matrix]
    r, g, b = (c / 255 for c in rgb)
    y = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
    top = 2**bits - 1
    if full:
        values = (y * top, cb * top + 2 ** (bits - 1), cr * top + 2 ** (bits - 1))
    else:
        scale = 2 ** (bits - 8)
        values = ((16 + 219 * y) * scale, (128 + 224 * cb) * scale, (128 + 224 * cr) * scale)
    return tuple(min(top, max(0, round(v))) for v in values)  # type: ignore[return-value]


def first_picture(path: Path, **how: object) -> NDArray[np.uint8]:
    return next(iter(frames(path, frame_times(path), **how))).pixels  # type: ignore[arg-type]


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
def test_colours_follow_the_files_own_matrix_and_range(tmp_path: Path, matrix: int, full: bool, bits: int) -> None:
    for rgb in ((200, 40, 60), (30, 180, 50), (20, 60, 220), (255, 255, 255), (0, 0, 0)):
        path = write_colour(tmp_path / "c.mkv", codes(rgb, matrix, full, bits), (64, 48), bits, matrix, full)
        got = first_picture(path)[20, 30]
        assert np.abs(got.astype(int) - rgb).max() <= 4, (rgb, got)
        bgra = first_picture(path, pixels="bgra")[20, 30]
        assert np.abs(bgra[:3][::-1].astype(int) - rgb).max() <= 4
        assert bgra[3] == 255
        path.unlink()


@pytest.mark.parametrize(("size", "matrix"), [((640, 480), 5), ((1280, 720), 1)])
def test_a_file_that_does_not_say_is_taken_as_players_do(tmp_path: Path, size: tuple[int, int], matrix: int) -> None:
    rgb = (200, 40, 60)
    path = write_colour(tmp_path / "c.mkv", codes(rgb, matrix, False, 8), size, 8, 2, False)
    assert np.abs(first_picture(path)[20, 30].astype(int) - rgb).max() <= 4


@pytest.mark.parametrize("full", [False, True])
def test_gray_is_full_range_luma(tmp_path: Path, full: bool) -> None:
    for level in (0, 100, 255):
        path = write_colour(tmp_path / "g.mkv", codes((level,) * 3, 1, full, 8), (64, 48), 8, 1, full)
        picture = first_picture(path, pixels="gray")
        assert picture.shape == (48, 64)
        assert abs(int(picture[20, 30]) - level) <= 2
        path.unlink()


def corner_clip(path: Path, matrix: list[int]) -> Path:
    """64x32 with a red top left corner, shown through a display matrix (ISO 14496-12)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        stream.set_display_matrix(matrix)
        for _ in range(3):
            picture = np.zeros((32, 64, 3), np.uint8)
            picture[:8, :16] = (255, 0, 0)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


# a matrix sends (x, y) to (ax + cy, bx + dy): where does the top left corner go?
@pytest.mark.parametrize(
    ("matrix", "rotation", "corner", "note"),
    [
        ((0, ONE, -ONE, 0), 90, "top right", "rotated 90°"),
        ((-ONE, 0, 0, -ONE), 180, "bottom right", "rotated 180°"),
        ((0, -ONE, ONE, 0), 270, "bottom left", "rotated 270°"),
        ((-ONE, 0, 0, ONE), 0, "top right", "mirrored"),
        ((ONE, 0, 0, -ONE), 180, "bottom left", "mirrored"),
        ((0, 0, 0, 0), 0, "top left", ""),
        ((2**31 - 1, 5, 7, -(2**31)), 0, "top left", ""),
    ],
)
def test_display_matrix_is_applied(
    tmp_path: Path, matrix: tuple[int, int, int, int], rotation: int, corner: str, note: str
) -> None:
    a, b, c, d = matrix
    path = corner_clip(tmp_path / "r.mp4", [a, b, 0, c, d, 0, 0, 0, 1 << 30])
    info = probe(path)
    assert info.rotation == rotation
    assert (info.width, info.height) == ((32, 64) if rotation in (90, 270) else (64, 32))
    assert note in "; ".join(info.notes)
    picture = first_picture(path)
    assert picture.shape == (info.height, info.width, 3)
    places = {"top left": (2, 2), "top right": (2, -3), "bottom left": (-3, 2), "bottom right": (-3, -3)}
    red = [name for name, (y, x) in places.items() if picture[y, x, 0] > 128]
    assert red == [corner]
    small = first_picture(path, size=(16, 16), pixels="gray")
    assert small.shape == (16, 16)


def test_real_phone_clip_stands_upright(real_media: Path) -> None:
    flat, turned = (probe(real_media / "decord" / f"video_{n}.mov") for n in (0, 90))
    assert (flat.width, flat.height, flat.rotation) == (568, 320, 0)
    assert (turned.width, turned.height, turned.rotation) == (320, 568, 90)


@pytest.mark.parametrize("size", [(97, 63), (1, 1), (33, 2), (99, 65)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_even(tmp_path / "o.mkv", numbered(range(4), size), "ffv1", 12, {}, pix_fmt="yuv444p")
    info = probe(path)
    assert (info.width, info.height) == size
    picture = first_picture(path)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.flags.c_contiguous
    for pixels in ("gray", "bgra"):
        assert first_picture(path, pixels=pixels, size=(31, 17)).shape[:2] == (17, 31)


def test_pictures_are_the_readers_own_copies(tmp_path: Path) -> None:
    """Writing into a picture changes no later one, even where no conversion was needed (GIF is BGRA already)."""
    path = tmp_path / "m.gif"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb8"
        for number, picture in enumerate(numbered(range(6))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="rgb8")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with VideoReader(path, frame_times(path), pixels="bgra") as reader:
        for frame in reader.frames_from(0):
            assert read_number(frame.pixels[:, :, :3]) == frame.number
            frame.pixels[:] = 0
