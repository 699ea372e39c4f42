"""PSNR and SSIM are those of ffmpeg's filters, and those of the formulas."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import av
import clips
import numpy as np
import pytest
from numpy.typing import NDArray

from vidstudio.engine.media.quality import Part, Quality
from vidstudio.engine.scores import PSNR_TOP

SIZE = (208, 120)
FFMPEG = shutil.which("ffmpeg")


def pictures(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def pair(tmp_path: Path, frames: int = 6, **of_b: object) -> tuple[Path, Path]:
    shot = list(clips.shot(5, frames, SIZE))
    a = clips.write_clip(
        tmp_path / "a.mp4", shot, options={"crf": "12"}, pixel_format=str(of_b.get("pixel_format", "yuv420p"))
    )
    return a, clips.write_clip(tmp_path / "b.mp4", shot, options={"crf": "34"}, **of_b)


def whole(path: Path) -> Part:
    first = pictures(path)[0]
    return Part(0, 0, first.width, first.height)


def measured(a: Path, b: Path) -> list[tuple[float, float]]:
    quality = Quality(whole(a), whole(b))
    return [quality.of(*both) for both in zip(pictures(a), pictures(b), strict=True)]


def luma(frame: av.VideoFrame) -> NDArray[np.float64]:
    wide = 1 if frame.format.components[0].bits == 8 else 2
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8 if wide == 1 else np.uint16).reshape(-1, plane.line_size // wide)
    return rows[: frame.height, : frame.width].astype(np.float64)


def by_formula(a: NDArray[np.float64], b: NDArray[np.float64], top: float) -> tuple[float, float]:
    """PSNR, and SSIM over 8x8 windows at every fourth point with the constants of ffmpeg's filter."""
    psnr = 10 * np.log10(top**2 / np.mean((a - b) ** 2))
    c1, c2 = (0.01 * top) ** 2 / 64, (0.03 * top) ** 2 * 63 / 64
    scores = []
    for y in range(0, a.shape[0] // 4 * 4 - 7, 4):
        for x in range(0, a.shape[1] // 4 * 4 - 7, 4):
            p, q = a[y : y + 8, x : x + 8], b[y : y + 8, x : x + 8]
            covariance = ((p - p.mean()) * (q - q.mean())).mean()
            scores.append(
                (2 * p.mean() * q.mean() + c1)
                * (2 * covariance + c2)
                / ((p.mean() ** 2 + q.mean() ** 2 + c1) * (p.var() + q.var() + c2))
            )
    return float(psnr), float(np.mean(scores))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le"])
def test_as_the_formulas_say(tmp_path: Path, pixel_format: str) -> None:
    a, b = pair(tmp_path, 3, pixel_format=pixel_format)
    top = 1023.0 if "10" in pixel_format else 255.0
    for found, of_a, of_b in zip(measured(a, b), pictures(a), pictures(b), strict=True):
        assert found == pytest.approx(by_formula(luma(of_a), luma(of_b), top), abs=2e-4)


def by_ffmpeg(a: Path, b: Path, reference: str, folder: Path) -> list[tuple[float, float]]:
    found = []
    for name, key in (("psnr", "psnr_y"), ("ssim", "Y")):
        stats = folder / f"{name}.log"
        graph = reference.format(f"{name}=stats_file={stats.name}")
        command = [str(FFMPEG), "-v", "error", "-i", str(b), "-i", str(a), "-lavfi", graph, "-f", "null", "-"]
        subprocess.run(command, check=True, cwd=folder)
        found.append([float(value) for value in re.findall(rf"\b{key}:(\S+)", stats.read_text())])
    return list(zip(*found, strict=True))


@pytest.mark.skipif(FFMPEG is None, reason="no ffmpeg to compare with")
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv420p10le"])
def test_as_ffmpeg_says(tmp_path: Path, pixel_format: str) -> None:
    a, b = pair(tmp_path, pixel_format=pixel_format)
    for found, expected in zip(measured(a, b), by_ffmpeg(a, b, "[0][1]{}", tmp_path), strict=True):
        assert found[0] == pytest.approx(expected[0], abs=0.01)
        assert found[1] == pytest.approx(expected[1], abs=1e-5)


@pytest.mark.skipif(FFMPEG is None, reason="no ffmpeg to compare with")
def test_another_size_as_ffmpeg_scales_it(tmp_path: Path) -> None:
    large = (2 * SIZE[0], 2 * SIZE[1])
    a = clips.write_clip(tmp_path / "a.mp4", clips.shot(5, 5, large), options={"crf": "12"})
    small = [picture[::2, ::2] for picture in clips.shot(5, 5, large)]
    b = clips.write_clip(tmp_path / "b.mp4", small, options={"crf": "30"})
    expected = by_ffmpeg(a, b, "[1][0]scale2ref[r][m];[m][r]{}", tmp_path)
    for found, (psnr, ssim) in zip(measured(a, b), expected, strict=True):
        assert found[0] == pytest.approx(psnr, abs=0.01)
        assert found[1] == pytest.approx(ssim, abs=5e-4)


def test_equal_pictures_have_the_top(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "a.mp4", clips.shot(5, 2, SIZE))
    assert measured(path, path) == [(PSNR_TOP, 1.0)] * 2


def gray(levels: NDArray[np.uint8]) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(levels), format="gray")


def test_only_the_part_counts_however_it_is_turned() -> None:
    random = np.random.default_rng(1)
    scene = random.integers(0, 256, (40, 64), np.uint8)
    noisy = np.clip(scene + random.integers(-9, 10, scene.shape), 0, 255).astype(np.uint8)
    expected = by_formula(scene.astype(float), noisy.astype(float), 255.0)
    boxed = np.pad(noisy, ((6, 10), (3, 5)))
    assert Quality(Part(0, 0, 64, 40), Part(3, 6, 64, 40)).of(gray(scene), gray(boxed)) == pytest.approx(
        expected, abs=2e-4
    )
    # stored a quarter turn to the left, mirrored before it is turned back
    stored = np.rot90(noisy, 1)[:, ::-1]
    turned = Quality(Part(0, 0, 64, 40), Part(0, 0, 64, 40, 90, mirrored=True))
    assert turned.of(gray(scene), gray(stored)) == pytest.approx(expected, abs=2e-4)


def test_full_and_studio_range_are_the_same_picture() -> None:
    levels = np.tile(np.arange(16, 236, dtype=np.uint8), (60, 1))
    studio, full = (av.VideoFrame(220, 60, name) for name in ("yuv420p", "yuvj420p"))
    for frame, values in ((studio, levels), (full, np.rint((levels - 16.0) * 255 / 219).astype(np.uint8))):
        plane = frame.planes[0]
        rows = np.zeros((60, plane.line_size), np.uint8)
        rows[:, :220] = values
        plane.update(rows.tobytes())
    part = Part(0, 0, 220, 60)
    psnr, ssim = Quality(part, part).of(full, studio)
    assert psnr > 55
    assert ssim > 0.999


def test_a_few_points_are_measured_too() -> None:
    part = Part(0, 0, 4, 4)
    black, white = gray(np.zeros((4, 4), np.uint8)), gray(np.full((4, 4), 255, np.uint8))
    assert Quality(part, part).of(black, black) == (PSNR_TOP, 1.0)
    assert Quality(part, part).of(black, white) == (0.0, 0.0)
