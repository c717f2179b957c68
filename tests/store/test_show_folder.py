from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from secondunit.errors import BadInput, BadMedia, BadName, EngineFailed, SecondUnitError, VerificationFailed
from secondunit.media.disk import plain_disk_errors
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.show import Show
from secondunit.store import Store, create_show, find_show, open_show
from secondunit.store.migrate import REVISIONS
from secondunit.store.records import plate_from_json, plate_to_json

SHOT = ShotName.parse("ABC_101_SEQ_0010")
SHOW = Show("The Long Night", "ABC", Fraction(24000, 1001))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_show(tmp_path / "a show", SHOW)


def plate(label: str = "PL01_v001") -> Plate:
    return Plate(
        shot=SHOT,
        label=label,
        frames=FrameRange(1001, 1072),
        width=64,
        height=48,
        rate=Fraction(24000, 1001),
        pattern=f"plates/{SHOT}/{label}/{SHOT}_{label}.####.exr",
        source_sha256="0" * 64,
        source_name="photo.jpg",
        source_colourspace="sRGB",
        owner="A. Lens",
        licence=Licence("CC-BY-4.0", True, True),
        notes=("a note",),
    )


def publish(store: Store, **details: object):  # type: ignore[no-untyped-def]
    with store.next_version(SHOT, "destruction") as made:
        (made.folder / "frame.exr").write_bytes(b"picture")
        return store.publish_version(made, shot=SHOT, department="destruction", details=details)


def python(code: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, check=check
    )


# Making, finding and opening


def test_a_new_show_reads_back(store: Store) -> None:
    assert open_show(store.root).show == replace(SHOW, show_id=store.show.show_id)
    store.close()
    assert sorted(p.name for p in store.root.iterdir() if not p.name.startswith((".", "ledger.db-"))) == [
        "ledger.db",
        "plates",
        "show.toml",
        "takes",
        "turnover",
        "versions",
    ]


def test_a_show_is_found_from_inside(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = store.root / "plates" / "deep"
    deep.mkdir()
    monkeypatch.chdir(deep)
    assert find_show(Path()) == store.root.resolve()
    with pytest.raises(BadInput, match="not inside a show"):
        find_show(store.root.parent)


def test_a_show_inside_a_show_is_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="lies inside the show"):
        create_show(store.root / "plates" / "inner", SHOW)
    assert not (store.root / "plates" / "inner").exists()


def test_a_folder_that_exists_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        create_show(tmp_path / "old", SHOW)
    with pytest.raises(BadInput, match="does not exist"):
        create_show(tmp_path / "no" / "such", SHOW)


def test_a_hand_edited_show_file(store: Store) -> None:
    path = store.root / "show.toml"
    path.write_text(f'name = "N"\ncode = "ABC"\nrate = 23.976\nid = "{store.show.show_id}"\n')
    assert open_show(store.root).show.rate == Fraction(24000, 1001)
    for text, words in (
        ('name = "N"\ncode = "ABC"\n', "has no `rate`"),
        ('name = "N"\ncode = "ABC"\nrate = "fast"\n', "not a frame rate"),
        ('name = "N"\ncode = "abc"\nrate = "24"\n', "not a show code"),
        ('name = "N"\ncode = "ABC"\nrate = "24"\nrat = 3\n', "unknown key `rat`"),
        ("name = \n", "not a TOML file"),
        ('name = "N"\ncode = "ABC"\nrate = "24"\n', "holds no `id`"),
        ('name = "N"\ncode = "ABC"\nrate = "24"\nid = "7"\n', "no id of a show"),
        ('name = "N"\ncode = "ABC"\nrate = "24"\nfind_faces = 1\n', "neither true nor false"),
    ):
        path.write_text(text)
        with pytest.raises(BadInput, match=words):
            open_show(store.root)


# Plates and versions


def test_a_plate_survives_json() -> None:
    assert plate_from_json(json.loads(json.dumps(plate_to_json(plate())))) == plate()


