"""How the window shares its room: only what was dragged is kept, and all fits a small screen."""

from __future__ import annotations

import itertools
from pathlib import Path

from dragging import drag
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.window_state import smallest_size

LONG = 30_000
Versions = tuple[Path, Path]


def open_files(qtbot: QtBot, window: MainWindow, *files: Path) -> None:
    window.context.project.stage.open_paths(files)
    qtbot.waitUntil(lambda: len(window.page.sides) == len(files), timeout=LONG)
    qtbot.wait(50)


def test_both_versions_have_equal_room_after_an_empty_start(
    qtbot: QtBot,
    studio: Studio,
    two_versions: Versions,
) -> None:
    studio.close(studio.open())
    window = studio.open()
    open_files(qtbot, window, *two_versions)
    a, b = (screen.width() for screen in window.page.screens)
    assert abs(a - b) <= 1
    assert window.page.inspector.width() > 380
    assert not window.page.differences.table.horizontalScrollBar().isVisible()


def test_the_second_version_has_half_the_room_that_the_first_had_alone(
    qtbot: QtBot,
    studio: Studio,
    two_versions: Versions,
) -> None:
    window = studio.open()
    open_files(qtbot, window, two_versions[0])
    studio.close(window)
    window = studio.open()
    qtbot.waitUntil(lambda: len(window.page.sides) == 1, timeout=LONG)
    window.context.project.stage.open_paths([two_versions[1]], on_stage=True)
    qtbot.waitUntil(lambda: len(window.page.sides) == 2, timeout=LONG)
    qtbot.wait(50)
    a, b = (screen.width() for screen in window.page.screens)
    assert abs(a - b) <= 1


def test_what_was_dragged_is_there_again_and_reset_takes_it_back(
    qtbot: QtBot,
    studio: Studio,
    two_versions: Versions,
) -> None:
    window = studio.open()
    open_files(qtbot, window, *two_versions)
    usual = window.page.inspector.width(), window.page.panel.height()
    drag(window.page._upper, QPoint(-60, 0))
    drag(window.page._outer, QPoint(0, -40))
    drag(window.page._players, QPoint(-50, 0))
    dragged = window.page.inspector.width(), window.page.panel.height()
    assert dragged[0] > usual[0]
    assert dragged[1] > usual[1]
    share = window.page.screens[0].width() / window.page._players.width()
    assert share < 0.45
    studio.close(window)
    window = studio.open()
    qtbot.waitUntil(lambda: len(window.page.sides) == 2, timeout=LONG)
    qtbot.waitUntil(lambda: (window.page.inspector.width(), window.page.panel.height()) == dragged)
    assert abs(window.page.screens[0].width() / window.page._players.width() - share) < 0.02
    window.actions_.action("window.reset").trigger()
    assert (window.page.inspector.width(), window.page.panel.height()) == usual
    assert abs(window.page.screens[0].width() - window.page.screens[1].width()) <= 1


def test_the_smallest_window_shows_whole_rows_of_the_differences(
    qtbot: QtBot, window: MainWindow, two_versions: Versions
) -> None:
    window.resize(1000, 640)
    open_files(qtbot, window, *two_versions)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    qtbot.wait(50)
    table = window.page.differences.table
    assert not table.horizontalScrollBar().isVisible()
    assert table.viewport().height() >= 3 * table.rowHeight(0)
    inspector = window.page.inspector
    for panel in (window.page.threshold, window.page.statistics, window.page.ignore, window.page.differences):
        bottom = panel.mapTo(inspector, QPoint(0, panel.height())).y()
        assert bottom <= inspector.height(), panel
        assert panel.height() >= panel.minimumSizeHint().height(), panel


def test_the_window_fits_a_screen_that_is_smaller_than_it_would_like(
    qtbot: QtBot, window: MainWindow, two_versions: Versions
) -> None:
    screen = window.screen().availableSize()
    assert window.minimumWidth() <= screen.width()
    assert window.minimumHeight() < screen.height()
    open_files(qtbot, window, *two_versions)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    window.setMinimumSize(QSize(800, 470))  # that of a screen of 1600x1000 at a scale of 2
    window.resize(800, 470)
    qtbot.wait(50)
    assert window.size() == QSize(800, 470)
    table = window.page.differences.table
    assert table.viewport().height() >= table.rowHeight(0), "one whole difference"
    window.page.threshold.field.setValue(0.2)
    assert not window.page.statistics.isVisible(), "the figures stay away where they have no room"
    for part in (window.page.transport, window.page.inspector, window.page.timeline, window.status):
        assert window.rect().contains(part.rect().translated(part.mapTo(window, QPoint(0, 0)))), part


def test_the_transport_shows_what_fits_at_every_width(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    open_files(qtbot, window, *two_versions)
    window.setMinimumWidth(600)
    bar, shown = window.page.transport, []
    for width in range(1500, 600, -9):
        window.resize(width, 640)
        QApplication.processEvents()
        widgets = bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        seen = sorted((one for one in widgets if one.isVisible()), key=lambda one: one.x())
        for left, right in itertools.pairwise(seen):
            assert left.geometry().right() < right.x(), (width, left, right)
        assert seen[-1].geometry().right() < bar.width()
        assert all(one.width() >= one.sizeHint().width() for one in seen if one is not bar.time), width
        free = bar.width() - seen[-1].geometry().right()
        free += sum(right.x() - left.geometry().right() - 12 for left, right in itertools.pairwise(seen))
        for group in (one for one in bar._extras if all(widget.isHidden() for widget in one)):
            assert sum(widget.sizeHint().width() for widget in group) > free, "what there is room for is shown"
        shown.append(len(seen))
    assert shown[0] > shown[-1]


def test_the_smallest_window_is_never_larger_than_the_screen() -> None:
    class Small(QScreen):
        def __init__(self) -> None:
            """Nothing of the system's."""

        def availableSize(self) -> QSize:
            return QSize(800, 500)

    small = smallest_size(Small.__new__(Small))
    assert (small.width(), small.height() < 500) == (800, True)


def test_the_versions_panel_opens_with_room_for_some_rows(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.versions.show()
    qtbot.waitUntil(lambda: window.docks.versions.height() >= 160)
