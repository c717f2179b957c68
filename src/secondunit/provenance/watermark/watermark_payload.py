"""What the watermark says: a ledger index and its checksum, written once in each part of the picture, masked.

A picture is marked in four parts. Each carries the same 32-bit word (24 bits of index, 8 bits of CRC) under a mask
of its own, so the picture shows 128 signs of which 24 are free. That makes a false claim rare *without any
assumption about pictures*. Take the soft bits s of an unmarked clip as they are, however alike its frames, bits and
parts. For masks drawn at random and any one word, the agreement t = Σ ±s has independent signs, and Chernoff's bound
holds:  P(t ≥ a) ≤ min over λ > 0 of exp(-λa) Π cosh(λ s).  There are 2²⁴ words, so `chance` is 2²⁴ times that, times
the readings that were tried. The masks are one such draw: a hash of each part's name, taken before any picture was.

CRC-8/AUTOSAR (polynomial 0x2F, start 0xFF, final XOR 0xFF; "Specification of CRC Routines", AUTOSAR 4.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations
from operator import xor

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]

N_PARTS = 4
N_BITS = 32
INDEX_BITS = 24
LARGEST_INDEX = (1 << INDEX_BITS) - 1

_CRC_POLYNOMIAL = 0x2F
# A word is looked for among those that differ from the signs in few of the least certain bits.
_N_UNCERTAIN, _N_FLIPS = 14, 4
_CAP = 2.0  # no soft bit counts more than this many medians: a picture may lean one bit wildly


@dataclass(frozen=True)
class Reading:
    """The word that agrees best with what was read: its `index`, how many signs differ from it, and its worth.

    `chance` is an upper bound on how often an unmarked clip agrees as well with any word at all.
    """

    index: int
    n_wrong: int
    chance: float

    @property
    def agreement(self) -> float:
        """Share of the signs that are as the word has them, 0..1."""
        return 1 - self.n_wrong / (N_PARTS * N_BITS)


def crc8(index: int) -> int:
    """CRC-8/AUTOSAR of an index as three big-endian bytes.

    >>> hex(crc8(0))
    '0x96'
    """
    register = 0xFF
    for byte in index.to_bytes(3, "big"):
        register ^= byte
        for _ in range(8):
            register = (register << 1 ^ (_CRC_POLYNOMIAL if register & 0x80 else 0)) & 0xFF
    return register ^ 0xFF


def payload_bits(index: int) -> Bits:
    """The bits (parts, 32) of 0 and 1 that a picture carries for a ledger index.

    Raises `BadInput` for an index that is not between 0 and 2²⁴ - 1.
    """
    if not 0 <= index <= LARGEST_INDEX:
        raise BadInput(
            f"ledger index {index} does not fit the watermark",
            hint=f"it holds 0 to {LARGEST_INDEX}: deliver this version without a watermark",
        )
    return _bits_of(index << 8 | crc8(index)) ^ _masks()


def read_payload(soft: F32, n_readings: int = 1) -> Reading:
    """The likeliest index behind soft bits (parts, 32), above 0 for a one, and the chance of a false claim.

    `n_readings` counts the readings of one clip that are tried (shapes of the picture, numbers of frames).
    """
    plain = _capped(soft) * np.where(_masks() == 1, -1.0, 1.0)
    word = _best_word(plain.sum(axis=0))
    if word is None:
        return Reading(0, N_PARTS * N_BITS, 1.0)
    agreed = plain * np.where(_bits_of(word) == 1, 1.0, -1.0)
    return Reading(word >> 8, int((agreed <= 0).sum()), false_claim_chance(agreed, n_readings))


def false_claim_chance(agreed: F64, n_readings: int = 1) -> float:
    """The bound of this module for soft bits whose sign is positive where they agree with the word found."""
    return min(1.0, n_readings * (1 << INDEX_BITS) * word_chance(agreed))


def word_chance(agreed: F64) -> float:
    """The same for one word that was named before anything was read: no other word is tried."""
    size = np.abs(agreed).ravel()
    if not size.any():
        return 1.0
    # Any λ gives a valid bound; a fine ladder of them is as good as the minimum.
    steps = (np.geomspace(1e-2, 1e3, 400) / size[size > 0].mean())[:, None] * size
    log_cosh = np.logaddexp(steps, -steps) - np.log(2)
    return float(np.exp(min(0.0, (log_cosh - steps * np.sign(agreed.ravel())).sum(axis=1).min())))


def _capped(soft: F32) -> F64:
    size = np.abs(soft.astype(np.float64))
    capped: F64 = np.sign(soft) * np.minimum(size, _CAP * np.median(size))
    return capped


def _best_word(summed: F64) -> int | None:
    """The word with a right CRC that agrees best with the soft bits (32,), among those near their signs."""
    hard = sum(1 << N_BITS - 1 - k for k in range(N_BITS) if summed[k] > 0)
    weakest = np.argsort(np.abs(summed), kind="stable")[:_N_UNCERTAIN].tolist()
    size = np.abs(summed).tolist()
    wrong, flips = _syndrome(hard), [_syndrome(1 << N_BITS - 1 - k) ^ _syndrome(0) for k in range(N_BITS)]
    best: tuple[float, tuple[int, ...]] | None = None
    for n_flips in range(_N_FLIPS + 1):
        for places in combinations(weakest, n_flips):
            # A CRC is linear: what each flip does to it is added up.
            if reduce(xor, (flips[k] for k in places), wrong) == 0:
                found = (sum(size[k] for k in places), places)
                best = min(best, found) if best else found
    return hard ^ sum(1 << N_BITS - 1 - k for k in best[1]) if best else None


def _syndrome(word: int) -> int:
    """0 where the last 8 bits of a word are the CRC of the first 24."""
    return crc8(word >> 8) ^ word & 0xFF


def _bits_of(word: int) -> Bits:
    return np.array([word >> N_BITS - 1 - k & 1 for k in range(N_BITS)], np.uint8)


@cache
def _masks() -> Bits:
    """(parts, 32) bits, the first of SHA-256 of each part's name: drawn once, the same for everyone."""
    names = [f"Second Unit watermark 1, part {n}".encode() for n in range(N_PARTS)]
    return np.array([np.unpackbits(np.frombuffer(hashlib.sha256(name).digest()[:4], np.uint8)) for name in names])
