"""A version and its lines of the ledger appear together, whenever the process dies."""

from pathlib import Path

import pytest

from secondunit.slate.frames import parse_rate
from secondunit.slate.naming import ShotName
from secondunit.slate.show import Show
from secondunit.store import create_show, open_show, show_folder
from secondunit.store.chain import Draft
from secondunit.store.in_progress import InProgress

SHOT = ShotName.parse("TRL_101_BAR_0010")
LINE = Draft("version", "TRL_101_BAR_0010 destruction v001", {"frames_sha256": "ab" * 32})


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "home"))
    create_show(tmp_path / "show", Show("Trial", "TRL", parse_rate("24"))).close()
    return tmp_path / "show"


def publish(store: show_folder.Store) -> None:
    with store.next_version(SHOT, "destruction") as made:
        (made.folder / "frame.exr").write_bytes(b"x")
        store.publish_version(made, shot=SHOT, department="destruction", details={}, author="Vera", lines=[LINE])


def test_both_are_there(show: Path) -> None:
    store = open_show(show)
    publish(store)
    (line,) = store.lines("version")
    assert (line.author, line.subject) == ("Vera", LINE.subject)
    assert [v.label for v in store.versions()] == ["v001"]
    store.close()


def test_killed_before_the_folder_has_its_name_leaves_neither(
    show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: InProgress) -> Path:
        raise KeyboardInterrupt

    store = open_show(show)
    monkeypatch.setattr(InProgress, "finish", die)
    with pytest.raises(KeyboardInterrupt):
        publish(store)
    store.close()
    store = open_show(show)
    assert store.versions() == []
    assert [line.kind for line in store.lines()] == ["founding"]
    store.close()


def test_killed_between_folder_and_ledger_is_made_whole_by_the_next_who_opens(
    show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    store = open_show(show)
    with monkeypatch.context() as patch:
        patch.setattr(show_folder.Store, "_insert_version", die)
        with pytest.raises(KeyboardInterrupt):
            publish(store)
    store.close()
    for _ in range(2):  # and only once
        store = open_show(show)
        assert [v.label for v in store.versions()] == ["v001"]
        assert [line.subject for line in store.lines("version")] == [LINE.subject]
        store.close()
