"""Frame number i is the i-th frame of a full decode: for every way there is to write a file down."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import write_clip
from numbered import numbered, read_number, write_even

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.decode import VideoReader, frames, sampled
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.picture import Converter, orientation
from vidstudio.engine.time import Span

COUNT = 150


@dataclass(frozen=True)
class Kind:
    name: str
    codec: str
    gop: int = 12
    options: dict[str, str] = field(default_factory=dict)
    count: int = COUNT
    vfr: bool = False
    pixel_format: str = "yuv420p"


KINDS = [
    Kind("plain.mp4", "libx264"),
    Kind("long.mp4", "libx264", 250),
    Kind("b.mp4", "libx264", 24, {"bf": "3", "b-pyramid": "normal", "preset": "medium"}),
    Kind("open.mp4", "libx264", 24, {"bf": "3", "x264-params": "open-gop=1:scenecut=0", "preset": "medium"}),
    Kind("intra.mp4", "libx264", 1),
    Kind("short.mp4", "libx264", 2, {"bf": "1", "preset": "medium"}),
    Kind("refresh.mp4", "libx264", 30, {"x264-params": "intra-refresh=1:keyint=30"}),
    Kind("vfr.mp4", "libx264", 24, {"bf": "3", "preset": "medium"}, vfr=True),
    Kind("b.mkv", "libx264", 24, {"bf": "3", "preset": "medium"}, vfr=True),
    Kind("b.ts", "libx264", 24, {"bf": "3", "preset": "medium"}),
    Kind("b.flv", "libx264", 24, {"bf": "3", "preset": "medium"}),
    Kind("raw.264", "libx264", 24, {"bf": "3", "preset": "medium"}),
    Kind("b.avi", "libx264", 24, {"bf": "3", "preset": "medium"}),
    Kind(
        "h.mp4", "libx265", 24, {"preset": "ultrafast", "x265-params": "log-level=none:bframes=4:open-gop=1:keyint=24"}
    ),
    Kind("h.mkv", "libx265", 12, {"preset": "ultrafast", "x265-params": "log-level=none:bframes=3"}, vfr=True),
    Kind(
        "nine.webm",
        "libvpx-vp9",
        50,
        {"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "1", "lag-in-frames": "16"},
    ),
    Kind("eight.webm", "libvpx", 50, {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "16"}),
    Kind("four.mp4", "mpeg4", 12, {"bf": "2", "b": "2000000"}),
    Kind("four.avi", "mpeg4", 12, {"b": "2000000"}),
    Kind("b4.avi", "mpeg4", 12, {"bf": "2", "b": "2000000"}),
    Kind("two.mpg", "mpeg2video", 12, {"bf": "2", "b": "2000000"}),
    Kind("two.ts", "mpeg2video", 12, {"bf": "2", "b": "2000000"}),
    Kind("interlaced.mp4", "libx264", 24, {"flags": "+ildct+ilme", "bf": "2"}),
    Kind("one.mp4", "libsvtav1", 24, {"preset": "8", "crf": "5"}, count=60),
    Kind("moving.gif", "gif", count=60, pixel_format="rgb8"),
]


def numbered_clip(folder: Path, kind: Kind) -> Path:
    if kind.codec == "mpeg2video":
        return write_even(folder / kind.name, numbered(range(kind.count)), kind.codec, kind.gop, kind.options)
    rate = Fraction(25)
    pts = None
    if kind.vfr:
        gaps = random.Random(5).choices([400, 1000, 1000, 1600, 3400], k=kind.count)
        pts = [sum(gaps[:i]) // 100 * 100 for i in range(kind.count)]
    return write_clip(
        folder / kind.name,
        numbered(range(kind.count)),
        rate,
        codec=kind.codec,
        gop=kind.gop,
        options=kind.options,
        pixel_format=kind.pixel_format,
        pts=pts,
    )


def decode_all(path: Path) -> list[tuple[int | None, np.ndarray]]:
    """What FFmpeg gives from the first packet to the last, with its own times."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        convert = None
        for packet in container.demux(stream):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue
            for frame in decoded:
                convert = convert or Converter((48, 32), "gray", *orientation(frame)).convert
                found.append((frame.pts, convert(frame)))
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_numbers_in_the_picture_are_the_frame_numbers(tmp_path: Path, kind: Kind) -> None:
    path = numbered_clip(tmp_path, kind)
    truth = [read_number(picture) for _, picture in decode_all(path)]
    assert truth == list(range(kind.count)), "the clip itself is not what it should be"
    times = frame_times(path)
    assert len(times) == kind.count
    assert times.starts_us[0] == 0
    assert (np.diff(times.starts_us) > 0).all()
    assert [read_number(f.pixels) for f in frames(path, times, size=(48, 32), pixels="gray")] == truth

    chance = random.Random(kind.name)
    with VideoReader(path, times, size=(48, 32), pixels="gray") as reader:
        for _ in range(15):
            number = chance.randrange(kind.count)
            for step, frame in zip(range(chance.choice([1, 1, 3, 20])), reader.frames_from(number), strict=False):
                assert frame.number == number + step
                assert frame.start_us == times.starts_us[number + step]
                assert read_number(frame.pixels) == number + step
    for share in (3, 12, 40):
        numbers = sorted(chance.sample(range(kind.count), max(1, kind.count // share)))
        got = [(f.number, read_number(f.pixels)) for f in sampled(path, times, numbers, size=(48, 32))]
        assert got == [(n, n) for n in numbers]


def test_times_of_a_variable_rate_are_those_that_were_written(tmp_path: Path) -> None:
    pts = [0, 1000, 1500, 4000, 4200, 9000, 9999]
    path = write_clip(tmp_path / "v.mp4", numbered(range(7)), 25, pts=pts)
    assert frame_times(path).starts_us.tolist() == [p * 40 for p in pts]


def test_frames_of_a_span_are_those_that_start_in_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(50)), 25)
    times = frame_times(path)

    def numbers(start: int, end: int) -> list[int]:
        return [read_number(f.pixels) for f in frames(path, times, Span(start, end))]

    assert numbers(0, 40_000) == [0]
    assert numbers(1, 80_000) == [1]
    assert numbers(400_000, 480_001) == [10, 11, 12]
    assert numbers(1_960_000, 9_000_000) == [49]
    assert numbers(2_000_000, 9_000_000) == []
    assert numbers(5, 5) == []


def test_first_frame_is_at_zero_wherever_the_file_starts(tmp_path: Path) -> None:
    for shift in (-3000, 90_000_000):
        for name in ("s.mkv", "s.ts", "s.mp4"):
            pts = [i * 1000 + shift for i in range(30)]
            if shift < 0 and name == "s.mkv":
                continue
            path = write_clip(tmp_path / name, numbered(range(30)), 25, gop=10, pts=pts)
            truth = [read_number(picture) for _, picture in decode_all(path)]
            times = frame_times(path)
            assert times.starts_us[:3].tolist() == [0, 40_000, 80_000]
            assert len(times) == len(truth)
            with VideoReader(path, times) as reader:
                for number in (25, 3, 12):
                    assert read_number(next(reader.frames_from(number)).pixels) == truth[number]


def cut_head(path: Path, packets: int) -> Path:
    """The same stream without its first packets, as a recording that began in the middle."""
    out = path.with_name(f"cut{path.suffix}")
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if packet.dts is not None and number >= packets:
                packet.stream = stream
                target.mux(packet)
    return out


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "libx265"])
def test_recording_that_begins_between_keyframes(tmp_path: Path, codec: str) -> None:
    options = {
        "libx264": {"bf": "3", "x264-params": "open-gop=1:scenecut=0", "preset": "medium"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:bframes=4:open-gop=1:keyint=24"},
        "mpeg2video": {"bf": "2", "b": "2000000"},
    }[codec]
    path = cut_head(write_even(tmp_path / "c.ts", numbered(range(100)), codec, 24, options), 7)
    truth = [read_number(picture) for _, picture in decode_all(path)]
    times = frame_times(path)
    assert len(times) == len(truth)
    assert [read_number(f.pixels) for f in frames(path, times, size=(48, 32))] == truth
    with VideoReader(path, times, size=(48, 32)) as reader:
        for number in (60, 5, 70, 0, 33):
            assert read_number(next(reader.frames_from(number)).pixels) == truth[number]


@pytest.mark.parametrize("options", [{}, {"bf": "2", "preset": "medium"}])
def test_frames_at_one_time_keep_their_numbers(tmp_path: Path, options: dict[str, str]) -> None:
    """2500 frames a second in a file whose clock counts milliseconds."""
    path = write_clip(tmp_path / "d.mkv", numbered(range(60)), 25, gop=12, pts=range(0, 600, 10), options=options)
    times = frame_times(path)
    assert len(times) == 60
    assert (np.diff(times.starts_us) > 0).all()
    assert times.starts_us[-1] < 30_000
    assert [read_number(f.pixels) for f in frames(path, times)] == list(range(60))
    with VideoReader(path, times) as reader:
        for number in (50, 3, 40, 11, 59, 12, 13, 25):
            assert read_number(next(reader.frames_from(number)).pixels) == number
    assert [read_number(f.pixels) for f in sampled(path, times, [4, 6, 13, 30, 41])] == [4, 6, 13, 30, 41]


def test_two_recordings_in_one_file(tmp_path: Path) -> None:
    """The second one's clock starts anew, so that times alone do not tell its frames apart."""
    options = {"bf": "2", "preset": "medium"}
    parts = [
        write_clip(tmp_path / f"{n}.ts", numbered(range(n * 40, n * 40 + 40)), 25, gop=12, options=options)
        for n in range(2)
    ]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(p.read_bytes() for p in parts))
    assert [read_number(picture) for _, picture in decode_all(path)] == list(range(80))
    times = frame_times(path)
    assert len(times) == 80
    assert (np.diff(times.starts_us) > 0).all()
    assert abs(times.duration_us - 3_200_000) < 41_000
    assert [read_number(f.pixels) for f in frames(path, times)] == list(range(80))
    assert [read_number(f.pixels) for f in sampled(path, times, [5, 39, 40, 79])] == [5, 39, 40, 79]


