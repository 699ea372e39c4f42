"""How the forms of the studio's dialogs look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from vidstudio.ui.theme import small_font


def form(names: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> QFormLayout:
    """A column of names (where in their room they stand), and a column of fields that take all the width there is."""
    rows = QFormLayout()
    rows.setHorizontalSpacing(16)
    rows.setVerticalSpacing(12)
    rows.setLabelAlignment(names)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return rows


def hint(text: str, parent: QWidget) -> QLabel:
    """A small line of plain text that says more of what it stands below."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("muted", True)
    label.setFont(small_font())
    label.setWordWrap(True)
    return label


def choice(parent: QWidget, *choices: tuple[str | float, str]) -> QComboBox:
    """A box to choose one of some values (the box's data), each with its words."""
    box = QComboBox(parent)
    for value, words in choices:
        box.addItem(words, value)
    return box
