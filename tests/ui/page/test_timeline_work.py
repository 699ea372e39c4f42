"""The work of drawing is bounded by pixels, not by the length of the comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import page_comparisons as compared
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import tokens
from vidstudio.ui.views import timeline_layers as layers
from vidstudio.ui.views.timeline import Timeline
from vidstudio.ui.views.timeline_layers import Columns, Ink, Places
from vidstudio.ui.views.timeline_model import TimeText, TimeView

WIDTH = 1600


class Counting(QPainter):
    """Counts what it is asked to draw."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.counted: Counter[str] = Counter()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if not name.startswith(("draw", "fill")):
            return found
        counted: Counter[str] = super().__getattribute__("counted")

        def call(*arguments: Any) -> Any:
            size = len(arguments[0]) if name == "drawLines" else 1
            counted[name] += size
            return found(*arguments)

        return call


def drawn(segments: int, every: int) -> Counter[str]:
    state = CompareState()
    state.set_comparison(compared.long_comparison(segments, every))
    view = TimeView.fitted(state.layout.duration_us, WIDTH)
    places, ink = Places.of(WIDTH + 60, 230, 48, 12), Ink.of(tokens())
    picture = QImage(WIDTH + 60, 230, QImage.Format.Format_ARGB32_Premultiplied)
    painter = Counting(picture)
    columns = Columns.of(state.layout, "cosine", view, WIDTH)
    layers.draw_gaps(painter, places.lanes[0], columns.codes[0], ink)
    layers.draw_connectors(painter, places, state.layout, view, ink)
    layers.draw_borders(painter, places, state.layout, view, ink)
    layers.draw_marks(painter, places, state.layout, view, ink)
    layers.draw_ruler(painter, places, view, TimeText(), ink)
    painter.end()
    return painter.counted


def test_100_000_edits_are_no_more_work_than_the_pixels_there_are(qapp: QApplication) -> None:
    counted = drawn(100_000, 1)
    assert sum(counted.values()) < 2 * WIDTH, counted
    assert sum(drawn(3600, 1).values()) < 2 * WIDTH


def test_columns_are_as_many_as_pixels_and_lose_no_peak(qapp: QApplication) -> None:
    state = CompareState()
    state.set_comparison(compared.long_comparison(100_000, 1))
    view = TimeView.fitted(state.layout.duration_us, WIDTH)
    columns = Columns.of(state.layout, "cosine", view, WIDTH)
    assert len(columns.peaks) == WIDTH
    _, _, values = state.scores()
    assert columns.peaks.max() == values.max()
    for threshold in (0.05, 0.2, 0.4):
        assert bool((columns.peaks >= threshold).any()) == bool(state.over(threshold).any())


def test_a_short_insertion_is_seen_in_two_hours(qapp: QApplication) -> None:
    from vidstudio.engine.types import Edit

    long = compared.long_comparison(3600, 3600)
    edits = (
        Edit("same", compared.span(0, 4000), compared.span(0, 4000)),
        Edit("inserted", None, compared.span(4000, 4000.04)),
        Edit("same", compared.span(4000, 7200), compared.span(4000.04, 7200.04)),
    )
    from dataclasses import replace

    state = CompareState()
    state.set_comparison(replace(long, edits=edits))
    columns = Columns.of(state.layout, "cosine", TimeView.fitted(state.layout.duration_us, WIDTH), WIDTH)
    ink = Ink.of(tokens())
    green = ink.kinds["inserted"].rgba()
    assert 1 <= int((columns.both(0.1, ink) == np.uint32(green)).sum()) <= 2
    shown = layers.visible_differences(state.layout, TimeView.fitted(state.layout.duration_us, WIDTH), 18.0)
    assert shown.tolist() == [1]


@pytest.fixture
def line(qtbot: QtBot) -> Timeline:
    state = CompareState()
    found = Timeline(state)
    qtbot.addWidget(found)
    found.resize(WIDTH, 230)
    state.set_comparison(compared.long_comparison(3600))
    found.show()
    found.grab()
    return found


def counted_calls(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[str]:
    calls: list[str] = []
    real: Callable[..., Any] = getattr(module, name)

    def call(*arguments: Any) -> Any:
        calls.append(name)
        return real(*arguments)

    monkeypatch.setattr(module, name, call)
    return calls


def test_the_threshold_repaints_only_what_it_recolours(line: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    still = [counted_calls(monkeypatch, layers, name) for name in ("draw_marks", "draw_ruler")]
    coloured = counted_calls(monkeypatch, layers, "curve_image")
    decimated = counted_calls(monkeypatch, Columns, "of")
    for value in (0.2, 0.3, 0.4):
        line._state.set_threshold(value)
        line.grab()
    assert len(coloured) == 3
    assert not any(still)
    assert not decimated
    line.set_playhead(5_000_000)
    line.grab()
    assert len(coloured) == 3
    line.zoom(2, 100)
    line.grab()
    assert all(len(calls) == 1 for calls in still)


def test_layers_follow_the_screens_pixels(line: Timeline) -> None:
    assert line._sheets._stills is not None
    back, _ = line._sheets._stills
    assert back.width() == round(line.width() * line.devicePixelRatioF())


def test_what_is_just_at_the_threshold_is_not_over_it_anywhere(qapp: QApplication) -> None:
    state, ink = CompareState(), Ink.of(tokens())
    state.set_comparison(compared.plain_comparison())
    columns = Columns.of(state.layout, "cosine", TimeView.fitted(state.layout.duration_us, 130), 130)
    assert not state.over(0.3).any()
    assert state.over(0.299).any()
    for paint in (lambda at: columns.colours(1, at, ink), lambda at: pixels(layers.curve_image(columns, 40, at, ink))):
        assert np.array_equal(paint(0.3), paint(0.5))
        assert not np.array_equal(paint(0.299), paint(0.5))


def pixels(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint32).copy()
