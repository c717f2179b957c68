from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from local_tsa import LocalTsa

from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance.timestamp import check_timestamp, http_transport, request_timestamp

NOW = dt.datetime(2026, 11, 25, 12, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def tsa() -> LocalTsa:
    return LocalTsa(NOW)


@pytest.fixture(scope="module")
def other() -> LocalTsa:
    return LocalTsa(NOW)


def test_a_stamp_is_asked_for_and_checked_offline(tsa: LocalTsa, other: LocalTsa) -> None:
    answer = request_timestamp(b"the root", tsa.transport)
    stamp = check_timestamp(answer, b"the root", other.root_pem + tsa.root_pem)
    assert (stamp.at, stamp.authority, stamp.is_known) == (NOW, "Test time authority", True)


def test_an_authority_that_nobody_here_knows_is_said_to_be_so(tsa: LocalTsa, other: LocalTsa) -> None:
    answer = request_timestamp(b"the root", tsa.transport)
    for roots in ("", other.root_pem):
        assert not check_timestamp(answer, b"the root", roots).is_known


def test_a_stamp_outlives_the_certificates_of_its_authority(other: LocalTsa) -> None:
    old = LocalTsa(dt.datetime(2015, 3, 1, tzinfo=dt.UTC))
    stamp = check_timestamp(request_timestamp(b"x", old.transport), b"x", old.root_pem)
    assert (stamp.at.year, stamp.is_known) == (2015, True)


def test_a_stamp_of_something_else_is_refused(tsa: LocalTsa) -> None:
    answer = request_timestamp(b"the root", tsa.transport)
    for roots in ("", tsa.root_pem):
        with pytest.raises(VerificationFailed, match="something else"):
            check_timestamp(answer, b"another root", roots)


def test_a_stamp_whose_time_was_changed_is_broken(tsa: LocalTsa) -> None:
    answer = request_timestamp(b"the root", tsa.transport)
    assert answer.count(b"20261125123000") == 1
    earlier = answer.replace(b"20261125123000", b"20261125023000")
    with pytest.raises(VerificationFailed, match="does not hold"):
        check_timestamp(earlier, b"the root", tsa.root_pem)


def test_every_byte_of_the_stamp_counts_or_does_no_harm(tsa: LocalTsa) -> None:
    answer = request_timestamp(b"the root", tsa.transport)
    for at in range(len(answer)):
        spoilt = bytearray(answer)
        spoilt[at] ^= 0x55
        try:
            stamp = check_timestamp(bytes(spoilt), b"the root", tsa.root_pem)
        except VerificationFailed:
            continue
        assert not stamp.is_known or stamp.at == NOW


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x03\x02\x01\x00", bytes.fromhex("30053003020102")])
def test_what_is_no_stamp_is_refused(tsa: LocalTsa, answer: bytes) -> None:
    with pytest.raises(VerificationFailed, match="cannot be read"):
        check_timestamp(answer, b"the root", tsa.root_pem)
    with pytest.raises(BadInput, match=r"authority (answered|refused)"):
        request_timestamp(b"the root", lambda _request: answer)


def test_an_answer_to_another_request_is_refused(tsa: LocalTsa) -> None:
    old = request_timestamp(b"the root", tsa.transport)
    with pytest.raises(BadInput, match="something else"):
        request_timestamp(b"the root", lambda _request: old)


def test_a_certificate_for_other_purposes_stamps_nothing() -> None:
    wrong = LocalTsa(NOW, usage=ExtendedKeyUsageOID.CODE_SIGNING)
    answer = request_timestamp(b"x", wrong.transport)
    with pytest.raises(VerificationFailed, match="does not hold"):
        check_timestamp(answer, b"x", wrong.root_pem)


def test_over_the_network(tsa: LocalTsa) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = tsa.transport(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    answer = request_timestamp(b"x", http_transport(url))
    thread.join()
    server.server_close()
    assert check_timestamp(answer, b"x", tsa.root_pem).is_known
    with pytest.raises(BadInput, match="cannot be reached"):
        request_timestamp(b"x", http_transport(url))
    with pytest.raises(BadInput, match="no address"):
        http_transport("file:///etc/passwd")
