"""Writing: what was written is read back, and a failure leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numbered import numbered, read_number
from numpy.typing import NDArray

from vidstudio.engine.errors import EnvironmentProblem, UsageError
from vidstudio.engine.media.audio import samples
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.encode import VideoWriter
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.engine.time import frame_to_us

RATE = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("name", "codec", "size"),
    [
        ("o.mp4", "libx264", (96, 64)),
        ("odd.mp4", "libx264", (97, 63)),
        ("o.mov", "libx265", (96, 64)),
        ("o.mkv", "ffv1", (96, 64)),
        ("o.webm", "libvpx-vp9", (96, 64)),
    ],
)
def test_what_was_written_is_read_back(tmp_path: Path, name: str, codec: str, size: tuple[int, int]) -> None:
    path = tmp_path / name
    with VideoWriter(path, size=size, rate=RATE, codec=codec) as writer:
        for picture in numbered(range(40), size):
            writer.write(picture)
            assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == [name]
    info, times = probe(path), frame_times(path)
    assert (info.width, info.height, info.frames, info.frame_rate) == (*size, 40, RATE)
    assert (info.color_matrix, info.color_range) == ("bt709", "limited")
    slack = 1000 if name.endswith(("mkv", "webm")) else 1
    assert all(abs(times.start_of(n) - frame_to_us(n, RATE)) <= slack for n in range(40))
    assert [read_number(f.pixels) for f in frames(path, times)] == list(range(40))


def test_colours_come_back(tmp_path: Path) -> None:
    for rgb in ((200, 40, 60), (255, 255, 255), (20, 60, 220)):
        path = tmp_path / "c.mp4"
        with VideoWriter(path, size=(64, 48), rate=RATE, crf=1) as writer:
            for _ in range(3):
                writer.write(np.full((48, 64, 3), rgb, np.uint8))
        got = next(frames(path, frame_times(path))).pixels[20, 30]
        assert np.abs(got.astype(int) - rgb).max() <= 4


def test_pictures_of_another_size_are_scaled(tmp_path: Path) -> None:
    path = tmp_path / "c.mp4"
    with VideoWriter(path, size=(96, 64), rate=Fraction(25)) as writer:
        for picture in numbered(range(5), (192, 128)):
            writer.write(picture)
    assert [read_number(f.pixels) for f in frames(path, frame_times(path))] == list(range(5))


@pytest.mark.parametrize("name", ["s.mp4", "s.mkv", "s.webm"])
def test_sound_is_in_its_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sound = np.zeros((48000, 2), np.float32)
    sound[24000:36000, 0] = 0.5 * np.sin(np.arange(12000) * 2 * np.pi * 500 / 48000)
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    with VideoWriter(path, size=(96, 64), rate=Fraction(25), codec=codec, audio_rate=48000) as writer:
        for number, picture in enumerate(numbered(range(25))):
            writer.write(picture)
            writer.write_audio(sound[number * 1920 : (number + 1) * 1920])
    heard = np.concatenate(list(samples(path)))
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.1)
    assert abs(int(loud[0]) - 24000) < 500
    assert abs(int(loud[-1]) - 36000) < 500
    assert np.abs(heard[:, 1]).max() < 0.05
    assert abs(len(heard) - 48000) < 2000


def broken(numbers: list[int]) -> Iterator[NDArray[np.uint8]]:
    raise ValueError("boom")
    yield from numbered(numbers)


def test_an_exception_leaves_nothing_and_an_older_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.write_bytes(b"older")
    with pytest.raises(ValueError, match="boom"), VideoWriter(path, size=(96, 64), rate=RATE) as writer:
        writer.write(next(broken([1])))
    assert path.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["o.mp4"]


def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pictures"), VideoWriter(tmp_path / "n.mp4", size=(96, 64), rate=RATE):
        pass
    with pytest.raises(UsageError):
        VideoWriter(tmp_path / "n.unknown", size=(96, 64), rate=RATE)
    with pytest.raises(UsageError):
        VideoWriter(tmp_path / "n.mp4", size=(96, 64), rate=RATE, codec="no_such_codec")
    with (
        pytest.raises(UsageError, match="without sound"),
        VideoWriter(tmp_path / "n.mp4", size=(96, 64), rate=RATE) as writer,
    ):
        writer.write_audio(np.zeros((10, 2), np.float32))
    with pytest.raises(EnvironmentProblem, match="no folder"):
        VideoWriter(tmp_path / "no" / "n.mp4", size=(96, 64), rate=RATE)
    with pytest.raises(UsageError), VideoWriter(tmp_path / "n.webm", size=(96, 64), rate=RATE) as writer:
        writer.write(next(numbered([1])))
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.media.encode import VideoWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
random = np.random.default_rng(1)
try:
    with VideoWriter(Path(sys.argv[1]), size=(320, 180), rate=Fraction(25), crf=5) as writer:
        for _ in range(int(sys.argv[2])):
            writer.write(random.integers(0, 255, (180, 320, 3), dtype=np.uint8))
except EnvironmentProblem as error:
    print(error.message, "|", error.hint)
resource.setrlimit(resource.RLIMIT_FSIZE, before)  # what measures coverage writes a file too
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are POSIX")
@pytest.mark.parametrize("pictures", [2, 40])
@pytest.mark.parametrize("name", ["f.mp4", "f.mkv"])
def test_no_room_left(tmp_path: Path, name: str, pictures: int) -> None:
    """With few pictures the encoder holds all of them back until the end."""
    path = tmp_path / name
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(pictures)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert f"{name} was not written" in done.stdout
    assert "larger than this disk allows" in done.stdout
    assert list(tmp_path.iterdir()) == []
