"""SigLIP's eyes, SSCD's file, and how many pictures at a time: real classes with tiny random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conformance.embedder import check_embedder
from tiny_models import tiny_siglip, tiny_sscd

from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.models import pictures, torchscript_embedder
from vidstudio.engine.models.torchscript_embedder import TorchscriptEmbedder, torchscript_spec
from vidstudio.engine.models.transformers_embedder import TransformersEmbedder
from vidstudio.engine.models.weights import find_weights, is_torchscript, list_weights, weights_revision

# the libraries' own code, on the Python that has it
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.timeout(300),  # importing transformers takes minutes on a busy machine
]


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_siglip(tmp_path_factory.mktemp("siglip"))


@pytest.fixture(scope="module")
def sscd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sscd(tmp_path_factory.mktemp("models") / "sscd_disc_mixup.torchscript.pt")


def frames(count: int, side: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def test_siglip_gives_what_the_whole_model_calls_the_features(siglip: Path) -> None:
    import torch
    from transformers import SiglipModel

    embedder = TransformersEmbedder(siglip, "tiny/siglip")
    assert (embedder.dimension, embedder.size) == (24, (32, 32))
    shown = frames(3, 32)
    given = (torch.from_numpy(shown).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
    with torch.inference_mode():
        features = SiglipModel.from_pretrained(siglip).get_image_features(pixel_values=given)
    features = getattr(features, "pooler_output", features)
    expected = torch.nn.functional.normalize(features, dim=1).numpy()
    np.testing.assert_allclose(embedder.embed(shown), expected, atol=1e-5)


def test_siglip_loads_only_the_part_that_sees(siglip: Path) -> None:
    names = {name for name, _ in TransformersEmbedder(siglip, "tiny/siglip")._model.named_parameters()}
    assert names
    assert not any("text" in name for name in names)


def test_a_model_that_makes_no_vector_of_a_picture_is_said(tmp_path: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    BertModel(BertConfig(vocab_size=16, **small)).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0] * 3, "image_std": [1] * 3}))
    with pytest.raises(ModelUnavailable, match="does not turn a picture"):
        TransformersEmbedder(tmp_path, "tiny/bert")


def test_sscd_conforms(sscd: Path) -> None:
    embedder = TorchscriptEmbedder(sscd, "sscd_disc_mixup")
    check_embedder(embedder)
    assert (embedder.dimension, embedder.size) == (16, (320, 320))
    assert embedder.name == f"sscd_disc_mixup@{weights_revision(sscd)}"


def test_sscd_is_given_pictures_as_its_authors_publish(sscd: Path) -> None:
    """Squeezed to 320 x 320 and normalised as ImageNet's; torchvision is the independent implementation."""
    import torch
    from PIL import Image
    from torchvision import transforms

    shown = frames(2, 320)
    published = transforms.Compose(
        [
            transforms.Resize([320, 320]),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
        ]
    )
    batch = torch.stack([published(Image.fromarray(one)) for one in shown])
    with torch.inference_mode():
        said = torch.jit.load(str(sscd))(batch)
    expected = torch.nn.functional.normalize(said, dim=1).numpy()
    np.testing.assert_allclose(TorchscriptEmbedder(sscd, "sscd").embed(shown), expected, atol=1e-5)


def test_sscd_is_found_by_name_and_by_path(sscd: Path) -> None:
    assert is_torchscript("sscd_disc_mixup")
    assert is_torchscript(str(sscd))
    assert not is_torchscript("facebook/dinov2-small")
    for name in ("sscd_disc_mixup", str(sscd)):
        assert find_weights(name, sscd.parent) == sscd.resolve()
        assert torchscript_spec(name, sscd.parent, "cpu").load().dimension == 16
    (listed,) = list_weights(sscd.parent)
    assert (listed.name, listed.state, listed.own) == ("sscd_disc_mixup", "here", False)
    with pytest.raises(ModelUnavailable, match="never fetched for you"):
        find_weights("sscd_disc_large", sscd.parent)


def test_a_file_that_is_none_is_said(tmp_path: Path, sscd: Path) -> None:
    import torch

    damaged = tmp_path / "damaged.torchscript.pt"
    damaged.write_bytes(sscd.read_bytes()[:500])
    with pytest.raises(ModelUnavailable, match="damaged"):
        TorchscriptEmbedder(damaged, "damaged")
    other = tmp_path / "other.torchscript.pt"
    torch.jit.script(torch.nn.Linear(3, 3)).save(str(other))
    with pytest.raises(ModelUnavailable, match="into vectors"):
        TorchscriptEmbedder(other, "other")


def test_out_of_memory_takes_smaller_batches(sscd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = TorchscriptEmbedder(sscd, "sscd")
    expected = embedder.embed(frames(8, 64))
    whole, sizes = torchscript_embedder.prepared, []

    def short_of_memory(batch: np.ndarray, *more: object) -> object:  # type: ignore[type-arg]
        sizes.append(len(batch))
        if len(batch) > 2:
            raise RuntimeError("DefaultCPUAllocator: not enough memory")
        return whole(batch, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(torchscript_embedder, "prepared", short_of_memory)
    monkeypatch.setattr(torchscript_embedder, "batch_size", lambda *_: 8)
    said: list[str] = []
    np.testing.assert_allclose(embedder.embed(frames(8, 64), said.append), expected, atol=1e-6)
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert len(said) == 2


def test_as_many_pictures_as_there_is_memory_for() -> None:
    assert pictures.batch_size("cuda:0", 8 * 1024**3, 16 * 1024**2) == 256
    assert pictures.batch_size("cuda:0", 1024**3, 16 * 1024**2) == 32
    assert pictures.batch_size("cuda:0", 1024, 16 * 1024**2) == 1
    assert pictures.batch_size("cpu", 64 * 1024**3, 16 * 1024**2) == 8
    assert pictures.batch_size("cpu", 64 * 1024**2, 16 * 1024**2) == 2
    assert pictures.free_memory("cpu") > 0
