"""What was done to a sound is said, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import RATE, heard, music, noise, speech

from vidstudio.engine.alignment.edits import editlist
from vidstudio.engine.sound.findings import Result, Shown, compare
from vidstudio.engine.sound.match import match
from vidstudio.engine.sound.sounds import Sound
from vidstudio.engine.types import FrameTimes

SECONDS = 24


def shown(frame_map: np.ndarray | None = None, rate: int = 25) -> Shown:
    frames = SECONDS * rate
    starts = np.arange(frames, dtype=np.int64) * 1_000_000 // rate
    times = FrameTimes(starts, np.arange(frames) % 50 == 0, SECONDS * 1_000_000)
    frame_map = np.arange(frames, dtype=np.int32) if frame_map is None else frame_map
    return Shown(editlist.rows(frame_map, starts, starts), frame_map, times, times)


def found(a: np.ndarray, b: np.ndarray, pictures: Shown | None = None, same_channels: bool = True) -> Result:
    of_a, of_b = heard(a), heard(b)
    return compare(of_a, of_b, pictures or shown(), match(of_a, of_b), same_channels)


def seconds(result: Result) -> list[tuple[str, float, float]]:
    return [(one.kind, one.b.start_us / 1e6, one.b.end_us / 1e6) for one in result.audio]


@pytest.mark.parametrize("make", [music, speech, noise])
def test_the_same_sound_gives_nothing(make) -> None:
    a = make(1, SECONDS)
    random = np.random.default_rng(0)
    result = found(a, (a + random.normal(0, 0.0005, a.shape)).astype(np.float32))
    assert result.audio == ()
    assert np.nanmax(result.curve) < 0.3


@pytest.mark.parametrize("make", [music, speech, noise])
@pytest.mark.parametrize("gain_db", [-6.0, 4.0])
def test_a_level(make, gain_db: float) -> None:
    a = make(2, SECONDS)
    b = a.copy()
    b[8 * RATE : 13 * RATE] *= 10 ** (gain_db / 20)
    result = found(a, b)
    assert [one.kind for one in result.audio] == ["level"]
    one = result.audio[0]
    assert one.level_db == pytest.approx(gain_db, abs=0.6)
    assert (one.b.start_us / 1e6, one.b.end_us / 1e6) == (pytest.approx(8, abs=0.5), pytest.approx(13, abs=0.5))
    assert found(a, b, same_channels=False).audio == () or abs(gain_db) > 4


def test_a_level_all_over_is_no_change_where_channels_were_mixed() -> None:
    a = speech(3, SECONDS)
    assert [one.kind for one in found(a, 0.5 * a).audio] == ["level"]
    assert found(a, 0.5 * a).audio[0].level_db == pytest.approx(-6, abs=0.3)
    assert found(a, 0.5 * a, same_channels=False).audio == ()


@pytest.mark.parametrize("side", ["a", "b"])
def test_silence_on_one_side(side: str) -> None:
    plain, cut = music(4, SECONDS), music(4, SECONDS)
    cut[10 * RATE : 12 * RATE] = 0
    result = found(plain, cut) if side == "b" else found(cut, plain)
    assert [(one.kind, one.side) for one in result.audio] == [("silent", side)]
    assert seconds(result)[0][1:] == (pytest.approx(10, abs=0.15), pytest.approx(12, abs=0.15))


@pytest.mark.parametrize("make", [music, speech])
def test_other_content(make) -> None:
    a = make(5, SECONDS)
    b = a.copy()
    b[9 * RATE : 13 * RATE] = make(6, 4)
    result = found(a, b)
    assert [one.kind for one in result.audio] == ["content"]
    assert seconds(result)[0][1:] == (pytest.approx(9, abs=0.6), pytest.approx(13, abs=0.6))
    curve = result.curve
    assert np.nanmean(curve[95:125]) > 2 * np.nanmean(curve[:80])


@pytest.mark.parametrize("late", [-0.2, -0.05, 0.045, 0.3])
def test_sound_that_is_late(late: float) -> None:
    a = speech(7, SECONDS + 1)
    shift = round(late * RATE)
    b = np.roll(a, shift, axis=0)
    result = found(a[: SECONDS * RATE], b[: SECONDS * RATE])
    assert {one.kind for one in result.audio} - {"silent"} == {"offset"}
    one = next(one for one in result.audio if one.kind == "offset")
    assert one.offset_us == pytest.approx(late * 1e6, abs=5_000)
    assert one.b.duration_us > 0.95 * SECONDS * 1e6


def test_what_nobody_notices_is_not_said() -> None:
    a = speech(8, SECONDS)
    assert found(a, np.roll(a, round(0.021 * RATE), axis=0)).audio == ()


def test_a_picture_that_is_one_off_is_no_offset() -> None:
    a = music(9, SECONDS)
    frame_map = np.arange(SECONDS * 25, dtype=np.int32)
    frame_map[300:420] -= 1
    assert found(a, a, shown(frame_map)).audio == ()


def test_sound_that_drifts_from_its_picture() -> None:
    a = music(10, SECONDS + 2)
    at = np.arange(SECONDS * RATE) * 1.01
    b = np.stack([np.interp(at, np.arange(len(a)), a[:, side]) for side in (0, 1)], axis=1).astype(np.float32)
    result = found(a[: SECONDS * RATE], b)
    assert "retimed" in [one.kind for one in result.audio]
    one = next(one for one in result.audio if one.kind == "retimed")
    assert one.rate == pytest.approx(1.01, abs=0.001)


def test_missing_and_silent_sound() -> None:
    sound, nothing = heard(speech(11, SECONDS)), Sound.of(())
    silence = heard(np.zeros((SECONDS * RATE, 2), np.float32))
    assert [(one.kind, one.side) for one in compare(sound, nothing, shown(), (), True).audio] == [("missing", "b")]
    assert [(one.kind, one.side) for one in compare(nothing, sound, shown(), (), True).audio] == [("missing", "a")]
    assert compare(nothing, nothing, shown(), (), True).audio == ()
    assert compare(silence, silence, shown(), (), True).audio == ()
    gone = compare(sound, silence, shown(), (), True).audio
    assert {(one.kind, one.side) for one in gone} == {("silent", "b")}
    assert sum(one.b.duration_us for one in gone) > 0.9 * SECONDS * 1e6


def test_sound_that_follows_its_picture_over_a_cut() -> None:
    a = music(12, SECONDS)
    keep = np.concatenate([np.arange(0, 250), np.arange(350, SECONDS * 25)])
    frame_map = np.concatenate([keep, np.full(100, -1)]).astype(np.int32)
    b = np.concatenate([a[: 10 * RATE], a[14 * RATE :], music(13, 4)])
    result = found(a, b, shown(frame_map))
    assert result.audio == ()
    assert np.isnan(result.curve[-35:]).all()
