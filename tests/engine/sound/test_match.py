"""The sound of B is found in A's by itself, to the millisecond."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import RATE, heard, music, noise, retimed, speech, stretched

from vidstudio.engine.sound.match import match
from vidstudio.engine.sound.sounds import Sound
from vidstudio.engine.types import SoundMatch

MAKERS = {"music": music, "speech": speech, "noise": noise}


def place_in_a(found: tuple[SoundMatch, ...], time_us: int) -> float | None:
    """Where the sound at a time of B is in A, in seconds."""
    for one in found:
        if one.b.start_us <= time_us < one.b.end_us:
            return (one.a.start_us + one.rate * (time_us - one.b.start_us)) / 1e6
    return None


@pytest.mark.parametrize("kind", MAKERS)
def test_edits_are_found_to_the_millisecond(kind: str) -> None:
    a = MAKERS[kind](1, 40)
    new = MAKERS[kind](2, 8)
    shift = round(0.1234 * RATE)
    # 0..15 s of A, 8 s new, A from 15 s, less the ten seconds from 25 s; all a little later and softer
    b = 0.4 * np.concatenate(
        [np.zeros((shift, 2), np.float32), a[: 15 * RATE], new, a[15 * RATE : 25 * RATE], a[35 * RATE :]]
    )
    found = match(heard(a), heard(b))
    truth = [(0.0, 15.0, 0.0), (23.0, 33.0, -8.0), (33.0, 38.0, 2.0)]
    errors, wrong = [], 0
    for second in np.arange(0.5, 37.5, 0.5):
        expected = next((second + by for low, high, by in truth if low <= second < high), None)
        if any(abs(second - edge) < 0.6 for edge in (15, 23, 33)):
            continue
        place = place_in_a(found, round((second + 0.1234) * 1e6))
        if expected is None or place is None:
            wrong += (expected is None) != (place is None)
        else:
            errors.append(abs(place - expected))
    assert wrong == 0
    assert max(errors) < 0.005
    assert all(one.confidence > 0.5 for one in found)


@pytest.mark.parametrize("speed", [25 / 24, 24 / 25, 1.001])
@pytest.mark.parametrize("change", [retimed, stretched])
def test_another_speed_is_said(speed: float, change) -> None:
    a = music(3, 60)
    found = match(heard(a), heard(change(a, speed)))
    covered = sum(one.b.duration_us for one in found) / 1e6
    assert covered > 0.85 * 60 / speed
    assert sum(one.rate * one.b.duration_us for one in found) / 1e6 / covered == pytest.approx(speed, abs=0.0008)
    # pieces laid by a search for the best fit are off by some milliseconds themselves
    for second in np.arange(2, 55, 2.5):
        place = place_in_a(found, round(second * 1e6))
        assert place is None or abs(place - second * speed) < 0.03


def test_another_tone_and_turned_sides_do_not_matter() -> None:
    a = speech(4, 20)
    spectrum = np.fft.rfft(a, axis=0)
    hertz = np.fft.rfftfreq(len(a), 1 / RATE)[:, None]
    b = np.fft.irfft(spectrum * (1 + hertz / 1500), len(a), axis=0).astype(np.float32)
    found = match(heard(a), heard(np.clip(0.3 * b * (1, -1), -1, 1).astype(np.float32)))
    assert len(found) == 1
    assert found[0].b.duration_us > 19_000_000
    assert abs(found[0].offset_us) < 2_000


def test_nothing_is_like_silence_or_another_sound() -> None:
    silence = heard(np.zeros((20 * RATE, 2), np.float32))
    sound = heard(speech(5, 20))
    assert match(silence, sound) == match(sound, silence) == match(silence, silence) == ()
    assert match(heard(speech(6, 20)), sound) == ()
    assert match(Sound.of(()), sound) == match(sound, Sound.of(())) == ()


def test_short_sounds() -> None:
    sound = music(7, 2.5)
    found = match(heard(sound), heard(sound))
    assert len(found) == 1
    assert abs(found[0].offset_us) < 2_000
    assert match(heard(sound[:4000]), heard(sound[:4000])) == ()
