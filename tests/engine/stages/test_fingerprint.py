from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest
from PIL import Image

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.results import Fingerprint, Window
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.stills import Squeezer, Stills
from vidstudio.engine.picture.views import views
from vidstudio.engine.stages import active, fingerprint
from vidstudio.engine.time import Span


class FakeEnv:
    """One file; needs are given as they are."""

    def __init__(self, path: Path, *needed: Any) -> None:
        self.path = path
        self._needed = needed
        self.models_folder = path.parent
        self.ticks = 0

    def tick(self, done: float, total: float, note: str = "") -> None:
        self.ticks += 1

    def media(self, content_id: str) -> Path:
        return self.path

    def needed(self, number: int) -> Sequence[Any]:
        return [self._needed[number]]


def _clip(folder: Path, bars: int = 0) -> Path:
    pictures = (np.pad(p, ((0, 0), (bars, bars), (0, 0))) for p in clips.shot(5, 60, (160, 90)))
    return clips.write_clip(folder / f"clip{bars}.mp4", pictures, gop=20)


@dataclass
class LastScan:
    """The part of the last scan that is read: what it saw of A."""

    a: Fingerprint


def _thumbs(path: Path, *spans: Span | None) -> np.ndarray:
    times = frame_times(path)
    found = next(active.run(("x",), active.ActiveParams(), None, FakeEnv(path, times)))
    env = FakeEnv(path, times, found, LastScan(Fingerprint(0, np.zeros((0, 28, 48), np.uint8))))
    parts = [next(fingerprint.run(("x",), fingerprint.FingerprintParams(), span, env)) for span in spans]
    assert env.ticks > 0
    assert [part.first for part in parts] == [times.frame_at(span.start_us) if span else 0 for span in spans]
    return np.concatenate([part.thumbs for part in parts])


def test_chunks_together_are_the_whole(tmp_path: Path) -> None:
    path = _clip(tmp_path)
    whole = _thumbs(path, None)
    assert whole.shape == (60, 28, 48)
    assert np.array_equal(whole, _thumbs(path, Span(0, 800_000), Span(800_000, 1_640_000), Span(1_640_000, 2_400_000)))


def test_what_the_scan_saw_is_left_out(tmp_path: Path) -> None:
    path = _clip(tmp_path)
    times, whole = frame_times(path), _thumbs(path, None)
    found = next(active.run(("x",), active.ActiveParams(), None, FakeEnv(path, times)))
    env = FakeEnv(path, times, found, LastScan(Fingerprint(10, whole[10:35])))
    spans = Span(0, 1_000_000), Span(1_000_000, 2_000_000), Span(2_000_000, 2_400_000)
    parts = [next(fingerprint.run(("x",), fingerprint.FingerprintParams(), span, env)) for span in spans]
    assert [(part.first, len(part.thumbs)) for part in parts[1:]] == [(35, 15), (50, 10)]
    assert len(parts[0].thumbs) == 0
    assert np.array_equal(np.concatenate([part.thumbs for part in parts]), whole[35:])


def test_a_thumbnail_shows_the_frame(tmp_path: Path) -> None:
    thumbs = _thumbs(_clip(tmp_path), None)
    for number, picture in enumerate(clips.shot(5, 60, (160, 90))):
        small = Image.fromarray(picture).convert("L").resize((48, 28), Image.Resampling.BOX)
        assert np.abs(np.asarray(small, int) - thumbs[number]).mean() < 3


def test_bars_are_left_out(tmp_path: Path) -> None:
    plain, barred = _thumbs(_clip(tmp_path), None), _thumbs(_clip(tmp_path, bars=40), None)
    assert np.abs(plain.astype(int) - barred).mean() < 3


@pytest.mark.parametrize("bars", [0, 40])
def test_the_active_picture_of_a_clip(tmp_path: Path, bars: int) -> None:
    path = _clip(tmp_path, bars)
    found = next(active.run(("x",), active.ActiveParams(), None, FakeEnv(path, frame_times(path))))
    assert found.full_width == 160 + 2 * bars
    assert abs(found.x - bars) <= 1
    assert abs(found.width - 160) <= 2
    assert (found.y, found.height) == (0, 90)


def test_thumbnails_are_as_the_scan_makes_them(tmp_path: Path) -> None:
    """Else frames that no scan came to look unlike those that it did: of HD colours that a file says nothing of."""
    colours = np.zeros((720, 1280, 3), np.uint8)
    colours[:, :640], colours[:, 640:] = (200, 40, 40), (40, 60, 200)
    path = clips.write_clip(tmp_path / "colours.mp4", [colours] * 20)
    times = frame_times(path)
    whole = Active(0, 0, 1280, 720, 1280, 720)
    view = views(whole, whole, Window())[0]
    squeezer, stills = Squeezer(), Stills(path, times, view.size)
    try:
        still = stills.take()
        assert still is not None
        scanned = squeezer.gray(still.small, view.small, (48, 28))
    finally:
        stills.close()
    assert np.abs(_thumbs(path, None).astype(int) - scanned).max() <= 1
