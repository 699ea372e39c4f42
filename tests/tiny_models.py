"""Makes a tiny image model with random weights: the real classes and file formats, a millisecond a picture."""

from __future__ import annotations

import json
from pathlib import Path


def tiny_dinov2(folder: Path) -> Path:
    """Save a DINOv2 (32 numbers a vector, 56 x 56 pictures, 2 layers) with its image processor's configuration."""
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(7)
    config = Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=56, patch_size=14
    )
    Dinov2Model(config).save_pretrained(folder)
    # what facebook/dinov2-small ships, at 56 pixels (the class itself would import torchvision for seconds)
    processor = {
        "crop_size": {"height": 56, "width": 56},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_processor_type": "BitImageProcessor",
        "image_std": [0.229, 0.224, 0.225],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": 64},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def tiny_siglip(folder: Path) -> Path:
    """Save a SigLIP of pictures and text (24 numbers a vector, 32 x 32 pictures); SigLIP 2's are of this class too."""
    import torch
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(8)
    part = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = SiglipConfig(
        text_config={**part, "vocab_size": 64, "max_position_embeddings": 8},
        vision_config={**part, "image_size": 32, "patch_size": 8},
    )
    SiglipModel(config).save_pretrained(folder)
    processor = {
        "do_normalize": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        "size": {"height": 32, "width": 32},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def tiny_sscd(file: Path) -> Path:
    """Save a scripted model of SSCD's kind: convolution, a mean of cubes over the picture, a vector of 16 numbers."""
    import torch

    class Tiny(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen = torch.nn.Conv2d(3, 16, 16, stride=16)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return self.seen(pictures).clamp(min=1e-6).pow(3.0).mean(dim=(2, 3)).pow(1.0 / 3.0)

    torch.manual_seed(9)
    torch.jit.script(Tiny().eval()).save(str(file))
    return file
