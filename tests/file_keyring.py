"""A keyring for tests, named by PYTHON_KEYRING_BACKEND: one file, named by TEST_KEYRING, that tests look into."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Keyring(KeyringBackend):
    """Keeps everything in the file; locked while the file says so."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file().write_text(json.dumps({**self._all(), f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError
        self._file().write_text(json.dumps(kept))

    def _file(self) -> Path:
        return Path(os.environ["TEST_KEYRING"])

    def _all(self) -> dict[str, str]:
        if not self._file().is_file():
            return {}
        text = self._file().read_text()
        if text == "locked":
            raise KeyringLocked
        kept: dict[str, str] = json.loads(text)
        return kept
