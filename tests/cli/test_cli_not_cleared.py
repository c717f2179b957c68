"""What may not be made is not made: exit code 3, every reason, and again between the chunks."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from desk import (
    DESTROY,
    FRAMES,
    OUTLINE,
    SHOT,
    Said,
    done,
    end_of,
    half_made,
    start,
    takes,
    type_in,
    until,
    untouched,
)


def bring(show: Path, plate: Path, *options: object) -> None:
    done("ingest", plate, "--shot", SHOT, "--owner", "A. Lens", "--frames", FRAMES, *options, "--show", show)


def is_not_cleared(said: Said, *rules: str) -> None:
    assert said.code == 3, said.err
    assert "not cleared" in said.sentence
    assert said.hint.startswith("ask ")
    assert "Traceback" not in said.err
    reasons = [line for line in said.err.splitlines() if line.startswith("  · ")]
    for rule in rules:
        assert any(f"({rule})" in line for line in reasons), said.err


@pytest.mark.parametrize("word", ["owner", "licence"])
def test_ingest_without_an_owner_or_a_licence(show: Path, plate: Path, word: str) -> None:
    words = {"--owner": "A. Lens", "--licence": "owned"}
    del words[f"--{word}"]
    with untouched(show):
        flat = [part for pair in words.items() for part in pair]
        said = type_in("ingest", plate, "--shot", SHOT, *flat, "--show", show)
        assert said.code == 2
        assert word in said.sentence
        for empty in ("", "  "):
            said = type_in("ingest", plate, "--shot", SHOT, *flat, f"--{word}", empty, "--show", show)
            assert said.code == 2
            assert word in said.sentence


@pytest.mark.parametrize(
    "options, rules",
    [
        (("--licence", "CC-BY-ND-4.0"), ("licence.derivatives",)),
        (("--licence", "CC-BY-NC-ND-4.0"), ("licence.derivatives", "licence.commercial")),
        (("--licence", "owned", "--expires", "2020-01-31"), ("licence.current",)),
        (("--licence", "CC-BY-NC-ND-4.0", "--expires", "2020-01-31"),
         ("licence.derivatives", "licence.commercial", "licence.current")),
        (("--licence", "contract 2031-77"), ("licence.derivatives",)),
        (("--licence", "unknown"), ("plate.licence",)),
        # What somebody reads into a licence never outweighs its name.
        (("--licence", "CC-BY-ND-4.0", "--derivatives"), ("licence.derivatives",)),
    ],
)  # fmt: skip
def test_every_reason_at_once(show: Path, plate: Path, options: tuple[str, ...], rules: tuple[str, ...]) -> None:
    bring(show, plate, *options)
    with untouched(show):
        is_not_cleared(type_in(*DESTROY, "--outline", OUTLINE, "--show", show), *rules)
        said = type_in(*DESTROY, "--outline", OUTLINE, "--show", show, "--json")
        assert said.data["exit_code"] == 3
        assert len(said.data["reasons"]) >= len(rules)


def test_the_gate_comes_before_any_work(show: Path, plate: Path) -> None:
    bring(show, plate, "--licence", "CC-BY-ND-4.0")
    # A click that is none and no outline at all: whoever may not shoot need not be told.
    is_not_cleared(type_in(*DESTROY, "--show", show), "licence.derivatives")


def test_a_contract_that_somebody_has_read(show: Path, plate: Path) -> None:
    bring(show, plate, "--licence", "contract 2031-77", "--derivatives", "--commercial")
    said = type_in(*DESTROY, "--show", show)
    assert said.code == 2  # cleared: now it asks where the building is
    assert "outline" in said.sentence


@pytest.mark.parametrize("day", ["tomorrow", "2027-13-01", "", "01.02.2027"])
def test_a_day_that_is_none(show: Path, plate: Path, day: str) -> None:
    with untouched(show):
        words = ("--shot", SHOT, "--owner", "A", "--licence", "owned", "--expires", day, "--show", show)
        said = type_in("ingest", plate, *words)
        assert said.code == 2
        assert "not a day" in said.sentence


def withdraw(show: Path) -> None:
    """Somebody edits the record of the plate: the licence ran out."""
    with sqlite3.connect(show / "ledger.db", timeout=30) as ledger:
        (text,) = ledger.execute("SELECT record FROM plate WHERE shot = ?", (SHOT,)).fetchone()
        record = json.loads(text)
        record["licence"]["expires"] = "2020-01-31"
        ledger.execute("UPDATE plate SET record = ? WHERE shot = ?", (json.dumps(record), SHOT))


def test_a_licence_withdrawn_between_chunks_stops_the_next_one(
    plated: Path, shot_once: tuple[Path, Said]
) -> None:
    process = start(*DESTROY, "--outline", OUTLINE, "--show", plated)
    until(lambda: len(takes(plated)) >= 2, process)
    withdraw(plated)
    said = end_of(process)
    is_not_cleared(said, "licence.current")
    finished = set(takes(plated))
    assert len(finished) < len(takes(shot_once[0]))
    assert done("versions", "--show", plated, "--json").data == {"versions": []}
    assert half_made(plated) == []
    # And not one more take on another try.
    is_not_cleared(type_in(*DESTROY, "--outline", OUTLINE, "--show", plated), "licence.current")
    assert set(takes(plated)) == finished


def test_a_licence_withdrawn_after_the_last_chunk_stops_the_version(finished: Path) -> None:
    withdraw(finished)
    is_not_cleared(type_in(*DESTROY, "--show", finished), "licence.current")
    assert len(done("versions", "--show", finished, "--json").data["versions"]) == 1
    assert done("verify", finished).code == 0
