from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chain_attacks import AT, add_lines, all_lines, make_ledger, put, sign, tamper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondunit.store import chain, chain_verify
from secondunit.store.chain_lines import ChunkVerdict, RawLine
from secondunit.store.chain_verify import ChainVerdict, table_lines, verify_ledger, verify_lines
from secondunit.store.keys import Signer, new_signer
from secondunit.store.ledger import Ledger
from secondunit.store.merkle import merkle_root

N = 12


@pytest.fixture
def signer() -> Signer:
    return new_signer("desk")


@pytest.fixture
def ledger(tmp_path: Path, signer: Signer) -> Iterator[Ledger]:
    made = make_ledger(tmp_path, signer, N)
    yield made
    made.close()


def verify(ledger: Ledger, **wanted: object) -> ChainVerdict:
    with ledger.read() as connection:
        return verify_ledger(connection, **wanted)  # type: ignore[arg-type]


def named(verdict: ChainVerdict) -> list[tuple[str, int, int]]:
    return [(str(bad.kind), bad.first, bad.last) for bad in verdict.findings]


def test_a_ledger_as_it_was_written(ledger: Ledger, signer: Signer) -> None:
    verdict, lines = verify(ledger), all_lines(ledger)
    assert verdict.ok
    assert (verdict.n_lines, verdict.founder, verdict.head) == (N, signer.key, lines[-1].hash)
    assert verdict.root == merkle_root([bytes.fromhex(line.hash) for line in lines]).hex()
    assert [verdict.hashes.get(n) for n in (0, 1, N, N + 1)] == [
        None,
        bytes.fromhex(lines[0].hash),
        bytes.fromhex(lines[-1].hash),
        None,
    ]


def test_an_empty_ledger_is_fine(tmp_path: Path, signer: Signer) -> None:
    ledger = make_ledger(tmp_path, signer, 0)
    assert (verify(ledger).ok, verify(ledger).n_lines) == (True, 0)
    ledger.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entry SET canonical = replace(canonical, '\"n\":5', '\"n\":6') WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET kind = 'standing' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET subject = 'P9' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET hash = substr(hash, 2) || '~' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET hash = 'x' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = 'nothing' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = x'ff00fe' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = CAST(x'ff22' AS TEXT) WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = replace(canonical, ',', ', ') WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = '[]' WHERE number = 1", ("edited", 1)),
        ("UPDATE entry SET signature = '' WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET signature = 7 WHERE number = 5", ("edited", 5)),
        ("UPDATE entry SET canonical = '" + "[" * 100_000 + "' WHERE number = 5", ("edited", 5)),
        ("DELETE FROM entry WHERE number = 5", ("dropped", 5)),
        ("DELETE FROM entry WHERE number = 1", ("dropped", 1)),
        ("UPDATE entry SET number = 500 WHERE number = 5", ("reordered", 500)),
    ],
)
def test_one_line_that_was_spoilt_is_named_and_no_other(
    ledger: Ledger, statement: str, found: tuple[str, int]
) -> None:
    tamper(ledger, statement)
    assert named(verify(ledger)) == [(found[0], found[1], found[1])]


def test_a_copied_signature_is_named(ledger: Ledger) -> None:
    tamper(ledger, "UPDATE entry SET signature = (SELECT signature FROM entry WHERE number = 4) WHERE number = 5")
    assert named(verify(ledger)) == [("edited", 5, 5)]


def test_lines_that_changed_places_are_named(ledger: Ledger) -> None:
    lines = all_lines(ledger)
    put(ledger, lines[3], place=5)
    put(ledger, lines[4], place=4)
    verdict = verify(ledger)
    assert named(verdict) == [("reordered", 4, 4), ("reordered", 5, 5)]
    assert "in the place of line 4 stands what was signed as line 5" in verdict.findings[0].sentence


def test_a_line_written_over_another(ledger: Ledger) -> None:
    put(ledger, all_lines(ledger)[6], place=5)
    assert named(verify(ledger)) == [("dropped", 5, 5), ("reordered", 5, 5)]


