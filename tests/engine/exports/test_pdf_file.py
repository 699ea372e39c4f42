"""The PDF, opened again by pypdf: its words, pages, pictures and fonts."""

from __future__ import annotations

import itertools
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import comparisons
import numpy as np
import pytest
from comparisons import span
from numpy.typing import NDArray
from PIL import ImageFont
from pypdf import PageObject, PdfReader

from vidstudio.engine.exports.fonts import plain_font
from vidstudio.engine.exports.pdf_file import report_pdf, write_pdf
from vidstudio.engine.types import AudioDifference, FrameTimes, Transform, VideoInfo

Box = tuple[float, float, float, float]


def picture(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    shade = times.frame_at(time_us) // 4 + (23 if info.path.endswith("old cut.mp4") else 0)  # no two alike
    return np.full((72, 128, 3), shade, np.uint8)


def nothing(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    return None


@pytest.fixture(scope="module")
def opened() -> PdfReader:
    return PdfReader(BytesIO(report_pdf(comparisons.comparison(), "cosine", 0.1, picture)), strict=True)


def test_all_is_said(opened: PdfReader) -> None:
    words = " ".join(" ".join(page.extract_text() for page in opened.pages).split())
    for expected in (
        "old cut.mp4 → new cut.mp4",
        "Different: 2 changed, 2 inserted, 1 removed, 1 moved, 1 retimed",
        "changed: colour",
        "A 00:00:04:00 – 00:00:08:00",
        "B 00:00:06:10 – 00:00:10:10",
        "not in A",
        "not in B",
        "24.5 dB",
        "basic-1 (96 numbers)",
        "FFmpeg",
        f"{len(opened.pages)} / {len(opened.pages)}",
    ):
        assert expected in words, expected
    assert opened.metadata is not None
    assert opened.metadata.title == "old cut.mp4 → new cut.mp4 · VidStudio"


def test_where_nothing_was_aligned_what_is_left_over_is_surplus() -> None:
    (*pages,) = PdfReader(BytesIO(report_pdf(comparisons.surplus(), "cosine", 0.1, nothing)), strict=True).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Different: 1 changed, 1 surplus" in words
    assert "A has ended" in words
    assert "not in A" not in words
    assert "inserted " not in words.replace("an inserted or", "")


def test_pictures_are_there_and_fonts_are_inside(opened: PdfReader) -> None:
    # 13 sides, and where the stretch that was changed in places differs
    assert sum(image.image.size == (128, 72) for page in opened.pages for image in page.images if image.image) == 14
    for page in opened.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            (inner,) = font["/DescendantFonts"]
            assert "/FontFile2" in inner.get_object()["/FontDescriptor"]


@pytest.mark.parametrize("shape", [(72, 128), (128, 72), (60, 160)], ids=["wide", "high", "wider"])
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_nothing_is_printed_over_a_picture_nor_over_other_words(shape: tuple[int, int], long: bool) -> None:
    made = comparisons.comparison()
    edit = replace(made.edits[5], change=("local", "colour", "geometry", "audio"), grade=comparisons.GRADE)
    place = Transform(0.9, 0, 12, 0, 0.7, 3, scale=1.2, rotation=0.0, mirrored=True)
    if long:
        sounds = [AudioDifference("level", edit.a or span(0, 1), edit.b or span(0, 1), level) for level in range(30)]
        made = replace(made, audio=tuple(sounds))
        edit = replace(edit, transform=place, confidence=0.31)
    pdf = report_pdf(replace(made, edits=(edit,) * 5), "cosine", 0.1, lambda *_: np.full((*shape, 3), 99, np.uint8))
    for page in PdfReader(BytesIO(pdf), strict=True).pages:
        pictures, words = laid_out(page)
        assert len(pictures) % 3 == 0
        for text, box in words:
            for other in pictures:
                assert not crosses(box, other), text
        for (text, box), (further, other) in itertools.combinations(words, 2):
            assert not crosses(box, other), (text, further)


def laid_out(page: PageObject) -> tuple[list[Box], list[tuple[str, Box]]]:
    """Left, bottom, right, top of each picture and of each run of words, in points."""
    font = ImageFont.truetype(str(plain_font().path), 100)
    pictures: list[Box] = []
    words: list[tuple[str, Box]] = []

    def drawn(operator: bytes, operands: list[Any], matrix: list[float], _text: list[float]) -> None:
        if operator == b"Do":
            pictures.append((matrix[4], matrix[5], matrix[4] + matrix[0], matrix[5] + matrix[3]))

    def said(text: str, matrix: list[float], place: list[float], _font: object, size: float) -> None:
        if text := text.strip():
            wide = font.getlength(text) * size / 100
            x, y = place[4] + matrix[4], place[5] + matrix[5]
            words.append((text, (x, y, x + 0.97 * wide, y + 0.5 * size)))

    page.extract_text(visitor_operand_before=drawn, visitor_text=said)
    return pictures, words


def crosses(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_many_edits_go_on_over_the_pages() -> None:
    made = comparisons.comparison()
    many = replace(made, edits=made.edits * 6)
    pdf = PdfReader(BytesIO(report_pdf(many, "cosine", 0.1, nothing)), strict=True)
    text = [page.extract_text() for page in pdf.pages]
    assert len(text) >= 3
    assert all(any(f"{number} · " in page for page in text) for number in range(1, 49))
    assert all(f"{number} / {len(text)}" in page for number, page in enumerate(text, 1))


def test_hostile_names_are_words(tmp_path: Path) -> None:
    made = comparisons.comparison(a_name="** __a__ \n\udcff\x00.mp4", b_name="x" * 300 + ".mp4")
    write_pdf(made, tmp_path / "r.pdf", "cosine", 0.1, nothing)
    words = PdfReader(tmp_path / "r.pdf", strict=True).pages[0].extract_text().replace("\n", "")
    assert "** __a__ ___.mp4" in words
    assert "x" * 300 in words
