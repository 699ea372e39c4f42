"""Films with bytes changed at random, the same for every seed, for tests."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import clips


@dataclass(frozen=True)
class Kind:
    """A container with a codec, how it is encoded, and whether there is sound."""

    name: str
    codec: str
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    sound: bool = False


_QUICK = {"deadline": "realtime", "cpu-used": "8"}
KINDS = (
    Kind("mp4", "libx264", sound=True),
    Kind("mkv", "libx264", sound=True),
    Kind("webm", "libvpx", options=_QUICK),
    Kind("avi", "mpeg4"),
    Kind("ts", "libx264"),
    Kind("gif", "gif", "rgb8"),
    Kind("mov", "prores_ks", "yuv422p10le"),
    Kind("flv", "libx264"),
    Kind("hevc.mp4", "libx265", options={"preset": "ultrafast", "x265-params": "log-level=none"}),
    Kind("vp9.webm", "libvpx-vp9", options=_QUICK),
    Kind("mjpeg.avi", "mjpeg", "yuvj420p"),
    Kind("nut", "ffv1"),
)


def films(folder: Path, kinds: tuple[Kind, ...] = KINDS) -> dict[str, Path]:
    """A film of each kind, by its name: 30 pictures of 96 × 64."""
    return {
        kind.name: clips.write_clip(
            folder / f"film.{kind.name}", clips.shot(5, 30, (96, 64)), codec=kind.codec, gop=10,
            pixel_format=kind.pixel_format, options=kind.options, tone_hz=300 if kind.sound else None,
        )
        for kind in kinds
    }  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few changed, bits flipped, a stretch blanked, taken out, put in or elsewhere, or the end cut."""
    result, at = bytearray(data), chance.randrange(len(data))
    match chance.choice(("some", "head", "tail", "cut", "blank", "more", "less", "swap", "numbers")):
        case "some":
            for _ in range(chance.choice((1, 30, 200))):
                result[chance.randrange(len(result))] = chance.randrange(256)
        case "head":
            for _ in range(5):
                result[chance.randrange(min(700, len(result)))] = chance.randrange(256)
        case "tail":  # where an mp4 has its table of contents
            for _ in range(5):
                result[-1 - chance.randrange(min(1500, len(result)))] ^= 1 << chance.randrange(8)
        case "cut":
            del result[at:]
        case "blank":
            result[at : at + 2000] = bytes(len(result[at : at + 2000]))
        case "more":
            result[at:at] = chance.randbytes(300)
        case "less":
            del result[at : at + chance.randrange(1, 400)]
        case "swap":
            other = chance.randrange(len(result))
            piece = result[at : at + 200]
            result[other : other + len(piece)] = piece
        case _:  # lengths, counts and sizes that cannot be
            for _ in range(3):
                place = chance.randrange(max(1, min(1500, len(result) - 4)))
                result[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
    return bytes(result)


def case(originals: dict[str, bytes], seed: int) -> tuple[str, bytes]:
    """Kind and bytes of the mutated film of a seed."""
    names = sorted(originals)
    name = names[seed % len(names)]
    return name, mutated(originals[name], random.Random(seed))
