"""Which FFmpeg reads and writes here."""

from __future__ import annotations

import av


def ffmpeg_versions() -> str:
    """FFmpeg's version and those of its libraries, for a report."""
    names = ("libavcodec", "libavformat", "libswscale")
    known = {name: ".".join(map(str, av.library_versions[name][:2])) for name in names if name in av.library_versions}
    libraries = ", ".join(f"{name} {version}" for name, version in known.items())
    return f"{av.ffmpeg_version_info} ({libraries}), PyAV {av.__version__}"
