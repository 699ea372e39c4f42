"""What each `Detector`, `Segmenter` and `Tracker` must keep to; checks raise AssertionError naming what it does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.ports import Detector, Segmenter, Tracker
from vidstudio.engine.types import Detections, Mask

HEIGHT, WIDTH = 48, 64


def pictures(count: int) -> NDArray[np.uint8]:
    """A light square that moves 4 pixels a frame over a dark ground: (count, 48, 64, 3)."""
    frames = np.full((count, HEIGHT, WIDTH, 3), 20, np.uint8)
    for number in range(count):
        frames[number, 16:32, 4 + 4 * number : 20 + 4 * number] = 230
    return frames


def check_detector(detector: Detector) -> None:
    """One Detections a frame with its time; boxes in the frame, scores 0..1, known classes, no track ids."""
    assert detector.labels, "there are classes"
    assert all(isinstance(label, str) and label for label in detector.labels), "labels are words"
    frames = pictures(3)
    before = frames.copy()
    starts_us = [0, 40_000, 80_000]
    found = detector.detect(frames, starts_us)
    assert [one.start_us for one in found] == starts_us, "one Detections a frame, in order, at its time"
    for one in found:
        _check_detections(one, len(detector.labels))
        assert one.track_id is None, "a detector gives no track ids"
    assert (frames == before).all(), "frames are left as they were"
    alone = detector.detect(frames[1:2], starts_us[1:2])[0]
    assert alone.xyxy.shape == found[1].xyxy.shape, "whatever the batch"
    np.testing.assert_allclose(alone.xyxy, found[1].xyxy, atol=0.5, err_msg="whatever the batch")
    assert detector.detect(frames[:0], []) == [], "no frames give nothing"


def _check_detections(found: Detections, classes: int) -> None:
    assert found.xyxy.dtype == np.float32, "boxes are float32"
    assert found.score.dtype == np.float32, "scores are float32"
    assert found.class_id.dtype == np.int32, "class ids are int32"
    x1, y1, x2, y2 = found.xyxy.T
    assert ((x1 >= 0) & (y1 >= 0) & (x2 <= WIDTH) & (y2 <= HEIGHT)).all(), "boxes lie in the frame"
    assert ((x1 < x2) & (y1 < y2)).all(), "boxes have an area"
    assert ((found.score >= 0) & (found.score <= 1)).all(), "scores are 0..1"
    assert ((found.class_id >= 0) & (found.class_id < classes)).all(), "class ids have labels"


def check_segmenter(segmenter: Segmenter) -> None:
    """One whole mask a box, of the frame's size, numbered as the boxes, mostly inside its box."""
    frame = pictures(1)[0]
    boxes = np.array([[4, 16, 20, 32], [2, 14, 30, 40]], np.float32)
    masks = segmenter.segment(frame, 40_000, boxes)
    assert [mask.track_id for mask in masks] == [0, 1], "one mask a box, numbered as the boxes"
    for mask, (x1, y1, x2, y2) in zip(masks, boxes.astype(int), strict=True):
        assert mask.start_us == 40_000, "a mask has its frame's time"
        assert (mask.height, mask.width) == (HEIGHT, WIDTH), "a mask is of the frame's size"
        assert all(count >= 0 for count in mask.counts), "runs are not negative"
        assert sum(mask.counts) == HEIGHT * WIDTH, "runs cover the frame exactly"
        dense = dense_mask(mask)
        assert dense.any(), "there is an object in each box"
        assert dense[y1:y2, x1:x2].sum() >= 0.9 * dense.sum(), "the object lies in its box"
    assert segmenter.segment(frame, 0, boxes[:0]) == [], "no boxes give no masks"


def dense_mask(mask: Mask) -> NDArray[np.bool_]:
    """(height, width) of a run-length mask."""
    values = np.arange(len(mask.counts)) % 2 == 1
    return np.repeat(values, mask.counts).reshape(mask.width, mask.height).T


def check_tracker(tracker: Tracker) -> None:
    """Ids are kept from frame to frame, differ between objects, survive an empty frame, and are forgotten by reset."""
    frames = pictures(8)
    first = _follow(tracker, frames, 0)
    tracker.reset()
    again = _follow(tracker, frames, 10_000_000)
    assert len(first) == len(again) == 2, "two objects have two ids"


def _follow(tracker: Tracker, frames: NDArray[np.uint8], from_us: int) -> set[int]:
    seen: list[set[int]] = []
    for number, frame in enumerate(frames):
        left = 4.0 + 4 * number
        boxes = np.array([[left, 16, left + 16, 32], [40, 2, 60, 12]], np.float32)
        if number == 4:  # nothing is seen for one frame
            boxes = boxes[:0]
        given = Detections(
            from_us + number * 40_000,
            boxes,
            np.full(len(boxes), 0.9, np.float32),
            np.arange(len(boxes), dtype=np.int32),
        )
        followed = tracker.update(given, frame)
        assert followed.start_us == given.start_us, "the frame's time is kept"
        assert followed.track_id is not None, "followed detections have track ids"
        ids = followed.track_id.tolist()
        assert len(set(ids)) == len(ids), "no two objects of a frame share an id"
        assert len(followed) <= len(given), "nothing is made up"
        for box in followed.xyxy:
            assert len(boxes), "nothing is seen in an empty frame"
            assert np.abs(boxes - box).max(1).min() < 4, "boxes stay where the detections are"
        if len(ids) == 2:
            moving = int(np.abs(followed.xyxy - boxes[0]).max(1).argmin())
            seen.append({ids[moving]})
    assert len(seen) >= 4, "objects seen again and again are followed"
    assert len(set.union(*seen)) == 1, "an object keeps its id, also over a frame where it is not seen"
    return set(ids)
