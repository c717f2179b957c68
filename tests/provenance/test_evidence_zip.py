"""A ZIP that somebody else made is taken apart only when there is nothing in it that could do harm."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance.evidence import evidence_zip
from secondunit.provenance.evidence.evidence_zip import read_zip, unpack, write_zip

PARTS = {"README.txt": b"read me\n" * 40, "ledger/root.json": b"{}", "contact.jpg": bytes(range(256)) * 300}
Make = Callable[[zipfile.ZipFile], None]


def packed(make: Make) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        make(archive)
    return file.getvalue()


def refused(data: bytes, *words: str) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as caught:
        unpack(data)
    said = " ".join([str(caught.value), *caught.value.findings])
    assert caught.value.findings and caught.value.hint
    for word in words:
        assert word in said, said
    return caught.value


def named(*names: str) -> bytes:
    def make(archive: zipfile.ZipFile) -> None:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, b"data")

    return packed(make)


def test_what_was_written_is_read_back_and_the_same_parts_give_the_same_bytes() -> None:
    data = write_zip(PARTS)
    assert unpack(data) == PARTS
    assert write_zip(dict(reversed(PARTS.items()))) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:  # any other program reads it too
        assert archive.namelist() == sorted(PARTS)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/x", "a//x", "C:/x", "a\\..\\x", "a\\x", "./x", "a/./x", " x", "x\n", "x.", "..",
     "a/.hidden", "x\u202egpj.exe", "é", "a" * 201, "x:y", "~/x", "folder/", "nul\x00.txt"],
)  # fmt: skip
def test_a_name_that_leads_out_or_deceives_is_refused(name: str) -> None:
    refused(named("README.txt", name))


def test_a_message_shows_a_hostile_name_harmlessly() -> None:
    error = refused(named("x\x1b[2J\u202e`y`"))
    assert "\x1b" not in str(error) and "\u202e" not in str(error)


def test_duplicate_names_and_names_that_differ_only_by_case_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        refused(named("a.json", "a.json"), "twice")
    refused(named("frames.json", "FRAMES.json"), "one name on many disks")
    refused(named("ledger", "ledger/root.json"), "a file and a folder")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_other_oddities_are_refused(mode: int) -> None:
    def make(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("frames.json")
        info.create_system, info.external_attr = 3, (mode | 0o777) << 16
        archive.writestr(info, "/etc/passwd")

    refused(packed(make), "link" if mode == stat.S_IFLNK else "no plain file")


def test_a_bomb_is_refused_by_what_it_says_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(lambda archive: archive.writestr("README.txt", b"\0" * (64 << 20)))
    assert len(bomb) < 1 << 17
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    refused(bomb, "would swell")


def test_a_bomb_that_lies_about_its_size_stops_at_that_size() -> None:
    content = b"\0" * (8 << 20)
    data = bytearray(packed(lambda archive: archive.writestr("README.txt", content)))
    for at in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        struct.pack_into("<L", data, at, 1000)  # both headers say: a thousand bytes
    refused(bytes(data), "damaged")


def test_too_much_in_all_and_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = packed(lambda archive: [archive.writestr(f"p{n}", b"") for n in range(1200)] and None)
    refused(many, "1200 parts")
    monkeypatch.setattr(evidence_zip, "MAX_TOTAL", 1000)
    refused(named_sizes(600, 600), "together")
    monkeypatch.setattr(evidence_zip, "MAX_PART", 500)
    refused(named_sizes(600), "too many")


def named_sizes(*sizes: int) -> bytes:
    def make(archive: zipfile.ZipFile) -> None:
        for n, size in enumerate(sizes):
            archive.writestr(f"p{n}", b"ab" * (size // 2))

    return packed(make)


def test_a_million_parts_are_refused_without_reading_their_names() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)
    refused(end, "65535 parts")


@pytest.mark.parametrize("more", [b"\0", b"junk at the end", b"PK\x05\x06" + b"\0" * 10])
def test_trailing_junk_is_refused(more: bytes) -> None:
    refused(write_zip(PARTS) + more)


def test_something_before_between_or_on_top_of_parts_is_refused() -> None:
    whole = write_zip(PARTS)
    refused(b"#!/bin/sh\n" + whole)
    # The same ZIP with its offsets mended, as a self-extracting program has it.
    assert_shifted = bytearray(b"J" * 16 + whole)
    end = len(assert_shifted) - 22
    struct.pack_into("<L", assert_shifted, end + 16, struct.unpack_from("<L", assert_shifted, end + 16)[0] + 16)
    at = assert_shifted.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<L", assert_shifted, at + 42, struct.unpack_from("<L", assert_shifted, at + 42)[0] + 16)
        at = assert_shifted.find(b"PK\x01\x02", at + 4)
    refused(bytes(assert_shifted), "no part lies before")
    # Two directory entries over one part: how a small file becomes a large one.
    twice = bytearray(named("a.json", "b.json"))
    second = twice.rfind(b"PK\x01\x02")
    struct.pack_into("<L", twice, second + 42, 0)
    refused(bytes(twice), "overlap")


def test_a_part_that_names_itself_otherwise_than_the_directory_is_refused() -> None:
    data = bytearray(write_zip({"a.json": b"{}", "b.json": b"[]"}))
    at = data.find(b"a.json")
    data[at : at + 6] = b"c.json"
    refused(bytes(data), "not the part that the directory names")


def test_encrypted_or_oddly_packed_parts_are_refused() -> None:
    data = bytearray(write_zip({"a.json": b"{}"}))
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 8, 1)
    refused(bytes(data), "encrypted")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.json", b"{}" * 50)
    refused(file.getvalue(), "packed in a way")


def test_a_comment_and_a_changed_byte_are_refused() -> None:
    def make(archive: zipfile.ZipFile) -> None:
        archive.writestr("a.json", b"{}")
        archive.comment = b"PK"

    refused(packed(make))
    data = bytearray(write_zip({"a.json": b"some words that were here"}))
    data[data.find(b"a.json") + 8] ^= 0x55
    refused(bytes(data), "damaged")


def test_what_is_no_file_or_no_zip_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"hello, this is text and not a ZIP at all")
    with pytest.raises(VerificationFailed, match="is no ZIP"):
        read_zip(tmp_path / "a.zip")
    with pytest.raises(BadInput, match="cannot be read"):
        read_zip(tmp_path / "none.zip")
    with pytest.raises(BadInput, match="no file"):
        read_zip(tmp_path)


def test_nothing_is_written_that_would_not_be_read() -> None:
    for parts in ({"../x": b""}, {"x" * 300: b""}, {f"p{n}": b"" for n in range(1001)}):
        with pytest.raises(BadInput):
            write_zip(parts)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_brings_the_reader_down_or_gives_other_parts(data: st.DataObject) -> None:
    whole = bytearray(write_zip(PARTS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(whole), len(whole) - 1, len(whole) // 2]))
    try:
        found = unpack(bytes(whole[:cut]))
    except VerificationFailed:
        return
    assert found == PARTS
