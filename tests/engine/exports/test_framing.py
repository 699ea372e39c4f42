"""Where B's picture lies in A's, said as an editor would."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from comparisons import span, unchanged

from vidstudio.engine.exports.framing import place_text
from vidstudio.engine.types import Comparison, Edit, Transform

Box = tuple[int, int, int, int]


def compared(
    a: tuple[int, int], b: tuple[int, int], of_a: Box | None = None, of_b: Box | None = None, pixels: Fraction | int = 1
) -> Comparison:
    made = unchanged()
    sides = replace(made.a, width=a[0], height=a[1]), replace(made.b, width=b[0], height=b[1])
    sides = sides[0], replace(sides[1], pixel_aspect=Fraction(pixels))
    return replace(made, a=sides[0], b=sides[1], active=(of_a or (0, 0, *a), of_b or (0, 0, *b)))


def shown(of_a: Box, of_b: Box) -> Transform:
    """B's rectangle shows A's, whatever their shapes."""
    across, down = of_a[2] / of_b[2], of_a[3] / of_b[3]
    left, top = of_a[0] - across * of_b[0], of_a[1] - down * of_b[1]
    return Transform(across, 0, left, 0, down, top, scale=1.0, rotation=0.0, mirrored=False)


def said(found: Comparison, place: Transform | None) -> str:
    edit = Edit("changed", span(0, 9), span(0, 9), change=("geometry",), transform=place)
    return place_text(edit, found)


WHOLE: Box = (0, 0, 640, 360)


@pytest.mark.parametrize(
    ("of_a", "words"),
    [
        (WHOLE, ""),
        ((16, 9, 608, 342), "scale 1.053, cropped 2% on every side"),
        ((64, 0, 576, 324), "scale 1.111, cropped 10% left and 10% bottom"),
        ((64, 36, 512, 288), "scale 1.250, cropped 10% on every side"),
        ((0, 45, 640, 270), "stretched 1.33x vertically, cropped 12% top and 12% bottom"),
        ((160, 0, 320, 360), "stretched 2.00x horizontally, cropped 25% left and 25% right"),
    ],
)
def test_what_of_a_fills_all_of_b(of_a: Box, words: str) -> None:
    assert said(compared((640, 360), (640, 360)), shown(of_a, WHOLE)) == words
    # B half as large: the scale is against the frame
    assert said(compared((640, 360), (320, 180)), shown(of_a, (0, 0, 320, 180))) == words


def test_another_shape_of_frame_is_crop_and_bars_and_no_scale() -> None:
    square = compared((640, 360), (360, 360))
    assert said(square, shown((140, 0, 360, 360), (0, 0, 360, 360))) == "cropped 22% left and 22% right"
    inside = (0, 79, 360, 202)
    assert said(compared((640, 360), (360, 360), of_b=inside), shown(WHOLE, inside)) == "letterbox bars added"


def test_bars_and_squeezes_are_told_apart() -> None:
    middle = (80, 0, 480, 360)
    squeezed = compared((640, 360), (640, 360), of_b=middle)
    assert said(squeezed, shown(WHOLE, middle)) == "squeezed to 0.75x horizontally, pillarbox bars added"
    # the same picture of 480 points, each four thirds as wide, is no squeeze
    anamorphic = compared((640, 360), (480, 360), pixels=Fraction(4, 3))
    assert said(anamorphic, shown(WHOLE, (0, 0, 480, 360))) == ""
    assert said(compared((640, 360), (480, 360)), shown(WHOLE, (0, 0, 480, 360))) == "squeezed to 0.75x horizontally"
    boxed = (0, 45, 640, 270)
    without = compared((640, 360), (640, 270), of_a=boxed)
    assert said(without, shown(boxed, (0, 0, 640, 270))) == "letterbox bars removed"


def test_turned_mirrored_and_what_moves_all_along() -> None:
    place = Transform(0.99, -0.05, 3, 0.05, 0.99, 3, scale=1.01, rotation=-3.0, mirrored=False)
    assert said(compared((640, 360), (640, 360)), place) == "scale 1.010, turned -3.0°"
    mirrored = Transform(-1, 0, 640, 0, 1, 0, scale=1.0, rotation=0.0, mirrored=True)
    assert said(compared((640, 360), (640, 360)), mirrored) == "mirrored"
    assert said(compared((640, 360), (640, 360), of_b=(200, 0, 240, 360)), None) == "pillarbox bars added"
    assert (
        place_text(Edit("same", span(0, 9), span(0, 9)), compared((640, 360), (640, 360), of_b=(9, 0, 600, 360))) == ""
    )