def test_the_latest_plate_is_the_one_you_get(store: Store) -> None:
    for _ in range(2):
        with store.next_plate(SHOT) as made:
            store.add_plate(plate(made.label), made)
    with store.next_plate(SHOT, "PL02") as made:
        store.add_plate(plate(made.label), made)
    assert store.plate(SHOT).label == "PL02_v001"
    assert store.plate(SHOT, "PL01").label == "PL01_v002"
    assert store.plate(SHOT, "PL01_v001").label == "PL01_v001"
    with pytest.raises(BadInput, match="has no plate `PL03`"):
        store.plate(SHOT, "PL03")
    with pytest.raises(BadInput, match="has no plate"):
        store.plate(ShotName.parse("ABC_101_SEQ_0099"))


def test_versions_count_up_and_read_back(store: Store) -> None:
    first, second = publish(store, seed=1), publish(store, seed=2)
    assert (first.label, second.label) == ("v001", "v002")
    assert [v.details["seed"] for v in open_show(store.root).versions(SHOT)] == [1, 2]
    assert store.path(second.folder / "frame.exr").read_bytes() == b"picture"
    assert store.versions(ShotName.parse("ABC_101_SEQ_0099")) == []


def test_a_version_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.next_version(SHOT, "destruction") as made:
        (made.folder / "half.exr").write_bytes(b"half")
        raise KeyboardInterrupt
    assert list((store.root / "versions" / str(SHOT) / "destruction").iterdir()) == []
    assert publish(store).label == "v001"


def test_two_at_once_get_two_numbers(store: Store) -> None:
    other = open_show(store.root)
    with store.next_version(SHOT, "destruction") as one, other.next_version(SHOT, "destruction") as two:
        assert (one.label, two.label) == ("v001", "v002")
        other.publish_version(two, shot=SHOT, department="destruction", details={})
        store.publish_version(one, shot=SHOT, department="destruction", details={})
    assert [v.label for v in store.versions()] == ["v001", "v002"]


def test_a_killed_process_leaves_no_version(store: Store) -> None:
    code = """
        import os, sys
        from pathlib import Path
        from secondunit.slate.naming import ShotName
        from secondunit.store import open_show
        made = open_show(Path(sys.argv[1])).next_version(ShotName.parse("ABC_101_SEQ_0010"), "destruction")
        (made.folder / "half.exr").write_bytes(b"half")
        print(made.folder, flush=True)
        os.kill(os.getpid(), 9)
    """
    killed = python(code, str(store.root), check=False)
    left = Path(killed.stdout.strip())
    assert killed.returncode == -9
    assert left.exists()
    assert store.versions() == []
    version = publish(store)
    assert version.label == "v001"
    assert not left.exists()


@pytest.mark.parametrize("kind", ["version", "plate"])
def test_a_kill_between_the_rename_and_the_ledger(store: Store, kind: str) -> None:
    code = """
        import os, sys
        from pathlib import Path
        from secondunit.slate.naming import ShotName
        from secondunit.store import open_show, in_progress
        sys.path.insert(0, sys.argv[2])
        from test_show_folder import plate, publish, SHOT
        finish = in_progress.InProgress.finish
        def finish_and_die(self):
            finish(self)
            os.kill(os.getpid(), 9)
        in_progress.InProgress.finish = finish_and_die
        store = open_show(Path(sys.argv[1]))
        if sys.argv[3] == "plate":
            with store.next_plate(SHOT) as made:
                store.add_plate(plate(made.label), made)
        publish(store, seed=5)
    """
    killed = python(code, str(store.root), str(Path(__file__).parent), kind, check=False)
    assert killed.returncode == -9, killed.stderr
    again = open_show(store.root)
    if kind == "plate":
        assert again.plate(SHOT) == plate()
    else:
        assert [v.details for v in again.versions()] == [{"seed": 5}]


def test_an_index_that_lost_its_rows_is_filled_from_the_folders(store: Store) -> None:
    with store.next_plate(SHOT) as made:
        store.add_plate(plate(made.label), made)
    before = publish(store, seed=3)
    with store.ledger.write() as connection:
        connection.exec_driver_sql("DELETE FROM plate")
        connection.exec_driver_sql("DELETE FROM version")
    store.close()
    again = open_show(store.root)
    assert again.versions() == [before]
    assert again.plate(SHOT) == plate()
    again.close()


