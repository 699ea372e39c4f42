"""The command line as programs and people meet it: exit codes, errors, contract, resuming."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

import vidstudio.cli.main as cli_main
from vidstudio.cli.common import Terminal
from vidstudio.cli.main import main
from vidstudio.cli.studio import finish_job, open_studio
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.probe import probe
from vidstudio.engine.paths import default_paths
from vidstudio.engine.stage import Call
from vidstudio.engine.store import owners
from vidstudio.engine.store.store import Store

OK, DIFFERENT, USAGE, BAD_MEDIA, CANCELLED, ENVIRONMENT = range(6)
Captured = pytest.CaptureFixture[str]


def film(path: Path, *seeds: int, frames: int = 40) -> Path:
    """Shots of 1.6 s, a different picture for each seed."""
    return clips.write_clip(path, (p for seed in seeds for p in clips.shot(seed, frames, (160, 90))))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return film(tmp_path / "old.mp4", 1, 2, 3)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return film(tmp_path / "new.mp4", 1, 2, 9, 3)


def error_of(capsys: Captured) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)["error"]
    return answer


def test_help_names_every_command_and_exit_code(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    for word in ("compare", "demo", "probe", "projects", "jobs", "models", "cache", "exit codes", "cancelled"):
        assert word in said


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["frobnicate"],
        ["compare", "a.mp4"],
        ["compare", "a.mp4", "b.mp4", "c.mp4"],
        ["compare", "a.mp4", "b.mp4", "--threshold", "3"],
        ["compare", "a.mp4", "b.mp4", "--threshold", "nan"],
        ["compare", "a.mp4", "b.mp4", "--segment", "0"],
        ["compare", "a.mp4", "b.mp4", "--metric", "manhattan"],
        ["compare", "a.mp4", "b.mp4", "--fail-on", "monday"],
        ["compare", "a.mp4", "b.mp4", "--report", "nowhere/at/all.html"],
        ["compare", "a.mp4", "b.mp4", "--csv", "same.txt", "--edl", "same.txt"],
        ["compare", "a.mp4", "b.mp4", "--fcpxml", "b.mp4"],
        ["compare", "a.mp4", "b.mp4", "--pdf", "other.mov"],
        ["compare", "a.mp4", "b.mp4", "--video", "b.mp4"],
        ["compare", "a.mp4", "b.mp4", "--video", "out.txt"],
        ["compare", "a.mp4", "b.mp4", "--video", "/dev/null"],
        ["compare", "a.mp4", "b.mp4", "--video", "-"],
        ["compare", "a.mp4", "b.mp4", "--video-layout", "wipe"],
        ["compare", "a.mp4", "b.mp4", "--video", "o.mp4", "--video-line", "0.5"],
        ["compare", "a.mp4", "b.mp4", "--video", "o.mp4", "--video-layout", "wipe", "--video-line", "2"],
        ["compare", "a.mp4", "b.mp4", "--video", "o.mp4", "--video-layout", "difference", "--video-gain", "0"],
        ["compare", "a.mp4", "b.mp4", "--video", "o.mp4", "--video-width", "7"],
        ["compare", "a.mp4", "b.mp4", "--json", "a.mp4"],
        ["compare", "a.mp4", "b.mp4", "--report", "other.mov"],
        ["jobs"],
        ["cache"],
        ["cache", "limit", "-1"],
        ["cache", "limit", "nan"],
        ["jobs", "cancel", "nothing"],
        ["projects", "show", "nothing"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_any_work(argv: list[str], home: Path, capsys: Captured) -> None:
    assert main(argv) == USAGE
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if argv:
        assert said.err.startswith("error: ")
        assert "hint: " in said.err


def test_errors_for_machines_are_json_on_stdout(home: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["probe", "--json"]) == USAGE
    assert error_of(capsys)["exit_code"] == USAGE
    assert main(["compare", str(tmp_path / "no.mp4"), str(tmp_path / "no.mp4"), "--json"]) == BAD_MEDIA
    error = error_of(capsys)
    assert (error["kind"], error["exit_code"]) == ("UnreadableMedia", BAD_MEDIA)
    assert "no.mp4" in error["message"]
    assert error["hint"]


def test_probe_goes_on_after_a_bad_file(old: Path, tmp_path: Path, home: Path, capsys: Captured) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    assert main(["probe", str(bad), str(old), "--json"]) == BAD_MEDIA
    said = capsys.readouterr()
    first, second = json.loads(said.out)
    assert first["error"]["kind"] == "UnreadableMedia"
    assert (second["width"], second["height"], second["frames"], second["frame_rate"]) == (160, 90, 120, 25.0)
    assert said.err.startswith("error: ")


def test_probe_of_one_file_is_one_object(old: Path, home: Path, capsys: Captured) -> None:
    assert main(["probe", str(old), "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["duration_us"] == 4_800_000
    assert main(["probe", str(old)]) == OK
    assert "160 × 90" in capsys.readouterr().out


def test_compare_finds_the_inserted_shot_and_writes_all(
    old: Path, new: Path, home: Path, tmp_path: Path, capsys: Captured
) -> None:
    names = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "otio", "edl", "fcpxml", "pdf")}
    names |= {"premiere": tmp_path / "marks.csv", "resolve": tmp_path / "marks.edl"}
    report = tmp_path / "out.html"
    targets = [part for name, path in names.items() for part in (f"--{name}", str(path))]
    assert main(["compare", str(old), str(new), *targets, "--report", str(report)]) == OK
    said = capsys.readouterr()
    assert "Different: 1 inserted" in said.out
    document = json.loads(names["json"].read_text("utf-8"))
    assert [(e["kind"], e["a"], e["b"]) for e in document["edits"]] == [
        ("same", [0, 3_200_000], [0, 3_200_000]),
        ("inserted", None, [3_200_000, 4_800_000]),
        ("same", [3_200_000, 4_800_000], [4_800_000, 6_400_000]),
    ]
    assert document["frame_map"] == [*range(80), *[-1] * 40, *range(80, 120)]
    assert all(path.stat().st_size for path in (*names.values(), report))
    # again: everything is sealed, and no second job is made
    assert main(["compare", str(old), str(new), "--fail-on", "different"]) == DIFFERENT
    assert main(["compare", str(old), str(new), "--json", "-"]) == OK
    capsys.readouterr()
    assert main(["jobs", "list", "--json"]) == OK
    jobs = json.loads(capsys.readouterr().out)
    assert [job["state"] for job in jobs] == ["done"]


def test_a_video_is_written_again_when_it_is_asked_for_again(
    old: Path, new: Path, home: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "both.mp4"
    command = ["compare", str(old), str(new), "--video", str(target), "--video-layout", "wipe", "--video-line", "0.5"]
    assert main(command) == OK
    assert f"wrote {target}" in capsys.readouterr().out
    assert probe(target).frames == 160
    target.unlink()
    assert main(command) == OK
    assert probe(target).frames == 160
    capsys.readouterr()
    assert main(["jobs", "list", "--json"]) == OK
    assert [job["recipe"] for job in json.loads(capsys.readouterr().out)] == ["comparison_video"] * 2 + ["compare"]


def test_same_against_itself_is_no_difference(old: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(old), "--fail-on", "different", "--json"]) == OK
    document = json.loads(capsys.readouterr().out)
    assert [edit["kind"] for edit in document["edits"]] == ["same"]
    assert document["frame_map"] == list(range(120))


def test_names_that_begin_with_a_dash(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "-x.mp4", 1)
    film(tmp_path / "ü [b].mp4", 1)
    assert main(["probe", "--", "-x.mp4"]) == OK
    assert main(["probe", "./-x.mp4"]) == OK
    assert main(["compare", "--json", "out.json", "--", "-x.mp4", "ü [b].mp4"]) == OK
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["b"]["path"].endswith("ü [b].mp4")


def test_no_alignment_compares_what_is_at_the_same_time(old: Path, new: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(new), "--align", "none", "--segment", "1.6", "--json"]) == OK
    document = json.loads(capsys.readouterr().out)
    assert document["segment_us"] == 1_600_000
    assert [s["b"] for s in document["segments"] if s["b"]][:2] == [[0, 1_600_000], [1_600_000, 3_200_000]]


def test_a_missing_model_is_the_machines_fault(old: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(old), "--embedder", "nobody/nothing-of-the-kind"]) == ENVIRONMENT
    assert "error: " in capsys.readouterr().err


def test_a_killed_compare_is_listed_and_resumed(old: Path, new: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(new), "--json"]) == OK
    straight = json.loads(capsys.readouterr().out)
    # as a killed process leaves it: the job runs for somebody who is gone, nothing of it is sealed
    store = Store(default_paths())
    done = store.jobs.recent()[0]
    left = store.jobs.submit(done.recipe, "left behind", done.call, "cpu")
    gone = subprocess.run(
        [sys.executable, "-c", "from vidstudio.engine.store import owners; print(owners.me())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    ).stdout.strip()
    assert store.jobs.claim_one(left.id, gone)
    store.close()
    assert main(["jobs", "resume", "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == [{"id": left.id, "state": "done", "title": "left behind"}]
    assert main(["compare", str(old), str(new), "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == straight


def test_jobs_are_cancelled_and_begun_again_by_the_start_of_their_id(
    old: Path, new: Path, home: Path, capsys: Captured
) -> None:
    store = Store(default_paths())
    job = store.jobs.submit("compare", "later", Call("no such stage", ()), "cpu")
    other = store.jobs.submit("compare", "mine", Call("no such stage", ()), "cpu")
    assert store.jobs.claim_one(other.id, owners.me())
    store.close()
    assert main(["jobs", "cancel", job.id[:6], "--json"]) == OK
    assert json.loads(capsys.readouterr().out)[0]["state"] == "cancelled"
    assert main(["jobs", "resume", other.id]) == USAGE  # it runs
    assert main(["jobs", "resume", job.id]) == ENVIRONMENT  # another version planned it
    said = capsys.readouterr()
    assert "no such stage" in said.err
    assert main(["jobs", "list"]) == OK
    assert "failed" in capsys.readouterr().out


def test_projects_travel(home: Path, tmp_path: Path, capsys: Captured) -> None:
    store = Store(default_paths())
    project = store.projects.create("Film [two]")
    store.close()
    file = tmp_path / "film.vidstudio"
    assert main(["projects", "export", "Film [two]", str(file)]) == OK
    assert main(["projects", "import", str(file)]) == OK
    file.with_name("no.vidstudio").write_text("no project")
    assert main(["projects", "import", str(file.with_name("no.vidstudio"))]) == BAD_MEDIA
    assert main(["projects", "import", "nothing.zip"]) == BAD_MEDIA
    capsys.readouterr()
    assert main(["projects", "list", "--json"]) == OK
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["Film [two]"] * 2
    assert main(["projects", "show", project.id[:8]]) == OK
    assert "Film [two]" in capsys.readouterr().out
    assert main(["projects", "show", "Film [two]"]) == USAGE  # which of the two?


def test_a_bug_is_no_found_difference(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli_main, "_run", broken)
    assert main(["probe"]) == 70
    assert "bug in VidStudio" in capsys.readouterr().err
    caplog.clear()


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_compare_says_so_and_goes_on_later(number: int, home: Path, tmp_path: Path) -> None:
    pictures = np.random.default_rng(3).integers(0, 255, (60, 180, 320, 3), np.uint8)
    a, b = (clips.write_clip(tmp_path / f"{n}.mp4", (pictures[i % 60] for i in range(900))) for n in "ab")
    command = [sys.executable, "-m", "vidstudio", "compare", str(a), str(b), "--json"]
    root = Path(__file__).parents[1]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)
    database = default_paths().database
    give_up = time.monotonic() + 40
    while time.monotonic() < give_up and process.poll() is None:
        time.sleep(0.05)
        if database.exists():
            store = Store(default_paths())
            running = any(job.state == "running" for job in store.jobs.recent())
            store.close()
            if running:
                break
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    assert process.returncode == CANCELLED, err
    assert json.loads(out)["error"]["kind"] == "Cancelled"
    assert "Traceback" not in err
    assert main(["jobs", "list", "--json"]) == OK


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_a_home_that_cannot_be_is_the_machines_fault(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VIDSTUDIO_HOME", str(tmp_path / "file" / "home"))
    assert main(["jobs", "list"]) == ENVIRONMENT
    assert "VIDSTUDIO_HOME" in capsys.readouterr().err


def test_a_job_that_another_vidstudio_took_is_watched(old: Path, new: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(new), "--json"]) == OK
    capsys.readouterr()
    store = Store(default_paths())
    done = store.jobs.recent()[0]
    job = store.jobs.submit("compare", "theirs", done.call, "cpu")
    assert store.jobs.claim_one(job.id, owners.me())

    def other() -> None:
        time.sleep(0.5)
        store.jobs.finish(job.id, "failed", "The other one failed.", "Look there.")

    thread = threading.Thread(target=other)
    thread.start()
    with open_studio() as studio, pytest.raises(EngineError, match="The other one failed"):
        finish_job(studio, Terminal.standard(), job)
    thread.join()
    store.close()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_local_model_gives_the_scores(
    old: Path, new: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    pytest.importorskip("transformers")
    # made in another process: saving leaves a thread of a progress bar behind, which drew nothing
    make = "import pathlib, sys, tiny_models; tiny_models.tiny_dinov2(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", make, str(tmp_path / "tiny")], check=True, cwd=Path(__file__).parent)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", str(old), str(new), "--embedder", "tiny", "--json"]) == OK, capsys.readouterr().err
    document = json.loads(capsys.readouterr().out)
    assert document["embedder"]["dimension"] == 32
    assert "tiny" in document["embedder"]["name"]
    assert [edit["kind"] for edit in document["edits"]] == ["same", "inserted", "same"]


def test_the_cache_is_shown_limited_and_cleared(old: Path, new: Path, home: Path, capsys: Captured) -> None:
    assert main(["compare", str(old), str(new), "--json"]) == OK
    found = json.loads(capsys.readouterr().out)
    assert main(["cache", "show", "--json"]) == OK
    before = json.loads(capsys.readouterr().out)
    on_disk = sum(file.stat().st_size for file in (home / "data" / "results").rglob("*") if file.is_file())
    assert before["used_bytes"] == on_disk > 0
    assert main(["cache", "limit", "1", "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == before | {"limit_bytes": 10**9}
    assert main(["cache", "limit", "1e-6"]) == OK
    assert main(["compare", str(old), str(new), "--align", "none", "--fail-on", "different"]) == DIFFERENT
    capsys.readouterr()
    assert main(["cache", "clear"]) == OK
    assert "freed" in capsys.readouterr().out
    assert not [file for file in (home / "data" / "results").rglob("*") if file.is_file()]
    assert main(["compare", str(old), str(new), "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == found
