"""A comparison video, opened again by PyAV: pictures, burnt-in time codes and sound against what they must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import clips
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vidstudio.engine.errors import Cancelled, UsageError
from vidstudio.engine.exports.video_frames import DIM
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.engine.resources import resource
from vidstudio.engine.stages.comparison_video import VideoParams, run
from vidstudio.engine.types import Comparison, Edit

SIZE = (320, 180)
RATE = Fraction(30000, 1001)


class Files:
    """Two files and their comparison; cancelled after so many ticks."""

    def __init__(self, found: Comparison, most: int = 10**9) -> None:
        self.found, self.most, self.ticks = found, most, 0
        self.models_folder = Path()

    def tick(self, done: float, total: float, note: str = "") -> None:
        self.ticks += 1
        if self.ticks > self.most:
            raise Cancelled

    def media(self, content_id: str) -> Path:
        return Path(self.found.a.path if content_id == "a" else self.found.b.path)

    def needed(self, number: int) -> Sequence[Any]:
        return [self.found]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A: shots 1 and 2, 30 frames each. B: shot 1, shot 3 (20 frames), shot 2. Both with a tone of their own."""
    folder = tmp_path_factory.mktemp("films")
    one, two, new = (list(clips.shot(seed, count, SIZE)) for seed, count in ((1, 30), (2, 30), (3, 20)))
    a_path = clips.write_clip(folder / "a.mp4", one + two, RATE, tone_hz=440)
    b_path = clips.write_clip(folder / "b.mp4", one + new + two, RATE, tone_hz=1000)
    a, b, a_times, b_times = probe(a_path), probe(b_path), frame_times(a_path), frame_times(b_path)
    edits = (
        Edit("same", a_times.span_of(0, 30), b_times.span_of(0, 30)),
        Edit("inserted", None, b_times.span_of(30, 50)),
        Edit("same", a_times.span_of(30, 60), b_times.span_of(50, 80)),
    )
    frame_map = np.array([*range(30), *[-1] * 20, *range(30, 60)], np.int32)
    return Comparison(a, b, a_times, b_times, 2_000_000, True, "basic", 1, edits, (), frame_map)


def params(path: Path, found: Comparison, **changes: Any) -> VideoParams:
    usual = VideoParams(str(path), "side", "none", None, 4.0, 1920, found.edits)
    return replace(usual, **changes)


def decoded(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def source(path: str) -> list[NDArray[np.uint8]]:
    return decoded(Path(path))


def read_code(strip: NDArray[np.uint8], line: int, codes: list[str]) -> str:
    """Which of the codes is written in a line of the strip, by how well its picture fits anywhere in it."""
    font = ImageFont.truetype(str(resource("fonts/DejaVuSans.ttf")), round(line * 0.62))
    grey = cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)
    scores = {}
    for code in codes:
        box = font.getbbox(code, anchor="ls")
        image = Image.new("L", (int(box[2] - box[0]) + 4, int(box[3] - box[1]) + 4), 18)
        ImageDraw.Draw(image).text((2 - box[0], 2 - box[1]), code, fill=236, font=font, anchor="ls")
        scores[code] = cv2.matchTemplate(grey, np.asarray(image), cv2.TM_CCOEFF_NORMED).max()
    best = max(scores, key=lambda code: scores[code])
    assert scores[best] > 0.9
    return best


