"""Writing the comparison on the stage to a file of the user's choice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from vidstudio.engine.types import Comparison, Metric
from vidstudio.ui.actions import Actions
from vidstudio.ui.messages import Messages, Remedy
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.worker import Crew, Outcome

Write = Callable[[Comparison, Path, Metric, float], None]

KINDS = {"report": "html", "json": "json", "csv": "csv", "otio": "otio", "edl": "edl"}
"""Ending of the file that each `export.…` action writes."""


class Exporter(QObject):
    """Asks for a name, writes in a worker, says where it is."""

    def __init__(
        self, state: CompareState, messages: Messages, failed: Callable[[BaseException], None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._state, self._messages, self._failed, self._window = state, messages, failed, window
        self._crew = Crew(self, at_once=1)

    def bind(self, actions: Actions) -> None:
        """Bind the export actions."""
        for kind in KINDS:
            actions.bind(f"export.{kind}", functools.partial(self.ask, kind))

    def ask(self, kind: str) -> None:
        """Ask for a file name and write there."""
        comparison = self._state.comparison
        if comparison is None:
            return
        ending = KINDS[kind]
        a, b = Path(comparison.a.path), Path(comparison.b.path)
        suggested = b.parent / f"{a.stem} – {b.stem}.{ending}"
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Export"), str(suggested), f"{ending.upper()} (*.{ending})"
        )
        if name:
            self.write(kind, Path(name))

    def write(self, kind: str, path: Path) -> None:
        """Write the comparison as it is decided now."""
        comparison, metric, threshold = self._state.comparison, self._state.metric, self._state.threshold
        if comparison is None:
            return

        def work(_tick: object) -> Path:
            _writer(kind)(comparison, path, metric, threshold)
            return path

        self._crew.run(work, self._written)

    def close(self) -> bool:
        """Wait for what is being written. True when it ended in time."""
        return self._crew.drain(10_000)

    def _written(self, outcome: Outcome[Path]) -> None:
        if outcome.result is None:
            if outcome.error is not None:
                self._failed(outcome.error)
            return
        path = outcome.result
        opens = Remedy(self.tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
        self._messages.show_message(self.tr("Written to {0}").format(path), "success", opens)


def _writer(kind: str) -> Write:
    """The function that writes this kind; imported here, since some bring large libraries."""
    if kind == "report":
        from vidstudio.engine.exports.report import write_report

        return write_report
    if kind == "json":
        from vidstudio.engine.exports.json_file import write_json

        return write_json
    if kind == "csv":
        from vidstudio.engine.exports.csv_file import write_csv

        return write_csv
    if kind == "otio":
        from vidstudio.engine.exports.otio_file import write_otio

        return write_otio
    from vidstudio.engine.exports.edl_file import write_edl

    return write_edl
