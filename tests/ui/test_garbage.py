"""Cycles of Qt objects are collected in the GUI thread, whatever other threads make."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from vidstudio.ui.garbage import GarbageCollector


def test_garbage_of_another_threads_making_is_collected_in_this_one(qtbot: QtBot) -> None:
    where: list[int] = []
    gc.enable()
    collector = GarbageCollector()
    ringing = QObject()
    QTimer(ringing).start(10)
    ringing.cycle = [ringing]  # type: ignore[attr-defined]
    weakref.finalize(ringing, lambda: where.append(threading.get_ident()))
    del ringing
    kept: list[list[object]] = []
    busy = threading.Thread(target=lambda: kept.extend([] for _ in range(100_000)))
    busy.start()
    busy.join()
    assert not where, "collected at once, in a thread that is not its own"
    qtbot.waitUntil(lambda: bool(where), timeout=20_000)
    assert where == [threading.get_ident()]
    del collector
