"""One cloud vendor a file, each adapted to a port."""
