"""`policy`: the desk's policy as a file: written out, compared, checked and applied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.cli import holidays_verb
from deskterm.cli.session import Session
from deskterm.cli.whole_file import replacing
from deskterm.domain.errors import InputFileError, UsageError
from deskterm.domain.plain import clean_line

if TYPE_CHECKING:
    from deskterm.domain.plan import Plan
    from deskterm.domain.policy_diff import Difference
    from deskterm.domain.policy_reader import Fault, PolicyError

MOST = 4_000_000
"""Bytes: more than any policy, and no reason to fill the memory."""


def policy(session: Session) -> int:
    """Do what was asked with a file."""
    from deskterm.domain.policy_reader import PolicyError

    action, files = session.options.action, session.options.file
    if len(files) > 1:
        raise UsageError(f"{files[1]!r} is one file too many", field="file")
    file = files[0] if files else ""
    if action == "export":
        return _export(session, file or "-")
    if action == "holidays" and not file:
        return holidays_verb.listed(session, session.store.plan().policy)
    if not file:
        raise UsageError(
            "the file is missing", field="file", hint=f"deskterm policy {action} FILE.toml, or - for stdin"
        )
    text = _read(file)
    try:
        return {"check": _check, "diff": _diff, "apply": _apply, "holidays": _holidays}[action](
            session, file, text
        )
    except PolicyError as error:
        return _refused(session, file, error)


def _check(session: Session, file: str, text: str) -> int:
    """Say whether a file makes sense, on this desk when there is one."""
    from deskterm.domain.plan import Plan

    current = session.store.plan() if session.has_desk else Plan()
    after = _parse(text, current)
    doubtful = _warnings(text, after)
    counts = {
        "queues": len(after.queues),
        "agents": sum(1 for one in after.agents if one.active),
        "calendars": len(after.policy.calendars),
        "sla": len(after.policy.sla),
        "rules": len(after.policy.rules),
        "macros": len(after.policy.macros),
        "views": len(after.views),
    }
    if session.out.json:
        session.out.emit({"file": file, "desk": counts, "warnings": list(map(_told, doubtful))})
        return 0
    _warn(session, file, doubtful)
    if not session.out.quiet:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        session.out.line(f"{_name(file)} is sound: with it the desk has {said}")
    return 0


def _holidays(session: Session, file: str, text: str) -> int:
    """List the holidays of a policy file's calendars, or write those of an iCalendar file as it says them."""
    from deskterm.channels.ical import is_calendar
    from deskterm.domain.plan import Plan

    if is_calendar(text):
        return holidays_verb.imported(session, text)
    current = session.store.plan() if session.has_desk else Plan()
    return holidays_verb.listed(session, _parse(text, current).policy)


def _diff(session: Session, file: str, text: str) -> int:
    """Say what applying a file would change."""
    version, changes, doubtful = _compare(session, text)
    said = {"warnings": list(map(_told, doubtful))}
    if session.out.json:
        session.out.emit({"version": version, "changes": [_shape(one) for one in changes]} | said)
        return 0
    _tell(session, changes)
    _warn(session, file, doubtful)
    if changes:
        sure = f"deskterm policy apply --expect {version}"
        session.out.say(f"compared with policy {version}: {sure} refuses when another one came meanwhile")
    else:
        session.out.say("nothing to change: the desk is so already")
    return 0


def _apply(session: Session, file: str, text: str) -> int:
    """Apply a file as one step; a file that changes nothing is fine and does nothing."""
    from deskterm.domain.commands import ApplyPolicy
    from deskterm.recounter import behind

    session.create = not session.options.dry_run
    version, changes, doubtful = _compare(session, text)
    said = {"warnings": list(map(_told, doubtful))}
    expected = session.options.expect if session.options.expect is not None else version
    if session.options.dry_run or not changes:
        if session.out.json:
            shapes = [_shape(one) for one in changes]
            session.out.emit({"applied": False, "version": version, "changes": shapes} | said)
            return 0
        _tell(session, changes)
        _warn(session, file, doubtful)
        dry = "nothing was applied" if changes else "nothing to change: the desk is so already"
        session.out.say(dry)
        return 0
    outcome = session.store.dispatch(ApplyPolicy(text, expected))
    # Others work at their screens meanwhile.
    with session.out.progress("recalculating", session.store.count("")) as progress, behind() as decide:
        session.store.recalculate(on_progress=progress, decide=decide)
    if session.out.json:
        session.out.emit(
            {
                "applied": True,
                "version": session.store.policy.version,
                "changes": [_shape(one) for one in changes],
                "summary": outcome.summary,
                "command": outcome.command,
            }
            | said
        )
        return 0
    _tell(session, changes)
    _warn(session, file, doubtful)
    session.out.say(f"{outcome.summary}; deskterm undo takes it back")
    return 0


