"""Puts together what the other stages found into one Comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits import certainty, editlist, file_segments, segments
from vidstudio.engine.alignment.results import Alignment, SoundFindings
from vidstudio.engine.models.basic import BasicEmbedder
from vidstudio.engine.picture import changes, estimates
from vidstudio.engine.sound import edits as sound_edits
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import (
    ChangeKind,
    Comparison,
    Difference,
    Edit,
    EditKind,
    Embedding,
    FrameTimes,
    Heat,
    Transform,
    VideoInfo,
)

_ASPECT_SLACK = 0.02
_LEAST_ELSEWHERE = 6
"""Frames by which a cut has to be elsewhere to be told with its place."""


@dataclass(frozen=True, slots=True)
class CompareParams:
    """What is compared and how many of each kind of call are needed.

    whole_files: the embeddings are of each file's own grid of segments, whatever the alignment says.
    """

    a: VideoInfo
    b: VideoInfo
    segment_us: int
    align: bool
    embedder: str
    measures: int
    a_embeddings: int
    b_embeddings: int
    sound: bool = False
    whole_files: bool = False


def run(inputs: tuple[str, ...], params: CompareParams, span: Span | None, env: Env) -> Iterator[Comparison]:
    """One Comparison of A = `inputs[0]` and B = `inputs[1]`.

    Needs: times of A and B; if aligned their active pictures, the alignment and the measures; then the
    embeddings of A and those of B; last, with `sound`, what sounds different.
    """
    a_times: FrameTimes = env.needed(0)[0]
    b_times: FrameTimes = env.needed(1)[0]
    at = 2 + (3 + params.measures if params.align else 0)
    a_vectors = [one for number in range(at, at + params.a_embeddings) for one in env.needed(number)]
    at += params.a_embeddings
    b_vectors = [one for number in range(at, at + params.b_embeddings) for one in env.needed(number)]
    sound: SoundFindings | None = env.needed(at + params.b_embeddings)[0] if params.sound else None
    segments.require_comparable(a_vectors, b_vectors)
    if params.align:
        found: Alignment = env.needed(4)[0]
        frame_map = found.frame_map
        pairing = file_segments.by_alignment if params.whole_files else segments.by_alignment
        scores = pairing(a_vectors, b_vectors, a_times, b_times, frame_map, params.segment_us)
        parts = [part for number in range(params.measures) for part in env.needed(5 + number)]
        findings = changes.gathered(parts, len(b_times))
        assembly = _Assembly(
            params, a_times, b_times, env.needed(2)[0], env.needed(3)[0], found, findings, _Scored.of(scores)
        )
        edits = assembly.edits(env)
        if sound is not None:
            edits = sound_edits.with_sound(edits, sound.audio, a_times, b_times, assembly.scored_again)
            scores = sound_edits.scored(scores, sound.curve, sound.audio)
    else:
        scores = (
            file_segments.by_index(a_vectors, b_vectors, a_times.duration_us, b_times.duration_us, params.segment_us)
            if params.whole_files
            else segments.by_index(a_vectors, b_vectors)
        )
        frame_map = _same_time(a_times, b_times)
        edits = []  # the plain rule decides by a threshold, so its edits are made in the view
    first: Embedding | None = next(iter([*b_vectors, *a_vectors]), None)
    name, dimension = (first.model, len(first.vector)) if first else _unused(params.embedder)
    yield Comparison(
        a=params.a,
        b=params.b,
        a_times=a_times,
        b_times=b_times,
        segment_us=params.segment_us,
        aligned=params.align,
        embedder=name,
        dimension=dimension,
        edits=tuple(edits),
        segments=scores,
        frame_map=frame_map,
        audio=sound.audio if sound else (),
        sound_map=sound.sound_map if sound else (),
        a_loudness=sound.a_loudness if sound else None,
        b_loudness=sound.b_loudness if sound else None,
        damaged=env.needed(4)[0].damaged if params.align else (0, 0),
        active=(_box(env.needed(2)[0]), _box(env.needed(3)[0])) if params.align else None,
    )


def _box(active: Active) -> changes.Box:
    return active.x, active.y, active.width, active.height


def _unused(embedder: str) -> tuple[str, int]:
    """Name and dimension of an embedder that had nothing to look at: no picture of A is in B. 0: not known."""
    basic = BasicEmbedder()
    return (basic.name, basic.dimension) if embedder == "basic" else (embedder, 0)


@dataclass(frozen=True, slots=True)
class _Scored:
    """The segments of B that have a distance, in order: int64 (N,) starts and ends, float64 (N,) cosine distances."""

    starts_us: NDArray[np.int64]
    ends_us: NDArray[np.int64]
    cosines: NDArray[np.float64]

    @classmethod
    def of(cls, scores: Sequence[Difference]) -> _Scored:
        """Those of all scores."""
        of_b = [(one.pair.b, one.cosine) for one in scores if one.pair.b is not None and one.cosine is not None]
        return cls(
            np.array([span.start_us for span, _ in of_b], np.int64),
            np.array([span.end_us for span, _ in of_b], np.int64),
            np.array([cosine for _, cosine in of_b], np.float64),
        )


@dataclass(frozen=True, slots=True)
class _Assembly:
    """Makes edits of rows and measures."""

    params: CompareParams
    a_times: FrameTimes
    b_times: FrameTimes
    a_active: Active
    b_active: Active
    found: Alignment
    findings: changes.Findings
    scored: _Scored

    def edits(self, env: Env) -> list[Edit]:
        """The edit list in the order of B."""
        rows = editlist.rows(self.found.frame_map, self.a_times.starts_us, self.b_times.starts_us)
        groups = []
        for done, row in enumerate(rows):
            env.tick(done, len(rows), "listing the edits")
            groups.append(self._edits_of(row))
        matched = [i for i, row in enumerate(rows) if row.kind in ("same", "moved", "retimed")]
        for i, group in enumerate(groups):
            if i not in matched:
                # what has no counterpart is as sure as the matches around it; without any it is even odds
                around = [k for k in matched if k < i][-1:] + [k for k in matched if k > i][:1]
                sure = min((edit.confidence or 0.0 for k in around for edit in groups[k]), default=0.5)
                groups[i] = [self._placed(replace(edit, confidence=sure), rows[i]) for edit in group]
        return [edit for group in groups for edit in group]

    def _placed(self, edit: Edit, row: editlist.Row) -> Edit:
        """What has no counterpart, with where else it could be."""
        slide = certainty.slide(self.found, row)
        if row.kind == "replaced" or not any(slide) or edit.confidence is None:
            return edit
        frames, times = (row.b, self.b_times) if row.b else (row.a, self.a_times)
        moves = [by for by in (-slide[0], slide[1]) if abs(by) >= _LEAST_ELSEWHERE]
        there = (times.span_of(frames.first + by, frames.after + by) for by in moves) if frames else ()
        return replace(edit, confidence=certainty.where(edit.confidence, slide), alternatives=tuple(there))

    def scored_again(self, part: Edit) -> Edit:
        """A part of an edit with the scores of its own frames."""
        if part.a is None or part.b is None or part.psnr is None:
            return part
        a, b = (
            editlist.Range(*np.searchsorted(times.starts_us, (span.start_us, span.end_us)).tolist())
            for times, span in ((self.a_times, part.a), (self.b_times, part.b))
        )
        return self._edit(part.kind, a, b, part.change, part.boxes)

    def _edits_of(self, row: editlist.Row) -> list[Edit]:
        a = self.a_times.span_of(row.a.first, row.a.after) if row.a else None
        b = self.b_times.span_of(row.b.first, row.b.after) if row.b else None
        if row.kind == "removed" or row.kind == "inserted":
            return [Edit(row.kind, a, b)]
        if row.kind == "replaced" or row.a is None or row.b is None:
            return [Edit("changed", a, b, change=("picture",))]
        parts = changes.stretches(self.findings, row.b, self.b_active)
        everywhere: tuple[ChangeKind, ...] = ("geometry",) if self._reshaped() else ()
        parts = [replace(part, change=tuple(dict.fromkeys(part.change + everywhere))) for part in parts]
        if row.kind == "same":
            edges = [row.a.first, *(self._frame_of_a(part.frames.first, row.a) for part in parts[1:]), row.a.after]
            return [
                self._edit(
                    "changed" if part.change else "same",
                    editlist.Range(edges[i], max(edges[i], edges[i + 1])),
                    part.frames,
                    part.change,
                    part.boxes,
                )
                for i, part in enumerate(parts)
            ]
        kinds = tuple(dict.fromkeys(kind for part in parts for kind in part.change))
        boxes = tuple(dict.fromkeys(box for part in parts for box in part.boxes))
        edit = replace(self._edit(row.kind, row.a, row.b, kinds, boxes), speed=row.speed)
        if not row.speed:
            # nothing but its picture speaks for the frame that is held
            edit = replace(edit, confidence=certainty.of_row(self.found, row.b, in_order=False))
        return [edit]

    def _edit(
        self,
        kind: EditKind,
        a: editlist.Range,
        b: editlist.Range,
        change: tuple[ChangeKind, ...],
        boxes: tuple[changes.Box, ...],
    ) -> Edit:
        span = self.b_times.span_of(b.first, b.after)
        low, high = (
            np.searchsorted(self.scored.starts_us, span.start_us),
            np.searchsorted(self.scored.ends_us, span.end_us, side="right"),
        )
        inside = self.scored.cosines[low:high]
        if not len(inside) and kind == "changed":
            # shorter than a segment: where it was looked at, the curve shows what the segments say that hold it
            low = np.searchsorted(self.scored.ends_us, span.start_us, side="right")
            inside = self.scored.cosines[low : np.searchsorted(self.scored.starts_us, span.end_us)]
        return Edit(
            kind,
            self.a_times.span_of(a.first, a.after),
            span,
            change=change,
            boxes=boxes,
            distance=float(inside.max()) if len(inside) else None,
            psnr=changes.psnr_of(self.findings.psnr, b),
            ssim=changes.mean_of(self.findings.ssim, b),
            confidence=certainty.of_row(self.found, b, in_order=kind != "moved"),
            grade=estimates.grade_of(self.findings, b) if "colour" in change else None,
            transform=self._transform(b) if "geometry" in change and not self.found.reframed else None,
            heat=self._heat(b) if boxes or "picture" in change else None,
            alternatives=tuple(self.a_times.span_of(*there) for there in certainty.elsewhere(self.found, b)),
        )

    def _transform(self, b: editlist.Range) -> Transform:
        found = self.found
        return estimates.transform_of(self.findings, b, self.a_active, self.b_active, found.window, found.turn)

    def _heat(self, b: editlist.Range) -> Heat:
        return Heat.of(changes.heat_of(self.findings, b), _box(self.b_active))

    def _frame_of_a(self, frame: int, inside: editlist.Range) -> int:
        return int(np.clip(self.found.frame_map[frame], inside.first, inside.after))

    def _reshaped(self) -> bool:
        """Whether B shows the picture in another shape: bars, crop, another aspect."""
        a, b = self.a_active, self.b_active
        a_aspect = a.width * self.params.a.pixel_aspect / a.height
        b_aspect = b.width * self.params.b.pixel_aspect / b.height
        differs = abs(float(b_aspect / a_aspect) - 1) > _ASPECT_SLACK or a.whole != b.whole
        return self.found.reframed or differs or not self.found.window.whole or not self.found.turn.none


def _same_time(a_times: FrameTimes, b_times: FrameTimes) -> NDArray[np.int32]:
    """The frame of A on screen at the time of each frame of B; -1 where A has ended."""
    shown = np.searchsorted(a_times.starts_us, b_times.starts_us, side="right") - 1
    result: NDArray[np.int32] = np.where(b_times.starts_us < a_times.duration_us, shown, -1).astype(np.int32)
    return result


COMPARE = Stage("compare", 19, CompareParams, Comparison, run, weight=0.3)
