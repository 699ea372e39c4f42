"""A whole review as a person does it: drop, play, see, drag the slider, click, close in mid-analysis, come back.

Runs offscreen, and in a real window where QT_QPA_PLATFORM and DISPLAY say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from clips import Picture, shot, write_clip
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.engine.store.jobs import Job
from vidstudio.engine.types import Edit, EditKind
from vidstudio.player.session import Position
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.theme import tokens
from vidstudio.ui.views.timeline_layers import Ink

LONG = 60_000
SHOT = 50
"""Frames of each shot, 2 s at 25 a second. B is A with a shot put in after the first, and the next one altered."""
GUTTER = 48


def altered(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """The same shot with a box in its picture."""
    for picture in pictures:
        covered = picture.copy()
        covered[50:80, 20:90] = (250, 40, 40)
        yield covered


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A: shots 1 2 3. B: shots 1 new 2' 3."""
    folder = tmp_path_factory.mktemp("review")
    one, two, three, new = (list(shot(seed, SHOT, (160, 90))) for seed in (1, 2, 3, 9))
    a = write_clip(folder / "cut_v1.mp4", one + two + three, gop=25)
    b = write_clip(folder / "cut_v2.mp4", one + new + list(altered(iter(two))) + three, gop=25)
    return a, b


@pytest.fixture(scope="module")
def long_versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a minute: comparing them takes long enough to close the window before it ends."""
    folder = tmp_path_factory.mktemp("long")
    shots = [list(shot(seed, 125, (128, 72))) for seed in range(20, 32)]
    whole = [picture for one in shots for picture in one]
    a = write_clip(folder / "long_v1.mp4", whole, gop=25)
    b = write_clip(folder / "long_v2.mp4", whole[250:], gop=25)
    return a, b


def drop(window: MainWindow, paths: tuple[Path, Path]) -> None:
    """Two files dragged over the stage and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where = window.page.mapTo(window, window.page.rect().center())
    hands = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(where, *hands)
    QApplication.sendEvent(window, entered)
    assert entered.isAccepted()
    dropped = QDropEvent(QPointF(where), *hands)
    QApplication.sendEvent(window, dropped)
    assert dropped.isAccepted()


def of_a(of_b: int) -> int | None:
    """Frame of A that frame `of_b` of B shows; None in the shot that only B has."""
    if of_b < SHOT:
        return of_b
    return None if of_b < 2 * SHOT else of_b - SHOT


def colour_at(window: MainWindow, time_us: int, row: str) -> QColor:
    """Pixel of the timeline as it is painted: the third of a row where no mark is, at a master time."""
    line = window.page.timeline
    picture = line.grab().toImage()
    places = line.places
    place = {"a": places.lanes[0], "b": places.lanes[1], "overview": places.overview}[row]
    ratio = picture.devicePixelRatio()
    x = GUTTER + line.time_view.x_of(time_us)
    y = place.top() + (1 if row != "overview" else place.height() / 2)
    return picture.pixelColor(round(x * ratio), round(y * ratio))


def ink_of(window: MainWindow) -> Ink:
    return Ink.of(tokens(window.page.timeline))


def over_and_under(ink: Ink, kind: EditKind) -> tuple[QColor, QColor]:
    """How a kind is painted over and under the threshold."""
    from vidstudio.ui.state.layout import KIND_ORDER

    code = KIND_ORDER.index(kind)
    return QColor.fromRgba(int(ink.table[2 * code + 1])), QColor.fromRgba(int(ink.table[2 * code]))


def edit_of(window: MainWindow, kind: EditKind) -> tuple[int, Edit]:
    """The one edit of a kind, with its number."""
    found = [(number, edit) for number, edit in enumerate(window.compare.edits) if edit.kind == kind]
    assert len(found) == 1, [edit.kind for edit in window.compare.edits]
    return found[0]


def compared(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)


def shows(window: MainWindow, a: int, b: int, *, a_held: bool = False) -> bool:
    left, right = window.page.screens
    return (left.frame_number, right.frame_number, left.held) == (a, b, a_held) and window.session.settled


