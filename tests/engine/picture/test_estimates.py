"""Known grades and known moves, painted into pictures, must come out in numbers."""

import clips
import cv2
import numpy as np
import pytest
from differed import differed

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.picture.changes import Findings, gathered, stretches
from vidstudio.engine.picture.estimates import grade_of, transform_of

SIZE = (320, 180)
FRAMES = 30
WHOLE = Active(0, 0, *SIZE, *SIZE)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    # from dark to bright, so that a curve can be seen
    shot = clips.shot(4, FRAMES, SIZE)
    return [np.clip((picture - 118.0) * 1.4 + 124, 24, 255).astype(np.uint8) for picture in shot]


def _found(a: list[np.ndarray], b: list[np.ndarray]) -> Findings:
    return gathered([differed(a, b)], len(a))


def _changes(findings: Findings) -> list[tuple[str, ...]]:
    return [one.change for one in stretches(findings, Range(0, FRAMES), WHOLE)]


@pytest.mark.parametrize(
    ("gain", "gamma", "lift"), [(219 / 255, 1.0, 16 / 255), (1.0, 0.7, 0.0), (0.8, 1.3, 0.05), (1.15, 1.0, -0.05)]
)
def test_gain_gamma_and_lift(pictures: list[np.ndarray], gain: float, gamma: float, lift: float) -> None:
    curve = np.clip(255 * (lift + gain * (np.arange(256) / 255) ** gamma) + 0.5, 0, 255).astype(np.uint8)
    findings = _found(pictures, [curve[picture] for picture in pictures])
    grade = grade_of(findings, Range(0, FRAMES))
    assert grade is not None
    x = np.linspace(0.15, 0.85, 8)
    assert grade.lift + grade.gain * x**grade.exponent == pytest.approx(lift + gain * x**gamma, abs=0.015)
    assert grade.exponent == pytest.approx(gamma, abs=0.12)
    assert (grade.red, grade.blue) == (1, 1)
    assert _changes(findings) == [("colour",)]


@pytest.mark.parametrize("saturation", [0.0, 0.5, 1.3])
def test_saturation(pictures: list[np.ndarray], saturation: float) -> None:
    def graded(picture: np.ndarray) -> np.ndarray:
        grey = picture @ [0.299, 0.587, 0.114]
        return np.clip(grey[:, :, None] + saturation * (picture - grey[:, :, None]) + 0.5, 0, 255).astype(np.uint8)

    findings = _found(pictures, [graded(picture) for picture in pictures])
    grade = grade_of(findings, Range(0, FRAMES))
    assert grade is not None
    assert grade.saturation == pytest.approx(saturation, abs=0.06)
    assert grade.gain == pytest.approx(1, abs=0.05)
    assert (grade.red, grade.blue) == pytest.approx((1, 1), abs=0.03)


@pytest.mark.parametrize("gains", [(1.15, 1.0, 0.85), (0.88, 1.0, 1.12), (1.0, 1.12, 1.0)])
def test_white_balance(pictures: list[np.ndarray], gains: tuple[float, float, float]) -> None:
    findings = _found(pictures, [np.clip(one * gains + 0.5, 0, 255).astype(np.uint8) for one in pictures])
    grade = grade_of(findings, Range(0, FRAMES))
    assert grade is not None
    assert (grade.red, grade.blue) == pytest.approx((gains[0] / gains[1], gains[2] / gains[1]), abs=0.03)
    assert _changes(findings) == [("colour",)]


def test_no_grade_is_none_at_all(pictures: list[np.ndarray]) -> None:
    findings = _found(pictures, pictures)
    grade = grade_of(findings, Range(0, FRAMES))
    assert grade is not None
    assert (grade.gain, grade.exponent, grade.saturation) == pytest.approx((1, 1, 1), abs=0.02)
    assert (grade.lift, grade.hue) == pytest.approx((0, 0), abs=0.5)
    assert _changes(findings) == [()]
    assert grade_of(gathered([], 5), Range(0, 5)) is None


def _moved(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """B, whose point x is A's at `matrix` of x."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(("scale", "degrees"), [(1.06, 0.0), (1.0, 2.0), (1.04, -1.5)])
def test_scale_and_rotation(pictures: list[np.ndarray], scale: float, degrees: float) -> None:
    # OpenCV counts angles counter-clockwise and gives the way from A to B
    matrix = cv2.invertAffineTransform(cv2.getRotationMatrix2D((160, 90), -degrees, scale))
    findings = _found(pictures, [_moved(picture, matrix) for picture in pictures])
    found = transform_of(findings, Range(5, FRAMES), WHOLE, WHOLE, Window())
    assert found.scale == pytest.approx(scale, abs=0.006)
    assert found.rotation == pytest.approx(degrees, abs=0.25)
    assert not found.mirrored
    corners = np.array([[40, 30], [280, 30], [40, 150], [280, 150]], float)
    expected = corners @ matrix[:, :2].T + matrix[:, 2]
    whole = np.array([[found.a, found.b, found.c], [found.d, found.e, found.f]])
    assert corners @ whole[:, :2].T + whole[:, 2] == pytest.approx(expected, abs=1.2)
    assert _changes(findings)[-1] == ("geometry",)


def test_mirrored(pictures: list[np.ndarray]) -> None:
    findings = _found(pictures, [picture[:, ::-1].copy() for picture in pictures])
    found = transform_of(findings, Range(0, FRAMES), WHOLE, WHOLE, Window())
    assert found.mirrored
    assert (found.a, found.c, found.e) == pytest.approx((-1, 320, 1), abs=0.01)
    assert (found.scale, found.rotation) == pytest.approx((1, 0), abs=0.01)
    assert _changes(findings) == [("geometry",)]


def test_half_a_pixel_to_two_is_no_change(pictures: list[np.ndarray]) -> None:
    matrix = np.array([[1, 0, 0.8], [0, 1, -0.5]])
    assert _changes(_found(pictures, [_moved(picture, matrix) for picture in pictures])) == [()]


def test_a_crop_and_bars_are_part_of_the_transform(pictures: list[np.ndarray]) -> None:
    findings = _found(pictures, pictures)
    a, b = Active(0, 0, 640, 360, 640, 360), Active(100, 20, 400, 200, 600, 240)
    found = transform_of(findings, Range(0, FRAMES), a, b, Window(0.25, 0.25, 0.75, 0.75))
    whole = np.array([[found.a, found.b, found.c], [found.d, found.e, found.f]])
    ends = whole[:, :2] @ [[100, 500], [20, 220]] + whole[:, 2:]
    assert ends == pytest.approx(np.array([[160, 480], [90, 270]]), abs=0.01)
