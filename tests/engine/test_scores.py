"""The PSNR of many frames is that of their mean error."""

import math

import numpy as np
import pytest

from vidstudio.engine.scores import PSNR_TOP, mean_psnr


def test_it_is_that_of_the_mean_error() -> None:
    assert mean_psnr([30.0]) == pytest.approx(30)
    # errors of 1/100 and 1/1000
    assert mean_psnr(np.array([20, 30], np.float32)) == pytest.approx(-10 * math.log10(0.0055))
    assert mean_psnr([20, 30], [1, 9]) == pytest.approx(-10 * math.log10(0.0019))


def test_equal_pictures_have_no_error() -> None:
    assert mean_psnr([PSNR_TOP, float("inf")]) == float("inf")
    # one frame in ten thousand: far above what one frame can have, and no identity
    assert mean_psnr([PSNR_TOP] * 9999 + [70.0]) == pytest.approx(110)
