"""The studio as a person uses it: dropping, typing, walking by keys, closing and opening again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.heartbeat import MOST_MS, Heartbeat, most_ms
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.state.media import MediaItem
from vidstudio.ui.views.settings import SettingsDialog

Versions = tuple[Path, Path]
LONG = 30_000


def mime_of(paths: Sequence[Path]) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def middle_of_stage(window: MainWindow) -> QPoint:
    return window.page.mapTo(window, window.page.rect().center())


def drag_over(window: MainWindow, mime: QMimeData, at: QPoint) -> bool:
    event = QDragEnterEvent(
        at, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def drop(window: MainWindow, paths: Sequence[Path], at: QPoint | None = None) -> None:
    mime, where = mime_of(paths), at or middle_of_stage(window)
    assert drag_over(window, mime, where)
    event = QDropEvent(
        QPointF(where), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, event)
    assert event.isAccepted()


def items(window: MainWindow) -> list[MediaItem]:
    return list(window.context.project.library.items)


def statuses(window: MainWindow) -> list[str]:
    return [one.status for one in items(window)]


def wait_ready(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: statuses(window) == ["ready"] * count, timeout=LONG)


def wait_compared(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)


def test_a_new_studio_says_what_to_do(window: MainWindow) -> None:
    assert window.page.open_button.isVisible()
    assert "Ctrl+O" in window.library.empty.text()
    assert window.jobs.empty.text().startswith("No jobs")
    assert window.status.work.text() == "No jobs"
    assert not window.actions_.action("compare.run").isEnabled()


def test_dragging_says_what_will_happen(window: MainWindow, two_versions: Versions) -> None:
    stage, library = middle_of_stage(window), window.library.mapTo(window, window.library.rect().center())
    drag_over(window, mime_of(two_versions), stage)
    assert window.drop.hint.isVisible()
    assert window.drop.hint.text == "Compare interview_v1.mp4 with interview_v2.mp4"
    drag_over(window, mime_of(two_versions[:1]), library)
    assert window.drop.hint.text == "Add interview_v1.mp4 to the library"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drop.hint.isVisible()
    words = QMimeData()
    words.setText("no file at all")
    assert not drag_over(window, words, stage)


def test_two_dropped_videos_play_and_are_compared(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    drop(window, two_versions)
    assert statuses(window) == ["reading", "reading"], "something answers at once"
    qtbot.waitUntil(lambda: len(window.page.sides) == 2, timeout=LONG)
    assert [side.path for side in window.page.sides] == list(two_versions)
    window.actions_.action("play.toggle").trigger()
    wait_compared(qtbot, window)
    comparison = window.compare.comparison
    assert comparison is not None
    kinds = [edit.kind for edit in comparison.edits if edit.kind != "same"]
    assert kinds == ["inserted"]
    qtbot.waitUntil(lambda: window.session.position_us > 200_000, timeout=LONG)
    qtbot.waitUntil(lambda: all(one.thumbnail is not None for one in items(window)), timeout=LONG)
    qtbot.waitUntil(lambda: window.status.work.text() == "No jobs", timeout=LONG)
    assert [row.title.text() for row in window.jobs.rows.values()] == ["interview_v1.mp4 – interview_v2.mp4"]
    assert items(window)[0].facts == "0:03 · 160×90 · 25 fps"


@pytest.mark.alone
def test_closed_in_mid_analysis_it_goes_on_at_the_next_start(
    qtbot: QtBot,
    studio: Studio,
    two_versions: Versions,
) -> None:
    window = studio.open()
    drop(window, two_versions)
    qtbot.waitUntil(lambda: bool(window.context.jobs.active), timeout=LONG)
    started = time.monotonic()
    studio.close(window)
    assert time.monotonic() - started < 3, "it does not wait for the analysis"

    again = studio.open()
    assert again.context.project.project is not None
    assert again.project_name.text() == again.context.project.project.name
    assert [one.name for one in items(again)] == ["interview_v1.mp4", "interview_v2.mp4"]
    wait_compared(qtbot, again)
    again.compare.decide_threshold(0.321)
    again.page.threshold.setFocus()
    qtbot.waitUntil(lambda: again.status.saved.text().startswith("saved"), timeout=5000)
    studio.close(again)

    third = studio.open()
    wait_compared(qtbot, third)
    assert third.compare.threshold == pytest.approx(0.321)
    assert len(third.page.sides) == 2


def test_removing_can_be_undone_by_keys(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    window.context.project.stage.open_paths([two_versions[0]])
    wait_ready(qtbot, window, 1)
    window.library.list.setFocus()
    qtbot.keyClick(window.library.list, Qt.Key.Key_Down)
    assert [one.name for one in window.library.selected()] == ["interview_v1.mp4"]
    window.actions_.action("media.remove").trigger()
    assert items(window) == []
    assert window.actions_.action("edit.undo").text() == "Undo remove interview_v1.mp4"
    window.actions_.action("edit.undo").trigger()
    assert [one.name for one in items(window)] == ["interview_v1.mp4"]
    project = window.context.project.project
    assert project is not None
    qtbot.waitUntil(lambda: len(window.context.store.projects.media(project.id)) == 1)
    assert two_versions[0].is_file()


def test_search_narrows_the_list_and_says_when_nothing_is_left(
    qtbot: QtBot, window: MainWindow, two_versions: Versions
) -> None:
    window.context.project.library.add(list(two_versions))
    wait_ready(qtbot, window, 2)
    window.actions_.action("edit.find").trigger()
    qtbot.waitUntil(window.library.search.hasFocus)
    qtbot.keyClicks(window.library.search, "V2")
    assert window.library.shown.rowCount() == 1
    qtbot.keyClicks(window.library.search, "zzz")
    assert window.library.shown.rowCount() == 0
    assert "V2zzz" in window.library.empty.text()


def test_bad_files_say_what_is_wrong_and_the_rest_goes_on(
    qtbot: QtBot, window: MainWindow, two_versions: Versions, tmp_path: Path
) -> None:
    broken, empty = tmp_path / "broken.mp4", tmp_path / "empty.mov"
    broken.write_bytes(b"no video" * 500)
    empty.touch()
    window.context.project.stage.open_paths([broken, tmp_path / "gone.mp4", empty, two_versions[0]])
    qtbot.waitUntil(lambda: statuses(window) == ["failed", "missing", "failed", "ready"], timeout=LONG)
    assert all(one.reason for one in items(window)[:3])


def test_a_folder_is_searched_through_for_videos(
    qtbot: QtBot, window: MainWindow, two_versions: Versions, tmp_path: Path
) -> None:
    deep = tmp_path / "card" / "day 1"
    deep.mkdir(parents=True)
    (deep / "one.MP4").write_bytes(two_versions[0].read_bytes())
    (tmp_path / "card" / "notes.txt").write_text("no video")
    drop(window, [tmp_path / "card"])
    wait_ready(qtbot, window, 1)
    assert items(window)[0].name == "one.MP4"


def test_the_same_file_twice_is_one(qtbot: QtBot, window: MainWindow, two_versions: Versions, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(two_versions[0].read_bytes())
    window.context.project.stage.open_paths([two_versions[0]])
    wait_ready(qtbot, window, 1)
    window.context.project.stage.open_paths([copy])
    qtbot.waitUntil(lambda: any("already" in text for text in window.messages.texts), timeout=LONG)
    assert len(items(window)) == 1


def test_pasting_a_path_adds_the_file(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    QGuiApplication.clipboard().setText(f'"{two_versions[0]}"')
    window.actions_.action("media.paste").trigger()
    wait_ready(qtbot, window, 1)
    QGuiApplication.clipboard().setText("nothing of the kind")
    window.actions_.action("media.paste").trigger()
    assert "clipboard" in window.messages.texts[-1]


def test_a_moved_file_is_missing_and_can_be_relinked(
    qtbot: QtBot,
    studio: Studio,
    two_versions: Versions,
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    here.write_bytes(two_versions[0].read_bytes())
    window = studio.open()
    window.context.project.stage.open_paths([here])
    wait_ready(qtbot, window, 1)
    studio.close(window)
    here.rename(there)
    again = studio.open()
    assert statuses(again) == ["missing"]
    assert "here.mp4" in items(again)[0].reason
    again.context.project.library.relink(items(again)[0].key, two_versions[1])
    qtbot.waitUntil(lambda: any("not the same video" in text for text in again.messages.texts), timeout=LONG)
    again.context.project.library.relink(items(again)[0].key, there)
    wait_ready(qtbot, again, 1)
    assert items(again)[0].path == there


def test_the_context_menu_offers_to_compare(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    window.context.project.library.add(list(two_versions))
    wait_ready(qtbot, window, 2)
    window.library.select([one.key for one in items(window)])
    menu = window.library.menu_for(window.library.selected())
    texts = [action.text() for action in menu.actions()]
    assert "Compare interview_v1.mp4 with interview_v2.mp4" in texts
    single = window.library.menu_for(window.library.selected()[:1])
    assert "Compare with" in [action.text() for action in single.actions()]


def test_settings_apply_at_once_and_are_kept(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    dialog = SettingsDialog(window.context.settings, window.context.paths.models, window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.theme.setFocus()
    qtbot.keyClick(dialog.theme, Qt.Key.Key_Down)
    assert window.context.settings.value.theme == "light"
    dialog.segment.setValue(1.5)
    dialog.threshold.setValue(0.25)
    dialog.reduce_motion.setChecked(True)
    assert window.messages.reduce_motion
    studio.close(window)
    kept = studio.open().context.settings.value
    assert (kept.theme, kept.segment_us, kept.threshold, kept.reduce_motion) == ("light", 1_500_000, 0.25, True)


def test_projects_are_made_named_and_found_again(qtbot: QtBot, window: MainWindow) -> None:
    project = window.context.project
    project.rename("Interview")
    assert window.windowTitle().startswith("Interview")
    project.undo.undo()
    assert not window.windowTitle().startswith("Interview")
    project.undo.redo()
    with qtbot.waitSignal(project.projects_changed, timeout=LONG):
        project.new_project("Second")
    qtbot.waitUntil(lambda: [one.name for one in project.recent] == ["Second", "Interview"], timeout=LONG)
    assert [action.text() for action in window.recent_menu.actions()] == ["Interview"]
    window.recent_menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.project_name.text() == "Interview", timeout=LONG)
    project.delete()
    qtbot.waitUntil(lambda: window.project_name.text() == "Second", timeout=LONG)


def test_panels_can_be_hidden_and_reset_and_are_remembered(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    window.actions_.action("window.library").trigger()
    window.actions_.action("window.jobs").trigger()
    assert window.docks.library.isHidden()
    assert not window.docks.jobs.isHidden()
    studio.close(window)
    again = studio.open()
    assert again.docks.library.isHidden()
    assert not again.docks.jobs.isHidden()
    assert again.actions_.action("window.jobs").isChecked()
    again.actions_.action("window.reset").trigger()
    assert not again.docks.library.isHidden()
    assert again.docks.jobs.isHidden()


def test_everything_fits_into_1280_by_720(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    drop(window, two_versions)
    wait_compared(qtbot, window)
    window.docks.jobs.show()
    qtbot.wait(50)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 720
    assert (window.width(), window.height()) == (1280, 720)
    assert window.page.minimumSizeHint().width() <= window.page.width()
    assert window.page.minimumSizeHint().height() <= window.page.height()


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QSlider, QWidget

    nameless = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, (QAbstractButton, QComboBox, QLineEdit, QSlider, QAbstractItemView)):
            continue
        if widget.objectName().startswith("qt_") or isinstance(widget.parent(), (QComboBox, QAbstractItemView)):
            continue
        said = QAccessible.queryAccessibleInterface(widget)
        if said is not None and widget.isVisible() and not said.text(QAccessible.Text.Name):
            nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    assert nameless == []


@pytest.mark.alone
def test_the_window_answers_while_it_analyses(qtbot: QtBot, window: MainWindow, two_versions: Versions) -> None:
    drop(window, two_versions)
    qtbot.waitUntil(lambda: len(window.page.sides) == 2, timeout=LONG)
    with Heartbeat() as heart:
        wait_compared(qtbot, window)
    assert heart.longest_own_ms < MOST_MS
    assert heart.longest_ms < most_ms()


def test_settings_show_the_room_that_results_take_and_clear_it(
    qtbot: QtBot, window: MainWindow, two_versions: tuple[Path, Path]
) -> None:
    context = window.context
    context.project.stage.open_paths(list(two_versions))
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    qtbot.waitUntil(lambda: not context.jobs.active, timeout=LONG)
    dialog = SettingsDialog(context.settings, context.paths.models, window, context.models, context.space)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.used.text().endswith("used"))
    assert dialog.limit.value() == 20
    qtbot.waitUntil(dialog.clear_button.isEnabled)
    dialog.clear_button.click()
    qtbot.waitUntil(lambda: not dialog.clear_button.isEnabled())
    now = context.space.now
    assert now is not None
    assert 0 < now.used_bytes == now.needed_bytes
    (record,) = context.store.projects.comparisons(context.project.project.id)
    assert context.runner.load(record.call)
    dialog.limit.setValue(0)
    assert context.settings.value.results_limit_bytes == 0
    assert dialog.limit.text() == "No limit"
