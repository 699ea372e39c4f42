"""The command line, one command group a file. `main` puts them together; `studio` builds what they work with."""
