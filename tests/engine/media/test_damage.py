"""Damaged files: decoding goes on, numbers stay right, and nothing but UnreadableMedia is ever raised."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest
from clips import shot, write_clip
from numbered import numbered, read_number, write_even

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.audio import waveform
from vidstudio.engine.media.decode import VideoReader, frames, sampled
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe


def spoil(path: Path, offset: int, length: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset : offset + length] = random.Random(7).randbytes(length)
    path.write_bytes(data)


def test_damage_in_the_middle_leaves_the_rest_exact(tmp_path: Path) -> None:
    path = write_even(tmp_path / "c.mp4", numbered(range(120)), "libx264", 20, {"bf": "2", "crf": "10"})
    with av.open(str(path)) as container:
        places = {p.pts: p.pos for p in container.demux(video=0) if p.pts is not None}
    ticks = sorted(places)
    spoil(path, places[ticks[45]], places[ticks[55]] - places[ticks[45]])
    times = frame_times(path)
    assert len(times) == 120
    got = list(frames(path, times, size=(48, 32), pixels="gray"))
    assert [f.number for f in got] == list(range(120))
    right = [f.number for f in got if read_number(f.pixels) == f.number]
    assert set(range(41)) <= set(right)
    assert set(range(80, 120)) <= set(right)
    assert len(right) < 120, "the clip was not damaged"
    with VideoReader(path, times, size=(48, 32)) as reader:
        for number in (119, 85, 20, 100):
            assert read_number(next(reader.frames_from(number)).pixels) == number


def test_missing_pictures_repeat_the_last_good_one(tmp_path: Path) -> None:
    """Every picture is a keyframe; some are wiped out."""
    path = write_even(tmp_path / "c.avi", numbered(range(12)), "mjpeg", 1, {}, pix_fmt="yuvj420p")
    data = bytearray(path.read_bytes())
    starts = []
    at = data.index(b"movi")
    while (at := data.find(b"00dc", at + 4)) > 0 and len(starts) < 12:
        starts.append(at)
    for number in (4, 5, 9):
        data[starts[number] + 8 : starts[number + 1]] = bytes(starts[number + 1] - starts[number] - 8)
    path.write_bytes(data)
    times = frame_times(path)
    got = list(frames(path, times))
    assert [read_number(f.pixels) for f in got] == [0, 1, 2, 3, 3, 3, 6, 7, 8, 8, 10, 11]
    assert [f.number for f in got if f.damaged] == [4, 5, 9]
    assert [read_number(f.pixels) for f in sampled(path, times, [2, 7, 10])] == [2, 7, 10]


@pytest.mark.parametrize("name", ["c.mkv", "c.ts", "c.flv", "c.avi"])
def test_a_cut_off_file_is_shown_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    path = write_even(tmp_path / name, numbered(range(100)), "libx264", 20, {"crf": "10"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    info, times = probe(path), frame_times(path)
    assert 15 <= info.frames <= 70
    got = [read_number(f.pixels) for f in frames(path, times)]
    assert len(got) == len(times)
    assert got[:-4] == list(range(len(times) - 4))


def run_all(path: Path) -> None:
    """Everything the studio does first with a file."""
    info = probe(path)
    times = frame_times(path)
    assert info.frames == len(times) > 0
    assert times.starts_us[0] == 0
    assert (np.diff(times.starts_us) > 0).all()
    assert times.duration_us > times.starts_us[-1]
    for count, frame in enumerate(frames(path, times, size=(24, 16))):
        assert frame.number == count
        assert frame.pixels.shape == (16, 24, 3)
        if count > 200:
            break
    middle = len(times) // 2
    assert [f.number for f in sampled(path, times, [middle], size=(24, 16))] == [middle]
    waveform(path, 10)


def mutated(data: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    out = bytearray(data)
    kind = seed % 4
    if kind == 0:
        for _ in range(chance.choice([1, 5, 40])):
            out[chance.randrange(len(out))] = chance.randrange(256)
    elif kind == 1:  # in the headers, where it hurts
        for place in (chance.randrange(min(900, len(out))), len(out) - 1 - chance.randrange(min(1500, len(out)))):
            out[place] ^= 1 << chance.randrange(8)
    elif kind == 2:
        at, length = chance.randrange(len(out)), chance.randrange(1, 400)
        del out[at : at + length]
    else:
        at, length = chance.randrange(len(out)), chance.randrange(1, 64)
        out[at : at + length] = bytes([chance.choice([0, 255])]) * length
    return bytes(out)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["m.mp4", "m.mkv", "m.ts"])
def test_no_mutation_of_a_file_does_more_than_make_it_unreadable(tmp_path: Path, name: str) -> None:
    whole = write_clip(tmp_path / name, shot(3, 24, (64, 48)), 25, gop=8, tone_hz=300).read_bytes()
    refused = 0
    for seed in range(60):
        path = tmp_path / f"{seed}{name}"
        path.write_bytes(mutated(whole, seed))
        try:
            run_all(path)
        except UnreadableMedia:
            refused += 1
        path.unlink()
    assert refused < 40