def test_side_by_side_with_its_codes(tmp_path: Path, found: Comparison) -> None:
    path = tmp_path / "out.mp4"
    env = Files(found)
    (written,) = run(("a", "b"), params(path, found), None, env)
    pictures = decoded(path)
    assert (written.frames, written.width, written.height) == (80, *pictures[0].shape[1::-1])
    assert len(pictures) == env.ticks == 80
    assert written.width == 2 * 320 + 4
    assert list(tmp_path.iterdir()) == [path]
    a, b = source(found.a.path), source(found.b.path)
    line = (written.height - 180 - 4) // 2
    codes = [f"00:00:0{n // 30};{n % 30:02d}" for n in range(80)]
    for number, of_a in ((0, 0), (17, 17), (29, 29), (30, None), (49, None), (50, 30), (79, 59)):
        left, right = pictures[number][:180, :320].astype(float), pictures[number][:180, 324:644].astype(float)
        expected = a[29].astype(float) * DIM / 256 if of_a is None else a[of_a].astype(float)
        beside = np.ones((180, 320), bool)
        beside[70:110, 100:220] = of_a is not None  # where it says "not in A"
        assert np.abs(left - expected)[beside].mean() < 6, number
        assert np.abs(right - b[number].astype(float)).mean() < 6, number
        strip = pictures[number][184 : 184 + line]
        assert read_code(strip[:, :320], line, codes) == codes[29 if of_a is None else of_a]
        assert read_code(strip[:, 320:], line, codes) == codes[number]


def test_wipe_and_difference(tmp_path: Path, found: Comparison) -> None:
    a, b = source(found.a.path), source(found.b.path)
    list(run(("a", "b"), params(tmp_path / "w.mkv", found, layout="wipe", line=0.25), None, Files(found)))
    wiped = decoded(tmp_path / "w.mkv")[60].astype(float)
    assert np.abs(wiped[:180, :76] - a[40][:, :76]).mean() < 6
    assert np.abs(wiped[:180, 84:] - b[60][:, 84:]).mean() < 6
    list(run(("a", "b"), params(tmp_path / "d.mp4", found, layout="difference", gain=8.0), None, Files(found)))
    apart = decoded(tmp_path / "d.mp4")
    expected = np.clip(np.abs(a[40].astype(float) - b[60].astype(float)) * 8, 0, 255)
    assert np.abs(apart[60][:180] - expected).mean() < 8
    assert np.abs(apart[40][:180].astype(float) - b[40] * (DIM / 256)).mean() < 12


@pytest.mark.parametrize(("side", "pitch"), [("a", 440), ("b", 1000)])
def test_sound_is_of_the_side_that_was_asked_for(tmp_path: Path, found: Comparison, side: str, pitch: int) -> None:
    path = tmp_path / "out.mp4"
    list(run(("a", "b"), params(path, found, sound=side, width=160), None, Files(found)))
    with av.open(str(path)) as container:
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    assert abs(len(sound) - 80 / RATE * 48000) < 3000

    def loudest(start: float, end: float) -> tuple[float, float]:
        part = sound[int(start * 48000) : int(end * 48000)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        return float(np.argmax(spectrum) * 48000 / len(part)), float(np.sqrt((part**2).mean()))

    assert loudest(0.2, 0.9)[0] == pytest.approx(pitch, abs=3)
    assert loudest(1.9, 2.5)[0] == pytest.approx(pitch, abs=3)
    assert (loudest(1.1, 1.6)[1] < 0.01) == (side == "a")  # nothing of A in what was inserted


def test_sound_of_a_slower_side_is_stretched(tmp_path: Path, found: Comparison) -> None:
    slow = (Edit("retimed", found.a_times.span_of(0, 60), found.b_times.span_of(0, 30)),)
    list(run(("a", "b"), params(tmp_path / "s.mp4", found, sound="b", edits=slow, width=160), None, Files(found)))
    with av.open(str(tmp_path / "s.mp4")) as container:
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    part = sound[4800:86400]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    assert np.argmax(spectrum) * 48000 / len(part) == pytest.approx(500, abs=2)


def test_never_over_a_source_and_nothing_left_when_cancelled(tmp_path: Path, found: Comparison) -> None:
    before = Path(found.b.path).read_bytes()
    with pytest.raises(UsageError, match="one of the two videos"):
        next(run(("a", "b"), params(Path(found.b.path), found), None, Files(found)))
    assert Path(found.b.path).read_bytes() == before
    with pytest.raises(Cancelled):
        next(run(("a", "b"), params(tmp_path / "c.mp4", found), None, Files(found, most=10)))
    assert list(tmp_path.iterdir()) == []
