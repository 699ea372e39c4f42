"""As a person does it: make one the reference, compare all with it, read the matrix, click into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from clips import shot, write_clip
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.state.media import MediaItem
from vidstudio.ui.state.versions import VersionsState

LONG = 60_000
SHOT_US = 38 * 40_000


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Shots of 1.52 s. ref: 1 2 3; v1: 1 3; v2: 1 2 3 4."""
    folder = tmp_path_factory.mktemp("films")
    shots = {seed: list(shot(seed, 38, (160, 90))) for seed in (1, 2, 3, 4)}
    made = {"ref": (1, 2, 3), "v1": (1, 3), "v2": (1, 2, 3, 4)}
    return [
        write_clip(folder / f"{name}.mp4", [p for seed in seeds for p in shots[seed]], gop=25)
        for name, seeds in made.items()
    ]


def item(window: MainWindow, name: str) -> MediaItem:
    return next(one for one in window.context.project.library.items if one.name == name)


def menu_entry(window: MainWindow, name: str, text: str) -> None:
    menu = window.library.menu_for([item(window, name)])
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.deleteLater()


def cells(window: MainWindow) -> list[list[str]]:
    model = window.versions_view.model
    return [
        [str(model.index(row, column).data() or "").split("\n")[0] for column in range(1, model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_a_reference_and_its_versions(
    qtbot: QtBot,
    studio: Studio,
    films: list[Path],
) -> None:
    window = studio.open()
    window.context.project.stage.open_paths(films)
    qtbot.waitUntil(lambda: [one.status for one in window.context.project.library.items] == ["ready"] * 3, timeout=LONG)
    window.actions_.action("window.versions").trigger()
    assert window.versions_view.isVisible()
    assert not window.actions_.action("versions.compare").isEnabled()
    assert window.versions_view.empty.text().startswith("Choose a video")
    menu_entry(window, "ref.mp4", "Make reference")
    assert window.actions_.action("edit.undo").text() == "Undo make ref.mp4 the reference"
    window.actions_.action("edit.undo").trigger()
    assert window.versions.reference == ""
    window.actions_.action("edit.redo").trigger()
    assert window.versions.reference == item(window, "ref.mp4").content_id
    qtbot.waitUntil(window.actions_.action("versions.compare").isEnabled, timeout=LONG)
    shown = window.context.project.stage.shown
    window.actions_.action("versions.compare").trigger()
    qtbot.waitUntil(lambda: [len(row) for row in cells(window)] == [2] * 4, timeout=LONG)
    assert window.context.project.stage.shown is shown, "the stage stays as it was"
    order = [window.versions_view.model.horizontalHeaderItem(n).text().split()[0] for n in range(3)]
    assert order[0] == "ref.mp4"
    wanted = {"v1.mp4": ["Same", "Missing", "Same", ""], "v2.mp4": ["Same", "Same", "Same", "Added"]}
    for column, name in enumerate(order[1:]):
        assert [row[column] for row in cells(window)] == wanted[name]
    assert not window.actions_.action("versions.compare").isEnabled()

    # a click leads to that comparison, at that place; another one on the same pair only goes there
    column = order.index("v2.mp4")
    index = window.versions_view.model.index(3, column)
    window.versions_view.table.clicked.emit(index)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert [side.path.name for side in window.page.sides] == ["ref.mp4", "v2.mp4"]
    time_map = window.compare.time_map
    assert time_map is not None
    qtbot.waitUntil(lambda: window.session.position_us == time_map.master_time(1, 3 * SHOT_US), timeout=LONG)
    window.versions_view.table.clicked.emit(window.versions_view.model.index(1, column))
    qtbot.waitUntil(lambda: window.session.position_us == time_map.master_time(1, SHOT_US), timeout=LONG)
    number = next(n for n, edit in enumerate(window.compare.edits) if edit.kind == "inserted")

    # what is ignored there is no addition any longer
    window.page.ignore.ignoring.add_edit(window.compare.edits[number])
    qtbot.waitUntil(lambda: len(cells(window)) == 3, timeout=LONG)
    # with a reference one chosen video is compared with it
    window.library.select([item(window, "v1.mp4").key])
    window.actions_.action("compare.run").trigger()
    qtbot.waitUntil(lambda: [side.path.name for side in window.page.sides] == ["ref.mp4", "v1.mp4"], timeout=LONG)
    studio.close(window)

    again = studio.open()
    assert again.versions.reference == item(again, "ref.mp4").content_id
    if not again.versions_view.isVisible():
        again.actions_.action("window.versions").trigger()
    qtbot.waitUntil(lambda: len(cells(again)) == 3, timeout=LONG)
    menu_entry(again, "ref.mp4", "No longer the reference")
    assert again.versions.reference == ""
    qtbot.waitUntil(lambda: again.versions_view.model.rowCount() == 0, timeout=LONG)
    QTest.qWait(1)
    QApplication.processEvents()


def test_nothing_is_read_while_nobody_looks(
    qtbot: QtBot, window: MainWindow, films: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(VersionsState, "_look", lambda _self: looks.append(True))
    assert not window.versions_view.isVisible()
    window.context.project.stage.open_paths(films[:1])
    qtbot.waitUntil(lambda: len(window.context.project.library.items) == 1, timeout=LONG)
    qtbot.wait(150)
    assert looks == []
