"""Fonts are found for any script that some font here has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder

from vidstudio.engine.exports import fonts
from vidstudio.engine.exports.fonts import Font, bold_font, characters, fonts_for, plain_font, runs


def small_font(path: Path, text: str) -> Font:
    """A font that has only these characters."""
    names = [f"g{number}" for number in range(len(text))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({ord(char): name for char, name in zip(text, names, strict=True)})
    builder.setupGlyf({name: builder_glyph() for name in [".notdef", *names]})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupPost()
    builder.save(str(path))
    return Font(path)


def builder_glyph() -> object:
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    return TTGlyphPen(None).glyph()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine whose fonts are in this folder."""
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path, tmp_path / "nowhere"])
    for remembered in (fonts._installed, fonts._others, fonts.runs):
        remembered.cache_clear()
    yield tmp_path
    for remembered in (fonts._installed, fonts._others, fonts.runs):
        remembered.cache_clear()


def test_ours_has_what_is_always_written() -> None:
    for font in (plain_font(), bold_font()):
        assert {ord(char) for char in "ABCxyz 0123456789:;.,·→–…×%äöüßéñŁżΨЖ"} <= characters(font)


def test_text_is_cut_where_another_font_is_needed(machine: Path) -> None:
    film = small_font(machine / "Noto Sans Film.ttf", "映画")
    (machine / "broken.ttf").write_bytes(b"no font")
    assert fonts_for("old.mp4") == [plain_font()]
    assert fonts_for("映.mp4") == [plain_font(), film]
    assert [(run.text, run.font) for run in runs("a 映画 b", bold_font())] == [
        ("a ", bold_font()),
        ("映画", film),
        (" b", bold_font()),
    ]


def test_what_no_font_has_is_left_to_ours(machine: Path) -> None:
    assert fonts_for("\U00013000") == [plain_font()]
    assert [run.font for run in runs("\U00013000", plain_font())] == [plain_font()]
