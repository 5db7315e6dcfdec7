"""Lets `python -m deskterm` do what the `deskterm` command does."""

import sys

from deskterm.cli import main

if __name__ == "__main__":
    sys.exit(main())
