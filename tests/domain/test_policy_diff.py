"""Differences of two policies, as people read them: texts of several lines by their lines."""

from __future__ import annotations

from dataclasses import replace

from deskterm.domain.actions import Macro
from deskterm.domain.plan import Plan
from deskterm.domain.policy import Policy
from deskterm.domain.policy_diff import diff
from deskterm.domain.settings import settings

GREETING = Macro(
    "Greet", "Hello {requester.first_name},\n\nthank you for writing.\nWe look at it today.\n\nAlice"
)


def plan(*macros: Macro) -> Plan:
    return Plan(replace(Policy(), macros=macros))


def shown(before: Plan, after: Plan) -> list[str]:
    return [f"{sign} {line}".rstrip() for one in diff(before, after) for sign, line in one.lines()]


def test_of_a_text_the_lines_that_differ_are_shown_with_what_is_around_them() -> None:
    changed = replace(GREETING, text=GREETING.text.replace("today", "tomorrow"))
    assert shown(plan(GREETING), plan(changed)) == [
        "~ macro 'Greet' text:",
        "     thank you for writing.",
        "−   We look at it today.",
        "+   We look at it tomorrow.",
        "",
    ]


def test_a_text_that_comes_or_goes_is_shown_whole() -> None:
    hello = replace(GREETING, text="Hello\nyou")
    assert shown(plan(), plan(hello)) == [
        "+ macro 'Greet'",
        "+ macro 'Greet' text:",
        "+   Hello",
        "+   you",
    ]
    assert shown(plan(hello), plan())[-2:] == ["−   Hello", "−   you"]


def test_a_text_of_one_line_stays_on_one() -> None:
    one, other = replace(GREETING, text="Hello"), replace(GREETING, text="Good day")
    assert shown(plan(one), plan(other)) == ["~ macro 'Greet' text 'Hello' → 'Good day'"]


def test_the_settings_show_where_lines_end_and_no_escape() -> None:
    (value,) = [one.value for one in settings(plan(GREETING)) if one.section == "Macros"]
    assert "\\n" not in value
    assert "Hello {requester.first_name}, ⏎  ⏎ thank you" in value
