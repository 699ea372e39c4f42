"""Changes painted into made-up shots, re-encoded, graded and resized: what, where and when, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import av
import clips
import cv2
import numpy as np
import pytest
from differed import differed

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.picture.changes import Stretch, gathered, stretches

SIZE = (320, 180)
FRAMES = 60
SPAN = range(18, 47)
BOX = (200, 96, 64, 40)
Paint = Callable[[np.ndarray, int], None]


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    random = np.random.default_rng(3)
    texture = cv2.resize(random.normal(0, 22, (36, 64, 1)).astype(np.float32), SIZE)[:, :, None]
    shots = clips.shot(12, FRAMES, SIZE)
    return [np.clip(picture + texture, 0, 255).astype(np.uint8) for picture in shots]


def _coded(folder: Path, name: str, pictures: list[np.ndarray], crf: int) -> list[np.ndarray]:
    path = clips.write_clip(folder / f"{name}.mp4", pictures, options={"crf": str(crf), "preset": "veryfast"})
    with av.open(str(path)) as container:
        return [
            cv2.resize(frame.to_ndarray(format="rgb24"), SIZE, interpolation=cv2.INTER_AREA)
            for frame in container.decode(video=0)
        ]


def _compared(a: list[np.ndarray], b: list[np.ndarray]) -> list[Stretch]:
    whole = Active(0, 0, *SIZE, *SIZE)
    return stretches(gathered([differed(a, b)], len(a)), Range(0, len(a)), whole)


def _graded(picture: np.ndarray) -> np.ndarray:
    return np.clip(255 * (picture / 255.0) ** 0.8 * [0.95, 0.9, 0.8] + 8, 0, 255).astype(np.uint8)


def _band(picture: np.ndarray, _: int) -> None:
    x, y, w, h = BOX
    picture[y : y + h, x : x + w] = (230, 40, 40)
    cv2.putText(picture, "NEWS", (x + 4, y + 28), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)


def _fading(picture: np.ndarray, number: int) -> None:
    x, y, w, h = BOX
    share = min(1.0, (number - SPAN.start + 1) / 6, (SPAN.stop - number) / 6)
    part = picture[y : y + h, x : x + w]
    part[:] = (part * (1 - share) + np.array([250, 220, 30]) * share).astype(np.uint8)


def _blurred(picture: np.ndarray, _: int) -> None:
    x, y, w, h = BOX
    picture[y : y + h, x : x + w] = cv2.GaussianBlur(picture[y : y + h, x : x + w], (0, 0), 5)


def _recoloured(picture: np.ndarray, _: int) -> None:
    x, y, w, h = BOX
    picture[y : y + h, x : x + w] = picture[y : y + h, x : x + w, ::-1]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    x, y, w, h = one
    u, v, s, t = other
    both = max(0, min(x + w, u + s) - max(x, u)) * max(0, min(y + h, v + t) - max(y, v))
    return both / (w * h + s * t - both)


def _with(paint: Paint, pictures: list[np.ndarray], folder: Path, crf: int, *, graded: bool) -> list[Stretch]:
    """What is found of pictures of which some are painted on, and all are coded again."""
    changed = []
    for number, picture in enumerate(pictures):
        other = _graded(picture) if graded else picture.copy()
        if number in SPAN:
            paint(other, number)
        changed.append(other)
    return _compared(_coded(folder, "a", pictures, 18), _coded(folder, "b", changed, crf))


def _is_found(found: list[Stretch]) -> None:
    """Whether that is one local change, where and when it was painted."""
    local = [one for one in found if "local" in one.change]
    assert len(local) == 1
    assert len(local[0].boxes) == 1
    assert _overlap(local[0].boxes[0], BOX) >= 0.5
    assert abs(local[0].frames.first - SPAN.start) <= 2
    assert abs(local[0].frames.after - SPAN.stop) <= 2


@pytest.mark.parametrize(
    ("paint", "crf", "graded"),
    [
        (_band, 38, False),
        (_band, 38, True),
        (_fading, 30, False),
        (_fading, 30, True),
        (_blurred, 22, False),
        (_blurred, 22, True),
        (_recoloured, 30, False),
        (_recoloured, 30, True),
    ],
)
def test_a_change_is_found_where_and_when_it_is(
    pictures: list[np.ndarray], tmp_path: Path, paint: Paint, crf: int, graded: bool
) -> None:
    found = _with(paint, pictures, tmp_path, crf, graded=graded)
    _is_found(found)
    assert all(("colour" in one.change) == graded for one in found)


def _mosaic(picture: np.ndarray, _: int) -> None:
    x, y, w, h = BOX
    few = cv2.resize(picture[y : y + h, x : x + w], (w // 6, h // 6), interpolation=cv2.INTER_AREA)
    picture[y : y + h, x : x + w] = cv2.resize(few, (w, h), interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize(("paint", "crf"), [(_blurred, 18), (_mosaic, 18), (_blurred, 28), (_mosaic, 28)])
@pytest.mark.parametrize("graded", [False, True])
def test_weak_detail_that_is_hidden_in_one_place_is_found(tmp_path: Path, paint: Paint, crf: int, graded: bool) -> None:
    random = np.random.default_rng(6)
    texture = cv2.GaussianBlur(random.normal(0, 1, (SIZE[1], SIZE[0])).astype(np.float32), (0, 0), 1.6)
    shade = 110 + 60 * np.sin(np.linspace(0, 5, SIZE[0]))
    faint = np.repeat((shade + texture / texture.std() * 6)[:, :, None], 3, axis=2)
    pictures = [np.clip(np.roll(faint, number // 8, axis=1), 0, 255).astype(np.uint8) for number in range(FRAMES)]
    _is_found(_with(paint, pictures, tmp_path, crf, graded=graded))


@pytest.mark.parametrize(("crf", "graded"), [(18, False), (24, True)])
def test_one_wrong_letter_of_a_title(pictures: list[np.ndarray], tmp_path: Path, crf: int, graded: bool) -> None:
    def titled(picture: np.ndarray, text: str) -> np.ndarray:
        return cv2.putText(picture.copy(), text, (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (250, 250, 245), 2)

    a, b = ([titled(picture, text) for picture in pictures] for text in ("HARBOUR", "HARBOAR"))
    letter = np.argwhere((a[0] != b[0]).any(axis=2))
    (top, left), (bottom, right) = letter.min(axis=0), letter.max(axis=0) + 1
    b = [_graded(picture) if graded else picture for picture in b]
    found = _compared(_coded(tmp_path, "a", a, 18), _coded(tmp_path, "b", b, crf))
    boxes = {box for one in found for box in one.boxes}
    assert len(boxes) == 1
    x, y, w, h = boxes.pop()
    assert x - 12 <= left
    assert right <= x + w + 12
    assert w < 60
    assert y - 12 <= top
    assert bottom <= y + h + 12


@pytest.mark.parametrize("crf", [20, 40])
@pytest.mark.parametrize("graded", [False, True])
def test_nothing_is_invented(pictures: list[np.ndarray], tmp_path: Path, crf: int, graded: bool) -> None:
    other = [_graded(picture) if graded else picture for picture in pictures]
    small = [cv2.resize(picture, (240, 136), interpolation=cv2.INTER_AREA) for picture in other]
    found = _compared(_coded(tmp_path, "a", pictures, 18), _coded(tmp_path, "b", small, crf))
    assert [one.change for one in found] == [("colour",) if graded else ()]


def test_a_picture_that_lost_all_its_detail_is_another_one(pictures: list[np.ndarray]) -> None:
    large = [cv2.resize(picture, (480, 270), interpolation=cv2.INTER_CUBIC) for picture in pictures[::2]]
    few = [cv2.resize(picture, (60, 34), interpolation=cv2.INTER_AREA) for picture in large]
    blocks = [cv2.resize(picture, (480, 270), interpolation=cv2.INTER_NEAREST) for picture in few]
    other = sum(len(one.frames) for one in _compared(large, blocks) if "picture" in one.change)
    assert other > 0.6 * len(large)
    assert [one.change for one in _compared(large, large)] == [()]
