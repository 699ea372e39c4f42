"""Probes and compares films with bytes changed at random; says crashes, hangs, bugs and leaks.

`python tests/bench/mutations.py FROM TO [--keep DIR] [--seconds S]`: one film for each seed from FROM up to TO.
The work is done in a child process that is watched: what it dies of, or takes more than 20 s for, is kept in DIR.
`held` says what the child holds as it goes on. A leak shows in `blocks` (of Python) or `used_mb` (what malloc handed
out and did not get back; glibc only); where only `rss_mb` grows, it is memory that malloc keeps in its threads' arenas.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import itertools
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from mutated import case, films  # noqa: E402

LONGEST_S = 20


_MALLOC = (
    "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
)  # fmt: skip


class _Malloc(ctypes.Structure):
    """What glibc's `mallinfo2` gives."""

    _fields_ = [(name, ctypes.c_size_t) for name in _MALLOC]


class Held(NamedTuple):
    """What the process holds: RSS and what malloc handed out (0 without glibc) in bytes, and counts of the rest."""

    rss: int
    used: int
    blocks: int
    files: int
    threads: int

    @classmethod
    def now(cls, process: psutil.Process) -> Held:
        """Of this process."""
        gc.collect()
        asked = getattr(ctypes.CDLL(None), "mallinfo2", None)
        used = 0
        if asked is not None:
            asked.restype = _Malloc
            malloc = asked()
            used = malloc.uordblks + malloc.hblkhd
        blocks = sys.getallocatedblocks()
        return cls(process.memory_info().rss, used, blocks, process.num_fds(), threading.active_count())


def work(folder: Path, originals: dict[str, bytes], seeds: list[int], told: Connection) -> None:
    """In the child: tells the seed it begins, and how each ended with what the process holds then."""
    os.environ["VIDSTUDIO_HOME"] = str(folder / "home")
    from vidstudio.cli.common import Terminal
    from vidstudio.cli.comparing import Asked, compare
    from vidstudio.cli.studio import open_studio
    from vidstudio.engine.errors import EngineError
    from vidstudio.engine.media.probe import probe

    plain = folder / "film.mp4"
    process = psutil.Process()
    with open_studio() as studio:
        terminal = Terminal.standard()
        terminal.json = True
        for seed in seeds:
            name, data = case(originals, seed)
            film = folder / f"case.{name}"
            film.write_bytes(data)
            told.send(("begin", seed))
            error = ""
            try:
                probe(film)
                compare(studio, terminal, Asked(plain, film, "basic", "cosine", 0.1, 2_000_000, align=True))
                end = "compared"
            except EngineError as problem:
                # a job tells of a bug as it tells of a file that cannot be read
                end = "bug" if "bug in VidStudio" in problem.message else "refused"
                error = problem.message.replace(film.name, "FILM")
            except Exception as bug:  # noqa: BLE001 - what the bench is for
                end, error = "bug", f"{type(bug).__name__}: {bug}"
            film.unlink()
            told.send((end, error, Held.now(process)))
    told.send(("done",))


def watched(
    folder: Path, originals: dict[str, bytes], seeds: list[int], keep: Path, seconds: float
) -> dict[str, object]:
    """Run the seeds that there is time for, in a new child after each death."""
    until = time.monotonic() + seconds
    ends: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    bad: list[tuple[int, str]] = []
    held: list[tuple[int, Held]] = []
    slowest, left, lives = (0.0, -1), list(seeds), 0
    while left and time.monotonic() < until:
        lives += 1
        here, there = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("spawn").Process(target=work, args=(folder, originals, left, there))
        child.start()
        there.close()
        seed, began, end = -1, time.monotonic(), ""
        while True:
            if not _said_in_time(here, child.pid or 0):
                end = f"hang over {LONGEST_S} s"
                break
            try:
                said = here.recv()
            except EOFError:
                child.join()
                end = f"crash ({child.exitcode})"
                break
            if said[0] == "begin":
                seed, began = said[1], time.monotonic()
            elif said[0] == "done":
                break
            else:
                slowest = max(slowest, (round(time.monotonic() - began, 2), seed))
                ends[said[0]] += 1
                errors[said[1]] += bool(said[1])
                held.append((lives, said[2]))
                if said[0] == "bug":
                    bad.append((seed, said[1]))
                left.remove(seed)
                seed = -1
                if time.monotonic() > until:
                    break
        child.join(0 if end or left else 10)
        if child.is_alive():
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join()
        if end:
            ends[end.split(" ")[0]] += 1
            bad.append((seed, end))
            if seed < 0:
                break
            left.remove(seed)
    keep.mkdir(parents=True, exist_ok=True)
    for seed, _ in bad:
        name, data = case(originals, seed)
        (keep / f"{seed}.{name}").write_bytes(data)
    return {
        "tried": len(seeds) - len(left),
        "left_from": left[0] if left else None,
        "ends": dict(ends),
        "bad": bad,
        "slowest_s_seed": slowest,
        "held": _grown(held),
        "errors": {text: count for text, count in errors.most_common() if text},
    }


def _said_in_time(here: Connection, pid: int) -> bool:
    """Whether the child says something before it took so long; a machine that is busy with other things does not count.

    A child that takes no time at all waits for something: then four minutes are too long.
    """
    until = time.monotonic() + 240
    try:
        child = psutil.Process(pid)
        began = sum(child.cpu_times()[:2])
        while not here.poll(0.5):
            if sum(child.cpu_times()[:2]) - began > LONGEST_S or time.monotonic() > until:
                return False
    except psutil.NoSuchProcess:
        return here.poll(1)
    return True


def _grown(held: list[tuple[int, Held]]) -> dict[str, list[float]]:
    """What was held in the longest life of the child, MB and counts: medians of its tenths."""
    lives = [[one for _, one in group] for _, group in itertools.groupby(held, key=lambda row: row[0])]
    longest = max(lives, key=len, default=[])
    step = len(longest) // 10
    tenths = [longest[at : at + step] for at in range(0, step * 10, step)] if step else []
    units = {"rss": ("rss_mb", 1e6), "used": ("used_mb", 1e6)}
    result = {}
    for name in Held._fields:
        told, unit = units.get(name, (name, 1))
        result[told] = [round(sorted(getattr(one, name) for one in tenth)[step // 2] / unit, 1) for tenth in tenths]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("after", type=int)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "vidstudio-mutations")
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after so long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        originals = {name: path.read_bytes() for name, path in films(Path(folder)).items()}
        found = watched(
            Path(folder), originals, list(range(options.first, options.after)), options.keep, options.seconds
        )
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    sys.exit(bool(found["bad"]))


if __name__ == "__main__":
    main()
