"""What looks different in frames that show the same moment, and where: pure functions of arrays, no files."""
