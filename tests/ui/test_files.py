"""Files that go, come back, change, are damaged, or were never there to be read; disks that are full."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from clips import shot, write_clip
from disks import fill
from opening import LONG, open_both
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.state.media import MediaItem, file_url, paths_in
from vidstudio.ui.theme import small_font
from vidstudio.ui.views.library_row import _second_line, wrapped


def test_a_file_that_goes_is_missing_and_one_that_comes_back_is_ready(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    open_both(qtbot, window, copies)
    library, away = window.context.project.library, copies[0].with_name("away.mp4")
    copies[0].rename(away)
    library.look_at_files()
    qtbot.waitUntil(lambda: [one.status for one in library.items] == ["missing", "ready"])
    assert _second_line(library.items[0]).startswith("No longer in")
    away.rename(copies[0])
    library.look_at_files()
    qtbot.waitUntil(lambda: [one.status for one in library.items] == ["ready", "ready"])
    assert library.items[0].thumbnail is not None


def test_a_project_whose_files_are_gone_says_so_with_relink(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    open_both(qtbot, window, copies)
    project = window.context.project
    first = project.project
    assert first is not None
    with qtbot.waitSignal(project.project_changed):
        project.new_project()
    copies[1].unlink()
    project.open_project(first.id)
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert "interview_v2.mp4" in window.banner.text
    assert window.banner._card is not None
    assert window.banner._card.remedy is not None
    assert window.banner._card.remedy.text() == "Relink…"
    assert window.page.empty.title.text() == "interview_v2.mp4 is missing", "the stage says no word of dropping a video"
    assert not window.page.demo_button.isVisible()
    with qtbot.waitSignal(project.project_changed):
        window.actions_.action("project.new").trigger()
    assert "Drop one video" in window.page.empty.title.text()
    assert window.page.demo_button.isVisible()


def test_a_damaged_version_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv", shot(1, 60), gop=10)
    broken, data = tmp_path / "broken.mkv", bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = random.Random(2).randbytes(3000)
    broken.write_bytes(data)
    open_both(qtbot, window, [whole, broken])
    qtbot.waitUntil(lambda: any("broken.mkv is damaged" in text for text in window.messages.texts))
    assert not any("whole.mkv is damaged" in text for text in window.messages.texts)


def open_again(qtbot: QtBot, window: MainWindow) -> None:
    """Another project and back, as after a night."""
    project = window.context.project
    first = project.project
    assert first is not None
    qtbot.waitUntil(lambda: not window.context.jobs.active, timeout=LONG)
    with qtbot.waitSignal(project.project_changed):
        project.new_project()
    project.open_project(first.id)
    qtbot.waitUntil(lambda: project.project is not None and project.project.id == first.id)


def test_relinking_from_the_banner_puts_the_stage_back(
    qtbot: QtBot, window: MainWindow, copies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_both(qtbot, window, copies)
    window.compare.decide_threshold(0.321)
    edits = window.compare.edits
    away = copies[1].rename(copies[1].with_name("elsewhere.mp4"))
    open_again(qtbot, window)
    qtbot.waitUntil(lambda: window.banner.isVisible())
    project = window.context.project
    # closed and opened once more before anything is done about it
    open_again(qtbot, window)
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert project.stage.shown is None
    answers = iter(["", str(away)])
    monkeypatch.setattr("vidstudio.ui.commands.QFileDialog.getOpenFileName", lambda *_args: (next(answers), ""))
    assert window.banner._card is not None
    assert window.banner._card.remedy is not None
    window.banner._card.remedy.click()
    assert window.banner._card is not None, "who gives no answer is asked again"
    assert window.banner._card.remedy is not None
    window.banner._card.remedy.click()
    qtbot.waitUntil(lambda: window.compare.edits == edits, timeout=LONG)
    assert [side.path for side in window.page.sides] == [copies[0], away]
    assert window.compare.threshold == pytest.approx(0.321)
    assert not window.banner.isVisible()
    assert project.undo.count() == 0  # nothing was added


def test_a_file_that_comes_back_puts_the_stage_back(qtbot: QtBot, window: MainWindow, copies: list[Path]) -> None:
    open_both(qtbot, window, copies)
    away = copies[0].rename(copies[0].with_name("elsewhere.mp4"))
    open_again(qtbot, window)
    qtbot.waitUntil(lambda: window.banner.isVisible())
    away.rename(copies[0])
    window.context.project.library.look_at_files()
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert len(window.page.sides) == 2


def test_a_file_that_was_exported_anew_under_its_name_is_changed_and_read_anew(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    open_both(qtbot, window, copies)
    project, library = window.context.project, window.context.project.library
    old = library.items[1].content_id
    write_clip(copies[1], list(shot(7, 40, (160, 90))), 25)
    library.look_at_files()
    qtbot.waitUntil(lambda: [one.status for one in library.items] == ["ready", "changed"])
    one = library.items[1]
    assert "was changed since it was added" in one.reason
    texts = [action.text() for action in window.library.menu_for([one]).actions()]
    assert "Read it as it is now" in texts
    window.library.opened.emit(one)
    qtbot.waitUntil(lambda: library.items[1].status == "ready", timeout=LONG)
    assert library.items[1].content_id not in ("", old)
    assert project.project is not None
    stored = window.context.store.projects.media(project.project.id)
    assert {one.content_id for one in stored} == {one.content_id for one in library.items}


def test_files_of_one_drop_are_one_undo_step(
    qtbot: QtBot, window: MainWindow, copies: list[Path], tmp_path: Path
) -> None:
    project, library = window.context.project, window.context.project.library
    third = write_clip(tmp_path / "third.mp4", list(shot(9, 20, (160, 90))), 25)
    bad = tmp_path / "bad.mp4"
    bad.write_text("no film")
    library.add([*copies, bad, third])
    qtbot.waitUntil(lambda: all(one.status in ("ready", "failed") for one in library.items), timeout=LONG)
    qtbot.waitUntil(lambda: project.undo.count() == 1)
    assert project.undo.undoText() == "add 3 videos"
    project.undo.undo()
    assert [one.name for one in library.items] == ["bad.mp4"]
    project.undo.redo()
    assert [one.name for one in library.items] == ["interview_v1.mp4", "interview_v2.mp4", "bad.mp4", "third.mp4"]
    # one that could not be read at first is a step of its own once it can
    bad.write_bytes(write_clip(tmp_path / "good.mp4", list(shot(11, 20, (160, 90))), 25).read_bytes())
    library.retry(library.items[2].key)
    qtbot.waitUntil(lambda: project.undo.count() == 2)
    assert project.undo.undoText() == "add bad.mp4"


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names there are text")
def test_a_file_whose_name_is_no_text_is_dropped_compared_and_found_again(
    qtbot: QtBot, window: MainWindow, copies: list[Path]
) -> None:
    odd = copies[1].rename(copies[1].with_name(os.fsdecode(b"no \xff text.mp4")))
    mime = QMimeData()
    mime.setUrls([file_url(one) for one in (copies[0], odd)])
    assert paths_in(mime) == [copies[0], odd]
    open_both(qtbot, window, paths_in(mime))
    open_again(qtbot, window)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert [side.path for side in window.page.sides] == [copies[0], odd]
    assert window.context.project.library.items[1].name == "no � text.mp4"


def test_a_full_disk_is_said_and_the_work_goes_on_once_there_is_room(
    qtbot: QtBot,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    studio: Studio,
    copies: list[Path],
    home: Path,
) -> None:
    monkeypatch.setenv("VIDSTUDIO_HOME", str(small_disk / "home"))
    window = studio.open()
    context = window.context
    context.project.library.add(copies)
    ready = ["ready", "ready"]
    qtbot.waitUntil(lambda: [one.status for one in context.project.library.items] == ready, timeout=LONG)
    fill(small_disk, 40_000)
    context.project.stage.compare_chosen([])
    qtbot.waitUntil(lambda: window.banner.isVisible() or any("full" in t for t in window.messages.texts), timeout=LONG)
    assert "full" in window.banner.text + " ".join(window.messages.texts)
    (small_disk / "filler").unlink()
    context.project.stage.compare_chosen([])
    for job in context.jobs.jobs:
        context.jobs.retry(job.id)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)


def test_a_folder_gives_all_that_is_named_like_a_video_and_says_what_it_left_out(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "rushes"
    folder.mkdir()
    write_clip(folder / "one.mp4", list(shot(5, 10, (160, 90))), 25)
    with av.open(str(folder / "two.264"), "w", format="h264") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(10):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((96, 160, 3), 20 * number, np.uint8))))
        out.mux(stream.encode(None))
    for name in ("notes.txt", "more.txt", "cover.jpg", ".hidden"):
        (folder / name).write_text("no film")
    window.context.project.stage.open_paths([folder])
    library = window.context.project.library
    qtbot.waitUntil(lambda: [one.status for one in library.items] == ["ready"] * 2, timeout=LONG)
    assert [one.name for one in library.items] == ["one.mp4", "two.264"]
    said = "3 files are not named like videos and were left out (.txt, .jpg). Drop such a file itself to try it."
    assert said in window.messages.texts


def test_the_reason_why_a_file_cannot_be_read_is_readable_in_its_row(qtbot: QtBot, window: MainWindow) -> None:
    name = "a_rather_long_name_of_a_broken_file.mp4"
    reason = f"No picture of {name} can be decoded. The file is damaged or cut off."
    one = MediaItem("key", Path(name), "failed", reason=reason)
    assert _second_line(one) == "No picture can be decoded. The file is damaged or cut off."
    metrics = QFontMetrics(small_font())
    lines = wrapped(f"Cannot be read: {_second_line(one)}", metrics, 130, 14, 3)
    assert len(lines) == 3
    assert "No picture can be decoded." in " ".join(lines)
    assert all(metrics.horizontalAdvance(line) <= 130 for line in lines)
    assert wrapped("Missing", metrics, 130, 14, 3) == ["Missing"]


def test_a_file_that_cannot_be_read_is_there_again_and_read_once_it_is_whole(
    qtbot: QtBot, studio: Studio, copies: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "half.mp4"
    bad.write_bytes(copies[0].read_bytes()[:3000])
    window = studio.open()
    window.context.project.stage.open_paths([copies[1], bad])
    qtbot.waitUntil(lambda: status(window) == {"interview_v2.mp4": "ready", "half.mp4": "failed"}, timeout=LONG)
    studio.close(window)
    window = studio.open()
    qtbot.waitUntil(lambda: status(window) == {"interview_v2.mp4": "ready", "half.mp4": "failed"}, timeout=LONG)
    assert not window.context.project.undo.canUndo()
    studio.close(window)
    bad.write_bytes(copies[0].read_bytes())
    window = studio.open()
    qtbot.waitUntil(lambda: status(window) == {"interview_v2.mp4": "ready", "half.mp4": "ready"}, timeout=LONG)


def status(window: MainWindow) -> dict[str, str]:
    return {one.name: one.status for one in window.context.project.library.items}
