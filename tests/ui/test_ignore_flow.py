"""As a person does it: compare, ignore, undo, redo, close, open again, export and import."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.engine.ignore.rules import Ignore
from vidstudio.ui.main_window import MainWindow

LONG = 60_000


def kinds(window: MainWindow) -> list[str]:
    return [edit.kind for edit in window.compare.edits]


def test_what_is_ignored_is_found_again(
    qtbot: QtBot,
    studio: Studio,
    two_versions: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    window = studio.open()
    window.context.project.stage.open_paths(list(two_versions))
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert kinds(window) == ["same", "inserted", "same"]
    found = window.compare.found
    window.page.go_to_neighbour(1)
    QTest.keyClick(window.page.timeline, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert set(kinds(window)) == {"same"}
    assert window.page.differences.model.rowCount() == 0
    window.page.ignore.fold.click()
    window.actions_.action("ignore.region").trigger()
    QTest.keyClick(window.page.picker, Qt.Key.Key_Return)
    assert window.actions_.action("edit.undo").text() == "Undo ignore region"
    window.actions_.action("edit.undo").trigger()
    window.actions_.action("edit.undo").trigger()
    assert kinds(window) == ["same", "inserted", "same"]
    window.actions_.action("edit.redo").trigger()
    window.actions_.action("edit.redo").trigger()
    ignore = window.compare.ignore
    assert [rule.region is None for rule in ignore.rules] == [True, False]
    csv = tmp_path / "seen.csv"
    window.commands.exporter.write("csv", csv)
    qtbot.waitUntil(csv.is_file, timeout=LONG)
    assert "inserted" not in csv.read_text()
    jobs = len(window.context.store.jobs.recent(100))
    studio.close(window)

    again = studio.open()
    qtbot.waitUntil(lambda: again.compare.comparison is not None, timeout=LONG)
    assert again.compare.ignore == ignore
    assert set(kinds(again)) == {"same"}
    assert again.compare.found is not None
    assert found is not None
    assert again.compare.found.edits == found.edits
    assert len(again.context.store.jobs.recent(100)) == jobs, "nothing was run again"
    project = again.context.project.project
    assert project is not None
    file = tmp_path / "p.vidstudio"
    again.context.store.projects.export(project.id, file)
    copy = again.context.store.projects.import_(file)
    again.context.project.open_project(copy.id)
    qtbot.waitUntil(lambda: again.context.project.project is not None and again.context.project.project.id == copy.id)
    qtbot.waitUntil(lambda: again.compare.comparison is not None, timeout=LONG)
    assert again.compare.ignore == ignore
    again.page.ignore.ignoring.remove(ignore.rules[0].id)
    assert kinds(again) == ["same", "inserted", "same"]
    # the project it came from keeps its own
    again.context.project.open_project(project.id)
    qtbot.waitUntil(lambda: again.compare.ignore == ignore, timeout=LONG)
    assert again.compare.ignore != Ignore()
