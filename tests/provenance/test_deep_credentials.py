"""Ingredients are judged all the way down, whatever the library's own word on the whole is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from local_tsa import LocalTsa
from small_version import SHOT, fill_version, make_lineage, make_plate, sign_one

from secondunit.errors import EngineFailed
from secondunit.provenance import Identity, State, local_chain, sign_version, verify
from secondunit.provenance.approval_credentials import APPROVALS_ASSERTION, sign_approvals
from secondunit.provenance.certificate_chain import chain_in
from secondunit.provenance.credentials import judge_store, read_bytes, read_embedded, read_sidecar
from secondunit.provenance.manifest import ai_disclosure, plan_manifest
from secondunit.provenance.vocabulary import lint_manifest

GOOD = {"activeManifest": {"success": [], "failure": []}}
BAD = {"activeManifest": {"failure": [{"code": "assertion.dataHash.mismatch"}]}}
UNKNOWN = {"activeManifest": {"failure": [{"code": "signingCredential.untrusted"}]}}


def store(*chain: dict[str, Any], results: dict[str, Any] | None = None) -> dict[str, Any]:
    """A manifest whose only ingredient is a manifest, and so on: each of `chain` is how an ingredient was taken in."""
    manifests: dict[str, Any] = {}
    for n, taken_in in enumerate(chain):
        item = {"title": f"i{n}", "label": "c2pa.ingredient.v3", "active_manifest": f"m{n + 1}", **taken_in}
        manifests[f"m{n}"] = {"ingredients": [item]}
    manifests[f"m{len(chain)}"] = {}
    return {"active_manifest": "m0", "manifests": manifests, "validation_results": results or GOOD}


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_a_fault_is_found_at_any_depth_and_its_way_down_is_named(depth: int) -> None:
    fine = [{"validation_results": GOOD}] * (depth - 1)
    assert judge_store(store(*fine, {"validation_results": GOOD}), "Trusted").state is State.TRUSTED
    found = judge_store(store(*fine, {"validation_results": BAD}), "Trusted")
    assert found.state is State.BROKEN
    assert found.faults == (
        " in ".join(f"ingredient `i{n}`" for n in reversed(range(depth))) + ": assertion.dataHash.mismatch",
    )


@pytest.mark.parametrize(
    ("taken_in", "words"),
    [
        ({}, "nobody looked"),
        ({"validation_results": GOOD, "active_manifest": "gone"}, "taken out"),
        ({"validation_status": [{"code": "assertion.bmffHash.mismatch"}]}, "bmffHash"),
        ({"validation_results": {"ingredientDeltas": [{"validationDeltas": BAD["activeManifest"]}]}}, "dataHash"),
    ],
)
def test_every_way_of_hiding_a_fault_is_a_fault(taken_in: dict[str, Any], words: str) -> None:
    found = judge_store(store({"validation_results": GOOD}, taken_in), "Trusted")
    assert found.state is State.BROKEN and words in found.faults[0]


def test_older_ingredients_that_say_nothing_or_tell_successes_are_fine() -> None:
    older = {"label": "c2pa.ingredient.v2"}
    assert judge_store(store(older), "Trusted").state is State.TRUSTED
    fine = {
        **older,
        "validation_status": [{"code": "claimSignature.validated"}, {"code": "assertion.dataHash.match"}],
    }
    assert judge_store(store(fine), "Trusted").state is State.TRUSTED


def test_an_ingredient_by_a_stranger_is_told_and_breaks_nothing() -> None:
    found = judge_store(store({"validation_results": UNKNOWN}), "Trusted")
    assert found.state is State.TRUSTED and found.strangers == ("ingredient `i0`",)
    known = {"code": "signingCredential.trusted", "url": "self#jumbf=/c2pa/m1/c2pa.signature"}
    deltas = [{"validationDeltas": {"success": [known]}}]
    found = judge_store(
        store({"validation_results": UNKNOWN}, results={**GOOD, "ingredientDeltas": deltas}), "Trusted"
    )
    assert found.strangers == ()


def test_manifests_that_lead_round_in_a_circle_end() -> None:
    circle = store({"validation_results": GOOD})
    circle["manifests"]["m1"] = {
        "ingredients": [{"title": "i", "active_manifest": "m0", "validation_results": GOOD}]
    }
    assert judge_store(circle, "Trusted").state is State.TRUSTED


@pytest.mark.parametrize("state", ["Invalid", "Valid", "anything"])
def test_the_libraries_own_word_is_never_made_better(state: str) -> None:
    assert judge_store(store(), state).state is (State.BROKEN if state == "Invalid" else State.UNKNOWN_SIGNER)


def statements(path: Path) -> dict[str, Any]:
    return dict(read_embedded(path, "").statements)


def test_a_model_is_disclosed_and_nobody_is_said_to_have_approved_yet(identity: Identity, tmp_path: Path) -> None:
    show = tmp_path / "show"
    folder = show / "versions" / str(SHOT) / "destruction" / "v001"
    folder.mkdir(parents=True)
    fill_version(folder)
    lineage = make_lineage(show, make_plate(show), models=("face-net 2",))
    sign_version(folder, lineage, identity, show=show)
    said = statements(folder / "review.mov")["c2pa.ai-disclosure"]
    assert said["modelName"] == "face-net 2" and said["modelType"] == "c2pa.types.model"
    assert said["contentProfile"] == {"humanOversightLevel": "prompt_guided"}
    assert "human_validated" not in json.dumps(read_embedded(folder / "contact.jpg", "").store)


def test_without_a_model_there_is_no_disclosure(version: Path) -> None:
    assert not {"c2pa.ai-disclosure", "org.secondunit.consents"} & statements(version / "review.mov").keys()


def test_consents_stand_in_the_manifest_by_hash_and_nothing_else(template: Path) -> None:
    lineage = json.loads(next(template.rglob("v001/lineage.json")).read_text())
    use = {"consent_id": "CNS-7", "person_id": "P-ann", "sha256": "ab" * 32, "version": 1}
    lineage["clearance"]["consents"] = [use, use]
    plan = plan_manifest(lineage, "cd" * 32, title="x", suffix=".mov")
    (said,) = [a["data"] for a in plan.manifest["assertions"] if a["label"] == "org.secondunit.consents"]
    assert said["consents"] == [{"receipt_hash": "ab" * 32}]
    assert "P-ann" not in json.dumps(plan.manifest) and "CNS-7" not in json.dumps(plan.manifest)


def test_a_disclosure_outside_the_vocabulary_is_caught_before_signing() -> None:
    actions = {"actions": [{"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/"
                            "digitalsourcetype/composite"}], "allActionsIncluded": True}  # fmt: skip
    fine = {"assertions": [{"label": "c2pa.actions.v2", "data": actions}, *ai_disclosure(["m"], validated=True)]}
    assert lint_manifest(fine, []) == []
    fine["assertions"][1] = {
        "label": "c2pa.ai-disclosure",
        "data": {"contentProfile": {"humanOversightLevel": "great"}},
    }
    assert len(lint_manifest(fine, [])) == 2


def test_approvals_are_signed_beside_what_they_approve(version: Path, identity: Identity) -> None:
    listing = (version / "frames.json").read_bytes()
    yes = {"person": "Vera", "role": "vfx_supervisor", "at": "2026-11-25T12:00:00+00:00", "signature": "00"}
    manifest = sign_approvals(listing, [yes], trained=["face-net 2", "voice 1"], identity=identity)
    assert (version / "frames.json").read_bytes() == listing and verify(version).ok
    found = read_bytes(listing, "", manifest=manifest)
    assert found.state is State.UNKNOWN_SIGNER
    assert found.statements[APPROVALS_ASSERTION]["approvals"] == [yes]
    assert json.dumps(found.store).count("human_validated") == 2
    assert read_bytes(listing + b" ", "", manifest=manifest).state is State.BROKEN


def test_the_certificates_in_a_signature_are_found_leaf_first(version: Path, home: Path) -> None:
    sealed = read_sidecar(version / "frames.json", version / "frames.json.c2pa", "")
    chain = chain_in((version / "frames.json.c2pa").read_bytes(), sealed.serial)
    assert chain.encode() == (home / "certificates" / "chain.pem").read_bytes()
    assert chain_in(b"\x30\x82" * 1000 + b"\x30\x82\xff\xff", sealed.serial) == ""
    assert chain_in((version / "frames.json.c2pa").read_bytes(), "") == ""


@pytest.fixture
def authority() -> Iterator[tuple[LocalTsa, str]]:
    """A time stamp authority of the tests' own, at an address of this machine; needs no other program."""
    tsa = LocalTsa(dt.datetime.now(dt.UTC).replace(microsecond=0))

    class Stamper(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply = tsa.transport(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tsa, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_expired_certificate_with_a_token_stays_trusted(
    tmp_path: Path,
    home: Path,
    identity: Identity,
    authority: tuple[LocalTsa, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tsa, url = authority
    lies = home / "certificates"
    key = serialization.load_pem_private_key((lies / "intermediate.key").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((lies / "intermediate.pem").read_bytes())
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
    own, leaf = local_chain._issue("short", (key, issuer), until - dt.timedelta(days=1), days=1, is_leaf=True)
    chain = (local_chain._pem(leaf) + local_chain._pem(issuer)).decode()
    short = Identity(chain, local_chain._key_pem(own), "es256", "short", is_test=True)
    (tmp_path / "time.pem").write_text(tsa.root_pem)
    monkeypatch.setenv("SECONDUNIT_TRUST", str(tmp_path / "time.pem"))
    folders = {}
    for name, tsa_url in (("bare", None), ("stamped", url)):
        show = tmp_path / name
        show.mkdir()
        folders[name] = sign_one(show, make_plate(show), dataclasses.replace(short, tsa_url=tsa_url))
    tsa.now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    time.sleep(max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds()) + 1.1)
    stamped = verify(folders["stamped"])
    assert stamped.ok, stamped.findings
    assert verify(folders["bare"]).state is State.BROKEN


@pytest.mark.parametrize("answers", ["nobody", "nonsense"])
def test_an_authority_that_fails_stops_signing_before_a_byte_is_written(
    tmp_path: Path,
    identity: Identity,
    answers: str,
    authority: tuple[LocalTsa, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tsa, url = authority
    monkeypatch.setattr(tsa, "transport", tsa.refuse)
    show = tmp_path / "show"
    folder = show / "versions" / str(SHOT) / "destruction" / "v001"
    folder.mkdir(parents=True)
    fill_version(folder)
    lineage = make_lineage(show, make_plate(show))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    bad = dataclasses.replace(identity, tsa_url="http://127.0.0.1:9" if answers == "nobody" else url)
    with pytest.raises(EngineFailed, match="time stamp authority did not answer") as caught:
        sign_version(folder, lineage, bad, show=show)
    assert "SECONDUNIT_TSA" in caught.value.hint and "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_nested_ingredient_that_was_tampered_with_breaks_a_signed_version(
    tmp_path: Path, identity: Identity, template: Path
) -> None:
    """As the library really writes it: a plate whose own ingredient was changed after it was signed."""
    picture = next((template / "turnover").iterdir())
    signed, outer = tmp_path / "inner.jpg", tmp_path / "outer.jpg"
    _sign(picture, signed, identity, None)
    content = bytearray(signed.read_bytes())
    content[-40] ^= 0x5A
    signed.write_bytes(content)
    _sign(picture, outer, identity, signed)
    with c2pa.Reader(str(outer)) as reader:
        assert reader.get_validation_state() != "Invalid"  # the library sees nothing wrong on top
    verdict = verify(outer)
    assert verdict.state is State.BROKEN and "ingredient `below`" in verdict.findings[0].sentence


def _sign(source: Path, target: Path, identity: Identity, below: Path | None) -> None:
    iptc = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": iptc}
    if below:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["below"]}}
    data = {"actions": [first], "allActionsIncluded": True}
    builder = c2pa.Builder({"title": "x", "assertions": [{"label": "c2pa.actions.v2", "data": data}]})
    if below:
        with below.open("rb") as stream:
            builder.add_ingredient(
                {"title": "below", "relationship": "parentOf", "label": "below"}, "image/jpeg", stream
            )
    info = c2pa.C2paSignerInfo(b"es256", identity.chain_pem.encode(), identity.key_pem, None)
    builder.sign_file(str(source), str(target), c2pa.Signer.from_info(info))
