"""A ledger says whose it is, and another show's is refused, however well its lines hold."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from chain_attacks import AT, add_lines, sign

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.entry import GENESIS, Entry
from secondunit.slate.founding import FOUNDING, Founding
from secondunit.slate.show import Show
from secondunit.store import Store, create_show, open_show
from secondunit.store.chain_verify import verify_ledger
from secondunit.store.founding import found_ledger
from secondunit.store.keys import Signer, new_signer
from secondunit.store.ledger import Ledger

SHOW = Show("The Long Night", "TLN", Fraction(24), policies=("california", "netflix_2025"))


@pytest.fixture
def signer() -> Signer:
    return new_signer("desk")


def make(folder: Path, signer: Signer, show: Show = SHOW) -> Store:
    made = create_show(folder, show, signer=signer, at=AT)
    made.close()
    return made


def swap(there: Store, here: Store) -> None:
    for file in here.root.glob("ledger.db*"):
        file.unlink()
    for file in there.root.glob("ledger.db*"):
        shutil.copy(file, here.root)


def test_the_first_line_names_the_show_and_is_signed_by_its_founder(tmp_path: Path, signer: Signer) -> None:
    made = make(tmp_path / "show", signer)
    (line,) = open_show(made.root).lines()
    assert (line.number, line.kind, line.subject, line.key) == (1, FOUNDING, "TLN", signer.key)
    assert Founding.read(line) == Founding(made.show.show_id, "TLN", "The Long Night", SHOW.policies, signer.key)
    assert f'id = "{made.show.show_id}"' in (made.root / "show.toml").read_text()
    with open_show(made.root).ledger.read() as connection:
        assert verify_ledger(connection).founding == Founding.read(line)


def test_the_ledger_of_another_show_by_the_same_founder_is_found_and_named(
    tmp_path: Path, signer: Signer
) -> None:
    """The attack: same person, same code, same name, every line in order and signed."""
    one, other = make(tmp_path / "one", signer), make(tmp_path / "other", signer)
    assert one.show.show_id != other.show.show_id
    add_lines(other.ledger, signer, 5)
    other.close()
    swap(other, one)
    theirs, ours = other.show.show_id[:8], one.show.show_id[:8]
    words = f"the ledger is that of the show TLN .{theirs}.*, not of the show TLN .{ours}"
    for _ in range(2):
        with pytest.raises(VerificationFailed, match=words) as refused:
            open_show(one.root)
        assert "put the ledger back" in refused.value.hint
    open_show(other.root).close()


def test_a_ledger_that_founds_nothing_is_refused(tmp_path: Path, signer: Signer) -> None:
    made = make(tmp_path / "show", signer)
    for n in (0, 3):
        for file in made.root.glob("ledger.db*"):
            file.unlink()
        plain = Ledger(made.root / "ledger.db")
        plain.migrate()
        add_lines(plain, signer, n)
        plain.close()
        with pytest.raises(VerificationFailed, match="does not begin with the line that founds TLN"):
            open_show(made.root)


def test_nothing_is_founded_on_lines_that_are_there(tmp_path: Path, signer: Signer) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.migrate()
    add_lines(ledger, signer, 1)
    with pytest.raises(BadInput, match="holds a ledger already"), ledger.write() as connection:
        found_ledger(connection, replace(SHOW, show_id="ab" * 16), signer=signer, at=AT + dt.timedelta(days=1))
    ledger.close()


def _founding(signer: Signer, **other: Any) -> Entry:
    show = replace(SHOW, show_id="ab" * 16)
    entry = Entry(1, AT, FOUNDING, "TLN", Founding.of(show, signer.key).to_dict(), "Ada", signer.key, GENESIS)
    return sign(replace(entry, **other), signer)


CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda body: body.pop("show_id"),
    lambda body: body.update(show_id="AB" * 16),
    lambda body: body.update(show_id=7),
    lambda body: body.update(show_id=""),
    lambda body: body.update(code="tln"),
    lambda body: body.update(code=None),
    lambda body: body.update(code="XYZ"),
    lambda body: body.update(name=["x"]),
    lambda body: body.update(policies="netflix_2025"),
    lambda body: body.update(policies=[1]),
    lambda body: body.update(key="00" * 32),
    lambda body: body.update(more=1),
    lambda body: body.clear(),
]


def test_only_a_whole_founding_line_founds(signer: Signer) -> None:
    whole = _founding(signer)
    assert Founding.read(whole) is not None
    for change in CHANGES:
        body = dict(whole.body)
        change(body)
        assert Founding.read(_founding(signer, body=body)) is None
    for other in ({"kind": "use"}, {"number": 2}, {"previous": "1" * 64}, {"subject": "XYZ"}):
        assert Founding.read(_founding(signer, **other)) is None
    assert Founding.read(replace(whole, key=new_signer("thief").key)) is None


def test_a_show_from_before_there_were_ids_is_one_sentence(tmp_path: Path, signer: Signer) -> None:
    made = make(tmp_path / "show", signer)
    (made.root / "show.toml").write_text('name = "N"\ncode = "TLN"\nrate = "24"\n')
    with pytest.raises(BadInput, match="holds no `id`") as refused:
        open_show(made.root)
    assert "secondunit new" in refused.value.hint
