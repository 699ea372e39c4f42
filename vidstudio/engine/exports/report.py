"""A comparison as a report to read: one HTML file that needs nothing else, neither network nor scripts."""

from __future__ import annotations

import datetime
from pathlib import Path

import vidstudio
from vidstudio.engine.exports import chart, contents
from vidstudio.engine.exports.contents import Picture, from_file
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.pages import template
from vidstudio.engine.exports.sound import sound_table
from vidstudio.engine.types import Comparison, Metric
from vidstudio.engine.verdict import kind_word, verdict


def write_report(
    comparison: Comparison, path: Path, metric: Metric, threshold: float, picture: Picture | None = None
) -> None:
    """Write the report in one step; where a file is gone a row has no picture.

    Raises UsageError or EnvironmentProblem.
    """
    text = report_html(comparison, metric, threshold, picture or from_file)
    replace_file(path, text.encode("utf-8", "replace"))


def report_html(comparison: Comparison, metric: Metric, threshold: float, picture: Picture) -> str:
    """The report's text."""
    said = verdict(comparison, metric, threshold)
    return template("report.html.j2").render(
        comparison=comparison,
        a_name=Path(comparison.a.path).name,
        b_name=Path(comparison.b.path).name,
        verdict=said,
        figures=contents.figures(comparison, said.same_share),
        chart=chart.chart(comparison, metric, threshold),
        geometry=chart,
        data_uri=contents.data_uri,
        kind_word=lambda kind: kind_word(kind, comparison.aligned),
        legend=contents.legend(comparison),
        rows=contents.rows(comparison, metric, picture),
        sound=sound_table(comparison),
        facts=contents.facts(comparison.a, comparison.b),
        settings=contents.settings(comparison, metric, threshold),
        notes=contents.notes(comparison),
        version=vidstudio.__version__,
        created=datetime.datetime.now().astimezone(),
    )
