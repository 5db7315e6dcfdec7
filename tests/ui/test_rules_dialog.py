"""`g r`: the rules with what they did, and one of them tried on past tickets."""

from __future__ import annotations

from pathlib import Path

from deskterm.domain import commands as c
from tests.ui.desk import Clock, as_agent
from tests.ui.driver import open_desk

POLICY = """
[[rules]]
name = "VPN to network"
on = "intake"
when = "vpn"
do = [{ queue = "network" }, { tag = "vpn" }]

[[rules]]
name = "[red]Gateways[/]"
on = "intake"
when = "drops"
do = [{ queue = "payments" }]
stop = true
"""


async def test_rules_are_listed_and_tried(small: Path, clock: Clock) -> None:
    store = as_agent(small, "dana", clock)
    store.dispatch(c.ApplyPolicy(POLICY))
    store.dispatch(c.Create("VPN again", "ana@x.example"))
    store.close()
    async with open_desk(small, clock) as desk:
        await desk.press("g", "r")
        assert "VPN to network" in desk.text
        assert "intake · fired 1×" in desk.words
        assert "[red]Gateways[/]" in desk.text
        assert "never fired" in desk.words
        await desk.press("enter")
        assert "It fired 1× on 1 ticket, last" in desk.words
        assert "It would have matched 2 of the last 10 tickets." in desk.words
        assert "VPN drops every ten minutes" in desk.words
        assert "! VPN to network and [red]Gateways[/] both set" in desk.words
        await desk.press("escape")
        assert "in the order in which they are asked" in desk.words
        await desk.press("escape")
        assert "in the order in which they are asked" not in desk.words


async def test_a_desk_without_rules_says_where_they_are_written(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("g", "r")
        assert desk.status.startswith("There are no rules yet")


async def test_an_agent_is_told_whose_rules_are(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock, login="bo") as desk:
        await desk.press("g", "r")
        assert "may not see the rules" in desk.status
