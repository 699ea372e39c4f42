"""How long the timeline takes to redraw. Timed only on request (VIDSTUDIO_BENCH=1): machines of CI are too uneven."""

from __future__ import annotations

import os
import statistics
import time

import page_comparisons as compared
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import apply_theme
from vidstudio.ui.views.timeline import Timeline

pytestmark = pytest.mark.skipif(not os.environ.get("VIDSTUDIO_BENCH"), reason="set VIDSTUDIO_BENCH=1 to time it")


@pytest.mark.parametrize("segments", [3600, 100_000])
@pytest.mark.parametrize("what", ["threshold", "zoom", "playhead"])
def test_a_frame_takes_at_most_16_ms(qtbot: QtBot, qapp: QApplication, segments: int, what: str) -> None:
    apply_theme(qapp, "dark")
    state = CompareState()
    line = Timeline(state)
    qtbot.addWidget(line)
    line.resize(1600, 230)
    state.set_comparison(compared.long_comparison(segments, every=1 if segments > 10_000 else 10))
    line.show()
    line.grab()
    picture = QImage(line.size(), QImage.Format.Format_ARGB32_Premultiplied)
    spent = []
    for number in range(60):
        start = time.perf_counter()
        if what == "threshold":
            state.set_threshold(0.01 + number * 0.01)
        elif what == "zoom":
            line.zoom(1.1 if number < 40 else 0.8, 500)
        else:
            line.set_playhead(number * 1_000_000)
        line.render(picture)
        spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    p95 = spent[int(len(spent) * 0.95)]
    print(f"{what} {segments}: median {statistics.median(spent):.2f} ms, p95 {p95:.2f} ms")  # noqa: T201
    assert p95 <= 16
