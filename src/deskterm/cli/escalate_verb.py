"""`escalate`: to a specialist queue, to the lead, or to a vendor with a reference and a follow-up date."""

from __future__ import annotations

from deskterm.cli.fields import expected
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError


def escalate(session: Session) -> int:
    """Escalate one ticket or several, as one step."""
    options, numbers = session.options, session.numbers()
    vendor = options.vendor is not None
    for name in ("reference", "follow_up"):
        if getattr(options, name) and not vendor:
            raise UsageError(f"--{name.replace('_', '-')} is for a vendor", field=name, hint="--vendor NAME")
    store = session.writer
    to = c.EscalateTo.VENDOR if vendor else c.EscalateTo.LEAD if options.to_lead else c.EscalateTo.QUEUE
    command = c.Escalate(
        numbers,
        to,
        queue=session.queue(options.to_queue).id if to is c.EscalateTo.QUEUE else None,
        vendor=options.vendor or "",
        reference=options.reference,
        follow_up=session.when(options.follow_up) if options.follow_up else None,
        reason=options.reason,
        expected=expected(session, options.expect),
    )
    return session.told(store.dispatch(command))
