import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import clips
import cv2
import numpy as np
import pytest

from vidstudio.engine.alignment.scanned import Scanned
from vidstudio.engine.catalog import STAGES
from vidstudio.engine.errors import Cancelled, UsageError
from vidstudio.engine.media import stills
from vidstudio.engine.media.quality import Part, Quality
from vidstudio.engine.paths import Paths
from vidstudio.engine.recipes.compare import (
    CompareRequest,
    chunks,
    embedder_revision,
    plan,
    prepare,
    times_call,
)
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call, Progress
from vidstudio.engine.store.calls import each, pack, unpack
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, FrameTimes
from vidstudio.engine.verdict import decided, edit_distance

FRAME = 40_000
SIZE = (160, 90)
FFMPEG = shutil.which("ffmpeg")


@dataclass
class Studio:
    store: Store
    runner: Runner

    def call(self, a: Path, b: Path, **options: object) -> Call:
        info_a, times_a = prepare(self.store, self.runner, a)
        info_b, times_b = prepare(self.store, self.runner, b)
        request = CompareRequest(info_a.content_id, info_b.content_id, **{"segment_us": 1_000_000, **options})
        return plan(request, info_a, times_a, info_b, times_b)

    def compare(self, a: Path, b: Path, **options: object) -> Comparison:
        return self.runner.run(self.call(a, b, **options))[0]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    store = Store(Paths(tmp_path / "data", tmp_path / "models", tmp_path / "logs"))
    yield Studio(store, Runner(STAGES, store))
    store.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions")


@pytest.fixture(scope="module")
def shots() -> list[list[np.ndarray]]:
    return [list(clips.shot(seed, length, SIZE)) for seed, length in ((1, 40), (2, 50), (3, 45), (9, 30))]


@pytest.fixture(scope="module")
def write(folder: Path) -> Callable[..., Path]:
    def _write(name: str, pictures: list[np.ndarray], crf: int = 20, rate: int = 25) -> Path:
        path = folder / f"{name}.mp4"
        return path if path.exists() else clips.write_clip(path, pictures, rate, gop=25, options={"crf": str(crf)})

    return _write


@pytest.fixture(scope="module")
def original(write: Callable[..., Path], shots: list[list[np.ndarray]]) -> Path:
    return write("a", shots[0] + shots[1] + shots[2])


def _frames(span: Span | None) -> tuple[int, int] | None:
    return None if span is None else (round(span.start_us / FRAME), round(span.end_us / FRAME))


def _rows(found: Comparison) -> list[tuple[object, ...]]:
    return [(edit.kind, _frames(edit.a), _frames(edit.b), edit.change) for edit in found.edits]


def test_where_a_still_shot_was_trimmed_is_not_said_to_be_sure(studio: Studio, write: Callable, shots: list) -> None:
    """Any ten frames of it could be missing; of one that moves it is plain which ones are."""
    still, moving = shots[1][:1] * 50, shots[1]
    rows = []
    for name, shot in (("still", still), ("moving", moving)):
        a = write(f"{name}_a", shots[0] + shot + shots[2])
        found = studio.compare(a, write(f"{name}_b", shots[0] + shot[:20] + shot[30:] + shots[2]))
        (missing,) = (edit for edit in found.edits if edit.kind == "removed")
        rows.append(missing)
    doubtful, sure = rows
    assert _frames(sure.a) == (60, 70)
    assert sure.confidence > 0.7
    assert not sure.alternatives
    assert doubtful.confidence < 0.5
    places = [_frames(doubtful.a), *(_frames(one) for one in doubtful.alternatives)]
    assert min(first for first, _ in places) <= 42
    assert max(after for _, after in places) >= 88
    assert all(after - first == 10 for first, after in places)


def test_a_reencode_is_the_same(studio: Studio, original: Path, write: Callable[..., Path], shots: list) -> None:
    found = studio.compare(original, write("recoded", shots[0] + shots[1] + shots[2], crf=28))
    assert _rows(found) == [("same", (0, 135), (0, 135), ())]
    assert np.array_equal(found.frame_map, np.arange(135))
    edit = found.edits[0]
    assert edit.psnr is not None
    assert edit.ssim is not None
    assert edit.psnr > 30
    assert 0.9 < edit.ssim <= 1
    assert edit.confidence > 0.9
    assert len(found.segments) == 6
    assert all(one.cosine is not None and one.cosine < 0.02 for one in found.segments)
    assert (found.embedder, found.dimension > 0, found.aligned) == ("basic-1", True, True)


