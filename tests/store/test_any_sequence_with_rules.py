"""The same with rules that answer to everything: what they do is undone and redone with what set them off."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from deskterm.domain.people import DESK
from deskterm.domain.policy import Policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.store.test_any_sequence import Work

POLICY = Policy(
    rules=(
        Rule("vpn", On.INTAKE, "tag:vpn", (Action("queue", "network"), Action("impact", "high"))),
        Rule(
            "tell",
            On.UPDATE,
            "is:any",
            (Action("note", "Tagged"), Action("notify", "lead")),
            ("changed:tag",),
        ),
        Rule(
            "outage", On.UPDATE, "tag:outage", (Action("priority", "P1"), Action("untag", "eu")), ("updated",)
        ),
        Rule("back", On.UPDATE, "is:pending tag:eu", (Action("state", "open"),), ("changed:state", "reply")),
        Rule("owner", On.UPDATE, "owner:none", (Action("assign", "bo"),), ("message", "changed:queue")),
        Rule("hook", On.UPDATE, "is:any", (Action("webhook", "https://x.example"),), ("changed:priority",)),
        Rule("done", On.UPDATE, "is:solved", (Action("field", "done", "yes"),), ("changed:state",)),
        Rule("nudge", On.TIME, "", (Action("tag", "old"),), since="created", after=3600),
    )
)


fired: set[str] = set()


class RuledWork(Work):
    """Desks with rules."""

    def teardown(self) -> None:
        fired.update(line.rule.name for line in self.desk.store.rules() if line.fired)
        super().teardown()

    def __init__(self) -> None:
        super().__init__()
        desk = self.desk
        desk.store.close()
        desk.store = Store(Database(desk.url), DESK, clock=desk.clock, policy=POLICY)


@pytest.mark.slow
class TestRuledWork(RuledWork.TestCase):  # type: ignore[misc, valid-type]
    """Whatever agents do, and whatever rules make of it."""

    settings = settings(max_examples=20, stateful_step_count=25, suppress_health_check=list(HealthCheck))

    def runTest(self) -> None:
        super().runTest()
        assert fired >= {"vpn", "tell", "outage", "hook", "done"}
