"""The machine's default sound device, through QtMultimedia. Import only when there is something to hear."""

from __future__ import annotations

import importlib
import logging
import sys

from PySide6.QtCore import QIODevice, QMessageLogContext, QtMsgType, qInstallMessageHandler

from vidstudio.engine.time import US
from vidstudio.player.output import CHANNELS, DEVICE_US, RATE, Output, Samples

log = logging.getLogger(__name__)


def load() -> None:
    """Load QtMultimedia ahead of the first sound, in any thread: that takes a tenth of a second."""
    previous = qInstallMessageHandler(_to_log)
    try:
        importlib.import_module("PySide6.QtMultimedia")
    except ImportError as error:
        log.info("no sound: %s", error)
    finally:
        qInstallMessageHandler(previous)


def look_for_devices() -> None:
    """Let Qt find the sound devices ahead of the first sound, in the GUI thread: the first look takes a while."""
    if multimedia := sys.modules.get("PySide6.QtMultimedia"):
        previous = qInstallMessageHandler(_to_log)
        try:
            multimedia.QMediaDevices.defaultAudioOutput()
        finally:
            qInstallMessageHandler(previous)


def open_sink() -> Output | None:
    """The default device, or None: nothing to hear with, or the system's sound libraries are missing."""
    # Qt prints a warning for each sound server it does not find; having none is no fault
    previous = qInstallMessageHandler(_to_log)
    try:
        from PySide6.QtMultimedia import QMediaDevices  # fails where system libraries are missing

        device = QMediaDevices.defaultAudioOutput()
        return None if device.isNull() else _Sink()
    except ImportError as error:
        log.info("no sound: %s", error)
        return None
    finally:
        qInstallMessageHandler(previous)


def _to_log(_kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    log.debug("sound: %s", message)


class _Sink:
    def __init__(self) -> None:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices, QtAudio

        wanted = QAudioFormat()
        wanted.setSampleRate(RATE)
        wanted.setChannelCount(CHANNELS)
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Float)
        self._fine = QtAudio.Error.NoError
        self._sink = QAudioSink(QMediaDevices.defaultAudioOutput(), wanted)
        self._sink.setBufferSize(DEVICE_US * RATE // US * CHANNELS * 4)
        self._io: QIODevice | None = None
        self._written = 0

    def start(self) -> None:
        self._sink.reset()
        self._io = self._sink.start()
        self._written = 0

    def room(self) -> int:
        return self._sink.bytesFree() // (CHANNELS * 4) if self._io is not None else 0

    def write(self, samples: Samples) -> None:
        if self._io is not None:
            self._io.write(samples.astype("<f4", copy=False).tobytes())

    def played_us(self) -> int:
        return int(self._sink.processedUSecs())

    def stop(self) -> None:
        self._sink.reset()
        self._io = None

    def set_volume(self, volume: float) -> None:
        self._sink.setVolume(volume)

    def works(self) -> bool:
        return self._sink.error() == self._fine