def test_clock_that_wraps_around(tmp_path: Path) -> None:
    """A transport stream's clock has 33 bits: it starts anew after 26 and a half hours."""
    wrap = 2**33 * 25_000 // 90_000
    pts = [wrap + (i - 20) * 1000 for i in range(60)]
    path = write_clip(tmp_path / "w.ts", numbered(range(60)), 25, gop=12, pts=pts)
    times = frame_times(path)
    assert times.duration_us == 2_400_000
    with VideoReader(path, times) as reader:
        for number in (50, 3, 40, 11, 59):
            assert read_number(next(reader.frames_from(number)).pixels) == number


def test_reader_goes_on_steps_back_and_resizes(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(80)), 25, gop=40)
    times = frame_times(path)
    with VideoReader(path, times, pixels="bgra") as reader:
        first = next(reader.frames_from(0))
        assert first.pixels.shape == (64, 96, 4)
        assert first.pixels[0, 0, 3] == 255
        reader.resize((30, 20))
        for number in (1, 2, 50, 49, 48, 79, 0, 79):
            frame = next(reader.frames_from(number))
            assert frame.pixels.shape == (20, 30, 4)
            assert read_number(frame.pixels[:, :, :3]) == number
        assert list(reader.frames_from(80)) == []
        with pytest.raises(ValueError, match="start at 0"):
            next(reader.frames_from(-1))


