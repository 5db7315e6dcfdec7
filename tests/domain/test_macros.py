"""Macros: placeholders in one pass, gaps that stay visible, names that are safe to write."""

from __future__ import annotations

import pytest

from deskterm.domain.actions import Macro
from deskterm.domain.attaching import LIMIT, file_refused, label, runs, safe_name, size_words, too_large
from deskterm.domain.commands import Reply, Together, UseMacro
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import State
from deskterm.domain.macros import Filled, command_of, filled, first_name, found
from deskterm.domain.placeholders import fill, gaps, names_in, unknown
from deskterm.domain.policy_file import PolicyError
from deskterm.domain.rule import Action
from deskterm.domain.ticket import NewFile
from tests.domain.test_policy_file import read

ANA = {"requester.first_name": "Ana", "ticket.number": "1042", "ticket.subject": "VPN drops"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {requester.first_name},", "Hi Ana,"),
        ("#{ticket.number} {ticket.subject}", "#1042 VPN drops"),
        ("{requester.name} wrote", "‹requester.name?› wrote"),
        ("{requester.__class__} {os.environ}", "‹requester.__class__?› ‹os.environ?›"),
        ("{ticket.number!r} {0} {} {{x}}", "{ticket.number!r} {0} {} {{x}}"),
        ('{"json": {"a": 1}}', '{"json": {"a": 1}}'),
        ("{{ticket.number}}", "{1042}"),
        ("", ""),
    ],
)
def test_placeholders_are_filled_and_nothing_else_is_read(text: str, said: str) -> None:
    assert fill(text, ANA) == said


@pytest.mark.parametrize(
    "hostile",
    [
        "{ticket.subject}",
        "{requester.name}",
        "{0.__class__}",
        "%s",
        "$(reboot)",
        "\\1",
        "\\g<0>",
        "{",
        "}}{{",
    ],
)
def test_what_a_customer_wrote_is_never_evaluated(hostile: str) -> None:
    assert fill("Hi {requester.name}!", {"requester.name": hostile, **ANA}) == f"Hi {hostile}!"


def test_a_customer_cannot_make_a_gap() -> None:
    said = fill("Hi {requester.name}", {"requester.name": "‹requester.name?›"})
    assert gaps(said) == ()
    assert said == "Hi <requester.name?>"


def test_gaps_are_found_where_they_are() -> None:
    text = fill("Hi {requester.name}, about {ticket.number}: {field.order}", {"ticket.number": "7"})
    assert [(text[gap.start : gap.end], gap.name) for gap in gaps(text)] == [
        ("‹requester.name?›", "requester.name"),
        ("‹field.order?›", "field.order"),
    ]
    assert gaps("5 ‹ 6 and ‹U+200B› and ‹why?›") == ()


def test_names_of_placeholders() -> None:
    assert names_in("{ticket.number} {ticket.number} {agent.name}") == ("ticket.number", "agent.name")
    assert unknown("{requester.firstname} {field.order} {agent.name}") == (
        ("requester.firstname", "requester.first_name"),
    )
    assert unknown("{secret.key}")[0][0] == "secret.key"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ana Ruiz", "Ana"),
        ("Ruiz, Ana María", "Ana"),
        ("Ana", "Ana"),
        ("", ""),
        ("  ", ""),
        ("Ruiz,", "Ruiz"),
    ],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


def test_a_macro_is_one_command() -> None:
    macro = Macro("Thanks", "Hi {requester.first_name}", (Action("tag", "vip"), Action("state", "open")))
    one = filled(macro, ANA)
    assert one == Filled("Thanks", "Hi Ana", macro.actions)
    command = command_of({1: one})
    assert command == Together(
        (Reply((1,), "Hi Ana", macro="Thanks"), UseMacro((1,), "Thanks", macro.actions))
    )
    # A state asked for by key wins over the macro's.
    solved = command_of({1: one}, State.SOLVED)
    assert isinstance(solved, Together)
    assert solved.parts[1] == UseMacro((1,), "Thanks", (Action("tag", "vip"),))
    only = Filled("T", "", (Action("tag", "x"),))
    assert command_of({1: only}) == UseMacro((1,), "T", only.actions)
    with pytest.raises(Refused):
        command_of({1: Filled("T", "", (Action("state", "open"),))}, State.PENDING)


def test_each_ticket_has_its_own_words_and_actions() -> None:
    macro = Macro("Hi", "Hi {requester.name}", (Action("note", "{ticket.number} greeted"),))
    whole = {
        n: filled(macro, {"requester.name": who, "ticket.number": str(n)}) for n, who in ((1, "A"), (2, "B"))
    }
    command = command_of(whole)
    assert isinstance(command, Together)
    reply, act = command.parts
    assert isinstance(reply, Reply)
    assert isinstance(act, UseMacro)
    assert [reply.text_for(n) for n in (1, 2)] == ["Hi A", "Hi B"]
    assert [act.actions_for(n)[0].value for n in (1, 2)] == ["1 greeted", "2 greeted"]


def test_what_is_missing_in_an_action_is_named() -> None:
    assert filled(Macro("x", "", (Action("note", "{requester.name}"),)), {}).gaps == ("requester.name",)


def test_macros_are_found_by_the_beginning_of_their_name() -> None:
    known = (Macro("Thanks", "a"), Macro("Ask for logs", "b"), Macro("Ask again", "c"))
    assert found(known, "thanks") is known[0]
    assert found(known, "ask for") is known[1]
    assert found(known, "ask") is None
    assert found(known, "") is None


def test_a_policy_file_names_a_placeholder_that_is_none() -> None:
    with pytest.raises(PolicyError) as refused:
        read('[[macros]]\nname = "Hi"\ntext = "Hi {requester.firstname}"\n')
    [fault] = refused.value.faults
    assert (fault.line, fault.message) == (3, "there is no placeholder {requester.firstname}")
    assert "{requester.first_name}" in fault.hint


def test_me_is_who_uses_the_macro() -> None:
    policy = read('[[macros]]\nname = "Mine"\ndo = [{ assign = "me" }]\n').policy
    assert policy.macros[0].actions == (Action("assign", "me"),)
    with pytest.raises(PolicyError, match='no agent "me"'):
        read('[[rules]]\nname = "Mine"\non = "intake"\ndo = [{ assign = "me" }]\n')


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        (".bashrc", "bashrc"),
        ("..", "attachment"),
        ("", "attachment"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x1b[31mb\n.txt", "a[31mb.txt"),
        ("-rf.txt", "rf.txt"),
        ("CON.txt", "CON_.txt"),
        ("a:b|c?.txt", "a b c.txt"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_names_are_safe_to_write(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_ending() -> None:
    name = safe_name("ä" * 300 + ".pdf")
    assert name.endswith(".pdf")
    assert len(name.encode()) <= 200
    assert label("x" * 400)


def test_what_runs_is_not_opened() -> None:
    assert [runs(name) for name in ("a.pdf", "a.PNG", "a.desktop", "a.HTML", "a", "a.tar.gz")] == [
        False, False, True, True, True, False,
    ]  # fmt: skip
    assert runs("a.png", "text/html")


def test_files_have_a_limit() -> None:
    assert too_large([LIMIT]) == ""
    assert too_large([LIMIT, 1]).startswith("the files are 25.0 MB")
    assert too_large([1] * 51).startswith("51 files")
    assert [size_words(n) for n in (5, 1500, 2_500_000)] == ["5 B", "2 kB", "2.5 MB"]
    with pytest.raises(Refused, match="are the limit of one message"):
        file_refused([NewFile("a", "b/c", b"x" * (LIMIT + 1))])