def _export(session: Session, file: str) -> int:
    """Write the whole policy with what each part means."""
    from deskterm.domain.policy_format import format_plan

    store, out = session.store, session.out
    version, text = store.policy.version, format_plan(store.plan())
    if file == "-":
        if out.json:
            out.emit({"version": version, "document": text})
        else:
            sys.stdout.write(text)
        return 0
    path = Path(file).expanduser()
    _write(path, text)
    if out.json:
        out.emit({"version": version, "file": str(path)})
    else:
        out.say(f"policy {version} written to {path}")
    return 0


# Files


def _read(file: str) -> str:
    """Return a file's text, of stdin for -. Raises InputFileError."""
    try:
        raw = sys.stdin.buffer.read(MOST + 1) if file == "-" else _bytes(Path(file).expanduser())
    except OSError as error:
        raise InputFileError(f"{_name(file)} cannot be read: {error.strerror}", field="file") from error
    if len(raw) > MOST:
        raise InputFileError(f"{_name(file)} is longer than {MOST:,} bytes", field="file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        said = f"{_name(file)}, line {line}: is no UTF-8; nothing was changed"
        raise InputFileError(said, field="file") from None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST + 1)


def _write(path: Path, text: str) -> None:
    """Write beside the file and put it in place when it is whole, readable by its owner alone."""
    with replacing(path) as file:
        file.write(text)


def _name(file: str) -> str:
    return "stdin" if file == "-" else clean_line(file)


# What is said


def _parse(text: str, current: Plan) -> Plan:
    from deskterm.domain.policy_file import parse
    from deskterm.holiday_dates import holiday_dates

    return parse(text, current, holiday_dates)


def _compare(session: Session, text: str) -> tuple[int, tuple[Difference, ...], tuple[Fault, ...]]:
    """Return the version that holds, what a file would change in it, and what is doubtful in the file."""
    from deskterm.domain.policy_diff import diff

    current = session.store.plan()
    after = _parse(text, current)
    return current.policy.version, diff(current, after), _warnings(text, after)


def _warnings(text: str, after: Plan) -> tuple[Fault, ...]:
    from deskterm.domain.policy_warnings import warnings

    return warnings(text, after)


def _told(one: Fault) -> dict[str, str | int | None]:
    where, hint = one.where or None, one.hint or None
    return {"line": one.line, "column": one.column, "field": where, "message": one.message, "hint": hint}


def _warn(session: Session, file: str, found: tuple[Fault, ...]) -> None:
    """Name what is doubtful by its line, beside what was asked for; nothing is refused for it."""
    if not session.out.quiet:
        _name_all(file, found, "warning: ")


def _name_all(file: str, faults: tuple[Fault, ...], kind: str = "") -> None:
    for fault in faults:
        where = f"{fault.where}: " if fault.where else ""
        print(f"{_name(file)}:{fault.line}:{fault.column}: {kind}{where}{fault.message}", file=sys.stderr)
        if fault.hint and fault.hint not in fault.message:
            print(f"  {fault.hint}", file=sys.stderr)


def _shape(one: Difference) -> dict[str, str | None]:
    return {"what": one.what, "before": one.before or None, "after": one.after or None}


def _tell(session: Session, changes: tuple[Difference, ...]) -> None:
    paints = {"+": "green", "−": "red", "~": "amber"}
    for one in changes:
        for sign, line in one.lines():
            session.out.line(f"{sign} {line}" if sign else line, paints.get(sign, "dim"))


def _refused(session: Session, file: str, error: PolicyError) -> int:
    """Name every fault by its line; nothing of the file is applied."""
    if session.out.json:
        return session.out.fail(error, {"faults": list(map(_told, error.faults)), "more": error.more})
    _name_all(file, error.faults)
    count = len(error.faults) + error.more
    faults = f"{count:,} fault{'s' if count != 1 else ''}"
    if error.more:
        faults += f", of which the first {len(error.faults)} are told"
    print(f"deskterm: refused, {faults}; nothing was changed", file=sys.stderr)
    return error.exit_code
