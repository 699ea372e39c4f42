"""What the player asks of a sound device. The machine's own is in `sink`."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Sound, float32 (N, 2) in -1..1."""

RATE = 48_000
CHANNELS = 2
DEVICE_US = 200_000
"""How much sound a device is asked to hold."""


class Output(Protocol):
    """A device that takes float32 stereo at 48 kHz."""

    def start(self) -> None:
        """Begin; what was written before is gone and `played_us` is 0."""

    def room(self) -> int:
        """How many samples can be written now."""

    def write(self, samples: Samples) -> None:
        """Queue samples (N, 2)."""

    def played_us(self) -> int:
        """Time of sound that has left the queue since `start`."""

    def stop(self) -> None:
        """Be silent at once."""

    def set_volume(self, volume: float) -> None:
        """0..1, at once."""

    def works(self) -> bool:
        """False once the device is gone."""
