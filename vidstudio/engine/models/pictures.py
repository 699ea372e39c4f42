"""Pictures for models that torch runs: made ready, and as many at a time as there is memory for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_MOST = {"cpu": 8, "cuda": 256}
_SHARE = 0.5
"""Of the free memory that one batch may take."""


def prepared(
    frames: NDArray[np.uint8],
    size: tuple[int, int],
    mean: Sequence[float],
    std: Sequence[float],
    device: str,
    mode: str = "bicubic",
) -> Any:
    """Normalised tensor float32 (N, 3, height, width) of RGB frames (N, h, w, 3), resized to `size` (height, width)."""
    import torch

    pictures = torch.from_numpy(np.ascontiguousarray(frames)).to(device).permute(0, 3, 1, 2).float() / 255
    if pictures.shape[2:] != size:
        pictures = torch.nn.functional.interpolate(pictures, size, mode=mode, antialias=True, align_corners=False)
        pictures = pictures.clamp(0, 1)
    centre = torch.tensor(mean, device=device).view(1, 3, 1, 1)
    spread = torch.tensor(std, device=device).view(1, 3, 1, 1)
    return (pictures - centre) / spread


def checked(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frames. ValueError when they are not (N, height, width, 3)."""
    if frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape[1:]:
        raise ValueError(f"frames must be (N, height, width, 3), not {frames.shape}")
    return frames


def batch_size(device: str, free_bytes: int, bytes_a_picture: int) -> int:
    """How many pictures at a time fit into half of the free memory; few on a CPU, where many are no quicker."""
    most = _AT_MOST["cuda" if device.startswith("cuda") else "cpu"]
    return max(1, min(most, int(free_bytes * _SHARE) // max(1, bytes_a_picture)))


def free_memory(device: str) -> int:
    """Bytes that are free on the device now."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch (or Python) ran out of memory."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        # the CPU's allocator has no class of its own
        isinstance(error, RuntimeError) and "not enough memory" in str(error)
    )


def free_device_memory() -> None:
    """Hand what torch keeps for later back to the device."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