class Watched:
    """What both screens showed at every move of the session, and whether they agreed with the edit."""

    def __init__(self, window: MainWindow) -> None:
        self.seen: list[tuple[int, int, bool]] = []
        self._screens = window.page.screens
        window.session.moved.connect(self._look)

    def _look(self, position: Position) -> None:
        a, b = (screen.frame_number for screen in self._screens)
        if position.settled and a is not None and b is not None:
            self.seen.append((a, b, self._screens[0].held))

    @property
    def out_of_step(self) -> list[tuple[int, int, bool]]:
        """Moments at which A did not show what the alignment says: half a frame off would be another frame."""
        wrong = []
        for a, b, held in self.seen:
            wanted = of_a(b)
            fine = (held and a == SHOT - 1) if wanted is None else (a == wanted and not held)
            if not fine:
                wrong.append((a, b, held))
        return wrong


def play_over_the_insertion(qtbot: QtBot, window: MainWindow) -> None:
    """Plays from a little before the new shot to a little after it, watching both panes."""
    session = window.session
    session.seek(1_600_000)
    qtbot.waitUntil(lambda: shows(window, 40, 40), timeout=LONG)
    watched = Watched(window)
    QTest.keyClick(window.page.timeline, Qt.Key.Key_Space)
    assert session.playing
    qtbot.waitUntil(lambda: session.position_us > 4_600_000, timeout=LONG)
    QTest.keyClick(window.page.timeline, Qt.Key.Key_Space)
    assert not session.playing
    assert watched.out_of_step == []
    both = {of_a(b) for _, b, _ in watched.seen}
    assert None in both, "the new shot was played"
    assert min(n for n in both if n is not None) < SHOT < max(n for n in both if n is not None)
    assert len(watched.seen) > 20


