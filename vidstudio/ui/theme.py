"""How the studio looks: colours as tokens, one style, one palette, a small style sheet.

Greys are neutral so that colour in pictures can be judged. The six kinds of difference come from
Okabe and Ito's palette, which holds for the common kinds of colour blindness; each also has a shape
(`vidstudio.ui.kinds`). A painter asks `tokens(self)` each time it paints, so a theme change needs no wiring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from vidstudio.engine.settings import Theme
from vidstudio.engine.types import EditKind

ICON = QSize(18, 18)
"""Size of an icon in a button or menu."""


@dataclass(frozen=True, slots=True)
class ThemeTokens:
    """Colours by meaning.

    window: behind panels. surface: panels and lists. raised: buttons and cards. field: what one types in.
    stage: around pictures. text and muted are readable (AA) on window, surface and raised;
    accent marks what is chosen or active, on_accent is text on it; kinds has a colour for each EditKind.
    """

    dark: bool
    window: QColor
    surface: QColor
    raised: QColor
    field: QColor
    stage: QColor
    line: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    selection: QColor
    error: QColor
    warning: QColor
    success: QColor
    kinds: Mapping[EditKind, QColor]

    def kind(self, kind: EditKind) -> QColor:
        """Colour of one kind of difference."""
        return self.kinds[kind]


DARK = ThemeTokens(
    dark=True,
    window=QColor("#1b1b1d"),
    surface=QColor("#232326"),
    raised=QColor("#2e2e32"),
    field=QColor("#161618"),
    stage=QColor("#121212"),
    line=QColor("#3b3b40"),
    text=QColor("#ececee"),
    muted=QColor("#a9a9b0"),
    accent=QColor("#5ea8ff"),
    on_accent=QColor("#06182b"),
    selection=QColor("#2b4261"),
    error=QColor("#ff8f7d"),
    warning=QColor("#f2b84b"),
    success=QColor("#5cc9a0"),
    kinds={
        "same": QColor("#85858c"),
        "changed": QColor("#e69f00"),
        "inserted": QColor("#12ab80"),
        "removed": QColor("#e06a12"),
        "moved": QColor("#56b4e9"),
        "retimed": QColor("#d68ab4"),
    },
)

LIGHT = ThemeTokens(
    dark=False,
    window=QColor("#efeff0"),
    surface=QColor("#fbfbfb"),
    raised=QColor("#ffffff"),
    field=QColor("#ffffff"),
    stage=QColor("#d9d9d9"),
    line=QColor("#c6c6cb"),
    text=QColor("#1c1c1e"),
    muted=QColor("#56565c"),
    accent=QColor("#0a5fc2"),
    on_accent=QColor("#ffffff"),
    selection=QColor("#cfe2fb"),
    error=QColor("#b3261e"),
    warning=QColor("#8a5a00"),
    success=QColor("#00694b"),
    kinds={
        "same": QColor("#77777d"),
        "changed": QColor("#b07900"),
        "inserted": QColor("#007f5c"),
        "removed": QColor("#b34700"),
        "moved": QColor("#1a7fc0"),
        "retimed": QColor("#a8327a"),
    },
)


@cache
def resources() -> Path:
    """The folder of icons and other things that are shown: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give the whole application a theme; `system` follows the system's, now and when it changes."""
    hints = app.styleHints()
    scheme = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(theme, Qt.ColorScheme.Unknown)
    if theme == "system":
        hints.unsetColorScheme()
        dark = hints.colorScheme() == Qt.ColorScheme.Dark
    else:
        hints.setColorScheme(scheme)
        dark = theme == "dark"
    chosen = DARK if dark else LIGHT
    if app.style().name() != "fusion":
        app.setStyle("fusion")
    app.setPalette(_palette(chosen))
    app.setStyleSheet(_sheet(chosen))


def tokens(of: QWidget | QGuiApplication | None = None) -> ThemeTokens:
    """The colours in force. All widgets share the application's theme; `of` says for whom one asks.

    A widget's own palette follows the application's only when events are next handled, so it is not asked.
    """
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def number_font(base: QFont | None = None) -> QFont:
    """A font whose digits are all of one width, for time codes and scores."""
    font = QFont(base) if base is not None else QGuiApplication.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    families = [*font.families(), *QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families()]
    font.setFamilies(families)
    return font


def small_font(base: QFont | None = None) -> QFont:
    """The smaller of the two text sizes."""
    font = QFont(base) if base is not None else QGuiApplication.font()
    size = font.pointSizeF()
    if size > 0:
        font.setPointSizeF(size * 0.9)
    return font


