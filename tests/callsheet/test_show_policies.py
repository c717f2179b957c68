from pathlib import Path

import pytest

from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.policies import picked_policies, shipped_policies
from secondunit.errors import BadInput
from secondunit.store.show_folder import open_show

OWN = """
id = "studio_x"
title = "Studio X"
version = 1
dated = 2026-11-01
source = "Studio X handbook"
notice = "No legal advice."

[[rule]]
id = "X-1"
scope = "request"
decision = "forbid"
sentence = "destruction is not made here"
missing = "another department"
who = "the studio"
source = "handbook 1"
confirmed = true
when = { department = "destruction" }
fires = [{ department = "destruction" }]
silent = [{ department = "deage" }]
"""


def test_a_show_keeps_the_policies_it_picked_and_the_house_rules_are_always_there(tmp_path: Path) -> None:
    make_show(tmp_path / "show", name="Trial", code="TRL", fps="24", policies=["netflix_2025"])
    store = open_show(tmp_path / "show")
    assert store.show.policies == ("netflix_2025",)
    assert [p.id for p in picked_policies(store.show.policies, store.root)] == ["house", "netflix_2025"]
    store.close()


def test_a_policy_nobody_has_makes_no_show(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="netflix_2052"):
        make_show(tmp_path / "show", name="Trial", code="TRL", fps="24", policies=["netflix_2052"])
    assert not (tmp_path / "show").exists()


def test_a_studio_adds_its_own_without_code(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "studio_x.toml").write_text(OWN)
    assert [p.id for p in picked_policies((), tmp_path)] == ["house", "studio_x"]
    (tmp_path / "policies" / "again.toml").write_text(OWN.replace("studio_x", "house"))
    with pytest.raises(BadInput, match="another policy"):
        picked_policies((), tmp_path)


def test_a_policy_that_is_a_link_or_a_hundred_megabytes_is_refused_unread(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "big.toml").write_bytes(b"")
    with (folder / "big.toml").open("r+b") as file:
        file.truncate(100 << 20)
    with pytest.raises(BadInput, match="104857600 bytes"):
        picked_policies((), tmp_path)
    (folder / "big.toml").unlink()
    (tmp_path / "out.toml").write_text(OWN)
    (folder / "link.toml").symlink_to(tmp_path / "out.toml")
    with pytest.raises(BadInput, match="not a file"):
        picked_policies((), tmp_path)
    (tmp_path / "show").mkdir()
    (tmp_path / "show" / "policies").symlink_to(folder)
    with pytest.raises(BadInput, match="a link out of the show"):
        picked_policies((), tmp_path / "show")


def test_every_policy_that_ships_is_named_as_its_file() -> None:
    assert {"house", "netflix_2025", "sag_aftra_2026", "eu_ai_act_50", "california"} <= set(shipped_policies())
