"""The PDF, opened again by pypdf: its words, pages, pictures and fonts."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import comparisons
import numpy as np
import pytest
from numpy.typing import NDArray
from pypdf import PdfReader

from vidstudio.engine.exports.pdf_file import report_pdf, write_pdf
from vidstudio.engine.types import FrameTimes, VideoInfo


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


def test_pictures_are_there_and_fonts_are_inside(opened: PdfReader) -> None:
    # 13 sides, and where the stretch that was changed in places differs
    assert sum(image.image.size == (128, 72) for page in opened.pages for image in page.images if image.image) == 14
    for page in opened.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            (inner,) = font["/DescendantFonts"]
            assert "/FontFile2" in inner.get_object()["/FontDescriptor"]


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
