"""A frame that is left out soon after the start, or soon before the end, is left out there and not at the very end."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vidstudio.engine.alignment.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.ends import kept
from vidstudio.engine.alignment.looks import PLAIN, Seen

FRAMES = 120


def _pictures(step: float) -> NDArray[np.uint8]:
    """Thumbnails of a pattern that moves by `step` points a frame."""
    at = np.arange(WIDTH)[None, None, :] + step * np.arange(FRAMES)[:, None, None]
    wave = 128 + 60 * np.sin(at / 4) + 30 * np.sin(np.arange(HEIGHT) / 3)[None, :, None]
    return np.clip(wave, 0, 255).astype(np.uint8)


def _seen(a: NDArray[np.uint8], shown: NDArray[np.int64]) -> Seen:
    noise = np.random.default_rng(1).normal(0, 1, (len(shown), HEIGHT, WIDTH))
    b = np.clip(a[shown] + noise, 0, 255).astype(np.uint8)
    return Seen(a, b, [PLAIN], np.zeros(len(shown), np.int64))


@pytest.mark.parametrize("left_out", [1, 2, 3])
@pytest.mark.parametrize("at", [10, 40, 100])
def test_what_is_left_out_within_stays_within(at: int, left_out: int) -> None:
    truth = np.delete(np.arange(FRAMES), np.arange(at, at + left_out))
    natural = np.arange(len(truth))
    for found in (natural + left_out, natural):
        moved = kept(found.astype(np.int32), natural, _seen(_pictures(1.0), truth))
        assert moved.tolist() == truth.tolist()


@pytest.mark.parametrize("cut", [np.arange(2, FRAMES), np.arange(FRAMES - 2)])
def test_what_is_left_out_at_an_end_stays_there(cut: NDArray[np.int64]) -> None:
    natural = np.arange(len(cut))
    for step in (0.0, 1.0):
        found = kept(cut.astype(np.int32), natural, _seen(_pictures(step), cut))
        assert found.tolist() == cut.tolist()


def test_where_nothing_moves_nothing_is_changed() -> None:
    natural = np.arange(FRAMES - 1)
    shown = (natural + 1).astype(np.int32)
    assert kept(shown, natural, _seen(_pictures(0.0), natural)).tolist() == shown.tolist()
