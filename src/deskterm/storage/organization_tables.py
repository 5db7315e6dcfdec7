"""The tables of what is known of organizations beside their names: VIP mark, notes, and mail domains."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from deskterm.storage.tables import Id, metadata, requesters

organization_cards = Table(
    "organization_cards",
    metadata,
    Column("organization_id", Id, ForeignKey("organizations.id"), primary_key=True, autoincrement=False),
    Column("vip", Integer, nullable=False),
    Column("notes", Text, nullable=False),
)
"""One row for each organization of which more is known than its name."""

organization_domains = Table(
    "organization_domains",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
)
"""Whose mail domain is whose; no two organizations share one."""
Index("organization_domains_organization", organization_domains.c.organization_id)
Index("requesters_organization", requesters.c.organization_id)
