"""More of a person's day in the studio: choosing, comparing, exporting, and what takes long."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import page_comparisons as compared
import pytest
from clips import shot, write_clip
from opening import LONG, open_both
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vidstudio.engine.exports.formats import FORMATS
from vidstudio.engine.recipes import compare as compare_recipe
from vidstudio.engine.time import US
from vidstudio.engine.verdict import decided
from vidstudio.ui import main_window
from vidstudio.ui.kinds import kind_text
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.messages import Banner, Remedy
from vidstudio.ui.views.differences_model import KIND


def test_nothing_is_chosen_unasked_and_delete_removes_nothing(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    open_both(qtbot, window, copies)
    assert window.library.selected() == []
    assert not window.actions_.action("media.remove").isEnabled()
    assert window.library._rows.letters == {
        side.info.content_id: letter for side, letter in zip(window.page.sides, "AB", strict=True)
    }
    window.library.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert [one.name for one in window.library.selected()] == ["interview_v1.mp4"]


def test_compare_means_what_is_on_the_stage(
    qtbot: QtBot, window: MainWindow, copies: list[Path], tmp_path: Path
) -> None:
    third = write_clip(tmp_path / "third.mp4", list(shot(9, 20, (160, 90))), 25)
    open_both(qtbot, window, copies)
    project = window.context.project
    project.library.add([third])
    qtbot.waitUntil(lambda: len(project.library.items) == 3 and project.library.items[2].status == "ready")
    one, two, three = (item.content_id for item in project.library.items)
    project.stage.compare(three, two)
    qtbot.waitUntil(lambda: window.page.sides[0].info.content_id == three, timeout=LONG)
    project.stage.compare_chosen([])
    assert project.stage.shown is not None
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert [side.info.content_id for side in window.page.sides] == [three, two]
    project.stage.compare_chosen([one])
    qtbot.waitUntil(lambda: [side.info.content_id for side in window.page.sides] == [three, one], timeout=LONG)


def test_versions_compared_at_equal_times_have_a_list_too(
    qtbot: QtBot, window: MainWindow, copies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_recipe, "CompareRequest", partial(compare_recipe.CompareRequest, align=False))
    open_both(qtbot, window, copies)
    found, differences = window.compare.found, window.page.differences
    assert found is not None
    assert not found.aligned
    shown = [differences.model.index(row, KIND).data().split("\n")[0] for row in range(differences.model.rowCount())]
    wanted = [edit for edit in decided(found, "cosine", window.compare.threshold).edits if edit.kind != "same"]
    assert shown == [kind_text(edit.kind, aligned=False) for edit in wanted]
    assert shown[-1] == kind_text("inserted", aligned=False)
    window.page.threshold.field.setValue(2.0)
    assert differences.model.rowCount() == 1


def test_files_named_at_the_start_go_to_the_stage_whatever_is_there(
    qtbot: QtBot, window: MainWindow, copies: list[Path], tmp_path: Path
) -> None:
    other = write_clip(tmp_path / "other.mp4", list(shot(9, 30, (160, 90))), 25)
    window.context.project.stage.open_named([other])
    qtbot.waitUntil(lambda: [side.path for side in window.page.sides] == [other], timeout=LONG)
    window.context.project.stage.open_named(copies)
    qtbot.waitUntil(lambda: [side.path for side in window.page.sides] == copies, timeout=LONG)
    window.context.project.stage.open_named([other])
    qtbot.waitUntil(lambda: [side.path for side in window.page.sides] == [other], timeout=LONG)


def test_an_export_that_cannot_be_written_says_so(
    qtbot: QtBot, window: MainWindow, copies: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_both(qtbot, window, copies)
    exporter = window.commands.exporter
    exporter.write("csv", tmp_path / "list.csv")
    qtbot.waitUntil(lambda: any("list.csv" in text for text in window.messages.texts))
    assert (tmp_path / "list.csv").read_text(encoding="utf-8").count("\n") > 1
    (tmp_path / "a file").write_text("in the way")
    said: list[str] = []

    def show(text: str, level: str = "info", *_remedy: object) -> None:
        if level == "error":  # that the comparison is done may be said late
            said.append(text)

    monkeypatch.setattr(window.messages, "show_message", show)
    for number, kind in enumerate(("report", "json", "csv", "otio", "edl", "fcpxml", "premiere", "resolve", "pdf"), 1):
        exporter.write(kind, tmp_path / "a file" / f"out.{kind}")
        qtbot.waitUntil(lambda number=number: len(said) == number, timeout=LONG)
        assert "a file" in said[-1], kind
    exporter.write("csv", copies[1])
    qtbot.waitUntil(lambda: "would overwrite a video" in said[-1])


def test_a_video_is_asked_for_written_in_the_background_and_shown_in_its_folder(
    qtbot: QtBot, window: MainWindow, copies: list[Path], tmp_path: Path
) -> None:
    open_both(qtbot, window, copies)
    menu = next(action.menu() for action in window.menus["File"].actions() if action.text() == "Export")
    assert len(menu.actions()) == 11
    assert all(action.isEnabled() for action in menu.actions())
    window.actions_.action("export.video").trigger()
    dialog = window.commands.exporter.dialog
    assert dialog is not None
    assert dialog.path.text().endswith("interview_v1 – interview_v2.mp4")
    dialog.path.setText(str(tmp_path / "both.txt"))
    assert not dialog.start.isEnabled()
    dialog.path.setText(str(tmp_path / "both.mp4"))
    assert dialog.line.isHidden()
    dialog.layout_box.setCurrentIndex(1)
    assert not dialog.line.isHidden()
    dialog.line.setCurrentIndex(2)
    assert (dialog.request().layout, dialog.request().line) == ("wipe", 0.5)
    dialog.start.click()
    qtbot.waitUntil(lambda: any("both.mp4" in text for text in window.messages.texts), timeout=LONG)
    assert (tmp_path / "both.mp4").stat().st_size > 1000
    assert not list(tmp_path.glob("*.part*"))
    card = next(card for card in window.messages._cards if "both.mp4" in card.text.text())
    assert card.remedy is not None
    assert card.remedy.text() == "Show in folder"
    assert window.docks.jobs.isVisible()


def test_a_notice_of_long_work_stays_until_it_ends(qtbot: QtBot, window: MainWindow) -> None:
    stopped: list[bool] = []
    note = window.messages.show_progress("Making clips", lambda: stopped.append(True))
    for number in range(6):
        window.messages.show_message(f"notice {number}")
    note.show_fraction(0.5)
    assert "Making clips" in window.messages.texts
    assert len(window.messages.texts) == 4
    assert note.bar.value() == 500
    note.end()
    assert "Making clips" not in window.messages.texts
    assert not stopped


def test_a_banner_is_as_high_as_its_words(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.resize(1200, 40)
    banner.show_text("A short error. Do something about it.", remedy=Remedy("Try again", lambda: None))
    assert banner.heightForWidth(1200) <= 64
    assert banner.heightForWidth(300) > banner.heightForWidth(1200)


def test_a_large_comparison_is_laid_out_by_a_worker(
    qtbot: QtBot, window: MainWindow, copies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_both(qtbot, window, copies)
    sides = window.page.sides
    long = compared.long_comparison(2500, 1)
    from dataclasses import replace

    large = replace(
        long, a=replace(sides[0].info, duration_us=5000 * US), b=replace(sides[1].info, duration_us=5000 * US)
    )
    threads: list[str] = []
    real = main_window.prepare

    def noting(*how: Any) -> object:
        import threading

        threads.append(threading.current_thread().name)
        return real(*how)

    monkeypatch.setattr(main_window, "prepare", noting)
    window._show_comparison(large)
    assert window.compare.comparison is not large
    qtbot.waitUntil(lambda: window.compare.comparison is large, timeout=LONG)
    assert threads
    assert threads != ["MainThread"]


def test_the_start_fits_in_one_line(qtbot: QtBot, window: MainWindow) -> None:
    from PySide6.QtWidgets import QLabel

    title = next(one for one in window.page.findChildren(QLabel) if one.property("title"))
    assert title.height() < 2 * title.fontMetrics().height()


def test_every_panel_is_reached_by_f6(qtbot: QtBot, window: MainWindow, copies: list[Path]) -> None:
    open_both(qtbot, window, copies)
    window.docks.jobs.show()
    window.page.timeline.setFocus()
    reached = []
    for _ in range(5):
        window.next_pane()
        focus = window.focusWidget()
        assert focus is not None
        reached.append(focus)
    page = window.page
    assert reached[:2] == [page.transport.time, page.threshold.slider]
    assert window.jobs.isAncestorOf(reached[2])
    assert reached[3:] == [window.library.list, page.timeline]


def test_what_is_removed_goes_off_the_stage_and_undo_puts_it_back(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    open_both(qtbot, window, copies)
    project, page = window.context.project, window.page
    page.session.seek(2 * US)
    own_us = page._own_time(0)
    comparison = window.compare.comparison

    def remove(place: int) -> None:
        window.library.list.setFocus(Qt.FocusReason.OtherFocusReason)
        window.library.list.setCurrentIndex(window.library.shown.index(place, 0))
        qtbot.keyClick(window.library.list, Qt.Key.Key_Delete)

    remove(1)
    assert [side.path for side in page.sides] == copies[:1], "what is left stays"
    assert not page.screens[1].isVisible()
    assert window.compare.comparison is None
    assert page.session.position_us == own_us, "on the frame it showed"
    remove(0)
    assert page.sides == ()
    assert page.open_button.isVisible()
    assert window.library._rows.letters == {}
    project.undo.undo()
    qtbot.waitUntil(lambda: [side.path for side in page.sides] == copies[:1])
    project.undo.undo()
    assert [side.path for side in page.sides] == copies
    assert window.compare.comparison is comparison
    project.undo.undo()
    assert project.undo.undoText() == ""
    assert page.sides == (), "adding both was undone"
    project.undo.redo()
    assert [side.path for side in page.sides] == copies
    project.undo.redo()
    project.save_view()
    qtbot.waitUntil(lambda: project.stage.view()["stage"] == [page.sides[0].info.content_id])


def test_compare_again_goes_on_where_one_was(qtbot: QtBot, window: MainWindow, copies: list[Path]) -> None:
    open_both(qtbot, window, copies)
    window.session.seek(2 * US)
    qtbot.waitUntil(lambda: window.session.settled)
    here, opened = window.session.position_us, window.page.sides
    qtbot.mouseClick(window.tool_bar.widgetForAction(window.tool_bar.actions()[3]), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.page.sides is not opened)
    assert window.session.position_us == here
    for _ in range(5):
        qtbot.wait(20)
        assert window.session.position_us == here


def test_each_export_suggests_a_name_of_its_own(
    qtbot: QtBot, window: MainWindow, copies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_both(qtbot, window, copies)
    suggested: list[str] = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda _window, _title, name, _filters: (suggested.append(name), ("", ""))[1]
    )
    for one in FORMATS:
        window.actions_.action(f"export.{one.name}").trigger()
    assert len(suggested) == len(FORMATS) == len({name.lower() for name in suggested})
    assert suggested[0].endswith("interview_v1 – interview_v2.json")
    assert any(name.endswith("interview_v1 – interview_v2 Premiere markers.csv") for name in suggested)


def test_projects_of_one_minute_have_names_of_their_own(qtbot: QtBot, window: MainWindow) -> None:
    project = window.context.project
    for _ in range(3):
        with qtbot.waitSignal(project.project_changed, timeout=LONG):
            window.actions_.action("project.new").trigger()
    names = [one.name for one in window.context.store.projects.recent()]
    assert len(names) == len(set(names)) == 4
    assert window.windowTitle().startswith(names[0])
