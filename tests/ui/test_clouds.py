"""How a person meets cloud services in the window: keys in the settings, the question before anything is sent, no."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import clips
import file_keyring
import keyring
import pytest
from pytestqt.qtbot import QtBot
from stand_in_twelvelabs import KEY, Behaviour, serve_twelvelabs

from vidstudio.engine.clouds.vendors import VENDORS
from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.store.changes import Changes
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.views.cloud_consent import ConsentDialog
from vidstudio.ui.views.settings import SettingsDialog

LONG = 100_000
MARENGO = "twelvelabs:marengo3.5"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Behaviour]:
    for name in [name for name in os.environ if name.upper().endswith("_PROXY")]:
        monkeypatch.delenv(name)
    for variable in (variable for vendor in VENDORS for variable in vendor.variables):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    # for the lane process, which looks for itself
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "file_keyring.Keyring")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[1]))
    before = keyring.core._keyring_backend
    keyring.set_keyring(file_keyring.Keyring())
    with serve_twelvelabs() as (address, state):
        monkeypatch.setenv("TWELVELABS_BASE_URL", address)
        state.duration_s = 4.0
        yield state
    keyring.core._keyring_backend = before
    assert state.complaints == []


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("films")
    return (
        clips.write_clip(folder / "old.mp4", clips.shot(1, 40, (480, 360)), 10),
        clips.write_clip(folder / "new.mp4", clips.shot(2, 40, (480, 360)), 10),
    )


def question(qtbot: QtBot, window: MainWindow) -> ConsentDialog:
    qtbot.waitUntil(lambda: window.commands.consent is not None, timeout=LONG)
    dialog = window.commands.consent
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    window.commands.consent = None
    return dialog


def test_compare_asks_sends_and_shows(
    qtbot: QtBot, window: MainWindow, versions: tuple[Path, Path], service: Behaviour
) -> None:
    keyring.set_password("VidStudio", "twelvelabs", KEY)
    window.context.settings.set(embedder=MARENGO)
    window.context.project.stage.open_paths(versions)
    dialog = question(qtbot, window)
    assert "old.mp4" in dialog.texts[0].text()
    assert "charges your account by the minute" in dialog.texts[0].text()
    assert dialog.keep.isDefault()
    dialog.keep.click()
    qtbot.wait(300)
    assert service.asked == []
    assert window.context.jobs.jobs == ()
    assert len(window.page.sides) == 2  # both can be looked at all the same

    window.actions_.action("compare.run").trigger()
    dialog = question(qtbot, window)
    with qtbot.waitSignal(window.context.project.stage.comparison_ready, timeout=LONG) as ready:
        dialog.send.click()
    assert ready.args[0].embedder == MARENGO
    assert ready.args[0].dimension == 512
    assert sorted(service.tasks_of.values()) == [1, 1]
    for file in window.context.paths.data.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()


def test_local_only_is_respected(
    qtbot: QtBot,
    window: MainWindow,
    versions: tuple[Path, Path],
    service: Behaviour,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    projects = window.context.store.projects
    write = projects.set_local_only

    def write_slowly(project_id: str, local_only: bool) -> Changes:
        time.sleep(1.0)  # longer than reading both files: a disk that is busy with other things
        return write(project_id, local_only)

    monkeypatch.setattr(projects, "set_local_only", write_slowly)
    keyring.set_password("VidStudio", "twelvelabs", KEY)
    window.actions_.action("project.local_only").trigger()
    assert window.actions_.action("project.local_only").isChecked()
    assert window.project_name.text().endswith("local only")
    window.context.settings.set(embedder=MARENGO)
    with qtbot.waitSignal(window.context.project.failed, timeout=LONG) as failed:
        window.context.project.stage.open_paths(versions)
    assert "local only" in str(failed.args[0])
    assert service.asked == []


def test_local_only_that_was_not_written_is_not_claimed(
    qtbot: QtBot, window: MainWindow, service: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_project_id: str, _local_only: bool) -> Changes:
        raise EnvironmentProblem("The disk is full.", "Make room.")

    monkeypatch.setattr(window.context.store.projects, "set_local_only", full)
    with qtbot.waitSignal(window.context.project.failed, timeout=LONG):
        window.actions_.action("project.local_only").trigger()
    qtbot.waitUntil(lambda: not window.project_name.text().endswith("local only"))
    assert not window.actions_.action("project.local_only").isChecked()


def test_keys_in_the_settings(
    qtbot: QtBot, window: MainWindow, service: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = window.context
    dialog = SettingsDialog(context.settings, context.paths.models, window, context.models, clouds=context.clouds)
    qtbot.addWidget(dialog)
    dialog.show()
    line = dialog.cloud_keys.lines["twelvelabs"]
    qtbot.waitUntil(lambda: line.key.text() == "No key")
    assert "whole video files" in line.about.text()
    assert not line.test.isEnabled()
    assert not line.remove.isEnabled()
    line.set_key("tlk_wrong_key_0001")
    qtbot.waitUntil(lambda: "••••0001 from the keyring" in line.key.text())
    assert line.add.text() == "Replace…"
    line.test.click()
    qtbot.waitUntil(lambda: "refused the key" in line.status.text(), timeout=LONG)
    assert "tlk_wrong_key_0001" not in line.status.text()
    line.set_key(KEY)
    qtbot.waitUntil(lambda: "••••cdef" in line.key.text())
    line.test.click()
    qtbot.waitUntil(lambda: "takes this key" in line.status.text(), timeout=LONG)
    line.remove.click()
    qtbot.waitUntil(lambda: line.key.text() == "No key")
    assert keyring.get_password("VidStudio", "twelvelabs") is None
    line.set_key("two words")
    qtbot.waitUntil(lambda: "This is no key" in line.status.text())
    monkeypatch.setenv("TWELVELABS_API_KEY", "tlk_of_the_environment")
    context.clouds.look()
    qtbot.waitUntil(lambda: "••••ment from the environment" in line.key.text())
    assert not line.add.isEnabled()


def test_without_a_keyring_the_window_says_that_it_forgets(
    qtbot: QtBot, window: MainWindow, service: Behaviour
) -> None:
    from keyring.backends import fail

    keyring.set_keyring(fail.Keyring())
    context = window.context
    dialog = SettingsDialog(context.settings, context.paths.models, window, context.models, clouds=context.clouds)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "forgotten when the window is closed" in dialog.cloud_keys.note.text())
    line = dialog.cloud_keys.lines["twelvelabs"]
    line.set_key(KEY)
    qtbot.waitUntil(lambda: "until the window is closed" in line.key.text())
