"""Where keys come from, and that they go nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import file_keyring
import keyring
import pytest
from keyring.backends import fail, null

from vidstudio.engine.clouds import keys as module
from vidstudio.engine.clouds.keys import Key, Keys, has_keyring
from vidstudio.engine.clouds.vendors import ELEVENLABS, TWELVELABS, VENDORS, vendor_named
from vidstudio.engine.errors import CloudError, EnvironmentProblem, UsageError

SECRET = "tlk_0123456789abcdefXYZW"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for vendor in VENDORS:
        for variable in vendor.variables:
            monkeypatch.delenv(variable, raising=False)
    file = tmp_path / "keyring.json"
    monkeypatch.setenv("TEST_KEYRING", str(file))
    before = keyring.core._keyring_backend
    keyring.set_keyring(file_keyring.Keyring())
    yield file
    keyring.core._keyring_backend = before


def test_keyring(kept: Path) -> None:
    assert Keys().find(TWELVELABS) is None
    assert Keys().set(TWELVELABS, f"  {SECRET}\n") == "keyring"
    key = Keys().need(TWELVELABS)
    assert (key.value, key.source) == (SECRET, "keyring")
    assert Keys().find(ELEVENLABS) is None
    assert Keys().remove(TWELVELABS)
    assert not Keys().remove(TWELVELABS)
    assert SECRET not in kept.read_text()


def test_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    Keys().set(TWELVELABS, SECRET)
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "from the SDK's own variable")
    assert Keys().need(TWELVELABS) == Key("from the SDK's own variable", "environment")
    monkeypatch.setenv("TWELVELABS_API_KEY", "ours")
    assert Keys().need(TWELVELABS).value == "ours"


@pytest.mark.parametrize("backend", [fail.Keyring(), null.Keyring()])
def test_without_a_keyring_a_key_lasts_for_the_session(backend: Any, kept: Path) -> None:
    keyring.set_keyring(backend)
    assert not has_keyring()
    keys = Keys()
    assert keys.set(TWELVELABS, SECRET) == "session"
    assert keys.need(TWELVELABS) == Key(SECRET, "session")
    assert Keys().find(TWELVELABS) is None
    assert keys.remove(TWELVELABS)
    assert keys.find(TWELVELABS) is None
    assert not kept.exists()


def test_plain_files_are_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """`keyrings.alt` keeps passwords in a readable file; beside a real keyring in a chain it is passed over."""
    plain = type("PlaintextKeyring", (file_keyring.Keyring,), {"__module__": "keyrings.alt.file"})()
    keyring.set_keyring(plain)
    assert Keys().set(TWELVELABS, SECRET) == "session"
    real = file_keyring.Keyring()
    chain = type("Chain", (file_keyring.Keyring,), {"backends": [plain, real]})()
    keyring.set_keyring(chain)
    assert module._backend() is real


def test_a_locked_keyring_is_said(kept: Path) -> None:
    kept.write_text("locked")
    with pytest.raises(EnvironmentProblem, match="refused"):
        Keys().find(TWELVELABS)
    with pytest.raises(EnvironmentProblem, match="refused"):
        Keys().set(TWELVELABS, SECRET)


def test_keys_do_not_show() -> None:
    key = Key(SECRET, "keyring")
    assert SECRET not in repr(key)
    assert key.masked == "••••XYZW"
    assert Key("short", "session").masked == "••••"
    with pytest.raises(CloudError) as caught:
        Keys().need(TWELVELABS)
    assert caught.value.kind == "auth"
    assert "vidstudio keys set twelvelabs" in caught.value.hint


@pytest.mark.parametrize("nonsense", ["", "  ", "two words", "kéy", "a\x00b", "x" * 1000])
def test_nonsense_is_no_key(nonsense: str, kept: Path) -> None:
    with pytest.raises(UsageError, match="no key"):
        Keys().set(TWELVELABS, nonsense)
    assert not kept.exists()


def test_vendors() -> None:
    assert vendor_named("twelvelabs") is TWELVELABS
    with pytest.raises(UsageError, match="openai"):
        vendor_named("openai")
    assert TWELVELABS.host == "api.twelvelabs.io"
