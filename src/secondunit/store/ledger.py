"""The ledger's database: an index of turnovers, plates and versions, and the chain of signed lines (`chain`).

A SQLite file in the show (write-ahead log, everything on disk before a write is done), or PostgreSQL by URL. Its
tables grow by small migrations (`migrate`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError

from secondunit.errors import BadInput, EngineFailed
from secondunit.media.disk import disk_full, read_only
from secondunit.store import migrate
from secondunit.store.engines import postgres_engine, postgres_url, sqlite_engine

LEDGER_FILE = "ledger.db"

metadata = sa.MetaData()
turnovers = sa.Table(
    "turnover",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("n_bytes", sa.BigInteger, nullable=False),
    sa.Column("n_files", sa.Integer, nullable=False),
    sa.Column("created", sa.String, nullable=False),
)
plates = sa.Table(
    "plate",
    metadata,
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("label", sa.String, primary_key=True),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
)
versions = sa.Table(
    "version",
    metadata,
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("department", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
)


class Ledger:
    """The database of one show: a file, or a PostgreSQL server where `where` is a URL."""

    def __init__(self, where: Path | str, *, writable: bool = True) -> None:
        if isinstance(where, Path):
            self.path: Path | None = where
            self.name = str(where)
            self._engine = sqlite_engine(where, writable=writable)
            self._reading = self._engine
        else:
            url = postgres_url(where)
            self.path = None
            self.name = url.render_as_string(hide_password=True)
            self._engine = postgres_engine(url)
            # All that one reader sees is of one moment, as it is in SQLite.
            self._reading = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._writing = self._engine.execution_options(secondunit_writing=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for looking."""
        with self._plain_errors(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: all of it is kept, or none. In SQLite it waits its turn before it reads anything."""
        with self._plain_errors(), self._writing.begin() as connection:
            yield connection

    def touched(self) -> tuple[int, ...]:
        """Changes whenever anybody has written to the file, through us or behind our back; on a server, always."""
        if self.path is None:
            return (time.monotonic_ns(),)
        found: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            with suppress(FileNotFoundError):
                about = path.stat()
                found += [about.st_mtime_ns, about.st_size, about.st_ino]
        return tuple(found)

    def migrate(self) -> None:
        """Bring the tables up to date; raises `BadInput` for a ledger of a newer Second Unit."""
        with self.read() as connection:
            if migrate.is_current(connection):
                return
        with self.write() as connection:
            migrate.migrate(connection, self.name)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            words = str(error.orig).lower()
            plain = _of_file(self.path, words) if self.path is not None else _of_server(self.name, words)
            if plain is None:
                raise
            raise plain from None


def put(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any], *, replace: bool) -> None:
    """Insert a row; where its key is there already, replace that row or leave it."""
    module = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = module.insert(table).values(row)
    keys = [column.name for column in table.primary_key]
    if replace:
        rest = {name: insert.excluded[name] for name in row if name not in keys}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest))
    else:
        connection.execute(insert.on_conflict_do_nothing(index_elements=keys))


def _of_file(path: Path, words: str) -> BadInput | EngineFailed | None:
    """What SQLite's words mean to a person, None for what is no matter of the disk."""
    if "full" in words:
        return disk_full(path.parent)
    if "readonly" in words or "unable to open" in words:
        return read_only(path.parent)
    if "locked" in words or "busy" in words:
        return BadInput(f"another process is writing to `{path}`", hint="wait until it is done and try again")
    if "not a database" in words or "malformed" in words:
        return BadInput(
            f"`{path}` is damaged",
            hint="move it away and put a backup in its place: opening the show then fills in plates and versions from "
            "the folders, but what was written of rights is in it alone",
        )
    return None


def _of_server(name: str, words: str) -> BadInput | EngineFailed | None:
    if "lock timeout" in words or "deadlock" in words:
        return BadInput(f"another process is writing to `{name}`", hint="wait until it is done and try again")
    if "no space left" in words or "disk full" in words:
        return EngineFailed(f"no space is left for `{name}`", hint="free some space on the database server")
    away = (
        "connection",
        "could not translate",
        "failed to resolve",
        "shutting down",
        "starting up",
        "terminating",
    )
    unknown = "does not exist" in words and ("database" in words or "role" in words)
    if unknown or any(word in words for word in (*away, "authentication")):
        reason = words.splitlines()[0].rstrip(".") if words else "no reason given"
        return BadInput(
            f"the ledger `{name}` cannot be reached: {reason}",
            hint="check `ledger` in `show.toml`, the server, and `~/.pgpass` for the password",
        )
    return None
