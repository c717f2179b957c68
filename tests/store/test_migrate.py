from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest
import sqlalchemy as sa
from test_show_folder import SHOT, plate

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.show import Show
from secondunit.store import create_show, open_show
from secondunit.store.chain import entries, entry_table
from secondunit.store.ledger import Ledger, metadata
from secondunit.store.migrate import REVISIONS
from secondunit.store.records import plate_to_json

# The tables of the first Second Unit, as it made them itself.
FIRST = (
    "CREATE TABLE turnover (sha256 VARCHAR(64) PRIMARY KEY, name VARCHAR NOT NULL, n_bytes INTEGER NOT NULL, "
    "n_files INTEGER NOT NULL, created VARCHAR NOT NULL)",
    "CREATE TABLE plate (shot VARCHAR NOT NULL, label VARCHAR NOT NULL, created VARCHAR NOT NULL, "
    "record JSON NOT NULL, PRIMARY KEY (shot, label))",
    "CREATE TABLE version (shot VARCHAR NOT NULL, department VARCHAR NOT NULL, number INTEGER NOT NULL, "
    "created VARCHAR NOT NULL, status VARCHAR NOT NULL, record JSON NOT NULL, "
    "PRIMARY KEY (shot, department, number))",
    "PRAGMA user_version = 1",
)


def old_show(folder: Path) -> Path:
    create_show(folder, Show("The Long Night", "ABC", Fraction(24))).close()
    for file in folder.glob("ledger.db*"):
        file.unlink()
    with sqlite3.connect(folder / "ledger.db") as database:
        for statement in FIRST:
            database.execute(statement)
        row = (str(SHOT), "PL01_v001", "2026-11-01", json.dumps(plate_to_json(plate())))
        database.execute("INSERT INTO plate VALUES (?, ?, ?, ?)", row)
    database.close()
    return folder


def shape(path: Path) -> dict[str, list[tuple[str, bool]]]:
    engine = sa.create_engine(f"sqlite:///{path}")
    look = sa.inspect(engine)
    found = {
        name: [(column["name"], column["nullable"]) for column in look.get_columns(name)]
        for name in look.get_table_names()
    }
    engine.dispose()
    return found


def asked(path: Path, what: str) -> object:
    with sqlite3.connect(path) as database:
        (answer,) = database.execute(what).fetchone()
    database.close()
    return answer


def test_the_steps_make_the_tables_the_program_uses(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.migrate()
    ledger.close()
    found = shape(tmp_path / "ledger.db")
    assert entry_table.name in metadata.tables
    wanted = {t.name: [(c.name, bool(c.nullable)) for c in t.columns] for t in metadata.tables.values()}
    assert found == wanted | {"alembic_version": [("version_num", False)]}
    assert asked(tmp_path / "ledger.db", "PRAGMA user_version") == len(REVISIONS)
    assert asked(tmp_path / "ledger.db", "SELECT version_num FROM alembic_version") == REVISIONS[-1]


def test_every_step_is_listed() -> None:
    from alembic.script import ScriptDirectory

    from secondunit.store import migrate

    steps = ScriptDirectory(str(migrate._SCRIPTS)).walk_revisions()
    assert tuple(step.revision for step in steps)[::-1] == REVISIONS


def test_a_show_of_the_first_house_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = old_show(tmp_path / "50% old show")
    file = folder / "ledger.db"
    for _ in range(2):
        ledger = Ledger(file)
        ledger.migrate()
        with ledger.read() as connection:
            assert list(entries(connection)) == []
        ledger.close()
    assert asked(file, "PRAGMA user_version") == len(REVISIONS)
    assert asked(file, "PRAGMA journal_mode") == "wal"
    assert asked(file, "SELECT label FROM plate") == "PL01_v001"
    assert not list(folder.glob("*.ini"))
    # Nothing in it says whose it is: its plates are brought into a show that has a first line.
    with pytest.raises(VerificationFailed, match="does not begin with the line that founds ABC"):
        open_show(folder)


def test_killed_in_the_middle_it_is_the_old_one(tmp_path: Path) -> None:
    folder = old_show(tmp_path / "old")
    code = """
        import os, sys
        from pathlib import Path
        from alembic import command
        from secondunit.store.ledger import Ledger
        upgrade = command.upgrade
        def upgrade_and_die(*words):
            upgrade(*words)
            os.kill(os.getpid(), 9)
        command.upgrade = upgrade_and_die
        Ledger(Path(sys.argv[1])).migrate()
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(folder / "ledger.db")], check=False, env=os.environ
    )
    assert killed.returncode == -9
    assert asked(folder / "ledger.db", "PRAGMA user_version") == 1
    assert sorted(shape(folder / "ledger.db")) == ["plate", "turnover", "version"]
    Ledger(folder / "ledger.db").migrate()
    assert asked(folder / "ledger.db", "SELECT label FROM plate") == "PL01_v001"


def test_many_processes_bring_it_up_to_date_once(tmp_path: Path) -> None:
    folder = old_show(tmp_path / "old")
    code = "import sys; from pathlib import Path; from secondunit.store.ledger import Ledger; "
    code += "Ledger(Path(sys.argv[1])).migrate()"
    words = [sys.executable, "-c", code, str(folder / "ledger.db")]
    workers = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors


def test_a_show_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24))).close()
    code = """
        import sys
        from pathlib import Path
        from secondunit.store import open_show
        open_show(Path(sys.argv[1])).close()
        sys.exit("alembic" in sys.modules)
    """
    words = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "show")]
    assert subprocess.run(words, check=False).returncode == 0


@pytest.mark.parametrize(
    "url", ["mysql://a@b/c", "postgresql://", "postgresql+psycopg2://a@b/c", "nonsense", "postgresql://a@b:x/c"]
)
def test_a_ledger_that_is_no_url_of_a_server(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="not the URL"):
        create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24), ledger=url))
    assert list(tmp_path.iterdir()) == []


def test_without_its_driver_the_hint_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadInput, match="not installed") as refused:
        Ledger("postgresql://a@b/c")
    assert "secondunit[postgres]" in refused.value.hint
