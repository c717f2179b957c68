"""What must hold for every request and every set of records, against a slow oracle of its own."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.engines.own_cards import OWN_CARDS, own_steps
from secondunit.rights import USES, PlateRecord, Records, gate
from secondunit.slate.clearance import Clearance, Refusal
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Licence
from secondunit.slate.request import PlateUse, Request

TODAY = dt.date(2026, 11, 22)
SOURCES = ["aa" * 32, "bb" * 32, "cc" * 32]
# What each name says by itself, written down by hand: (derivatives, commercial), None where it says nothing.
NAMES = {
    "owned": (True, True),
    "CC0-1.0": (True, True),
    "CC-BY-4.0": (True, True),
    "CC-BY-SA-3.0": (True, True),
    "CC-BY-ND-4.0": (False, True),
    "CC-BY-NC-4.0": (True, False),
    "CC-BY-NC-ND-3.0": (False, False),
    "CONTRACT-12": (None, None),
    "": (None, None),
    "unknown": (None, None),
}
NOBODY = {"", "unknown", "?"}

tri = st.sampled_from([True, False, None])
days = st.one_of(st.none(), st.dates(dt.date(2026, 11, 18), dt.date(2026, 11, 26)))
licences = st.builds(Licence, st.sampled_from(sorted(NAMES)), tri, tri, days)
plate_records = st.builds(
    PlateRecord,
    st.sampled_from(["PL01", "PL02"]),
    st.sampled_from(SOURCES),
    st.sampled_from(["Ada Ley", "", "unknown", "?"]),
    licences,
    st.one_of(st.none(), st.lists(st.sampled_from(["vfx", "previz", "print"]), max_size=2).map(tuple)),
    days,
)
records_of = st.builds(
    Records, st.lists(plate_records, max_size=4).map(tuple), st.booleans(), tools=st.just(OWN_CARDS)
)
plate_uses = st.builds(PlateUse, st.sampled_from(["PL01", "PL02"]), st.sampled_from(SOURCES))
requests = st.builds(
    Request,
    st.just(ShotName("AGM", "104", "TCC", "0010")),
    st.just("destruction"),
    st.just("physics 1.0.0"),
    st.sampled_from(["vfx", "previz", "print"]),
    st.lists(plate_uses, max_size=3).map(tuple),
    st.just(FrameRange(1001, 1072)),
    steps=st.just(own_steps("physics")),
)


def violations(request: Request, records: Records, today: dt.date) -> set[tuple[str, str]]:
    """The oracle: every violated rule and the plate it is about, by brute force and in other words."""
    found = set()
    if request.use not in USES:
        found.add(("request.use", ""))
    if not request.plates:
        found.add(("request.plate", ""))
    for plate in request.plates:
        mine = [r for r in records.plates if r.source_sha256 == plate.source_sha256]
        if not mine:
            found.add(("plate.recorded", plate.label))
        for r in mine:
            named = NAMES[r.licence.identifier]
            broken = {
                "plate.owner": r.owner in NOBODY,
                "plate.licence": r.licence.identifier in NOBODY,
                "licence.derivatives": named[0] is False or r.licence.derivatives is not True,
                "licence.commercial": records.commercial
                and (named[1] is False or r.licence.commercial is not True),
                "licence.use": r.uses is not None and request.use not in r.uses,
                "licence.current": r.licence.expires is not None and today > r.licence.expires,
                "licence.standing": r.revoked is not None and today >= r.revoked,
            }
            found |= {(rule, plate.label) for rule, is_broken in broken.items() if is_broken}
    return found


NAMELESS = 4  # takes the licence's name away


def weaken(record: PlateRecord, how: int) -> PlateRecord:
    """The same record with one permission less."""
    licence = record.licence
    yesterday = TODAY - dt.timedelta(1)
    soonest = min(licence.expires or yesterday, yesterday)
    changes = [
        (record.owner, Licence(licence.identifier, None, licence.commercial, licence.expires)),
        (record.owner, Licence(licence.identifier, False, licence.commercial, licence.expires)),
        (record.owner, Licence(licence.identifier, licence.derivatives, None, licence.expires)),
        (record.owner, Licence(licence.identifier, licence.derivatives, licence.commercial, soonest)),
        (record.owner, Licence("", licence.derivatives, licence.commercial, licence.expires)),
        ("", licence),
    ]
    if how < len(changes):
        owner, terms = changes[how]
        return PlateRecord(record.label, record.source_sha256, owner, terms, record.uses, record.revoked)
    if how == len(changes):
        return PlateRecord(record.label, record.source_sha256, record.owner, licence, (), record.revoked)
    return PlateRecord(record.label, record.source_sha256, record.owner, licence, record.uses, yesterday)


@settings(max_examples=600, deadline=None)
@given(requests, records_of)
def test_the_reasons_are_exactly_the_violated_rules(request: Request, records: Records) -> None:
    answer = gate(request, records, TODAY)
    expected = violations(request, records, TODAY)
    if isinstance(answer, Refusal):
        assert {(r.rule, r.about) for r in answer.reasons} == expected
        assert expected
    else:
        assert not expected


@settings(max_examples=300, deadline=None)
@given(requests, records_of, st.data())
def test_removing_a_permission_never_clears_anything(
    request: Request, records: Records, data: st.DataObject
) -> None:
    before = gate(request, records, TODAY)
    plates = list(records.plates)
    if not plates:
        return
    at = data.draw(st.integers(0, len(plates) - 1))
    how = data.draw(st.integers(0, 7))
    plates[at] = weaken(plates[at], how)
    after = gate(request, Records(tuple(plates), records.commercial, tools=OWN_CARDS), TODAY)
    if isinstance(before, Refusal):
        assert isinstance(after, Refusal)
        if how != NAMELESS:  # a name that is gone cannot say no any more: what refuses then is that it is gone
            assert {(r.rule, r.about) for r in before.reasons} <= {(r.rule, r.about) for r in after.reasons}


@settings(max_examples=300, deadline=None)
@given(requests, records_of, st.randoms(use_true_random=False))
def test_order_and_twins_do_not_matter(request: Request, records: Records, rng: random.Random) -> None:
    shuffled = [*records.plates, *records.plates]
    rng.shuffle(shuffled)
    uses = [*request.plates, *request.plates]
    rng.shuffle(uses)
    again = replace(request, plates=tuple(uses))
    one = gate(request, records, TODAY)
    two = gate(again, Records(tuple(shuffled), records.commercial, tools=OWN_CARDS), TODAY)
    assert one == two
    assert one.to_dict() == two.to_dict()


@settings(max_examples=200, deadline=None)
@given(requests, records_of, st.dates(dt.date(2026, 11, 15), dt.date(2026, 11, 30)))
def test_a_later_day_never_clears_what_was_refused(request: Request, records: Records, day: dt.date) -> None:
    if isinstance(gate(request, records, day), Refusal):
        later = gate(request, records, day + dt.timedelta(1))
        assert isinstance(later, Refusal)


@settings(max_examples=200, deadline=None)
@given(requests, records_of)
def test_a_clearance_names_a_basis_for_every_rule_of_every_plate(request: Request, records: Records) -> None:
    answer = gate(request, records, TODAY)
    if isinstance(answer, Clearance):
        for plate in request.plates:
            assert len({basis.rule for basis in answer.basis if basis.about == plate.label}) == 8
