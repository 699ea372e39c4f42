from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from vidstudio.engine.media.frame import Frame
from vidstudio.engine.types import VideoInfo
from vidstudio.player.screen import SURROUND, Screen


def info(width: int, height: int, aspect: Fraction = Fraction(1)) -> VideoInfo:
    return VideoInfo(
        "id", "x.mp4", 1, "mp4", 1, width, height, 0, aspect, Fraction(25), Fraction(1, 12800), 1, False, 0,
        "h264", "yuv420p", 8, "", "", "", "", False, 1, (), 0,
    )  # fmt: skip


def frame(picture: NDArray[np.uint8], number: int = 0) -> Frame:
    return Frame(number, 0, 40_000, picture)


def random_picture(width: int, height: int) -> NDArray[np.uint8]:
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    picture[:, :, 3] = 255
    return picture


def pixels(screen: Screen) -> NDArray[np.uint8]:
    image = screen.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return flat[:, : image.width()].copy()


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    made = Screen()
    qtbot.addWidget(made)
    made.resize(320, 240)
    return made


def test_a_picture_of_the_panes_size_is_shown_to_the_pixel(screen: Screen) -> None:
    screen.set_source(info(320, 180))
    picture = random_picture(320, 180)
    screen.show_frame(frame(picture, 7))
    shown = pixels(screen)
    np.testing.assert_array_equal(shown[30:210, :, :3], picture[:, :, :3])
    surround = (SURROUND.blue(), SURROUND.green(), SURROUND.red())
    assert (shown[:30, :, :3] == surround).all()
    assert (shown[210:, :, :3] == surround).all()
    assert screen.frame_number == 7


def test_frame_memory_with_padded_rows_is_shown_right(screen: Screen) -> None:
    screen.set_source(info(320, 180))
    padded = random_picture(352, 180)
    screen.show_frame(frame(padded[:, :320]))
    np.testing.assert_array_equal(pixels(screen)[30:210, :, :3], padded[:, :320, :3])


@pytest.mark.parametrize(
    ("source", "aspect", "pane", "rect"),
    [
        ((1920, 1080), Fraction(1), (320, 240), (0, 30, 320, 180)),
        ((1080, 1920), Fraction(1), (320, 240), (92, 0, 135, 240)),
        ((720, 576), Fraction(64, 45), (320, 240), (0, 30, 320, 180)),
        ((100, 100), Fraction(1), (320, 240), (40, 0, 240, 240)),
    ],
)
def test_the_letterbox_follows_the_pixel_aspect(
    screen: Screen,
    source: tuple[int, int],
    aspect: Fraction,
    pane: tuple[int, int],
    rect: tuple[int, int, int, int],
) -> None:
    screen.resize(*pane)
    screen.set_source(info(*source, aspect))
    assert screen.picture_rect() == QRectF(*rect)


def test_it_asks_for_what_it_can_show_and_the_video_has(screen: Screen) -> None:
    screen.set_source(info(1920, 1080))
    assert screen.wanted_size() == (320, 180)
    screen.set_source(info(64, 36))
    assert screen.wanted_size() == (64, 36)
    screen.set_source(info(72, 57, Fraction(16, 15)))
    assert screen.wanted_size() == (77, 57)


def test_boxes_are_drawn_in_source_pixels(screen: Screen) -> None:
    screen.set_source(info(640, 360))
    screen.show_frame(frame(np.zeros((180, 320, 4), np.uint8)))
    plain = pixels(screen)
    screen.set_boxes([(200, 100, 160, 120)])
    rows, columns = np.nonzero((pixels(screen) != plain).any(axis=2))
    assert abs(columns.min() - 100) <= 2
    assert abs(columns.max() - 180) <= 2
    assert abs(rows.min() - (30 + 50)) <= 2
    assert abs(rows.max() - (30 + 110)) <= 2
    assert not (pixels(screen)[110, 140] != plain[110, 140]).any()


def test_a_held_picture_is_dimmed_and_says_why(screen: Screen) -> None:
    screen.set_source(info(320, 180))
    screen.show_frame(frame(np.full((180, 320, 4), 200, np.uint8)))
    screen.set_held(True)
    assert pixels(screen)[60, 20, 0] < 120
    assert "not in this version" in screen.accessibleDescription()
    screen.set_aligned(False)
    assert screen.accessibleDescription() == "this version has ended"
    screen.set_aligned(True)
    screen.set_held(False)
    assert pixels(screen)[60, 20, 0] == 200
    assert screen.accessibleDescription() == ""


def test_an_overlay_paints_over_the_picture(screen: Screen) -> None:
    def overlay(painter: QPainter, rect: QRectF) -> None:
        painter.fillRect(rect.adjusted(10, 10, -10, -10), QColor(0, 0, 255))

    screen.set_source(info(320, 180))
    screen.show_frame(frame(np.zeros((180, 320, 4), np.uint8)))
    screen.set_overlay(overlay)
    shown = pixels(screen)
    assert shown[120, 160].tolist()[:3] == [255, 0, 0]
    assert shown[35, 160].tolist()[:3] == [0, 0, 0]


def test_errors_and_names_are_told(screen: Screen) -> None:
    empty = pixels(screen)
    screen.set_error("The file is gone.")
    assert screen.accessibleDescription() == "The file is gone."
    assert (pixels(screen) != empty).any()
    screen.set_source(None)
    assert (pixels(screen) == empty).all()
    screen.set_label("A · first.mp4")
    assert screen.accessibleName() == "A · first.mp4"
    assert screen.accessibleDescription() == ""


def test_cleared_there_is_no_picture(screen: Screen) -> None:
    screen.set_source(info(320, 180))
    screen.show_frame(frame(np.full((180, 320, 4), 200, np.uint8)))
    screen.clear()
    assert screen.frame_number is None
    assert pixels(screen)[120, 160].tolist()[:3] == [SURROUND.blue(), SURROUND.green(), SURROUND.red()]
