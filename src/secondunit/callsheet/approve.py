"""A named person's yes or no to a version's exact content, or to a request before the work: signed and written down."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import replace
from typing import Any

from secondunit.callsheet.clock import today
from secondunit.callsheet.records_now import ledgered
from secondunit.callsheet.rights_desk import change_records
from secondunit.callsheet.version_lines import VERSION as VERSION_LINE
from secondunit.callsheet.version_of import as_signed, find_version
from secondunit.errors import BadInput
from secondunit.rights.approvals import spoken
from secondunit.rights.on_record.filing import file_record
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.record_kinds import Record
from secondunit.rights.written.names import check_name
from secondunit.slate.canonical import canonical_json
from secondunit.slate.rights_records import Approval, Approver, Role
from secondunit.store.keys import Signer, is_key, named_key
from secondunit.store.own_folder import config_folder
from secondunit.store.show_folder import Store

_HASH = re.compile(r"[0-9a-f]{64}\Z")
VERSION, REQUEST = "version", "request"


def admit_approver(
    store: Store, person: str, roles: list[str], *, by: str, key: str | None = None
) -> dict[str, Any]:
    """Put on record who may approve in which offices, with their key; without one, this machine's key of that name.

    Raises `BadInput` for an office nobody has, a name that deceives or a key that is none.
    """
    if key is not None and not is_key(key):
        raise BadInput(f"`{key[:80]}` is no key", hint="a key is 64 hex digits")
    approver = Approver(check_name(person), tuple(_role(r) for r in roles), key or key_of(person).key)
    change_records(store, lambda known: file_record(known, approver, by=by, today=today()), author=by)
    return {"person": approver.person, "roles": [str(r) for r in approver.roles], "key": approver.key}


def decide(
    store: Store,
    what: str,
    *,
    role: str,
    by: str,
    approved: bool,
    reason: str = "",
    at: dt.datetime | None = None,
) -> dict[str, Any]:
    """Sign a yes or a no; a declined version gives back the seconds it used of any consent.

    `what` is a version (`version_of.find_version`) or the hash of a request that needs approval. Raises `BadInput`:
    no reason for a no, an office not held, nobody's key; `VerificationFailed`: the version is not what was signed.
    """
    if not approved and not reason.strip():
        raise BadInput("declining needs a reason", hint="add `--reason 'what is to be done again'`")
    office, signer = _role(role), _own_key(by)
    kind, subject = (REQUEST, what) if _HASH.match(what) else (VERSION, "")
    if kind == VERSION:
        line = as_signed(store, find_version(store, what))  # nobody approves what is not what was signed
        what, subject = line.subject, line.content_sha256
    when = (at or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    approval = Approval(subject, kind, office, by, approved, when, reason.strip(), signer.key)
    signed = replace(approval, signature=signer.sign(canonical_json(spoken(approval))).hex())

    def written(known: Ledgered) -> list[Record]:
        _check_office(known, by, office, signer)
        held = [r for r in known.receipts if r.version == what and not r.released]
        return [signed, *([] if approved or kind == REQUEST else [replace(r, released=True) for r in held])]

    lines = change_records(store, written, author=by)
    return {
        "what": what,
        "kind": kind,
        "sha256": subject,
        "approved": approved,
        "role": str(office),
        "by": by,
        "at": when.isoformat(),
        "reason": signed.reason,
        "released": len(lines) - 1,
    }


def decisions(store: Store) -> dict[str, str]:
    """What people said of each version: `declined by …` where anybody's last word was no, else `approved by …`."""
    known = ledgered(store)
    content = {line.body["content_sha256"]: line.subject for line in store.lines(VERSION_LINE)}
    last: dict[str, dict[str, Approval]] = {}
    for approval in sorted(known.approvals, key=lambda a: a.at):
        if approval.subject_sha256 in content:
            last.setdefault(content[approval.subject_sha256], {})[approval.person] = approval
    said: dict[str, str] = {}
    for subject, by in last.items():
        against = [person for person, approval in by.items() if not approval.approved]
        said[subject] = f"declined by {', '.join(against)}" if against else f"approved by {', '.join(by)}"
    return said


def key_of(person: str, *, make: bool = True) -> Signer:
    """A person's own key on this machine: in a locked file or in the system's keyring."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", person).strip("_").lower() or "nobody"
    password = os.environ.get("SECONDUNIT_KEY_PASSWORD")
    return named_key(config_folder() / "keys", f"person_{name}", password=lambda: password, make=make)


def _own_key(person: str) -> Signer:
    try:
        return key_of(person, make=False)
    except BadInput:
        raise BadInput(
            f"no key of {person} lies on this machine",
            hint=f"`secondunit people approver '{person}' --roles ROLE --by NAME` makes one and puts it on record",
        ) from None


def _check_office(records: Ledgered, person: str, role: Role, signer: Signer) -> None:
    known = [a for a in records.approvers if a.person == person]
    if not known or role not in known[-1].roles:
        held = ", ".join(known[-1].roles) if known else "no office"
        raise BadInput(
            f"{person} holds {held} on this show, not {role}",
            hint=f"have it put on record: `secondunit people approver '{person}' --roles {role} --by NAME`",
        )
    if known[-1].key != signer.key:
        raise BadInput(
            f"the key of {person} on this machine is not the one on record",
            hint="approve on the machine where that key lies",
        )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise BadInput(f"`{text}` is no office", hint="there are " + ", ".join(Role)) from None
