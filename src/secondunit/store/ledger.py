"""The ledger: tables of turnovers, plates and versions in SQLite (write-ahead log), grown by small migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from secondunit.errors import BadInput
from secondunit.media.disk import disk_full, read_only

LEDGER_FILE = "ledger.db"

metadata = sa.MetaData()
turnovers = sa.Table(
    "turnover",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("n_bytes", sa.Integer, nullable=False),
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

# Each entry brings the ledger from its index to the next number (SQLite's `user_version`). Never edit one that
# was released; add another.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE turnover (sha256 VARCHAR(64) PRIMARY KEY, name VARCHAR NOT NULL, n_bytes INTEGER NOT NULL, "
        "n_files INTEGER NOT NULL, created VARCHAR NOT NULL)",
        "CREATE TABLE plate (shot VARCHAR NOT NULL, label VARCHAR NOT NULL, created VARCHAR NOT NULL, "
        "record JSON NOT NULL, PRIMARY KEY (shot, label))",
        "CREATE TABLE version (shot VARCHAR NOT NULL, department VARCHAR NOT NULL, number INTEGER NOT NULL, "
        "created VARCHAR NOT NULL, status VARCHAR NOT NULL, record JSON NOT NULL, "
        "PRIMARY KEY (shot, department, number))",
    ),
    (
        "CREATE TABLE entry (number INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, "
        "canonical TEXT NOT NULL, hash VARCHAR(64) NOT NULL, signature VARCHAR(128) NOT NULL)",
        "CREATE INDEX entry_by_kind ON entry (kind, subject, number)",
        "CREATE INDEX entry_by_subject ON entry (subject, number)",
        # A guard against accidents, not the proof: whoever may write the file may drop a trigger.
        "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry "
        "BEGIN SELECT RAISE(ABORT, 'a line of the ledger is never changed'); END",
        "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry "
        "BEGIN SELECT RAISE(ABORT, 'a line of the ledger is never removed'); END",
        "CREATE TRIGGER entry_is_never_replaced BEFORE INSERT ON entry "
        "WHEN EXISTS (SELECT 1 FROM entry WHERE number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'a line of the ledger is never changed'); END",
    ),
)


class Ledger:
    """A connection to one show's `ledger.db`."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        # A write-ahead log cannot be opened on a disk that is read-only; as immutable it can.
        uri = f"file:{quote(str(path))}?{'mode=rwc' if writable else 'immutable=1'}"
        self._engine = sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                uri, uri=True, timeout=60, isolation_level=None, check_same_thread=False
            ),
            # Without a name SQLAlchemy takes this for a database in memory, with one connection a thread.
            poolclass=sa.pool.QueuePool,
        )
        sa.event.listen(self._engine, "connect", _set_up_writer if writable else _set_up_reader)
        sa.event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(secondunit_writing=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for looking."""
        with _plain_database_errors(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: all of it is kept, or none. It waits its turn before it reads anything."""
        with _plain_database_errors(self.path), self._writing.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to date; raises `BadInput` for a ledger of a newer Second Unit."""
        with self.read() as connection:
            if self._version(connection) == len(MIGRATIONS):
                return
        with self.write() as connection:
            have = self._version(connection)
            if have > len(MIGRATIONS):
                raise BadInput(
                    f"`{self.path}` was written by a newer Second Unit",
                    hint="upgrade with `pip install -U secondunit`",
                )
            for step in MIGRATIONS[have:]:
                for statement in step:
                    connection.execute(sa.text(statement))
            connection.execute(sa.text(f"PRAGMA user_version = {len(MIGRATIONS)}"))

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @staticmethod
    def _version(connection: sa.Connection) -> int:
        return int(connection.execute(sa.text("PRAGMA user_version")).scalar_one())


def _set_up_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.text_factory = _text
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _set_up_reader(connection: sqlite3.Connection, _record: object) -> None:
    connection.text_factory = _text
    connection.execute("PRAGMA query_only = ON")


def _text(data: bytes) -> str:
    """Text that somebody spoilt is still read, so that its line can be named."""
    return data.decode("utf-8", "surrogateescape")


def _begin(connection: sa.Connection) -> None:
    # Python's own driver begins late and leaves table changes outside of the transaction.
    # A writer takes its turn at once: what it reads is still true when it writes.
    writing = connection.get_execution_options().get("secondunit_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _plain_database_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        words = str(error.orig).lower()
        if "full" in words:
            raise disk_full(path.parent) from None
        if "readonly" in words or "unable to open" in words:
            raise read_only(path.parent) from None
        if "locked" in words or "busy" in words:
            raise BadInput(
                f"another process is writing to `{path}`", hint="wait until it is done and try again"
            ) from None
        if "not a database" in words or "malformed" in words:
            raise BadInput(
                f"`{path}` is damaged",
                hint="move it away: it is an index, and opening the show again fills a new one from the folders",
            ) from None
        raise
