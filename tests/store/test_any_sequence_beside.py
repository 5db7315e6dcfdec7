"""The same on a desk that sends mail: side conversations, whatever becomes of their tickets."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from deskterm.domain import commands as c
from deskterm.domain.sides import read_people
from deskterm.domain.ticket import Ticket
from deskterm.storage import sides
from deskterm.upkeep.doctor import examine
from tests import invariants
from tests.small_desk import HR, PAYMENTS
from tests.store import test_any_sequence as any_sequence

MAILING = (
    '[mail]\nfrom = "Support <support@desk.example>"\nundo_send = "1h"\nconfirmation = ""\nsolved = ""\n'
)
WHOM = st.sampled_from(("help@acme.example", "Bob <bob@acme.example>", "ana@northwind.example"))

begun: set[str] = set()


class Beside(any_sequence.Desks):
    """The same agents, who write to others, and what moves, merges and takes back the tickets meanwhile."""

    @initialize(who=any_sequence.WHO)
    def begin(self, who: str) -> None:
        self.desk.do("dana", c.ApplyPolicy(MAILING))
        for number in (1, 2, 3):
            self._do(who, c.Create(f"It fails {number}", "ana@northwind.example", queue="payments"))
        self._do(who, c.StartSide((1,), read_people("help@acme.example"), "Broken disk", "Can you?"))

    def _beside(self) -> list[tuple[int, int, str, int]]:
        """Each side conversation there is: its ticket, its id, whether it is open, and its messages."""
        with self.desk.store.database.read() as connection:
            found = sides.of_tickets(connection, range(1, self.made + 1))
        return [(one.ticket, one.id, str(one.open), len(one.messages)) for one in found]

    def _do(self, who: str, command: c.Command) -> None:
        super()._do(who, command)
        begun.update(type(command).__name__ for _ in self._beside()[:1])

    @rule(who=any_sequence.WHO, whom=WHOM, text=any_sequence.TEXTS, data=st.data())
    def start_side(self, who: str, whom: str, text: str, data: st.DataObject) -> None:
        before = self._beside()
        self._do(who, c.StartSide((self._any(data),), read_people(whom), "A question", text))
        assert len(self._beside()) - len(before) in (0, 1)

    @rule(who=any_sequence.WHO, text=any_sequence.TEXTS, also=st.none() | WHOM, data=st.data())
    def reply_side(self, who: str, text: str, also: str | None, data: st.DataObject) -> None:
        found = self._beside()
        if found:
            _, side, *_ = data.draw(st.sampled_from(found))
            more = read_people(also) if also else ()
            self._do(who, c.ReplySide((self._any(data),), side, text, more))

    @rule(who=any_sequence.WHO, again=st.booleans(), data=st.data())
    def end_side(self, who: str, again: bool, data: st.DataObject) -> None:
        found = self._beside()
        if found:
            _, side, *_ = data.draw(st.sampled_from(found))
            self._do(who, c.EndSide((self._any(data),), side, again))

    @rule(who=any_sequence.WHO, data=st.data())
    def merge(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Merge(self._some(data), self._any(data), children=True))

    @rule(who=any_sequence.WHO, data=st.data())
    def unmerge(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Unmerge(self._some(data)))

    @rule(who=any_sequence.WHO, queue=st.sampled_from((PAYMENTS, HR)), data=st.data())
    def move(self, who: str, queue: int, data: st.DataObject) -> None:
        self._do(who, c.Move(self._some(data), queue, "theirs"))

    @rule(text=any_sequence.TEXTS, data=st.data())
    def receive(self, text: str, data: st.DataObject) -> None:
        self._try("", c.Receive((self._any(data),), text))

    @rule(minutes=st.sampled_from((1, 30)))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.forward(minutes=minutes)

    @precondition(lambda self: self.made)
    @invariant()
    def everything_agrees(self) -> None:
        store = self.desk.store
        invariants.check(store.database, store.policy)
        faults = [one for one in examine(store).faults if "chmod" not in one]
        assert faults == []
        held = {ticket.number: ticket for ticket in self._all()}
        for words, states in (("has:side", ("True", "False")), ("is:sideopen", ("True",))):
            own = {ticket for ticket, _, state, _ in self._beside() if state in states}
            wanted = {number for one in own for number in _read_in(one, held)}
            assert set(store.numbers(f"{words} is:any")) == {one for one in wanted if not held[one].voided}


def _read_in(number: int, held: dict[int, Ticket]) -> list[int]:
    """A ticket and those it was merged into."""
    way = [number]
    while (into := held[way[-1]].merged_into) is not None:
        way.append(into)
    return way


@pytest.mark.slow
class TestBesideInAnySequence(Beside.TestCase):  # type: ignore[misc, valid-type]
    """Whatever is said beside tickets, merged and taken back."""

    settings = settings(any_sequence.SETTINGS, max_examples=12, phases=[Phase.explicit, Phase.generate])

    def runTest(self) -> None:
        super().runTest()
        assert begun >= {"StartSide", "ReplySide"}
