"""Entry point of `vidstudio` and `python -m vidstudio`: without a command it opens the studio."""

import sys


def main() -> int:
    """Run the command line, or open the window when no command is given. Returns the exit code."""
    if len(sys.argv) == 1:
        from vidstudio.app import main as open_studio

        return open_studio([])
    from vidstudio.cli import main as run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
