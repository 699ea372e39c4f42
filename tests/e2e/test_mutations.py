"""Films with bytes changed at random: each is probed and compared, or refused in plain words; nothing else happens."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import clips
import pytest

from vidstudio.cli.common import Terminal
from vidstudio.cli.compare import Asked, compare
from vidstudio.cli.main import main
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.probe import probe

CASES = 30
KINDS = (
    ("mp4", "libx264"),
    ("mkv", "libx264"),
    ("webm", "libvpx"),
    ("avi", "mpeg4"),
    ("ts", "libx264"),
    ("gif", "gif"),
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few changed, a stretch blanked or put elsewhere, or the end cut off."""
    result, at = bytearray(data), chance.randrange(len(data))
    match chance.choice(("some", "head", "cut", "blank", "more")):
        case "some":
            for _ in range(chance.choice((1, 30, 200))):
                result[chance.randrange(len(result))] = chance.randrange(256)
        case "head":
            for _ in range(5):
                result[chance.randrange(min(700, len(result)))] = chance.randrange(256)
        case "cut":
            del result[at:]
        case "blank":
            result[at : at + 2000] = bytes(len(result[at : at + 2000]))
        case _:
            result[at:at] = chance.randbytes(300)
    return bytes(result)


@pytest.mark.timeout(120)
def test_a_changed_film_is_compared_or_refused(home: Path, tmp_path: Path) -> None:
    films = {
        kind: clips.write_clip(
            tmp_path / f"film.{kind}", clips.shot(5, 30, (96, 64)), codec=codec, gop=10,
            pixel_format="rgb8" if kind == "gif" else "yuv420p",
            options={"deadline": "realtime"} if codec == "libvpx" else None,
        )
        for kind, codec in KINDS
    }  # fmt: skip
    refused = 0
    with open_studio() as studio:
        terminal = Terminal.standard()
        terminal.json = True
        for seed, kind in zip(range(CASES), itertools.cycle(films), strict=False):
            case = tmp_path / f"case{seed}.{kind}"
            case.write_bytes(mutated(films[kind].read_bytes(), random.Random(seed)))
            try:
                probe(case)
                compare(studio, terminal, Asked(films["mp4"], case, "basic", "cosine", 0.1, 2_000_000, align=True))
            except EngineError:
                refused += 1
    assert 0 < refused < CASES


def test_a_clock_that_leaps_by_days_is_counted(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = clips.write_clip(tmp_path / "plain.mp4", clips.shot(1, 40, (96, 64)))
    times = [n * 1000 + (10**10 if n >= 20 else 0) for n in range(40)]
    leaping = clips.write_clip(tmp_path / "leaping.mkv", clips.shot(1, 40, (96, 64)), pts=times)
    info = probe(leaping)
    assert (info.frames, info.duration_us) == (40, 1_600_000)
    assert any("clock jumps" in note for note in info.notes)
    assert main(["compare", str(plain), str(leaping)]) == 0
    assert "No differences" in capsys.readouterr().out
