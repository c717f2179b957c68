from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App
from desk import Said, is_refused

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from consent_texts import filled_in

from secondunit.callsheet.open_show import make_show
from secondunit.cli import app as program
from secondunit.cli import people, rights

C = "C-2026-001"


def type_in(*words: object) -> Said:
    """The three groups of commands under a program of their own, answered as the console script answers."""
    root = App(name="secondunit", result_action="return_value")
    for group in (rights.app, people.people, people.models):
        root.command(group)
    typed = [str(word) for word in words]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = program._guarded(lambda: root(typed, exit_on_error=False, print_error=False), "--json" in typed)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "home"))
    make_show(tmp_path / "show", name="The Long Night", code="TLN", fps="24")
    monkeypatch.chdir(tmp_path / "show")
    (tmp_path / "ada.toml").write_text(filled_in().replace("ab" * 32, ""), encoding="utf-8")
    (tmp_path / "signed.pdf").write_bytes(b"%PDF signed by Ada")
    return tmp_path / "show"


def added() -> Said:
    return type_in("rights", "add", "../ada.toml", "--document", "../signed.pdf", "--by", "Bea Lawyer")


def data(*words: object) -> Any:
    said = type_in(*words, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_a_consent_from_file_to_revocation(show: Path) -> None:
    said = added()
    assert said.code == 0 and said.out == f"consent {C} is on record, active\n"
    assert "warning: " in said.err, "what weakens it is told"
    assert f"consent  {C}" in type_in("rights", "list", "--kind", "consent").out
    told = type_in("rights", "show", C).out
    assert "document: in the vault" in told and "caution: " in told and "of 90 s, 90 s left" in told
    assert type_in("rights", "suspend", C, "--by", "Bea", "--reason", "rewritten").out == f"{C} is suspended\n"
    assert type_in("rights", "resume", C, "--by", "Bea", "--reason", "read").code == 0
    planned = type_in("rights", "revoke", C, "--by", "Ada", "--reason", "mine", "--dry-run")
    assert "would end" in planned.out
    assert "ends on" in type_in("rights", "revoke", C, "--by", "Ada", "--reason", "mine").out
    is_refused(type_in("rights", "revoke", C, "--by", "Bea", "--reason", "mine"), 2, "revoked by Ada already")
    assert data("rights", "list", "--kind", "consent")["records"][0]["standing"] == "revoked"


def test_every_fault_of_a_file_is_printed_with_its_line(show: Path) -> None:
    path = show.parent / "ada.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("living", "alive").replace('"WORLD"', '"Earth"'))
    said = is_refused(added(), 2, "alive", "Earth")
    assert said.err.count("../ada.toml:") == 2
    answer = json.loads(type_in("rights", "add", "../ada.toml", "--json").out)
    assert answer["exit_code"] == 2 and len(answer["faults"]) == 3, "without its paper there is one more"


def test_lists_answer_in_words_and_in_json(show: Path) -> None:
    assert type_in("rights", "list").out == "nothing is on record\n"
    assert type_in("people", "list").out == "nobody is on record\n"
    ours = type_in("models", "list").out
    assert "learned from WIDER FACE (unlicensed)" in ours and "physics" in ours
    added()
    assert type_in("people", "list").out.startswith("p:ada-lovelace  Ada Lovelace  performer")
    card = show.parent / "card.yaml"
    card.write_text(
        f"tool_id: deager\nversion: '1'\nweights_sha256: {'ab' * 32}\nlearned_from: [p:ada-lovelace]\n"
    )
    assert type_in("rights", "add", card).code == 0
    assert "deager 1  abababababab  learned from p:ada-lovelace" in type_in("models", "list").out
    assert "deager" in {card["tool_id"] for card in data("models", "list")["models"]}
    assert data("rights", "meter")["meters"][0]["limit"] == 90.0
    assert type_in("rights", "meter", C).out == f"{C}  0 s, of 90 s, 90 s left\n"


def test_facts_are_declared(show: Path) -> None:
    said = type_in("rights", "declare", "TLN_101_BAR_0010", "could_pass_as_real=no", "--by", "Cy Editor")
    assert said.out == "TLN_101_BAR_0010: could_pass_as_real is no\n"
    is_refused(
        type_in("rights", "declare", "show", "nonsense=1", "--by", "Cy Editor"), 2, "`nonsense` is no fact"
    )


def test_the_template_is_printed_as_it_is(show: Path) -> None:
    said = type_in("rights", "template")
    assert said.code == 0 and said.out.startswith("# What a person agrees to") and "[evidence]" in said.out
    is_refused(type_in("rights", "template", "house"), 2, "no template")


@pytest.mark.parametrize("app", [rights.app, people.people, people.models])
def test_every_command_has_an_example_and_speaks_json(app: App) -> None:
    names = [name for name in app if not name.startswith("-")]
    assert names
    for name in names:
        command = app[name].default_command
        assert command is not None and "Example: `secondunit " in (command.__doc__ or ""), name
        assert "json" in command.__annotations__
