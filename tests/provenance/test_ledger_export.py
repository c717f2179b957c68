from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_tsa import LocalTsa

from secondunit.errors import BadInput, EngineFailed, VerificationFailed
from secondunit.provenance import ledger_export
from secondunit.provenance.checkpoint import read_checkpoint
from secondunit.provenance.ledger_export import (
    ENTRIES,
    ROOT,
    STAMP,
    compare_with_export,
    export_ledger,
    verify_export,
)
from secondunit.provenance.ledger_proof import check_proof, prove_entries
from secondunit.slate.show import Show
from secondunit.store import Store, create_show
from secondunit.store.chain import Draft, append_all
from secondunit.store.chain_verify import ChainVerdict, verify_ledger
from secondunit.store.keys import Signer, new_signer

AT = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
N = 15


@pytest.fixture(scope="module")
def tsa() -> LocalTsa:
    return LocalTsa(AT)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return new_signer("desk")


@pytest.fixture
def store(tmp_path: Path, signer: Signer) -> Iterator[Store]:
    made = create_show(tmp_path / "show", Show("The Long Night", "TLN", Fraction(24)), signer=signer, at=AT)
    add(made, signer, N - 1, first=2)
    yield made
    made.close()


def add(store: Store, signer: Signer, n: int, *, first: int = 1) -> None:
    drafts = [Draft("use", f"P{k % 3}", {"n": k, "text": '„Zoë“,"number":3,'}) for k in range(first, first + n)]
    with store.ledger.write() as connection:
        append_all(connection, drafts, author="Ada", signer=signer, at=AT)


def go_through(store: Store) -> ChainVerdict:
    with store.ledger.read() as connection:
        return verify_ledger(connection)


@pytest.fixture
def export(store: Store, signer: Signer, tsa: LocalTsa, tmp_path: Path) -> Path:
    export_ledger(store, tmp_path / "export", signer=signer, at=AT, transport=tsa.transport)
    return tmp_path / "export"


def rewrite(export: Path, *lines: bytes) -> None:
    (export / ENTRIES).write_bytes(b"".join(lines))


def read(export: Path) -> list[bytes]:
    return (export / ENTRIES).read_bytes().splitlines(keepends=True)


def test_an_export_is_checked_by_somebody_who_has_only_it(export: Path, signer: Signer, tsa: LocalTsa) -> None:
    verdict = verify_export(export, founder=signer.key, roots=tsa.root_pem)
    verdict.raise_if_failed()
    assert verdict.ok
    assert verdict.notes == ()
    assert verdict.stamp is not None
    assert (verdict.stamp.at, verdict.stamp.is_known) == (AT, True)
    assert (verdict.checkpoint.size, verdict.checkpoint.show, verdict.checkpoint.founder) == (
        N,
        "TLN",
        signer.key,
    )
    assert sorted(path.name for path in export.iterdir()) == [ENTRIES, ROOT, STAMP]
    first, *rest = (json.loads(line)["entry"] for line in read(export))
    assert (first["kind"], first["body"]["show_id"]) == ("founding", verdict.checkpoint.show_id)
    assert [entry["body"]["n"] for entry in rest] == list(range(2, N + 1))
    assert json.dumps(verdict.to_dict())


def test_without_an_authority_the_time_is_only_claimed(
    store: Store, signer: Signer, tmp_path: Path, export: Path
) -> None:
    export_ledger(store, tmp_path / "plain", signer=signer, at=AT)
    assert verify_export(tmp_path / "plain").notes == ("no authority vouches for the time of the export",)
    assert "does not know" in verify_export(export).notes[0]
    assert verify_export(export).ok


def test_a_ledger_with_nothing_but_its_first_line_is_exported_too(tmp_path: Path, signer: Signer) -> None:
    store = create_show(tmp_path / "empty", Show("Empty", "EMP", Fraction(24)), signer=signer, at=AT)
    export_ledger(store, tmp_path / "export", signer=signer, at=AT)
    store.close()
    assert verify_export(tmp_path / "export").ok


# What somebody does to an export


def test_a_line_cut_out_is_named(export: Path) -> None:
    lines = read(export)
    rewrite(export, *lines[:4], *lines[5:])
    found = verify_export(export).findings
    assert "line 5 is gone" in found
    assert not any("line 6" in sentence for sentence in found)


def test_lines_at_the_end_cut_off_are_named(export: Path) -> None:
    rewrite(export, *read(export)[:-2])
    assert f"lines {N - 1} to {N} were cut off" in verify_export(export).findings


