"""What the Compare page shows and what its user decided: metric, threshold, the chosen edit.

Scores come from the Comparison and are laid out on the master axis once; the rest is a view of them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.types import METRICS, AudioDifference, Comparison, Edit, EditKind, Metric
from vidstudio.engine.verdict import as_metric, hangs_on_threshold, is_surplus
from vidstudio.player.signals import signal
from vidstudio.ui.state.layout import Layout
from vidstudio.ui.state.prepared import Decisions, IgnoreDecision, Prepared, is_large, prepare
from vidstudio.ui.state.statistics import Statistics
from vidstudio.ui.worker import Crew, Outcome

MAX_DISTANCE = 2.0
Scores = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


class CompareState(QObject):
    """View state of one comparison. Lives in the GUI thread.

    `set_…` change things at once and without undo; `decide_…` are one undo step each, and everything
    between `begin_threshold` and `end_threshold` is one step.
    """

    comparison_changed = signal()
    edits_changed = signal()
    """The same comparison under other rules, or another threshold where they hang on it: other edits, same places."""
    ignore_decided = signal(IgnoreDecision)
    threshold_changed = signal()
    metric_changed = signal()
    selection_changed = signal()
    progress_changed = signal()

    def __init__(self, parent: QObject | None = None, undo: QUndoStack | None = None) -> None:
        super().__init__(parent)
        self.undo = undo
        self._prepared: Prepared | None = None
        self._ignore = Ignore()
        self._show_ignored = False
        self._crew = Crew(self, at_once=1)
        self._metric: Metric = "cosine"
        self._threshold = 0.1
        self._selected: int | None = None
        self._before: float | None = None
        self._analysing: float | None = None

    @property
    def comparison(self) -> Comparison | None:
        """What is shown, if anything was compared: as it is seen under the rules of `ignore`."""
        return self._prepared.seen if self._prepared else None

    @property
    def found(self) -> Comparison | None:
        """The comparison as it was found, whatever is ignored."""
        return self._prepared.comparison if self._prepared else None

    @property
    def aligned(self) -> bool:
        """Whether B was aligned to A; else equal times were compared, and what has no counterpart is only surplus."""
        return self._prepared.comparison.aligned if self._prepared else True

    def is_possible(self, kind: EditKind) -> bool:
        """Whether there can be edits of a kind: where nothing was aligned only one side has a surplus."""
        return not is_surplus(kind, self.aligned) or bool(self.layout.counts.get(kind))

    @property
    def ignore(self) -> Ignore:
        """What is ignored."""
        return self._ignore

    @property
    def show_ignored(self) -> bool:
        """Whether ignored differences are shown, faintly."""
        return self._show_ignored

    @property
    def time_map(self) -> TimeMap | None:
        """From the master axis to the two sides."""
        return self._prepared.time_map if self._prepared else None

    @property
    def layout(self) -> Layout:
        """The comparison on the master axis, as arrays."""
        return self._prepared.layout if self._prepared else _EMPTY

    @property
    def metric(self) -> Metric:
        """Which distance is looked at."""
        return self._metric

    @property
    def threshold(self) -> float:
        """Distance from which a segment counts as different."""
        return self._threshold

    @property
    def dragging(self) -> bool:
        """Whether the threshold is being dragged."""
        return self._before is not None

    @property
    def selected(self) -> int | None:
        """Number of the chosen edit."""
        return self._selected

    @property
    def analysing(self) -> float | None:
        """How far a running comparison is, 0..1; None when none is running."""
        return self._analysing

    @property
    def audio(self) -> tuple[AudioDifference, ...]:
        """What sounds different."""
        return self._prepared.comparison.audio if self._prepared else ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits there are, those of `layout`."""
        return self._prepared.edits if self._prepared else ()

    def set_analysing(self, fraction: float | None) -> None:
        """Say how far a running comparison is."""
        if fraction != self._analysing:
            self._analysing = fraction
            self.progress_changed.emit()

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show another comparison; threshold and metric stay, the selection and what is ignored go."""
        self._ignore = Ignore()
        self.set_prepared(prepare(comparison, self.decisions_on(comparison)) if comparison is not None else None)

    def decisions_on(self, comparison: Comparison, ignore: Ignore | None = None) -> Decisions:
        """What is decided now, as far as a comparison's edits hang on it, with another `ignore` if one is given."""
        plain = Decisions(self._ignore if ignore is None else ignore, self._show_ignored)
        if not hangs_on_threshold(comparison):
            return plain
        return replace(plain, metric=self._metric, threshold=self._threshold)

    def set_prepared(self, prepared: Prepared | None) -> None:
        """As `set_comparison`, with the work done already, in another thread."""
        self._selected = None
        self._before = None
        self._prepared = prepared
        self._ignore = prepared.decisions.ignore if prepared else Ignore()
        self.comparison_changed.emit()
        self.selection_changed.emit()
        self._decide_again()

    def set_ignore(self, ignore: Ignore) -> None:
        """Ignore this from now on, at once and without undo."""
        if ignore != self._ignore:
            self._ignore = ignore
            self._decide_again()

    def decide_ignore(self, ignore: Ignore, words: str) -> None:
        """Ignore this from now on, as one undo step that is called `words`."""
        found = self.found
        if found is None or ignore == self._ignore:
            return
        sides = (found.a.content_id, found.b.content_id)
        step = _ChangeIgnore(self, words, IgnoreDecision(*sides, self._ignore), IgnoreDecision(*sides, ignore))
        if self.undo is None:
            step.redo()
        else:
            self.undo.push(step)

    def put_ignore(self, decision: IgnoreDecision) -> None:
        """What undo and redo do: tell whoever keeps decisions, and show it when its comparison is shown."""
        self.ignore_decided.emit(decision)
        found = self.found
        if found is not None and (found.a.content_id, found.b.content_id) == (decision.a, decision.b):
            self.set_ignore(decision.ignore)

    def set_show_ignored(self, on: bool) -> None:
        """Show what is ignored, faintly, or not at all."""
        if on != self._show_ignored:
            self._show_ignored = on
            self._decide_again()

    def close(self) -> bool:
        """End what is still being laid out. True when it ended in time."""
        return self._crew.close()

    def _decide_again(self) -> None:
        """Something was decided: lay out anew what hangs on it, at once or, when it is large, in a worker."""
        now = self._prepared
        if now is None:
            return
        found, decisions = now.comparison, self.decisions_on(now.comparison)
        if decisions == now.decisions:
            return
        if not is_large(found):
            self._replace(prepare(found, decisions))
        elif not self._crew.busy:  # else it is looked at again when that is done
            self._crew.run(lambda _tick: prepare(found, decisions), self._prepared_again)

    def _prepared_again(self, outcome: Outcome[Prepared]) -> None:
        if outcome.error is not None:
            raise outcome.error
        made = outcome.result
        assert made is not None
        if self.found is made.comparison and made.decisions == self.decisions_on(made.comparison):
            self._replace(made)
        else:
            self._decide_again()
            if not self._crew.busy:  # decided back: what was shown all the time is right again
                self.edits_changed.emit()

    def _replace(self, prepared: Prepared) -> None:
        """The same comparison with other edits; the one at the place of the chosen one is chosen now."""
        chosen = None
        if self._selected is not None:
            chosen = int(self.layout.starts[self._selected])
        self._prepared, self._selected = prepared, None
        self.edits_changed.emit()
        here = prepared.layout.edit_at(chosen) if chosen is not None else None
        if here is not None and prepared.edits[here].kind != "same":
            self._selected = here
        self.selection_changed.emit()

    def set_threshold(self, value: float) -> None:
        """Change the threshold at once, held inside 0..2; ValueError for what is no number."""
        if math.isnan(value):
            raise ValueError("a threshold is a number from 0 to 2")
        value = min(max(value, 0.0), MAX_DISTANCE)
        if value != self._threshold:
            self._threshold = value
            self._decide_again()
            self.threshold_changed.emit()

    def begin_threshold(self) -> None:
        """A drag begins; what follows up to `end_threshold` is one undo step."""
        if self._before is None:
            self._before = self._threshold

    def end_threshold(self) -> None:
        """The drag ends."""
        before, self._before = self._before, None
        if before is not None and before != self._threshold and self.undo is not None:
            self.undo.push(_ChangeThreshold(self, before, self._threshold))

    def decide_threshold(self, value: float) -> None:
        """Change the threshold as one undo step."""
        self.begin_threshold()
        self.set_threshold(value)
        self.end_threshold()

    def set_metric(self, metric: Metric) -> None:
        """Look at another distance. The threshold moves to the same place on it, so the same segments stay over.

        For unit vectors euclidean = sqrt(2 cosine).
        """
        if metric == self._metric:
            return
        t = self._threshold
        self._metric = metric
        self._threshold = min(as_metric(t, metric) if metric == "euclidean" else t * t / 2, MAX_DISTANCE)
        self._decide_again()
        self.metric_changed.emit()
        self.threshold_changed.emit()

    def decide_metric(self, metric: Metric) -> None:
        """Look at another distance, as one undo step."""
        if metric == self._metric:
            return
        if self.undo is None:
            self.set_metric(metric)
        else:
            self.undo.push(_ChangeMetric(self, metric))

    def select(self, edit: int | None) -> None:
        """Choose an edit by its number, or none. IndexError for a number that is none."""
        if edit is not None and not 0 <= edit < len(self.edits):
            raise IndexError(f"there is no edit {edit}")
        if edit != self._selected:
            self._selected = edit
            self.selection_changed.emit()

    def scores(self, metric: Metric | None = None) -> Scores:
        """Starts and ends int64 (N,) in master microseconds, rising, and distances float32 (N,), NaN where none."""
        return self.layout.seg_starts, self.layout.seg_ends, self.layout.distances[metric or self._metric]

    def over(self, threshold: float | None = None) -> NDArray[np.bool_]:
        """Which segments (N,), in the order of `scores`, are over the threshold in the current metric."""
        limit = np.float32(self._threshold if threshold is None else threshold)
        return np.asarray(self.layout.distances[self._metric] > limit)

    def edit_distance(self, edit: int) -> float | None:
        """Largest distance inside an edit, in the current metric."""
        value = float(self.layout.edit_distances[self._metric][edit])
        return None if math.isnan(value) else value

    def distance_at(self, time_us: int) -> float | None:
        """Distance of the segment at a master time, in the current metric."""
        starts, ends, values = self.scores()
        number = int(np.searchsorted(starts, time_us, side="right")) - 1
        if number < 0 or time_us >= ends[number] or np.isnan(values[number]):
            return None
        return float(values[number])

    def is_over(self, edit: int) -> bool:
        """Whether an edit has a segment over the threshold."""
        return bool(self.layout.edit_distances[self._metric][edit] > np.float32(self._threshold))

    def is_difference(self) -> NDArray[np.bool_]:
        """Which edits (M,) are differences: every kind but same, and same ones with a segment over the threshold."""
        layout = self.layout
        return (layout.codes > 0) | (layout.edit_distances[self._metric] > np.float32(self._threshold))

    def statistics(self) -> Statistics:
        """Figures at the current threshold."""
        return Statistics.of(self.layout, self._metric, self.over())

    def view(self) -> dict[str, Any]:
        """The decisions, as plain values for JSON."""
        decided = {"metric": self._metric, "threshold": self._threshold, "selected": self._selected}
        return decided | {"show_ignored": self._show_ignored}

    def restore(self, view: dict[str, Any]) -> None:
        """Take decisions back from `view()`; what is missing or makes no sense is left as it is."""
        metric, threshold, selected = view.get("metric"), view.get("threshold"), view.get("selected")
        self.set_show_ignored(view.get("show_ignored") is True)
        if metric in METRICS:
            self.set_metric(metric)
        if isinstance(threshold, int | float) and not math.isnan(threshold):
            self.set_threshold(float(threshold))
        if isinstance(selected, int) and 0 <= selected < len(self.edits) and not self._crew.busy:
            self.select(selected)  # while edits are laid out anew the number is not of those that are here


