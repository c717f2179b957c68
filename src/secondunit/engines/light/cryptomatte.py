"""Cryptomatte ids: names hashed to floats, and the header that lets any comp turn ids back into names.

Source: J. Friedman and A. C. Jones, Fully Automatic ID Mattes with Support for Motion Blur and Transparency,
SIGGRAPH 2015 posters; Psyop, Cryptomatte Specification 1.2.0 (hash: A. Appleby's MurmurHash3, x86 32 bits, seed
0).
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

DEBRIS_NAME = "debris"
LAYER = "CryptoFragment"
_MASK = 0xFFFFFFFF


def fragment_name(index: int) -> str:
    """The name of a fragment in manifests, `fragment_00012`."""
    return f"fragment_{index:05d}"


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3 of bytes, 32 bits."""
    h = seed & _MASK
    whole = len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        h ^= _scramble(block)
        h = ((h << 13) | (h >> 19)) & _MASK
        h = (h * 5 + 0xE6546B64) & _MASK
    if len(data) > whole:
        h ^= _scramble(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h ^= h >> shift
        h = (h * factor) & _MASK
    return h ^ (h >> 16)


def id_of_name(name: str) -> float:
    """The id of a name as a float that is never NaN, infinite or denormal (the specification's rule)."""
    return float(struct.unpack("<f", struct.pack("<I", _safe_bits(name)))[0])


def hex_of_name(name: str) -> str:
    """The same id as eight hexadecimal digits, as manifests spell it."""
    return f"{_safe_bits(name):08x}"


def fragment_ids(count: int) -> F32:
    """(count,) ids of fragments 0 … count − 1."""
    return _fragment_ids(count).copy()


@lru_cache(maxsize=2)
def _fragment_ids(count: int) -> F32:
    return np.array([id_of_name(fragment_name(i)) for i in range(count)], np.float32)


def cryptomatte_metadata(n_fragments: int, layer: str = LAYER) -> dict[str, str]:
    """EXR header entries for `layer`: names of fragments and debris, hash, conversion."""
    return dict(_metadata(n_fragments, layer))


@lru_cache(maxsize=2)
def _metadata(n_fragments: int, layer: str) -> dict[str, str]:
    key = f"cryptomatte/{hex_of_name(layer)[:7]}"
    names = [fragment_name(i) for i in range(n_fragments)] + [DEBRIS_NAME]
    manifest = {name: hex_of_name(name) for name in names}
    return {
        f"{key}/name": layer,
        f"{key}/hash": "MurmurHash3_32",
        f"{key}/conversion": "uint32_to_float32",
        f"{key}/manifest": json.dumps(manifest, separators=(",", ":")),
    }


def cryptomatte_channels(ids: F32, layer: str = LAYER) -> dict[str, F32]:
    """(h, w, 6, 2) ranks as EXR channels `CryptoFragment00.R` (id), `.G` (coverage), `.B`, `.A` … two ranks a
    layer."""
    channels: dict[str, F32] = {}
    for rank in range(ids.shape[2]):
        for part, letter in enumerate("RG" if rank % 2 == 0 else "BA"):
            channels[f"{layer}{rank // 2:02d}.{letter}"] = np.ascontiguousarray(ids[:, :, rank, part])
    return channels


def _scramble(block: int) -> int:
    block = (block * 0xCC9E2D51) & _MASK
    block = ((block << 15) | (block >> 17)) & _MASK
    return (block * 0x1B873593) & _MASK


def _safe_bits(name: str) -> int:
    bits = murmur3(name.encode())
    exponent = (bits >> 23) & 255
    return bits ^ (1 << 23) if exponent in (0, 255) else bits