def test_black_bars_mean_nothing_else(studio: Studio, original: Path, write: Callable[..., Path], shots: list) -> None:
    bars = [np.pad(picture, ((24, 24), (0, 0), (0, 0))) for picture in shots[0] + shots[1] + shots[2]]
    found = studio.compare(original, write("letterbox", bars))
    assert all(edit.change == ("geometry",) for edit in found.edits)
    assert len(found.segments) == 6
    assert all(one.cosine is not None and one.cosine < 0.04 for one in found.segments)


def test_one_inserted_shot_is_exactly_that(studio: Studio, original: Path, write: Callable, shots: list) -> None:
    found = studio.compare(original, write("inserted", shots[0] + shots[3] + shots[1] + shots[2]))
    assert _rows(found) == [
        ("same", (0, 40), (0, 40), ()),
        ("inserted", None, (40, 70), ()),
        ("same", (40, 135), (70, 165), ()),
    ]
    assert [one for one in found.segments if one.pair.a is None]
    assert found.edits[1].psnr is None


def _scans(studio: Studio, call: Call) -> list[Scanned]:
    measures = [need for need in call.needs if need.stage == "measure"]
    return [studio.runner.load(measure.needs[5])[0] for measure in measures]


def test_every_pair_is_measured_while_both_are_read(studio: Studio, write: Callable, shots: list) -> None:
    # several chunks, an insert in the first and a removal in the last
    pictures = [shot for seed in (1, 2, 3, 4, 5, 6, 7) for shot in clips.shot(seed, 30, SIZE)]
    a = write("long_a", pictures, rate=3)
    b = write("long_b", pictures[:60] + shots[3] + pictures[60:150] + pictures[180:], rate=3)
    call = studio.call(a, b)
    found: Comparison = studio.runner.run(call)[0]
    assert [edit.kind for edit in found.edits] == ["same", "inserted", "same", "removed", "same"]
    scans = _scans(studio, call)
    assert len(scans) > 2
    shown = np.full(len(found.frame_map), -1)
    for scan in scans:
        shown[scan.measures.frames] = scan.shown
    assert np.array_equal(shown, found.frame_map)
    for prints in ([scan.a for scan in scans], [scan.b for scan in scans]):
        assert [n for one in prints for n in range(one.first, one.first + len(one.thumbs))] == list(range(210))


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """An entry for each time that reading ahead begins."""
    entries: list[object] = []

    class Counted(stills.Ahead):
        def __init__(self, *given: Any) -> None:
            entries.append(given)
            super().__init__(*given)

    monkeypatch.setattr(stills, "Ahead", Counted)
    return entries


@pytest.mark.parametrize("left_out", [False, True])
def test_one_shot_more_makes_nothing_decode_twice(
    studio: Studio, write: Callable, begun: list[object], left_out: bool
) -> None:
    # all that is around it was shown before
    again = [picture for seed in (1, 2) for picture in clips.shot(seed, 50, SIZE)]
    plain, more = write("plain", again * 2), write("more", again + list(clips.shot(5, 45, SIZE)) + again)
    found = studio.compare(more, plain) if left_out else studio.compare(plain, more)
    assert [edit.kind for edit in found.edits] == ["same", "removed" if left_out else "inserted", "same"]
    assert len(begun) == 2


@pytest.mark.parametrize("swapped", [False, True])
def test_after_a_shot_more_one_that_is_replaced_makes_nothing_decode_twice(
    studio: Studio, write: Callable, begun: list[object], swapped: bool
) -> None:
    first, second, third, more, other = (list(clips.shot(seed, 45, SIZE)) for seed in (1, 2, 3, 5, 6))
    last = list(clips.shot(4, 45, SIZE))
    plain, changed = (
        write("plain_four", first + second + third + last),
        write("more_and_other", first + more + second + other + last),
    )
    found = studio.compare(changed, plain) if swapped else studio.compare(plain, changed)
    kinds = ["removed" if swapped else "inserted", "same", "changed", "same"]
    assert [edit.kind for edit in found.edits] == ["same", *kinds]
    assert len(begun) == 2