def _palette(t: ThemeTokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    faded = QColor(t.muted)
    faded.setAlphaF(0.7)
    for which, colour in {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.surface,
        role.AlternateBase: t.window,
        role.Text: t.text,
        role.Button: t.raised,
        role.ButtonText: t.text,
        role.BrightText: t.error,
        role.Highlight: t.selection,
        role.HighlightedText: t.text,
        role.Accent: t.accent,
        role.Link: t.accent,
        role.LinkVisited: t.accent,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.PlaceholderText: t.muted,
        role.Mid: t.line,
        role.Dark: t.line.darker(130),
        role.Light: t.raised.lighter(120) if t.dark else t.raised,
    }.items():
        palette.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, faded)
    return palette


def _sheet(t: ThemeTokens) -> str:
    values = {
        name: getattr(t, name).name() for name in ("window", "surface", "raised", "field", "line", "text", "muted")
    }
    values |= {name: getattr(t, name).name() for name in ("accent", "on_accent", "selection", "error", "warning")}
    values["hover"] = (t.raised.lighter(118) if t.dark else t.window).name()
    for shape in ("down", "check", "tick"):
        values[shape] = (resources() / "qss" / f"{shape}-{'dark' if t.dark else 'light'}.svg").as_posix()
    # spin boxes are left to the style: one without buttons loses its text when a sheet gives it a border
    return _SHEET % values


_SHEET = """
QToolTip { background: %(raised)s; color: %(text)s; border: 1px solid %(line)s; padding: 4px 6px; }
QMainWindow::separator { background: %(line)s; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: %(accent)s; }
QMenuBar { background: %(window)s; padding: 2px 4px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %(selection)s; }
QMenu { background: %(raised)s; border: 1px solid %(line)s; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 4px; }
QMenu::item:selected { background: %(selection)s; }
QMenu::item:disabled { color: %(muted)s; }
QMenu::separator { height: 1px; background: %(line)s; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 18px; height: 18px; }
QMenu::indicator:checked { image: url("%(check)s"); }
QToolBar { background: %(window)s; border: none; border-bottom: 1px solid %(line)s; padding: 2px 4px; spacing: 4px; }
QStatusBar { background: %(window)s; border-top: 1px solid %(line)s; }
QStatusBar::item { border: none; }
QDockWidget { color: %(muted)s; }
QDockWidget::title { background: %(window)s; padding: 6px 8px; text-align: left; }
QPushButton { background: %(raised)s; border: 1px solid %(line)s; border-radius: 5px; padding: 5px 12px; }
QPushButton:hover { background: %(hover)s; }
QPushButton:focus { border: 2px solid %(accent)s; padding: 4px 11px; }
QPushButton:disabled { color: %(muted)s; background: %(window)s; }
QPushButton[primary="true"] { background: %(accent)s; color: %(on_accent)s; border-color: %(accent)s; }
QPushButton[primary="true"]:focus { border: 2px solid %(text)s; }
QToolButton { border: 1px solid transparent; border-radius: 5px; padding: 4px; background: transparent; }
QToolButton:hover { background: %(hover)s; }
QToolButton:checked { background: %(selection)s; }
QToolButton:focus { border: 2px solid %(accent)s; padding: 3px; }
QToolButton[popupMode="2"] { padding-right: 18px; }
QToolButton::menu-indicator { image: url("%(down)s"); width: 10px; height: 10px;
    subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }
QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
QCheckBox:focus, QRadioButton:focus { color: %(accent)s; }
QCheckBox::indicator, QAbstractItemView::indicator { width: 13px; height: 13px; border: 1px solid %(muted)s;
    border-radius: 3px; background: %(field)s; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: %(accent)s; border-color: %(accent)s;
    image: url("%(tick)s"); }
QCheckBox::indicator:focus { border: 2px solid %(accent)s; width: 11px; height: 11px; }
QCheckBox::indicator:disabled, QAbstractItemView::indicator:disabled { border-color: %(line)s; }
QCheckBox::indicator:checked:disabled { background: %(line)s; }
QSlider { border: 2px solid transparent; border-radius: 4px; padding: 1px; }
QSlider:focus { border-color: %(accent)s; }
QLineEdit, QComboBox { background: %(field)s; border: 1px solid %(line)s; border-radius: 5px;
    padding: 4px 6px; selection-background-color: %(accent)s; selection-color: %(on_accent)s; }
QLineEdit:focus, QComboBox:focus { border: 1px solid %(accent)s; }
QLineEdit:disabled, QComboBox:disabled { color: %(muted)s; background: %(window)s; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("%(down)s"); width: 10px; height: 10px; }
QAbstractItemView { background: %(surface)s; border: none; outline: none; }
QAbstractItemView:focus, QScrollArea:focus { border: 1px solid %(accent)s; }
QHeaderView::section { background: %(window)s; color: %(muted)s; border: none; padding: 4px 4px; }
QProgressBar { background: %(field)s; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: %(line)s; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: %(muted)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QLabel[muted="true"] { color: %(muted)s; }
QLabel[title="true"] { font-size: 17pt; font-weight: 600; }
QLabel[heading="true"] { font-weight: 600; }
"""
