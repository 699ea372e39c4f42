"""A tiny real model in a real model process. One torch here, one in the child: this is the slow one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from clips import shot, write_clip
from conformance.embedder import check_embedder
from tiny_models import tiny_dinov2

from vidstudio.engine.errors import Cancelled, ModelProcessDied, ModelUnavailable
from vidstudio.engine.media import decode
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.model_process import ModelProcess
from vidstudio.engine.models import transformers_embedder
from vidstudio.engine.models.transformers_embedder import TransformersEmbedder, find_weights, transformers_spec
from vidstudio.engine.stage import Call
from vidstudio.engine.stages.embed import EMBED_MODEL, segment_frames
from vidstudio.engine.time import Span
from vidstudio.engine.types import Embedding, FrameTimes

NAME = "tiny/dinov2"
# the library's own code, on the Python that has it
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@dataclass(frozen=True)
class Scene:
    """A clip, a folder of weights, and a warm child."""

    clip: Path
    times: FrameTimes
    models: Path
    process: ModelProcess

    def run(self, tick: Any = lambda done, total, note: None, model: str = NAME) -> Iterator[Embedding]:
        call = Call(
            "embed_model", ("c0ffee",), {"segment_us": 1_000_000, "model": model}, None, (Call("times", ("c0ffee",)),)
        )
        return self.process.run(EMBED_MODEL, call, [[self.times]], {"c0ffee": self.clip}, tick)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("torch")
    pictures = [picture for seed in range(12) for picture in shot(seed, 4, (64, 64))]
    clip = write_clip(folder / "a.mp4", pictures, 4)
    tiny_dinov2(folder / "models" / "tiny--dinov2")
    process = ModelProcess(folder / "models", "cpu")
    scene = Scene(clip, frame_times(clip), folder / "models", process)
    list(scene.run())  # started here, so that its threads belong to no single test
    yield scene
    process.close()


@pytest.fixture(scope="module")
def embedder(scene: Scene) -> TransformersEmbedder:
    return TransformersEmbedder(find_weights(NAME, scene.models), NAME)


def test_the_embedder_conforms(embedder: TransformersEmbedder) -> None:
    check_embedder(embedder)
    assert embedder.dimension == 32


def test_it_is_what_the_library_computes(scene: Scene, embedder: TransformersEmbedder) -> None:
    import torch
    from transformers import Dinov2Model

    frames = np.random.default_rng(1).integers(0, 256, (3, 56, 56, 3)).astype(np.uint8)
    model = Dinov2Model.from_pretrained(scene.models / "tiny--dinov2").eval()
    pictures = (frames / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.no_grad():
        tokens = model(torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2)).last_hidden_state
    expected = tokens[:, 0].numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder.embed(frames), expected, atol=1e-5)


def test_short_of_memory_it_goes_on_with_smaller_batches(
    embedder: TransformersEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    frames = np.random.default_rng(2).integers(0, 256, (7, 56, 56, 3)).astype(np.uint8)
    expected = embedder.embed(frames)
    real, sizes, said = transformers_embedder._pooled, [], []

    def scarce(model: Any, pictures: Any) -> Any:
        sizes.append(len(pictures))
        if len(pictures) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(model, pictures)

    monkeypatch.setattr(transformers_embedder, "_pooled", scarce)
    np.testing.assert_allclose(embedder.embed(frames, say=said.append), expected, atol=1e-5)
    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    assert len(said) == 2


def test_vectors_from_the_child_equal_those_computed_here(scene: Scene, embedder: TransformersEmbedder) -> None:
    ticks: list[tuple[float, float, str]] = []
    found = list(scene.run(lambda *tick: ticks.append(tick)))
    assert [embedding.segment.span for embedding in found] == list(Span(0, 12_000_000).split(1_000_000))
    assert {embedding.model for embedding in found} == {embedder.name}
    for embedding in found:
        numbers = segment_frames(scene.times, embedding.segment.span)
        pictures = np.stack([f.pixels for f in decode.sampled(scene.clip, scene.times, numbers, size=embedder.size)])
        mean = embedder.embed(pictures).mean(0)
        np.testing.assert_allclose(embedding.vector, mean / np.linalg.norm(mean), atol=1e-5)
    assert any("loading" in note for _, _, note in ticks)
    assert ticks[-1][:2] == (12, 12)


def test_the_model_stays_loaded_and_a_cancelled_call_leaves_it_so(scene: Scene) -> None:
    pid = scene.process.pid

    def tick(done: float, total: float, note: str) -> None:
        if done >= 8:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(scene.run(tick))
    assert len(list(scene.run())) == 12
    assert scene.process.pid == pid


def test_weights_that_are_not_here_are_said(scene: Scene) -> None:
    with pytest.raises(ModelUnavailable, match="nobody/nothing") as caught:
        list(scene.run(model="nobody/nothing"))
    assert "nobody--nothing" in caught.value.hint


def test_weights_that_could_carry_code_are_refused(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(scene.models / "tiny--dinov2", folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        TransformersEmbedder(folder, "pickled")


def test_code_beside_weights_is_never_run(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(scene.models / "tiny--dinov2", folder)
    config = (folder / "config.json").read_text()
    config = config.replace(
        '"model_type": "dinov2"', '"model_type": "own", "auto_map": {"AutoConfig": "code.C", "AutoModel": "code.M"}'
    )
    (folder / "config.json").write_text(config)
    (folder / "code.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    with pytest.raises(ModelUnavailable):
        TransformersEmbedder(folder, "own")
    assert not (tmp_path / "ran").exists()


def test_damaged_weights_are_said(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(scene.models / "tiny--dinov2", folder)
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:1000])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        TransformersEmbedder(folder, "cut")
    (folder / "preprocessor_config.json").unlink()
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelUnavailable, match=r"preprocessor_config\.json"):
        TransformersEmbedder(folder, "cut")


def test_other_weights_are_another_name(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(scene.models / "tiny--dinov2", folder)
    same = transformers_embedder.weights_revision(folder)
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    assert transformers_embedder.weights_revision(scene.models / "tiny--dinov2") == same
    assert transformers_embedder.weights_revision(folder) != same
    assert transformers_spec(str(folder), tmp_path, "cpu").bytes_needed > len(data)


# the last of this module: it takes the child down
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_in_mid_call_it_is_that_calls_error_and_memory_is_free(scene: Scene, tmp_path: Path) -> None:
    # so long that the child is not through it before this process, on a busy machine, hears of its beginning
    clip = write_clip(
        tmp_path / "long.mp4", (picture for seed in range(12) for picture in shot(seed, 100, (64, 64))), 4
    )
    long = replace(scene, clip=clip, times=frame_times(clip))
    first = scene.process.pid
    assert first is not None
    assert psutil.Process(first).memory_info().rss > 150e6, "this child has torch in it"

    def tick(done: float, total: float, note: str) -> None:
        if done >= 8:
            os.kill(first, signal.SIGKILL)

    with pytest.raises(ModelProcessDied):
        list(long.run(tick))
    assert scene.process.pid is None
    assert not psutil.pid_exists(first)


def test_looking_for_weights_imports_no_torch(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from vidstudio.engine.errors import ModelUnavailable
        from vidstudio.engine.models.transformers_embedder import find_weights
        try:
            find_weights("facebook/dinov2-small", Path("nowhere"))
        except ModelUnavailable as error:
            assert "88 MB" in str(error) and "Apache" in str(error)
        assert not {"torch", "transformers"} & set(sys.modules)
    """
    environment = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False, env=environment)
    assert done.returncode == 0
