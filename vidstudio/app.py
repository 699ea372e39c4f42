"""Builds the studio's window and everything behind it, and ends it all in the right order.

Start-up: folders and log, Qt, theme, store, runner, lanes, window; the last project is opened by a worker
while the window is on screen already. Nothing here imports a model's libraries.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidstudio.engine.errors import BRING_LIBRARIES, EngineError, EnvironmentProblem, missing_library
from vidstudio.engine.log import configure_logging
from vidstudio.engine.paths import Paths, default_paths

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from vidstudio.engine.stage import Stage
    from vidstudio.ui.context import AppContext
    from vidstudio.ui.crash import CrashGuard

_log = logging.getLogger("vidstudio.app")

EXIT_ENVIRONMENT = 5
_SWITCH_S = 0.001
"""How long a busy worker may keep the interpreter from the window (Python's own 5 ms add up over several)."""


def main(arguments: Sequence[str]) -> int:
    """Open the studio, with the files named in `arguments`; returns the exit code when it was closed."""
    # what a start makes stays: to look for garbage in it takes a tenth of the time, over and over
    gc.disable()
    try:
        app = make_app()
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_ENVIRONMENT
    try:
        return _run(app, [Path(one) for one in arguments])
    except EngineError as error:
        _say(error)
        return EXIT_ENVIRONMENT


def make_app() -> QApplication:
    """The Qt application. Raises EnvironmentProblem when system libraries are missing."""
    try:
        from PySide6.QtCore import QCoreApplication
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise EnvironmentProblem(*missing_libraries(error)) from error
    running = QCoreApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication([sys.argv[0] or "vidstudio"])
    app.setApplicationName("VidStudio")
    app.setApplicationDisplayName("VidStudio")
    app.setDesktopFileName("vidstudio")
    return app


def missing_libraries(error: ImportError) -> tuple[str, str]:
    """What is missing, and the command that brings it."""
    text = str(error)
    if "PySide6" in text and "No module named" in text:
        return "The window's toolkit is not installed.", "Install it with: pip install 'vidstudio[gui]'."
    library = missing_library(error) or text
    return f"The window cannot open: the system library {library} is missing.", BRING_LIBRARIES


class _Stages(Mapping[str, "Stage[Any, Any]"]):
    """All stages, loaded when one is first asked for: the window is there before."""

    def __getitem__(self, name: str) -> Stage[Any, Any]:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    @staticmethod
    def _all() -> Mapping[str, Stage[Any, Any]]:
        from vidstudio.engine.catalog import STAGES

        return STAGES


def build(paths: Paths, crash: CrashGuard, log_file: Path | None = None) -> AppContext:
    """Everything behind the window. Raises EnvironmentProblem, StoreTooNew."""
    from vidstudio.engine.cloud_process import CloudProcess
    from vidstudio.engine.clouds.keys import Keys
    from vidstudio.engine.runner import Runner
    from vidstudio.engine.store.store import Store
    from vidstudio.ui.context import AppContext
    from vidstudio.ui.lanes import Lanes
    from vidstudio.ui.state.clouds import CloudsState
    from vidstudio.ui.state.jobs import JobsState
    from vidstudio.ui.state.models import ModelsState
    from vidstudio.ui.state.project import ProjectState
    from vidstudio.ui.state.settings import SettingsState
    from vidstudio.ui.state.space import SpaceState

    store = Store(paths)
    settings = SettingsState(store)
    keys = Keys()
    clouds = CloudProcess(store, keys)  # of the window's own it only tries keys; the lane process has one for jobs
    runner = Runner(_Stages(), store)
    lanes = Lanes(store, session_keys=keys.session)
    jobs = JobsState(store, lanes)
    project = ProjectState(store, runner, lanes, settings, clouds.gate)
    return AppContext(
        paths=paths,
        store=store,
        runner=runner,
        lanes=lanes,
        settings=settings,
        jobs=jobs,
        project=project,
        models=ModelsState(paths, settings),
        clouds=CloudsState(clouds),
        space=SpaceState(store, settings),
        crash=crash,
        log_file=log_file,
        end_clouds=clouds.close,
    )


def _run(app: QApplication, files: list[Path]) -> int:
    from vidstudio.ui.crash import CrashGuard
    from vidstudio.ui.garbage import GarbageCollector
    from vidstudio.ui.icons import icon
    from vidstudio.ui.main_window import MainWindow
    from vidstudio.ui.theme import apply_theme

    sys.setswitchinterval(_SWITCH_S)
    paths = default_paths()
    log_file = configure_logging(paths.logs)
    crash = CrashGuard(paths.logs, log_file)
    context = build(paths, crash, log_file)
    crash.install()
    try:
        apply_theme(app, context.settings.value.theme)
        app.setWindowIcon(icon("compare"))
        app.styleHints().colorSchemeChanged.connect(lambda _scheme: _follow_system(app, context))
        context.settings.changed.connect(lambda settings: apply_theme(app, settings.theme))
        window = MainWindow(context)
        window.show()
        context.lanes.start()
        context.project.open_last(lambda: context.project.stage.open_named(files))
        gc.freeze()
        GarbageCollector(app)
        code = app.exec()
        window.close()
        if not (context.close() and window.ended):
            # Qt would abort on threads that still run; what they sealed is safe, the rest goes on at the next start
            _log.warning("some work did not stop in time")
            logging.shutdown()
            os._exit(code)
    finally:
        crash.uninstall()
    return code


def _follow_system(app: QApplication, context: AppContext) -> None:
    from vidstudio.ui.theme import apply_theme

    if context.settings.value.theme == "system":
        apply_theme(app, "system")


def _say(error: EngineError) -> None:
    """Also on the screen: who starts the studio by a click sees no terminal."""
    from PySide6.QtWidgets import QMessageBox

    sys.stderr.write(f"{error}\n")
    box = QMessageBox(QMessageBox.Icon.Critical, "VidStudio", error.message)
    box.setInformativeText(error.hint)
    box.exec()