def test_what_was_guessed_wrong_is_measured_afterwards(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    b = write("moved_far", shots[2] + shots[1] + shots[0])
    call = studio.call(original, b)
    found: Comparison = studio.runner.run(call)[0]
    measures = [need for need in call.needs if need.stage == "measure"]
    frames = np.concatenate([part.frames for measure in measures for part in studio.runner.load(measure)])
    assert np.array_equal(np.sort(frames), np.flatnonzero(found.frame_map >= 0))
    assert all(edit.psnr is not None and edit.psnr > 30 for edit in found.edits if edit.a and edit.b)


def test_psnr_and_ssim_are_those_of_all_that_the_filters_say(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    b = write("recoded", shots[0] + shots[1] + shots[2], crf=28)
    (edit,) = studio.compare(original, b).edits
    assert edit.psnr is not None
    assert edit.ssim is not None
    part = Part(0, 0, *SIZE)
    quality = Quality(part, part)
    with av.open(str(original)) as one, av.open(str(b)) as other:
        values = np.array([quality.of(*both) for both in zip(one.decode(video=0), other.decode(video=0), strict=True)])
    errors = 10 ** (-values[:, 0] / 10)
    assert edit.psnr == pytest.approx(-10 * np.log10(errors.mean()), abs=1e-4)
    assert edit.ssim == pytest.approx(values[:, 1].mean(), abs=1e-4)


@pytest.mark.skipif(FFMPEG is None, reason="no ffmpeg program to compare with")
def test_psnr_and_ssim_are_those_of_the_summaries_of_ffmpeg(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    # one of three shots much worse than the others: a mean of decibels would be another number
    noise = np.random.default_rng(1)
    worse = [np.clip(one + noise.normal(0, 6, one.shape), 0, 255).astype(np.uint8) for one in shots[1]]
    b = write("worse", shots[0] + worse + shots[2])
    (edit,) = studio.compare(original, b).edits
    found = []
    for name, key in (("psnr", "y"), ("ssim", "Y")):
        command = [str(FFMPEG), "-i", str(b), "-i", str(original), "-lavfi", f"[0][1]{name}", "-f", "null", "-"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        found.append(float(re.findall(rf"{name.upper()} .*?\b{key}:([\d.]+)", said)[-1]))
    assert edit.psnr == pytest.approx(found[0], abs=0.01)
    assert edit.ssim == pytest.approx(found[1], abs=5e-4)


def test_a_copy_of_the_file_is_identical(studio: Studio, original: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    # the same pictures in other bytes, so that it is another file
    copy.write_bytes(original.read_bytes() + b"\0" * 9)
    (edit,) = studio.compare(original, copy).edits
    assert (edit.psnr, edit.ssim) == (float("inf"), 1.0)


def test_a_two_hour_plan_is_as_cheap_as_it_is_long(studio: Studio, original: Path) -> None:
    info, _ = prepare(studio.store, studio.runner, original)
    starts = np.arange(0, 3 * 3600 * 1_000_000, 1_000_000, dtype=np.int64)
    long = FrameTimes(starts, np.ones(len(starts), bool), 3 * 3600 * 1_000_000)
    call = plan(CompareRequest(info.content_id, info.content_id), info, long, info, long)
    data = pack(call)
    assert len(data) < 2_000_000
    assert unpack(data) == call
    assert len(list(each(call))) < 4000
    assert not studio.runner.done(call)


def test_removed_replaced_and_moved(studio: Studio, original: Path, write: Callable, shots: list) -> None:
    found = studio.compare(original, write("removed", shots[0] + shots[2]))
    assert _rows(found)[1] == ("removed", (40, 90), None, ())
    assert [one for one in found.segments if one.pair.b is None]
    found = studio.compare(original, write("replaced", shots[0] + shots[3] + shots[2]))
    assert _rows(found)[1] == ("changed", (40, 90), (40, 70), ("picture",))
    found = studio.compare(original, write("moved", shots[1] + shots[0] + shots[2]))
    assert [row[0] for row in _rows(found)].count("moved") == 1
    assert not [row for row in _rows(found) if row[0] in ("inserted", "removed")]


def test_a_lower_third_is_a_local_change_with_its_box(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    pictures = [picture.copy() for picture in shots[0] + shots[1] + shots[2]]
    for picture in pictures[50:80]:
        picture[66:82, 10:70] = (250, 250, 40)
    found = studio.compare(original, write("titled", pictures))
    changed = [edit for edit in found.edits if edit.kind != "same"]
    assert [(edit.kind, _frames(edit.b), edit.change) for edit in changed] == [("changed", (50, 80), ("local",))]
    x, y, width, height = changed[0].boxes[0]
    overlap = max(0, min(x + width, 70) - max(x, 10)) * max(0, min(y + height, 82) - max(y, 66))
    assert overlap / (width * height + 60 * 16 - overlap) > 0.5
    # no segment of 2 s lies whole in 1.2 s; list, command line and exports say what the curve shows there
    span = changed[0].b
    assert span is not None
    parts = [one.pair.b for one in found.segments]
    touched = [
        one.cosine
        for one, part in zip(found.segments, parts, strict=True)
        if part is not None and one.cosine and part.start_us < span.end_us and span.start_us < part.end_us
    ]
    assert len(touched) == 2
    assert changed[0].distance == max(touched)
    assert edit_distance(changed[0], "cosine") == max(touched)
    for edit in (one for one in found.edits if one.kind == "same" and one.b is not None):
        assert edit.distance is None or edit.distance < max(touched), "what is beside it stays as it is"


def test_a_grade_is_a_change_of_colour(studio: Studio, original: Path, write: Callable, shots: list) -> None:
    pictures = [(255 * (p / 255.0) ** 0.75).astype(np.uint8) for p in shots[0] + shots[1] + shots[2]]
    assert _rows(studio.compare(original, write("graded", pictures))) == [("changed", (0, 135), (0, 135), ("colour",))]


def test_letterbox_is_a_change_of_geometry(studio: Studio, original: Path, write: Callable, shots: list) -> None:
    pictures = [np.pad(p, ((14, 14), (0, 0), (0, 0))) for p in shots[0] + shots[1] + shots[2]]
    found = studio.compare(original, write("boxed", pictures))
    assert _rows(found) == [("changed", (0, 135), (0, 135), ("geometry",))]


def test_a_crop_beside_the_middle_is_one_change_of_geometry(studio: Studio, write: Callable, shots: list) -> None:
    # the middle shot pans back: where all pans one way, a crop and a later frame look much the same
    a = shots[0] + shots[1][::-1] + shots[2]
    width, height = SIZE[0] * 4 // 5, SIZE[1] * 4 // 5
    b = [cv2.resize(one[14 : 14 + height, 6 : 6 + width], SIZE) for one in a]
    found = studio.compare(write("there and back", a), write("cropped", b))
    assert _rows(found) == [("changed", (0, 135), (0, 135), ("geometry",))]
    edit = found.edits[0]
    assert edit.transform is not None
    assert (edit.transform.a, edit.transform.e) == pytest.approx((0.8, 0.8), abs=0.01)
    assert (edit.transform.c, edit.transform.f) == pytest.approx((6, 14), abs=1)
    assert edit.transform.scale == pytest.approx(1.25, abs=0.02)
    assert edit.ssim is not None
    assert edit.ssim > 0.9


def test_a_turn_by_90_degrees_is_one_change_of_geometry(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    found = studio.compare(original, write("turned", [np.rot90(one, -1) for one in shots[0] + shots[1] + shots[2]]))
    assert _rows(found) == [("changed", (0, 135), (0, 135), ("geometry",))]
    edit = found.edits[0]
    assert edit.transform is not None
    assert edit.transform.rotation == pytest.approx(90, abs=0.5)
    assert not edit.transform.mirrored
    # the first pixel of B is the last of A's first column
    assert (edit.transform.c, edit.transform.f) == pytest.approx((0, SIZE[1]), abs=1)
    assert edit.psnr is not None
    assert edit.psnr > 30


def test_without_alignment_segment_i_meets_segment_i(
    studio: Studio, original: Path, write: Callable, shots: list
) -> None:
    b = write("inserted", shots[0] + shots[3] + shots[1] + shots[2])
    found = studio.compare(original, b, align=False)
    assert not found.aligned
    assert found.edits == ()
    found = decided(found, "cosine", 0.1)
    assert [(one.pair.a is None, one.pair.b is None) for one in found.segments] == [(False, False)] * 6 + [
        (True, False)
    ]
    assert found.edits[-1].kind == "inserted"
    assert found.edits[0].kind == "same"
    assert [edit for edit in found.edits if edit.kind == "changed"]
    assert np.array_equal(found.frame_map[:135], np.arange(135))
    assert (found.frame_map[135:] == -1).all()


def test_the_result_is_the_same_whatever_was_done_before(
    studio: Studio, tmp_path: Path, original: Path, write: Callable, shots: list
) -> None:
    b = write("inserted", shots[0] + shots[3] + shots[1] + shots[2])
    call = studio.call(original, b)
    ticks = 0

    def soon() -> bool:
        nonlocal ticks
        ticks += 1
        return ticks > 8

    with pytest.raises(Cancelled):
        studio.runner.run(call, cancelled=soon)
    told: list[Progress] = []
    resumed = studio.runner.run(call, told.append)[0]
    assert [p.fraction for p in told] == sorted(p.fraction for p in told)
    fresh_store = Store(Paths(tmp_path / "other", tmp_path / "models", tmp_path / "logs"))
    fresh = Studio(fresh_store, Runner(STAGES, fresh_store)).compare(original, b)
    fresh_store.close()
    assert resumed.edits == fresh.edits
    assert resumed.segments == fresh.segments
    assert np.array_equal(resumed.frame_map, fresh.frame_map)


def test_chunks_tile_the_video_and_start_at_key_frames() -> None:
    starts = np.arange(0, 70_000_000, 40_000, dtype=np.int64)
    times = FrameTimes(starts, np.arange(len(starts)) % 50 == 0, 70_000_000)
    found = list(chunks(times))
    assert found[0].start_us == 0
    assert found[-1].end_us == times.duration_us
    assert all(left.end_us == right.start_us for left, right in itertools.pairwise(found))
    assert all(times.keyframes[times.frame_at(span.start_us)] for span in found)
    assert max(span.duration_us for span in found) < 45_000_000


def test_times_call_is_one_for_every_plan() -> None:
    assert times_call("x") == times_call("x")


def test_a_segment_of_no_length_is_refused(studio: Studio, original: Path) -> None:
    with pytest.raises(UsageError):
        studio.call(original, original, segment_us=0)


def test_other_weights_under_the_same_name_are_another_call(studio: Studio, original: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "maker--eyes"
    folder.mkdir(parents=True)
    for name in ("config.json", "preprocessor_config.json"):
        (folder / name).write_text("{}")
    calls = []
    for version in ("one", "one", "two"):
        header = json.dumps({"__metadata__": {"version": version}}).encode()
        (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
        revision = embedder_revision("maker/eyes", studio.store)
        calls.append(studio.call(original, original, embedder="maker/eyes", revision=revision))
    assert calls[0] == calls[1]
    assert calls[0] != calls[2]
    embeddings = [need for need in calls[2].needs if need.stage == "embed_model"]
    assert embeddings
    assert all(need.params["revision"] for need in embeddings)


def test_what_has_no_weights_has_no_revision(studio: Studio) -> None:
    assert embedder_revision("basic", studio.store) == ""
    assert embedder_revision("nobody--at-all", studio.store) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("insert", ["same", "inserted", "same"]),
        ("same", ["same"]),
        ("crf38", ["same"]),
        ("pillar", ["changed", "inserted", "changed"]),
        ("speed", ["retimed"]),
        ("dissolve", ["same", "changed", "same", "changed", "same"]),
        ("trim", ["same", "removed", "same", "removed", "same", "removed", "same", "removed", "same"]),
    ],
)
def test_real_pairs(studio: Studio, real_media: Path, name: str, kinds: list[str]) -> None:
    found = studio.compare(real_media / "pairs" / "A.mp4", real_media / "pairs" / f"{name}.mp4")
    assert [edit.kind for edit in found.edits] == kinds
    truth = np.array(json.loads((real_media / "pairs" / "truth.json").read_text())["versions"][name]["map"])
    for tolerance, least in ((1, 0.97), (12, 0.995)):
        near = np.where(truth < 0, found.frame_map == truth, np.abs(found.frame_map - truth) <= tolerance)
        assert near[truth != -2].mean() >= least
    if name == "insert":
        assert _frames(found.edits[1].b) == (393, 444)


def test_a_moved_file_keeps_its_results(studio: Studio, original: Path, write: Callable, shots: list) -> None:
    b = write("inserted", shots[0] + shots[3] + shots[1] + shots[2])
    call = studio.call(original, b)
    studio.runner.run(call)
    moved = b.rename(b.with_name("elsewhere.mp4"))
    again = studio.call(original, moved)
    assert again == call
    assert studio.runner.done(again)
