"""The table of CONTRACT section 6, every cell of it, in the order of SEMANTICS E1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from deskterm.domain.mail_identity import Signer
from deskterm.domain.mail_threading import SideThread, Thread, Verdict, find_thread, references
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


REF, GONE = "abcdefghijklmnop", "zyxwvutsrqponmlk"
BESIDE = OURS.side_id(REF, 31, "desk.example")
FOREIGN_BESIDE = "CAF8@acme.example"


def found(
    values: Mapping[str, Any],
    takes_part: tuple[int, ...] = (),
    stored: Mapping[str, int] | None = None,
    *,
    beside: bool = False,
) -> Thread:
    """Where a mail belongs, of somebody who takes part in these tickets; there are tickets up to 9.

    There is a side conversation 3 of ticket 6, in which they take part or not.
    """

    def participates(number: int) -> bool | None:
        return number in takes_part if number < 10 else None

    side = SideThread(3, 6, beside)
    return find_thread(
        mail(**values), OURS, stored or {}, participates, {FOREIGN_BESIDE: side}, {REF: side}.get
    )


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


# Side conversations

ANSWERS: dict[str, dict[str, Any]] = {
    "In-Reply-To": {"in_reply_to": (BESIDE,)},
    "References": {"references": ("a@b", BESIDE, "c@d")},
    "capitals": {"in_reply_to": (BESIDE.upper(),)},
    "text": {"text": f"Yes\n> {OURS.side_marker(REF)}"},
    "stored": {"in_reply_to": (FOREIGN_BESIDE,)},
}
FORGED_BESIDE: dict[str, dict[str, Any]] = {
    "another": {"in_reply_to": (BESIDE.replace(REF, GONE),)},
    "another message": {"in_reply_to": (BESIDE.replace(".bf.", ".bg."),)},
    "text": {"text": OURS.side_marker(REF).replace(REF, GONE)},
    "a ticket's signature": {"in_reply_to": (BESIDE.rpartition("@")[0][:-26] + SEVEN.split(".")[4],)},
}


@pytest.mark.parametrize("where", ANSWERS)
def test_an_answer_joins_its_side_conversation_for_who_takes_part_in_it_alone(where: str) -> None:
    thread = found(ANSWERS[where], (), beside=True)
    assert (thread.verdict, thread.ticket, thread.side) == (Verdict.JOINS, 6, 3)
    # Who takes part in the ticket itself is a stranger here.
    for takes_part in ((), (6,)):
        thread = found(ANSWERS[where], takes_part)
        assert thread.side == 0
        assert thread.verdict is (Verdict.NEW if where == "stored" else Verdict.MAY_BELONG)


@pytest.mark.parametrize("where", FORGED_BESIDE)
@pytest.mark.parametrize("beside", [False, True])
def test_what_is_forged_never_joins_a_side_conversation(where: str, beside: bool) -> None:
    thread = found(FORGED_BESIDE[where] | {"subject": "[#6] disk"}, (6,), beside=beside)
    assert (thread.verdict, thread.side) == (Verdict.FORGED, 0)
    assert "side conversation" in thread.why


def test_one_that_is_gone_is_unknown_and_another_desks_is_foreign() -> None:
    assert found({"in_reply_to": (OURS.side_id(GONE, 1, "desk.example"),)}, beside=True) == Thread(
        Verdict.NEW
    )
    assert (
        found({"in_reply_to": (THEIRS.side_id(REF, 1, "desk.example"),)}, beside=True).verdict is Verdict.NEW
    )


def test_the_first_reference_that_the_sender_takes_part_in_decides() -> None:
    both = {"in_reply_to": (BESIDE,), "references": (SEVEN,)}
    assert found(both, (7,), beside=True).side == 3
    assert (found(both, (7,)).ticket, found(both, (7,)).side) == (7, 0)
    turned = {"in_reply_to": (SEVEN,), "references": (BESIDE,)}
    assert found(turned, (7,), beside=True).side == 0
    assert found(turned, (), beside=True).side == 3


def test_its_ids_hold_no_number() -> None:
    for message in (0, 25, 26, 1042, 10**12):
        local = OURS.side_id(REF, message, "desk.example").rpartition("@")[0]
        assert not any(char.isdigit() for char in "".join(local.split(".")[2:4]))
        assert OURS.read_id(local + "@desk.example") == (0, 0, True, REF)
    # Letters that only look like ours when case is ignored are nobody's.
    assert OURS.read_id(BESIDE.replace("k", "\u212a")) is None
