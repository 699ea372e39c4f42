"""How well versions of real footage are aligned, on random edits with exact truth, beside two simpler methods.

`python tests/bench/edit_maps.py MEDIA [--seeds 1-60] [--held-out] [--cases vertical,recut] [--peers] [--work DIR]`
MEDIA is the folder of real clips. Every version is encoded with x264 (CRF 18 to 40, several sizes) and decoded again;
the thumbnails are kept in DIR, so that a second run takes only what aligning takes. Development uses seeds below 1000,
`--held-out` adds 1000 and uses other footage. Three tables: with what is as right as the truth (see `edit_fair`), by
its letter, and with what B's own coding hides; there edits of which the program says where else they could be are
right where one of these places is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import clips
import edit_fair
import edit_footage
import edit_peers
from edit_cases import CASES, Case
from edit_footage import HELD_OUT_FROM
from edit_truth import events

from vidstudio.engine.alignment.appearance.active import find_active
from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.edits import certainty, editlist
from vidstudio.engine.alignment.match import Pictures, match
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times

KINDS = ("inserted", "removed", "moved", "replaced")
LOOSE = ("shot effects", "drop/double")
"""Cases whose truth has no plain list of edits."""


@dataclass
class Pair:
    """What alignment gets, and the truth. `same` marks frames of A that equal the one before them.

    alike, new: what is as right as the truth, see `edit_fair.answers`; hidden_…: with what B's own coding hides.
    """

    name: str
    a: Pictures
    b: Pictures
    truth: np.ndarray
    same: np.ndarray
    marks: dict[str, list[tuple[int, int]]]
    alike: np.ndarray
    new: np.ndarray
    hidden_alike: np.ndarray
    hidden_new: np.ndarray


def pair(seed: int, case: str, maker, media: Path, work: Path, footage: list[np.ndarray]) -> Pair:
    """The pair of a seed, made once."""
    kept = work / f"{case}-{seed}.npz".replace("/", "_").replace(":", "_")
    answers = kept.with_suffix(".answers.npz")
    if not (kept.exists() and answers.exists() and "hidden_new" in np.load(answers).files):
        case = maker(np.random.default_rng(seed), footage)
        if not kept.exists():
            _make(case, kept)
        alike, new = edit_fair.answers(case)
        hidden_alike, hidden_new = edit_fair.answers(case, edit_fair.hidden(case.crf))
        fair = {"alike": alike, "new": new, "hidden_alike": hidden_alike, "hidden_new": hidden_new}
        np.savez_compressed(answers, truth=case.truth, **fair)
    with np.load(kept, allow_pickle=True) as found, np.load(answers) as fair:
        if not np.array_equal(found["truth"], fair["truth"]):
            raise SystemExit(f"{kept} is not of this version of the cases: use another --work")
        sides = [Pictures(found[f"{side}_thumbs"], found[f"{side}_starts"], int(found[f"{side}_duration"]),
                          float(found[f"{side}_aspect"])) for side in "ab"]  # fmt: skip
        return Pair(str(found["name"]), *sides, found["truth"], found["same"], found["marks"].item(),
                    fair["alike"], fair["new"], fair["hidden_alike"], fair["hidden_new"])  # fmt: skip


def _make(case: Case, kept: Path) -> None:
    found: dict[str, object] = {"name": case.name, "truth": case.truth, "marks": np.array(case.marks, dtype=object)}
    step = np.abs(np.diff(case.a.astype(np.int16), axis=0)).mean(axis=(1, 2)) if len(case.a) > 1 else np.zeros(0)
    found["same"] = np.concatenate([[False], step < 0.02])
    for side, pictures, rate, aspect, crf, size in (
        ("a", case.a, case.a_rate, 16 / 9, 18, edit_footage.SIZE),
        ("b", case.b, case.b_rate, case.aspect, case.crf, case.size),
    ):
        if size != pictures.shape[2:0:-1]:
            pictures = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in pictures])
        thumbs, width_share, height_share = _thumbs(kept.with_suffix(f".{side}.mp4"), pictures, rate, crf)
        step_us = 1_000_000 / Fraction(rate)
        found[f"{side}_thumbs"] = thumbs
        found[f"{side}_starts"] = np.array([round(i * step_us) for i in range(len(thumbs))], np.int64)
        found[f"{side}_duration"] = round(len(thumbs) * step_us)
        found[f"{side}_aspect"] = aspect * width_share / height_share
    np.savez(kept, **found)


def _thumbs(path: Path, pictures: np.ndarray, rate: Fraction, crf: int) -> tuple[np.ndarray, float, float]:
    """Thumbnails of the active picture after encoding, and what share of the frame that is."""
    coloured = (cv2.cvtColor(one, cv2.COLOR_GRAY2RGB) for one in pictures)
    clips.write_clip(path, coloured, rate, options={"crf": str(crf), "preset": "veryfast"})
    decoded = [frame.pixels for frame in frames(path, frame_times(path), pixels="gray")]
    path.unlink()
    active = find_active(decoded[:: max(1, len(decoded) // 20)])
    rows, columns = slice(active.y, active.y + active.height), slice(active.x, active.x + active.width)
    thumbs = np.stack(
        [cv2.resize(one[rows, columns], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for one in decoded]
    )
    return thumbs, active.width / active.full_width, active.height / active.full_height


# ------------------------------------------------------------------ judging


@dataclass
class Tally:
    """Counts over the pairs of one case."""

    frames: int = 0
    right: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    boundaries: list[int] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    truly: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    agreed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: float = 0.0
    pairs: int = 0
    worst: list[str] = field(default_factory=list)


def right(found: np.ndarray, truth: np.ndarray, same: np.ndarray, tolerance: int) -> np.ndarray:
    """Whether each frame of B is mapped right; identical frames of A are one. Frames that may be either are right."""
    group = np.cumsum(~same) - 1
    firsts, lasts = np.searchsorted(group, group, "left"), np.searchsorted(group, group, "right") - 1
    inside = np.maximum(truth, 0)
    near = (found >= firsts[inside] - tolerance) & (found <= lasts[inside] + tolerance) & (found >= 0)
    return np.where(truth == -2, True, np.where(truth == -1, found == -1, near))


def breaks(shown: np.ndarray, speed: float) -> np.ndarray:
    """Frames of B where what is shown does not go on."""
    jump = np.abs(np.diff(shown) - speed) >= max(1, speed)
    edge = (shown[1:] < 0) != (shown[:-1] < 0)
    both = (shown[1:] >= 0) & (shown[:-1] >= 0)
    return np.flatnonzero(edge | (both & jump)) + 1


def boundary_errors(found: np.ndarray, truth: np.ndarray, speed: float) -> list[int]:
    """For each true boundary the distance to the nearest found one; dissolves count as inside or not."""
    have = breaks(found, speed)
    errors = []
    for at in breaks(truth, speed).tolist():
        near = int(np.abs(have - at).min()) if len(have) else 99
        if -2 in (truth[at], truth[at - 1]):
            low, high = at, at
            while low > 0 and truth[low - 1] == -2:
                low -= 1
            while high < len(truth) and truth[high] == -2:
                high += 1
            near = 0 if ((have >= low) & (have <= high)).any() else near
            if low > 0 and high < len(truth) and abs(truth[high] - truth[low - 1] - speed * (high - low + 1)) < 1:
                near = 0  # a fade within what goes on is no boundary
        errors.append(min(near, 99))
    return errors


def agree(found: list, truth: list, rooms: dict | None = None) -> int:
    """How many edits of both lists are the same one: same kind, and their spans overlap by at least half.

    rooms: by how many frames each edit could be earlier, and later, as it is told.
    """
    left, count = list(truth), 0
    for one in found:
        earlier, later = (rooms or {}).get(one, (0, 0))
        shifts = range(-earlier, later + 1)
        for other in left:
            if one[0] == other[0] and any(_is_at(one, by, other) for by in shifts):
                left.remove(other)
                count += 1
                break
    return count


def _is_at(one: tuple, by: int, other: tuple) -> bool:
    moved = [None if side is None else (side[0] + by, side[1] + by) for side in one[1:]]
    return all(_overlap(x, y) >= 0.5 for x, y in zip(moved, other[1:], strict=True))


def _overlap(x: tuple[int, int] | None, y: tuple[int, int] | None) -> float:
    if x is None or y is None:
        return 1.0 if x is y else 0.0
    shared = min(x[1], y[1]) - max(x[0], y[0])
    return shared / (max(x[1], y[1]) - min(x[0], y[0]))


def _decided(truth: np.ndarray) -> np.ndarray:
    """The truth with the middle of each dissolve as its boundary."""
    result = truth.copy()
    either = np.concatenate([[False], truth == -2, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(either))
    for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        middle = (low + high) // 2
        result[low:middle] = truth[low - 1] + 1 + np.arange(middle - low)
        result[middle:high] = truth[high] - np.arange(high - middle, 0, -1)
    return result


def listed(frame_map: np.ndarray, one: Pair) -> list:
    """Rows of the edit list as (kind, frames of A, frames of B)."""
    rows = editlist.rows(frame_map, one.a.starts_us, one.b.starts_us)
    return [(row.kind, *((side.first, side.after) if side else None for side in (row.a, row.b))) for row in rows]


def judge(
    tally: Tally, label: str, one: Pair, found: np.ndarray, *, fair: bool = True, rooms: dict | None = None
) -> str:
    """Counts a pair's map; `fair`: what is as right as the truth is right. rooms: as of `agree`."""
    counted = one.truth != -2
    tally.frames += int(counted.sum())
    tally.pairs += 1
    shares = []
    for tolerance in (0, 1, 12):
        fits = right(found, one.truth, one.same, tolerance)
        if fair:
            fits |= edit_fair.right(found, one.truth, one.alike, one.new, tolerance)
        fits = fits[counted]
        tally.right[f"±{tolerance}"] += float(fits.sum())
        shares.append(float(fits.mean()) if len(fits) else 1.0)
    speed = _speed(one)
    truth, decided = one.truth, _decided(one.truth)

    def listed_truth(shown: np.ndarray) -> list:
        rows = [row for row in events(shown, len(one.a.thumbs), speed) if row[0] in KINDS]
        return edit_fair.without_rounding(rows, shown, len(one.a.thumbs), speed) if fair else rows

    if fair and one.name not in LOOSE:
        decided = edit_fair.nearest(decided, found, one.alike, one.new, listed_truth)
        truth = np.where(truth == -2, truth, decided)
    errors = boundary_errors(found, truth, speed)
    text = f"±0 {shares[0]:.4f} ±1 {shares[1]:.4f} ±12 {shares[2]:.4f} boundary max {max(errors, default=0)}"
    if one.name not in LOOSE:
        tally.boundaries += errors
        rows = [row for row in listed(found, one) if row[0] in KINDS]
        rows = edit_fair.without_rounding(rows, found, len(one.a.thumbs), speed) if fair else rows
        text += _judge_edits(tally, rows, listed_truth(decided), rooms)
    tally.worst.append(text)
    return f"{label} {text}"