def test_a_ledger_that_is_gone_is_not_begun_anew(store: Store) -> None:
    store.close()
    for file in store.root.glob("ledger.db*"):
        file.unlink()
    for _ in range(2):
        with pytest.raises(VerificationFailed, match="is gone") as refused:
            open_show(store.root)
        assert "backup" in refused.value.hint
    assert not list(store.root.glob("ledger.db*"))


def test_many_processes_publish_on_one_show(store: Store) -> None:
    code = """
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from test_show_folder import publish
        from secondunit.store import open_show
        for _ in range(4):
            publish(open_show(Path(sys.argv[1])))
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code), str(store.root), str(Path(__file__).parent)]
    workers = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    assert sorted(v.number for v in store.versions()) == list(range(1, 13))


def test_a_show_that_is_held_too_long_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from secondunit.store import lock

    with (
        lock.hold(store.root / ".show.lock"),
        pytest.raises(BadInput, match="another process has held"),
        lock.hold(store.root / ".show.lock", wait_s=0.1),
    ):
        pass


# Turnover and takes


def test_the_same_file_is_kept_once(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "a photo.JPG"
    source.write_bytes(b"x" * 3_000_000)
    first = store.add_turnover(source)
    (tmp_path / "copy.jpg").write_bytes(source.read_bytes())
    assert store.add_turnover(tmp_path / "copy.jpg") == first
    kept = list((store.root / "turnover").iterdir())
    assert [p.name for p in kept] == [f"{first}.jpg"]
    assert store.turnover_file(first).read_bytes() == source.read_bytes()


def test_a_sequence_shares_the_frames_it_has_in_common(store: Store, tmp_path: Path) -> None:
    paths = {n: tmp_path / f"a.{n}.exr" for n in range(1, 5)}
    for n, path in paths.items():
        path.write_bytes(bytes([n]) * 50)
    first = store.add_turnover(paths)
    assert store.add_turnover(paths) == first
    assert len(list((store.root / "turnover").iterdir())) == 5
    paths[3].write_bytes(b"new")
    assert store.add_turnover(paths) != first
    assert len(list((store.root / "turnover").iterdir())) == 7


def test_a_turnover_that_is_missing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadMedia):
        store.add_turnover(tmp_path / "no.jpg")
    assert list((store.root / "turnover").iterdir()) == []
    with pytest.raises(BadInput):
        store.turnover_file("f" * 64)


def test_a_take_appears_when_it_is_whole(store: Store) -> None:
    key = "ab" * 32
    assert store.take_folder(key) is None
    made = store.begin_take(key)
    (made / "chunk.npz").write_bytes(b"samples")
    assert store.take_folder(key) is None
    place = store.commit_take(key, made)
    assert store.take_folder(key) == place
    assert (place / "chunk.npz").read_bytes() == b"samples"


def test_the_first_of_two_equal_takes_stands(store: Store) -> None:
    key = "cd" * 32
    one, two = store.begin_take(key), store.begin_take(key)
    (one / "a").write_text("one")
    (two / "a").write_text("two")
    store.commit_take(key, one)
    assert (store.commit_take(key, two) / "a").read_text() == "one"
    assert not two.exists()


def test_what_dead_processes_left_is_swept_away(store: Store, tmp_path: Path) -> None:
    code = """
        import os, sys
        from pathlib import Path
        from secondunit.store import open_show
        print(open_show(Path(sys.argv[1])).begin_take("ef" * 32), flush=True)
        os.kill(os.getpid(), 9)
    """
    left = Path(python(code, str(store.root), check=False).stdout.strip())
    copy = store.root / "turnover" / ".half.partial"
    copy.write_bytes(b"half")
    living = store.begin_take("ef" * 32)
    for old in (left, copy, living):
        os.utime(old, (1, 1))
    open_show(store.root)
    (tmp_path / "a.jpg").write_bytes(b"whole")
    store.add_turnover(tmp_path / "a.jpg")
    assert not left.exists()
    assert not copy.exists()
    assert living.exists()


@pytest.mark.parametrize("key", ["../../etc/passwd", "short", "", "a/b" * 8, "AB" * 32])
def test_a_take_key_cannot_be_a_path(store: Store, key: str) -> None:
    with pytest.raises(BadName):
        store.take_folder(key)


# Paths, disks and permissions


@pytest.mark.parametrize("path", ["../outside", "plates/../../outside", "/etc/passwd"])
def test_paths_stay_inside(store: Store, path: str) -> None:
    with pytest.raises(BadInput, match="leads out of the show"):
        store.path(path)


def test_links_out_of_the_show_are_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (store.root / "plates" / str(SHOT)).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="leads out of the show"):
        store.next_plate(SHOT)


@pytest.mark.parametrize("name", ["two words", "../v", "a/b", ""])
def test_names_that_are_no_file_names(store: Store, name: str) -> None:
    with pytest.raises(BadName):
        store.next_version(SHOT, name)
    with pytest.raises(BadName):
        store.next_plate(SHOT, name)


def test_a_disk_that_fills_up_is_one_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(EngineFailed, match="no space is left"),
        plain_disk_errors(Path("/dev")),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x" * 8192)


def as_a_guest(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code as a user without rights (as root that needs another user id)."""
    drop = "import os\nif os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    rooms = ("store", "slate.show", "errors")
    imports = "".join(f"from secondunit.{room} import *\n" for room in rooms)
    body = textwrap.dedent(code)
    return python(
        f"import sys\nfrom pathlib import Path\nfrom fractions import Fraction\n{imports}{drop}{body}", *arguments
    )


