"""The data that flows between stages: frozen, JSON by msgspec, one meaning a word (see ARCHITECTURE.md).

Times are microseconds on the video's own presentation clock. Boxes of `Edit` are `[x, y, w, h]` and
boxes of `Detections` are `xyxy`, both in source pixels of the frame as it is shown (after rotation).
Arrays are read-only.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.time import Span

Metric = Literal["cosine", "euclidean"]
EditKind = Literal["same", "changed", "inserted", "removed", "moved", "retimed"]
ChangeKind = Literal["picture", "local", "colour", "geometry", "audio"]
Scope = Literal["clip", "video"]

AudioKind = Literal["level", "silent", "content", "missing", "offset", "retimed"]

METRICS: tuple[Metric, ...] = ("cosine", "euclidean")


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """One audio stream of a file. `duration_us` is None when the file does not say."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str
    language: str
    duration_us: int | None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a file's own streams say about its main video.

    `width` and `height` are the picture in its own pixels after `rotation` (clockwise degrees, 0, 90,
    180 or 270) was applied; `pixel_aspect` is the width of one such pixel over its height.
    `frame_rate` is the average rate; with `variable_rate` frames are not evenly spaced.
    `start_us` is where the file's own clock stood at the first frame (our clock says 0 there).
    `notes` are oddities worth telling a person, in plain words.
    """

    content_id: str
    path: str
    size_bytes: int
    container: str
    duration_us: int
    width: int
    height: int
    rotation: int
    pixel_aspect: Fraction
    frame_rate: Fraction
    time_base: Fraction
    frames: int
    variable_rate: bool
    start_us: int
    codec: str
    pixel_format: str
    bit_depth: int
    color_primaries: str
    color_transfer: str
    color_matrix: str
    color_range: str
    interlaced: bool
    video_streams: int
    audio: tuple[AudioInfo, ...]
    subtitle_streams: int
    notes: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """The whole video."""
        return Span(0, self.duration_us)

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels, the height kept."""
        return max(1, round(self.width * self.pixel_aspect)), self.height


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When each frame of a video is shown, in presentation order.

    starts_us: int64 (N,), strictly rising, first 0. keyframes: bool (N,), where decoding can start.
    """

    starts_us: NDArray[np.int64]
    keyframes: NDArray[np.bool_]
    duration_us: int

    def __len__(self) -> int:
        return len(self.starts_us)

    def frame_at(self, time_us: int) -> int:
        """Number of the frame on screen at `time_us`, clamped to the video."""
        number = int(np.searchsorted(self.starts_us, time_us, side="right")) - 1
        return min(max(number, 0), len(self.starts_us) - 1)

    def span_of(self, first: int, after: int) -> Span:
        """Time that frames `first..after-1` cover, from the first's start to the start of `after`."""
        return Span(self.start_of(first), self.start_of(after))

    def start_of(self, frame: int) -> int:
        """Start of a frame; the number of frames itself gives the end of the video."""
        return int(self.starts_us[frame]) if frame < len(self.starts_us) else self.duration_us


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of one video that is embedded as one unit."""

    content_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Embedding:
    """Unit float32 vector (D,) of a segment, with the model that made it; never compared across models.

    scope: "clip" is one segment, "video" a whole file: the two are never compared with one another.
    """

    segment: Segment
    vector: NDArray[np.float32]
    model: str
    scope: Scope = "clip"


@dataclass(frozen=True, slots=True)
class Pair:
    """A span of A matched with a span of B; one side is None where it has no counterpart."""

    a: Span | None
    b: Span | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the two sides of a pair mean something else: scores only, thresholds belong to views.

    cosine is 1 - cos, 0..2; euclidean is the distance of the unit vectors, 0..2. None without a counterpart.
    audio: how differently it sounds, 0 (alike) to 1; None where there is no sound on both sides.
    """

    pair: Pair
    cosine: float | None
    euclidean: float | None
    audio: float | None = None

    def distance(self, metric: Metric) -> float | None:
        """The score in one metric."""
        return self.cosine if metric == "cosine" else self.euclidean


@dataclass(frozen=True, slots=True)
class Grade:
    """How B's colours follow from A's: `lift + gain * x ** exponent` for grey levels x of 0..1.

    saturation: how strong colours are against A's, 1 as strong. hue: degrees by which they are turned. red, blue: the
    white balance, how much of each there is against green in what was a medium grey, 1 as much.
    """

    gain: float
    exponent: float
    lift: float
    saturation: float
    hue: float
    red: float = 1.0
    blue: float = 1.0

    @property
    def gamma(self) -> float:
        """The gamma as editing programs and FFmpeg's `eq` have it: above 1 the mid tones are brighter."""
        return 1 / self.exponent


@dataclass(frozen=True, slots=True)
class Transform:
    """Where B's picture lies in A's: `x_a = a x_b + b y_b + c`, `y_a = d x_b + e y_b + f`, in shown pixels.

    Pixels count from the left and top edge of the whole frame. scale: how much larger B shows things, in A's
    pixels made as large as B's; rotation: degrees by which they are turned clockwise; mirrored: left to right.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    scale: float
    rotation: float
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Heat:
    """How much each part of a picture changed: `rows` x `columns` levels, 0 (not at all) to 255.

    packed: the levels along rows, one byte each, by zlib. box: what of B's frame they cover, `[x, y, w, h]` in
    shown pixels.
    """

    columns: int
    rows: int
    packed: bytes
    box: tuple[int, int, int, int]

    @classmethod
    def of(cls, picture: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Heat:
        """From levels uint8 (rows, columns)."""
        return cls(picture.shape[1], picture.shape[0], zlib.compress(picture.tobytes()), box)

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The levels, uint8 (rows, columns), read-only."""
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.rows, self.columns)


