"""Which device there is and how much memory it has, asked without importing torch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import psutil

from vidstudio.engine.errors import EngineError, ModelProcessDied, OutOfMemory

_SHORT = ("out of memory", "not enough memory", "cublas_status_alloc_failed", "cannot allocate memory")
_LOST = ("cuda error", "device-side assert", "cuda driver error", "cublas_status", "cudnn_status", "hip error", "nccl")


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


def device_failure(error: BaseException) -> EngineError | None:
    """What to tell people about an error that leaves a process unable to use its device; None for any other.

    After a CUDA error every further call of the process fails, and after running out of memory only an
    ended process gives all of it back. Known by class name and text, so that torch is not imported.
    """
    if isinstance(error, EngineError):
        return None
    names = {cls.__name__ for cls in type(error).__mro__}
    text = str(error).lower()
    of_torch = "RuntimeError" in names
    if "MemoryError" in names or "OutOfMemoryError" in names or (of_torch and any(one in text for one in _SHORT)):
        return OutOfMemory(
            f"{'The graphics card' if 'cuda' in text else 'The computer'} ran out of memory.",
            "Close other programs that use it, or choose a smaller model.",
        )
    if "AcceleratorError" in names or (of_torch and any(one in text for one in _LOST)):
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return ModelProcessDied(
            f"The graphics card failed in the middle of the work ({first}).",
            "Only this piece of work is lost: run it again. If it happens again, restart the computer,"
            " or choose a smaller model.",
        )
    return None


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
