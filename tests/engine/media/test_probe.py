"""What probe says of good files, and how it refuses bad ones."""

from __future__ import annotations

import os
import random
import shutil
import struct
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import shot, write_clip
from numbered import numbered, write_even

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.engine.time import format_timecode
from vidstudio.engine.types import VideoInfo


def tone(path: Path, codec: str, seconds: float = 0.3, cover: bool = False) -> Path:
    """Sound only, with or without a cover picture."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=48000, layout="mono")
        picture = None
        if cover:
            picture = container.add_stream("png", rate=1)
            picture.width, picture.height, picture.pix_fmt = 32, 32, "rgb24"
            picture.disposition = av.stream.Disposition.attached_pic
        wave = (0.2 * np.sin(np.arange(int(48000 * seconds)) / 20)).astype(np.float32)[None]
        for start in range(0, wave.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(wave[:, start : start + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48000, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
        if picture is not None:
            container.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
            container.mux(picture.encode(None))
    return path


def test_all_that_it_says(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a b.mp4", shot(1, 30), Fraction(30000, 1001), tone_hz=440)
    info = probe(path)
    assert info == VideoInfo(
        content_id=info.content_id,
        path=str(path),
        size_bytes=path.stat().st_size,
        container="mov,mp4,m4a,3gp,3g2,mj2",
        duration_us=info.duration_us,
        width=320,
        height=180,
        rotation=0,
        pixel_aspect=Fraction(1),
        frame_rate=Fraction(30000, 1001),
        time_base=info.time_base,
        frames=30,
        variable_rate=False,
        start_us=0,
        codec="h264",
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="unknown",
        color_transfer="unknown",
        color_matrix="unknown",
        color_range="unknown",
        interlaced=False,
        video_streams=1,
        audio=info.audio,
        subtitle_streams=0,
        notes=(),
    )
    assert len(info.content_id) == 32
    assert abs(info.duration_us - 1_001_000) <= 34_000
    (sound,) = info.audio
    assert (sound.codec, sound.sample_rate, sound.channels, sound.layout) == ("aac", 48000, 2, "stereo")
    assert abs((sound.duration_us or 0) - 1_001_000) < 50_000


def test_agrees_with_the_index(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "v.mkv", numbered(range(20)), 25, pts=[i * i * 100 for i in range(20)])
    info, times = probe(path), frame_times(path)
    assert (info.frames, info.duration_us) == (len(times), times.duration_us)
    assert info.variable_rate
    assert "variable frame rate" in info.notes


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001), Fraction(12)])
@pytest.mark.parametrize("name", ["c.mp4", "c.mkv", "c.ts"])
def test_steady_rates_are_told_exactly(tmp_path: Path, rate: Fraction, name: str) -> None:
    info = probe(write_clip(tmp_path / name, numbered(range(50)), rate))
    assert info.frame_rate == rate
    assert not info.variable_rate
    assert info.frames == 50


def test_pictures_that_stay_for_an_hour_have_a_rate(tmp_path: Path) -> None:
    info = probe(write_clip(tmp_path / "slow.mkv", numbered(range(9)), 1, pts=[n * 3_500_000 for n in range(9)]))
    assert info.frame_rate == Fraction(1, 3500)
    assert not info.variable_rate


def test_a_picture_that_is_shown_for_minutes_does_not_slow_a_time_code(tmp_path: Path) -> None:
    """A slide, or an idle screen; of the whole, a frame would last for seconds."""
    starts = [40 * n + (1_200_000 if n > 30 else 0) for n in range(60)]
    info = probe(write_clip(tmp_path / "slide.mkv", numbered(range(60)), 25, pts=[25 * ms for ms in starts]))
    assert info.frame_rate == 25
    assert info.variable_rate
    assert info.duration_us == pytest.approx((1_200_000 + 60 * 40) * 1000, abs=1000)
    assert format_timecode(starts[31] * 1000, info.frame_rate) == "00:20:01:06"


def test_ten_bits_interlace_and_pixel_aspect(tmp_path: Path) -> None:
    deep = write_even(tmp_path / "d.mkv", numbered(range(4)), "ffv1", 1, {}, pix_fmt="yuv422p10le")
    assert (probe(deep).bit_depth, probe(deep).pixel_format) == (10, "yuv422p10le")
    wide = write_even(tmp_path / "w.mp4", numbered(range(4)), "libx264", 4, {}, sample_aspect_ratio=Fraction(4, 3))
    assert probe(wide).pixel_aspect == Fraction(4, 3)
    assert probe(wide).display_size == (128, 64)


def test_sound_that_starts_late_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number, picture in enumerate(numbered(range(25))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        block = av.AudioFrame.from_ndarray(np.zeros((1, 24000), np.int16), format="s16", layout="mono")
        block.sample_rate, block.pts = 48000, 5760
        container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    assert "audio starts 120 ms late" in probe(path).notes


def test_cover_picture_is_not_the_film(tmp_path: Path) -> None:
    path = tmp_path / "both.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 640, 480, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        film = container.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 96, 64, "yuv420p"
        container.mux(cover.encode(av.VideoFrame(640, 480, "yuvj420p")))
        container.mux(cover.encode(None))
        for number, picture in enumerate(numbered(range(10))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    with av.open(str(path)) as container:
        covers = [s for s in container.streams.video if s.disposition & av.stream.Disposition.attached_pic]
    assert covers
    info = probe(path)
    assert (info.width, info.height, info.frames, info.video_streams) == (96, 64, 10, 1)


def test_the_larger_of_two_films(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = []
        for width in (64, 128):
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = width, 64, "yuv420p"
            streams.append(stream)
        for number in range(5):
            for stream in streams:
                frame = av.VideoFrame(stream.width, 64, "yuv420p")
                frame.pts = number
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    info = probe(path)
    assert (info.width, info.video_streams) == (128, 2)
    assert "2 video streams; stream 1 is shown" in info.notes


@pytest.mark.parametrize(
    "name",
    [
        "-dash.mp4",
        "with:colon.mp4",
        "%03d.mp4",
        "a\nb.mp4",
        "ünï 视频.mp4",
        "no ending",
        "http:x.mp4",
        "wrong.txt",
        "x.jpg",
    ],
)
def test_any_name_will_do(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(5)), 25).rename(tmp_path / name)
    assert probe(path).frames == 5
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).frames == 5
    assert len(list(frames(Path(name), frame_times(Path(name))))) == 5


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def huge(path: Path) -> Path:
    """A clip whose header claims pictures of 30000 x 4000."""
    write_even(path, numbered(range(5)), "rawvideo", 1, {})
    data = path.read_bytes()
    assert data.count(struct.pack("<II", 96, 64)) >= 1
    path.write_bytes(data.replace(struct.pack("<II", 96, 64), struct.pack("<II", 30000, 4000)))
    return path


def make_bad(kind: str, folder: Path) -> Path:
    """One file of each kind that cannot be shown."""
    clip = write_clip(folder / "c.mp4", numbered(range(30)), 25)
    path = folder / "bad.mp4"
    data = clip.read_bytes()
    match kind:
        case "missing":
            pass
        case "folder":
            path.mkdir()
        case "empty":
            path.touch()
        case "text":
            path.write_text("This is no video.\n" * 50)
        case "text named .txt":
            path = folder / "bad.txt"
            path.write_text("Moving text, moving text.\n" * 500)
        case "subtitles":
            path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
        case "playlist":
            path = folder / "bad.m3u8"
            path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n")
        case "random":
            path.write_bytes(random.Random(1).randbytes(20_000))
        case "zeros":
            path.write_bytes(bytes(20_000))
        case "no index":
            path.write_bytes(data[: data.rindex(b"moov") - 4])
        case "index alone":
            at = data.rindex(b"moov") - 4
            path.write_bytes(data[: data.index(b"mdat") - 4] + data[at:])
        case "first bytes":
            path.write_bytes(data[:40])
        case "sound only":
            path = tone(folder / "s.m4a", "aac")
        case "sound with cover":
            path = tone(folder / "s.flac", "flac")
        case "still":
            path = folder / "p.png"
            with av.open(str(path), "w", format="image2") as container:
                stream = container.add_stream("png", rate=1)
                stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
                container.mux(stream.encode(None))
        case "no rights":
            path.write_bytes(data)
            path.chmod(0)
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
        case "huge":
            path = huge(folder / "huge.avi")
        case "broken link":
            path.symlink_to(folder / "nowhere")
        case "impossible name":
            path = folder / "a\0b.mp4"
    return path


REFUSED = {
    "missing": "There is no file",
    "folder": "is a folder",
    "empty": "is empty",
    "text": "no video that can be read",
    "text named .txt": "text",
    "subtitles": "no picture",
    "playlist": "playlist",
    "random": "no video that can be read",
    "zeros": "no video that can be read",
    "no index": "cut off",
    "index alone": "No picture",
    "first bytes": "cut off",
    "sound only": "has no picture (only sound)",
    "sound with cover": "has no picture (only sound)",
    "still": "is a still picture",
    "no rights": "may not be read",
    "pipe": "is no ordinary file",
    "device": "is no ordinary file",
    "huge": "too large",
    "broken link": "There is no file",
    "impossible name": "There is no file",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_each_kind_of_bad_file_has_its_own_clear_message(tmp_path: Path, kind: str) -> None:
    if kind in {"no rights", "pipe", "device"} and os.name == "nt":
        pytest.skip("not on Windows")
    if kind == "no rights" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = make_bad(kind, tmp_path)
    for look_at in (probe, frame_times):
        with pytest.raises(UnreadableMedia) as caught:
            look_at(path)
        assert REFUSED[kind] in caught.value.message
        assert caught.value.hint
        assert caught.value.path == str(path)


MALFORMED = {
    "pyscenedetect/delayed_start.mp4": (480, 320, 24),
    "torchcodec/testsrc2_odd_height_and_width_vp9.mp4": (321, 241, 25),
    "torchcodec/nasa_13013_rotated.mp4": (270, 480, 17),
    "torchcodec/discard_first_keyframe.mp4": (64, 64, 25),
    "torchcodec/sine_16ch_s16.wav": "only sound",
    "torchcodec/bad_huffman.jpg": None,
    "moviepy/no_duration.webm": (1280, 720, 74),
    "moviepy/-video-with-dash-.mp4": (1, 1, 5),
    "aeneas/mono.empty.wav": "empty",
    "googlechrome/no_streams.webm": "no video that can be read",
    "mp4parse/invalid_userdata.mp4": "decode",
    "mp4parse/no_timescale.mp4": (320, 240, 182),
    "mp4parse/minimal.mp4": (320, 240, 1),
    "mp4parse/test_case_1185230.mp4": "decode",
    "mp4parse/video_rotation_90.mp4": (60, 100, 1),
    "mp4parse/h264_white_frame_sar_16_9.mp4": (640, 480, 1),
    "decord/corrupted.mp4": (1280, 720, 50),
    "decord/video_0.mov": (568, 320, 3),
    "decord/video_90.mov": (320, 568, 3),
    "openh264/BA_MW_D.264": (176, 144, 100),
    "openh264/BA_MW_D_P_LOST.264": (176, 144, 99),
    "auto-editor/SAR-2by3.mp4": (640, 360, 60),
    "auto-editor/h264-png.mp4": (640, 360, 60),
    "auto-editor/mov_text.mp4": (300, 200, 40),
    "go-mp4/sample_fragmented.mp4": (1280, 720, 10),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_real_malformed_files(real_media: Path, name: str) -> None:
    path, expected = real_media / name, MALFORMED[name]
    if not path.exists():
        pytest.skip(f"{name} is not here")
    if isinstance(expected, tuple):
        info = probe(path)
        assert (info.width, info.height, info.frames) == expected
        shown = sum(1 for _ in frames(path, frame_times(path), size=(32, 32)))
        assert shown == info.frames
    else:
        with pytest.raises(UnreadableMedia) as caught:
            probe(path)
        assert expected is None or expected in str(caught.value)


def test_real_facts(real_media: Path) -> None:
    late = probe(real_media / "pyscenedetect" / "delayed_start.mp4")
    assert (late.start_us, frame_times(Path(late.path)).starts_us[0]) == (1_075_000, 0)
    wide = probe(real_media / "mp4parse" / "h264_white_frame_sar_16_9.mp4")
    assert wide.pixel_aspect == Fraction(16, 9)
    assert probe(real_media / "auto-editor" / "SAR-2by3.mp4").pixel_aspect == Fraction(2, 3)
    assert probe(real_media / "auto-editor" / "mov_text.mp4").subtitle_streams == 1
    assert probe(real_media / "auto-editor" / "h264-png.mp4").codec == "h264"
    rotated = probe(real_media / "torchcodec" / "nasa_13013_rotated.mp4")
    assert rotated.rotation == 270


def test_a_change_of_the_file_is_noticed(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mp4", numbered(range(5)), 25)
    assert probe(path).frames == 5
    shutil.copy(write_clip(tmp_path / "d.mp4", numbered(range(9)), 25), path)
    assert probe(path).frames == 9
    path.unlink()
    with pytest.raises(UnreadableMedia):
        probe(path)


def test_probe_of_a_long_file_is_quick(tmp_path: Path) -> None:
    """40 minutes of packets in well under a second (it takes some 30 ms)."""
    black = np.zeros((16, 16, 3), np.uint8)
    path = write_clip(tmp_path / "long.mkv", (black for _ in range(6000)), Fraction(5, 2), gop=250)
    start = time.perf_counter()
    info = probe(path)
    assert (info.frames, info.duration_us) == (6000, 2_400_000_000)
    assert time.perf_counter() - start < 2
