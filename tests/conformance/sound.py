"""What every `Transcriber` and `Speaker` must keep to; each check raises AssertionError naming what it does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import EngineError
from vidstudio.engine.ports import Speaker, Transcriber

RATE = 16_000


def check_transcriber(transcriber: Transcriber, speech: NDArray[np.float32], language: str | None = None) -> None:
    """Words in order inside the sound, from `speech` (N,) mono 16 kHz that has some; none from silence or nothing."""
    before = speech.copy()
    words = list(transcriber.transcribe(speech, language))
    assert words, "speech gives words"
    length_us = len(speech) * 1_000_000 // RATE
    last = 0
    for word in words:
        assert word.text.strip(), "a word has letters"
        assert 0 <= word.probability <= 1, f"probability {word.probability} is not 0..1"
        assert word.span.start_us >= last, "words come in order of time"
        assert word.span.duration_us > 0, "a word takes time"
        assert word.span.end_us <= length_us + 100_000, "words lie in the sound"
        last = word.span.start_us
    assert (speech == before).all(), "samples are left as they were"
    assert list(transcriber.transcribe(speech[:0], language)) == [], "no samples give no words"
    silence = np.zeros(2 * RATE, np.float32)
    assert list(transcriber.transcribe(silence, language)) == [], "silence gives no words"


def check_speaker(speaker: Speaker) -> None:
    """Sound in -1..1 for text in every voice, longer for longer text, none for empty text; only known voices."""
    assert speaker.voices, "there is a voice"
    assert len(set(speaker.voices)) == len(speaker.voices), "no voice twice"
    for voice in speaker.voices[:3]:
        short = speaker.speak("Hello.", voice)
        assert short.samples.dtype == np.float32, "samples are float32"
        assert short.samples.ndim == 1, "samples are mono"
        assert 8_000 <= short.sample_rate <= 192_000, f"{short.sample_rate} is no sample rate"
        assert np.isfinite(short.samples).all(), "samples are finite"
        assert np.abs(short.samples).max() <= 1, "samples are in -1..1"
        assert np.abs(short.samples).max() > 0.01, "text can be heard"
        long = speaker.speak("Hello, this is a much longer sentence about the sea and the wind.", voice)
        assert len(long.samples) > len(short.samples), "longer text takes longer"
        assert len(speaker.speak("", voice).samples) == 0, "empty text gives no samples"
    try:
        speaker.speak("Hello.", "no such voice")
    except (ValueError, EngineError):
        return
    raise AssertionError("a voice that is not there is refused")
