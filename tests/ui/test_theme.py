from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from vidstudio.engine.types import EditKind
from vidstudio.ui.actions import Actions
from vidstudio.ui.icons import icon, icon_names
from vidstudio.ui.kinds import KINDS, kind_mark, kind_text
from vidstudio.ui.theme import DARK, LIGHT, ThemeTokens, apply_theme, number_font, tokens

both = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: QColor) -> NDArray[np.float64]:
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a: QColor, b: QColor) -> float:
    light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883], 1e-6, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@both
def test_text_is_readable_on_everything_it_is_written_on(theme: ThemeTokens) -> None:
    for ground in (theme.window, theme.surface, theme.raised, theme.field):
        for ink in (theme.text, theme.muted, theme.error, theme.warning, theme.success):
            assert contrast(ink, ground) >= 4.5, (ink.name(), ground.name())
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.text, theme.selection) >= 4.5
    assert contrast(theme.muted, theme.selection) >= 4.0


@both
def test_focus_and_kinds_stand_out_from_their_ground(theme: ThemeTokens) -> None:
    for ground in (theme.window, theme.surface, theme.field):
        assert contrast(theme.accent, ground) >= 3.0
        for kind in KINDS:
            assert contrast(theme.kind(kind), ground) >= 3.0, kind


@both
@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_kinds_differ_for_every_kind_of_sight(theme: ThemeTokens, blindness: str | None) -> None:
    seen = {
        kind: lab(np.array(BLINDNESS[blindness]) @ linear(theme.kind(kind)) if blindness else linear(theme.kind(kind)))
        for kind in KINDS
    }
    for one, other in itertools.combinations(KINDS, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 8, (one, other)


def shape(kind: EditKind) -> NDArray[np.bool_]:
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    kind_mark(painter, QRect(0, 0, 16, 16), kind, QColor("white"))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(16, 16, 4)[..., 3] > 127


def test_each_kind_has_a_shape_of_its_own_and_a_name(qapp: QApplication) -> None:
    shapes = {kind: shape(kind) for kind in KINDS}
    for one, other in itertools.combinations(KINDS, 2):
        assert (shapes[one] != shapes[other]).mean() > 0.08, (one, other)
    assert len({kind_text(kind) for kind in KINDS}) == len(KINDS)


def test_a_theme_reaches_widgets_at_once(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    widget = QWidget()
    qtbot.addWidget(widget)
    apply_theme(qapp, "light")
    assert tokens(widget) is LIGHT
    assert tokens() is LIGHT
    apply_theme(qapp, "dark")
    assert tokens(widget) is DARK
    apply_theme(qapp, "system")
    assert tokens(widget) in (DARK, LIGHT)
    apply_theme(qapp, "dark")


def ink_of(picture: QIcon, size: int, scale: float = 1.0) -> NDArray[np.uint8]:
    image = picture.pixmap(QSize(size, size), scale).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_icons_are_drawn_sharp_at_both_scales_in_the_themes_colour(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    for name in icon_names():
        small, large = ink_of(icon(name), 18), ink_of(icon(name), 18, 2.0)
        assert small.shape[:2] == (18, 18)
        assert large.shape[:2] == (36, 36)
        opaque = small[small[..., 3] > 150]
        assert len(opaque) >= 4, f"{name} is empty"
        assert opaque[:, :3].mean() > 120, f"{name} is dark on dark"
    apply_theme(qapp, "light")
    light = ink_of(icon("play"), 18)
    apply_theme(qapp, "dark")
    assert light[light[..., 3] > 200][:, :3].mean() < 80


def test_an_icon_without_room_is_no_picture(qapp: QApplication) -> None:
    assert icon("play").pixmap(QSize(0, 18)).isNull()
    assert not icon("play").pixmap(QSize(18, 18)).isNull()


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_digits_are_of_one_width(qapp: QApplication) -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(number_font())
    widths = {round(metrics.horizontalAdvance(digit * 10), 2) for digit in "0123456789"}
    assert len(widths) == 1


@both
def test_a_menu_shows_what_is_on(qtbot: QtBot, qapp: QApplication, theme: ThemeTokens) -> None:
    apply_theme(qapp, "dark" if theme.dark else "light")
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    menus = actions.fill(window.menuBar())
    for name, menu in menus.items():
        menu.resize(menu.sizeHint())
        for action in (one for one in menu.actions() if one.isCheckable()):
            action.setEnabled(True)
            looks = []
            for on in (False, True):
                action.setChecked(on)
                row = menu.actionGeometry(action)
                looks.append(menu.grab(row.adjusted(0, 2, 0, -2)).toImage())
            differing = [
                looks[1].pixelColor(x, y)
                for x in range(looks[0].width())
                for y in range(looks[0].height())
                if looks[0].pixelColor(x, y) != looks[1].pixelColor(x, y)
            ]
            assert len(differing) > 20, f"{name}: {action.text()}"
            assert max(contrast(ink, theme.raised) for ink in differing) > 4.5, action.text()


@both
@pytest.mark.parametrize(
    "kind", [QSlider, QPushButton, QToolButton, QLineEdit, QComboBox], ids=lambda kind: kind.__name__
)
def test_focus_is_a_ring_that_is_seen(
    qtbot: QtBot, qapp: QApplication, theme: ThemeTokens, kind: type[QWidget]
) -> None:
    apply_theme(qapp, "dark" if theme.dark else "light")
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    here, elsewhere = kind(window), QPushButton(window)
    if isinstance(here, QSlider):
        here.setOrientation(Qt.Orientation.Horizontal)
    here.setMinimumSize(80, 24)
    for widget in (here, elsewhere):
        column.addWidget(widget)
    with qtbot.waitExposed(window):
        window.show()
    here.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(here.hasFocus)
    image = window.grab(here.geometry()).toImage()
    middle = range(image.width() // 4, image.width() * 3 // 4)
    for edge in (range(3), range(image.height() - 3, image.height())):
        rings = [y for y in edge if all(contrast(image.pixelColor(x, y), theme.window) >= 3.0 for x in middle)]
        assert rings, "above and below there is a line in the accent colour"