def drag_slider(qtbot: QtBot, window: MainWindow) -> None:
    """Drags the handle left to the end and right again: what the timeline shows follows every step."""
    slider = window.page.threshold.slider
    line, ink = window.page.timeline, ink_of(window)
    number, edit = edit_of(window, "changed")
    assert edit.distance is not None
    layout = window.compare.layout
    middle = int(layout.starts[number] + layout.ends[number]) // 2 - 300_000
    same = int(layout.ends[0]) // 3
    over_changed, under_changed = over_and_under(ink, "changed")
    over_same, under_same = over_and_under(ink, "same")
    start = handle(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    pictures, thresholds = set(), []
    width = slider.width()
    for x in [*range(start.x(), 0, -max(1, start.x() // 6)), 0, *range(0, width, width // 12), width - 1]:
        point = QPoint(x, start.y())
        QTest.mouseMove(slider, point)
        move(slider, point)
        QApplication.processEvents()
        assert slider.isSliderDown()
        threshold = window.compare.threshold
        thresholds.append(threshold)
        pictures.add(colour_key(window))
        expected = over_changed if edit.distance > threshold else under_changed
        assert colour_at(window, middle, "b") == expected, f"at threshold {threshold}"
        low = window.compare.distance_at(same)
        assert low is not None
        assert colour_at(window, same, "a") == (over_same if low > np.float32(threshold) else under_same)
    assert min(thresholds) == 0
    assert max(thresholds) > edit.distance
    assert len(pictures) > 3, "re-coloured while dragging, not only at its end"
    back = scale_x(slider, 0.08)
    move(slider, back)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=back)
    assert window.context.project.undo.undoText().startswith("threshold")
    assert line.isVisible()


def colour_key(window: MainWindow) -> bytes:
    """The timeline's pixels as they are now."""
    return bytes(window.page.timeline.grab().toImage().constBits())


def handle(slider: QSlider) -> QPoint:
    """The middle of a slider's handle."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style = slider.style()
    return style.subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    ).center()


def scale_x(slider: QSlider, distance: float) -> QPoint:
    """About where a distance is on the slider."""
    from vidstudio.ui.views.timeline_model import scale_position

    return QPoint(round(scale_position(distance) * slider.width()), slider.height() // 2)


def move(widget: QSlider, point: QPoint) -> None:
    """A mouse move with the left button held, which QTest.mouseMove has no way to say."""
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        QPointF(widget.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def click_timeline(window: MainWindow, time_us: int) -> None:
    line = window.page.timeline
    place = line.places.lanes[1]
    point = QPointF(GUTTER + line.time_view.x_of(time_us), place.top() + 2).toPoint()
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=point)


def test_two_versions_are_reviewed(qtbot: QtBot, window: MainWindow, versions: tuple[Path, Path]) -> None:
    drop(window, versions)
    qtbot.waitUntil(lambda: len(window.page.sides) == 2, timeout=LONG)
    compared(qtbot, window)
    assert [edit.kind for edit in window.compare.edits] == ["same", "inserted", "changed", "same"]

    play_over_the_insertion(qtbot, window)
    # where the play head stands it covers the colours that are looked at below
    window.session.seek(0)
    qtbot.waitUntil(lambda: shows(window, 0, 0), timeout=LONG)

    window.compare.set_threshold(0.05)
    ink, layout = ink_of(window), window.compare.layout
    for kind, row in (("inserted", "b"), ("inserted", "overview"), ("changed", "a"), ("changed", "b")):
        number, _ = edit_of(window, kind)
        inside = int(layout.starts[number]) + 200_000
        assert colour_at(window, inside, row) == ink.kinds[kind], (kind, row)
    number, _ = edit_of(window, "inserted")
    assert (layout.starts[number], layout.ends[number]) == (2_000_000, 4_000_000)
    assert colour_at(window, 2_200_000, "a") not in list(ink.kinds.values()), "A has nothing there"
    assert colour_at(window, 500_000, "b") == over_and_under(ink, "same")[1]

    drag_slider(qtbot, window)

    for time_us, a, b, held in ((500_000, 12, 12, False), (3_000_000, 49, 75, True), (7_000_000, 125, 175, False)):
        click_timeline(window, time_us)
        x = window.page.timeline.time_view.x_of(time_us)
        exact = window.page.timeline.time_view.time_at(round(x))
        number = min(199, (exact + 1500) // 40_000)
        wanted = of_a(number)
        assert abs(number - b) <= 2
        qtbot.waitUntil(
            lambda n=number, w=wanted, a=a, h=held: shows(window, a if w is None else w, n, a_held=h), timeout=LONG
        )


def running(window: MainWindow) -> list[Job]:
    return [job for job in window.context.jobs.active if job.state == "running" and 0 < job.progress.fraction < 1]


def test_closed_in_mid_analysis_everything_is_found_again(
    qtbot: QtBot,
    studio: Studio,
    versions: tuple[Path, Path],
    long_versions: tuple[Path, Path],
) -> None:
    window = studio.open()
    drop(window, versions)
    compared(qtbot, window)
    name, first = window.project_name.text(), window.compare.comparison
    assert first is not None
    drop(window, long_versions)
    qtbot.waitUntil(lambda: bool(running(window)), timeout=LONG)
    job = running(window)[0]
    # back to the first comparison while the second goes on
    window.context.project.stage.compare(first.a.content_id, first.b.content_id)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    window.compare.decide_threshold(0.234)
    number, _ = edit_of(window, "changed")
    window.compare.select(number)
    click_timeline(window, 5_000_000)
    place = window.session.position_us
    left = window.context.store.jobs.get(job.id)
    assert left is not None
    assert left.state == "running", "closed too late: make the clips longer"
    studio.close(window)

    again = studio.open()
    state = again.context.store.jobs.get(job.id)
    assert state is not None
    assert state.state in ("queued", "running")
    assert again.project_name.text() == name
    assert {one.name for one in again.context.project.library.items} == {p.name for p in (*versions, *long_versions)}
    assert [one.status for one in again.context.project.library.items] == ["ready"] * 4
    compared(qtbot, again)
    assert again.compare.comparison is not None
    assert [side.path for side in again.page.sides] == list(versions)
    assert again.compare.comparison.edits == first.edits
    assert again.compare.threshold == pytest.approx(0.234)
    assert again.compare.selected == number
    assert again.session.position_us == place
    qtbot.waitUntil(lambda: shows(again, of_a((place + 1500) // 40_000) or 0, (place + 1500) // 40_000), timeout=LONG)

    def ended() -> bool:
        now = again.context.store.jobs.get(job.id)
        return now is not None and now.state == "done"

    qtbot.waitUntil(ended, timeout=LONG)
    now = again.context.store.jobs.get(job.id)
    assert now is not None
    assert now.attempts == 2, "the same job went on"
    ids = [one.content_id for one in again.context.project.library.items if one.path in long_versions]
    items = {one.path: one.content_id for one in again.context.project.library.items}
    assert len(ids) == 2
    again.context.project.stage.compare(items[long_versions[0]], items[long_versions[1]])
    qtbot.waitUntil(lambda: again.compare.comparison is not None and len(again.page.sides) == 2, timeout=LONG)
    qtbot.waitUntil(lambda: [edit.kind for edit in again.compare.edits] == ["removed", "same"], timeout=LONG)
    assert again.context.store.jobs.recent(10)[0].id == job.id, "nothing was queued anew"