@dataclass(frozen=True, slots=True)
class Edit:
    """One row of the edit list between A and B.

    `change` says in which ways the matched spans look or sound different; `boxes` `[x, y, w, h]` where, in source
    pixels of B. `distance` is the largest cosine distance of the segments inside; of a changed edit in which none lies
    whole, that of the segments which it is a part of. `psnr` (dB) and `ssim` are what the summaries of FFmpeg's filters
    say of the luma (`y`, `Y`) of all matched frames inside: the PSNR of the mean of their squared errors, inf where all
    are identical, and the mean of their SSIM. None where nothing is matched. `confidence` is 0..1; None where nothing
    was looked for, as between equal times. `alternatives` are other spans of A that B's span shows as well as `a`;
    of what only one side has, other spans of that side which it could be as well.
    `grade`, `transform` and `heat` say more of a change of colour, of geometry, of a part of the picture. `speed` is
    how many seconds of A pass in one of B: below 0 backward, 0 where a frame is held.
    """

    kind: EditKind
    a: Span | None
    b: Span | None
    change: tuple[ChangeKind, ...] = ()
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    distance: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    confidence: float | None = 1.0
    grade: Grade | None = None
    transform: Transform | None = None
    heat: Heat | None = None
    alternatives: tuple[Span, ...] = ()
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a version is as a whole, by EBU R 128.

    integrated: LUFS; range: loudness range in LU; true_peak: dBTP. integrated and true_peak are None for silence.
    """

    integrated: float | None
    range: float
    true_peak: float | None


@dataclass(frozen=True, slots=True)
class SoundMatch:
    """A span of B that sounds like a span of A, found by the sound alone; `confidence` is 0..1.

    Times run evenly; spans of different lengths mean that the sound was retimed.
    """

    a: Span
    b: Span
    confidence: float

    @property
    def offset_us(self) -> int:
        """By how much later B has it, at its start."""
        return self.b.start_us - self.a.start_us

    @property
    def rate(self) -> float:
        """Time of A for one of B: above 1 where B is faster."""
        return self.a.duration_us / self.b.duration_us if self.b.duration_us else 1.0


@dataclass(frozen=True, slots=True)
class AudioDifference:
    """A way in which B sounds unlike A where both show the same picture.

    a, b: the spans that it concerns. level: B is `level_db` louder. silent: `side` is silent where the other is not.
    content: something else is heard; with an `offset_us`, what A has that much earlier. missing: `side` has no sound
    at all. offset: against the picture, B's sound is `offset_us` later than A's. retimed: while B plays 1 s of sound,
    its picture takes it 1 s on and A's sound goes on by `rate` s.
    """

    kind: AudioKind
    a: Span
    b: Span
    level_db: float = 0.0
    side: Literal["a", "b", ""] = ""
    offset_us: int = 0
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything found out about two versions of a video. Holds scores, no decisions of a view.

    edits are in the order of B, removed ones where they were. frame_map: int32 (frames of B,), the
    number of the frame of A that each frame of B shows, -1 for new material. ignored: what a person's
    rules took out of `edits` (see `ignore`), as it was found; empty in what is stored. audio: what sounds
    different, in the order of B. sound_map: where the sound of B comes from, by the sound alone. Loudness is
    None without sound. damaged: how many pictures of A and of B are, or cannot be decoded. active: what is left of the
    frames of A and of B without black bars, `[x, y, w, h]` in shown pixels; None where nobody looked.
    """

    a: VideoInfo
    b: VideoInfo
    a_times: FrameTimes
    b_times: FrameTimes
    segment_us: int
    aligned: bool
    embedder: str
    dimension: int
    edits: tuple[Edit, ...]
    segments: tuple[Difference, ...]
    frame_map: NDArray[np.int32]
    ignored: tuple[Edit, ...] = ()
    audio: tuple[AudioDifference, ...] = ()
    sound_map: tuple[SoundMatch, ...] = ()
    a_loudness: Loudness | None = None
    b_loudness: Loudness | None = None
    damaged: tuple[int, int] = (0, 0)
    active: tuple[tuple[int, int, int, int], tuple[int, int, int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """What was detected in one frame, as struct of arrays.

    xyxy: float32 (N, 4) source pixels; score: float32 (N,); class_id: int32 (N,); track_id: int32 (N,) or None.
    """

    start_us: int
    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    class_id: NDArray[np.int32]
    track_id: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        count = len(self.score)
        if self.xyxy.shape != (count, 4) or self.class_id.shape != (count,):
            raise ValueError(f"shapes disagree: xyxy {self.xyxy.shape}, score {self.score.shape}")
        if self.track_id is not None and self.track_id.shape != (count,):
            raise ValueError(f"shapes disagree: track_id {self.track_id.shape}, score {self.score.shape}")

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True)
class Mask:
    """One object in one frame: COCO run lengths (column-major, first run is background) of size (height, width)."""

    track_id: int
    start_us: int
    height: int
    width: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SceneDescription:
    """What a describer says of one scene."""

    description: str
    importance: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word and when. `probability` is 0..1."""

    span: Span
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken audio. samples: float32 (N,) mono in -1..1."""

    samples: NDArray[np.float32]
    sample_rate: int


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    text: str
