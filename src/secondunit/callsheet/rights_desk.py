"""The rights desk: what people bring in and say, decided and written into the ledger in one step.

Nobody else can write between the reading of the records and the writing of what was decided on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any

from secondunit.errors import BadInput
from secondunit.rights.consents.consent_file import consent_template
from secondunit.rights.on_record import withdrawal
from secondunit.rights.on_record.filing import file_record
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.on_record.record_kinds import WHOLE_SHOW, Record, draft_of
from secondunit.rights.written.marked_text import MAX_BYTES
from secondunit.rights.written.names import check_name
from secondunit.rights.written.record_files import read_record
from secondunit.rights.written.request_file import request_template
from secondunit.slate.consent import Consent
from secondunit.slate.entry import Entry
from secondunit.slate.naming import ShotName
from secondunit.store import chain
from secondunit.store.plain_file import sha256_of, text_of
from secondunit.store.show_folder import Store, open_show
from secondunit.store.vault import MAX_BYTES as MAX_PAPER
from secondunit.store.vault import Vault

Answer = dict[str, Any]
Decide = Callable[[Ledgered], Iterable[Record]]


def add_record(show: Path, file: Path, *, document: Path | None = None, by: str | None = None) -> Answer:
    """Put a record file, with its signed paper where there is one, on record; returns what `--json` prints.

    Raises `BadRecord` with every fault of the file, `BadInput` for what contradicts the records.
    """
    author = _author(by)
    paper = "" if document is None else sha256_of(document, MAX_PAPER)
    filed = read_record(file, text_of(file, MAX_BYTES), today=_latest_day(), document_sha256=paper)
    with opened(show) as store:
        vault = Vault(store.root)

        def decide(known: Ledgered) -> Iterable[Record]:
            papered = bool(paper) or _is_kept(vault, filed.record)
            records = file_record(known, filed.record, by=author, today=day_begun(), papered=papered)
            if document is not None and vault.keep(document) != paper:
                raise BadInput(f"`{document}` changed while it was read", hint="run the same command again")
            return records

        entries = change_records(store, decide, author=author)
    return {
        "kind": filed.kind,
        "id": entries[0].subject,
        "lines": [entry.number for entry in entries],
        "standing": next((entry.body["standing"] for entry in entries if entry.kind == "standing"), None),
        "document_sha256": paper or None,
        "cautions": list(filed.cautions),
    }


def suspend_consent(show: Path, consent_id: str, *, by: str, reason: str) -> Answer:
    """Stop a consent until somebody resumes it; returns what `--json` prints. Raises `BadInput`."""
    return _stand(show, consent_id, withdrawal.suspend, by=by, reason=reason)


def resume_consent(show: Path, consent_id: str, *, by: str, reason: str) -> Answer:
    """Let a suspended or disputed consent stand again; returns what `--json` prints. Raises `BadInput`."""
    return _stand(show, consent_id, withdrawal.resume, by=by, reason=reason)


def declare_facts(show: Path, shot: str, words: Iterable[str], *, by: str) -> Answer:
    """Write down what a person says of a shot, or of the `show`; returns what `--json` prints. Raises `BadInput`."""
    with opened(show) as store:
        name = "" if shot == WHOLE_SHOW else _shot_of(store, shot)
        said = withdrawal.declare(name, list(words), by=by)
        entries = change_records(store, lambda _known: said, author=by)
    return {
        "shot": shot,
        "facts": {one.fact: one.value for one in said},
        "by": said[0].by,
        "lines": [entry.number for entry in entries],
    }


def template(kind: str) -> str:
    """A file to fill in; raises `BadInput` for a kind without one."""
    if kind == "consent":
        return consent_template()
    if kind == "request":
        return request_template()
    raise BadInput(f"there is no template for `{kind}`", hint="there is one for `consent` and one for `request`")


def change_records(store: Store, decide: Decide, *, author: str) -> list[Entry]:
    """Ask `decide` with the records of this moment and write what it gives back, before anybody else can write.

    Raises what `decide` raises, and then nothing is written; `BadInput`, `VerificationFailed` like `store.chain`.
    """
    author, signer = check_name(author, what="author"), store.signer()
    with store.locked(), store.ledger.write() as connection:
        chain.take_write_lock(connection)
        known = project(chain.entries(connection))
        drafts = [draft_of(record) for record in decide(known)]
        return chain.append_all(connection, drafts, author=author, signer=signer, at=dt.datetime.now(dt.UTC))


@contextmanager
def opened(show: Path) -> Iterator[Store]:
    """The store of a show, let go of afterwards."""
    store = open_show(show)
    try:
        yield store
    finally:
        store.close()


def _stand(show: Path, consent_id: str, ask: Callable[..., Any], *, by: str, reason: str) -> Answer:
    found: list[Any] = []

    def decide(known: Ledgered) -> Iterable[Record]:
        found.append(ask(known, consent_id, by=by, reason=reason, today=day_begun()))
        return found[-1:]

    with opened(show) as store:
        (entry,) = change_records(store, decide, author=by)
    return {"consent": consent_id, "standing": str(found[-1].standing), "by": found[-1].by, "line": entry.number}


def _is_kept(vault: Vault, record: Record) -> bool:
    return isinstance(record, Consent) and vault.has(record.evidence.document_sha256)


def _shot_of(store: Store, shot: str) -> str:
    name = ShotName.parse(shot)
    if name.show != store.show.code:
        raise BadInput(f"`{shot}` is no shot of this show, `{store.show.code}`", hint="go into the other show")
    return str(name)


def _author(by: str | None) -> str:
    """Who writes: the name given, else the account's."""
    return check_name(getuser() if by is None else by, what="author")


def day_begun() -> dt.date:
    """The day that has begun here and in UTC: what is stopped from it is stopped now, by either calendar."""
    return min(dt.date.today(), dt.datetime.now(dt.UTC).date())


def _latest_day() -> dt.date:
    """The later of the two: a paper signed this morning in Tokyo is not of the future."""
    return max(dt.date.today(), dt.datetime.now(dt.UTC).date())


def day_of(text: str) -> dt.date:
    """A day as people write it in figures; raises `BadInput`."""
    try:
        if len(text) != 10:
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"`{text}` is not a day", hint="write year, month and day: 2027-12-31") from None
