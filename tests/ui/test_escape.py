"""Esc is not waited for: what a terminal sends for one key comes in one piece."""

from __future__ import annotations

import selectors
import socket

import pytest
from textual import constants
from textual.drivers import linux_driver
from textual.drivers.headless_driver import HeadlessDriver

from deskterm.ui.escape import ESCAPE_SECONDS, Attentive, attentive


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Textual back as it was."""
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.1)
    monkeypatch.setattr(linux_driver, "selectors", selectors)


@pytest.mark.timeout(120)
def test_after_input_it_looks_again_in_a_moment() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, Attentive() as selector:
        selector.register(ours, selectors.EVENT_READ)
        theirs.send(b"\x1b")
        assert selector.select(60)
        ours.recv(1)
        assert selector.select(600) == [], "ten minutes were to be waited"


@pytest.mark.usefixtures("untouched")
def test_esc_is_decided_soon() -> None:
    attentive(linux_driver.LinuxDriver, {})
    assert constants.ESCAPE_DELAY == ESCAPE_SECONDS
    assert vars(linux_driver)["selectors"].SelectSelector is Attentive


@pytest.mark.usefixtures("untouched")
def test_the_users_own_delay_is_kept() -> None:
    attentive(linux_driver.LinuxDriver, {"ESCDELAY": "500"})
    assert constants.ESCAPE_DELAY == 0.1
    assert vars(linux_driver)["selectors"] is selectors


@pytest.mark.usefixtures("untouched")
def test_a_driver_that_does_not_select_is_left_alone() -> None:
    attentive(HeadlessDriver, {})
    assert constants.ESCAPE_DELAY == 0.1
