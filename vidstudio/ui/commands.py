"""What the window's own actions do. The Compare page binds those of playing and comparing itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from vidstudio import __version__
from vidstudio.ui.crash import machine_report
from vidstudio.ui.exporting import Exporter
from vidstudio.ui.frame import WindowFrame
from vidstudio.ui.messages import ProgressNote
from vidstudio.ui.state.media import VIDEO_ENDINGS, paths_in
from vidstudio.ui.state.stage import CloudQuestion
from vidstudio.ui.theme import tokens
from vidstudio.ui.views.cloud_consent import ConsentDialog
from vidstudio.ui.views.settings import SettingsDialog
from vidstudio.ui.views.shortcut_list import ShortcutList
from vidstudio.ui.worker import Crew, Outcome, Tick


class Commands(QObject):
    """Binds actions to what they do in one window."""

    def __init__(self, window: WindowFrame) -> None:
        super().__init__(window)
        self._window = window
        self._project = window.context.project
        self.exporter = Exporter(window)
        self._crew = Crew(self, at_once=1)
        self._panels: list[QWidget] = []
        self.consent: ConsentDialog | None = None
        self._demo_note: tuple[ProgressNote, QTimer] | None = None
        self._bind()
        self._project.projects_changed.connect(self._fill_recent)
        self._project.stage.cloud_asked.connect(self.ask_for_clouds)

    def _bind(self) -> None:
        window, bind = self._window, self._window.actions_.bind
        bind("project.new", lambda: self._project.new_project())
        bind("project.rename", self.rename_project)
        bind("project.local_only", self._project.set_local_only)
        bind("project.delete", self.delete_project)
        bind("media.open", self.add_videos)
        bind("media.open_folder", self.add_folder)
        bind("media.paste", self.paste)
        bind("media.remove", lambda: self._project.library.remove([one.key for one in window.library.selected()]))
        bind("media.relink", self.relink)
        bind("media.reveal", self.reveal)
        bind("edit.undo", self._project.undo.undo)
        bind("edit.redo", self._project.undo.redo)
        bind("edit.find", self.find)
        bind("app.settings", self.settings)
        bind("app.quit", window.close)
        bind("compare.run", self.compare_chosen)
        bind("view.full_screen", self.full_screen)
        bind("view.back", lambda: self.full_screen(False))
        bind("view.theme", lambda: window.context.settings.set(theme="light" if tokens(window).dark else "dark"))
        bind("window.library", window.docks.library.setVisible)
        bind("window.jobs", window.docks.jobs.setVisible)
        bind("window.versions", window.docks.versions.setVisible)
        bind("versions.compare", window.versions.compare_all)
        bind("window.next_pane", window.next_pane)
        bind("window.reset", window.reset_layout)
        bind("tools.demo", self.open_demo)
        bind("tools.palette", lambda: window.palette_dialog.open_over(window))
        bind("help.shortcuts", lambda: ShortcutList(window).open())
        bind("help.logs", lambda: self._show_folder(window.context.paths.logs))
        bind("help.copy_report", self.copy_report)
        bind("help.about", self.about)
        self.exporter.bind(window.actions_)

    # projects

    def rename_project(self) -> None:
        """Ask for the project's new name."""
        project = self._project.project
        if project is None:
            return
        name, ok = QInputDialog.getText(
            self._window, self.tr("Rename project"), self.tr("Name of the project"), text=project.name
        )
        if ok:
            self._project.rename(name)

    def delete_project(self) -> None:
        """Delete after a question: it cannot be undone."""
        project = self._project.project
        if project is None:
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Delete project"))
        box.setText(self.tr("Delete the project “{0}”?").format(project.name))
        box.setInformativeText(self.tr("Its video files stay where they are. This cannot be undone."))
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is delete:
            self._project.delete()

    def ask_for_clouds(self, question: CloudQuestion) -> None:
        """Ask whether files may be sent; nothing is while the person has not said yes."""
        dialog = self.consent = ConsentDialog(question.offers, self._window)
        dialog.accepted.connect(lambda: self._project.stage.agree(question))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def compare_chosen(self) -> None:
        """Compare what is chosen in the library."""
        keys = [one.key for one in self._window.library.selected()]
        self._project.stage.compare_chosen(keys, self._window.versions.reference)

    def _fill_recent(self) -> None:
        menu = self._window.recent_menu
        menu.clear()
        here = self._project.project
        others = [one for one in self._project.recent if here is None or one.id != here.id]
        for one in others[:12]:
            menu.addAction(one.name).triggered.connect(
                lambda _checked=False, project_id=one.id: self._project.open_project(project_id)
            )
        menu.setEnabled(bool(others))

    def open_demo(self) -> None:
        """Make two versions of a short film with known differences, and compare them in a project of their own."""
        folder = self._window.context.paths.data / "demo"

        def work(tick: Tick) -> list[Path]:
            from vidstudio.engine.recipes.demo import make_clips

            folder.mkdir(parents=True, exist_ok=True)
            clips = [folder / "version-a.mp4", folder / "version-b.mp4"]
            if not all(clip.is_file() for clip in clips):
                made = make_clips(folder, tick)
                clips = [made.a, made.b]
            return clips

        self._window.actions_.action("tools.demo").setEnabled(False)
        worker = self._crew.run(work, self._demo_made)
        note = self._window.messages.show_progress(self.tr("Making the demo's two clips"), worker.cancel)
        look = QTimer(self, interval=100)
        look.timeout.connect(lambda: note.show_fraction(worker.progress.fraction))
        look.start()
        self._demo_note = (note, look)

    def _demo_made(self, outcome: Outcome[list[Path]]) -> None:
        self._window.actions_.action("tools.demo").setEnabled(True)
        if self._demo_note is not None:
            note, look = self._demo_note
            look.stop()
            look.deleteLater()
            note.end()
            self._demo_note = None
        clips = outcome.result
        if clips is None:
            if outcome.error is not None:
                self._window.show_error(outcome.error)
            return
        self._project.new_project(self.tr("Demo"), lambda: self._project.stage.open_paths(clips))

    def close(self) -> bool:
        """End what is still being made or written. True when it ended in time."""
        return all([self._crew.close(), self.exporter.close()])

    # files

    def add_videos(self) -> None:
        """Choose files."""
        endings = " ".join(f"*{ending}" for ending in sorted(VIDEO_ENDINGS))
        kinds = ";;".join((self.tr("Videos") + f" ({endings})", self.tr("All files") + " (*)"))
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Add videos"), self._folder(), kinds)
        self._project.stage.open_paths([Path(name) for name in names])

    def add_folder(self) -> None:
        """Choose a folder that is searched through."""
        if name := QFileDialog.getExistingDirectory(self._window, self.tr("Add a folder"), self._folder()):
            self._project.stage.open_paths([Path(name)])

    def paste(self) -> None:
        """Add what was copied in the file manager."""
        paths = paths_in(QGuiApplication.clipboard().mimeData())
        if paths:
            self._project.stage.open_paths(paths)
        else:
            self._window.messages.show_message(
                self.tr("There is no video in the clipboard. Copy files in the file manager, or a path as text.")
            )

    def relink(self) -> bool:
        """Ask where the chosen file is now; whether an answer came."""
        chosen = self._window.library.selected()
        if not chosen:
            return False
        title = self.tr("Where is {0} now?").format(chosen[0].name)
        name, _ = QFileDialog.getOpenFileName(self._window, title, str(chosen[0].path.parent))
        if name:
            self._project.library.relink(chosen[0].key, Path(name))
        return bool(name)

    def reveal(self) -> None:
        """Open the folder of the chosen file."""
        if chosen := self._window.library.selected():
            self._show_folder(chosen[0].path.parent)

    def _folder(self) -> str:
        items = self._project.library.items
        return str(items[-1].path.parent) if items else ""

    def _show_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._window.messages.show_message(self.tr("The folder is {0}").format(folder))

    # window

    def find(self) -> None:
        """Put the keys into the library's search field."""
        self._window.docks.library.show()
        self._window.library.search.setFocus()
        self._window.library.search.selectAll()

    def settings(self) -> None:
        """Open the settings."""
        context = self._window.context
        dialog = SettingsDialog(
            context.settings,
            context.paths.models,
            self._window,
            models=context.models,
            space=context.space,
            clouds=context.clouds,
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def full_screen(self, on: bool) -> None:
        """The whole screen for the stage, without panels; and back."""
        window = self._window
        if on == window.isFullScreen():
            return
        if on:
            self._panels = [
                part for part in (window.docks.library, window.docks.jobs, window.tool_bar) if not part.isHidden()
            ]
            for part in self._panels:
                part.hide()
            window.showFullScreen()
        else:
            for part in self._panels:
                part.show()
            window.showNormal()
        window.menuBar().setVisible(not on)
        window.status.setVisible(not on)
        window.actions_.provide(full_screen=on)
        window.actions_.action("view.full_screen").setChecked(on)

    def copy_report(self) -> None:
        """Put the report about this machine into the clipboard."""
        QGuiApplication.clipboard().setText(machine_report(self._window.context.log_file))
        self._window.messages.show_message(self.tr("The report is in the clipboard."), "success")

    def about(self) -> None:
        """Name, version, licence."""
        QMessageBox.about(
            self._window,
            self.tr("About VidStudio"),
            self.tr(
                "<h3>VidStudio {0}</h3><p>Compare, understand and repurpose video on your own machine.</p>"
                "<p>Free software under the GNU Affero General Public License, version 3 or later.</p>"
            ).format(__version__),
        )
