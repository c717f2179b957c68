"""A bundle goes to somebody who has never seen the show; harm of every kind done to it is found and named."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import json
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_show import NOTE, PRIVATE, PUBLIC, SHOT, VERSION, approve_all, make_evidence_show, with_store
from local_tsa import LocalTsa

from secondunit.callsheet.approval_file import approval_credentials
from secondunit.callsheet.approve import decide
from secondunit.callsheet.deliver import deliver
from secondunit.callsheet.evidence import gather, write_evidence
from secondunit.callsheet.withdraw import withdraw_consent
from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance import State, Verdict, verify
from secondunit.provenance.checkpoint import Checkpoint
from secondunit.provenance.credentials import read_bytes
from secondunit.provenance.evidence.evidence import MANIFEST, pack_evidence, read_contents
from secondunit.provenance.evidence.evidence_check import judge_evidence
from secondunit.provenance.evidence.evidence_zip import read_zip, unpack, write_zip
from secondunit.provenance.timestamp import Transport
from secondunit.slate.canonical import canonical_json
from secondunit.slate.version_line import VersionLine
from secondunit.store.keys import Signer, new_signer
from secondunit.store.merkle import merkle_root
from secondunit.store.show_folder import Store

AT = dt.datetime(2030, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def made(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show with a version that was approved and delivered. Not to be changed."""
    show = make_evidence_show(tmp_path_factory.mktemp("made") / "show")
    with_store(
        show, lambda store: (approve_all(store), deliver(store, VERSION, to="The Network", by="Vera Soup"))
    )
    return show


