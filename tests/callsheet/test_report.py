"""The disclosure report says what is on record, the same in all three forms, and no name it should not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_show import NOTE, PRIVATE, PUBLIC, SHOT, VERSION, with_store

from secondunit.callsheet.check import check_path
from secondunit.callsheet.clock import today
from secondunit.callsheet.deliver import final_request
from secondunit.callsheet.evidence import write_evidence
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.report_desk import OnRecord, report, shot_facts
from secondunit.callsheet.report_pictures import report_pictures
from secondunit.callsheet.version_of import find_version
from secondunit.callsheet.withdraw import withdraw_consent
from secondunit.errors import BadInput, VerificationFailed
from secondunit.media.exr import Layer, write_exr
from secondunit.provenance.report import report_pdf
from secondunit.provenance.report.report import shot_report
from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.provenance.report.report_html import html_report
from secondunit.provenance.report.report_pdf import pdf_report
from secondunit.provenance.report.report_words import SHORT_NOTICE, Hidden, disclosure_of, use_in_words
from secondunit.rights.likeness import look_at
from secondunit.rights.policies.policy_answers import policy_rules
from secondunit.slate.consent import LikenessUse
from secondunit.store.show_folder import Store

HOSTILE = '<script>alert(1)</script>" onload="x & \u202etxt'


@pytest.fixture(scope="module")
def facts(done: Path) -> ShotFacts:
    return with_store(done, facts_of)


@pytest.fixture
def show(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "show", symlinks=True))


def facts_of(store: Store) -> ShotFacts:
    return shot_facts(store, find_version(store, VERSION), OnRecord.of(store))


def test_it_tells_what_was_made_by_what_from_what_and_by_whose_leave(facts: ShotFacts) -> None:
    told = shot_report(facts)
    assert told["answer"]["answer"] == "cleared"
    assert [take["models"] for take in told["generated"]] == [["face-net 2"], []]
    assert told["trained"] and told["kind"]["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    face_net = next(model for model in told["models"] if model["tool"] == "face-net")
    assert face_net["datasets"][0]["holder"] == "Ada Films" and face_net["learned_from"] == ["P-ann"]
    assert {source["owner"] for source in told["sources"]} == {"Ada Films"}
    assert {person["person"] for person in told["people"]} == {"P-ann", PUBLIC}
    bo = next(person for person in told["people"] if person["person"] == PUBLIC)
    terms = {term["term"]: (term["agreed"], term["here"]) for term in bo["consent"]["terms"]}
    assert terms["seconds on screen"] == ("120 s", "0.25 s here, 0.25 s in all shots")
    assert terms["scenes"] == ("TCC, 14", "TCC")
    assert bo["consent"]["sha256"] == facts.line.consents[1].sha256
    assert all(one["signature_holds"] for one in told["approvals"])
    assert {one["role"] for one in told["approvals"] if one["of"] == "this version"} >= {"vfx_supervisor"}
    assert told["human"]["brief"] == {"age": 30, "keep": ["scar", "smile lines"]}
    assert told["human"]["direction"]["values of the building file that a person set"] == ["camera.yaw"]
    assert told["deliveries"][0]["to"] == "The Network"
    assert told["timeline"][-1]["what"] == "delivered to The Network"


def test_the_credits_hold_the_disclosure_and_everybody_who_is_owed_one(facts: ShotFacts) -> None:
    told = shot_report(facts)["disclosure"]
    assert "artificial intelligence" in told["lines"][0]
    assert told["lines"][1] == "In it, performers were made to look younger, with the consent of those shown."
    assert told["credits"] == [
        "Contains footage by Ada Films, licensed under CC-BY-4.0", "Ann Ley as young Mary", "Bo Grün as young Tom",
    ]  # fmt: skip
    outside = shot_report(facts, outside=True)["disclosure"]["credits"]
    assert PRIVATE not in str(outside) and "Bo Grün as young Tom" in outside and len(outside) == 3


def test_every_row_of_every_policy_is_told_and_says_what_the_gate_says(facts: ShotFacts) -> None:
    people = [look_at(facts.request, one, facts.records, facts.today) for one in facts.request.likenesses]
    fired = {one.rule.id for one in policy_rules(facts.request, facts.records, people, facts.today)}
    tables = shot_report(facts)["policies"]
    assert [table["id"] for table in tables] == ["house", "netflix_2025", "eu_ai_act_50"]
    rows = [row for table in tables for row in table["rows"]]
    assert [row["id"] for row in rows] == [rule.id for policy in facts.records.policies for rule in policy.rules]
    assert {row["id"] for row in rows if row["state"] == "fired"} == fired and fired
    assert {row["state"] for row in rows if row["id"] in ("H-TRAIN", "N-D2")} == {"not asked"}
    assert all(row["given"] is True for row in rows if row["state"] == "fired" and row["decision"] == "approve")
    unconfirmed = {rule.id for policy in facts.records.policies for rule in policy.rules if not rule.confirmed}
    assert {row["id"] for row in rows if not row["confirmed"]} == unconfirmed and unconfirmed


def test_before_the_approvals_it_tells_what_is_open(fresh: Path) -> None:
    told = shot_report(with_store(fresh, facts_of))
    assert told["answer"]["answer"] == "needs approval"
    assert "version.approved" in {row["rule"] for row in told["answer"]["open"]}
    rows = [row for table in told["policies"] for row in table["rows"]]
    assert any(row["given"] is False for row in rows)


def test_a_consent_withdrawn_since_makes_it_a_refusal_that_names_nobody(show: Path) -> None:
    withdraw_consent(show, "CNS-001", by="Rita Clear", reason="she asked for it")
    told = shot_report(with_store(show, facts_of))
    assert told["answer"]["answer"] == "refused" and told["answer"]["open"]
    ann = next(person for person in told["people"] if person["person"] == "P-ann")
    assert not ann["covered"] and ann["consent"]["standing"] == "revoked"
    assert any(event["bad"] for event in told["timeline"])
    assert PRIVATE not in json.dumps({key: value for key, value in told.items() if key != "disclosure"})
    assert "with the consent of those shown" not in str(told["disclosure"]["lines"])


def test_no_name_is_told_that_should_not_be(facts: ShotFacts) -> None:
    said = shot_report(facts, outside=True)
    told = json.dumps(said, ensure_ascii=False)
    for word in (PRIVATE, NOTE, "De-age Ann", "id-check-77", "deal#4"):
        assert word not in told
    assert PUBLIC in told
    terms = {term["term"] for person in said["people"] for term in person["consent"]["terms"]}
    assert terms == {"project", "use", "scenes", "seconds on screen", "term"}


class Reader(HTMLParser):
    """What a browser takes for markup and what for text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        self.outside += [value for value in values if not value.startswith("data:image/jpeg;base64,")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_html(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def hostile(value: Any) -> Any:
    """A report in which every text that a person could have written tries to be more than text."""
    if isinstance(value, dict):
        fixed = ("state", "decision", "answer", "subject", "standing", "sha256")
        return {key: inner if key in fixed else hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner) for inner in value]
    return f"{value}{HOSTILE}" if isinstance(value, str) else value


def test_html_is_one_file_in_which_no_record_can_become_markup(done: Path, tmp_path: Path) -> None:
    data, _ = report(done, to=tmp_path / "r")
    text = (tmp_path / "r" / "report.html").read_text()
    reader = read_html(text)
    assert not reader.outside and "script" not in reader.tags and "link" not in reader.tags
    assert "http" not in re.sub(r"<meta http-equiv[^>]*>", "", text).replace("http-equiv", "")
    assert "default-src 'none'" in text
    bad = hostile(data["report"])
    drawn = html_report(bad, {})
    assert read_html(drawn).tags <= reader.tags
    assert html.escape(HOSTILE, quote=False)[:20] in drawn


def test_pdf_takes_any_text_and_is_the_same_twice(done: Path, tmp_path: Path) -> None:
    data, _ = report(done, to=tmp_path / "r")
    bad = hostile(data["report"])
    bad["shots"][0]["approvals"][0]["person"] = "王小明 Łukasz Žižka Ελένη Анна \u0000 𝔘 مريم <b>"
    first = pdf_report(bad, {})
    assert first == pdf_report(bad, {}) and first.startswith(b"%PDF")


def test_every_page_says_that_it_is_no_legal_advice(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _ = report(done, to=tmp_path / "r")
    said: list[str] = []
    draw = report_pdf.Canvas.drawString
    monkeypatch.setattr(
        report_pdf.Canvas,
        "drawString",
        lambda self, x, y, text, *a, **k: (said.append(text), draw(self, x, y, text)),
    )
    pages = pdf_report(data["report"], {}).count(b"/Type /Page\n") or 1
    assert pages > 3 and said.count(SHORT_NOTICE) == pages
    assert "No legal advice" in (tmp_path / "r" / "report.html").read_text()
    assert "no legal advice" in json.loads((tmp_path / "r" / "report.json").read_text())["notice"]


def test_layers_of_the_middle_frame_are_shown(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for frame in (1001, 1002, 1003):
        pixels = rng.uniform(0, 1, (40, 60, 4)).astype(np.float32)
        matte = Layer(pixels[..., :2], ("dust", "touched"))
        (tmp_path / "exr").mkdir(exist_ok=True)
        layers = {"beauty": pixels[..., :3], "plate": pixels[..., :3], "dust": pixels, "matte": matte}
        write_exr(tmp_path / "exr" / f"a.{frame}.exr", layers)
    shown = report_pictures(tmp_path)
    assert list(shown) == [
        "the plate, as photographed", "dust, simulated", "where anything is new (white)", "the finished frame",
    ]  # fmt: skip
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in shown.values())
    (tmp_path / "exr" / "a.1002.exr").write_bytes(b"no picture")
    assert report_pictures(tmp_path) == {}


@pytest.mark.parametrize("what", [None, str(SHOT), VERSION, f"{SHOT} v001"])
def test_a_show_a_shot_or_a_version_may_be_asked_for(done: Path, tmp_path: Path, what: str | None) -> None:
    data, lines = report(done, what, to=tmp_path / "r")
    assert [shot["subject"] for shot in data["report"]["shots"]] == [VERSION]
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"report.json", "report.html", "report.pdf"}
    assert json.loads((tmp_path / "r" / "report.json").read_text()) == data["report"]
    assert "cleared as a final" in lines[1]


def test_what_cannot_be_reported_on_is_one_sentence_and_leaves_nothing(done: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no version"):
        report(done, "AGM_104_TCC_0999", to=tmp_path / "r")
    (tmp_path / "r").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        report(done, to=tmp_path / "r")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_from_the_command_line(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from secondunit.cli.report import app

    assert app([VERSION, "--to", str(tmp_path / "r"), "--show", str(done)], result_action="return_value") == 0
    assert "report on 1 version" in capsys.readouterr().out


def test_a_bundle_is_checked_with_the_key_that_the_studio_told(
    done: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_evidence(done, VERSION, to=tmp_path / "e.zip")
    monkeypatch.setenv("SECONDUNIT_TRUST", str(home / "certificates" / "root.pem"))
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(VerificationFailed, match="does not know"):
        check_path(tmp_path / "e.zip")
    key = (home / "keys" / "ledger.pub").read_text().strip()
    data, lines = check_path(tmp_path / "e.zip", key=key)
    assert data["ok"] and lines[0].startswith("ok: ")
    with pytest.raises(BadInput, match="is no key"):
        check_path(tmp_path / "e.zip", key="abc")


def test_names_are_hidden_however_they_are_spelt_and_words_are_left_alone() -> None:
    hidden = Hidden({"Ann Ley": "P-ann", "Will": "P-will", "": "P-none"})
    assert hidden.scrubbed("ANN  LEY and Ann Ley's; Anna Leyton; will Will?") == (
        "P-ann and P-ann's; Anna Leyton; will P-will?"
    )
    assert hidden.scrubbed({"Ann Ley": ["x", 7, None, ("Will",)]}) == {"P-ann": ["x", 7, None, ["P-will"]]}
    assert Hidden({"Ann Ley": "p:ann-ley", "Bo X": "P-7"}).telling(["p:ann-ley", "P-7", "P-8"]) == ["p:ann-ley"]
    assert not hidden.in_text("Annley willing") and Hidden({}).scrubbed("Ann") == "Ann"


def test_the_disclosure_never_claims_what_is_not_so() -> None:
    assert disclosure_of(trained=False, uses=[], agreed=False) == [
        "Some images in this work are digital visual effects made by computer simulation. No artificial intelligence "
        "generated them."
    ]
    assert "consent" not in str(disclosure_of(trained=True, uses=["deage"], agreed=False))
    two = disclosure_of(trained=True, uses=["deage", "voice_synth", "deage"], agreed=True)[1]
    assert (
        two
        == "In it, performers were made to look younger and voices were synthesised, with the consent of those shown."
    )
    assert all(use_in_words(use) for use in LikenessUse)


def test_it_is_asked_as_a_final_on_the_day_of_the_report(facts: ShotFacts, done: Path) -> None:
    assert facts.request == final_request(facts.line) and facts.today == today()
    later = dataclasses.replace(facts, today=dt.date(2036, 1, 1))
    assert not all(person["covered"] for person in shot_report(later)["people"])
    assert with_store(done, records_now).policies
