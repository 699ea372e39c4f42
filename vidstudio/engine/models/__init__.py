"""One family of models a file, each adapted to a port; and the process that runs them."""
