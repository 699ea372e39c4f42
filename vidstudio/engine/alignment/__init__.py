"""The arithmetic of aligning two versions of a video: pure functions of arrays, no files."""
