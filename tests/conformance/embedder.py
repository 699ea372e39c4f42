"""What every `Embedder` must keep to. `check_embedder` raises AssertionError naming what it does not."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.ports import Embedder


def check_embedder(embedder: Embedder) -> None:
    """Shapes, unit length, order, independence of the batch, determinism, likeness, inputs left alone."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (5, 7, 7, 3)).astype(np.uint8)
    frames = coarse.repeat(8, axis=1).repeat(8, axis=2)  # (5, 56, 56, 3), each unlike the others
    before = frames.copy()
    vectors = embedder.embed(frames)
    assert isinstance(embedder.name, str), "the name is text"
    assert embedder.name, "the model has a name"
    assert vectors.shape == (5, embedder.dimension), f"shape {vectors.shape} is not (N, dimension)"
    assert vectors.dtype == np.float32, f"vectors are {vectors.dtype}"
    assert np.isfinite(vectors).all(), "vectors are finite"
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3, err_msg="vectors are of unit length")
    assert (frames == before).all(), "frames are left as they were"
    np.testing.assert_allclose(embedder.embed(frames), vectors, atol=1e-3, err_msg="the same again")
    np.testing.assert_allclose(embedder.embed(frames[::-1]), vectors[::-1], atol=1e-3, err_msg="in the frames' order")
    np.testing.assert_allclose(embedder.embed(frames[2:3]), vectors[2:3], atol=1e-3, err_msg="whatever the batch")
    none = embedder.embed(frames[:0])
    assert none.shape == (0, embedder.dimension), f"no frames give shape {none.shape}"
    wide = embedder.embed(frames[:, ::2])
    assert wide.shape == (5, embedder.dimension), "any size of picture is taken"
    flat = embedder.embed(np.zeros((1, 56, 56, 3), np.uint8))
    assert np.isfinite(flat).all(), "a black picture has a vector too"
    _check_likeness(embedder, frames, vectors)


def _check_likeness(embedder: Embedder, frames: np.ndarray, vectors: np.ndarray) -> None:  # type: ignore[type-arg]
    noise = np.random.default_rng(1).integers(-3, 4, frames.shape)
    noisy = embedder.embed(np.clip(frames + noise, 0, 255).astype(np.uint8))
    same = 1 - (vectors * noisy).sum(1)
    other = 1 - (vectors * np.roll(vectors, 1, axis=0)).sum(1)
    assert same.max() < other.min(), (
        f"a noisy copy ({same.max():.3f}) is nearer than another picture ({other.min():.3f})"
    )
