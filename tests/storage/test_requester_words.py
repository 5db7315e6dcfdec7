"""`requester:` finds whom it means by an index, not by comparing every name of a large desk."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from deskterm.domain.query_parser import parse
from deskterm.storage import search
from deskterm.storage.requester_words import words_of
from deskterm.storage.scope import Scope
from deskterm.storage.tables import tickets
from tests.small_desk import Desk


def test_a_requester_is_found_by_the_words_of_the_name_and_by_the_address() -> None:
    assert words_of("Ruiz-Gil,  Ána", "ana@x.example") == {"ruiz-gil", "ána", "ana@x.example"}
    assert words_of("ben@x.example", "ben@x.example") == {"ben@x.example"}
    assert max(map(len, words_of("x" * 500, "y@x.example"))) == 100


@pytest.mark.parametrize("asked", ["ana", '"ana ruiz"', "ana@x.example", "an*", "ana@*", "me", "RUIZ,ek"])
def test_no_name_is_compared_that_the_index_does_not_name(desk: Desk, asked: str) -> None:
    store = desk.seen_by("alice")
    scope: Scope = store._read(lambda connection, scope: scope)
    if not scope.sqlite:
        pytest.skip("the plan is read from SQLite")
    condition = search.where(parse(f"requester:{asked}"), scope)
    asking = select(tickets.c.number).where(condition)
    query = asking.compile(dialect=store.database.engine.dialect, compile_kwargs={"render_postcompile": True})
    values = tuple(query.params[name] for name in query.positiontup or ())
    with store.database.read() as connection:
        plan = [str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
    assert any("requester_words" in line for line in plan)
    assert [
        line for line in plan if "SCAN requesters" in line and "INDEX requesters_contact" not in line
    ] == []


def test_a_long_name_and_odd_ones_are_found_as_before(desk: Desk) -> None:
    long = "Maximiliane " + "o" * 150
    for address, name in (("a@x.example", long), ("b@x.example", "Ruiz, Ana"), ("c@x.example", "100%_sure")):
        desk.create(requester_address=address, requester_name=name)
    for query, count in (
        (f'requester:"{long}"', 1),
        (f"requester:{'o' * 150}", 1),
        (f"requester:{'o' * 120}", 0),
        ('requester:"ruiz, ana"', 1),
        ('requester:"ruiz"', 1),
        ("requester:100%_sure", 1),
        ("requester:100%*", 1),
        ('requester:"1__%_sure"', 0),
        ('requester:","', 0),
        ("requester:a", 1),
    ):
        assert desk.seen_by("alice").count(query) == count, query
