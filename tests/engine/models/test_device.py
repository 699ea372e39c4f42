from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from vidstudio.engine.models import device
from vidstudio.engine.models.device import find_device

GB = 1024**3


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the driver: card 0 with 8 GB, card 1 with 24 GB."""
    cards = {0: ("Small", 8 * GB, 6 * GB), 1: ("Large", 24 * GB, 20 * GB), "GPU-abc": ("Large", 24 * GB, 20 * GB)}

    def handle(key: Any) -> Any:
        if key not in cards:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return cards[key]

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlShutdown", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 2)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", handle)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByUUID", handle)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda card: card[0])
    monkeypatch.setattr(
        pynvml, "nvmlDeviceGetMemoryInfo", lambda card: SimpleNamespace(total=card[1], free=card[2], used=0)
    )


def test_without_a_driver_it_is_the_cpu_with_real_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    found = find_device()
    assert found.name == "cpu"
    assert 0 < found.free_bytes <= found.total_bytes
    assert 0 < found.budget_bytes < found.free_bytes


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize(
    ("wanted", "visible", "name", "label", "total"),
    [
        (None, None, "cuda:0", "Small", 8 * GB),
        ("cuda", None, "cuda:0", "Small", 8 * GB),
        ("cuda:1", None, "cuda:1", "Large", 24 * GB),
        (None, "1", "cuda:0", "Large", 24 * GB),
        ("cuda:1", "1,0", "cuda:1", "Small", 8 * GB),
        (None, "GPU-abc", "cuda:0", "Large", 24 * GB),
        ("cuda:5", None, "cuda:5", "cuda:5", 0),
    ],
)
def test_cards_are_found_as_cuda_numbers_them(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, visible: str | None, name: str, label: str, total: int
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = find_device(wanted)
    assert (found.name, found.label, found.total_bytes) == (name, label, total)


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize("visible", ["", "-1", "-1,0", "GPU-unknown"])
def test_hidden_cards_leave_the_cpu(monkeypatch: pytest.MonkeyPatch, visible: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert find_device().name == "cpu"


@pytest.mark.usefixtures("two_cards")
def test_the_cpu_can_be_wanted() -> None:
    assert find_device("cpu").label == "CPU"


def test_asking_for_the_device_imports_no_torch() -> None:
    code = f"import sys; from {device.__name__} import find_device; find_device(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
