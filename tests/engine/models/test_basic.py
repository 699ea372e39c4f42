from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from clips import shot
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidstudio.engine.media import decode
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.models.basic import BasicEmbedder

Frames = NDArray[np.uint8]
EMBEDDER = BasicEmbedder()


def distances(a: Frames, b: Frames) -> NDArray[np.float32]:
    return np.asarray(1 - (EMBEDDER.embed(a) * EMBEDDER.embed(b)).sum(1))


@pytest.fixture(scope="module")
def shots() -> Frames:
    return np.stack([next(iter(shot(seed, 1, (224, 224)))) for seed in range(12)])


def test_another_size_of_the_same_picture_is_the_same(shots: Frames) -> None:
    assert distances(shots, shots[:, ::2, ::2]).max() < 0.03
    assert distances(shots, shots.repeat(2, axis=1)).max() < 1e-4


def test_sensor_noise_is_the_same(shots: Frames) -> None:
    noise = np.random.default_rng(3).normal(0, 4, shots.shape)
    assert distances(shots, np.clip(shots + noise, 0, 255).astype(np.uint8)).max() < 0.03


def test_a_grade_is_near_and_another_shot_is_far(shots: Frames) -> None:
    graded = (np.clip((shots / 255) ** 0.85 * [1.08, 1.0, 0.9], 0, 1) * 255).astype(np.uint8)
    assert distances(shots, graded).max() < 0.1
    for by in range(1, len(shots)):
        assert distances(shots, np.roll(shots, by, axis=0)).min() > 0.3


def test_black_white_and_noisy_black() -> None:
    noise = np.random.default_rng(0).integers(0, 4, (1, 224, 224, 3)).astype(np.uint8)
    black, white = np.zeros((1, 224, 224, 3), np.uint8), np.full((1, 224, 224, 3), 255, np.uint8)
    assert distances(black, noise)[0] < 0.05
    assert distances(black, white)[0] > 0.9


def test_mirrored_and_upside_down_are_other_pictures(shots: Frames) -> None:
    assert np.median(distances(shots, shots[:, :, ::-1])) > 0.3
    assert np.median(distances(shots, shots[:, ::-1])) > 0.3


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 40), st.integers(0, 2**31))
def test_unit_vectors_that_do_not_depend_on_the_batch(height: int, width: int, count: int, seed: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3)).astype(np.uint8)
    vectors = EMBEDDER.embed(frames)
    assert vectors.shape == (count, EMBEDDER.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    if count:
        np.testing.assert_allclose(EMBEDDER.embed(frames[-1:]), vectors[-1:], atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 4, 4), (2, 4, 4, 4), (2, 0, 4, 3), (4, 4, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="frames must be"):
        EMBEDDER.embed(np.zeros(shape, np.uint8))


def test_real_versions_are_near_and_other_shots_far(real_media: Path) -> None:
    truth = json.loads((real_media / "pairs" / "truth.json").read_text())
    numbers = [(first + after) // 2 for first, after in zip([0, *truth["cuts"]], truth["cuts"], strict=False)]

    def vectors(name: str) -> NDArray[np.float32]:
        path = real_media / "pairs" / f"{name}.mp4"
        frames = decode.sampled(path, frame_times(path), numbers, size=(224, 224))
        return EMBEDDER.embed(np.stack([frame.pixels for frame in frames]))

    programme = vectors("A")
    for name in ("same", "crf38"):
        assert (1 - (programme * vectors(name)).sum(1)).max() < 0.03
    between = 1 - (programme @ programme.T)[np.triu_indices(len(numbers), 1)]
    assert np.mean(between > 0.15) > 0.97, "a few shots are takes of one scene"
    assert np.median(between) > 0.5
