"""The show folder: find one, open one, and the store of plates, versions and takes inside it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.entry import Entry
from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.naming import ShotName, check_file_part
from secondunit.slate.plate import Plate
from secondunit.slate.show import Show
from secondunit.store import chain, chain_move, in_progress, ledger, turnover
from secondunit.store.atomic import write_text
from secondunit.store.finished_folders import (
    PLATE_RECORD,
    VERSION_RECORD,
    check_not_older,
    plates_left,
    versions_left,
)
from secondunit.store.founding import HINT, SELF, check_founded, check_founding
from secondunit.store.in_progress import InProgress
from secondunit.store.keys import Signer, named_key
from secondunit.store.ledger_points import hashes_of, point_now
from secondunit.store.lock import hold
from secondunit.store.own_folder import config_folder
from secondunit.store.records import (
    VersionRecord,
    plate_from_json,
    plate_to_json,
    version_from_json,
    version_to_json,
)
from secondunit.store.safe_paths import inside
from secondunit.store.show_file import SHOW_FILE, read_show
from secondunit.store.takes import Takes

LEDGER_KEY = "ledger"
FOLDERS = ("turnover", "plates", "takes", "versions")
_LOCK = ".show.lock"


def find_show(start: Path) -> Path:
    """The show folder that `start` is or lies in; raises `BadInput` when there is none."""
    found = enclosing(start.resolve())
    if found is None:
        raise BadInput(
            f"`{start}` is not inside a show",
            hint="go into a show folder, pass `--show DIR`, or make one with `secondunit new`",
        )
    return found


def open_show(path: Path, *, to_judge: bool = False) -> Store:
    """Open the show that `path` is or lies in.

    `to_judge`: for somebody who judges the ledger and names what is wrong with it; nothing is taken into it, and whose
    it is they find out themselves. Raises `BadInput`, `VerificationFailed` when the ledger is not that of the show.
    """
    root = find_show(path)
    return Store(root, read_show(root / SHOW_FILE), to_judge=to_judge)


def own_signer() -> Signer:
    """The key that this person writes into ledgers with, made on first use. Raises `BadInput`."""
    folder = config_folder() / "keys"
    return named_key(folder, LEDGER_KEY, password=lambda: os.environ.get("SECONDUNIT_KEY_PASSWORD"))


class Store:
    """One show on disk. Every path it returns is absolute; every path in a record is relative to `root`."""

    def __init__(self, root: Path, show: Show, *, to_judge: bool = False) -> None:
        self.root = root
        self.show = show
        self.takes = Takes(root / "takes")
        self.writable = os.access(root, os.W_OK)
        self.ledger = self._ledger()
        try:
            if self.writable:
                with self.locked():
                    self.ledger.migrate()
                    if show.ledger:
                        chain_move.take_along(root / ledger.LEDGER_FILE, self.ledger)
            if not to_judge:
                with self.ledger.read() as connection:
                    check_founding(connection, show)
                if self.writable:
                    self._adopt()
                    self.takes.sweep()
        except BaseException:
            self.ledger.close()
            raise

    def path(self, relative: str | Path) -> Path:
        """A show-relative path as an absolute one; raises `BadInput` when it leads out of the show."""
        return inside(self.root, relative)

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()

    # Turnover

    def add_turnover(self, source: Path | Mapping[int, Path]) -> str:
        """Keep a file, or the frames of a sequence, by content hash and return the hash."""
        folder = self.path("turnover")
        turnover.sweep(folder)
        if isinstance(source, Path):
            kept, name = turnover.keep_file(folder, source), source.name
        else:
            kept, name = turnover.keep_sequence(folder, source), next(iter(source.values())).name
        row = {
            "sha256": kept.sha256,
            "name": name,
            "n_bytes": kept.n_bytes,
            "n_files": kept.n_files,
            "created": _now().isoformat(),
        }
        with self.locked(), self.ledger.write() as connection:
            ledger.put(connection, ledger.turnovers, row, replace=False)
        return kept.sha256

    def turnover_file(self, sha256: str) -> Path:
        """The kept file (or the listing of a sequence) of a hash; raises `BadInput`."""
        found = sorted(self.path("turnover").glob(f"{check_file_part(sha256)}*"))
        if not found:
            raise BadInput(f"nothing with the hash {sha256[:12]}… lies in `turnover/`", hint="bring it in again")
        return found[0]

    # Plates

    def next_plate(self, shot: ShotName, name: str = "PL01") -> InProgress:
        """Reserve the next version of a plate: its `label` is `PL01_v001`."""
        with self.locked():
            return in_progress.reserve(self.path(f"plates/{shot}"), prefix=f"{check_file_part(name)}_")

    def add_plate(self, plate: Plate, made: InProgress) -> Plate:
        """Put a finished plate in its place and into the ledger."""
        record = plate_to_json(plate)
        write_text(made.folder / PLATE_RECORD, json.dumps(record, indent=1))
        with self.locked():
            made.finish()
            self._insert_plate(record)
        return plate

    def plate(self, shot: ShotName, label: str | None = None) -> Plate:
        """A plate by label (`PL01_v002`, or `PL01` for its latest); the latest of the shot without one."""
        of_shot = [plate for plate in self.plates() if plate.shot == shot]
        if not of_shot:
            raise BadInput(
                f"shot `{shot}` has no plate", hint=f"bring one in with `secondunit ingest … --shot {shot}`"
            )
        fitting = [p for p in of_shot if label is None or p.label == label or p.label.startswith(f"{label}_v")]
        if not fitting:
            raise BadInput(
                f"shot `{shot}` has no plate `{label}`", hint="it has " + ", ".join(p.label for p in of_shot)
            )
        return fitting[-1]

    def plates(self) -> list[Plate]:
        """Every plate, by shot and label."""
        query = sa.select(ledger.plates.c.record).order_by(ledger.plates.c.shot, ledger.plates.c.label)
        with self.ledger.read() as connection:
            return [plate_from_json(record) for record in connection.execute(query).scalars()]

    # Versions

    def next_version(self, shot: ShotName, department: str) -> InProgress:
        """Reserve the next version of a shot and get the hidden folder to fill."""
        check_file_part(department)
        taken = tuple(v.number for v in self.versions(shot) if v.department == department)
        with self.locked():
            return in_progress.reserve(self.path(f"versions/{shot}/{department}"), taken=taken)

    def publish_version(
        self,
        made: InProgress,
        *,
        shot: ShotName,
        department: str,
        details: Mapping[str, Any],
        created: dt.datetime | None = None,
        author: str = SELF,
        lines: Sequence[chain.Draft] = (),
    ) -> VersionRecord:
        """Put a finished version in its place and, with `lines` by `author`, into the ledger, all at once.

        `details` must be plain JSON. A process that dies in between leaves the lines in the version's own record, and
        whoever opens the show next writes them down: nothing is published that is not recorded.
        """
        folder = made.place.relative_to(self.root)
        version = VersionRecord(shot, department, made.number, folder, created or _now(), details=dict(details))
        point = self.point()
        record = version_to_json(version) | {
            "author": author,
            "ledger": None if point is None else point.to_dict(),
            "lines": [{"kind": d.kind, "subject": d.subject, "body": dict(d.body)} for d in lines],
        }
        write_text(made.folder / VERSION_RECORD, json.dumps(record, indent=1))
        with self.locked():
            made.finish()
            self._insert_version(record)
        return version

    def versions(self, shot: ShotName | None = None) -> list[VersionRecord]:
        """Published versions, oldest first."""
        query = sa.select(ledger.versions.c.record).order_by(
            ledger.versions.c.shot, ledger.versions.c.department, ledger.versions.c.number
        )
        if shot is not None:
            query = query.where(ledger.versions.c.shot == str(shot))
        with self.ledger.read() as connection:
            return [version_from_json(record) for record in connection.execute(query).scalars()]

    # Takes

    def take_folder(self, key: str) -> Path | None:
        """The finished take of a key, or None."""
        return self.takes.find(key)

    def begin_take(self, key: str) -> Path:
        """A fresh hidden folder to write a take into."""
        return self.takes.begin(key)

    def commit_take(self, key: str, made: Path) -> Path:
        """Give a written take its place."""
        return self.takes.commit(key, made)

    def abandon_take(self, made: Path) -> None:
        """Remove the folder of a take that will not be finished."""
        self.takes.abandon(made)

    # The ledger

    def signer(self) -> Signer:
        """The key that this person writes into ledgers with, made on first use. Raises `BadInput`."""
        return own_signer()

    def write_lines(self, lines: Sequence[chain.Draft], *, author: str) -> list[Entry]:
        """Write lines into the ledger now, all or none. Raises like `store.chain.append`."""
        signer = self.signer()
        with self.locked(), self.ledger.write() as connection:
            return chain.append_all(connection, lines, author=author, signer=signer, at=dt.datetime.now(dt.UTC))

    def point(self) -> LedgerPoint | None:
        """Where the ledger stands now. Raises `VerificationFailed`."""
        with self.ledger.read() as connection:
            return point_now(connection, self.show)

    def lines(self, kind: str | None = None, subject: str | None = None) -> list[Entry]:
        """The lines of the ledger, checked, oldest first. Raises `VerificationFailed`."""
        with self.ledger.read() as connection:
            return list(chain.entries(connection, kind, subject))

    def locked(self) -> AbstractContextManager[None]:
        """Hold the show's lock for a moment, so that files which belong together change together."""
        return hold(self.root / _LOCK)

    def _ledger(self) -> ledger.Ledger:
        """The ledger that the show has: one that is gone is never begun anew."""
        check_founded(self.show)
        file = self.root / ledger.LEDGER_FILE
        if not self.show.ledger and not file.exists():
            sentence = f"the ledger `{file}` is gone"
            raise VerificationFailed(sentence, findings=[sentence], hint=HINT)
        return ledger.Ledger(self.show.ledger or file, writable=self.writable)

    def _adopt(self) -> None:
        """Fill the ledger with finished folders whose process died before the ledger was written."""
        plates = plates_left(self.root, {(str(p.shot), p.label) for p in self.plates()})
        versions = versions_left(self.root, {(str(v.shot), v.department, v.number) for v in self.versions()})
        if versions:
            with self.ledger.read() as connection:
                check_not_older(versions, self.show, hashes_of(connection))
        for record in plates:
            with self.locked():
                self._insert_plate(record)
        for record in versions:
            # Whose key may not write here leaves the version to somebody whose may.
            with contextlib.suppress(BadInput), self.locked():
                self._insert_version(record)

    def _insert_plate(self, record: Mapping[str, Any]) -> None:
        row = {"shot": record["shot"], "label": record["label"], "created": _now().isoformat(), "record": record}
        with self.ledger.write() as connection:
            ledger.put(connection, ledger.plates, row, replace=True)

    def _insert_version(self, record: Mapping[str, Any]) -> None:
        keys = ("shot", "department", "number", "created", "status")
        row = {key: record[key] for key in keys} | {"record": record}
        lines = [chain.Draft(d["kind"], d["subject"], d["body"]) for d in record.get("lines", ())]
        signer = self.signer() if lines else None
        with self.ledger.write() as connection:
            if signer is not None:
                now = dt.datetime.now(dt.UTC)
                chain.append_all(connection, lines, author=record["author"], signer=signer, at=now)
            ledger.put(connection, ledger.versions, row, replace=True)


def enclosing(start: Path) -> Path | None:
    """The show folder that a place is or lies in, None where there is none."""
    for folder in (start, *start.parents):
        if (folder / SHOW_FILE).is_file():
            return folder
    return None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
