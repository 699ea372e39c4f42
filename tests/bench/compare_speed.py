"""How long a compare takes beside one `ssim` pass of ffmpeg over the same pair, and how much memory.

`python tests/bench/compare_speed.py [FOLDER]`: makes a 1080p pair with one inserted shot, from the clips in FOLDER
or from drawn shots, and compares it in turn with ffmpeg and with decoding alone. `--minutes 10` measures the memory
of a small pair as long as that instead. `--keep DIR` keeps the pair.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import clips  # noqa: E402

RATE = 25


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def drawn(folder: Path, seconds: int, size: tuple[int, int]) -> list[Path]:
    """Drawn shots of four seconds, each a clip of its own."""
    found = []
    for seed in range(min(12, -(-seconds // 4))):
        noise = np.random.default_rng(seed)
        shots = (
            np.clip(p + noise.integers(-6, 7, p.shape), 0, 255).astype(np.uint8) for p in clips.shot(seed, 100, size)
        )
        found.append(clips.write_clip(folder / f"shot{seed}.mp4", shots, RATE, options={"crf": "12"}))
    return found


def make_pair(folder: Path, sources: list[Path], seconds: int, size: tuple[int, int]) -> tuple[Path, Path]:
    """A: the sources over and over, `seconds` long; B: the same with one more shot in the middle, coded again."""
    shape = f"scale={size[0]}:{size[1]}:flags=bicubic,setsar=1,fps={RATE},format=yuv420p"
    listed = folder / "list.txt"
    parts = []
    for number, source in enumerate(sources):
        part = folder / f"part{number}.mp4"
        encode(["-i", str(source), "-an", "-vf", shape, "-crf", "14", "-preset", "veryfast", str(part)])
        parts.append(part)
    *programme, extra = parts
    listed.write_text("".join(f"file '{part}'\n" for part in programme))
    a, b = folder / "a.mp4", folder / "b.mp4"
    again = ["-f", "concat", "-safe", "0", "-stream_loop", "-1", "-i", str(listed), "-an"]
    encode([*again, "-t", str(seconds), "-crf", "18", "-preset", "veryfast", str(a)])
    half = seconds // 2 // 4 * 4
    graph = (
        f"[0:v]split[x][y];[x]trim=0:{half},setpts=PTS-STARTPTS[p];[y]trim={half},setpts=PTS-STARTPTS[q];"
        "[1:v]trim=0:3.6,setpts=PTS-STARTPTS[n];[p][n][q]concat=n=3[v]"
    )
    encode(
        [
            "-i",
            str(a),
            "-i",
            str(extra),
            "-filter_complex",
            graph,
            "-map",
            "[v]",
            "-crf",
            "23",
            "-preset",
            "veryfast",
            str(b),
        ]
    )
    return a, b


def encode(arguments: list[str]) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds a process took, the most memory (MB) it and its children had at once, and how much of their
    processor time was FFmpeg's decoders' (0..1; 0 where threads have no names to know them by).
    """

    seconds: float
    memory: float
    decoding: float


def watched(command: list[str], env: dict[str, str]) -> Watched:
    began = time.perf_counter()
    process = psutil.Popen(command, env=env, stdout=subprocess.DEVNULL)
    most = 0
    spent: dict[int, tuple[bool, float]] = {}  # by thread, as of when it was seen last
    while process.poll() is None:
        held = 0
        for one in [process, *_children(process)]:
            try:
                held += one.memory_info().rss
                for thread in one.threads():
                    spent[thread.id] = (_decodes(one.pid, thread.id), thread.user_time + thread.system_time)
            except psutil.Error:
                continue
        most = max(most, held)
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed")
    everything = sum(seconds for _, seconds in spent.values())
    decoding = sum(seconds for decodes, seconds in spent.values() if decodes)
    return Watched(time.perf_counter() - began, most / 1e6, decoding / everything if everything else 0.0)


def _decodes(process: int, thread: int) -> bool:
    """Whether a thread is one of FFmpeg's decoders, by its name (Linux)."""
    try:
        return Path(f"/proc/{process}/task/{thread}/comm").read_text().startswith("av:")
    except OSError:
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def decode_alone(a: Path, b: Path) -> float:
    """Seconds to decode both at once, each in its own thread."""

    def read(path: Path) -> None:
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for _ in container.decode(video=0):
                pass

    began = time.perf_counter()
    threads = [threading.Thread(target=read, args=(path,)) for path in (a, b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def compare(a: Path, b: Path, folder: Path, number: int) -> tuple[Watched, list[dict]]:
    out = folder / f"out{number}.json"
    env = {**os.environ, "VIDSTUDIO_HOME": str(folder / f"home{number}"), "PYTHONPATH": str(ROOT)}
    seen = watched([sys.executable, "-m", "vidstudio", "compare", str(a), str(b), "--json", str(out)], env)
    return seen, json.loads(out.read_text())["edits"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        size = (192, 108) if options.minutes else (1920, 1080)
        seconds = 60 * options.minutes or options.seconds
        a, b = folder / "a.mp4", folder / "b.mp4"
        if not (a.exists() and b.exists()):
            given = (
                sorted(p for p in options.folder.iterdir() if p.suffix in (".mp4", ".webm", ".mkv", ".mov"))
                if options.folder
                else []
            )
            a, b = make_pair(folder, given or drawn(folder, seconds, size), seconds, size)
        rounds = []
        for number in range(1 if options.minutes else options.rounds):
            with tempfile.TemporaryDirectory() as homes:
                seen, edits = compare(a, b, Path(homes), number)
            ours, most = seen.seconds, seen.memory
            kinds = ", ".join(edit["kind"] for edit in edits)
            ssim = min((edit["ssim"] for edit in edits if edit["ssim"] is not None), default=0.0)
            if options.minutes:
                say(f"{options.minutes} min: {ours:.1f} s, peak {most:.0f} MB; {kinds}")
                continue
            ffmpeg = watched(
                ["ffmpeg", "-v", "error", "-i", str(a), "-i", str(b), "-lavfi", "ssim", "-f", "null", "-"],
                dict(os.environ),
            ).seconds
            alone = decode_alone(a, b)
            rounds.append((ours / ffmpeg, 1 - alone / ours, 1 - seen.decoding))
            say(
                f"compare {ours:.1f} s, ffmpeg ssim {ffmpeg:.1f} s: ratio {ours / ffmpeg:.2f}; decoding {alone:.1f} s,"
                f" outside {100 * (1 - alone / ours):.0f} %, {100 * (1 - seen.decoding):.0f} % of processor time;"
                f" peak {most:.0f} MB; {kinds}; least SSIM {ssim:.3f}"
            )
        if rounds:
            ratio, outside, other = (sorted(values)[len(rounds) // 2] for values in zip(*rounds, strict=True))
            say(
                f"median of {len(rounds)}: ratio {ratio:.2f}, outside decoding {100 * outside:.0f} %,"
                f" {100 * other:.0f} % of processor time"
            )


if __name__ == "__main__":
    main()
