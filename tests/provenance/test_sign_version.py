from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import http.server
import io
import json
import shutil
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import c2pa
import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from small_version import SHOT, fill_version, make_lineage, make_plate, sign_one

from secondunit.errors import BadInput, EngineFailed
from secondunit.provenance import Identity, State, local_chain, sign, sign_version, signing_identity, verify
from secondunit.slate.lineage import Lineage
from secondunit.slate.plate import Plate

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Path, Path, Plate]:
    """A show, an unsigned version in it, and its plate."""
    show = tmp_path / "fresh"
    folder = show / "versions" / str(SHOT) / "destruction" / "v001"
    folder.mkdir(parents=True)
    (show / "show.toml").write_text('name = "The Long Night"\ncode = "AGM"\nrate = "24"\n')
    plate = make_plate(show)
    fill_version(folder)
    return show, folder, plate


def manifest(path: Path) -> dict[str, Any]:
    with c2pa.Reader(str(path)) as reader:
        store = json.loads(reader.json())
    return dict(store["manifests"][store["active_manifest"]])


def assertion(found: dict[str, Any], label: str) -> dict[str, Any]:
    return next(a["data"] for a in found["assertions"] if a["label"] == label)


def test_a_manifest_says_what_was_done_to_what_and_of_which_kind_it_is(version: Path) -> None:
    found = manifest(version / "review.mov")
    actions = assertion(found, "c2pa.actions.v2")
    verbs = [action["action"] for action in actions["actions"]]
    assert verbs == [
        "c2pa.opened", "c2pa.placed", "c2pa.placed", "c2pa.edited",
        "c2pa.adjustedColor", "c2pa.addedText", "c2pa.transcoded",
    ]  # fmt: skip
    assert actions["allActionsIncluded"] is True
    kinds = [a.get("digitalSourceType", "").removeprefix(IPTC) for a in actions["actions"]]
    assert kinds[1:4] == ["algorithmicMedia", "algorithmicMedia", "compositeSynthetic"]
    assert not any("trained" in kind.lower() for kind in kinds)
    ingredients = {i["title"]: i for i in found["ingredients"]}
    plate = ingredients["PL01 source house.jpg"]
    assert plate["relationship"] == "parentOf"
    assert plate["digital_source_type"] == IPTC + "digitalCapture"
    assert ingredients["building.toml"]["relationship"] == "inputTo"
    assert ingredients["fragments"]["relationship"] == "componentOf"
    bound = assertion(found, "org.secondunit.lineage")
    assert bound["trained_models"] == []
    training = assertion(found, "cawg.training-mining")["entries"]
    assert {entry["use"] for entry in training.values()} == {"notAllowed"}


def test_png_tiff_and_wav_carry_their_credentials_inside_too(
    fresh: tuple[Path, Path, Plate], identity: Identity, flip: Callable[..., None]
) -> None:
    show, folder, plate = fresh
    picture = np.random.default_rng(3).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / "still.png"), picture)
    cv2.imwrite(str(folder / "still.tif"), picture)
    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(picture.tobytes())
    sign_version(folder, make_lineage(show, plate), identity, show=show)
    assert verify(folder).ok
    for name in ("still.png", "still.tif", "sound.wav"):
        assert "display" not in str(manifest(folder / "sound.wav"))
        content = (folder / name).read_bytes()
        flip(folder / name, content.find(picture.tobytes()[:8]) + 50 if name == "sound.wav" else -300)
        assert {f.file for f in verify(folder).findings} == {name}
        (folder / name).write_bytes(content)


def test_a_trained_model_anywhere_changes_what_the_version_is(
    fresh: tuple[Path, Path, Plate], identity: Identity
) -> None:
    show, folder, plate = fresh
    sign_version(folder, make_lineage(show, plate, models=("face-net 2",)), identity, show=show)
    found = manifest(folder / "contact.jpg")
    edited = next(a for a in assertion(found, "c2pa.actions.v2")["actions"] if a["action"] == "c2pa.edited")
    assert edited["digitalSourceType"] == IPTC + "compositeWithTrainedAlgorithmicMedia"
    assert assertion(found, "org.secondunit.lineage")["trained_models"] == ["face-net 2"]


