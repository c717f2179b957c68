"""Connections to the ledger's database: a SQLite file in the show, or a PostgreSQL server by URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from secondunit.errors import BadInput

POSTGRES = "postgresql+psycopg"
_WAIT_S = 60


def sqlite_engine(path: Path, *, writable: bool) -> sa.Engine:
    """An engine on a file. Writes go through a write-ahead log and are on disk when they are done."""
    # A write-ahead log cannot be opened on a disk that is read-only; as immutable it can.
    uri = f"file:{quote(str(path))}?{'mode=rwc' if writable else 'immutable=1'}"
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            uri, uri=True, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
        ),
        # Without a name SQLAlchemy takes this for a database in memory, with one connection a thread.
        poolclass=sa.pool.QueuePool,
    )
    sa.event.listen(engine, "connect", _set_up_writer if writable else _set_up_reader)
    sa.event.listen(engine, "begin", _begin)
    return engine


def postgres_engine(url: sa.URL) -> sa.Engine:
    """An engine on a server. Raises `BadInput` where the driver is not installed."""
    waits = f"-c lock_timeout={_WAIT_S}s -c idle_in_transaction_session_timeout=10min"
    try:
        return sa.create_engine(
            url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": _options(url, waits)}
        )
    except ModuleNotFoundError:
        raise BadInput(
            "a ledger on PostgreSQL needs a driver that is not installed",
            hint="run `pip install 'secondunit[postgres]'`",
        ) from None


def postgres_url(text: str) -> sa.URL:
    """A URL as it stands in `show.toml`, checked; `postgresql://` is taken for its driver. Raises `BadInput`."""
    try:
        url = sa.make_url(text)
        if url.drivername == "postgresql":
            url = url.set(drivername=POSTGRES)
        if url.drivername == POSTGRES and url.database:
            return url
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    raise BadInput(
        "`ledger` is not the URL of a PostgreSQL database",
        hint=f"write `{POSTGRES}://user@host/database`; the password belongs in `~/.pgpass`, not in a show",
    )


def _options(url: sa.URL, ours: str) -> str:
    """What the URL asks of the server itself, such as another schema, and what we ask."""
    given = url.query.get("options", "")
    return " ".join([*([given] if isinstance(given, str) else given), ours]).strip()


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
