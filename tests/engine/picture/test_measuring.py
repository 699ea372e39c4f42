from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import av
import clips
import numpy as np
import pytest

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.results import Measures, Window
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.stills import Squeezer, Still, stills_of
from vidstudio.engine.picture.differ import Differ
from vidstudio.engine.picture.measuring import Looked, Measurer
from vidstudio.engine.picture.views import View, views

SIZE = (160, 90)


def view_of(size: tuple[int, int]) -> View:
    whole = Active(0, 0, *size, *size)
    return views(whole, whole, Window())[0]


def read(path: Path) -> list[Still]:
    times = frame_times(path)
    return list(stills_of(path, times, range(len(times)), view_of(SIZE).size))


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    pictures = list(clips.shot(1, 40, SIZE))
    marked = [picture.copy() for picture in pictures]
    for picture in marked[10:30]:
        picture[20:40, 30:70] = (230, 20, 20)
    return clips.write_clip(tmp_path / "a.mp4", pictures), clips.write_clip(tmp_path / "b.mp4", marked)


def measurer(versions: tuple[Path, Path]) -> Measurer:
    a, b = ((path, view_of(SIZE)) for path in versions)
    return Measurer(a, b)


def keep_some(beside: Measurer, count: int) -> None:
    picture = np.zeros((90, 160, 3), np.uint8)
    for number in range(count):
        beside.keep(number, Looked(40.0, 1.0, picture, picture))


def same(one: Measures, other: Measures) -> bool:
    names = (
        "frames",
        "colour",
        "wide",
        "detail",
        "unlike",
        "curves",
        "places",
        "spot_points",
        "spot_first",
        "spot_level",
    )
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_what_is_kept_beside_is_what_one_after_the_other_gives(versions: tuple[Path, Path]) -> None:
    of_a, of_b = (read(path) for path in versions)
    with measurer(versions) as beside:
        for still_a, still_b in zip(of_a, of_b, strict=True):
            beside.keep(still_b.number, beside.look(still_a, still_b))
        found = beside.finish()
    differ, squeezers = Differ(), (Squeezer(), Squeezer())
    for still_a, still_b in zip(of_a, of_b, strict=True):
        differ.add(still_b.number, squeezers[0].rgb(still_a.small), squeezers[1].rgb(still_b.small))
    assert same(found, differ.finish())
    assert len(found.spot_points)
    assert len(found.psnr) == len(of_b)
    assert found.psnr[20] < found.psnr[0]


def test_what_fails_beside_is_raised_and_no_thread_stays(
    versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Differ, number: int, a: object, b: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Differ, "add", fail)
    before = threading.active_count()
    with measurer(versions) as beside:
        keep_some(beside, 3)
        with pytest.raises(ZeroDivisionError):
            beside.finish()
    # who never asks what was found hears of it too
    with measurer(versions) as beside, pytest.raises(ZeroDivisionError):
        keep_some(beside, 40)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("size", "looked_at"), [((160, 90), (160, 90)), ((640, 360), (640, 360)), ((1920, 1080), (320, 180))]
)
def test_large_pictures_are_looked_at_small(size: tuple[int, int], looked_at: tuple[int, int]) -> None:
    view = view_of(size)
    assert view.size == looked_at
    assert view.box == (0, 0, *size)
    assert view.small == (0, 0, *looked_at)


def _smaller(source: Path, target: Path, named: int) -> Path:
    """A copy half as wide and high whose luma and chroma are those of the source, and what it says of its matrix."""
    with av.open(str(source)) as pictures, av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "12", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.colorspace = named
        for frame in pictures.decode(video=0):
            small = frame.reformat(640, 360, "yuv420p", interpolation="AREA")
            small.colorspace = named
            small.pts = None
            container.mux(stream.encode(small))
        container.mux(stream.encode(None))
    return target


@pytest.mark.parametrize(("of_a", "of_b"), [(2, 2), (1, 2), (2, 1)])
def test_a_smaller_copy_that_names_no_matrix_has_no_other_colours(of_a: int, of_b: int, tmp_path: Path) -> None:
    """Players guess by size: of a large picture that it is BT.709, of a small one that it is BT.601."""
    vivid = [np.clip(128 + 2.2 * (one.astype(float) - 128), 0, 255).astype(np.uint8) for one in _large(6)]
    first = clips.write_clip(tmp_path / "first.mp4", vivid, options={"crf": "12"})
    a = _smaller(first, tmp_path / "a.mp4", of_a) if of_a == 1 else first
    b = _smaller(first, tmp_path / "b.mp4", of_b)
    sides = []
    for path in (a, b):
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            assert int(frame.colorspace) == (of_a if path == a else of_b)
        sides.append((path, view_of((frame.width, frame.height))))
    stills = [list(stills_of(path, frame_times(path), range(6), (320, 180))) for path, _ in sides]
    sides = [(path, replace(view, size=(320, 180), small=(0, 0, 320, 180))) for path, view in sides]
    with Measurer(*sides) as measuring:
        for still_a, still_b in zip(*stills, strict=True):
            measuring.keep(still_b.number, measuring.look(still_a, still_b))
        found = measuring.finish()
    assert found.chroma[:, 0] == pytest.approx(1, abs=0.02)
    assert found.chroma[:, 1] == pytest.approx(0, abs=1.0)
    assert found.colour.max() < 0.5


def _large(count: int) -> list[np.ndarray]:
    return list(clips.shot(5, count, (1280, 720)))