_EMPTY = Layout.empty()


class _ChangeIgnore(QUndoCommand):
    def __init__(self, state: CompareState, words: str, before: IgnoreDecision, after: IgnoreDecision) -> None:
        super().__init__(words)
        self._state, self._before, self._after = state, before, after

    def redo(self) -> None:
        self._state.put_ignore(self._after)

    def undo(self) -> None:
        self._state.put_ignore(self._before)


class _ChangeThreshold(QUndoCommand):
    def __init__(self, state: CompareState, before: float, after: float) -> None:
        words = QCoreApplication.translate("CompareState", "threshold {0}")
        super().__init__(words.format(f"{after:.3f}"))
        self._state, self._before, self._after = state, before, after

    def redo(self) -> None:
        self._state.set_threshold(self._after)

    def undo(self) -> None:
        self._state.set_threshold(self._before)


class _ChangeMetric(QUndoCommand):
    def __init__(self, state: CompareState, after: Metric) -> None:
        super().__init__(QCoreApplication.translate("CompareState", "distance {0}").format(after))
        self._state, self._after = state, after
        self._before, self._threshold = state.metric, state.threshold

    def redo(self) -> None:
        self._state.set_metric(self._after)

    def undo(self) -> None:
        self._state.set_metric(self._before)
        self._state.set_threshold(self._threshold)
