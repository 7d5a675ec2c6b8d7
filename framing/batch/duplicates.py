"""Re-issued statements: exact ones by a hash of their words, near ones by MinHash.

A signature holds the minimum of 64 hash functions over the word triples of a text (Broder, "On the
resemblance and containment of documents", 1997); two texts are near-duplicates when at least 80 %
of their minima agree, which estimates the share of triples they have in common. Candidates share
a band of four minima (locality-sensitive hashing), so that no two texts are compared for nothing.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIMILAR = 0.8
_HASHES = 64
_ROWS = 4  # minima of a band
_FEW = 20  # words below which only equal texts count as duplicates
_BLOCK = 4096
_MANY = 200_000  # words of which the codes are kept
_WORD = re.compile(r"[^\W_]+")
_NONE = np.iinfo(np.uint32).max

WIDTH = 2 + _HASHES  # the exact hash as two numbers, then the minima
# Multiplication by an odd number and addition permute the numbers of 32 bits.
_RANDOM = np.random.default_rng(20_240_229).integers(1, 2**32, (2, _HASHES, 1), dtype=np.uint32)
_FACTORS, _SUMMANDS = _RANDOM[0] | np.uint32(1), _RANDOM[1]
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)

Signature = NDArray[np.uint32]
Order = NDArray[np.int64]


def signature(text: str) -> Signature:
    """What a text is compared by, uint32 (66,): equal for texts that differ in case or spacing."""
    words = _WORD.findall(text.lower())
    exact = hashlib.sha256(" ".join(words).encode("utf-8", "replace")).digest()[:8]
    head = np.frombuffer(exact, np.uint32)
    return np.concatenate([head, _minima(words)])


def first_occurrences(signatures: Signature) -> Order:
    """For each text the index of the first one it repeats, or -1; (n,).

    ``signatures`` is (n, 66), in order, and may be a memory map: one column is looked at at a
    time. A text like one that is itself a repetition points to the first of them all.
    """
    n = len(signatures)
    first = np.arange(n, dtype=np.int64)
    exact = np.ascontiguousarray(signatures[:, :2]).view(np.uint64).ravel()
    later, earlier = _pairs(exact, np.arange(n))
    np.minimum.at(first, later, earlier)
    fresh = np.flatnonzero((first == np.arange(n)) & (signatures[:, 2] != _NONE))
    for start in range(2, WIDTH, _ROWS):
        band = np.ascontiguousarray(signatures[:, start : start + _ROWS])[fresh]
        later, earlier = _pairs(_band_key(band), fresh)
        for low in range(0, len(later), _BLOCK):
            i, j = later[low : low + _BLOCK], earlier[low : low + _BLOCK]
            alike = (signatures[i, 2:] == signatures[j, 2:]).mean(axis=1) >= SIMILAR
            np.minimum.at(first, i[alike], j[alike])
    for k in range(n):  # each points to an earlier one, whose own end is already known
        first[k] = first[first[k]]
    first[first == np.arange(n)] = -1
    return first


def stack(parts: list[Path], target: Path) -> Signature:
    """The signatures of all parts as one memory map in ``target``."""
    with target.open("wb") as file:
        for part in parts:
            file.write(np.load(part).astype(np.uint32).tobytes())
    if not target.stat().st_size:
        return np.zeros((0, WIDTH), np.uint32)
    return np.memmap(target, np.uint32, mode="r").reshape(-1, WIDTH)


def _minima(words: list[str]) -> Signature:
    if len(words) < _FEW:
        return np.full(_HASHES, _NONE, np.uint32)
    codes = np.fromiter(map(_codes.__getitem__, words), np.uint64, len(words))
    triples = codes[:-2] * _MIX[0] ^ codes[1:-1] * _MIX[1] ^ codes[2:] * _MIX[2]
    triples ^= triples >> np.uint64(29)
    folded = (triples * _MIX[1] >> np.uint64(32)).astype(np.uint32)
    lowest = np.full(_HASHES, _NONE, np.uint32)
    for start in range(0, len(folded), _BLOCK):
        hashed = _FACTORS * folded[start : start + _BLOCK] + _SUMMANDS
        lowest = np.minimum(lowest, hashed.min(axis=1))
    return np.minimum(lowest, _NONE - 1)


class _Codes(dict[str, int]):
    """The code of each word, computed once a process: most words of a text were seen before."""

    def __missing__(self, word: str) -> int:
        code = zlib.crc32(word.encode("utf-8", "replace"))
        if len(self) < _MANY:
            self[word] = code
        return code


_codes = _Codes()


def _band_key(band: Signature) -> NDArray[np.uint64]:
    key = np.zeros(len(band), np.uint64)
    for column in band.T:
        key = (key ^ column) * _MIX[0]
        key ^= key >> np.uint64(31)
    return key


def _pairs(keys: NDArray[np.uint64], index: Order) -> tuple[Order, Order]:
    """Pairs (later, earlier) with equal keys: each with the first of its kind and with the last.

    ``index`` (n,) names the keys, in ascending order.
    """
    order = np.argsort(keys, kind="stable")
    ranked, names = keys[order], index[order]
    same = np.flatnonzero(ranked[1:] == ranked[:-1]) + 1
    begins = np.r_[True, ranked[1:] != ranked[:-1]] if len(ranked) else np.zeros(0, bool)
    begin = np.maximum.accumulate(np.where(begins, np.arange(len(ranked)), 0))
    later = np.r_[names[same], names[same]]
    return later, np.r_[names[begin[same]], names[same - 1]]
