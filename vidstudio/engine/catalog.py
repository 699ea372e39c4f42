"""Every stage there is, by name: what a Runner and the model process can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vidstudio.engine.stage import Stage
from vidstudio.engine.stages.active import ACTIVE
from vidstudio.engine.stages.align import ALIGN
from vidstudio.engine.stages.compare import COMPARE
from vidstudio.engine.stages.comparison_video import COMPARISON_VIDEO
from vidstudio.engine.stages.embed import EMBED_BASIC, EMBED_MODEL
from vidstudio.engine.stages.embed_cloud import EMBED_CLOUD
from vidstudio.engine.stages.fingerprint import FINGERPRINT
from vidstudio.engine.stages.key_test import KEY_TEST
from vidstudio.engine.stages.loudness import LOUDNESS
from vidstudio.engine.stages.measure import MEASURE
from vidstudio.engine.stages.scan import SCAN
from vidstudio.engine.stages.sound import SOUND
from vidstudio.engine.stages.sound_print import SOUND_PRINT
from vidstudio.engine.stages.times import TIMES

_ALL: tuple[Stage[Any, Any], ...] = (
    TIMES,
    ACTIVE,
    SCAN,
    FINGERPRINT,
    ALIGN,
    MEASURE,
    EMBED_BASIC,
    EMBED_MODEL,
    EMBED_CLOUD,
    SOUND_PRINT,
    LOUDNESS,
    SOUND,
    COMPARE,
    COMPARISON_VIDEO,
    KEY_TEST,
)

STAGES: Mapping[str, Stage[Any, Any]] = {stage.name: stage for stage in _ALL}
