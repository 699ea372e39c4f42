from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from clips import write_clip
from marked import numbered, read_number
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from vidstudio.engine.alignment.edits.timemap import TimeMap, aligned_map, clock_map
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.engine.time import Span
from vidstudio.engine.types import Edit
from vidstudio.player.audio import AudioOut
from vidstudio.player.output import RATE
from vidstudio.player.pacing import SLACK_US
from vidstudio.player.screen import Screen
from vidstudio.player.session import Position, Session
from vidstudio.player.source import Reader, Side, open_reader

FRAME = 40_000
B_FRAMES = {"bf": "2", "b-adapt": "0", "preset": "veryfast"}


def side(path: Path) -> Side:
    return Side(path, probe(path), frame_times(path))


@pytest.fixture(scope="module")
def clip_a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 numbered frames at 25, long groups with B-frames, mark 1."""
    path = tmp_path_factory.mktemp("player") / "a.mp4"
    return write_clip(path, numbered(200, 1), gop=100, options=B_FRAMES)


@pytest.fixture(scope="module")
def clip_b(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """225 numbered frames at 25, mark 2: it has 25 frames more than A."""
    return write_clip(tmp_path_factory.mktemp("player") / "b.mp4", numbered(225, 2), gop=50, options=B_FRAMES)


class Stage:
    """A session with its screens, and what was to be seen on them."""

    def __init__(self, qtbot: QtBot, screens: int = 2, opener: Callable[..., Reader] = open_reader) -> None:
        self.bot = qtbot
        self.session = Session(opener=opener)
        self.screens = [Screen() for _ in range(screens)]
        self.positions: list[Position] = []
        self.errors: list[EngineError] = []
        self.session.moved.connect(self.positions.append)
        self.session.failed.connect(self.errors.append)
        for number, screen in enumerate(self.screens):
            qtbot.addWidget(screen)
            screen.resize(240, 150)
            screen.set_label("AB"[number])
            self.session.attach(number, screen)
            screen.show()

    def open(self, *paths: Path, time_map: TimeMap | None = None) -> None:
        sides = [side(path) for path in paths]
        self.session.open(sides, time_map or clock_map([s.info.duration_us for s in sides]))
        self.settle()

    def settle(self) -> None:
        self.bot.waitUntil(lambda: self.session.settled, timeout=10_000)

    def numbers(self) -> list[int]:
        """What the pictures on the screens say; each screen must show its own side."""
        found = []
        for number, screen in enumerate(self.screens):
            shown, mark = read_number(pixels(screen))
            assert mark == number + 1
            found.append(shown)
        return found


def pixels(screen: Screen) -> NDArray[np.uint8]:
    image = screen.grab().toImage()
    rect = screen.picture_rect().toRect()
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return whole[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot)
    yield made
    made.session.close()


def inserted_map(a: Path, b: Path) -> TimeMap:
    """B has 25 frames of its own from its frame 40 on."""
    edits = [
        Edit("same", Span(0, 40 * FRAME), Span(0, 40 * FRAME)),
        Edit("inserted", None, Span(40 * FRAME, 65 * FRAME)),
        Edit("same", Span(40 * FRAME, 200 * FRAME), Span(65 * FRAME, 225 * FRAME)),
    ]
    return aligned_map(edits, probe(a), probe(b))


def test_random_seeks_show_exactly_the_asked_frame(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    chance = random.Random(1)
    for _ in range(40):
        target = chance.randrange(200)
        stage.session.seek(target * FRAME + chance.randrange(FRAME - SLACK_US))
        stage.settle()
        assert stage.numbers() == [target, target]
        assert stage.positions[-1].settled
        assert [point.time_us for point in stage.positions[-1].sides] == [target * FRAME] * 2
    assert stage.session.statistics.dropped == (0, 0)


def test_steps_are_exact_both_ways(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    stage.session.seek(90 * FRAME)
    stage.settle()
    for start, by in ((90, 1), (130, -1)):
        for expected in range(start + by, start + 41 * by, by):
            stage.session.step(by)
            stage.settle()
            assert stage.numbers() == [expected, expected]
    stage.session.step(-1000)
    stage.settle()
    assert stage.numbers() == [0, 0]
    stage.session.step(1000)
    stage.settle()
    assert stage.numbers() == [199, 224]


def test_aligned_play_holds_a_dimmed_side_through_an_insertion(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b, time_map=inserted_map(clip_a, clip_b))
    seen: list[tuple[list[int], list[bool]]] = []
    stage.session.moved.connect(lambda _: seen.append((stage.numbers(), [s.held for s in stage.screens])))
    stage.session.seek(36 * FRAME)
    stage.settle()
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 70 * FRAME, timeout=10_000)
    stage.session.pause()
    shown = [(a, b, held) for (a, b), held in seen if b >= 36]
    assert {b for _, b, _ in shown} >= {39, 40, 64, 65}
    for a, b, (a_held, b_held) in shown:
        inserted = 40 <= b < 65
        assert a == (39 if inserted else b if b < 40 else b - 25)
        assert (a_held, b_held) == (inserted, False)


def test_a_hundred_fast_seeks_end_on_the_last_and_show_nothing_stale(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    chance = random.Random(2)
    asked = 0
    wrong: list[list[int]] = []
    stage.session.moved.connect(
        lambda where: wrong.append(stage.numbers()) if where.settled and stage.numbers() != [asked] * 2 else None
    )
    for _ in range(100):
        asked = chance.randrange(200)
        stage.session.seek(asked * FRAME)
        stage.bot.wait(3)
    stage.settle()
    assert stage.numbers() == [asked, asked]
    assert not wrong


def test_scrubbing_shows_pictures_on_the_way_and_ends_exactly(qtbot: QtBot, clip_a: Path, clip_b: Path) -> None:
    stage = Stage(qtbot, opener=lambda s, size: SlowReader(s, size, 0.03))
    stage.open(clip_a, clip_b)
    painted: list[int] = []
    stage.session.moved.connect(lambda where: painted.append(stage.numbers()[0]) if where.settled else None)
    for number in range(20, 80):
        stage.session.scrub(number * FRAME)
        assert stage.session.position_us == number * FRAME
        qtbot.wait(5)
    stage.settle()
    assert stage.numbers() == [79, 79]
    assert 3 <= len(set(painted)) < 60
    assert painted == sorted(painted)
    stage.session.close()


def test_both_sides_play_in_step_and_in_time(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    parts: list[int] = []
    stage.session.moved.connect(lambda where: parts.append(where.sides[0].time_us - where.sides[1].time_us))
    began = time.perf_counter()
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 75 * FRAME, timeout=20_000)
    took = time.perf_counter() - began
    stage.session.pause()
    assert max(map(abs, parts)) <= FRAME // 2
    assert took >= 2.9
    assert len(parts) + sum(stage.session.statistics.dropped) >= 70


def test_25_against_24_frames_a_second_stay_within_a_frame(stage: Stage, clip_a: Path, tmp_path: Path) -> None:
    other = write_clip(tmp_path / "b.mp4", numbered(200, 2), rate=24)
    stage.open(clip_a, other)
    apart: list[int] = []
    stage.session.moved.connect(
        lambda where: apart.extend(where.master_us - point.time_us for point in where.sides if where.settled)
    )
    stage.session.set_speed(2)
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 80 * FRAME, timeout=20_000)
    assert apart
    assert all(-SLACK_US <= late <= 41_667 for late in apart)


def test_the_end_stops_and_playing_again_starts_over(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    changes: list[bool] = []
    stage.session.playing_changed.connect(lambda: changes.append(stage.session.playing))
    stage.session.set_speed(4)
    stage.session.seek(215 * FRAME)
    stage.session.play()
    stage.bot.waitUntil(lambda: not stage.session.playing, timeout=10_000)
    stage.settle()
    assert stage.numbers() == [199, 224]
    assert [screen.held for screen in stage.screens] == [True, False]
    stage.session.toggle()
    stage.bot.waitUntil(lambda: 0 < stage.session.position_us < 100 * FRAME, timeout=10_000)
    assert changes == [True, False, True]


def test_it_plays_backward_frame_by_frame_to_the_start(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    stage.session.seek(20 * FRAME)
    stage.settle()
    seen: list[list[int]] = []
    stage.session.moved.connect(lambda where: seen.append(stage.numbers()) if where.settled else None)
    stage.session.set_speed(-4)
    stage.session.play()
    stage.bot.waitUntil(lambda: not stage.session.playing, timeout=10_000)
    numbers = [a for a, b in seen if a == b]
    assert len(numbers) == len(seen)
    assert sorted(set(numbers), reverse=True) == list(dict.fromkeys(numbers))
    assert set(numbers) >= set(range(20))


def test_a_loop_repeats_its_span_and_nothing_else(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    seen: list[int] = []
    stage.session.moved.connect(lambda _: seen.append(stage.numbers()[0]))
    stage.session.loop(Span(95 * FRAME, 103 * FRAME))
    stage.settle()
    seen.clear()
    stage.session.play()
    stage.bot.waitUntil(lambda: seen.count(95) >= 3, timeout=10_000)
    stage.session.pause()
    assert set(seen) <= set(range(95, 103))
    assert {96, 102} <= set(seen)
    stage.session.loop(None)
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 105 * FRAME, timeout=10_000)


def test_a_place_behind_the_loop_plays_on(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    stage.session.loop(Span(10 * FRAME, 20 * FRAME))
    stage.session.seek(100 * FRAME)
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 104 * FRAME, timeout=10_000)
    stage.session.pause()
    assert stage.numbers() == [(stage.session.position_us + SLACK_US) // FRAME] * 2


def test_another_map_keeps_the_frame_of_the_first_side(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    stage.session.seek(100 * FRAME)
    stage.settle()
    stage.session.set_map(inserted_map(clip_a, clip_b))
    stage.settle()
    assert stage.numbers() == [100, 125]


def test_pictures_come_in_the_size_of_the_pane(stage: Stage, tmp_path: Path) -> None:
    paths = [write_clip(tmp_path / f"{n}.mp4", numbered(30, n, (640, 360))) for n in (1, 2)]
    stage.open(*paths)
    stage.screens[0].resize(400, 400)
    stage.bot.waitUntil(lambda: stage.screens[0].wanted_size() == (400, 225))
    stage.bot.wait(150)
    stage.settle()
    image = stage.screens[0]._image
    assert image is not None
    assert (image.width(), image.height()) == (400, 225)
    assert stage.numbers() == [0, 0]


def test_a_file_that_is_gone_fails_one_side_only(stage: Stage, clip_a: Path, tmp_path: Path) -> None:
    gone = write_clip(tmp_path / "b.mp4", numbered(50, 2))
    sides = [side(clip_a), side(gone)]
    gone.unlink()
    stage.session.open(sides, clock_map([s.info.duration_us for s in sides]))
    stage.settle()
    assert len(stage.errors) == 1
    stage.session.seek(30 * FRAME)
    stage.settle()
    assert read_number(pixels(stage.screens[0])) == (30, 1)
    stage.session.play()
    stage.bot.waitUntil(lambda: stage.session.position_us > 40 * FRAME, timeout=10_000)


def test_closing_in_mid_play_and_mid_seek_leaves_no_thread(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    before = set(threading.enumerate())
    for delay in (0, 5, 60):
        stage.session.open([side(clip_a), side(clip_b)], inserted_map(clip_a, clip_b))
        stage.session.play()
        stage.bot.wait(delay)
        stage.session.seek(199 * FRAME)
        stage.session.close()
        assert set(threading.enumerate()) <= before
        assert not stage.session.playing
    stage.session.play()
    stage.session.step(1)
    stage.session.seek(5)
    stage.open(clip_a, clip_b)
    assert stage.numbers() == [0, 0]


class Card:
    """A sound card that plays in real time from a queue."""

    def __init__(self) -> None:
        self.queued = self.begun = 0

    def start(self) -> None:
        self.queued, self.begun = 0, time.perf_counter_ns()

    def played_us(self) -> int:
        return min((time.perf_counter_ns() - self.begun) // 1000, self.queued * 1_000_000 // RATE)

    def room(self) -> int:
        return RATE // 5 - self.queued + self.played_us() * RATE // 1_000_000

    def write(self, samples: NDArray[np.float32]) -> None:
        self.queued += len(samples)

    def stop(self) -> None:
        self.queued = 0

    def set_volume(self, volume: float) -> None:
        pass

    def works(self) -> bool:
        return True


def test_picture_and_sound_stay_together(qtbot: QtBot, tmp_path: Path) -> None:
    loud = write_clip(tmp_path / "loud.mp4", numbered(75, 1), tone_hz=440)
    stage = Stage(qtbot, screens=1)
    stage.session.close()
    audio = AudioOut(Card)
    stage.session = Session(audio=audio)
    stage.session.attach(0, stage.screens[0])
    errors: list[int] = []
    tick = audio.tick

    def watched(master_us: int) -> int | None:
        heard = tick(master_us)
        if heard is not None and master_us > 1_000_000:
            errors.append(heard - master_us)
        return heard

    audio.tick = watched  # type: ignore[method-assign]
    stage.session.listen(0)
    stage.open(loud)
    stage.session.play()
    qtbot.waitUntil(lambda: stage.session.position_us > 1_900_000, timeout=10_000)
    stage.session.seek(200_000)
    qtbot.waitUntil(lambda: stage.session.position_us > 600_000, timeout=10_000)
    assert audio.running
    stage.session.pause()
    assert not audio.running
    stage.session.close()
    assert len(errors) > 30
    assert np.percentile(np.abs(errors), 95) <= 20_000


def test_uneven_frames_and_another_grain_of_time_stay_exact(stage: Stage, tmp_path: Path) -> None:
    """A has frames 20 to 120 ms long; B is the same in whole milliseconds, in another container."""
    ticks, pts = random.Random(3), [0]
    for _ in range(59):
        pts.append(pts[-1] + ticks.choice([500, 1000, 1333, 3000]))
    a = write_clip(tmp_path / "a.mp4", numbered(60, 1), pts=pts, options=B_FRAMES, gop=30)
    b = write_clip(tmp_path / "b.mkv", numbered(60, 2), pts=pts, options=B_FRAMES, gop=30)
    stage.open(a, b)
    assert stage.session.playing is False
    for expected in range(1, 60):
        stage.session.step(1)
        stage.settle()
        assert stage.numbers() == [expected, expected]
    for expected in range(58, -1, -1):
        stage.session.step(-1)
        stage.settle()
        assert stage.numbers() == [expected, expected]


def test_a_screen_that_is_gone_is_forgotten(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    stage.open(clip_a, clip_b)
    stage.session.play()
    gone = Screen()
    stage.session.attach(0, gone)
    gone.deleteLater()
    del gone
    stage.bot.waitUntil(lambda: stage.session.position_us > 5 * FRAME, timeout=5000)
    stage.session.attach(0, stage.screens[0])
    stage.session.seek(50 * FRAME)
    stage.session.pause()
    stage.settle()
    assert stage.numbers() == [50, 50]


def test_anything_in_any_order_still_ends_on_the_asked_frame(stage: Stage, clip_a: Path, clip_b: Path) -> None:
    chance = random.Random(4)
    session = stage.session
    aligned, side_by_side = inserted_map(clip_a, clip_b), clock_map([200 * FRAME, 225 * FRAME])
    stage.open(clip_a, clip_b)
    actions: list[Callable[[], object]] = [
        session.play,
        session.pause,
        lambda: session.seek(chance.randrange(session.duration_us)),
        lambda: session.scrub(chance.randrange(session.duration_us)),
        lambda: session.step(chance.randint(-3, 3)),
        lambda: session.set_speed(chance.choice([-2, -1, 0.25, 1, 4])),
        lambda: session.loop(chance.choice([None, Span(20 * FRAME, 30 * FRAME), Span(190 * FRAME, 999 * FRAME)])),
        lambda: session.set_map(chance.choice([aligned, side_by_side])),
        lambda: stage.screens[0].resize(chance.randrange(150, 300), chance.randrange(100, 200)),
        lambda: stage.bot.wait(chance.randrange(30)),
    ]
    for number in range(300):
        chance.choice(actions)()
        if number % 60 == 59:
            session.open([side(clip_a), side(clip_b)], aligned)
    session.pause()
    session.set_map(side_by_side)
    session.seek(77 * FRAME)
    stage.settle()
    assert stage.numbers() == [77, 77]
    assert not stage.errors


class SlowReader:
    """Gives every frame late."""

    def __init__(self, side: Side, size: tuple[int, int], delay: float) -> None:
        self._reader = open_reader(side, size)
        self._delay = delay

    def frames_from(self, number: int) -> Iterator[Frame]:
        for frame in self._reader.frames_from(number):
            time.sleep(self._delay)
            yield frame

    def resize(self, size: tuple[int, int]) -> None:
        self._reader.resize(size)

    def close(self) -> None:
        self._reader.close()


def test_when_one_side_is_slow_both_wait_and_stay_in_step(qtbot: QtBot, clip_a: Path, clip_b: Path) -> None:
    stage = Stage(qtbot, opener=lambda s, size: SlowReader(s, size, 0.08 if s.path == clip_b else 0.0))
    stage.open(clip_a, clip_b)
    seen: list[list[int]] = []
    stage.session.moved.connect(lambda _: seen.append(stage.numbers()))
    stage.session.play()
    qtbot.waitUntil(lambda: stage.session.position_us > 20 * FRAME, timeout=10_000)
    stage.session.close()
    assert all(a == b for a, b in seen)
    assert stage.session.statistics.waits > 0


def test_a_bug_in_a_reader_is_raised_in_the_gui_thread(qtbot: QtBot, clip_a: Path) -> None:
    def broken(side: Side, size: tuple[int, int]) -> Reader:
        raise ZeroDivisionError

    stage = Stage(qtbot, screens=1, opener=broken)
    with qtbot.captureExceptions() as raised:
        stage.session.open([side(clip_a)], clock_map([1000]))
        qtbot.waitUntil(lambda: bool(raised), timeout=5000)
    stage.session.close()
    assert raised[0][0] is ZeroDivisionError
