"""Harm done to a signed version, one kind at a time: each is found and named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance import State, Verdict, trust_anchors, verify
from secondunit.provenance.credentials import read_sidecar

Flip = Callable[..., None]
NAME = "AGM_104_TCC_0010_destruction_v001"


def frame(version: Path, number: int) -> Path:
    return version / "exr" / f"{NAME}.{number}.exr"


def sentences(verdict: Verdict) -> list[str]:
    return [finding.sentence for finding in verdict.findings]


def kinds(verdict: Verdict) -> set[str]:
    return {finding.kind for finding in verdict.findings}


def test_an_untouched_version_is_trusted_and_ok(version: Path) -> None:
    verdict = verify(version)
    assert verdict.ok, sentences(verdict)
    assert verdict.state is State.TRUSTED
    assert verdict.n_files == 6 + 4
    verdict.raise_if_failed()


def test_a_version_may_be_moved_elsewhere_without_its_plates(version: Path, tmp_path: Path) -> None:
    there = Path(shutil.copytree(version, tmp_path / "delivery" / "v001"))
    verdict = verify(there)
    assert verdict.ok, sentences(verdict)
    assert any("not here" in note for note in verdict.notes)


@pytest.mark.parametrize("at", [8, 200, -1])
def test_one_flipped_byte_of_one_frame_is_found_and_the_frame_named(version: Path, flip: Flip, at: int) -> None:
    flip(frame(version, 1004), at)
    verdict = verify(version)
    assert not verdict.ok
    assert verdict.first_changed_frame == 1004
    assert sentences(verdict) == [f"frame 1004 (`exr/{NAME}.1004.exr`) changed"]
    with pytest.raises(VerificationFailed, match="frame 1004") as caught:
        verdict.raise_if_failed()
    assert caught.value.exit_code == 5
    assert caught.value.findings == tuple(sentences(verdict))


def test_the_first_of_several_changed_frames_comes_first(version: Path, flip: Flip) -> None:
    for number in (1006, 1003, 1005):
        flip(frame(version, number))
    flip(version / "contact.jpg")
    verdict = verify(version)
    assert verdict.first_changed_frame == 1003
    assert [f.frame for f in verdict.findings][:4] == [1003, 1005, 1006, None]


def test_two_swapped_frames_are_told_apart_from_damage(version: Path, tmp_path: Path) -> None:
    one, two = frame(version, 1002), frame(version, 1005)
    one.rename(tmp_path / "aside")
    two.rename(one)
    (tmp_path / "aside").rename(two)
    found = sentences(verify(version))
    assert len(found) == 2
    assert found[0].startswith("frame 1002") and "signed as frame 1005" in found[0]
    assert found[1].startswith("frame 1005") and "signed as frame 1002" in found[1]


def test_a_missing_frame_is_named(version: Path) -> None:
    frame(version, 1003).unlink()
    verdict = verify(version)
    assert sentences(verdict) == [f"frame 1003 (`exr/{NAME}.1003.exr`) is missing"]
    assert verdict.findings[0].kind == "missing"


def test_an_added_file_is_named(version: Path) -> None:
    shutil.copy(frame(version, 1003), version / "exr" / f"{NAME}.1007.exr")
    (version / "notes.txt").write_text("hello")
    assert [(f.kind, f.frame) for f in verify(version).findings] == [("extra", 1007), ("extra", None)]


def test_a_frame_replaced_by_a_link_is_named(version: Path, tmp_path: Path) -> None:
    original = frame(version, 1002)
    shutil.move(original, tmp_path / "elsewhere.exr")
    original.symlink_to(tmp_path / "elsewhere.exr")
    assert [(f.kind, f.frame) for f in verify(version).findings] == [("link", 1002)]


def test_a_truncated_and_an_empty_frame_are_named(version: Path) -> None:
    frame(version, 1001).write_bytes(frame(version, 1001).read_bytes()[:-10])
    frame(version, 1002).write_bytes(b"")
    assert [f.frame for f in verify(version).findings] == [1001, 1002]


@pytest.mark.parametrize("name", ["review.mov", "review.mp4", "contact.jpg"])
def test_a_flipped_byte_in_a_picture_breaks_its_own_credentials_too(version: Path, flip: Flip, name: str) -> None:
    content = (version / name).read_bytes()
    flip(version / name, content.find(b"mdat") + 100 if name != "contact.jpg" else -40)
    found = [f for f in verify(version).findings if f.file == name]
    assert {f.kind for f in found} == {"changed", "broken"}
    alone = verify(version / name)
    assert not alone.ok
    assert alone.state is State.BROKEN


@pytest.mark.parametrize("name", ["review.mov", "contact.jpg"])
def test_an_edited_source_type_is_found(version: Path, name: str) -> None:
    content = (version / name).read_bytes()
    assert b"compositeSynthetic" in content
    (version / name).write_bytes(content.replace(b"compositeSynthetic", b"compositeSynthetIc"))
    found = sentences(verify(version))
    assert any("Content Credentials" in sentence and name in sentence for sentence in found)


def test_a_remuxed_movie_has_lost_its_credentials(version: Path) -> None:
    movie, again = version / "review.mp4", version / "again.mp4"
    with av.open(str(movie)) as source, av.open(str(again), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    again.replace(movie)
    verdict = verify(version)
    assert kinds(verdict) == {"changed", "unsigned"}
    assert all("review.mp4" in sentence for sentence in sentences(verdict))


def test_an_edited_lineage_is_found(version: Path) -> None:
    path = version / "lineage.json"
    data = json.loads(path.read_text())
    data["takes"][0]["seed"] = 8
    path.write_text(json.dumps(data))
    found = verify(version)
    assert {"changed", "lineage"} == kinds(found)
    assert any("not the lineage that was signed" in sentence for sentence in sentences(found))


def test_an_edited_frame_list_is_found(version: Path, flip: Flip) -> None:
    path = version / "frames.json"
    path.write_bytes(path.read_bytes().replace(b'"rate":"24"', b'"rate":"25"'))
    assert any("frames.json` is not the list" in sentence for sentence in sentences(verify(version)))


def test_a_list_made_to_fit_a_changed_frame_does_not_pass(version: Path, flip: Flip) -> None:
    from secondunit.provenance.hashing import sha256_of

    before = sha256_of(frame(version, 1004))
    flip(frame(version, 1004))
    path = version / "frames.json"
    path.write_text(path.read_text().replace(before, sha256_of(frame(version, 1004))))
    verdict = verify(version)
    assert verdict.state is State.BROKEN
    assert any("frames.json" in sentence for sentence in sentences(verdict))


@pytest.mark.parametrize("path", ["../../../secret", "/etc/passwd", "exr/../../x"])
def test_a_list_that_leads_out_of_the_version_is_not_followed(version: Path, path: str) -> None:
    data = json.loads((version / "frames.json").read_text())
    data["files"][0]["path"] = path
    (version / "frames.json").write_text(json.dumps(data))
    assert any("leads out" in sentence for sentence in sentences(verify(version)))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"schema": "other"}', b"[" * 5000])
def test_garbage_in_place_of_the_list_is_a_finding_not_a_crash(version: Path, content: bytes) -> None:
    (version / "frames.json").write_bytes(content)
    assert not verify(version).ok
    (version / "lineage.json").write_bytes(content)
    assert not verify(version).ok


def test_the_sidecar_of_another_version_is_found(version: Path) -> None:
    shutil.copy(version.parent / "v002" / "frames.json.c2pa", version / "frames.json.c2pa")
    found = verify(version)
    assert any("is not the list that `frames.json.c2pa` was signed for" in s for s in sentences(found))


def test_a_removed_sidecar_makes_the_version_unsigned(version: Path) -> None:
    (version / "frames.json.c2pa").unlink()
    verdict = verify(version)
    assert verdict.state is State.UNSIGNED
    assert kinds(verdict) == {"unsigned"}


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_broken_sidecar_is_found(version: Path, content: bytes) -> None:
    (version / "frames.json.c2pa").write_bytes(content)
    assert not verify(version).ok


def test_a_flipped_byte_of_the_sidecar_is_found_or_changes_nothing_it_says(version: Path, flip: Flip) -> None:
    """What a signature cannot cover is the wrapping: names and sizes of boxes, and the room beside it."""
    listing, path = version / "frames.json", version / "frames.json.c2pa"
    whole, anchors = path.read_bytes(), trust_anchors()
    said, unnoticed = read_sidecar(listing, path, anchors), 0
    for at in range(0, len(whole), 83):
        flip(path, at)
        found = read_sidecar(listing, path, anchors)
        if found.state is State.TRUSTED:
            unnoticed += 1
            assert found == said, f"byte {at}"
        path.write_bytes(whole)
    assert unnoticed < len(whole) / 83 * 0.2


def test_the_movie_of_another_version_is_found(version: Path) -> None:
    shutil.copy(version.parent / "v002" / "review.mov", version / "review.mov")
    found = sentences(verify(version))
    assert "`review.mov` changed" in found
    assert any("was signed for AGM_104_TCC_0010 v002" in sentence for sentence in found)


def test_a_version_under_another_number_is_found(version: Path) -> None:
    shutil.move(version.parent / "v002", version.parent / "v003")
    assert any("`v003` holds what was signed as v002" in s for s in sentences(verify(version.parent / "v003")))


def test_the_index_card_may_change_its_status_but_not_its_shot(version: Path) -> None:
    card = {"shot": "AGM_104_TCC_0010", "department": "destruction", "number": 1, "status": "wfa"}
    (version / "version.json").write_text(json.dumps(card))
    assert verify(version).ok
    (version / "version.json").write_text(json.dumps({**card, "number": 2}))
    assert kinds(verify(version)) == {"identity"}


def test_a_file_is_judged_as_part_of_its_version(version: Path, flip: Flip) -> None:
    assert verify(frame(version, 1002)).ok
    assert verify(version / "contact.jpg").ok
    flip(frame(version, 1002))
    verdict = verify(frame(version, 1002))
    assert verdict.first_changed_frame == 1002
    assert verify(frame(version, 1001)).ok
    (version / "exr" / "more.1009.exr").write_bytes(b"x")
    assert kinds(verify(version / "exr" / "more.1009.exr")) == {"extra"}


def test_a_file_alone_is_judged_by_the_credentials_inside_it(version: Path, tmp_path: Path) -> None:
    for name in ("review.mov", "review.mp4", "contact.jpg"):
        shutil.copy(version / name, tmp_path / name)
        assert verify(tmp_path / name).ok
    shutil.copy(frame(version, 1001), tmp_path / "alone.exr")
    assert verify(tmp_path / "alone.exr").state is State.UNSIGNED
    for name in ("frames.json", "frames.json.c2pa"):
        shutil.copy(version / name, tmp_path / name)
    assert verify(tmp_path / "frames.json").ok


def test_a_stranger_sees_that_all_is_intact_and_that_the_signer_is_unknown(version: Path) -> None:
    verdict = verify(version, anchors="")
    assert verdict.state is State.UNKNOWN_SIGNER
    assert verdict.intact and not verdict.ok
    with pytest.raises(VerificationFailed, match="does not know") as caught:
        verdict.raise_if_failed()
    assert "SECONDUNIT_TRUST" in caught.value.hint


def test_nothing_to_look_at_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        verify(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no version"):
        verify(tmp_path)


def test_the_verdict_is_plain_json(version: Path, flip: Flip) -> None:
    flip(frame(version, 1004))
    data = json.loads(json.dumps(verify(version).to_dict()))
    assert data["ok"] is False
    assert data["first_changed_frame"] == 1004
    assert data["findings"][0]["kind"] == "changed"


def test_verifying_opens_no_connection(version: Path) -> None:
    code = (
        "import socket, sys, pathlib\n"
        "def no(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = no; socket.create_connection = no; socket.getaddrinfo = no\n"
        "from secondunit.provenance import verify\n"
        "sys.exit(0 if verify(pathlib.Path(sys.argv[1])).ok else 1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(version)], timeout=60, check=False).returncode == 0