def test_the_lineage_says_everything_and_is_canonical(version: Path) -> None:
    content = (version / "lineage.json").read_bytes()
    data = json.loads(content)
    assert content == json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert data["created"] == "2026-11-22T12:00:00Z"
    assert (data["takes"][0]["engine"], data["takes"][0]["seed"]) == ("physics", 7)
    assert data["clearance"]["answer"] == "cleared"
    assert {i["role"] for i in data["ingredients"]} == {"plate source", "plate frames", "building file"}
    assert {s["name"] for s in data["software"]} >= {"python", "secondunit", "numpy", "c2pa-python"}


def test_the_same_version_signed_twice_has_the_same_lineage_and_list_of_frames(
    fresh: tuple[Path, Path, Plate], identity: Identity
) -> None:
    show, folder, plate = fresh
    sign_version(folder, make_lineage(show, plate), identity, show=show)
    frames = {f["path"]: f["sha256"] for f in json.loads((folder / "frames.json").read_text())["files"]}
    lineage = (folder / "lineage.json").read_bytes()
    signed = sign_version(folder, make_lineage(show, plate), identity, show=show)
    again = {f["path"]: f["sha256"] for f in json.loads((folder / "frames.json").read_text())["files"]}
    assert (folder / "lineage.json").read_bytes() == lineage
    exr = [name for name in frames if name.endswith(".exr")]
    assert len(exr) == 6 and all(frames[name] == again[name] for name in exr)
    assert signed.n_files == len(again) == 10
    assert verify(folder).ok


def test_signing_leaves_the_frames_alone_and_no_scraps(
    fresh: tuple[Path, Path, Plate], identity: Identity
) -> None:
    show, folder, plate = fresh
    before = {path: path.read_bytes() for path in folder.rglob("*.exr")}
    signed = sign_version(folder, make_lineage(show, plate), identity, show=show)
    assert {path: path.read_bytes() for path in folder.rglob("*.exr")} == before
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "exr", "review.mov", "review.mp4", "contact.jpg", "lineage.json", "frames.json", "frames.json.c2pa",
    }  # fmt: skip
    assert {path.name for path in signed.embedded} == {"review.mov", "review.mp4", "contact.jpg"}
    assert "SECONDUNIT_CERT" in signed.warnings[0]


@pytest.mark.parametrize("step", ["_embed", "_sidecar", "_check", "write_list"])
def test_killed_at_any_step_a_version_is_unsigned_and_can_be_signed_again(
    fresh: tuple[Path, Path, Plate], identity: Identity, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    show, folder, plate = fresh
    real, calls = getattr(sign, step), []

    def killed(*args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == (2 if step == "_embed" else 1):
            raise KeyboardInterrupt
        return real(*args, **more)

    monkeypatch.setattr(sign, step, killed)
    with pytest.raises(KeyboardInterrupt):
        sign_version(folder, make_lineage(show, plate), identity, show=show)
    monkeypatch.setattr(sign, step, real)
    if step != "_check":
        assert verify(folder).state is State.UNSIGNED
    (folder / ".signing-review.mov").write_bytes(b"scrap of a killed process")
    sign_version(folder, make_lineage(show, plate), identity, show=show)
    assert verify(folder).ok


def test_a_full_disk_is_one_sentence_and_leaves_the_version_unsigned(
    fresh: tuple[Path, Path, Plate], identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, folder, plate = fresh

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    lineage = make_lineage(show, plate)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EngineFailed, match="no space is left"):
        sign_version(folder, lineage, identity, show=show)
    monkeypatch.undo()
    assert not (folder / "frames.json.c2pa").exists()
    assert not list(folder.glob(".signing*"))


def test_what_cannot_be_signed_is_bad_input(
    fresh: tuple[Path, Path, Plate], identity: Identity, tmp_path: Path, template: Path
) -> None:
    show, folder, plate = fresh
    lineage = make_lineage(show, plate)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="is empty"):
        sign_version(tmp_path / "empty", lineage, identity)
    with pytest.raises(BadInput, match="not a folder"):
        sign_version(tmp_path / "nowhere", lineage, identity)
    (folder / "loose.exr").symlink_to(folder / "contact.jpg")
    with pytest.raises(BadInput, match="is a link"):
        sign_version(folder, lineage, identity)
    (folder / "loose.exr").unlink()
    (folder / "contact.jpg").write_bytes(b"this is no picture")
    with pytest.raises(BadInput, match="`contact"):
        sign_version(folder, lineage, identity)


def sign_plainly(
    source: Path, target: Path, identity: Identity, parts: list[tuple[str, Path]] | None = None
) -> None:
    """Sign a picture as another program would."""
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": IPTC + "digitalCapture"}
    if parts:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["plate"]}}
    data = {"actions": [first], "allActionsIncluded": True}
    builder = c2pa.Builder({"title": "x", "assertions": [{"label": "c2pa.actions.v2", "data": data}]})
    for label, path in parts or []:
        with path.open("rb") as stream:
            builder.add_ingredient(
                {"title": label, "relationship": "parentOf", "label": label}, "image/jpeg", stream
            )
    info = c2pa.C2paSignerInfo(b"es256", identity.chain_pem.encode(), identity.key_pem, None)
    builder.sign_file(str(source), str(target), c2pa.Signer.from_info(info))


