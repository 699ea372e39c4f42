"""Time and memory of aligning two long films, made as thumbnails: shots removed, inserted and moved, noise on all.

`python tests/bench/align_scale.py [FRAMES]`: 180,000 frames are two hours at 25 frames a second.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.match import Pictures, match

FRAME_US = 40_000


def film(random: np.random.Generator, frames: int) -> np.ndarray:
    """Shots of 40 to 200 frames, each a blurred texture that pans."""
    result = np.empty((frames, HEIGHT, WIDTH), np.uint8)
    at = 0
    while at < frames:
        length = min(int(random.integers(40, 200)), frames - at)
        texture = random.normal(size=(7, 12)).repeat(6, 0).repeat(6, 1).astype(np.float32)
        for axis in (0, 1):
            texture = sum(np.roll(texture, step, axis) for step in range(-2, 3)) / 5
        down, across = random.uniform(-0.15, 0.15, 2)
        for i in range(length):
            y, x = (7 + down * i) % 13, (12 + across * i) % 23
            part = texture[int(y) : int(y) + HEIGHT + 1, int(x) : int(x) + WIDTH + 1]
            part = part[:-1] * (1 - y % 1) + part[1:] * (y % 1)
            result[at + i] = np.clip(120 + 70 * (part[:, :-1] * (1 - x % 1) + part[:, 1:] * (x % 1)), 0, 255)
        at += length
    return result


def edited(random: np.random.Generator, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """B and the frame of A that each of its frames shows, -1 for new ones."""
    frames = len(a)
    cuts = np.sort(random.choice(np.arange(frames // 100, frames - frames // 100), 30, replace=False))
    parts = np.split(np.arange(frames), cuts)
    order = list(range(len(parts)))
    for number in (5, 11, 17):
        moved = order.pop(number)
        order.insert(number * 7 % len(order), moved)
    shown = []
    for place, number in enumerate(order):
        shown.append(parts[number][50:] if place % 6 == 2 else parts[number])
        if place % 5 == 1:
            shown.append(np.full(60, -1))
    truth = np.concatenate(shown)
    b = np.empty((len(truth), HEIGHT, WIDTH), np.uint8)
    b[truth >= 0] = a[truth[truth >= 0]]
    b[truth < 0] = film(random, int((truth < 0).sum()))
    for at in range(0, len(b), 5000):
        noise = random.normal(0, 2, b[at : at + 5000].shape)
        b[at : at + 5000] = np.clip(b[at : at + 5000] + noise, 0, 255)
    return b, truth


class Memory:
    """The most memory this process held, looked at twenty times a second (Linux)."""

    def __init__(self) -> None:
        self.before = self.most = self._now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.most = max(self.most, self._now())

    @staticmethod
    def _now() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 180_000
    random = np.random.default_rng(5)
    a = film(random, frames)
    b, truth = edited(random, a)
    sides = [Pictures(one, np.arange(len(one)) * FRAME_US, len(one) * FRAME_US, 16 / 9) for one in (a, b)]
    memory, started, processor = Memory(), time.perf_counter(), time.process_time()
    shown = match(*sides).frame_map
    took, busy = time.perf_counter() - started, time.process_time() - processor
    memory.stop()
    right = np.where(truth < 0, shown < 0, (shown >= 0) & (np.abs(shown - truth) <= 1)).mean()
    sys.stdout.write(
        f"{frames} frames: {took:.1f} s, {busy:.1f} s of processor; right within a frame {right:.5f}; "
        f"memory {memory.before:.0f} MB before, {memory.most:.0f} MB at most\n"
    )


if __name__ == "__main__":
    main()
