"""What is new in a mail: nothing is lost, the blocks are all of it, and hostile text costs no time."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskterm.domain.quoting import REPLY_MARKER, Kind, blocks, is_forward, new_text

MEGABYTE = 1_000_000
LINES = (
    "",
    "> quoted",
    ">> deeper",
    "Words.",
    "On Mon, 23 Nov 2026 at 08:41, Ana <ana@example.org> wrote:",
    "wrote:",
    "-- ",
    "--",
    "From: a",
    "Sent: b",
    "To: c",
    "Subject: d",
    "Von: a",
    "_" * 32,
    "---------- Forwarded message ---------",
    "-----Original Message-----",
    "Sent from my iPhone",
    REPLY_MARKER,
    "*From:* a",
    "  ",
    "On 1 Nov",
    "2026年11月23日(月) 8:41 A <a@b.example>:",
    "x" * 400,
    "写道：",
    ":",
    "-",
    "—",
    "| table",
    "Am 23.11.2026 um 08:41 schrieb Ana:",
)
texts = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=40).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(texts, st.booleans())
def test_the_blocks_are_all_of_the_text_in_order(text: str, forwarded: bool) -> None:
    found = blocks(text, forwarded=forwarded)
    assert found[0].first == 0
    assert found[-1].end == len(text.split("\n"))
    for one, other in pairwise(found):
        assert one.end == other.first
        assert one.kind is not other.kind
    assert all(block.first < block.end for block in found)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_what_is_new_is_in_the_text(text: str) -> None:
    lines = {line.rstrip() for line in text.split("\n")}
    assert {line.rstrip() for line in new_text(text).split("\n")} <= lines | {""}


HOSTILE = {
    "marks": ">" * MEGABYTE,
    "quoted lines": "> \n" * (MEGABYTE // 3),
    "empty lines": "\n" * MEGABYTE,
    "one line": "wrote " * (MEGABYTE // 6),
    "verbs": ("wrote " * 49 + ":\n") * (MEGABYTE // 296),
    "attributions": "On 1.1.2026 08:41 a <a@b.example> wrote:\n" * (MEGABYTE // 41),
    "attribution pieces": "On 1.1.2026\n" * (MEGABYTE // 12),
    "colons": ":\n" * (MEGABYTE // 2),
    "signatures": "--\n" * (MEGABYTE // 3),
    "heads": "From: x\nSent: y\nTo: z\n" * (MEGABYTE // 22),
    "head beginnings": "From: \n" * (MEGABYTE // 7),
    "phones": "Sent from my iPhone\n" * (MEGABYTE // 20),
    "rules": ("_" * 20 + "\n") * (MEGABYTE // 21),
    "stars": ("*" * 299 + ":\n") * (MEGABYTE // 301),
    "blanks": " " * MEGABYTE,
    "dividers": ("--- original message" + "-" * 30 + "x\n") * (MEGABYTE // 52),
    "forwards": "---------- Forwarded message ---------\n" * (MEGABYTE // 39),
    "words": ("a" * 290 + ":\n") * (MEGABYTE // 292),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_takes_no_time(name: str) -> None:
    for forwarded in (False, True):
        start = time.process_time()
        new_text(HOSTILE[name], forwarded=forwarded)
        assert time.process_time() - start < 2.0


@settings(max_examples=8, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=60)), min_size=1, max_size=4))
def test_a_megabyte_of_any_lines_takes_no_time(lines: list[str]) -> None:
    piece = "\n".join(lines) + "\n"
    start = time.process_time()
    new_text(piece * (MEGABYTE // len(piece)))
    assert time.process_time() - start < 2.0


def test_quotes_and_signature_are_folded_and_stay() -> None:
    text = "Yes.\n-- \nAna\n\nOn 23 Nov 2026 at 08:41, Support <s@example.com> wrote:\n> Well?"
    assert [(block.kind, block.first, block.end) for block in blocks(text)] == [
        (Kind.NEW, 0, 1),
        (Kind.SIGNATURE, 1, 4),
        (Kind.QUOTE, 4, 6),
    ]
    assert new_text(text) == "Yes."


@pytest.mark.parametrize(
    ("subject", "forward"),
    [
        ("Fwd: Invoice", True), ("FW: Invoice", True), ("WG: Rechnung", True),
        ("TR : facture", True), ("RV: factura", True), ("[ext] Fwd: x", True), ("Re: Fwd: x", True),
        ("转发：发票", True), ("Re: Invoice", False),
        ("AW: Rechnung", False), ("Invoice", False), ("", False), ("Forward this", False),
    ],
)  # fmt: skip
def test_a_forward_is_known_by_its_subject(subject: str, forward: bool) -> None:
    assert is_forward(subject) is forward
