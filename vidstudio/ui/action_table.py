"""Every action of the studio, once. Menus, tooltips, the shortcut list and the palette are made from this table.

Keys are in Qt's portable words; the first of several is the one shown. An action without a shortcut
is in its menu and in the palette.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QT_TRANSLATE_NOOP

Menu = Literal["File", "Edit", "View", "Play", "Compare", "Tools", "Window", "Help"]
Needs = Literal[
    "", "project", "media", "selection", "video", "comparison", "ignored", "full_screen", "undo", "redo", "reference"
]
"""What must be there for an action to make sense; nothing, when empty."""

MENUS: tuple[Menu, ...] = ("File", "Edit", "View", "Play", "Compare", "Tools", "Window", "Help")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing a person can do. `text`, `tooltip` are English sources of translations (context "Actions").

    `group` separates neighbours in a menu; `enabled_when` names what must be there; `submenu`, also a
    source of translations, is where in its menu it is.
    """

    id: str
    text: str
    menu: Menu
    shortcuts: tuple[str, ...] = ()
    tooltip: str = ""
    checkable: bool = False
    enabled_when: Needs = ""
    icon: str = ""
    group: int = 0
    submenu: str = ""


def _n(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


_video = partial(ActionSpec, enabled_when="video")
_comparison = partial(ActionSpec, enabled_when="comparison")


def _export(name: str, text: str, tooltip: str, *, icon: str = "export", shortcuts: tuple[str, ...] = ()) -> ActionSpec:
    return _comparison(f"export.{name}", text, "File", shortcuts, tooltip, icon=icon, group=2, submenu=_n("Export"))


_FILE = (
    ActionSpec("project.new", _n("New project"), "File", ("Ctrl+N",), icon="project"),
    ActionSpec("project.rename", _n("Rename project…"), "File", (), enabled_when="project", icon="rename"),
    ActionSpec(
        "project.local_only",
        _n("Local only"),
        "File",
        (),
        _n("Nothing of this project's videos is sent to a cloud service, whoever asks"),
        checkable=True,
        enabled_when="project",
        icon="lock",
    ),
    ActionSpec("project.delete", _n("Delete project…"), "File", (), enabled_when="project", icon="trash"),
    ActionSpec(
        "media.open",
        _n("Add videos…"),
        "File",
        ("Ctrl+O",),
        _n("Choose video files. Your files are never changed."),
        icon="add",
        group=1,
    ),
    ActionSpec("media.open_folder", _n("Add a folder…"), "File", ("Ctrl+Shift+O",), icon="folder", group=1),
    _export(
        "report",
        _n("Export report…"),
        _n("One HTML page with all differences, to send to others"),
        icon="report",
        shortcuts=("Ctrl+E",),
    ),
    _export("pdf", _n("Export PDF…"), _n("The report on pages, to print or to file"), icon="report"),
    _export(
        "video",
        _n("Export comparison video…"),
        _n("Both versions side by side, under a wipe, or what differs, with time codes"),
        icon="film",
    ),
    _export("csv", _n("Export CSV…"), _n("The list of differences for spreadsheets")),
    _export("json", _n("Export JSON…"), _n("All scores and the list of differences, for programs")),
    _export(
        "details",
        _n("Export details…"),
        _n("How sure each difference is, its grade, transform and heat, and the sound"),
    ),
    _export("otio", _n("Export OTIO timeline…"), _n("For editing programs that read OpenTimelineIO")),
    _export("fcpxml", _n("Export FCPXML…"), _n("A project with markers for Final Cut Pro and DaVinci Resolve")),
    _export("edl", _n("Export EDL…"), _n("For editing programs that read CMX 3600 edit lists")),
    _export("resolve", _n("Export Resolve markers…"), _n("Import them there as Timeline Markers from EDL")),
    _export("premiere", _n("Export Premiere markers…"), _n("For panels and scripts that read Premiere's marker lists")),
    ActionSpec("app.quit", _n("Quit"), "File", ("Ctrl+Q",), icon="quit", group=3),
)

_EDIT = (
    ActionSpec("edit.undo", _n("Undo"), "Edit", ("Ctrl+Z",), enabled_when="undo", icon="undo"),
    ActionSpec("edit.redo", _n("Redo"), "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), enabled_when="redo", icon="redo"),
    ActionSpec(
        "media.paste",
        _n("Paste videos"),
        "Edit",
        ("Ctrl+V",),
        _n("Add the files that were copied in the file manager, or a path that was copied as text"),
        icon="paste",
        group=1,
    ),
    ActionSpec(
        "media.remove",
        _n("Remove from project"),
        "Edit",
        ("Delete",),
        _n("The file itself stays where it is"),
        enabled_when="selection",
        icon="trash",
        group=1,
    ),
    ActionSpec("edit.find", _n("Search"), "Edit", ("Ctrl+F",), icon="search", group=2),
    ActionSpec("app.settings", _n("Settings…"), "Edit", ("Ctrl+,",), icon="settings", group=3),
)

_VIEW = (
    _video(
        "view.cycle_sides",
        _n("A, B or both"),
        "View",
        ("Tab",),
        _n("Show only A, only B, both. With the keys on a list or a field, Tab goes to the next one instead."),
        icon="compare",
    ),
    _video("view.a_only", _n("Only A"), "View", ("Shift+1",), checkable=True, icon="side-a"),
    _video("view.b_only", _n("Only B"), "View", ("Shift+2",), checkable=True, icon="side-b"),
    _video("view.both", _n("Both"), "View", ("Shift+3",), checkable=True, icon="side-both"),
    _video("timeline.zoom_in", _n("Zoom in"), "View", ("Ctrl++", "Ctrl+="), icon="zoom-in", group=1),
    _video("timeline.zoom_out", _n("Zoom out"), "View", ("Ctrl+-",), icon="zoom-out", group=1),
    _video("timeline.zoom_fit", _n("Zoom to fit"), "View", ("Ctrl+0",), icon="zoom-fit", group=1),
    ActionSpec("view.full_screen", _n("Full screen"), "View", ("F11",), checkable=True, icon="fullscreen", group=2),
    ActionSpec("view.back", _n("Leave full screen"), "View", ("Esc",), enabled_when="full_screen", group=2),
    ActionSpec("view.theme", _n("Dark or light"), "View", ("Ctrl+Shift+L",), icon="theme", group=3),
)

_PLAY = (
    _video("play.toggle", _n("Play or pause"), "Play", ("Space", "K"), icon="play"),
    _video("play.back", _n("Play backward"), "Play", ("J",), _n("Again: faster"), icon="play-back"),
    _video("play.forward", _n("Play forward"), "Play", ("L",), _n("Again: faster"), icon="play"),
    _video("play.slower", _n("Slower"), "Play", ("[",), icon="speed"),
    _video("play.faster", _n("Faster"), "Play", ("]",), icon="speed"),
    _video("play.step_back", _n("One frame back"), "Play", ("Left",), icon="step-back", group=1),
    _video("play.step_forward", _n("One frame on"), "Play", ("Right",), icon="step-forward", group=1),
    _video("play.second_back", _n("One second back"), "Play", ("Shift+Left",), icon="second-back", group=1),
    _video("play.second_forward", _n("One second on"), "Play", ("Shift+Right",), icon="second-forward", group=1),
    _video("play.start", _n("To the start"), "Play", ("Home",), icon="start", group=2),
    _video("play.end", _n("To the end"), "Play", ("End",), icon="end", group=2),
    _video("play.go_to", _n("Go to time…"), "Play", ("G",), icon="go-to", group=2),
    _video(
        "play.mark_in",
        _n("Loop from here"),
        "Play",
        ("I",),
        _n("In: the loop begins at the playhead"),
        icon="loop",
        group=3,
    ),
    _video(
        "play.mark_out",
        _n("Loop up to here"),
        "Play",
        ("P",),
        _n("Out: the loop ends at the playhead"),
        icon="loop",
        group=3,
    ),
    ActionSpec(
        "play.loop",
        _n("Loop"),
        "Play",
        ("Ctrl+L",),
        _n("Again and again: between in and out (I and P), or the chosen difference, or the one at the playhead"),
        checkable=True,
        enabled_when="video",
        icon="loop",
        group=3,
    ),
)

_COMPARE = (
    ActionSpec(
        "compare.run",
        _n("Compare"),
        "Compare",
        ("Ctrl+R",),
        _n("Choose two videos in the library; with none chosen, those on the stage or the first two are compared"),
        enabled_when="media",
        icon="compare",
    ),
    ActionSpec(
        "versions.compare",
        _n("Compare all with the reference"),
        "Compare",
        (),
        _n("Every video of the library that is not yet compared with the reference"),
        enabled_when="reference",
        icon="versions",
    ),
    _comparison("compare.previous", _n("Previous difference"), "Compare", ("Up",), icon="previous", group=1),
    _comparison("compare.next", _n("Next difference"), "Compare", ("Down",), icon="next", group=1),
    _comparison(
        "compare.threshold_up",
        _n("Raise the threshold"),
        "Compare",
        ("Ctrl+Up",),
        _n("Fewer segments count as different"),
        icon="threshold",
        group=2,
    ),
    _comparison(
        "compare.threshold_down",
        _n("Lower the threshold"),
        "Compare",
        ("Ctrl+Down",),
        _n("More segments count as different"),
        icon="threshold",
        group=2,
    ),
    _comparison(
        "ignore.region",
        _n("Ignore a region…"),
        "Compare",
        ("Ctrl+Shift+I",),
        _n("Draw on the picture of B where changes are ignored"),
        icon="region",
        group=3,
    ),
    ActionSpec(
        "ignore.span",
        _n("Ignore from in to out"),
        "Compare",
        (),
        _n("All differences between in and out (I and P) are ignored"),
        enabled_when="comparison",
        icon="in",
        group=3,
    ),
    _comparison(
        "ignore.selected",
        _n("Ignore the chosen difference"),
        "Compare",
        ("Ctrl+I",),
        _n("All that happens where it is, is ignored"),
        icon="ignore",
        group=3,
    ),
    ActionSpec(
        "ignore.show",
        _n("Show what is ignored"),
        "Compare",
        (),
        _n("Ignored differences are in the list and on the timeline, faintly"),
        checkable=True,
        enabled_when="ignored",
        icon="ignore",
        group=3,
    ),
)

_TOOLS = (
    ActionSpec(
        "tools.palette", _n("All actions…"), "Tools", ("Ctrl+K",), _n("Find any action by name"), icon="palette"
    ),
    ActionSpec(
        "tools.demo",
        _n("Open the demo project"),
        "Tools",
        (),
        _n("Two versions of a short clip with known differences, made on this machine"),
        icon="demo",
        group=1,
    ),
    ActionSpec(
        "media.relink",
        _n("Relink…"),
        "Tools",
        (),
        _n("Say where a moved file is now"),
        enabled_when="selection",
        icon="link",
        group=2,
    ),
    ActionSpec(
        "media.reveal",
        _n("Show in file manager"),
        "Tools",
        ("Ctrl+Shift+R",),
        enabled_when="selection",
        icon="reveal",
        group=2,
    ),
)

_WINDOW = (
    ActionSpec("window.library", _n("Library"), "Window", ("Ctrl+1",), checkable=True, icon="library"),
    ActionSpec("window.jobs", _n("Jobs"), "Window", ("Ctrl+2",), checkable=True, icon="jobs"),
    ActionSpec(
        "window.versions",
        _n("Versions"),
        "Window",
        ("Ctrl+3",),
        _n("What of the reference is in which version"),
        checkable=True,
        icon="versions",
    ),
    ActionSpec("window.next_pane", _n("Next panel"), "Window", ("F6",), _n("Move the keys to the next panel"), group=1),
    ActionSpec("window.reset", _n("Reset the layout"), "Window", (), icon="window", group=2),
)

_HELP = (
    ActionSpec("help.shortcuts", _n("Keyboard shortcuts"), "Help", ("F1",), icon="keyboard"),
    ActionSpec("help.logs", _n("Show the log folder"), "Help", (), icon="folder", group=1),
    ActionSpec(
        "help.copy_report",
        _n("Copy a report about this machine"),
        "Help",
        (),
        _n("Versions and the last log lines, for a bug report; no keys or passwords"),
        icon="copy",
        group=1,
    ),
    ActionSpec("help.about", _n("About VidStudio"), "Help", (), icon="info", group=2),
)

ACTIONS: tuple[ActionSpec, ...] = (*_FILE, *_EDIT, *_VIEW, *_PLAY, *_COMPARE, *_TOOLS, *_WINDOW, *_HELP)
