"""The commands on contacts: what is known of them, two that are one, and further addresses."""

from __future__ import annotations

from dataclasses import dataclass

from deskterm.domain.command import Command


@dataclass(frozen=True, slots=True)
class SaveContact(Command):
    """Change what is known of a contact; None leaves a field, "" empties it.

    `zone` is an IANA name, `organization` one that is added when there is none of that name.
    """

    contact: int
    name: str | None = None
    organization: str | None = None
    zone: str | None = None
    vip: bool | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class SaveOrganization(Command):
    """Change what is known of an organization; None leaves a field.

    `domains` are mail domains: who first writes from one of them belongs to it.
    """

    organization: int
    name: str | None = None
    vip: bool | None = None
    notes: str | None = None
    domains: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MergeContacts(Command):
    """Make two contacts one: addresses and tickets of `contact` are from now on those of `into`."""

    contact: int
    into: int


@dataclass(frozen=True, slots=True)
class AddContactAddress(Command):
    """Say that an address is a contact's too: mail from it is theirs."""

    contact: int
    address: str


@dataclass(frozen=True, slots=True)
class RemoveContactAddress(Command):
    """Say that an address is not a contact's: with the tickets written from it, it stands for itself."""

    contact: int
    address: str
