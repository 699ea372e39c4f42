"""What a person would say happened between two versions whose true map is known."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.flags import stretches_of

Side = tuple[int, int] | None


def events(truth: np.ndarray, a_frames: int, speed: float) -> list[tuple[str, Side, Side]]:
    """What a person would say happened: (kind, frames of A, frames of B), from the true map alone.

    speed: frames of A a frame of B stands for where nothing was retimed. Stretches out of order are moved, those
    in order are not listed; the chain in order is the one that holds most frames of B.
    """
    segments: list[tuple[int, int]] = []
    at = 0
    follows = np.abs(np.diff(truth) - speed) < 1
    for i in range(1, len(truth) + 1):
        if i == len(truth) or (truth[i] < 0) != (truth[i - 1] < 0) or (truth[i] >= 0 and not follows[i - 1]):
            segments.append((at, i))
            at = i
    matched = [(low, high) for low, high in segments if truth[low] >= 0]
    best: list[tuple[float, list[int]]] = []
    for i, (low, high) in enumerate(matched):
        before = [one for k, one in enumerate(best) if truth[matched[k][1] - 1] < truth[low]]
        top = max(before, key=lambda one: one[0], default=(0.0, []))
        best.append((top[0] + high - low, [*top[1], i]))
    chain = max(best, key=lambda one: one[0], default=(0.0, []))[1]
    shown = np.zeros(a_frames, bool)
    shown[truth[truth >= 0]] = True
    for low, high in matched:
        part = truth[low:high]
        shown[part.min() : part.max() + 1] = True
    result: list[tuple[str, Side, Side]] = []
    for i, (low, high) in enumerate(matched):
        if i not in chain:
            result.append(("moved", (int(truth[low:high].min()), int(truth[low:high].max()) + 1), (low, high)))
    gaps = stretches_of(~shown)
    new = [(low, high) for low, high in segments if truth[low] == -1]
    for low, high in new:
        before = max((truth[matched[i][1] - 1] for i in chain if matched[i][1] <= low), default=-1)
        after = min((truth[matched[i][0]] for i in chain if matched[i][0] >= high), default=a_frames)
        here = [gap for gap in gaps if before < gap[0] and gap[1] <= after]
        if len(here) == 1 and chain and 0.2 < (here[0][1] - here[0][0]) / (high - low) / speed < 5:
            gaps.remove(here[0])
            result.append(("replaced", here[0], (low, high)))
        else:
            result.append(("inserted", None, (low, high)))
    result += [("removed", gap, None) for gap in gaps if gap[1] - gap[0] > (1 if speed > 1.01 else 0)]
    return result
