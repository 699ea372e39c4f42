"""Bad and odd media on the command line: each bad file its clear message, the rest of the batch goes on."""

from __future__ import annotations

import itertools
import json
import re
import wave
from collections.abc import Callable
from pathlib import Path

import clips
import numpy as np
import pytest

from vidstudio.cli.main import main

OK, BAD_MEDIA = 0, 3


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return clips.write_clip(tmp_path / "good.mp4", clips.shot(1, 30), tone_hz=440)


def zero_bytes(folder: Path, good: Path) -> Path:
    file = folder / "zero.mp4"
    file.touch()
    return file


def truncated(folder: Path, good: Path) -> Path:
    file = folder / "truncated.mp4"
    data = good.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])  # the index of an mp4 stands at its end
    return file


def text_with_a_film_name(folder: Path, good: Path) -> Path:
    file = folder / "notes.mp4"
    file.write_text("this is no film\n" * 500)
    return file


def noise(folder: Path, good: Path) -> Path:
    file = folder / "noise.mov"
    file.write_bytes(np.random.default_rng(1).bytes(200_000))
    return file


def only_sound(folder: Path, good: Path) -> Path:
    file = folder / "sound.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16000))
    return file


def missing(folder: Path, good: Path) -> Path:
    return folder / "gone.mp4"


def a_folder(folder: Path, good: Path) -> Path:
    file = folder / "folder.mp4"
    file.mkdir()
    return file


BAD = (zero_bytes, truncated, text_with_a_film_name, noise, only_sound, missing, a_folder)


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_file_is_named_with_a_reason_and_the_rest_goes_on(
    make: Callable[[Path, Path], Path], good: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = make(tmp_path, good)
    assert main(["probe", str(bad), str(good)]) == BAD_MEDIA
    said = capsys.readouterr()
    assert bad.name in said.err
    assert "Traceback" not in said.err + said.out
    assert "320" in said.out  # the good one was still probed


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_comparing_with_a_bad_file_ends_clearly(
    make: Callable[[Path, Path], Path], good: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = make(tmp_path, good)
    out = tmp_path / "out.json"
    assert main(["compare", str(good), str(bad), "--json", str(out)]) == BAD_MEDIA
    said = capsys.readouterr()
    assert bad.name in said.err
    assert "Traceback" not in said.err + said.out
    assert not out.exists()


def corrupt_in_the_middle(folder: Path) -> Path:
    file = clips.write_clip(folder / "corrupt.mkv", clips.shot(1, 60), gop=10)
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(2).bytes(3000)
    file.write_bytes(data)
    return file


def silent(folder: Path) -> Path:
    return clips.write_clip(folder / "silent.mp4", clips.shot(1, 60))


def variable_rate(folder: Path) -> Path:
    gaps = itertools.cycle((1000, 500, 1500, 1000))
    return clips.write_clip(folder / "vfr.mp4", clips.shot(1, 60), pts=itertools.accumulate(gaps, initial=0))


def ten_bit(folder: Path) -> Path:
    return clips.write_clip(
        folder / "ten.mkv", clips.shot(1, 60), codec="libx265", pixel_format="yuv420p10le",
        options={"preset": "ultrafast", "x265-params": "log-level=none"},
    )  # fmt: skip


def odd_size(folder: Path) -> Path:
    return clips.write_clip(
        folder / "odd.webm", (p[:179, :319] for p in clips.shot(1, 60)), codec="libvpx",
        options={"deadline": "realtime", "cpu-used": "8"},
    )  # fmt: skip


def dashed_name(folder: Path) -> Path:
    return clips.write_clip(folder / "-dash ü.mp4", clips.shot(1, 60))


ODD = (corrupt_in_the_middle, silent, variable_rate, ten_bit, odd_size, dashed_name)


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_odd_media_compare_with_a_plain_version(
    make: Callable[[Path], Path], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, plain = make(tmp_path), clips.write_clip(tmp_path / "plain.mp4", clips.shot(1, 60))
    out = tmp_path / "out.json"
    assert main(["compare", "--json", str(out), "--", str(plain), str(odd)]) == OK, capsys.readouterr().err
    result = json.loads(out.read_text())
    assert len(result["frame_map"]) == result["b"]["frames"]
    assert {edit["kind"] for edit in result["edits"]} <= {"same", "changed", "retimed", "removed", "inserted"}
    said = capsys.readouterr().out
    damaged = re.search(r"corrupt\.mkv is damaged: (\d+) of its 60 pictures are broken", " ".join(said.split()))
    assert bool(damaged) == (make is corrupt_in_the_middle), said
    if damaged:
        assert 1 <= int(damaged[1]) < 30
    if make in (silent, ten_bit, dashed_name):
        assert [edit["kind"] for edit in result["edits"]] == ["same"]


def test_a_rotated_phone_clip_is_measured_as_it_is_shown(
    real_media: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", str(real_media / "decord" / "video_90.mov"), "--json"]) == OK
    said = json.loads(capsys.readouterr().out)
    found = said[0] if isinstance(said, list) else said
    assert (found["width"], found["height"]) == (320, 568)
