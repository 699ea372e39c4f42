"""Image models of the transformers library (DINOv2, SigLIP, CLIP, ViT …) as embedders, from local weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.models.manager import ModelSpec, Say, smaller_batches
from vidstudio.engine.models.weights import find_weights, no_safetensors, weights_revision

_ACTIVATIONS = 256 * 1024**2  # room for one batch beside the weights
_BATCH = {"cpu": 8, "cuda": 64}


class TransformersEmbedder:
    """An `Embedder` from a folder of safetensors weights; needs torch, so it lives in the model process.

    folder: with config.json, *.safetensors and preprocessor_config.json. device: torch's name of it.
    On CUDA it computes in half precision; short of memory it takes smaller batches, then the CPU.
    Code that lies beside weights is never executed. Raises ModelUnavailable.
    """

    def __init__(self, folder: Path, name: str, device: str = "cpu") -> None:
        _check_weights(folder, name)
        self._folder, self._device = folder, device
        self._name = f"{name}@{weights_revision(folder)}"
        self._model = _load(folder, name, device)
        self._mean, self._std, self._size = _processing(folder)
        self._batch = _BATCH["cuda" if device.startswith("cuda") else "cpu"]
        self._dimension: int | None = None

    @property
    def name(self) -> str:
        """The model's name and the revision of its weights."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        if self._dimension is None:
            self._dimension = self.embed(np.zeros((1, 32, 32, 3), np.uint8)).shape[1]
        return self._dimension

    def embed(self, frames: NDArray[np.uint8], say: Say = lambda text: None) -> NDArray[np.float32]:
        """Unit vectors float32 (N, dimension) of RGB frames (N, height, width, 3).

        `say` hears of smaller batches. Raises OutOfMemory, ValueError for another shape.
        """
        if frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape[1:]:
            raise ValueError(f"frames must be (N, height, width, 3), not {frames.shape}")
        if len(frames) == 0:
            return np.empty((0, self.dimension), np.float32)
        return smaller_batches(
            lambda batch: self._vectors(batch, self._model, self._device),
            frames,
            self._batch,
            is_out_of_memory=is_out_of_memory,
            say=say,
            on_cpu=self._on_cpu if self._device != "cpu" else None,
            free=free_device_memory,
        )

    def _on_cpu(self) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        model = _load(self._folder, self._name, "cpu")
        return lambda batch: self._vectors(batch, model, "cpu")

    def _vectors(self, frames: NDArray[np.uint8], model: Any, device: str) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            pictures = torch.from_numpy(np.ascontiguousarray(frames)).to(device).permute(0, 3, 1, 2).float() / 255
            if pictures.shape[2:] != self._size:
                pictures = torch.nn.functional.interpolate(
                    pictures, self._size, mode="bicubic", antialias=True, align_corners=False
                ).clamp(0, 1)
            mean = torch.tensor(self._mean, device=device).view(1, 3, 1, 1)
            std = torch.tensor(self._std, device=device).view(1, 3, 1, 1)
            pictures = ((pictures - mean) / std).to(next(model.parameters()).dtype)
            vectors = torch.nn.functional.normalize(_pooled(model, pictures).float(), dim=1)
            return np.asarray(vectors.cpu().numpy(), np.float32)


def transformers_spec(name: str, models_folder: Path, device: str) -> ModelSpec[TransformersEmbedder]:
    """How to lease an embedder: from the folder `name`, else from `models_folder`, else from the hub's own cache.

    Other weights in the same folder are another model. Raises ModelUnavailable when there are no weights.
    """
    folder = find_weights(name, models_folder)
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return ModelSpec(
        "embedder",
        f"{name}@{weights_revision(folder)} on {device}",
        weights + _ACTIVATIONS,
        lambda: TransformersEmbedder(folder, name, device),
    )


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


def _load(folder: Path, name: str, device: str) -> Any:
    try:
        import torch
        import transformers
        from safetensors import SafetensorError
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} needs a library that is not installed here ({error.name}).",
            "Run the set-up again, or use the embedder “basic”.",
        ) from error
    try:
        model = transformers.AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float16 if device.startswith("cuda") else torch.float32,
        )
        return model.to(device).eval()
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if is_out_of_memory(error):
            raise
        raise ModelUnavailable(
            f"{name} cannot be loaded: {str(error).strip().splitlines()[0]}",
            "Choose another image model, or fetch its weights again.",
        ) from error


def _check_weights(folder: Path, name: str) -> None:
    if not any(folder.glob("*.safetensors")):
        raise no_safetensors(name)


def _processing(folder: Path) -> tuple[list[float], list[float], tuple[int, int]]:
    """Mean, standard deviation, and the size (height, width) that the model's own image processor gives."""
    file = folder / "preprocessor_config.json"
    try:
        config = json.loads(file.read_text("utf-8"))
        size = config.get("crop_size") if config.get("do_center_crop", True) else None
        size = size or config.get("size") or {"height": 224, "width": 224}
        if isinstance(size, int):
            size = {"height": size, "width": size}
        edge = size.get("shortest_edge", 224)
        normalise = config.get("do_normalize", True)
        mean = [float(value) for value in config["image_mean"]] if normalise else [0.0] * 3
        std = [float(value) for value in config["image_std"]] if normalise else [1.0] * 3
        return mean, std, (int(size.get("height", edge)), int(size.get("width", edge)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(
            f"{folder.name} has no usable preprocessor_config.json.",
            "Put the file that belongs to the weights beside them.",
        ) from error


def _pooled(model: Any, pictures: Any) -> Any:
    """(N, D): the model's image features, its pooled output, or else its first (CLS) token."""
    if hasattr(model, "get_image_features"):  # models of pictures and text
        output = model.get_image_features(pixel_values=pictures)
        if not hasattr(output, "pooler_output"):
            return output
    else:
        output = model(pixel_values=pictures)
    pooled = getattr(output, "pooler_output", None)
    return pooled.flatten(1) if pooled is not None else output.last_hidden_state[:, 0]
