"""A comparison as a PDF: the report on A4 pages, to print or to file. Fonts and pictures are inside."""

from __future__ import annotations

import datetime
import io
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.enums import MethodReturnValue, WrapMode
from numpy.typing import NDArray

import vidstudio
from vidstudio.engine.exports import chart, contents
from vidstudio.engine.exports.contents import Picture, Row, Side, from_file
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.fonts import bold_font, fonts_for, plain_font
from vidstudio.engine.exports.marks import edit_words, one_line
from vidstudio.engine.types import Comparison, EditKind, Metric
from vidstudio.engine.verdict import verdict

_MARGIN = 15.0
_WIDE = 210 - 2 * _MARGIN
_LOW = 297 - 18.0
"""Millimetres: no row goes below."""
_LABEL, _SHOT, _GAP = 33.0, 38.0, 2.0
_SHOT_HIGH = 30.0
_NAME = 15.0
_TOLD = _WIDE - _LABEL - _NAME
_MUTED, _TEXT, _LINE = (91, 97, 110), (22, 24, 29), (215, 218, 225)
_COLOURS: dict[EditKind, tuple[int, int, int]] = {
    "same": (167, 173, 185),
    "changed": (230, 159, 0),
    "inserted": (0, 158, 115),
    "removed": (213, 94, 0),
    "moved": (184, 96, 154),
    "retimed": (47, 143, 208),
}


def write_pdf(
    comparison: Comparison, path: Path, metric: Metric, threshold: float, picture: Picture | None = None
) -> None:
    """Write the PDF in one step; where a file is gone a row has no picture.

    Raises UsageError or EnvironmentProblem.
    """
    replace_file(path, report_pdf(comparison, metric, threshold, picture or from_file))


def report_pdf(comparison: Comparison, metric: Metric, threshold: float, picture: Picture) -> bytes:
    """The PDF's bytes. Names in other scripts are in fonts of this machine, where it has some."""
    names = [one_line(Path(info.path).name) for info in (comparison.a, comparison.b)]
    said = verdict(comparison, metric, threshold)
    page = _Page(f"{names[0]} → {names[1]}", "".join(one_line(info.path) for info in (comparison.a, comparison.b)))
    page.head(said.sentence, said.different)
    page.figures(contents.figures(comparison, said.same_share))
    page.heading("What became of what")
    page.chart(chart.chart(comparison, metric, threshold), f"{threshold:g}", contents.legend(comparison))
    if found := contents.notes(comparison):
        page.heading("Notes")
        for note in found:
            page.paragraph(f"• {note}")
    page.heading("Edits")
    for row in contents.rows(comparison, metric, picture):
        page.edit(row, edit_words(row.edit, comparison))
    page.heading("Files")
    page.rows([("", "A, the old version", "B, the new version"), *contents.facts(comparison.a, comparison.b)])
    page.heading("Settings")
    page.rows(contents.settings(comparison, metric, threshold))
    return bytes(page.output())