def _speed(one: Pair) -> float:
    """Frames of A that a frame of B stands for."""
    steps = np.diff(one.truth)[(one.truth[1:] >= 0) & (one.truth[:-1] >= 0)]
    if one.name == "retimed" and len(steps):
        return float(steps[np.abs(steps) < 4].mean())
    return (one.b.duration_us / len(one.b.thumbs)) / (one.a.duration_us / len(one.a.thumbs))


def _judge_edits(tally: Tally, rows: list, wanted: list, rooms: dict | None) -> str:
    text = ""
    for kind in KINDS:
        of_found, of_truth = ([row for row in side if row[0] == kind] for side in (rows, wanted))
        both = agree(of_found, of_truth, rooms)
        tally.found[kind] += len(of_found)
        tally.truly[kind] += len(of_truth)
        tally.agreed[kind] += both
        if both < max(len(of_found), len(of_truth)):
            text += f"\n      {kind}: found {of_found} truth {of_truth}"
    return text


def table(tallies: dict[str, Tally]) -> str:
    lines = [f"{'':22s} {'pairs':>5s} {'±0':>7s} {'±1':>7s} {'±12':>7s} {'b.med':>5s} {'b.p95':>5s} "
             + " ".join(f"{kind[:8] + ' P/R':>14s}" for kind in KINDS) + "   s"]  # fmt: skip
    for name, tally in tallies.items():
        shares = " ".join(f"{tally.right[f'±{t}'] / max(1, tally.frames):7.4f}" for t in (0, 1, 12))
        edges = tally.boundaries or [0]
        scores = []
        for kind in KINDS:
            found, truly, both = tally.found[kind], tally.truly[kind], tally.agreed[kind]
            scores.append(f"{_share(both, found)}/{_share(both, truly)}({truly})")
        numbers = f"{tally.pairs:5d} {shares} {np.median(edges):5.1f} {np.percentile(edges, 95):5.1f}"
        lines.append(
            f"{name:22s} {numbers} {' '.join(f'{one:>14s}' for one in scores)} {tally.seconds / tally.pairs:5.2f}"
        )
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def merged(tallies: list[Tally]) -> Tally:
    total = Tally()
    for one in tallies:
        total.frames += one.frames
        total.pairs += one.pairs
        total.seconds += one.seconds
        total.boundaries += one.boundaries
        for name in ("right", "found", "truly", "agreed"):
            for key, value in getattr(one, name).items():
                getattr(total, name)[key] += value
    return total


