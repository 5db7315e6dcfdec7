"""How Alembic reaches the desk: on the connection and in the transaction it was handed."""

from __future__ import annotations

from alembic import context

from deskterm.storage.mail_tables import mails

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=mails.metadata, transactional_ddl=False, render_as_batch=True
)
context.run_migrations()