class _Page(FPDF):
    """Pages with a foot; every method draws below what was drawn before."""

    def __init__(self, title: str, texts: str) -> None:
        super().__init__("P", "mm", "A4")
        self._title = title
        self.set_title(f"{title} · VidStudio")
        self.set_creator(f"VidStudio {vidstudio.__version__}")
        self.set_lang("en")
        self.add_font("ours", "", plain_font().path)
        self.add_font("ours", "B", bold_font().path)
        others = []
        for number, font in enumerate(fonts_for(title + texts)[1:]):
            others.append(f"other{number}")
            self.add_font(others[-1], "", font.path, collection_font_number=font.face)
        self.set_fallback_fonts(others, exact_match=False)
        self.set_text_shaping(True)
        self.set_margins(_MARGIN, _MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, 297 - _LOW)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """Who made it, of what, and which page of how many."""
        self.set_y(-13)
        self._font(7.5, _MUTED)
        self.cell(_WIDE - 30, 5, self._short(self._title, _WIDE - 34))
        self.cell(30, 5, f"{self.page_no()} / {{nb}}", align="R")

    def head(self, sentence: str, different: bool) -> None:
        now = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
        self._font(8.5, _MUTED)
        self._lines(5, f"VidStudio {vidstudio.__version__} · Comparison report · {now}")
        self._font(16, _TEXT, "B")
        self._lines(7.5, self._title)
        self._font(10.5, _COLOURS["removed"] if different else _COLOURS["inserted"], "B")
        self._lines(6, sentence)
        self.ln(2)

    def figures(self, found: list[tuple[str, str]]) -> None:
        width = _WIDE / max(len(found), 4)
        top = self.get_y()
        for number, (value, text) in enumerate(found):
            self.set_xy(_MARGIN + number * width, top)
            self._font(13, _TEXT, "B")
            self.cell(width, 6, value)
            self.set_xy(_MARGIN + number * width, top + 6)
            self._font(7, _MUTED)
            self.cell(width, 4, text)
        self.set_xy(_MARGIN, top + 11)

    def heading(self, text: str) -> None:
        if self.get_y() > _LOW - 30:
            self.add_page()
        self.ln(3)
        self.start_section(text)
        self._font(11.5, _TEXT, "B")
        self._lines(7, text)

    def paragraph(self, text: str) -> None:
        self._font(8.5, _TEXT)
        self._lines(4.5, text)

    def chart(self, shapes: chart.Chart, threshold: str, kinds: list[tuple[str, EditKind]]) -> None:
        """Both lanes, what became of what, and the distance of each segment as bars; a legend below."""
        scale, top = _WIDE / chart.WIDTH, self.get_y()

        def at(x: float, y: float) -> tuple[float, float]:
            return _MARGIN + x * scale, top + (y - chart.LANE_A[0] + 8) * scale

        for ribbon in shapes.ribbons:
            points = [tuple(map(float, point.split(","))) for point in ribbon.points.split()]
            with self.local_context(fill_opacity=0.14 if ribbon.kind == "same" else 0.3):
                self.set_fill_color(*_COLOURS[ribbon.kind])
                self.polygon([at(x, y) for x, y in points], style="F")
        for letter, lane, (low, high) in (("A", shapes.lane_a, chart.LANE_A), ("B", shapes.lane_b, chart.LANE_B)):
            self._font(9, _TEXT, "B")
            self.text(*at(8, high - 7), letter)
            for block in lane:
                self.set_fill_color(*_COLOURS[block.kind])
                self.rect(*at(block.x, low), max(block.width * scale - 0.1, 0.15), (high - low) * scale, style="F")
        base = at(0, chart.CURVE[1])[1]
        self.set_fill_color(*_COLOURS["retimed"])
        for left, right, y in shapes.steps:
            x, upper = at(left, y)
            self.rect(x, upper, max((right - left) * scale, 0.1), max(base - upper, 0.15), style="F")
        self.set_draw_color(*_TEXT)
        self.set_line_width(0.2)
        with self.local_context(dash_pattern={"dash": 1.2, "gap": 0.9, "phase": 0}):
            self.line(*at(chart.LEFT, shapes.threshold_y), *at(chart.WIDTH - chart.RIGHT, shapes.threshold_y))
        self._font(7, _MUTED)
        for tick in shapes.ticks:
            x, y = at(tick.x, chart.CURVE[1] + 18)
            self.text(x - self.get_string_width(tick.text) / 2, y, tick.text)
        self.set_xy(_MARGIN, top + (chart.CURVE[1] - chart.LANE_A[0] + 36) * scale)
        self._legend(threshold, kinds)

    def _legend(self, threshold: str, kinds: list[tuple[str, EditKind]]) -> None:
        self._font(7.5, _MUTED)
        for word, kind in kinds:
            self.set_fill_color(*_COLOURS[kind])
            self.rect(self.get_x(), self.get_y() + 1, 2.4, 2.4, style="F")
            self.set_x(self.get_x() + 3.4)
            self.cell(self.get_string_width(word) + 4, 4.4, word)
        self._lines(4.4, f"bars: distance of each segment; dashed: the threshold of {threshold}")

    def edit(self, row: Row, words: str) -> None:
        """One edit: what and how long, both sides and where they differ, scores; what is told of it below."""
        pictures = [side.picture for side in (row.a, row.b) if side is not None]
        high = max([6.5, *(_size(one)[1] + 5 for one in pictures if one is not None)])
        high = max(high, 4 * len(row.scores), self._needed(words, _LABEL - 4, 4, 8.5, "B") + 4)
        told = [(name, text, self._needed(text, _TOLD, 3.6, 7)) for name, text in row.told]
        whole = high + sum(needed for _, _, needed in told) + 3
        if self.get_y() + whole > _LOW:
            self.add_page()
        top = self.get_y() + 1.5
        self.set_draw_color(*_LINE)
        self.set_line_width(0.2)
        self.line(_MARGIN, top - 1.5, _MARGIN + _WIDE, top - 1.5)
        self.set_fill_color(*_COLOURS[row.edit.kind])
        self.rect(_MARGIN, top, 1.1, whole - 3, style="F")
        self.set_xy(_MARGIN + 3, top)
        self._font(8.5, _TEXT, "B")
        self.multi_cell(_LABEL - 4, 4, words, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        self._font(7.5, _MUTED)
        self.cell(_LABEL - 4, 4, f"{row.number} · {row.length}")
        self._sides(row, top)
        self._scores(row.scores, top)
        self.set_y(top + high)
        for name, text, needed in told:
            at = self.get_y()
            self.set_x(_MARGIN + _LABEL)
            self._font(7, _MUTED)
            self.cell(_NAME, 3.6, name)
            self._font(7, _TEXT)
            self.multi_cell(_TOLD, 3.6, text, align="L")
            self.set_y(at + needed)
        self.set_xy(_MARGIN, top + whole - 1.5)

    def _needed(self, text: str, width: float, line: float, size: float, style: str = "") -> float:
        """How high a text of several lines will be."""
        self._font(size, _TEXT, style)
        return cast(float, self.multi_cell(width, line, text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT))

    def _scores(self, scores: Sequence[tuple[str, str]], top: float) -> None:
        x = _MARGIN + _LABEL + 3 * (_SHOT + _GAP)
        for number, (name, value) in enumerate(scores):
            self.set_xy(x, top + 4 * number)
            self._font(7, _MUTED)
            self.cell(_NAME, 4, name)
            self._font(7, _TEXT)
            self.cell(_MARGIN + _WIDE - x - _NAME, 4, value, align="R")

    def _sides(self, row: Row, top: float) -> None:
        """Both sides, and where they differ."""
        x = _MARGIN + _LABEL
        for letter, side, lacking in zip("AB", (row.a, row.b), row.lacking, strict=True):
            self._side(letter, side, lacking, x, top)
            x += _SHOT + _GAP
        if row.heat is not None and row.b is not None:
            self._picture(row.heat, x, top, f"Where A and B differ at {row.b.shown}", "where they differ")

    def _side(self, letter: str, side: Side | None, lacking: str, x: float, top: float) -> None:
        if side is None:
            self.set_xy(x, top)
            self._font(7.5, _MUTED)
            self.cell(_SHOT, 4, lacking)
            return
        codes = f"{side.start} – {side.end}"
        if side.picture is None:
            self.set_xy(x, top)
            self._font(7, _TEXT)
            self.cell(_SHOT, 4, f"{letter} {codes}")
            return
        width, height = self._picture(side.picture, x, top, f"{letter} at {side.shown}", f"{letter} {codes}")
        for left, upper, wide, high in side.boxes:
            place = (x + left * width / 100, top + upper * height / 100, wide * width / 100, high * height / 100)
            for colour, line in (((0, 0, 0), 0.6), ((255, 255, 255), 0.3)):
                self.set_draw_color(*colour)
                self.set_line_width(line)
                self.rect(*place)

    def _picture(self, pixels: NDArray[np.uint8], x: float, y: float, alt: str, caption: str) -> tuple[float, float]:
        width, height = _size(pixels)
        self.image(io.BytesIO(contents.jpeg(pixels)), x, y, width, height, alt_text=alt)
        self.set_xy(x, y + height + 0.4)
        self._font(6.5, _MUTED)
        self.cell(_SHOT, 3.2, self._short(caption, _SHOT + _GAP))
        return width, height

    def rows(self, cells: Sequence[tuple[str, ...]]) -> None:
        """Rows of cells, the first of each a name; the first row a heading when that has no name."""
        self._font(7.5, _TEXT)
        self.set_draw_color(*_LINE)
        self.set_line_width(0.2)
        self.set_fill_color(255)
        shares = (26, *([_WIDE - 26] if len(cells[0]) == 2 else [(_WIDE - 26) / 2] * 2))
        plain = FontFace(emphasis="")
        with self.table(
            col_widths=shares,
            width=_WIDE,
            line_height=4.2,
            text_align="LEFT",
            borders_layout="HORIZONTAL_LINES",
            first_row_as_headings=cells[0][0] == "",
            headings_style=FontFace(emphasis="B", color=_TEXT),
            wrapmode=WrapMode.CHAR,
            padding=(0.3, 1),
        ) as table:
            for one in cells:
                row = table.row()
                for number, text in enumerate(one):
                    style = None if one is cells[0] and one[0] == "" else plain
                    if number == 0:
                        style = FontFace(emphasis="", color=_MUTED)
                    row.cell(one_line(text) if text else "", style=style)

    def _lines(self, height: float, text: str) -> None:
        """As many lines as a text needs, and on to the next one; a name without spaces breaks anywhere."""
        wrap = WrapMode.WORD if " " in text else WrapMode.CHAR
        self.multi_cell(0, height, text, align="L", wrapmode=wrap, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _font(self, size: float, colour: tuple[int, int, int], style: str = "") -> None:
        self.set_font("ours", style, size)
        self.set_text_color(*colour)

    def _short(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        kept = bisect_right(range(len(text)), width, key=lambda n: self.get_string_width(text[:n] + "…")) - 1
        return text[: max(0, kept)] + "…"


def _size(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Millimetres of a picture in its place."""
    height, width = pixels.shape[:2]
    scale = min(_SHOT / width, _SHOT_HIGH / height)
    return width * scale, height * scale
