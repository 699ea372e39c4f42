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