def test_a_body_rewritten_with_every_hash_after_it(ledger: Ledger) -> None:
    lines = all_lines(ledger)
    lines[4] = replace(lines[4], body={"n": 99})
    for n in range(5, N):
        lines[n] = replace(lines[n], previous=lines[n - 1].hash)
    for line in lines[4:]:
        put(ledger, line)
    assert named(verify(ledger)) == [("edited", n, n) for n in range(5, N + 1)]


def test_a_foreign_key_is_named(ledger: Ledger) -> None:
    thief, lines = new_signer("thief"), all_lines(ledger)
    put(ledger, sign(replace(lines[4], body={"n": 99}), thief))
    last = all_last(ledger)
    put(ledger, sign(replace(lines[-1], number=N + 1, previous=last), thief))
    verdict = verify(ledger)
    assert named(verdict) == [("forged", 5, 5), ("forged", N + 1, N + 1)]
    assert thief.key[:16] in verdict.findings[0].sentence


def all_last(ledger: Ledger) -> str:
    with ledger.read() as connection:
        last = chain.head(connection)
    assert last is not None
    return last.hash


def test_a_first_line_by_a_foreign_key_is_named_and_not_the_rest(ledger: Ledger, signer: Signer) -> None:
    put(ledger, sign(replace(all_lines(ledger)[0], body={"n": 99}), new_signer("thief")))
    for wanted in ({}, {"founder": signer.key}):
        verdict = verify(ledger, **wanted)
        assert named(verdict) == [("forged", 1, 1)]
        assert verdict.founder == signer.key


def test_a_whole_ledger_by_a_foreign_key_is_found_where_the_founder_is_known(
    tmp_path: Path, signer: Signer
) -> None:
    thief = new_signer("thief")
    ledger = make_ledger(tmp_path, thief, 3)
    assert verify(ledger).ok
    assert verify(ledger).founder == thief.key
    assert named(verify(ledger, founder=signer.key)) == [("forged", n, n) for n in (1, 2, 3)]
    ledger.close()


def test_a_line_replaced_by_one_that_its_writer_signed(ledger: Ledger, signer: Signer) -> None:
    lines = all_lines(ledger)
    put(ledger, sign(replace(lines[4], body={"n": 99}), signer))
    assert named(verify(ledger)) == [("replaced", 5, 5)]


def test_a_line_dated_before_the_one_it_follows(ledger: Ledger, signer: Signer) -> None:
    lines = all_lines(ledger)
    put(ledger, sign(replace(lines[-1], at=AT - dt.timedelta(days=1)), signer))
    assert named(verify(ledger)) == [("backdated", N, N)]


def test_a_signed_line_of_another_shape_is_named(ledger: Ledger, signer: Signer) -> None:
    line = all_lines(ledger)[-1]
    put(ledger, sign(replace(line, subject=7), signer))  # type: ignore[arg-type]
    assert named(verify(ledger)) == [("edited", N, N)]


def test_several_at_once_are_all_named(ledger: Ledger) -> None:
    tamper(
        ledger,
        "DELETE FROM entry WHERE number IN (2, 3, 8)",
        "UPDATE entry SET subject = 'P9' WHERE number = 5",
        "UPDATE entry SET canonical = replace(canonical, 'Ada', 'Eve') WHERE number IN (10, 11)",
    )
    assert named(verify(ledger)) == [
        ("dropped", 2, 3), ("edited", 5, 5), ("dropped", 8, 8), ("edited", 10, 10), ("edited", 11, 11)
    ]  # fmt: skip


