"""Films with bytes changed at random: each is probed and compared, or refused in plain words; nothing else happens."""

from __future__ import annotations

import gc
import sys
import threading
import time
from pathlib import Path

import clips
import psutil
import pytest
from mutated import case, films

from vidstudio.cli.common import Terminal
from vidstudio.cli.comparing import Asked, compare
from vidstudio.cli.main import main
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.probe import probe

CASES = 36
LONGEST_S = 20


@pytest.mark.timeout(240)
def test_a_changed_film_is_compared_or_refused(home: Path, tmp_path: Path) -> None:
    """No crash, no hang, no leak. `tests/bench/mutations.py` does the same with thousands."""
    originals = {name: path.read_bytes() for name, path in films(tmp_path).items()}
    refused, process = 0, psutil.Process()
    held: list[tuple[int, int]] = []
    with open_studio() as studio:
        terminal = Terminal.standard()
        terminal.json = True
        for seed in range(CASES):
            name, data = case(originals, seed)
            film = tmp_path / f"case{seed}.{name}"
            film.write_bytes(data)
            began = time.monotonic()
            try:
                probe(film)
                asked = Asked(tmp_path / "film.mp4", film, "basic", "cosine", 0.1, 2_000_000, align=True)
                compare(studio, terminal, asked)
            except EngineError:
                refused += 1
            assert time.monotonic() - began < LONGEST_S, seed
            gc.collect()
            held.append((0 if sys.platform == "win32" else process.num_fds(), threading.active_count()))
    assert 0 < refused < CASES
    # the first ones load libraries and open the store
    assert held[-1] == held[CASES // 3]


def test_a_clock_that_leaps_by_days_is_counted(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = clips.write_clip(tmp_path / "plain.mp4", clips.shot(1, 40, (96, 64)))
    times = [n * 1000 + (10**10 if n >= 20 else 0) for n in range(40)]
    leaping = clips.write_clip(tmp_path / "leaping.mkv", clips.shot(1, 40, (96, 64)), pts=times)
    info = probe(leaping)
    assert (info.frames, info.duration_us) == (40, 1_600_000)
    assert any("clock jumps" in note for note in info.notes)
    assert main(["compare", str(plain), str(leaping)]) == 0
    assert "No differences" in capsys.readouterr().out


@pytest.mark.alone
def test_films_that_once_took_long_or_broke_the_reader_are_compared(home: Path, tmp_path: Path) -> None:
    """A clock that leaps by weeks where pictures can only be counted, streams that turn up on the way, mere noise.

    9976 shows 29 pictures for 20 minutes each; the last two claim to show theirs for a day and for two months.
    """
    originals = {name: path.read_bytes() for name, path in films(tmp_path).items()}
    with open_studio() as studio:
        terminal = Terminal.standard()
        terminal.json = True
        for seed in (6189, 6560, 7537, 7568, 9976, 10168, 10380):
            name, data = case(originals, seed)
            film = tmp_path / f"case{seed}.{name}"
            film.write_bytes(data)
            assert probe(film).duration_us < 2_000_000 or seed == 9976, seed
            began = time.monotonic()
            compare(studio, terminal, Asked(tmp_path / "film.mp4", film, "basic", "cosine", 0.1, 2_000_000, align=True))
            assert time.monotonic() - began < LONGEST_S, seed