@pytest.mark.parametrize(("a", "b"), [(3, 4), (3, 5), (1, 9)])
def test_lines_that_changed_places_are_named(export: Path, a: int, b: int) -> None:
    lines = read(export)
    lines[a - 1], lines[b - 1] = lines[b - 1], lines[a - 1]
    rewrite(export, *lines)
    found = verify_export(export).findings
    assert found
    assert all("stands what was signed as line" in sentence or "root" in sentence for sentence in found)
    assert any(f"signed as line {a}" in s for s in found) or any(f"signed as line {b}" in s for s in found)


def test_a_line_put_in_twice_is_named(export: Path) -> None:
    lines = read(export)
    rewrite(export, *lines[:6], lines[2], *lines[6:])
    assert verify_export(export).findings[0] == "in the place of line 7 stands what was signed as line 3"


@pytest.mark.parametrize("old", [b'"n":5', b'"number":5,', b'"entry"', b"Ada", b'"signature":"'])
def test_an_edited_line_is_named_and_no_other(export: Path, old: bytes) -> None:
    lines = read(export)
    lines[4] = lines[4].replace(old, old.replace(b"5", b"7").replace(b"a", b"e").replace(b"t", b"T"))
    assert lines != read(export)
    rewrite(export, *lines)
    found = [sentence for sentence in verify_export(export).findings if "root" not in sentence]
    assert len(found) == 1
    assert "line 5 " in found[0]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_any_file_changed_is_found(
    data: st.DataObject, export: Path, signer: Signer, tsa: LocalTsa
) -> None:
    name = data.draw(st.sampled_from([ENTRIES, ROOT]))
    before = (export / name).read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    after = bytearray(before)
    after[at] ^= data.draw(st.integers(1, 255))
    (export / name).write_bytes(after)
    try:
        assert not verify_export(export, founder=signer.key, roots=tsa.root_pem).ok
    except VerificationFailed:
        pass
    finally:
        (export / name).write_bytes(before)


def test_a_root_signed_by_somebody_else(export: Path) -> None:
    thief = new_signer("thief")
    root = replace(read_checkpoint((export / ROOT).read_bytes()), key=thief.key)
    signed = replace(root, signature=thief.sign(root.statement).hex())
    (export / ROOT).write_bytes(signed.to_bytes())
    found = verify_export(export).findings
    assert any("foreign key" in sentence for sentence in found)
    assert "the time stamp is that of something else" in found


def test_an_export_made_up_from_nothing_names_another_founder(
    tmp_path: Path, export: Path, signer: Signer
) -> None:
    thief = new_signer("thief")
    store = create_show(tmp_path / "fake", Show("The Long Night", "TLN", Fraction(24)), signer=thief, at=AT)
    add(store, thief, 2)
    export_ledger(store, tmp_path / "forged", signer=thief, at=AT)
    store.close()
    assert verify_export(tmp_path / "forged").ok  # it fits together
    found = verify_export(tmp_path / "forged", founder=signer.key).findings
    assert any("was begun by the key" in sentence for sentence in found)
    assert sum("foreign key" in sentence for sentence in found) == 4  # three lines and the root


def test_a_stamp_from_another_export(
    export: Path, store: Store, signer: Signer, tsa: LocalTsa, tmp_path: Path
) -> None:
    add(store, signer, 1)
    export_ledger(store, tmp_path / "later", signer=signer, at=AT, transport=tsa.transport)
    shutil.copy(export / STAMP, tmp_path / "later" / STAMP)
    assert verify_export(tmp_path / "later").findings == ("the time stamp is that of something else",)