def test_iterators_of_one_reader_may_take_turns(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(80)), 25, gop=40, options={"bf": "2", "preset": "medium"})
    with VideoReader(path, frame_times(path)) as reader:
        early, late = reader.frames_from(10), reader.frames_from(50)
        for step in range(20):
            assert read_number(next(early).pixels) == 10 + step
            assert read_number(next(late).pixels) == 50 + step
    with pytest.raises(ValueError, match="closed"):
        next(early)
    with pytest.raises(ValueError, match="closed"):
        next(reader.frames_from(3))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory in use from /proc")
def test_reading_keeps_only_a_few_pictures(tmp_path: Path) -> None:
    """300 pictures more, 207 MB of them, without more memory."""
    gray = np.full((360, 640, 3), 90, np.uint8)
    path = write_clip(tmp_path / "c.mp4", (gray for _ in range(400)), 25, gop=100)

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before = 0
    for frame in frames(path, frame_times(path)):
        if frame.number == 100:
            before = resident()
    assert resident() - before < 40_000_000


@pytest.mark.parametrize("numbers", [[3, 3], [4, 2], [-1, 2], [2, 10]])
def test_sampled_refuses_numbers_that_make_no_sense(tmp_path: Path, numbers: list[int]) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(10)), 25)
    with pytest.raises(ValueError, match="numbers must"):
        list(sampled(path, frame_times(path), numbers))


def test_progress_of_the_index_rises_and_can_stop_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mkv", numbered(range(600)), 25)
    seen: list[float] = []
    frame_times(path, lambda done, total: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) > 2
    path = path.rename(tmp_path / "again.mkv")

    def stop(done: float, total: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        frame_times(path, stop)


# what cannot be decoded keeps its number here, and is left out by a full decode
DAMAGED = {"corrupted.mp4", "no_timescale.mp4"}


def test_real_clips_against_a_full_decode(real_media: Path) -> None:
    """Every small real clip: as many frames, and the right one at random places."""
    checked = 0
    endings = {".mp4", ".mov", ".webm", ".avi", ".gif", ".264"}
    for path in sorted(p for p in real_media.rglob("*") if p.suffix in endings and p.stat().st_size < 700_000):
        try:
            times = frame_times(path)
        except UnreadableMedia:
            continue
        if path.name in DAMAGED:
            continue
        truth = decode_all(path)
        assert len(times) == len(truth), path.name
        number = random.Random(path.name).randrange(len(times))
        for wanted in (number, number // 2):
            frame = next(sampled(path, times, [wanted], size=(48, 32), pixels="gray"))
            assert np.array_equal(frame.pixels, truth[wanted][1]), (path.name, wanted)
        checked += 1
    assert checked >= 20
