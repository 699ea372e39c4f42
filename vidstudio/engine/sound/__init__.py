"""What sounds different between two versions, and where their sound comes from: pure functions of arrays, no files."""