def test_what_is_no_export(tmp_path: Path, export: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        verify_export(tmp_path)
    (export / ROOT).write_bytes(b"{}")
    with pytest.raises(VerificationFailed, match="signed root"):
        verify_export(export)


def test_a_file_without_line_ends_takes_no_memory(export: Path) -> None:
    with (export / ENTRIES).open("r+b") as file:
        file.truncate(200_000_000)  # a sparse file of zeros after the lines
    found = verify_export(export).findings
    assert "no longer readable" in found[0]


# Making one


def test_a_ledger_with_a_fault_is_not_blessed(store: Store, signer: Signer, tmp_path: Path) -> None:
    spoil(store, "DELETE FROM entry WHERE number = 4")
    with pytest.raises(VerificationFailed, match="no signed root") as refused:
        export_ledger(store, tmp_path / "export", signer=signer, at=AT)
    assert list(refused.value.findings) == ["line 4 is gone"]
    assert not (tmp_path / "export").exists()


def test_nothing_half_written_is_left(store: Store, signer: Signer, tmp_path: Path) -> None:
    def unreachable(_request: bytes) -> bytes:
        raise BadInput("the time stamp authority cannot be reached")

    before = set(tmp_path.iterdir())
    with pytest.raises(BadInput, match="cannot be reached"):
        export_ledger(store, tmp_path / "export", signer=signer, at=AT, transport=unreachable)
    with pytest.raises(BadInput, match="may not write"):
        export_ledger(store, tmp_path / "export", signer=new_signer("guest"), at=AT)
    assert set(tmp_path.iterdir()) == before
    with pytest.raises(BadInput, match="exists already"):
        export_ledger(store, store.root, signer=signer, at=AT)
    with pytest.raises(BadInput, match="does not exist"):
        export_ledger(store, tmp_path / "no" / "such", signer=signer, at=AT)


def test_a_full_disk_is_one_sentence(
    store: Store, signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(ledger_export, "write_lines", full)
    before = set(tmp_path.iterdir())
    with pytest.raises(EngineFailed, match="no space is left"):
        export_ledger(store, tmp_path / "export", signer=signer, at=AT)
    assert set(tmp_path.iterdir()) == before


# What an export later says of the ledger


def spoil(store: Store, *statements: str) -> None:
    with store.ledger.write() as connection:
        for name in ("changed", "removed", "replaced"):
            connection.exec_driver_sql(f"DROP TRIGGER entry_is_never_{name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_ledger_that_only_grew_is_fine(store: Store, signer: Signer, export: Path) -> None:
    add(store, signer, 5)
    assert compare_with_export(go_through(store), verify_export(export)) == []
    assert compare_with_export(go_through(store), verify_export(export / ROOT)) == []


def test_a_ledger_cut_off_at_its_end_is_named(store: Store, export: Path) -> None:
    spoil(store, f"DELETE FROM entry WHERE number > {N - 3}")
    verdict = go_through(store)
    assert verdict.ok  # by itself nothing is seen
    for known in (export, export / ROOT):
        (bad,) = compare_with_export(verdict, verify_export(known))
        assert (bad.kind, bad.first, bad.last) == ("truncated", N - 2, N)


def test_a_past_written_anew_by_its_own_writer_is_named(store: Store, signer: Signer, export: Path) -> None:
    spoil(store, f"DELETE FROM entry WHERE number > {N - 3}")
    add(store, signer, 6)
    assert go_through(store).ok
    (bad,) = compare_with_export(go_through(store), verify_export(export))
    assert (bad.kind, bad.first, bad.last) == ("replaced", N - 2, N)
    (bad,) = compare_with_export(go_through(store), verify_export(export / ROOT))
    assert (bad.kind, bad.first, bad.last) == ("replaced", 1, N)


def test_what_the_chain_names_by_itself_is_not_named_again(store: Store, export: Path) -> None:
    spoil(store, "DELETE FROM entry WHERE number = 4", "UPDATE entry SET subject = 'P' WHERE number = 7")
    for known in (export, export / ROOT):
        assert compare_with_export(go_through(store), verify_export(known)) == []


# Single lines with their proofs


def test_a_line_is_proven_without_the_others(store: Store, export: Path) -> None:
    checkpoint = verify_export(export).checkpoint
    with store.ledger.read() as connection:
        proofs = prove_entries(connection, verify_ledger(connection), [9, 1, N, 9])
    assert [proof.number for proof in proofs] == [1, 9, N]
    told = json.loads(json.dumps([proof.to_dict() for proof in proofs]))
    assert [check_proof(proof, checkpoint).number for proof in told] == [1, 9, N]


def test_a_proof_that_was_touched_proves_nothing(store: Store, export: Path) -> None:
    checkpoint = verify_export(export).checkpoint
    with store.ledger.read() as connection:
        good = prove_entries(connection, verify_ledger(connection), [9])[0].to_dict()
        with pytest.raises(BadInput, match="no line 99"):
            prove_entries(connection, verify_ledger(connection), [99])
    bad = [
        {**good, "entry": good["entry"].replace('"n":9', '"n":8')},
        {**good, "number": 8},
        {**good, "path": good["path"][1:]},
        {**good, "path": ["00" * 32, *good["path"][1:]]},
        {**good, "signature": "0" * 128},
        {**good, "path": 7},
        {},
    ]
    for proof in bad:
        with pytest.raises(VerificationFailed):
            check_proof(proof, checkpoint)
    with pytest.raises(VerificationFailed, match="signature of its key"):
        check_proof(good, replace(checkpoint, show="XYZ"))
