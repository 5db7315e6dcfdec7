"""The table of CONTRACT section 6, every cell of it, in the order of SEMANTICS E1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from deskterm.domain.mail_identity import Signer
from deskterm.domain.mail_threading import Thread, Verdict, find_thread, references
from tests.mails import mail, people

OURS, THEIRS = Signer(b"o" * 32), Signer(b"t" * 32)
SEVEN, EIGHT = (OURS.message_id(number, 1, "desk.example") for number in (7, 8))
FORGED = SEVEN.replace(".7.", ".9.")
FOREIGN = "CAF7@mail.example"

SIGNED: dict[str, dict[str, Any]] = {
    "In-Reply-To": {"in_reply_to": (SEVEN,)},
    "References": {"references": ("a@b", SEVEN, "c@d")},
    "address": {"to": people(OURS.address("support@desk.example", 7))},
    "CC": {"cc": people(OURS.address("support@desk.example", 7))},
    "Delivered-To": {"recipients": (OURS.address("support@desk.example", 7),)},
    "text": {"text": f"Thanks\n> {OURS.marker(7)}"},
}
FORGERIES: dict[str, dict[str, Any]] = {
    "In-Reply-To": {"in_reply_to": (FORGED,)},
    "References": {"references": (FORGED,)},
    "address": {"to": people(f"support+{OURS.token(7).replace('-7-', '-9-')}@desk.example")},
    "text": {"text": OURS.marker(7).replace("-7-", "-9-")},
}


def found(
    values: Mapping[str, Any], takes_part: tuple[int, ...] = (), stored: Mapping[str, int] | None = None
) -> Thread:
    """Where a mail belongs, of somebody who takes part in these tickets; there are tickets up to 9."""

    def participates(number: int) -> bool | None:
        return number in takes_part if number < 10 else None

    return find_thread(mail(**values), OURS, stored or {}, participates)


@pytest.mark.parametrize("where", SIGNED)
def test_what_we_signed_joins_for_a_participant(where: str) -> None:
    thread = found(SIGNED[where], (7,))
    assert (thread.verdict, thread.ticket, thread.authentic) == (Verdict.JOINS, 7, True)


@pytest.mark.parametrize("where", SIGNED)
def test_for_a_stranger_it_is_a_new_ticket_beside_it(where: str) -> None:
    thread = found(SIGNED[where], (5,))
    assert (thread.verdict, thread.ticket) == (Verdict.MAY_BELONG, 7)
    assert "#7" in thread.why


@pytest.mark.parametrize("takes_part", [(), (7,), (9,), (7, 9)])
@pytest.mark.parametrize("where", FORGERIES)
def test_what_is_forged_never_joins(where: str, takes_part: tuple[int, ...]) -> None:
    thread = found(FORGERIES[where] | {"subject": "Re: [#7] VPN"}, takes_part)
    assert (thread.verdict, thread.ticket) == (Verdict.FORGED, 9)
    assert "not signed" in thread.why


def test_a_stored_id_joins_for_a_participant_alone() -> None:
    for values in ({"in_reply_to": (FOREIGN,)}, {"references": ("x@y", FOREIGN)}):
        assert found(values, (4,), {FOREIGN: 4}) == Thread(Verdict.JOINS, 4, "a mail that it answers")
        assert found(values, (5,), {FOREIGN: 4}).verdict is Verdict.NEW
        assert found(values, (4,)).verdict is Verdict.NEW


def test_a_number_in_the_subject_joins_for_a_participant_alone() -> None:
    thread = found({"subject": "Re: [#4] VPN"}, (4,))
    assert (thread.verdict, thread.ticket, thread.authentic) == (Verdict.JOINS, 4, False)
    assert found({"subject": "Re: [#4] VPN"}, (5,)).verdict is Verdict.NEW
    assert found({"subject": "Re: [#4] and [#5]"}, (5,)).ticket == 5
    for subject in ("#4", "[# 4]", "[#]", "[#" + "9" * 400 + "]", "[#4"):
        assert found({"subject": subject}, (4,)).verdict is Verdict.NEW


def test_what_never_was_a_ticket_is_nothing() -> None:
    gone = OURS.message_id(4711, 1, "desk.example")
    assert found({"in_reply_to": (gone,), "subject": "[#4711]"}, (4711,)).verdict is Verdict.NEW


def test_the_order_is_that_of_e1() -> None:
    every: dict[str, Any] = {
        "in_reply_to": (SEVEN,),
        "references": (EIGHT, FOREIGN),
        "to": people(OURS.address("support@desk.example", 3)),
        "subject": "[#2]",
    }
    part = (2, 3, 4, 7, 8)
    asked = []
    while every:
        asked.append(found(every, part, {FOREIGN: 4}).ticket)
        if "in_reply_to" in every:
            del every["in_reply_to"]
        elif every.get("references") == (EIGHT, FOREIGN):
            every["references"] = (FOREIGN,)
        else:
            every.pop(next(iter(every)))
    assert asked == [7, 8, 4, 3, 2]


def test_the_rightmost_reference_counts_first() -> None:
    assert found({"references": (SEVEN, EIGHT)}, (7, 8)).ticket == 8
    assert found({"references": (SEVEN, EIGHT)}, (7,)).ticket == 7
    assert references(mail(in_reply_to=("b",), references=("a", "b", "c"))) == ("b", "c", "a")
    many = tuple(f"{number}@x" for number in range(5000))
    assert len(references(mail(references=many))) == 100


def test_a_reference_of_another_desk_is_merely_unknown() -> None:
    theirs = THEIRS.message_id(7, 1, "desk.example")
    values = {"in_reply_to": (theirs,), "text": THEIRS.marker(7), "to": people(THEIRS.address("x@y.z", 7))}
    assert found(values, (7,)).verdict is Verdict.NEW
    assert found({**values, "references": (SEVEN,)}, (7,)).ticket == 7


def test_a_participant_joins_beside_a_forgery() -> None:
    """The authentic reference is enough for where it belongs; the other one gets nobody anywhere."""
    thread = found({"in_reply_to": (FORGED,), "references": (SEVEN,)}, (7,))
    assert (thread.verdict, thread.ticket) == (Verdict.JOINS, 7)


def test_a_stranger_with_an_authentic_reference_and_a_forged_one_is_a_forger() -> None:
    assert found({"in_reply_to": (SEVEN,), "references": (FORGED,)}).verdict is Verdict.FORGED