def open_up(path: Path, upto: Path) -> None:
    """Let a guest come as far as `path` below the temporary folder of this test."""
    for folder in (path, *path.parents):
        if folder == Path(folder.anchor) or not folder.is_relative_to(upto):
            break
        folder.chmod(0o755)


def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    open_up(tmp_path, tmp_path.parent.parent)
    tmp_path.chmod(0o555)
    code = """
        try:
            create_show(Path(sys.argv[1]) / "new", Show("N", "ABC", Fraction(24)))
        except SecondUnitError as error:
            print(type(error).__name__, error)
    """
    try:
        said = as_a_guest(code, str(tmp_path)).stdout
    finally:
        tmp_path.chmod(0o755)
    assert said.startswith("BadInput")
    assert "cannot be written" in said


def test_a_read_only_show_can_be_looked_at(store: Store, tmp_path: Path) -> None:
    publish(store, seed=1)
    store.close()
    open_up(tmp_path, tmp_path.parent.parent)
    store.root.chmod(0o555)
    code = """
        from secondunit.slate.naming import ShotName
        store = open_show(Path(sys.argv[1]))
        print([v.label for v in store.versions()])
        try:
            store.next_version(ShotName.parse("ABC_101_SEQ_0010"), "destruction")
        except SecondUnitError as error:
            print(type(error).__name__, error)
    """
    try:
        said = as_a_guest(code, str(store.root)).stdout.splitlines()
    finally:
        store.root.chmod(0o755)
    assert said[0] == "['v001']"
    assert said[1].startswith("BadInput")
    assert "cannot be written" in said[1]


def test_a_ledger_of_a_newer_house_is_refused(store: Store) -> None:
    import sqlite3

    store.close()
    with sqlite3.connect(store.root / "ledger.db") as database:
        database.execute(f"PRAGMA user_version = {len(REVISIONS) + 1}")
    with pytest.raises(BadInput, match="newer Second Unit"):
        open_show(store.root)


def test_a_damaged_ledger_is_one_sentence(store: Store) -> None:
    store.close()
    for file in store.root.glob("ledger.db-*"):
        file.unlink()
    (store.root / "ledger.db").write_bytes(os.urandom(20000))
    with pytest.raises(SecondUnitError, match="is damaged"):
        open_show(store.root)
