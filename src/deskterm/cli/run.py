"""One run of the command line: parse, call the verb, turn whatever goes wrong into a sentence and a code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from deskterm.cli.output import Output
from deskterm.cli.parser import parse
from deskterm.cli.session import Session
from deskterm.domain.errors import DeskError, StorageError


def run(argv: Sequence[str]) -> int:
    """Run what was typed and return the exit code. Raises KeyboardInterrupt and BrokenPipeError."""
    plain = Output(json="--json" in argv)
    try:
        options = parse(argv)
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    except DeskError as error:
        code = plain.fail(error)
        # A mail server must keep what a mistyped setting of its own would otherwise send back.
        return 75 if "mail-in" in argv else code
    out = Output(json=options.json, quiet=options.quiet)
    session = Session(options, out)
    try:
        module, _, name = str(options.handler).partition(":")
        return int(getattr(import_module(f"deskterm.cli.{module}"), name)(session))
    except DeskError as error:
        return out.fail(error)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except OSError as error:
        if error.filename is None and not sys.stdout.closed and error.strerror:
            return out.fail(StorageError(f"cannot write: {error.strerror}", hint="nothing else was changed"))
        return _unexpected(out, error)
    except Exception as error:
        return _unexpected(out, error)
    finally:
        session.close()


def _unexpected(out: Output, error: Exception) -> int:
    from deskterm.cli.crash import record

    return out.fail(record(error))
