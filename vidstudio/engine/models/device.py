"""Which device there is and how much memory it has, asked without importing torch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run. `name` is torch's ("cpu", "cuda:0"), `label` is for people; sizes in bytes."""

    name: str
    label: str
    total_bytes: int
    free_bytes: int

    @property
    def budget_bytes(self) -> int:
        """What models may take together: most of what is free now, room for activations left."""
        return int(self.free_bytes * (0.8 if self.name != "cpu" else 0.5))


def find_device(wanted: str | None = None) -> Device:
    """The device called `wanted`, or the first NVIDIA card, or the CPU.

    A wanted card that the driver does not know is still returned, with sizes of 0, so that the model
    library can say what is wrong with it.
    """
    if wanted == "cpu":
        return _cpu()
    number = int(wanted.partition(":")[2] or 0) if wanted is not None and wanted.startswith("cuda") else 0
    card = _nvidia(number)
    if card is not None:
        return card
    return _cpu() if wanted is None else Device(wanted, wanted, 0, 0)


def _nvidia(number: int) -> Device | None:
    import pynvml  # here, because hardly anybody asks

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver library, no driver, no rights: no card for us
        return None
    try:
        handle = _handle(pynvml, number)
        if handle is None:
            return None
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        label = pynvml.nvmlDeviceGetName(handle)
        label = label.decode() if isinstance(label, bytes) else str(label)
        return Device(f"cuda:{number}", label, int(memory.total), int(memory.free))
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def _handle(pynvml: Any, number: int) -> Any | None:
    """NVML's handle of CUDA's card `number`: CUDA_VISIBLE_DEVICES renumbers and hides cards for CUDA only."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return pynvml.nvmlDeviceGetHandleByIndex(number) if number < pynvml.nvmlDeviceGetCount() else None
    names = [name.strip() for name in visible.split(",")]
    # CUDA itself stops reading the list at the first bad entry
    if number >= len(names) or "-1" in names[: number + 1] or not names[number]:
        return None
    name = names[number]
    if name.isdigit():
        return pynvml.nvmlDeviceGetHandleByIndex(int(name))
    return pynvml.nvmlDeviceGetHandleByUUID(name)


def _cpu() -> Device:
    memory = psutil.virtual_memory()
    return Device("cpu", "CPU", int(memory.total), int(memory.available))
