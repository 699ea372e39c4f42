"""From a frame map to what a person reads: rows, how sure they are, segments, versions, the shared time axis."""
