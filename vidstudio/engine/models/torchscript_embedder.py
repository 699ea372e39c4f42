"""SSCD, the descriptor for finding copies, from a TorchScript file that the person put there.

Such a file is a program. It is never fetched for anybody, and only run when it is named: by the model's name when
it lies in the models folder, or by its path.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.models.manager import ModelSpec, Say, smaller_batches
from vidstudio.engine.models.pictures import (
    batch_size,
    checked,
    free_device_memory,
    free_memory,
    is_out_of_memory,
    prepared,
)
from vidstudio.engine.models.weights import find_weights, weights_revision

_SIDE = 320  # squeezed into a square, which its authors advise for batches
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_ACTIVATIONS = 512 * 1024**2
_BYTES_A_PICTURE = 160 * 1024**2  # of a ResNet at this size, roughly


class TorchscriptEmbedder:
    """An `Embedder` from a file of `torch.jit.save` that turns pictures (N, 3, 320, 320) into vectors (N, D).

    It computes in single precision also on CUDA: SSCD's pooling raises to the third power, which halves cannot hold.
    Short of memory it takes smaller batches, then the CPU. Raises ModelUnavailable.
    """

    def __init__(self, file: Path, name: str, device: str = "cpu") -> None:
        self._file, self._device = file, device
        self._name = f"{name}@{weights_revision(file)}"
        self._model = _load(file, device)
        try:
            self._dimension = int(self._vectors(np.zeros((1, 32, 32, 3), np.uint8), self._model, device).shape[1])
        except (RuntimeError, IndexError, AttributeError, TypeError) as error:
            if is_out_of_memory(error):
                raise
            raise ModelUnavailable(
                f"{file.name} does not turn pictures into vectors.", "Use SSCD's own .torchscript.pt files."
            ) from error

    @property
    def name(self) -> str:
        """The model's name and the revision of its file."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures that it is best given."""
        return _SIDE, _SIDE

    def embed(self, frames: NDArray[np.uint8], say: Say = lambda text: None) -> NDArray[np.float32]:
        """Unit vectors float32 (N, dimension) of RGB frames (N, height, width, 3). Raises OutOfMemory, ValueError."""
        if len(checked(frames)) == 0:
            return np.empty((0, self._dimension), np.float32)
        return smaller_batches(
            lambda batch: self._vectors(batch, self._model, self._device),
            frames,
            batch_size(self._device, free_memory(self._device), _BYTES_A_PICTURE),
            is_out_of_memory=is_out_of_memory,
            say=say,
            on_cpu=self._on_cpu if self._device != "cpu" else None,
            free=free_device_memory,
        )

    def _on_cpu(self) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        model = _load(self._file, "cpu")
        return lambda batch: self._vectors(batch, model, "cpu")

    def _vectors(self, frames: NDArray[np.uint8], model: Any, device: str) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            vectors = model(prepared(frames, (_SIDE, _SIDE), _MEAN, _STD, device, "bilinear"))
            return np.asarray(torch.nn.functional.normalize(vectors.float(), dim=1).cpu().numpy(), np.float32)


def torchscript_spec(name: str, models_folder: Path, device: str) -> ModelSpec[TorchscriptEmbedder]:
    """How to lease it. Raises ModelUnavailable when the file is not there."""
    file = find_weights(name, models_folder)
    return ModelSpec(
        "embedder",
        f"{name}@{weights_revision(file)} on {device}",
        file.stat().st_size + _ACTIVATIONS,
        lambda: TorchscriptEmbedder(file, name, device),
    )


def _load(file: Path, device: str) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ModelUnavailable(
            f"{file.name} needs a library that is not installed here ({error.name}).",
            "Run the set-up again, or use the embedder “basic”.",
        ) from error
    try:
        return torch.jit.load(str(file), map_location=device).eval()
    except (RuntimeError, ValueError, OSError) as error:
        if is_out_of_memory(error):
            raise
        raise ModelUnavailable(
            f"{file.name} cannot be loaded: it is no TorchScript file, or is damaged.", "Get it again."
        ) from error
