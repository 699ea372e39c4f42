"""What sounds different, as a person would say it and as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vidstudio.engine.sound.edits import concerns
from vidstudio.engine.time import US, Span, format_length, format_timecode
from vidstudio.engine.types import AudioDifference, Comparison, Edit, Loudness

NO_SOUND = "no sound"


def audio_text(one: AudioDifference) -> str:
    """A difference in a few words, such as "6.0 dB softer" or "sound 80 ms late"."""
    if one.kind == "level":
        return f"{abs(one.level_db):.1f} dB {'louder' if one.level_db > 0 else 'softer'}"
    if one.kind == "silent":
        return f"silent in {one.side.upper()}"
    if one.kind == "missing":
        return f"no sound in {one.side.upper()}"
    if one.kind == "content":
        return f"other sound, in A {_ago(one.offset_us)}" if one.offset_us else "other sound"
    if one.kind == "offset":
        return f"sound {abs(one.offset_us) / 1000:.0f} ms {'late' if one.offset_us > 0 else 'early'}"
    return f"sound drifts, {abs(one.rate - 1):.2%} {'fast' if one.rate > 1 else 'slow'}"


def edit_text(edit: Edit, comparison: Comparison) -> str:
    """What sounds different in an edit; nothing where it sounds the same."""
    if "audio" not in edit.change:
        return ""
    return ", ".join(dict.fromkeys(audio_text(one) for one in comparison.audio if concerns(one, edit)))


def loudness_text(loudness: Loudness | None) -> str:
    """Loudness of a version, such as "-23.0 LUFS, range 5.1 LU, peak -1.0 dBTP"."""
    if loudness is None:
        return NO_SOUND
    if loudness.integrated is None:
        return "silence" if loudness.true_peak is None else f"too soft or short, peak {loudness.true_peak:.1f} dBTP"
    peak = "" if loudness.true_peak is None else f", peak {loudness.true_peak:.1f} dBTP"
    return f"{loudness.integrated:.1f} LUFS, range {loudness.range:.1f} LU{peak}"


@dataclass(frozen=True, slots=True)
class SoundTable:
    """What a report says of sound: loudness of A and B, and rows (text, time codes in A, in B, length)."""

    a: str
    b: str
    rows: tuple[tuple[str, str, str, str], ...]


def sound_table(comparison: Comparison) -> SoundTable | None:
    """None where sound was not compared, or there is none."""
    a, b = loudness_text(comparison.a_loudness), loudness_text(comparison.b_loudness)
    if not comparison.aligned or (a, b) == (NO_SOUND, NO_SOUND):
        return None
    rows = []
    for one in comparison.audio:
        ends = [
            " – ".join(format_timecode(time_us, info.frame_rate) for time_us in (span.start_us, span.end_us))
            for span, info in ((one.a, comparison.a), (one.b, comparison.b))
        ]
        rows.append((audio_text(one), ends[0], ends[1], format_length(one.b.duration_us)))
    return SoundTable(a, b, tuple(rows))


def sound_json(comparison: Comparison) -> dict[str, Any]:
    """Plain values: loudness of both, the differences, where B's sound is in A, a distance for each segment."""
    return {
        "loudness": {"a": _loudness(comparison.a_loudness), "b": _loudness(comparison.b_loudness)},
        "differences": [
            {
                "kind": one.kind,
                "a": _span(one.a),
                "b": _span(one.b),
                "level_db": one.level_db,
                "side": one.side,
                "offset_us": one.offset_us,
                "rate": one.rate,
                "text": audio_text(one),
            }
            for one in comparison.audio
        ],
        "map": [
            {"a": _span(one.a), "b": _span(one.b), "confidence": round(one.confidence, 3)}
            for one in comparison.sound_map
        ],
        "segments": [None if one.audio is None else round(one.audio, 4) for one in comparison.segments],
    }


def _loudness(loudness: Loudness | None) -> dict[str, float | None] | None:
    if loudness is None:
        return None
    return {"integrated": loudness.integrated, "range": loudness.range, "true_peak": loudness.true_peak}


def _span(span: Span) -> list[int]:
    return [span.start_us, span.end_us]


def _ago(offset_us: int) -> str:
    return f"{abs(offset_us) / US:.1f} s {'earlier' if offset_us > 0 else 'later'}"
