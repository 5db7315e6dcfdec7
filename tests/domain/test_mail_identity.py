"""Signed ids and tokens: ours are known again however they come back, and nobody else's pass for ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.mail_identity import Claim, Signer

OURS, THEIRS = Signer(b"o" * 32), Signer(b"t" * 32)
NUMBERS = st.integers(1, 10**15 - 1)


@given(NUMBERS, NUMBERS)
def test_an_id_is_known_again(ticket: int, message: int) -> None:
    made = OURS.message_id(ticket, message, "desk.example")
    assert OURS.read_id(made) == OURS.read_id(f" <{made}> ") == Claim(ticket, message, True)
    assert OURS.read_id(made.replace("desk.example", "moved.example")) == Claim(ticket, message, True)
    assert THEIRS.read_id(made) is None


@given(NUMBERS)
def test_a_token_is_known_again_in_addresses_and_texts(ticket: int) -> None:
    address = OURS.address("support@desk.example", ticket)
    assert address.startswith("support+")
    assert len(address.partition("@")[0]) <= 64
    assert OURS.read_address(address.upper()) == Claim(ticket, 0, True)
    text = f"Hello\n> {OURS.marker(ticket)}\n{THEIRS.marker(5)} [ref:nothing]"
    assert list(OURS.read_text(text)) == [Claim(ticket, 0, True)]
    assert THEIRS.read_address(address) is None
    assert OURS.read_address("support@desk.example") is None


def test_what_was_tampered_with_is_forged() -> None:
    made = OURS.message_id(1042, 7, "desk.example")
    assert OURS.read_id(made.replace(".1042.", ".1043.")) == Claim(1043, 7, False)
    assert OURS.read_id(made.replace(".7.", ".8.")) == Claim(1042, 8, False)
    token = OURS.token(1042)
    assert OURS.read_address(f"support+{token.replace('-1042-', '-1-')}@desk.example") == Claim(1, 0, False)
    # The signature of a token is none of an id, and the other way round.
    swapped = made.replace(made.split(".")[4].partition("@")[0], token.rpartition("-")[2])
    assert OURS.read_id(swapped) == Claim(1042, 7, False)
    # Numbers cannot be moved across the separator.
    assert OURS.read_id(OURS.message_id(10, 427, "x").replace(".10.427.", ".104.27.")) == Claim(
        104, 27, False
    )


@pytest.mark.parametrize("place", range(len(OURS.token(1042))))
def test_no_letter_of_a_token_can_be_changed(place: int) -> None:
    token = OURS.token(1042)
    other = "3" if token[place] != "3" else "4"
    claim = OURS.read_address(f"support+{token[:place]}{other}{token[place + 1 :]}@desk.example")
    assert claim is None or not claim.authentic


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert OURS.read_id(text) is None
    assert OURS.read_address(text) is None
    assert list(OURS.read_text(text)) == list(OURS.ids_in(text)) == []


def test_ids_are_found_in_the_text_of_a_report() -> None:
    made = OURS.message_id(1042, 7, "desk.example")
    text = f"Your mail could not be delivered.\n  Message-ID: <{made}>\n"
    assert list(OURS.ids_in(text)) == [Claim(1042, 7, True)]


def test_a_long_text_is_read_in_no_time() -> None:
    assert list(OURS.read_text("[ref:" * 200_000)) == list(OURS.ids_in("desk.aaaaaa.1" * 70_000)) == []
