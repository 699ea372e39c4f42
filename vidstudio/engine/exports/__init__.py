"""Comparisons as files for people and for other programs. Nothing in here decodes or decides."""