def align(one: Pair) -> tuple[np.ndarray, dict]:
    """The map, and by how many frames each edit that is not sure of its place could be earlier, and later."""
    found = match(one.a, one.b)
    frame_map = editlist.clean_map(found.frame_map, one.a.starts_us, one.b.starts_us)
    rows = editlist.rows(frame_map, one.a.starts_us, one.b.starts_us)
    rooms = {
        entry: certainty.slide(found, row)
        for entry, row in zip(listed(frame_map, one), rows, strict=True)
        if row.kind in ("inserted", "removed")
    }
    return frame_map, rooms


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("media", type=Path)
    parser.add_argument("--seeds", default="1-30")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--cases", default="")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--each", action="store_true", help="a line for every pair")
    parser.add_argument("--work", type=Path, default=None)
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    low, _, high = options.seeds.partition("-")
    footage = edit_footage.footage(options.media, work, options.held_out)
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    either = np.zeros(3, np.int64)
    for number in range(int(low), int(high or low) + 1):
        seed = number + (HELD_OUT_FROM if options.held_out else 0)
        maker = CASES[number % len(CASES)]
        if options.cases and maker.__name__ not in options.cases.split(","):
            continue
        one = pair(seed, maker.__name__, maker, options.media, work, footage)
        started = time.perf_counter()
        found, rooms = align(one)
        tally = tallies["vidstudio"][one.name]
        tally.seconds += time.perf_counter() - started
        text = judge(tally, f"{seed} {one.name}", one, found)
        judge(tallies["vidstudio, by the letter"][one.name], "", one, found, fair=False)
        hidden = replace(one, alike=one.hidden_alike, new=one.hidden_new)
        judge(tallies["vidstudio, with what coding hides and the places that it tells"][one.name], "", hidden, found,
              rooms=rooms)  # fmt: skip
        either += _either(one)
        if options.each:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        if options.peers:
            for name, maps in edit_peers.oracles(one, lambda shown, one=one: _score(shown, one)).items():
                judge(tallies[name][one.name], "", one, maps)
    for name, of_cases in tallies.items():
        everything = {**dict(sorted(of_cases.items())), "all": merged(list(of_cases.values()))}
        sys.stdout.write(f"\n{name}\n{table(everything)}\n")
    of_all, matched, new = either.tolist()
    sys.stdout.write(
        f"\nof {of_all} frames of B {matched} ({matched / max(1, of_all):.2%}) show what A shows in other frames too, "
        f"{new} ({new / max(1, of_all):.2%}) are new but A shows the like\n"
    )


def _either(one: Pair) -> np.ndarray:
    """Frames of B; those that are as right elsewhere, frames of A equal to one another aside; new ones A has too."""
    counted = np.flatnonzero(one.truth >= 0)
    group = np.cumsum(~one.same)
    beyond = one.alike[counted] & (group != group[one.truth[counted]][:, None])
    new = one.alike[one.truth == -1].any(axis=1)
    return np.array([int((one.truth != -2).sum()), int(beyond.any(axis=1).sum()), int(new.sum())])


def _score(shown: np.ndarray, one: Pair) -> float:
    return float(right(shown, one.truth, one.same, 1)[one.truth != -2].mean())


if __name__ == "__main__":
    main()
