"""Where in A each part of B is: cells of time first, then exact frames along the runs that were found."""
