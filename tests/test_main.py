"""What `vidstudio` starts: the window, a command, or the demo where no window can be shown."""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path

import pytest

from vidstudio import __main__ as entry

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display here")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What was started, with its arguments."""
    log: list[tuple[str, list[str]]] = []
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(gc, "freeze", lambda: None)  # what other tests left behind is to be collected still
    monkeypatch.setattr("vidstudio.app.main", lambda files: log.append(("window", list(files))) or 0)
    monkeypatch.setattr("vidstudio.cli.main.main", lambda arguments: log.append(("command", arguments)) or 0)
    return log


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["vidstudio", *arguments])
    return entry.main()


def test_a_display_that_does_not_answer_is_said_and_the_demo_runs(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPLAY", ":9876")
    assert start(monkeypatch) == 0
    assert started == [("command", ["demo"])]
    assert "The display :9876 does not answer" in capsys.readouterr().out


def test_files_without_a_display_are_an_environment_error(
    started: list[tuple[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = tmp_path / "a.mp4"
    clip.touch()
    assert start(monkeypatch, str(clip)) == 5
    assert "no display" in capsys.readouterr().err
    assert started == []


def test_files_open_in_the_window_and_commands_run_whatever_lies_in_the_folder(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    for name in ("a.mp4", "b.mp4", "demo"):
        (tmp_path / name).touch()
    start(monkeypatch)
    start(monkeypatch, "a.mp4", "b.mp4")
    start(monkeypatch, "demo")
    start(monkeypatch, "compare", "a.mp4", "b.mp4")
    assert started == [
        ("window", []),
        ("window", ["a.mp4", "b.mp4"]),
        ("command", ["demo"]),
        ("command", ["compare", "a.mp4", "b.mp4"]),
    ]


def test_folders_open_in_the_window_and_what_is_missing_among_files_is_said(
    started: list[tuple[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rushes").mkdir()
    (tmp_path / "probe").mkdir()
    (tmp_path / "a.mp4").touch()
    start(monkeypatch, "./rushes")
    start(monkeypatch, "a.mp4", str(tmp_path / "rushes"))
    start(monkeypatch, "probe", "a.mp4")
    assert start(monkeypatch, "a.mp4", "b.mp4") == 3
    assert "There is no file b.mp4" in capsys.readouterr().err
    assert started == [
        ("window", ["./rushes"]),
        ("window", ["a.mp4", str(tmp_path / "rushes")]),
        ("command", ["probe", "a.mp4"]),
    ]


def test_a_file_that_is_not_there_is_said(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(monkeypatch, "/no/such/film.mp4") == 3
    assert "There is no file /no/such/film.mp4" in capsys.readouterr().err
    assert started == []


def test_a_display_that_answers_is_used(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "w")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "w"))
        server.listen()
        start(monkeypatch)
    assert started == [("window", [])]


@pytest.mark.parametrize("arguments", [["jobs"], []])
def test_no_garbage_is_looked_for_while_it_loads_nor_later_among_what_was_loaded(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    assert start(monkeypatch, *arguments) == 0
    assert frozen == [False]
    assert gc.isenabled()
    assert len(started) == 1
