"""Compares the pairs with exact truth and says how much was found right and how much was invented.

`python tests/bench/compare_pairs.py FOLDER [NAME…]`: FOLDER holds A.mp4, the versions and truth.json. A kept
home (`--home DIR`) resumes what was done before.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.paths import Paths
from vidstudio.engine.recipes.compare import CompareRequest, plan, prepare
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import Comparison


def compare(runner: Runner, store: Store, a: Path, b: Path, **options) -> Comparison:
    info_a, times_a = prepare(store, runner, a)
    info_b, times_b = prepare(store, runner, b)
    request = CompareRequest(info_a.content_id, info_b.content_id, **options)
    return runner.run(plan(request, info_a, times_a, info_b, times_b))[0]


def right(found: np.ndarray, truth: np.ndarray, tolerance: int) -> float:
    """Share of B's frames that are mapped to the right frame of A, or rightly to none."""
    fits = np.where(truth == -1, found == -1, (found >= 0) & (np.abs(found - truth) <= tolerance))
    return float(fits[truth != -2].mean())


def invented(edits, truth: np.ndarray, a_starts: np.ndarray, b_starts: np.ndarray) -> int:
    """Rows that tell of what never happened: at least half of their frames truly are otherwise.

    inserted, or replaced by another picture: they are frames of A. removed: they are in B. moved: they are none of
    A's, or stand in order with all the rest. Frames of which the truth says nothing (-2) have no say.
    """
    return sum(_is_invented(edit, truth, a_starts, b_starts) for edit in edits)


def _is_invented(edit, truth: np.ndarray, a_starts: np.ndarray, b_starts: np.ndarray) -> bool:
    if edit.kind == "removed":
        low, high = np.searchsorted(a_starts, (edit.a.start_us, edit.a.end_us))
        # at another rate not every frame of A is there: one on either side of a frame that is will do
        shown = np.unique(truth[truth >= 0])
        there = np.isin(np.arange(low, high), np.concatenate([shown - 1, shown, shown + 1]))
        return len(there) > 0 and bool(there.mean() >= 0.5)
    if edit.kind not in ("inserted", "moved") and "picture" not in edit.change:
        return False
    low, high = np.searchsorted(b_starts, (edit.b.start_us, edit.b.end_us))
    inside = truth[low:high]
    inside = inside[inside != -2]
    if not len(inside):
        return False
    if edit.kind != "moved":
        return bool((inside >= 0).mean() >= 0.5)
    before, after = truth[:low], truth[high:]
    least = before[before >= 0].max(initial=-1)
    most = after[after >= 0].min(initial=len(a_starts))
    follows = (inside >= least) & (inside <= most)
    return bool(((inside < 0) | follows).mean() >= 0.5)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def described(edit, a, b) -> str:
    sides = []
    for span, times in ((edit.a, a), (edit.b, b)):
        sides.append("-" if span is None else "{}..{}".format(*np.searchsorted(times, (span.start_us, span.end_us))))
    scores = " ".join(f"{v:.2f}" if v is not None else "-" for v in (edit.distance, edit.psnr, edit.ssim))
    boxes = [list(box) for box in edit.boxes]
    place = f"{edit.kind:9s} a {sides[0]:12s} b {sides[1]:12s} {'+'.join(edit.change):22s}"
    return f"    {place} {scores} conf {edit.confidence:.2f} {boxes or ''}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--home", type=Path, default=None)
    options = parser.parse_args()
    truth = json.loads((options.folder / "truth.json").read_text())["versions"]
    home = options.home or Path(tempfile.mkdtemp())
    store = Store(Paths(home / "data", home / "models", home / "logs"))
    runner = Runner(STAGES, store)
    for name in options.names or truth:
        started = time.perf_counter()
        found = compare(runner, store, options.folder / "A.mp4", options.folder / f"{name}.mp4")
        took = time.perf_counter() - started
        expected = np.array(truth[name]["map"])
        shares = [right(found.frame_map, expected, tolerance) for tolerance in (1, 12)]
        wrong = invented(found.edits, expected, found.a_times.starts_us, found.b_times.starts_us)
        say(f"{name:14s} ±1 {shares[0]:.4f} ±12 {shares[1]:.4f} invented {wrong} edits {len(found.edits)} {took:.1f} s")
        for edit in found.edits:
            say(described(edit, found.a_times.starts_us, found.b_times.starts_us))
        for local in truth[name].get("local", []):
            say(f"    truth local {local}")
    store.close()


if __name__ == "__main__":
    main()