@pytest.fixture(scope="module")
def bundle(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "evidence.zip"
    write_evidence(made, VERSION, to=path)
    return path


@pytest.fixture
def parts(bundle: Path) -> Parts:
    return read_zip(bundle)


@pytest.fixture
def show(made: Path, tmp_path: Path) -> Path:
    """A copy of the show, to do with as one likes."""
    return Path(shutil.copytree(made, tmp_path / "show", symlinks=True))


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has never seen the show."""
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


def judged(parts: Parts, tmp_path: Path) -> Verdict:
    path = tmp_path / "harmed.zip"
    path.write_bytes(write_zip(parts))
    return verify(path)


def signed_again(parts: Parts, signer: Signer, **other: Any) -> Parts:
    """What a forger does: any part changed, and a list of parts of their own over it."""
    rest = {name: data for name, data in parts.items() if name != MANIFEST}
    said = read_contents(parts[MANIFEST])
    fields = {"show": said.show, "subject": said.subject, "content_sha256": said.content_sha256, "at": said.at}
    return unpack(pack_evidence(rest, signer=signer, **{**fields, **other}))


def ledger_key(show: Path) -> Signer:
    signer: Signer = with_store(show, lambda store: store.signer())
    return signer


def sentences(verdict: Verdict) -> str:
    return "\n".join(finding.sentence for finding in verdict.findings)


def lines_of(parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parts["ledger/lines.json"])
    return found


def test_whoever_made_it_trusts_it_and_it_holds_what_it_should(bundle: Path, parts: Parts) -> None:
    verdict = verify(bundle)
    assert verdict.state is State.TRUSTED and verdict.ok, sentences(verdict)
    assert verdict.n_files == len(parts)
    assert parts.keys() >= {
        "README.txt", "MANIFEST.json", "frames.json", "frames.json.c2pa", "lineage.json", "checks.json", "contact.jpg",
        "approval.c2pa", "credentials/review.mov.json", "credentials/review.mp4.json", "certificates/chain.pem",
        "ledger/root.json", "ledger/lines.json", "policies/house.toml", "policies/netflix_2025.toml",
        "policies/eu_ai_act_50.toml", "report/report.json", "report/report.html", "report/report.pdf",
    }  # fmt: skip
    shown = lines_of(parts)
    kinds = [json.loads(proof["entry"])["kind"] for proof in shown["open"]]
    assert (
        kinds[0] == "founding"
        and kinds.count("version") == 1
        and kinds.count("use_receipt") == 2
        and kinds.count("delivery") == 1
    )
    assert {"approval", "approver", "tool_card", "declaration"} <= set(kinds)
    assert not {"consent", "standing", "person", "training_asset"} & set(kinds)
    assert [line["says"]["kind"] for line in shown["sealed"]].count("consent") == 2


def test_an_outsider_sees_that_all_fits_and_learns_whom_to_ask(
    bundle: Path, made: Path, home: Path, stranger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = verify(bundle)
    assert verdict.state is State.UNKNOWN_SIGNER and verdict.intact and not verdict.ok
    assert any("ledger key" in signer for signer in verdict.signers)
    with pytest.raises(VerificationFailed) as caught:
        verdict.raise_if_failed()
    assert "SECONDUNIT_TRUST" in caught.value.hint and "--key" in caught.value.hint
    # With the studio's root alone, and with its key alone, it stays unknown; with both it is trusted.
    founder = ledger_key_of(home)
    assert verify(bundle, keys=[founder]).state is State.UNKNOWN_SIGNER
    monkeypatch.setenv("SECONDUNIT_TRUST", str(home / "certificates" / "root.pem"))
    assert verify(bundle).state is State.UNKNOWN_SIGNER
    assert verify(bundle, keys=[founder]).ok
    assert not stranger.exists()  # looking makes nothing


def ledger_key_of(home: Path) -> str:
    return (home / "keys" / "ledger.pub").read_text().strip()


def test_the_same_show_and_moment_give_the_same_bytes(made: Path) -> None:
    first = with_store(made, lambda store: gather(store, VERSION, at=AT))
    assert first == with_store(made, lambda store: gather(store, f"{SHOT} v001", at=AT))


def test_nothing_is_told_that_somebody_did_not_agree_to(bundle: Path, parts: Parts) -> None:
    private = [
        PRIVATE,
        NOTE,
        "De-age Ann",
        "flashback",
        "deal#4",
        "id-check-77",
        "US-CA",
        "1960-02-01",
        "as young Mary",
    ]
    raw = bundle.read_bytes()
    for name, data in parts.items():
        text = data.decode("utf-8", "replace")
        for word in private:
            if word == "US-CA" and name.startswith("policies/"):
                continue  # the law of a place, not where somebody lives
            assert word not in text and word.encode() not in raw, f"{word} in {name}"
    assert PUBLIC in parts["report/report.json"].decode()
    assert PUBLIC in parts["ledger/lines.json"].decode()


def test_who_holds_a_consents_line_can_tell_that_it_is_meant(made: Path, parts: Parts) -> None:
    own = with_store(made, lambda store: store.lines("consent", "CNS-001"))[0]
    sealed = [line for line in lines_of(parts)["sealed"] if line["says"]["kind"] == "consent"]
    (mine,) = [line for line in sealed if line["hash"] == hashlib.sha256(own.canonical).hexdigest()]
    assert "name" not in mine["says"]
    assert {line["says"].get("name") for line in sealed} == {None, PUBLIC}


@pytest.mark.parametrize("again", [False, True], ids=["changed", "changed and listed again"])
def test_every_part_that_is_changed_is_named(parts: Parts, made: Path, tmp_path: Path, again: bool) -> None:
    for name in sorted(parts):
        if name == MANIFEST or (again and not _is_bound(name)):
            continue
        harmed = {**parts, name: _harmed(parts[name])}
        if again:
            harmed = signed_again(harmed, ledger_key(made))
        verdict = judged(harmed, tmp_path)
        assert verdict.state is State.BROKEN, name
        assert name in {finding.file for finding in verdict.findings} or again, (name, sentences(verdict))
        assert verdict.findings


def _is_bound(name: str) -> bool:
    """What is bound by more than the list of parts, whoever signed that; words of the studio's own are not."""
    return not name.startswith(("report/", "README", "credentials/", "policies/"))


def _harmed(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_part_taken_out_or_put_in_is_named(parts: Parts, tmp_path: Path) -> None:
    for name in sorted(parts.keys() - {MANIFEST}):
        verdict = judged({n: d for n, d in parts.items() if n != name}, tmp_path)
        assert f"`{name}` is missing" in sentences(verdict)
    verdict = judged({**parts, "notes.txt": b"trust me"}, tmp_path)
    assert "`notes.txt` is not in the signed list of parts" in sentences(verdict)
    assert judged({n: d for n, d in parts.items() if n != MANIFEST}, tmp_path).state is State.BROKEN
    assert judged({**parts, MANIFEST: b"{}"}, tmp_path).state is State.BROKEN


def test_a_forger_without_a_key_of_the_ledger_is_told_from_the_studio(parts: Parts, tmp_path: Path) -> None:
    forged = signed_again(parts, new_signer("forger"))
    verdict = judged(forged, tmp_path)
    assert verdict.state is State.BROKEN and "foreign key" in sentences(verdict)
    said = replace(read_contents(parts[MANIFEST]), subject=f"{SHOT} deage v002")
    verdict = judged({**parts, MANIFEST: said.to_bytes()}, tmp_path)
    assert "does not bear the signature of its key" in sentences(verdict)


def test_a_ledger_that_somebody_made_up_never_counts_as_the_studios(
    made: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "forger"))
    show = make_evidence_show(tmp_path / "forged")
    write_evidence(show, VERSION, to=tmp_path / "forged.zip")
    monkeypatch.setenv("SECONDUNIT_HOME", str(home))
    verdict = verify(tmp_path / "forged.zip")
    assert verdict.state is State.UNKNOWN_SIGNER and not verdict.ok


@pytest.fixture(scope="module")
def other(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The bundle of another version, signed by the same people."""
    show = make_evidence_show(tmp_path_factory.mktemp("other") / "show")
    with_store(show, approve_all)
    path = tmp_path_factory.mktemp("other_bundle") / "other.zip"
    write_evidence(show, VERSION, to=path)
    return read_zip(path)


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (["frames.json.c2pa", "certificates/chain.pem"], "another"),
        (["frames.json", "frames.json.c2pa", "certificates/chain.pem"], "lineage"),
        (["credentials/review.mov.json"], "`credentials/review.mov.json` was signed for another version"),
        (["contact.jpg"], "`contact.jpg`"),
        (["lineage.json"], "not the lineage that was signed"),
        (["ledger/lines.json", "ledger/root.json"], "content"),
        (["ledger/lines.json", "ledger/root.json"], "the version was signed in another show"),
        (["ledger/lines.json"], "root"),
        (["report/report.json"], "not the report on this version"),
        (["checks.json", "lineage.json"], "lineage"),
    ],
)
def test_a_part_of_another_version_does_not_fit(
    parts: Parts, other: Parts, made: Path, tmp_path: Path, taken: list[str], words: str
) -> None:
    mixed = signed_again({**parts, **{name: other[name] for name in taken}}, ledger_key(made))
    verdict = judged(mixed, tmp_path)
    assert verdict.state is State.BROKEN
    assert words in sentences(verdict), sentences(verdict)


def changed_lines(parts: Parts, made: Path, change: Callable[[dict[str, Any]], object]) -> Parts:
    lines = lines_of(parts)
    change(lines)
    return signed_again({**parts, "ledger/lines.json": canonical_json(lines)}, ledger_key(made))


def _entry(lines: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in lines["open"] if json.loads(p["entry"])["kind"] == kind)
    return found


def _edit_approval(lines: dict[str, Any]) -> None:
    proof = _entry(lines, "approval")
    proof["entry"] = proof["entry"].replace('"approved":true', '"approved":false')


def _drop_consents(lines: dict[str, Any]) -> None:
    lines["sealed"] = [line for line in lines["sealed"] if line["says"]["kind"] != "consent"]


def _drop_version(lines: dict[str, Any]) -> None:
    lines["open"].remove(_entry(lines, "version"))


def _drop_approvers(lines: dict[str, Any]) -> None:
    lines["open"] = [p for p in lines["open"] if json.loads(p["entry"])["kind"] != "approver"]


def _drop_first(lines: dict[str, Any]) -> None:
    for name in ("open", "sealed"):
        lines[name] = [line for line in lines[name] if line["number"] != 1]


def _borrow_signature(lines: dict[str, Any]) -> None:
    _entry(lines, "version")["signature"] = _entry(lines, "delivery")["signature"]


def _lie_about_number(lines: dict[str, Any]) -> None:
    _entry(lines, "delivery")["number"] -= 1


def _forge_seal(lines: dict[str, Any]) -> None:
    lines["sealed"][0]["hash"] = "ab" * 32


def _spoil(lines: dict[str, Any]) -> None:
    lines["open"].append({"entry": "[" * 5000, "number": "x", "path": 7, "signature": None})
    lines["sealed"] += [{}, 7, {"says": 3}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_edit_approval, "is not what was signed"),
        (_drop_consents, "no line of the ledger is shown for the consent"),
        (_drop_version, "no single line of the ledger says that it holds this version"),
        (_drop_approvers, "not signed by a key on record"),
        (_drop_first, "line 1 of the ledger is not shown"),
        (_drop_first, "do not begin with the one that founds its show"),
        (_borrow_signature, "is not what was signed"),
        (_lie_about_number, "is not what was signed"),
        (_forge_seal, "is not what was signed"),
        (_spoil, "cannot be read"),
    ],
)
def test_a_line_of_the_ledger_that_is_edited_borrowed_or_dropped_is_named(
    parts: Parts, made: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    verdict = judged(changed_lines(parts, made, change), tmp_path)
    assert verdict.state is State.BROKEN and words in sentences(verdict), sentences(verdict)


def test_an_approval_of_other_pixels_is_not_one_of_these(
    parts: Parts, other: Parts, made: Path, tmp_path: Path
) -> None:
    theirs = [p for p in lines_of(other)["open"] if json.loads(p["entry"])["kind"] in ("approval", "approver")]
    verdict = judged(changed_lines(parts, made, lambda lines: lines["open"].extend(theirs)), tmp_path)
    assert verdict.state is State.BROKEN
    verdict = judged(
        signed_again({**parts, "approval.c2pa": parts["frames.json.c2pa"]}, ledger_key(made)), tmp_path
    )
    assert "approval.c2pa" in sentences(verdict)


def test_a_delivery_is_verified_with_the_bundle_in_it(
    show: Path, bundle: Path, other: Parts, tmp_path: Path
) -> None:
    (delivery,) = (show / "deliveries").iterdir()
    there = tmp_path / "received"
    shutil.copytree(delivery, there)
    shutil.copy(bundle, there / "evidence.zip")
    verdict = verify(there)
    assert verdict.ok, sentences(verdict)
    names = {Path(one.path).name for one in verdict.versions}
    assert names == {"v001", "evidence.zip", "approval.c2pa"}
    (there / "evidence.zip").write_bytes(write_zip(other))
    assert "is the evidence of something that is not here" in sentences(verify(there))
    (there / "evidence.zip").write_bytes(b"PK no ZIP")
    assert "evidence.zip" in sentences(verify(there))
    (there / "evidence.zip").unlink()
    content = bytearray((there / "approval.c2pa").read_bytes())
    content[len(content) // 2] ^= 1
    (there / "approval.c2pa").write_bytes(content)
    assert "approvals" in sentences(verify(there))
    (there / "approval.c2pa").unlink()
    (there / "delivery.json").write_text("{}")
    assert "delivery.json" in sentences(verify(there))


def test_a_consent_withdrawn_since_is_told(show: Path, tmp_path: Path) -> None:
    withdraw_consent(show, "CNS-002", by="Rita Clear", reason="he asked for it")
    write_evidence(show, VERSION, to=tmp_path / "late.zip")
    verdict = verify(tmp_path / "late.zip")
    assert verdict.ok, sentences(verdict)  # it still is what it was
    assert any("revoked" in note for note in verdict.notes)
    assert "he asked for it" not in str(read_zip(tmp_path / "late.zip"))


def test_a_version_that_was_changed_gets_no_bundle(show: Path, tmp_path: Path) -> None:
    frame = next((show / "versions").rglob("*.1003.exr"))
    frame.write_bytes(_harmed(frame.read_bytes()))
    with pytest.raises(VerificationFailed, match="frame 1003"):
        write_evidence(show, VERSION, to=tmp_path / "x.zip")
    assert not list(tmp_path.glob("*x.zip*"))


def test_what_cannot_be_written_is_one_sentence(made: Path, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="exists already"):
        write_evidence(made, VERSION, to=bundle)
    with pytest.raises(BadInput, match="there is no version"):
        write_evidence(made, "AGM_104_TCC_0999", to=tmp_path / "x.zip")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = _with(value[path[0]], path[1:], other)
    return changed


_ODD = [None, True, 7, -1, 1e300, "", "\ud800", "x", [], [[]], {}, {"x": 1}, "2026-01-01", "ab" * 32, 2**70]


def test_nothing_that_a_part_may_say_brings_the_judge_down(parts: Parts) -> None:
    """A hostile maker signs whatever they like; the judge answers broken, and never falls."""
    rng, mallory = random.Random(5), new_signer("mallory")
    names = sorted(n for n in parts if n.endswith(".json") and n != MANIFEST)
    for _ in range(150):
        name = rng.choice(names)
        told = json.loads(parts[name])
        harmed = _with(told, rng.choice(list(_places(told))), rng.choice(_ODD))
        data = json.dumps(harmed).encode()
        verdict = judge_evidence(signed_again({**parts, name: data}, mallory), path="x.zip")
        assert verdict.state is State.BROKEN
        said = json.loads(parts[MANIFEST])
        said = _with(said, rng.choice(list(_places(said))), rng.choice(_ODD))
        verdict = judge_evidence({**parts, MANIFEST: json.dumps(said).encode()}, path="x.zip")
        assert verdict.state is State.BROKEN
    deep = {**parts, "ledger/lines.json": b"[" * 10**6, "lineage.json": b'{"a":' * 10**6}
    assert judge_evidence(signed_again(deep, mallory), path="x.zip").state is State.BROKEN


def test_a_line_with_a_hostile_body_is_named(parts: Parts) -> None:
    """A ledger of the enemy's own: every line well signed, under a root of their own, and nonsense in it."""
    mallory = new_signer("mallory")
    for kind in ("founding", "version", "approval", "approver", "use_receipt", "ledger_key", "delivery"):
        for body in ("x", 7, [], {"x": 1}, {"consents": 3, "request": []}, None):
            line = canonical_json(
                {
                    "at": "2026-01-01T00:00:00.000000+00:00", "author": "m", "body": body, "key": mallory.key,
                    "kind": kind, "number": 1, "previous": "0" * 64, "subject": "x",
                }
            )  # fmt: skip
            digest = hashlib.sha256(line).digest()
            root = Checkpoint(
                "AGM", "ab" * 16, 1, merkle_root([digest]).hex(), digest.hex(), mallory.key, AT, mallory.key
            )
            root = replace(root, signature=mallory.sign(root.statement).hex())
            proof = {"entry": line.decode(), "number": 1, "path": [], "signature": mallory.sign(digest).hex()}
            lines = {"schema": "org.secondunit.evidence.lines/1", "open": [proof], "sealed": []}
            forged = {**parts, "ledger/root.json": root.to_bytes(), "ledger/lines.json": canonical_json(lines)}
            assert judge_evidence(signed_again(forged, mallory), path="x.zip").state is State.BROKEN


@pytest.fixture
def authority() -> Iterator[tuple[LocalTsa, str]]:
    tsa = LocalTsa(dt.datetime.now(dt.UTC).replace(microsecond=0))
    with served(tsa.transport) as url:
        yield tsa, url


class served:  # noqa: N801
    """An authority at an address of this machine."""

    def __init__(self, transport: Transport) -> None:
        class Stamper(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                reply = transport(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Stamper)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_time_stamp_is_asked_for_and_checked(
    made: Path, tmp_path: Path, authority: tuple[LocalTsa, str], monkeypatch: pytest.MonkeyPatch, parts: Parts
) -> None:
    tsa, url = authority
    path = tmp_path / "stamped.zip"
    write_evidence(made, VERSION, to=path, tsa=url)
    verdict = verify(path)
    assert verdict.ok and any("whom this machine does not know" in note for note in verdict.notes)
    (tmp_path / "time.pem").write_text(tsa.root_pem)
    monkeypatch.setenv("SECONDUNIT_TRUST", str(tmp_path / "time.pem"))
    known = verify(path)
    assert known.ok and any(f"saw its root on {tsa.now:%Y-%m-%d}" in note for note in known.notes)
    moved = signed_again({**parts, "ledger/root.tsr": read_zip(path)["ledger/root.tsr"]}, ledger_key(made))
    assert "the time stamp is that of something else" in sentences(judged(moved, tmp_path))


def test_an_authority_that_does_not_answer_leaves_nothing_behind(made: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be reached"):
        write_evidence(made, VERSION, to=tmp_path / "x.zip", tsa="http://127.0.0.1:9")
    assert not list(tmp_path.iterdir())


def test_a_bundle_from_the_cli(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from secondunit.cli.evidence import app

    words = [VERSION, "--to", str(tmp_path / "e.zip"), "--show", str(made), "--json"]
    assert app(words, result_action="return_value") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["subject"] == VERSION and Path(said["file"]).stat().st_size == said["bytes"]
    assert verify(Path(said["file"])).ok
    assert read_zip(tmp_path / "e.zip")["README.txt"].startswith(b"EVIDENCE OF")


def test_a_folder_of_bundles_is_checked_one_by_one(bundle: Path, parts: Parts, tmp_path: Path) -> None:
    shutil.copy(bundle, tmp_path / "a.zip")
    assert verify(tmp_path).ok
    (tmp_path / "b.zip").write_bytes(write_zip({**parts, "checks.json": b"[]"}))
    verdict = verify(tmp_path)
    assert not verdict.ok and all(finding.sentence.startswith("b.zip: ") for finding in verdict.findings)


def test_who_took_a_yes_back_is_not_said_to_have_approved(show: Path) -> None:
    def signed(store: Store) -> bytes | None:
        (entry,) = store.lines("version")
        line, folder = VersionLine.from_dict(entry.body), next((show / "versions").glob("*/*/v001"))
        return approval_credentials(store, folder, line, dt.datetime.now(dt.UTC))

    def approvers(manifest: bytes | None) -> set[str]:
        assert manifest is not None
        listing = next((show / "versions").rglob("frames.json")).read_bytes()
        said = read_bytes(listing, "", manifest=manifest).statements["org.secondunit.approvals"]
        return {one.get("person", "") for one in said["approvals"]}

    assert {"Vera Soup", "Lou Legal", ""} <= approvers(with_store(show, signed))  # Ann's without her name
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    no = {
        "role": "vfx_supervisor",
        "by": "Vera Soup",
        "approved": False,
        "reason": "an edge flickers",
        "at": later,
    }
    with_store(show, lambda store: decide(store, VERSION, **no))
    assert "Vera Soup" not in approvers(with_store(show, signed))
