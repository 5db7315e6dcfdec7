"""Schema changes, oldest first: applied by Alembic in one transaction when a desk's version row is older."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from deskterm.storage.database import Database


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "deskterm.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def known_versions() -> tuple[str, ...]:
    """Return every schema version this program can upgrade from, and its own."""
    return tuple(revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade(database: Database) -> None:
    """Bring the schema to this program's version, all or nothing; a second process finds the work done."""

    def work(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    database.write(work)
