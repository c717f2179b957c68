"""How the command line answers: exit codes, JSON alone on stdout, colour and bars only where wanted, help."""

from __future__ import annotations

import ast
import json
import os
import pickle
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import DESTROY, OUTLINE, PROGRAM, SHOT, done, is_refused, type_in

import secondunit
from secondunit import errors
from secondunit.cli.speak import show as answer

COMMANDS = ("new", "ingest", "destroy", "versions", "verify", "demo")
SOURCE = Path(secondunit.__file__).parent
ESCAPE = "\x1b["


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    said = done(command, "--help")
    assert f"secondunit {command} " in " ".join(said.out.split())
    assert "Example" in said.out
    assert said.err == ""


def test_every_option_has_a_word_of_help() -> None:
    for command in COMMANDS:
        text = done(command, "--help").out
        for line in text.splitlines():
            option = re.match(r"│\s+\*?\s*(?:[A-Z-]+\s+)?(--[a-z-]+)(.*)│", line)
            assert option is None or option[2].strip(), f"{command} {line}"


def test_without_a_command_the_help_is_shown() -> None:
    said = done()
    for command in COMMANDS:
        assert command in said.out


def test_the_version_is_told() -> None:
    assert done("--version").out.strip() == secondunit.__version__


def test_completion_can_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--install-completion" in done("--help").out
    monkeypatch.setenv("HOME", str(tmp_path))
    done("--install-completion", "--shell", "bash")
    scripts = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("secondunit" in path.read_text() for path in scripts)


# Exit codes


@pytest.mark.parametrize(
    "words",
    [
        ("destroy",),
        ("explode", SHOT),
        ("versions", "--sideways"),
        ("new", "a", "b", "c", "--name", "N", "--code", "NNN"),
        ("new", "somewhere", "--name", "N"),
        ("ingest", "a.png", "--shot", SHOT, "--owner", "A", "--licence", "owned", "--width", "wide"),
        ("verify",),
        ("verify", "nowhere/at/all"),
    ],
)
def test_words_that_mean_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    is_refused(type_in(*words, cwd=tmp_path), 2)
    assert list(tmp_path.iterdir()) == []


def test_each_kind_of_error_has_its_code() -> None:
    codes = {errors.BadInput: 2, errors.BadMedia: 2, errors.BadName: 2, errors.NotCleared: 3,
             errors.EngineFailed: 4, errors.VerificationFailed: 5}  # fmt: skip
    for kind, code in codes.items():
        assert kind.exit_code == code


def test_an_error_comes_back_whole_from_a_worker() -> None:
    refusal = errors.NotCleared("not cleared for 2 reasons", reasons=["one", "two"], hint="ask")
    broken = errors.VerificationFailed("2 files changed", findings=["one", "two"], hint="ask")
    for error in (refusal, broken, errors.BadInput("no", hint="yes"), errors.EngineFailed("no", hint="yes")):
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error)
        assert (str(back), vars(back)) == (str(error), vars(error))


def raised(path: Path) -> Iterator[ast.Call]:
    names = {name for name in vars(errors) if name[0].isupper()} - {"Sequence", "SecondUnitError"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def test_every_refusal_says_what_to_do() -> None:
    n_raised = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for call in raised(path):
            where = f"{path.relative_to(SOURCE)}:{call.lineno}"
            assert any(word.arg == "hint" for word in call.keywords), f"{where} gives no hint"
            sentence = ast.unparse(call.args[0]).rstrip("'\"") if call.args else ""
            assert not sentence.endswith("."), f"{where} ends with a full stop"
            n_raised += 1
    assert n_raised > 100


def test_a_fault_of_our_own_is_one_sentence(monkeypatch: pytest.MonkeyPatch, show: Path) -> None:
    def fail(*_words: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("secondunit.callsheet.open_show.list_versions", fail)
    said = is_refused(type_in("versions", "--show", show), 4, "ZeroDivisionError")
    assert "SECONDUNIT_TRACEBACK" in said.hint
    monkeypatch.setenv("SECONDUNIT_TRACEBACK", "1")
    assert "Traceback" in type_in("versions", "--show", show).err


# JSON


def test_new_ingest_versions_in_json(tmp_path: Path, plate: Path) -> None:
    show = tmp_path / "show"
    asked = ("--name", "Trial", "--code", "TRL", "--fps", "23.976", "--policies", "netflix_2025")
    made = done("new", show, *asked, "--json").data
    told = {"name": "Trial", "code": "TRL", "rate": "24000/1001", "policies": ["netflix_2025"]}
    assert len(made.pop("id")) == 32
    assert made == told | {"folder": str(show), "ledger": str(show / "ledger.db")}
    words = ("--shot", SHOT, "--owner", "A. Lens", "--licence", "CC BY 4.0", "--frames", "1001-1003")
    brought = done("ingest", plate, *words, "--show", show, "--json").data
    assert brought["plate"] == "PL01_v001"
    assert brought["frames"] == "1001-1003"
    assert done("versions", "--show", show, "--json").data == {"versions": []}


def test_a_refusal_in_json(show: Path) -> None:
    said = type_in("destroy", SHOT, "--show", show, "--json")
    assert said.code == said.data["exit_code"] == 2
    assert said.data["error"] == said.sentence
    assert said.data["hint"] == said.hint


def test_words_that_mean_nothing_in_json() -> None:
    said = type_in("destroy", "--json")
    assert said.code == said.data["exit_code"] == 2


def test_numbers_that_are_none_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    answer({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": -float("inf")}}, [], as_json=True)
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": None}}


# Where


def test_inside_the_show_and_with_show(ready: Path, tmp_path: Path) -> None:
    for said in (
        done("versions", cwd=ready),
        done("versions", cwd=ready / "plates"),
        done("versions", "--show", ready, cwd=tmp_path),
        done("versions", "--show", os.path.relpath(ready, tmp_path), cwd=tmp_path),
    ):
        assert said.out == "no versions yet\n"


# Colour and bars


def in_a_terminal(*words: object, **environment: str) -> tuple[int, str]:
    """What a person sees on a terminal, and the exit code."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"TERM": "xterm-256color"} | environment,
    )  # fmt: skip
    os.close(slave)
    seen = b""
    while True:
        ready, _, _ = select.select([master], [], [], 120)
        assert ready, "nothing came for two minutes"
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    return process.wait(), seen.decode()


def test_colour_in_a_terminal_unless_no_color(tmp_path: Path) -> None:
    words = ("verify", tmp_path / "nowhere")
    code, seen = in_a_terminal(*words, NO_COLOR="")
    assert code == 2
    assert f"{ESCAPE}31merror" in seen
    for setting in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        code, seen = in_a_terminal(*words, **setting)
        assert code == 2
        assert ESCAPE not in seen
        assert "error" in seen and "hint" in seen


def test_a_bar_in_a_terminal_only(finished: Path) -> None:
    shutil.rmtree(finished / "takes" / "se")
    code, seen = in_a_terminal(*DESTROY, "--outline", OUTLINE, "--show", finished, NO_COLOR="1")
    assert code == 0, seen
    assert "█" in seen and "left" in seen
    assert not re.search(r"\x1b\[3\dm", seen)


def test_a_reader_that_goes_away(ready: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "versions", "--show", str(ready), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0