def test_keys_that_were_admitted_and_withdrawn(ledger: Ledger, signer: Signer) -> None:
    other, at = new_signer("second desk"), AT + dt.timedelta(hours=1)
    add = {"author": "Ada", "signer": signer, "at": at}
    with ledger.write() as connection:
        chain.admit_key(connection, other.key, "second desk", **add)  # type: ignore[arg-type]
        chain.append(connection, kind="use", subject="P", body={}, author="Bo", signer=other, at=at)
        chain.admit_key(connection, other.key, "second desk", allowed=False, **add)  # type: ignore[arg-type]
    assert verify(ledger).ok
    late = sign(replace(all_lines(ledger)[-1], number=N + 4, kind="use", previous=all_last(ledger)), other)
    put(ledger, late)
    assert named(verify(ledger)) == [("forged", N + 4, N + 4)]


def test_a_key_cannot_admit_itself(ledger: Ledger) -> None:
    thief = new_signer("thief")
    body = {"key": thief.key, "name": "thief", "allowed": True}
    line = replace(all_lines(ledger)[-1], kind=chain.KEY_KIND, body=body)
    put(ledger, sign(replace(line, number=N + 1, previous=all_last(ledger)), thief))
    put(ledger, sign(replace(line, number=N + 2, previous=all_last(ledger)), thief))
    assert named(verify(ledger)) == [("forged", N + 1, N + 1), ("forged", N + 2, N + 2)]


def test_many_processes_find_what_one_finds(
    tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_verify, "CHUNK", 50)
    monkeypatch.setattr(chain_verify, "_ALONE", 100)
    ledger = make_ledger(tmp_path, signer, 420)
    add_lines(ledger, signer, 30, first=421)
    seen: list[tuple[int, int]] = []
    assert verify(ledger, processes=2, progress=lambda *done: seen.append(done)).ok
    assert seen == [(n, 450) for n in range(50, 451, 50)]
    lines = all_lines(ledger)
    # Harm on both sides of the borders between chunks.
    put(ledger, lines[49], place=51)
    put(ledger, lines[50], place=50)
    tamper(
        ledger,
        "DELETE FROM entry WHERE number IN (100, 101)",
        "UPDATE entry SET subject = 'P9' WHERE number IN (148, 149)",
    )
    put(ledger, sign(replace(lines[197], body={}), signer))
    one, many = verify(ledger, processes=1), verify(ledger, processes=2)
    assert one == many
    assert named(one) == [
        ("reordered", 50, 50), ("reordered", 51, 51), ("dropped", 100, 101),
        ("edited", 148, 148), ("edited", 149, 149), ("replaced", 198, 198),
    ]  # fmt: skip
    ledger.close()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[RawLine]:
    ledger = make_ledger(tmp_path_factory.mktemp("lines"), new_signer("desk"), 30)
    with ledger.read() as connection:
        found = list(table_lines(connection))
    ledger.close()
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_changed_anywhere_name_exactly_that_line(data: st.DataObject, lines: list[RawLine]) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    byte = data.draw(st.integers(0, len(line.canonical) - 1))
    flip = data.draw(st.integers(1, 255))
    spoilt = bytearray(line.canonical)
    spoilt[byte] ^= flip
    changed = [*lines[:at], line._replace(canonical=bytes(spoilt)), *lines[at + 1 :]]
    founder = verify_lines(lines).founder
    assert {(bad.first, bad.last) for bad in verify_lines(changed, founder=founder).findings} == {
        (line.place, line.place)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(0, 28), min_size=1, max_size=12))
def test_any_lines_dropped_are_exactly_those_named(gone: set[int], lines: list[RawLine]) -> None:
    left = [line for at, line in enumerate(lines) if at not in gone]
    verdict = verify_lines(left)
    assert all(bad.kind == "dropped" for bad in verdict.findings)
    assert {n for bad in verdict.findings for n in range(bad.first, bad.last + 1)} == {at + 1 for at in gone}


def test_a_verdict_of_a_chunk_travels(lines: list[RawLine]) -> None:
    import pickle

    from secondunit.store.chain_lines import judge_chunk

    verdict = judge_chunk(None, lines, chain.Writers(verify_lines(lines).founder))
    assert isinstance(verdict, ChunkVerdict)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
