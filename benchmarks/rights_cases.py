"""Two of the cases of `rights.py`: the gate over ten thousand consents, and how far a withdrawal reaches."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "rights"))
from people import ACTIVE, CONSENT, DEAGE, TODAY, records, request

from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.policies import shipped_policies
from secondunit.callsheet.version_lines import VERSION
from secondunit.callsheet.withdraw import reach_of
from secondunit.rights import gate
from secondunit.rights.on_record.record_kinds import draft_of
from secondunit.slate.clearance import Clearance, ConsentUse
from secondunit.slate.consent import Subject
from secondunit.slate.version_line import VersionLine
from secondunit.store.chain import Draft
from secondunit.store.show_folder import open_show

N_CONSENTS, N_REQUESTS, N_VERSIONS = 10_000, 4_000, 100_000
FACTS = tuple(
    (name, "no")
    for name in ("displaces_union_work", "strike_of_crew", "could_pass_as_real", "fabricated_statement",
                 "living_artist_style", "references_ip", "synthetic_performer", "personal_data",
                 "confidential_inputs", "trains_public_model")
)  # fmt: skip


def gate_speed(_folder: Path) -> dict[str, Any]:
    """Requests a second, one process: a de-aged performer each, house and California on, 10,000 consents on record."""
    consents, standing = [], []
    for n in range(N_CONSENTS):
        who, name = f"P-{n}", f"CNS-{n}"
        subject: Subject = replace(CONSENT.subject, person_id=who, name=f"Person {n}")
        grantor = replace(CONSENT.grantor, party_id=who)
        consents.append(replace(CONSENT, consent_id=name, subject=subject, grantor=grantor))
        standing.append(replace(ACTIVE, consent_id=name))
    source = request().plates[0].source_sha256
    known = records(
        consents=tuple(consents),
        standing=tuple(standing),
        faces={source: 0},
        policies=tuple(shipped_policies()[name] for name in ("house", "california")),
    )
    asked = [
        request(likenesses=(replace(DEAGE, person_id=f"P-{n % N_CONSENTS}"),), scene="TCC", facts=FACTS)
        for n in range(N_REQUESTS)
    ]
    gate(asked[0], known, TODAY)
    began, cpu = time.perf_counter(), time.process_time()
    answers = [gate(one, known, TODAY) for one in asked]
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    cleared = sum(isinstance(answer, Clearance) for answer in answers)
    return {"value": round(N_REQUESTS / wall), "cpu_value": round(N_REQUESTS / spent), "cleared": cleared}


def reach_speed(folder: Path) -> dict[str, Any]:
    """Seconds to find all that one consent reached among 100,000 versions in a ledger."""
    folder.mkdir(parents=True)
    make_show(folder / "show", name="Reach", code="AGM", fps="24")
    store = open_show(folder / "show")
    by = {"author": "Whoever Measures"}
    store.write_lines([draft_of(CONSENT), draft_of(replace(ACTIVE, on=dt.date(2026, 1, 1)))], **by)
    asked = request()
    numbers = iter(range(N_VERSIONS))
    while block := list(itertools.islice(numbers, 5_000)):
        store.write_lines([_version(asked, n) for n in block], **by)
    began, cpu = time.perf_counter(), time.process_time()
    reach = reach_of(store, CONSENT.consent_id)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    store.close()
    return {"value": round(wall, 2), "cpu_value": round(spent, 2), "reached": len(reach.versions)}


def _version(asked: Any, number: int) -> Draft:
    """Every thousandth version rests on the consent that is withdrawn."""
    consent = CONSENT.consent_id if number % 1000 == 0 else f"CNS-{number:06d}"
    use = ConsentUse(consent, 1, "ab" * 32, "P-ann")
    line = VersionLine(
        str(asked.shot), "deage", f"v{number:06d}", f"{number:064x}", "cd" * 32, "ef" * 32, asked, (use,)
    )
    return Draft(VERSION, line.subject, line.to_dict())
