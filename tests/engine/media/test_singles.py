"""Keyframes are read some at a time, in order."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numbered import numbered, read_number, write_even

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.singles import singles
from vidstudio.engine.types import FrameTimes


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("singles") / "clip.mp4"
    return write_even(path, numbered(range(60)), "libx264", 30, {"preset": "ultrafast", "g": "7"})


@pytest.mark.parametrize("numbers", [[], [0], [7, 21, 28, 49, 56], [3, 7, 40]])
def test_those_frames_in_order(clip: Path, numbers: list[int]) -> None:
    found = list(singles(clip, frame_times(clip), numbers))
    assert [(one.number, read_number(one.pixels)) for one in found] == [(n, n) for n in numbers]


def test_ending_early_leaves_no_thread(clip: Path) -> None:
    with closing(singles(clip, frame_times(clip), [0, 7, 14, 21, 28])) as found:
        assert next(found).number == 0
    # the fixture of all tests fails on threads left behind


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    with pytest.raises(UnreadableMedia):
        list(singles(path, FrameTimes(np.zeros(1, np.int64), np.ones(1, bool), 40_000), [0]))
