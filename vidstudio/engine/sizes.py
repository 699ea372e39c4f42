"""Bytes in words."""

from __future__ import annotations


def size_text(count: int) -> str:
    """Bytes for people, as shops and hubs count them: `88 MB`, `1.5 GB`."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
