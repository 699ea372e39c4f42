from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clips import shot, write_clip
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.timemap import MapRow, TimeMap, clock_map
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.engine.time import Span
from vidstudio.player.audio import PIECE, AudioOut, sound_along
from vidstudio.player.clock import Clock
from vidstudio.player.output import RATE
from vidstudio.player.source import Side

S = 1_000_000


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Side:
    """Four seconds of a 440 Hz tone."""
    path = write_clip(tmp_path_factory.mktemp("audio") / "loud.mp4", shot(1, 100, (64, 36)), tone_hz=440)
    return Side(path, probe(path), frame_times(path))


class Device:
    """A sound card under the test's control: plays what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.heard: list[NDArray[np.float32]] = []
        self.played = 0
        self.volume = -1.0
        self.running = False
        self.fine = True

    def start(self) -> None:
        self.heard, self.played, self.running = [], 0, True

    def queued(self) -> int:
        return sum(map(len, self.heard)) - self.played

    def room(self) -> int:
        return 4 * PIECE - self.queued()

    def write(self, samples: NDArray[np.float32]) -> None:
        assert samples.dtype == np.float32
        assert samples.shape[1] == 2
        self.heard.append(samples)

    def pass_time(self, us: int) -> None:
        self.played += min(self.queued(), us * RATE // S)

    def played_us(self) -> int:
        return self.played * S // RATE

    def stop(self) -> None:
        self.running = False

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def works(self) -> bool:
        return self.fine


def rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def whole(time_map: TimeMap, side: Side, master_us: int) -> NDArray[np.float32]:
    pieces = list(sound_along(time_map, 0, side, master_us))
    assert all(0 < len(piece) <= PIECE for piece in pieces)
    return np.concatenate(pieces)


def test_sound_is_silent_where_the_side_holds_or_is_retimed(loud: Side) -> None:
    rows = (
        MapRow(Span(0, S), (Span(0, S),)),
        MapRow(Span(S, 2 * S), (None,)),
        MapRow(Span(2 * S, 3 * S), (Span(S, 2 * S),)),
        MapRow(Span(3 * S, 5 * S), (Span(2 * S, 3 * S),)),
    )
    heard = whole(TimeMap(rows), loud, S // 2)
    assert len(heard) == RATE * 9 // 2
    levels = [rms(heard[at + 480 : at + RATE // 2 - 480]) for at in range(0, len(heard) - RATE // 4, RATE // 2)]
    assert [level > 0.1 for level in levels] == [True, False, False, True, True, False, False, False, False]
    assert [level == 0 for level in levels] == [False, True, True, False, False, True, True, True, True]


def test_rows_that_run_on_sound_like_one(loud: Side) -> None:
    rows = tuple(MapRow(Span(n * S, (n + 1) * S), (Span(n * S, (n + 1) * S),)) for n in range(3))
    np.testing.assert_array_equal(whole(TimeMap(rows), loud, 0), whole(clock_map([3 * S]), loud, 0))


def played(out: AudioOut, device: Device, start_us: int, seconds: float, lag_us: int = 0) -> list[int | None]:
    """Errors (heard - position) that tick reports while a clock that follows it and the device run together."""
    errors: list[int | None] = []
    now = [0]
    clock = Clock(lambda: now[0])
    clock.run(start_us)
    for number in range(int(seconds * 100)):
        position = clock.position_us
        heard = out.tick(position)
        errors.append(None if heard is None else heard - position)
        if heard is not None:
            clock.correct(heard)
        now[0] += 10_000
        if number * 10_000 >= lag_us:
            device.pass_time(10_000)
        time.sleep(0.002)
    return errors


def test_what_is_heard_is_where_the_clock_is(loud: Side) -> None:
    device = Device()
    out = AudioOut(lambda: device)
    out.open([loud], clock_map([loud.info.duration_us]))
    out.listen(0)
    out.play(S)
    errors = played(out, device, S, 1.5)
    out.close()
    assert errors.count(None) < 75
    last = [error for error in errors[-30:] if error is not None]
    assert last
    assert all(abs(error) <= 10_000 for error in last)
    assert rms(np.concatenate(device.heard)[: RATE // 2]) > 0.1


def test_a_device_that_starts_late_is_brought_back_by_skipping_sound(loud: Side) -> None:
    device = Device()
    out = AudioOut(lambda: device)
    out.open([loud], clock_map([loud.info.duration_us]))
    out.listen(0)
    out.play(0)
    errors = played(out, device, 0, 2.5, lag_us=700_000)
    out.close()
    last = [error for error in errors[-50:] if error is not None]
    assert last
    assert all(abs(error) <= 20_000 for error in last)


def test_volume_mute_and_silence(loud: Side) -> None:
    device = Device()
    out = AudioOut(lambda: device)
    out.open([loud], clock_map([loud.info.duration_us]))
    out.listen(None)
    out.play(0)
    assert not device.running
    out.listen(0)
    out.set_volume(0.25)
    out.play(0)
    assert (device.running, device.volume) == (True, 0.25)
    out.mute(True)
    assert device.volume == 0
    out.mute(False)
    assert device.volume == 0.25
    out.listen(None)
    assert not device.running
    assert out.tick(0) is None
    out.close()


def test_without_a_device_it_is_silent_and_says_so(loud: Side) -> None:
    out = AudioOut(lambda: None)
    out.open([loud], clock_map([loud.info.duration_us]))
    out.listen(0)
    out.play(0)
    assert out.tick(0) is None
    assert "No sound device" in out.note
    out.close()


def test_a_device_that_is_unplugged_leaves_silence(loud: Side) -> None:
    device = Device()
    out = AudioOut(lambda: device)
    out.open([loud], clock_map([loud.info.duration_us]))
    out.listen(0)
    out.play(0)
    device.fine = False
    assert out.tick(0) is None
    assert "gone" in out.note
    device.fine = True
    out.play(0)
    assert out.note == ""
    assert device.running
    out.close()


def test_a_file_that_cannot_be_heard_is_said_and_tried_again(loud: Side, tmp_path: Path) -> None:
    out = AudioOut(Device)
    gone = Side(tmp_path / "gone.mp4", loud.info, loud.times)
    out.open([gone], clock_map([loud.info.duration_us]))
    out.play(0)
    until = time.monotonic() + 5
    while not out.note and time.monotonic() < until:
        out.tick(0)
        time.sleep(0.005)
    assert "gone.mp4" in out.note
    assert not out.running
    out.open([loud], clock_map([loud.info.duration_us]))
    out.play(0)
    assert out.running
    out.close()


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "mute.mp4", shot(1, 5, (64, 36)))
    out = AudioOut(Device)
    out.open([Side(path, probe(path), frame_times(path))], clock_map([200_000]))
    out.listen(0)
    out.play(0)
    assert "no sound" in out.note
    out.close()


def test_missing_sound_libraries_mean_silence(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from vidstudio.player.sink import open_sink

    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    assert open_sink() is None


def test_this_machines_own_device_opens_or_is_absent_quietly(qapp: object) -> None:
    from vidstudio.player.sink import open_sink

    sink = open_sink()
    if sink is not None:
        sink.start()
        sink.write(np.zeros((480, 2), np.float32))
        sink.stop()
        assert sink.works()


def test_nothing_of_qt_multimedia_is_loaded_before_there_is_something_to_hear() -> None:
    check = "import sys, vidstudio.player.session; sys.exit('PySide6.QtMultimedia' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=60).returncode == 0