def test_somebody_elses_credentials_are_not_overwritten(
    fresh: tuple[Path, Path, Plate], identity: Identity, tmp_path: Path
) -> None:
    show, folder, plate = fresh
    sign_plainly(folder / "contact.jpg", tmp_path / "signed.jpg", identity)
    shutil.move(tmp_path / "signed.jpg", folder / "contact.jpg")
    with pytest.raises(BadInput, match="somebody's Content Credentials"):
        sign_version(folder, make_lineage(show, plate), identity, show=show)


def replace_source(show: Path, plate: Plate, picture: Path) -> Plate:
    from secondunit.provenance.hashing import sha256_of

    digest = sha256_of(picture)
    shutil.copy(picture, show / "turnover" / f"{digest}.jpg")
    return dataclasses.replace(plate, source_sha256=digest)


def test_a_plate_with_credentials_hands_its_history_on(
    fresh: tuple[Path, Path, Plate], identity: Identity, tmp_path: Path
) -> None:
    show, folder, plate = fresh
    camera = signing_identity(dt.datetime.now(dt.UTC), {"SECONDUNIT_HOME": str(tmp_path / "camera")})
    sign_plainly(next((show / "turnover").iterdir()), tmp_path / "shot.jpg", camera)
    plate = replace_source(show, plate, tmp_path / "shot.jpg")
    sign_version(folder, make_lineage(show, plate), identity, show=show)
    parent = next(i for i in manifest(folder / "review.mov")["ingredients"] if i["relationship"] == "parentOf")
    assert parent["active_manifest"]
    assert "digital_source_type" not in parent
    verdict = verify(folder)
    assert verdict.ok, verdict.findings


def test_a_plate_whose_credentials_are_broken_is_refused_at_signing(
    fresh: tuple[Path, Path, Plate], identity: Identity, tmp_path: Path, flip: Callable[..., None]
) -> None:
    show, folder, plate = fresh
    sign_plainly(next((show / "turnover").iterdir()), tmp_path / "shot.jpg", identity)
    flip(tmp_path / "shot.jpg")
    plate = replace_source(show, plate, tmp_path / "shot.jpg")
    with pytest.raises(BadInput, match="content changed after it was signed"):
        sign_version(folder, make_lineage(show, plate), identity, show=show)


def test_an_ingredient_that_was_tampered_with_breaks_the_whole_though_the_library_trusts_it(
    identity: Identity, tmp_path: Path, template: Path, flip: Callable[..., None]
) -> None:
    picture = next((template / "turnover").iterdir())
    sign_plainly(picture, tmp_path / "plate.jpg", identity)
    flip(tmp_path / "plate.jpg")
    sign_plainly(picture, tmp_path / "shot.jpg", identity, [("plate", tmp_path / "plate.jpg")])
    from secondunit.provenance import trust_anchors
    from secondunit.provenance.credentials import reading_context

    with c2pa.Reader(str(tmp_path / "shot.jpg"), context=reading_context(trust_anchors())) as reader:
        assert reader.get_validation_state() == "Trusted"
    verdict = verify(tmp_path / "shot.jpg")
    assert verdict.state is State.BROKEN
    assert "ingredient `plate`" in verdict.findings[0].sentence
    # And one level deeper.
    sign_plainly(picture, tmp_path / "comp.jpg", identity, [("plate", tmp_path / "shot.jpg")])
    assert verify(tmp_path / "comp.jpg").state is State.BROKEN


