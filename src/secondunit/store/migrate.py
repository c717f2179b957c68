"""Bring a database to the tables this Second Unit knows, with Alembic, from inside the program."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from secondunit.errors import BadInput

REVISIONS = ("0001", "0002", "0003")  # every step in `migrations/versions`, the oldest first
_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 0x5EC0  # an arbitrary number: PostgreSQL's advisory lock while tables change


def is_current(connection: sa.Connection) -> bool:
    """Whether the tables are those of the newest step."""
    return _have(connection) == len(REVISIONS)


def migrate(connection: sa.Connection, name: str) -> None:
    """Take the steps that are missing, in the transaction of the connection: all of them, or none.

    Raises `BadInput` for a database of a newer Second Unit; `name` is what it is called there.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    have = _have(connection)
    if have > len(REVISIONS):
        raise BadInput(
            f"`{name}` was written by a newer Second Unit", hint="upgrade with `pip install -U secondunit`"
        )
    if have == len(REVISIONS):
        return
    # Loaded here: a show that is up to date is opened without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Not through `set_main_option`, where a `%` in a path would mean something.
    config.attributes["connection"] = connection
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    if have and not _has_table(connection, "alembic_version"):
        command.stamp(config, REVISIONS[have - 1])  # a show from before there was Alembic
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        # An older Second Unit looks here, and sees that this is not for it.
        connection.execute(sa.text(f"PRAGMA user_version = {len(REVISIONS)}"))


def _have(connection: sa.Connection) -> int:
    """How many steps were taken; one more than there are for a step that is not known here."""
    if connection.dialect.name == "sqlite":
        return int(connection.execute(sa.text("PRAGMA user_version")).scalar_one())
    if not _has_table(connection, "alembic_version"):
        return 0
    revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None:
        return 0
    return REVISIONS.index(revision) + 1 if revision in REVISIONS else len(REVISIONS) + 1


def _has_table(connection: sa.Connection, name: str) -> bool:
    return bool(sa.inspect(connection).has_table(name))
