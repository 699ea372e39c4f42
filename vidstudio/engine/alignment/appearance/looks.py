"""How pictures of both versions have to be seen to look alike: mirrored, or through a window that may move."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.cuts import breaks, cuts
from vidstudio.engine.alignment.appearance.pictures import Usual
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.flags import stretches_of

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_BLOCK = 128
_KEPT = 48
_STEADY_FOR = 8


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """mirrored: A is seen from behind. path: the window of the wider picture, by frame of B from `first` on.

    path: float32 (N, 4) left, top, right, bottom as shares 0..1, or none where the whole picture is seen; before and
    after it its ends go on. of_b: it is B's picture that is seen through the window.
    """

    mirrored: bool = False
    first: int = 0
    path: Floats | None = None
    of_b: bool = False

    @property
    def plain(self) -> bool:
        """Whether both pictures are seen as they are."""
        return not self.mirrored and self.path is None

    @property
    def steady_for(self) -> int:
        """Frames of B for which one window is good enough, 0 where nothing moves."""
        return 0 if self.path is None or np.ptp(self.path, axis=0).max() < 0.004 else _STEADY_FOR

    def window(self, frame: int) -> Window:
        """What is seen at a frame of B."""
        if self.path is None:
            return Window()
        at = min(max(frame - self.first, 0), len(self.path) - 1)
        left, top, right, bottom = self.path[at].tolist()
        return Window(left, top, right, bottom)


PLAIN = Look()


class Compared:
    """Descriptors of two videos, made when they are asked for; a few blocks of each are kept."""

    def __init__(self, a: Bytes, b: Bytes, usual: Usual) -> None:
        self._thumbs = {"a": a, "b": b}
        self._usual = {"a": usual.a, "b": usual.b}
        self._kept: OrderedDict[tuple[str, bool, int], Floats] = OrderedDict()

    def similarity(self, look: Look, b_low: int, b_high: int, a_low: int, a_high: int) -> Floats:
        """Cosines (frames of B, frames of A), as `exact.Emission`; float32."""
        window = look.window((b_low + b_high) // 2)
        if window == Window():
            of_a, of_b = self._whole("a", look.mirrored, a_low, a_high), self._whole("b", False, b_low, b_high)
        else:
            a, b = self._thumbs["a"][a_low:a_high], self._thumbs["b"][b_low:b_high]
            seen_a, seen_b = through(look, window, a, b)
            of_a, of_b = self._described("a", seen_a), self._described("b", seen_b)
        result: Floats = of_b @ of_a.T
        return result

    def _described(self, side: str, thumbs: Bytes) -> Floats:
        return descriptors.center(descriptors.features(thumbs), self._usual[side])

    def _whole(self, side: str, mirrored: bool, low: int, high: int) -> Floats:
        parts = []
        for block in range(low // _BLOCK, (high - 1) // _BLOCK + 1):
            start = block * _BLOCK
            parts.append(self._block(side, mirrored, block)[max(0, low - start) : high - start])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _block(self, side: str, mirrored: bool, block: int) -> Floats:
        key = (side, mirrored, block)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        thumbs = self._thumbs[side][block * _BLOCK : (block + 1) * _BLOCK]
        made = self._described(side, thumbs[:, :, ::-1] if mirrored else thumbs)
        self._kept[key] = made
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made


def through(look: Look, window: Window, a: Bytes, b: Bytes) -> tuple[Bytes, Bytes]:
    """Thumbnails of both sides as they are seen in a look: as wide and as sharp as one another."""
    a = a[:, :, ::-1] if look.mirrored else a
    if look.of_b:
        return descriptors.softened(a, window), descriptors.cut(b, window)
    return descriptors.cut(a, window), descriptors.softened(b, window)


class Seen:
    """Pairs of thumbnails as they are seen in the look that each frame of B has."""

    def __init__(self, a: Bytes, b: Bytes, looks: Sequence[Look], number: NDArray[np.int32]) -> None:
        """number: int32 (frames of B,), which of the looks; negative: as it is."""
        self.a, self.b = a, b
        self._looks = list(looks)
        self._number = number.copy()

    def pairs(
        self, b_frames: Ints, a_frames: Ints | NDArray[np.int32], like: Ints | None = None
    ) -> tuple[Bytes, Bytes]:
        """Thumbnails (N, 28, 48) of those frames of A and of B; `like`: frames of B whose looks are taken instead."""
        of_a, of_b = self.a[a_frames], self.b[b_frames]
        for numbers, look, window in self._groups(b_frames if like is None else like):
            of_a[numbers], of_b[numbers] = through(look, window, of_a[numbers], of_b[numbers])
        return of_a, of_b

    @cached_property
    def cuts_a(self) -> Bools:
        """Bool (frames of A,), whether each is the first after a cut; see `cuts.cuts`."""
        return cuts(self.a)

    @cached_property
    def cuts_b(self) -> Bools:
        """The same of B."""
        return cuts(self.b)

    @cached_property
    def ends_of_a(self) -> Bools:
        """Where a shot of A may begin, however little it differs from the one before: cuts and breaks."""
        return self.cuts_a | breaks(self.a)

    @cached_property
    def breaks_b(self) -> Bools:
        """Where B, which stands still, is another picture at once; see `cuts.breaks`."""
        return breaks(self.b)

    def one_shot_of_a(self, frames: Ints | NDArray[np.int32]) -> bool:
        """Whether frames of A from the least of these to the greatest are there, and without a cut between."""
        first, last = int(frames.min()), int(frames.max())
        return first >= 0 and last < len(self.a) and not self.cuts_a[first + 1 : last + 1].any()

    def since_cut_of_a(self, frame: int) -> int:
        """How many frames there are from the last cut of A, or its beginning, to a frame of it."""
        return frame - int(np.append(0, np.flatnonzero(self.cuts_a[: frame + 1]))[-1])

    def are_whole_shots(self, part: Ints, shown: Ints | NDArray[np.int32]) -> bool:
        """Whether frames of B, without a gap, and the frames of A that they show begin and end at cuts of both.

        Where B is cut a break of A's is enough: that it comes just there says more than how large it is.
        The ends of a video are cuts. Where frames are woven, or the rate is another, a cut may be a frame aside.
        """
        first, last = sorted((int(shown[0]), int(shown[-1])))
        near = 1 + (last - first) // max(1, len(part) - 1)
        of_b = _cut_near(self.cuts_b, int(part[0]), 1) and _cut_near(self.cuts_b, int(part[-1]) + 1, 1)
        return of_b and _cut_near(self.ends_of_a, first, near) and _cut_near(self.ends_of_a, last + 1, near)

    def plain(self, low: int, high: int) -> Bools:
        """Which of frames `low..high-1` of B are seen as they are, bool (high - low,)."""
        plain = np.array([*(look.plain for look in self._looks), True])
        result: Bools = plain[np.maximum(self._number[low:high], -1)]
        return result

    @property
    def mirrored(self) -> Bools:
        """Bool (frames of B,), for which A is seen from behind."""
        mirrored = np.array([*(look.mirrored for look in self._looks), False])
        result: Bools = mirrored[np.maximum(self._number, -1)]
        return result

    def see_plainly(self, low: int, high: int) -> None:
        """From now on see frames `low..high-1` of B as they are."""
        self._number[low:high] = -1

    def see_new_plainly(self, frame_map: NDArray[np.int32]) -> None:
        """From now on see new frames as they are, but where the look of a matched frame beside them goes on.

        frame_map: int32 (frames of B,), below 0 what is new: the look of such frames had shown something else in them.
        """
        matched = np.pad(frame_map >= 0, 1)
        number = np.pad(self._number, 1, constant_values=-1)
        for low, high in stretches_of(frame_map < 0):
            beside = [int(number[at]) for at in (low, high + 1) if matched[at]]
            part = self._number[low:high]
            part[~np.isin(part, beside)] = -1

    def look_at(self, low: int, high: int, look: Look) -> NDArray[np.int32]:
        """From now on see frames `low..high-1` of B in that look; what `restore` needs to see them as before."""
        before = self._number[low:high].copy()
        self._looks.append(look)
        self._number[low:high] = len(self._looks) - 1
        return before

    def restore(self, low: int, before: NDArray[np.int32]) -> None:
        """See frames from `low` on as they were seen before `look_at`."""
        self._number[low : low + len(before)] = before

    def _groups(self, frames: Ints) -> Iterator[tuple[Ints, Look, Window]]:
        """Which of the frames are seen otherwise than they are, and how."""
        of_frame = self._number[frames]
        for number in np.unique(of_frame[of_frame >= 0]).tolist():
            look = self._looks[number]
            if look.plain:
                continue
            chosen = np.flatnonzero(of_frame == number)
            block = frames[chosen] // (look.steady_for or len(self._number))
            for one in np.unique(block).tolist():
                part = chosen[block == one]
                yield part, look, look.window(int(frames[part[len(part) // 2]]))


def _cut_near(cut: Bools, frame: int, within: int) -> bool:
    """Whether a video is cut `within` frames of one, or begins or ends there."""
    at_an_end = frame <= within or frame + within >= len(cut)
    return at_an_end or bool(cut[frame - within : frame + within + 1].any())
