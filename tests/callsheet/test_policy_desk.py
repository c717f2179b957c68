"""Policies as a person asks for them: listed, told, tried; and a studio's own file without a line of code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.policies import picked_policies
from secondunit.callsheet.policy_desk import list_policies, tell_policy, try_policies
from secondunit.cli.policy import app
from secondunit.errors import BadInput, BadRecord, VerificationFailed

OURS = """\
id = "ours"
title = "Our studio"
version = 1
dated = 2026-11-22
source = "our handbook"
notice = "This is no legal advice."

[[rule]]
id = "O-1"
scope = "request"
decision = "approve"
roles = ["director"]
sentence = "the director sees every final"
source = "handbook 4"
confirmed = true
when = { stage = "final", generated = "yes" }
fires = [{ stage = "final" }]
silent = [{ stage = "temp" }, { stage = "final", generated = "no" }]
"""


@pytest.fixture
def show(tmp_path: Path) -> Path:
    folder = tmp_path / "long_night"
    make_show(folder, name="The Long Night", code="TLN", fps="24", policies=["denmark"])
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "ours.toml").write_text(OURS, encoding="utf-8")
    return folder


def run(*words: object) -> int:
    return int(
        app([str(word) for word in words], exit_on_error=False, print_error=False, result_action="return_value")
    )


def test_a_studios_own_file_applies_to_its_show_without_code(show: Path) -> None:
    rows = {row["id"]: row for row in list_policies(show)[0]["policies"]}
    assert {name for name, row in rows.items() if row["applies"]} == {"house", "denmark", "ours"}
    assert "O-1" in {rule.id for policy in picked_policies(("denmark",), show) for rule in policy.rules}


def test_without_a_show_nothing_is_said_to_apply() -> None:
    data, lines = list_policies()
    assert {row["applies"] for row in data["policies"]} == {None}
    assert len(lines) == len(data["policies"]) and not any("ours" in line for line in lines)


def test_a_policy_is_told_row_by_row(show: Path) -> None:
    data, lines = tell_policy("ours", show)
    assert data["rules"][0]["when"] == ["stage is final", "generated is yes"]
    text = "\n".join(lines)
    assert "O-1  approve by director" in text and "when stage is final and generated is yes" in text
    assert "(not confirmed)" in "\n".join(tell_policy("denmark")[1])
    with pytest.raises(BadInput, match="no policy `ours`"):
        tell_policy("ours")


def test_every_word_a_policy_may_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("facts", "--json") == 0
    facts = {
        row["name"]: row for row in json.loads(capsys.readouterr().out)["facts"] if row["scope"] == "request"
    }
    assert facts["marked"]["unknown_as"] == "no" and facts["stage"]["values"][-1] == "marketing"
    assert run("facts") == 0
    assert "unnamed_faces" in capsys.readouterr().out


def test_all_policies_hold(show: Path) -> None:
    data, _ = try_policies((), show)
    assert data["findings"] == [] and "ours" in data["policies"] and data["examples"] > 500


def test_a_file_with_an_example_that_fails_and_a_hole(show: Path) -> None:
    path = show / "policies" / "ours.toml"
    path.write_text(OURS.replace('{ stage = "temp" }', '{ stage = "final" }'), encoding="utf-8")
    with pytest.raises(VerificationFailed) as caught:
        try_policies([path])
    assert caught.value.findings == ("ours O-1: should be silent and fires on stage = final",)
    path.write_text(OURS.replace('{ stage = "temp" }, ', ""), encoding="utf-8")
    with pytest.raises(VerificationFailed) as caught:
        try_policies([path])
    assert caught.value.findings == ("ours O-1: no example notices when `stage` (is) is dropped",)


def test_a_file_that_is_no_policy_is_refused_with_every_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('include = "/etc/passwd"\n' + OURS.replace("stage", "stagee"), encoding="utf-8")
    with pytest.raises(BadRecord) as caught:
        try_policies([path])
    assert any("`include` is refused" in fault and f"{path}:1:" in fault for fault in caught.value.faults)


def test_what_is_no_file_or_far_too_big_is_never_read(tmp_path: Path) -> None:
    big, loop, pipe = tmp_path / "big.toml", tmp_path / "loop.toml", tmp_path / "pipe.toml"
    with big.open("wb") as out:
        out.truncate(100 * 1024 * 1024)
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for path in (big, loop, pipe, tmp_path, tmp_path / "none.toml"):
        with pytest.raises(BadInput) as caught:
            try_policies([path])
        assert str(path) in str(caught.value) and caught.value.hint


def test_the_commands(show: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--show", show, "--json") == 0
    assert json.loads(capsys.readouterr().out)["policies"]
    assert run("show", "netflix_2025") == 0
    assert "The generative tools used do not store, reuse, or train" in capsys.readouterr().out
    assert run("test", show / "policies" / "ours.toml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["examples"] == 3
    assert run("test") == 0
    with pytest.raises(BadInput, match="no policy `netflix`"):
        run("show", "netflix")
