"""The table of actions as live QActions, and the menus made from it.

actions = Actions(window)
actions.bind("play.toggle", session.toggle)
actions.provide(video=True)          # now everything that needs a video is enabled
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton, QWidget

from vidstudio.ui.action_table import ACTIONS, MENUS, ActionSpec, Menu, Needs
from vidstudio.ui.icons import icon

__all__ = ["ACTIONS", "ActionSpec", "Actions", "spec"]

_BY_ID = {one.id: one for one in ACTIONS}


def spec(action_id: str) -> ActionSpec:
    """The table's row. Raises KeyError for an unknown id."""
    return _BY_ID[action_id]


def action_text(one: ActionSpec) -> str:
    """The action's name in the user's language."""
    return QCoreApplication.translate("Actions", one.text)


def menu_text(menu: Menu) -> str:
    """The menu's name in the user's language."""
    names: dict[Menu, str] = {
        "File": QCoreApplication.translate("Actions", "&File"),
        "Edit": QCoreApplication.translate("Actions", "&Edit"),
        "View": QCoreApplication.translate("Actions", "&View"),
        "Play": QCoreApplication.translate("Actions", "&Play"),
        "Compare": QCoreApplication.translate("Actions", "&Compare"),
        "Tools": QCoreApplication.translate("Actions", "&Tools"),
        "Window": QCoreApplication.translate("Actions", "&Window"),
        "Help": QCoreApplication.translate("Actions", "&Help"),
    }
    return names[menu]


class Actions(QObject):
    """One QAction for each row of the table, on one window.

    An action is enabled when something is bound to it and what it needs was provided.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._bound: set[str] = set()
        self._provided: set[str] = set()
        self._actions: dict[str, QAction] = {}
        for one in ACTIONS:
            self._actions[one.id] = self._make(one)
            window.addAction(self._actions[one.id])
        self._refresh()

    def action(self, action_id: str) -> QAction:
        """The QAction of a row. Raises KeyError for an unknown id."""
        return self._actions[action_id]

    def bind(self, action_id: str, slot: Callable[..., object]) -> QAction:
        """Call `slot` when the action happens: with its new state when it is checkable, else with nothing."""
        action = self._actions[action_id]
        if spec(action_id).checkable:
            action.triggered.connect(lambda checked=False: slot(checked))
        else:
            action.triggered.connect(lambda _checked=False: slot())
        self._bound.add(action_id)
        self._refresh_one(spec(action_id))
        return action

    def bound(self, action_id: str) -> bool:
        """Whether something happens on this action."""
        return action_id in self._bound

    def provide(self, **there: bool) -> None:
        """Say what is there now: `provide(video=True, comparison=False)`."""
        before = set(self._provided)
        for name, is_there in there.items():
            (self._provided.add if is_there else self._provided.discard)(name)
        if self._provided != before:
            self._refresh()

    def fill(self, menu_bar: QMenuBar) -> dict[Menu, QMenu]:
        """Add all menus to a menu bar; returns them by name."""
        menus: dict[Menu, QMenu] = {}
        for name in MENUS:
            menu = menu_bar.addMenu(menu_text(name))
            menu.setToolTipsVisible(True)
            group, below = 0, dict[str, QMenu]()
            for one in (row for row in ACTIONS if row.menu == name):
                if one.group != group:
                    menu.addSeparator()
                    group = one.group
                if one.submenu and one.submenu not in below:
                    below[one.submenu] = menu.addMenu(QCoreApplication.translate("Actions", one.submenu))
                    below[one.submenu].setToolTipsVisible(True)
                below.get(one.submenu, menu).addAction(self._actions[one.id])
            menus[name] = menu
        return menus

    def button(self, action_id: str, parent: QWidget | None = None) -> QToolButton:
        """A tool button of the action, with its icon, its tooltip and its name for screen readers."""
        button = QToolButton(parent)
        button.setDefaultAction(self._actions[action_id])
        button.setAccessibleName(action_text(spec(action_id)))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _make(self, one: ActionSpec) -> QAction:
        action = QAction(action_text(one), self)
        action.setObjectName(one.id)
        action.setCheckable(one.checkable)
        action.setShortcuts([QKeySequence.fromString(keys) for keys in one.shortcuts])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if one.icon:
            action.setIcon(icon(one.icon))
            # in a menu its place is that of the check mark: a sheet draws either
            action.setIconVisibleInMenu(not one.checkable)
        action.setToolTip(self._tooltip(one, action))
        action.setStatusTip(QCoreApplication.translate("Actions", one.tooltip) if one.tooltip else "")
        return action

    def _tooltip(self, one: ActionSpec, action: QAction) -> str:
        keys = " · ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        head = f"{action_text(one)} ({keys})" if keys else action_text(one)
        return f"{head}\n{QCoreApplication.translate('Actions', one.tooltip)}" if one.tooltip else head

    def _refresh(self) -> None:
        for one in ACTIONS:
            self._refresh_one(one)

    def _refresh_one(self, one: ActionSpec) -> None:
        self._actions[one.id].setEnabled(one.id in self._bound and self._has(one.enabled_when))

    def _has(self, needs: Needs) -> bool:
        return not needs or needs in self._provided
