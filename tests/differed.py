"""What a Differ says of two courses of pictures."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.picture.differ import Differ


def differed(a: list[np.ndarray], b: list[np.ndarray]) -> Measures:
    """The measures of pictures that belong together."""
    differ = Differ()
    for number, (of_a, of_b) in enumerate(zip(a, b, strict=True)):
        differ.add(number, of_a, of_b)
    return differ.finish()
