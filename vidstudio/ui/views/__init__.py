"""One widget a file, named after the state it shows."""
