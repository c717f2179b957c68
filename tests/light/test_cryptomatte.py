import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.engines.light.cryptomatte import (
    cryptomatte_channels,
    cryptomatte_metadata,
    fragment_ids,
    fragment_name,
    hex_of_name,
    id_of_name,
    murmur3,
)


@pytest.mark.parametrize(
    ("data", "seed", "expected"),
    [  # published verification values of MurmurHash3 x86 32
        (b"", 0, 0x00000000),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"\x21\x43\x65\x87", 0, 0xF55B516B),
        (b"\x21\x43\x65", 0, 0x7E4A8634),
        (b"\x21\x43", 0, 0xA0F7B07A),
        (b"\x21", 0, 0x72661CF4),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
        (b"The quick brown fox jumps over the lazy dog", 0x9747B28C, 0x2FA826CD),
    ],
)
def test_hash_matches_published_values(data, seed, expected):
    assert murmur3(data, seed) == expected


@pytest.mark.parametrize(("name", "spelled"), [("bunny", "13851a76"), ("default", "42c9679f")])
def test_names_hash_as_in_the_published_sample_images(name, spelled):
    assert hex_of_name(name) == spelled


@given(st.text(max_size=40))
def test_ids_are_ordinary_floats(name):
    value = np.float32(id_of_name(name))
    assert np.isfinite(value)
    assert value != 0
    assert abs(value) >= np.finfo(np.float32).tiny


def test_metadata_names_every_fragment_and_debris():
    data = cryptomatte_metadata(12)
    (key,) = {k.rsplit("/", 1)[0] for k in data}
    assert key.startswith("cryptomatte/")
    assert len(key.split("/")[1]) == 7
    assert data[f"{key}/hash"] == "MurmurHash3_32"
    assert data[f"{key}/conversion"] == "uint32_to_float32"
    manifest = json.loads(data[f"{key}/manifest"])
    assert set(manifest) == {fragment_name(i) for i in range(12)} | {"debris"}
    bits = np.uint32(int(manifest[fragment_name(7)], 16))
    assert bits.view(np.float32) == fragment_ids(12)[7]


def test_channels_hold_two_ranks_each():
    ids = np.arange(2 * 3 * 6 * 2, dtype=np.float32).reshape(2, 3, 6, 2)
    channels = cryptomatte_channels(ids)
    assert len(channels) == 12
    assert (channels["CryptoFragment01.B"] == ids[:, :, 3, 0]).all()
    assert (channels["CryptoFragment02.G"] == ids[:, :, 4, 1]).all()
