"""The same show with its ledger on a real PostgreSQL server, started here."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path

import postgres_server
import pytest
import sqlalchemy as sa
from chain_attacks import AT, add_lines, all_lines
from test_show_folder import SHOT, plate, publish

from secondunit.callsheet.open_show import make_show
from secondunit.errors import BadInput, EngineFailed, VerificationFailed
from secondunit.slate.show import Show
from secondunit.store import Store, chain, create_show, open_show
from secondunit.store.chain_verify import verify_ledger
from secondunit.store.keys import Signer, make_key, new_signer
from secondunit.store.ledger import Ledger
from secondunit.store.migrate import REVISIONS

pytestmark = pytest.mark.skipif(not postgres_server.is_installed(), reason="there is no PostgreSQL here")
NUMBERS = count(1)


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    with postgres_server.server() as folder:
        yield folder


@pytest.fixture
def url(socket: str) -> str:
    """A new database."""
    name = f"show{next(NUMBERS)}"
    admin = sa.create_engine(f"postgresql+psycopg://second@/postgres?host={socket}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return f"postgresql+psycopg://second@/{name}?host={socket}"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    made = Ledger(url)
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def signer() -> Signer:
    return new_signer("desk")


@pytest.fixture
def store(tmp_path: Path, url: str) -> Iterator[Store]:
    made = create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24), ledger=url))
    yield made
    made.close()


def numbers(ledger: Ledger) -> list[int]:
    with ledger.read() as connection:
        return [entry.number for entry in chain.entries(connection)]


def tamper(ledger: Ledger, *statements: str) -> None:
    with ledger.write() as connection:
        connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_show_with_its_ledger_on_a_server(store: Store) -> None:
    with store.next_plate(SHOT) as made:
        store.add_plate(plate(made.label), made)
    publish(store, seed=1)
    store.add_turnover(store.root / "show.toml")
    store.add_turnover(store.root / "show.toml")
    again = open_show(store.root)
    assert again.plate(SHOT) == plate()
    assert [version.details for version in again.versions()] == [{"seed": 1}]
    assert again.show == store.show
    again.close()
    assert not list(store.root.glob("ledger.db*"))


def test_lines_on_a_server_are_checked_like_those_in_a_file(ledger: Ledger, signer: Signer) -> None:
    add_lines(ledger, signer, 12)
    assert numbers(ledger) == list(range(1, 13))
    with ledger.read() as connection:
        assert [e.number for e in chain.entries(connection, kind="use", subject="P1", after=4)] == [7, 10]
        assert verify_ledger(connection).ok
    tamper(
        ledger,
        "DELETE FROM entry WHERE number IN (3, 4)",
        "UPDATE entry SET canonical = replace(canonical, 'Ada', 'Eve') WHERE number = 7",
    )
    with ledger.read() as connection:
        found = verify_ledger(connection).findings
    assert [(bad.kind, bad.first, bad.last) for bad in found] == [("dropped", 3, 4), ("edited", 7, 7)]
    with pytest.raises(VerificationFailed):
        numbers(ledger)


@pytest.mark.parametrize(
    "statement", ["UPDATE entry SET subject = 'P9'", "DELETE FROM entry WHERE number = 2", "TRUNCATE entry"]
)
def test_the_table_itself_refuses_changes(ledger: Ledger, signer: Signer, statement: str) -> None:
    add_lines(ledger, signer, 3)
    with pytest.raises(sa.exc.DatabaseError, match="never changed"), ledger.write() as connection:
        connection.exec_driver_sql(statement)
    assert numbers(ledger) == [1, 2, 3]


def test_many_processes_never_fork_the_chain(url: str, ledger: Ledger, tmp_path: Path) -> None:
    make_key(tmp_path / "desk.pem", "desk")
    code = """
        import datetime as dt, sys
        from pathlib import Path
        from secondunit.store import chain
        from secondunit.store.keys import load_key
        from secondunit.store.ledger import Ledger
        ledger, signer = Ledger(sys.argv[2]), load_key(Path(sys.argv[1]), "desk")
        for n in range(20):
            with ledger.write() as connection:
                chain.append(connection, kind="use", subject="P", body={"n": n}, author="Ada", signer=signer,
                             at=dt.datetime.now(dt.UTC))
    """
    words = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "desk.pem"), url]
    workers = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    assert numbers(ledger) == list(range(1, 61))


def test_a_reader_sees_one_moment(ledger: Ledger, signer: Signer) -> None:
    add_lines(ledger, signer, 3)
    with ledger.read() as connection:
        stream = chain.entries(connection)
        assert next(stream).number == 1
        add_lines(ledger, signer, 2, first=4)
        assert [entry.number for entry in stream] == [2, 3]
        assert len(list(chain.entries(connection))) == 3
        with pytest.raises(sa.exc.DatabaseError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM plate")
    assert numbers(ledger) == [1, 2, 3, 4, 5]


def test_a_show_that_moves_to_a_server_takes_its_lines_along(tmp_path: Path, url: str, signer: Signer) -> None:
    store = create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24)), signer=signer, at=AT)
    add_lines(store.ledger, signer, 5)
    before = all_lines(store.ledger)
    store.close()
    toml = store.root / "show.toml"
    toml.write_text(toml.read_text() + f'\nledger = "{url}"\n')
    for _ in range(2):
        moved = open_show(store.root)
        assert all_lines(moved.ledger) == before
        add_lines(moved.ledger, signer, 1, first=6)
        moved.close()
        before = [*before, all_lines(moved.ledger)[-1]]
    # Somebody went on in the file: the two have parted.
    old = Ledger(store.root / "ledger.db")
    with old.write() as connection:
        late = AT + dt.timedelta(days=1)
        chain.append(connection, kind="use", subject="P", body={}, author="Eve", signer=signer, at=late)
    old.close()
    with pytest.raises(VerificationFailed, match="have different lines"):
        open_show(store.root)


def test_a_spoilt_ledger_does_not_move(tmp_path: Path, url: str, signer: Signer) -> None:
    store = create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24)), signer=signer, at=AT)
    add_lines(store.ledger, signer, 5)
    with store.ledger.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER entry_is_never_removed")
        connection.exec_driver_sql("DELETE FROM entry WHERE number = 2")
    store.close()
    toml = store.root / "show.toml"
    toml.write_text(toml.read_text() + f'\nledger = "{url}"\n')
    with pytest.raises(VerificationFailed, match="stays where it is"):
        open_show(store.root)
    there = Ledger(url)
    assert numbers(there) == []
    there.close()


@pytest.mark.parametrize("code", ["XYZ", "ABC"])
def test_a_database_belongs_to_one_show(store: Store, url: str, tmp_path: Path, code: str) -> None:
    with pytest.raises(BadInput, match=rf"holds the ledger of the show ABC .* already, not of {code}"):
        create_show(tmp_path / "other", Show("Another", code, Fraction(24), ledger=url))
    assert not list(tmp_path.glob("*other*"))
    twin = create_show(tmp_path / "twin", Show("Another", code, Fraction(24)))
    twin.close()
    toml = twin.root / "show.toml"
    toml.write_text(toml.read_text() + f'\nledger = "{url}"\n')
    with pytest.raises(VerificationFailed, match="have different lines"):
        open_show(twin.root)
    (twin.root / "ledger.db").unlink()
    with pytest.raises(VerificationFailed, match="the ledger is that of the show ABC"):
        open_show(twin.root)


def test_a_show_is_made_with_its_ledger_on_a_server(tmp_path: Path, url: str) -> None:
    made = make_show(tmp_path / "show", name="N", code="ABC", fps="24", ledger=url)
    assert not list((tmp_path / "show").glob("ledger.db*"))
    again = open_show(tmp_path / "show")
    assert [(line.number, line.kind, line.body["show_id"]) for line in again.lines()] == [
        (1, "founding", made["id"])
    ]
    again.close()


def test_a_show_that_cannot_have_its_name_leaves_the_server_as_it_was(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _to: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(EngineFailed):
            create_show(tmp_path / "show", Show("N", "ABC", Fraction(24), ledger=url))
    assert list(tmp_path.iterdir()) == []
    create_show(tmp_path / "show", Show("N", "ABC", Fraction(24), ledger=url)).close()


def test_tables_of_a_newer_house_are_refused(store: Store) -> None:
    with store.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadInput, match="newer Second Unit"):
        open_show(store.root)


def test_tables_are_made_once_by_many(url: str) -> None:
    code = "import sys; from secondunit.store.ledger import Ledger; Ledger(sys.argv[1]).migrate()"
    workers = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(3)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    made = Ledger(url)
    with made.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISIONS[-1]
    made.close()


def test_a_server_that_is_away_is_one_sentence(tmp_path: Path, socket: str) -> None:
    for url in (
        "postgresql://ada:secret@/db?host=/nowhere",
        "postgresql+psycopg://ada:secret@127.0.0.1:9/db",
        f"postgresql://second@/nothing_here?host={socket}",
    ):
        with pytest.raises(BadInput, match="cannot be reached") as refused:
            create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24), ledger=url))
        assert "secret" not in str(refused.value)
        assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
