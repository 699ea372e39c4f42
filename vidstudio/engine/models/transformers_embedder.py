"""Image models of the transformers library (DINOv2, SigLIP, CLIP, ViT …) as embedders, from local weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
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
from vidstudio.engine.models.weights import find_weights, no_safetensors, weights_revision

_ACTIVATIONS = 256 * 1024**2  # room for one batch beside the weights
_RESAMPLING = {2: "bilinear", 3: "bicubic"}


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
        self._processing = _processing(folder)
        self._dimension = self._tried(name)

    @property
    def name(self) -> str:
        """The model's name and the revision of its weights."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures that it is best given."""
        height, width = self._processing.size
        return width, height

    def embed(self, frames: NDArray[np.uint8], say: Say = lambda text: None) -> NDArray[np.float32]:
        """Unit vectors float32 (N, dimension) of RGB frames (N, height, width, 3).

        `say` hears of smaller batches. Raises OutOfMemory, ValueError for another shape.
        """
        if len(checked(frames)) == 0:
            return np.empty((0, self.dimension), np.float32)
        return smaller_batches(
            lambda batch: self._vectors(batch, self._model, self._device),
            frames,
            batch_size(self._device, free_memory(self._device), _bytes_a_picture(self._model, self._processing.size)),
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

        about = self._processing
        with torch.inference_mode():
            pictures = prepared(frames, about.size, about.mean, about.std, device, about.mode)
            pooled = _pooled(model, pictures.to(next(model.parameters()).dtype))
            return np.asarray(torch.nn.functional.normalize(pooled.float(), dim=1).cpu().numpy(), np.float32)

    def _tried(self, name: str) -> int:
        """Length of a vector; ModelUnavailable for a model that makes none of a picture."""
        try:
            return int(self._vectors(np.zeros((1, 32, 32, 3), np.uint8), self._model, self._device).shape[1])
        except (TypeError, ValueError, RuntimeError, AttributeError, IndexError) as error:
            if is_out_of_memory(error):
                raise
            raise ModelUnavailable(
                f"{name} does not turn a picture of a fixed size into a vector.", "Choose another image model."
            ) from error


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


def _load(folder: Path, name: str, device: str) -> Any:
    try:
        import torch
        import transformers  # noqa: F401 - whether it is here
        from safetensors import SafetensorError
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} needs a library that is not installed here ({error.name}).",
            "Run the set-up again, or use the embedder “basic”.",
        ) from error
    try:
        model = _class_of(folder).from_pretrained(
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


def _class_of(folder: Path) -> Any:
    """The library's class for these weights: of a model of pictures and text only the part that sees."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    # its pooled output is what the whole model calls the picture's features
    return transformers.SiglipVisionModel if config.model_type == "siglip" else transformers.AutoModel


def _bytes_a_picture(model: Any, size: tuple[int, int]) -> int:
    """Memory that one picture takes on its way through, roughly: a transformer's attention and widest layer."""
    config = getattr(model.config, "vision_config", model.config)
    width = int(getattr(config, "hidden_size", None) or 1024)
    patch = getattr(config, "patch_size", None) or 16
    tokens = 1 + size[0] * size[1] // (int(patch) ** 2 if isinstance(patch, int) else 256)
    heads = int(getattr(config, "num_attention_heads", None) or 16)
    return 4 * (3 * size[0] * size[1] + tokens * width * 12 + heads * tokens * tokens)


@dataclass(frozen=True, slots=True)
class _Processing:
    """How a picture is made ready: mean and deviation of each colour, size (height, width), how it is resized."""

    mean: list[float]
    std: list[float]
    size: tuple[int, int]
    mode: str


def _processing(folder: Path) -> _Processing:
    """What the model's own image processor does."""
    file = folder / "preprocessor_config.json"
    try:
        config = json.loads(file.read_text("utf-8"))
        size = config.get("crop_size") if config.get("do_center_crop", True) else None
        size = size or config.get("size") or {"height": 224, "width": 224}
        if isinstance(size, int):
            size = {"height": size, "width": size}
        edge = size.get("shortest_edge", 224)
        normalise = config.get("do_normalize", True)
        return _Processing(
            [float(value) for value in config["image_mean"]] if normalise else [0.0] * 3,
            [float(value) for value in config["image_std"]] if normalise else [1.0] * 3,
            (int(size.get("height", edge)), int(size.get("width", edge))),
            _RESAMPLING.get(config.get("resample", 3), "bicubic"),
        )
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
