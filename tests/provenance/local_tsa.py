"""A time-stamping authority of the tests' own: real RFC 3161 answers, signed under a root made here."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.3.6.1.4.1.99999.1"


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


@dataclass
class LocalTsa:
    """Answers time stamp requests; `transport` is what the client calls. `now` is its clock."""

    now: dt.datetime
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING
    n_answered: int = 0

    def __post_init__(self) -> None:
        self._root_key = rsa.generate_private_key(65537, 2048)
        self._key = rsa.generate_private_key(65537, 2048)
        self._middle_key = rsa.generate_private_key(65537, 2048)
        root, middle = ("Test time root", self._root_key), ("Test time intermediate", self._middle_key)
        self.root = self._issue(*root, by=root, ca=True)
        self.middle = self._issue(*middle, by=root, ca=True)
        self.leaf = self._issue("Test time authority", self._key, by=middle, ca=False)

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def transport(self, request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        self.n_answered += 1
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": asked["message_imprint"],
                "serial_number": self.n_answered,
                "gen_time": self.now,
                "nonce": asked["nonce"].native,
            }
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._token(info)}).dump()

    def refuse(self, _request: bytes) -> bytes:
        return bytes.fromhex("30053003020102")  # PKIStatusInfo: rejection, and no token

    def _token(self, info: tsp.TSTInfo) -> cms.ContentInfo:
        content = info.dump()
        leaf, middle = (
            asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER))
            for one in (self.leaf, self.middle)
        )
        essence = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(leaf.dump()).digest()}]})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
                {"type": "signing_certificate_v2", "values": [essence]},
            ]
        )
        signature = self._key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [sha256],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [leaf, middle],
                "signer_infos": [
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            "issuer_and_serial_number",
                            {"issuer": leaf.issuer, "serial_number": leaf.serial_number},
                        ),
                        "digest_algorithm": sha256,
                        "signed_attrs": attributes,
                        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
                        "signature": signature,
                    }
                ],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _issue(
        self, name: str, key: rsa.RSAPrivateKey, *, by: tuple[str, rsa.RSAPrivateKey], ca: bool
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(by[0]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - dt.timedelta(days=1))
            .not_valid_after(self.now + dt.timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by[1].public_key()), critical=False)
        )
        if not ca:
            # As C2PA asks of an authority (2.5, 14.5.1): this one use, critical, and signing alone.
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.usage]), critical=True)
            uses = {
                "content_commitment": False, "key_encipherment": False, "data_encipherment": False,
                "key_agreement": False, "key_cert_sign": False, "crl_sign": False, "encipher_only": False,
                "decipher_only": False,
            }  # fmt: skip
            builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **uses), critical=True)
        return builder.sign(by[1], hashes.SHA256())
