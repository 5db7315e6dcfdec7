"""`rules`: what they say, how often they fired, and what they would have matched before they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskterm.cli.reading import COLUMNS, row_cells
from deskterm.cli.session import Session
from deskterm.domain.errors import InputFileError, NotFound, UsageError
from deskterm.domain.query_parser import nearest
from deskterm.domain.rule import On, Rule
from deskterm.domain.rule_views import action_words, occasion
from deskterm.domain.time_spans import ago

if TYPE_CHECKING:
    from deskterm.domain.rule_views import DryRun, RuleLine


def rules(session: Session) -> int:
    """Answer `rules list`, `rules hits` and `rules test`."""
    action = session.options.action
    if action == "test":
        return _test(session)
    found = session.store.rules()
    if session.out.json:
        session.out.stream(_line_shape(line) for line in found)
        return 0
    header, cells = (_LIST, _list_cells) if action == "list" else (_HITS, _hit_cells)
    now = session.store.now()
    if not session.out.table(header, (cells(line, now) for line in found), right="FIRED TICKETS STOPPED"):
        session.out.say("there are no rules: docs/rules.md says how to write some")
    return 0


_LIST = ("RULE", "ON", "WHEN", "DOES", "FIRED")
_HITS = ("RULE", "ON", "FIRED", "TICKETS", "STOPPED", "LAST")


def _list_cells(line: RuleLine, now: datetime) -> Sequence[str]:
    rule = line.rule
    does = "; ".join(action_words(action) for action in rule.actions) + (" · stop" if rule.stop else "")
    return rule.name, occasion(rule), rule.when or "every ticket", does, f"{line.fired:,}"


def _hit_cells(line: RuleLine, now: datetime) -> Sequence[str]:
    last = ago((now - line.last_at).total_seconds()) if line.last_at is not None else "never"
    counts = (f"{line.fired:,}", f"{line.tickets:,}", f"{line.stopped:,}")
    return line.rule.name, occasion(line.rule), *counts, last


def _line_shape(line: RuleLine) -> dict[str, Any]:
    from deskterm.channels.shapes import stamp

    rule = line.rule
    return {
        "name": rule.name,
        "on": rule.on.value,
        "events": list(rule.events),
        "since": rule.since or None,
        "after_seconds": rule.after if rule.on is On.TIME else None,
        "business_time": rule.business,
        "when": rule.when,
        "do": [{"do": action.do, "value": action.value, "text": action.text} for action in rule.actions],
        "stop": rule.stop,
        "active": rule.active,
        "fired": line.fired,
        "tickets": line.tickets,
        "stopped": line.stopped,
        "last_at": stamp(line.last_at),
    }


def _test(session: Session) -> int:
    options, store, out = session.options, session.store, session.out
    if options.last < 0 or options.limit < 0:
        raise UsageError("neither --last nor --limit can be negative", field="last", hint="0 is all")
    asked, among = _asked(session)
    runs = [store.dry_run(rule, last=options.last, limit=options.limit) for rule in asked]
    names = {rule.name for rule in asked}
    overlaps, unreachable = store.rule_conflicts(among, last=options.last)
    overlaps = tuple(one for one in overlaps if names & {one.first, one.second})
    unreachable = tuple(one for one in unreachable if one.rule in names)
    if out.json:
        out.emit(
            {
                "rules": [_run_shape(run, session) for run in runs],
                "conflicts": [asdict(one) | {"values": list(one.values)} for one in overlaps],
                "never_asked": [asdict(one) for one in unreachable],
            }
        )
        return 0
    for run in runs:
        out.line(str(run), "bold")
    if len(runs) == 1:
        out.table(COLUMNS, (row_cells(row, store.now()) for row in runs[0].rows), right="# AGE SLA")
    for conflict in (*overlaps, *unreachable):
        out.line(f"! {conflict}", "amber")
    return 0


def _run_shape(run: DryRun, session: Session) -> dict[str, Any]:
    from deskterm.channels.shapes import list_shape, queue_keys

    keys = queue_keys(session.store.people().queues)
    now = session.store.now()
    return {
        "name": run.rule.name,
        "matched": run.matched,
        "of": run.of,
        "tickets": [list_shape(row, now, keys) for row in run.rows],
    }


def _in_file(session: Session) -> tuple[Rule, ...]:
    """Return the rules of a policy file as they would be on this desk. Raises InputFileError, PolicyError."""
    from deskterm.domain.policy_file import parse
    from deskterm.holiday_dates import holiday_dates

    path = Path(session.options.rule).expanduser()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path} cannot be read: {error}") from None
    return parse(text, session.store.plan(), holiday_dates).policy.rules


def _asked(session: Session) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """Return the rules that are tried, and those they stand among. Raises NotFound, UsageError."""
    options = session.options
    if options.when is not None:
        tried = Rule("this condition", On.INTAKE, options.when)
        _ = tried.query
        return (tried,), (tried,)
    if options.rule.endswith(".toml"):
        found = _in_file(session)
        return found, found
    held = [line.rule for line in session.store.rules()]
    if not options.rule:
        return held, held
    named = [rule for rule in held if rule.name.casefold() == options.rule.casefold()]
    if named:
        return named, held
    close = nearest(options.rule, [rule.name for rule in held])
    hint = f"did you mean {close!r}?" if close else "deskterm rules list"
    raise NotFound(f"there is no rule {options.rule!r}", field="rule", hint=hint)
