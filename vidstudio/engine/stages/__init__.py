"""One unit of work a file. Stages never import one another."""