@pytest.fixture
def stamps(tmp_path: Path, home: Path) -> Iterator[str]:
    """The URL of an RFC 3161 authority on this machine, under the test root."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make time stamps with")
    lies, now = home / "certificates", dt.datetime.now(dt.UTC)
    key = serialization.load_pem_private_key((lies / "intermediate.key").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((lies / "intermediate.pem").read_bytes())
    mine = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "test stamps")]))
        .issuer_name(issuer.subject)
        .public_key(mine.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(mine.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(local_chain._key_usage(is_leaf=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    here = tmp_path / "stamps"
    here.mkdir()
    (here / "cert.pem").write_bytes(local_chain._pem(certificate))
    (here / "key.pem").write_bytes(local_chain._key_pem(mine))
    (here / "chain.pem").write_bytes((lies / "intermediate.pem").read_bytes())
    (here / "serial").write_text("01")
    (here / "config").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=cert.pem\ncerts=chain.pem\nsigner_key=key.pem\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512\naccuracy=secs:1\n"
        "ordering=yes\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
    )

    class Stamper(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (here / "query").write_bytes(self.rfile.read(int(self.headers["content-length"])))
            command = ["openssl", "ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply"]
            subprocess.run(command, cwd=here, check=True, capture_output=True)
            reply = (here / "reply").read_bytes()
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_signature_outlives_its_certificate_only_with_a_time_stamp(
    tmp_path: Path, home: Path, identity: Identity, stamps: str
) -> None:
    lies = home / "certificates"
    key = serialization.load_pem_private_key((lies / "intermediate.key").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((lies / "intermediate.pem").read_bytes())
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
    made, leaf = local_chain._issue("short", (key, issuer), until - dt.timedelta(days=1), days=1, is_leaf=True)
    chain = (local_chain._pem(leaf) + local_chain._pem(issuer)).decode()
    short = Identity(chain, local_chain._key_pem(made), "es256", "short", is_test=True)
    folders = {}
    for name, url in (("bare", None), ("stamped", stamps)):
        show = tmp_path / name
        show.mkdir()
        folders[name] = sign_one(show, make_plate(show), dataclasses.replace(short, tsa_url=url))
        assert verify(folders[name]).ok
    time.sleep(max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds()) + 1.1)
    assert verify(folders["stamped"]).ok
    late = verify(folders["bare"])
    assert late.state is State.BROKEN
    assert "certificate has run out" in late.findings[0].sentence


def test_an_authority_that_does_not_answer_stops_signing_with_a_hint(
    fresh: tuple[Path, Path, Plate], identity: Identity
) -> None:
    show, folder, plate = fresh
    nobody = dataclasses.replace(identity, tsa_url="http://127.0.0.1:9")
    with pytest.raises(EngineFailed, match="authority did not answer") as caught:
        sign_version(folder, make_lineage(show, plate), nobody, show=show)
    assert "SECONDUNIT_TSA" in caught.value.hint
    assert verify(folder).state is State.UNSIGNED


def test_there_is_no_lineage_without_a_clearance(template: Path, tmp_path: Path) -> None:
    lineage = make_lineage(tmp_path, make_plate(tmp_path))
    with pytest.raises(TypeError):
        Lineage(
            **{f.name: getattr(lineage, f.name) for f in dataclasses.fields(lineage) if f.name != "clearance"}
        )


def test_the_library_still_checks_no_words_so_we_must(identity: Identity, template: Path) -> None:
    """If this fails the library has begun to lint, and our own lint may go."""
    data = {
        "allActionsIncluded": True,
        "actions": [{"action": "c2pa.created", "digitalSourceType": "nonsense"}, {"action": "c2pa.composited"}],
    }
    builder = c2pa.Builder({"title": "x", "assertions": [{"label": "c2pa.actions.v2", "data": data}]})
    info = c2pa.C2paSignerInfo(b"es256", identity.chain_pem.encode(), identity.key_pem, None)
    out = io.BytesIO()
    with next((template / "turnover").iterdir()).open("rb") as stream:
        builder.sign(c2pa.Signer.from_info(info), "image/jpeg", stream, out)
    assert out.getvalue()
