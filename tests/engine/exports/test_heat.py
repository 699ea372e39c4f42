"""Heat is where the pictures differ, and nowhere else."""

from __future__ import annotations

import clips
import numpy as np

from vidstudio.engine.exports.heat import heat_picture


def test_glows_where_something_was_put_in() -> None:
    (a,) = clips.shot(3, 1, (256, 144))
    noisy = np.clip(a.astype(int) + np.random.default_rng(1).integers(-4, 5, a.shape), 0, 255).astype(np.uint8)
    b = noisy.copy()
    b[100:130, 40:200] = 255 - b[100:130, 40:200]
    heat = heat_picture(a, b)
    assert heat.shape == b.shape
    coloured = np.ptp(heat.astype(int), axis=2) > 24
    inside = np.zeros(coloured.shape, bool)
    inside[104:126, 48:192] = True
    near = np.zeros(coloured.shape, bool)
    near[90:140, 30:210] = True
    assert coloured[inside].mean() > 0.7
    assert coloured[~near].mean() < 0.01


def test_pictures_of_two_sizes() -> None:
    (a,) = clips.shot(3, 1, (256, 144))
    assert heat_picture(a, a[::2, ::2]).shape == (72, 128, 3)
