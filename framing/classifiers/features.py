"""Hashed n-grams of whole batches at once: no vocabulary to ship, no loop over words in Python.

The text of a batch is one array of code points. With prefix sums of a polynomial hash (Karp and
Rabin 1987) the hash of any stretch costs one subtraction, so that all words, all word n-grams and
all character n-grams of a batch are hashed by a handful of array operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Hashes = NDArray[np.uint64]
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_MIX = np.uint64(0xD6E8FEB86659FD93)
_CHAIN = np.uint64(0xA24BAED4963EE407)
_MARKS = '?!%$"'  # punctuation that says something of voice and figures
_SAME = str.maketrans("’‘“”„", '\'\'"""')
_BATCH = 2048  # sentences; keeps the arrays within the cache of a processor


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse batch: row i has ``values[start[i]:start[i+1]]`` in the same stretch of columns."""

    start: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class HashedNgrams:
    """Sublinear TF-IDF of hashed word n-grams and of character n-grams inside words.

    ``words`` is the longest word n-gram, ``characters`` the shortest and longest character n-gram
    or None. Each of the two families has 2**bits columns of its own and is scaled to length 1 a
    sentence. Every digit is read as 0: figures are evidence by their presence, not their value.
    """

    words: int = 2
    characters: tuple[int, int] | None = (2, 5)
    bits: int = 18

    @property
    def width(self) -> int:
        """The number of columns."""
        return (1 if self.characters is None else 2) << self.bits

    def document_frequencies(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """In how many of ``sentences`` each column occurs, (width,)."""
        counts = np.zeros(self.width, np.int64)
        for batch in _batches(sentences):
            rows = self._counts(batch)
            counts += np.bincount(rows.columns, minlength=self.width)
        return counts

    def idf(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Inverse document frequencies, smoothed, (width,)."""
        frequencies = self.document_frequencies(sentences)
        return (np.log((1 + len(sentences)) / (1 + frequencies)) + 1).astype(np.float32)

    def project(
        self, sentences: Sequence[str], idf: NDArray[np.float32], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """TF-IDF rows of ``sentences`` times ``weights`` (width, n), without building a matrix."""
        found = np.zeros((len(sentences), weights.shape[1]), np.float32)
        done = 0
        for batch in _batches(sentences):
            rows = self._weigh(self._counts(batch), idf)
            terms = weights[rows.columns] * rows.values[:, None]
            filled = np.flatnonzero(np.diff(rows.start))
            if len(filled):
                found[done + filled] = np.add.reduceat(terms, rows.start[filled], axis=0)
            done += len(batch)
        return found

    def matrix(self, sentences: Sequence[str], idf: NDArray[np.float32]) -> csr_matrix:
        """TF-IDF rows of ``sentences`` as a float32 CSR matrix (n_sentences, width)."""
        from scipy.sparse import csr_matrix, vstack

        parts = []
        for batch in _batches(sentences):
            rows = self._weigh(self._counts(batch), idf)
            shape = (len(batch), self.width)
            parts.append(csr_matrix((rows.values, rows.columns, rows.start), shape=shape))
        return vstack(parts, format="csr")

    def _counts(self, sentences: Sequence[str]) -> Rows:
        """How often each column occurs in each sentence, columns ascending in each row."""
        text = _Text.of(sentences)
        families = [list(text.word_ngrams(self.words))]
        if self.characters is not None:
            families.append(list(text.character_ngrams(*self.characters)))
        keys = []
        for k, grams in enumerate(families):
            for row, hashed in grams:
                bucket = (_mixed(hashed) >> np.uint64(64 - self.bits)).astype(np.int64)
                keys.append(row * self.width + (k << self.bits) + bucket)
        unique, counts = np.unique(np.concatenate(keys), return_counts=True)
        rows, columns = np.divmod(unique, self.width)
        start = np.searchsorted(rows, np.arange(len(sentences) + 1))
        return Rows(start, columns, counts.astype(np.float32))

    def _weigh(self, rows: Rows, idf: NDArray[np.float32]) -> Rows:
        values = (1 + np.log(rows.values)) * idf[rows.columns]
        family = rows.columns >> self.bits
        group = np.repeat(np.arange(len(rows.start) - 1), np.diff(rows.start)) * 2 + family
        lengths = np.sqrt(np.bincount(group, values * values, minlength=1))
        return Rows(rows.start, rows.columns, (values / lengths[group]).astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Text:
    """A batch as one array of code points; a blank stands before, between and after sentences."""

    prefix: Hashes  # of the polynomial hash, one longer than the text
    inside: NDArray[np.bool_]  # which characters belong to words
    marks: NDArray[np.bool_]
    sentence: NDArray[np.int64]  # of each character

    @classmethod
    def of(cls, sentences: Sequence[str]) -> _Text:
        joined = "\n" + "\n".join(s.replace("\n", " ") for s in sentences) + "\n"
        lowered = joined.lower().translate(_SAME)
        codes = np.frombuffer(lowered.encode("utf-32-le", "replace"), np.uint32)
        kinds = _kinds()[np.minimum(codes, 0xFFFF)]
        inside = kinds == _WORD
        joint = kinds == _APOSTROPHE  # inside a word only between two of its letters
        joint[1:-1] &= inside[:-2] & inside[2:]
        inside |= joint
        marks = kinds == _MARK
        breaks = codes == 10
        clean = np.where(inside | marks, codes, 32).astype(np.uint64)
        clean[(clean >= 48) & (clean <= 57)] = 48
        powers, _ = _powers(len(clean))
        prefix = np.zeros(len(clean) + 1, np.uint64)
        np.cumsum(clean * powers, out=prefix[1:])
        return cls(prefix, inside, marks, np.cumsum(breaks) - 1)

    def stretch(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> Hashes:
        """The hash of characters ``start`` to ``end``, wherever they stand."""
        _, inverses = _powers(len(self.inside))
        return (self.prefix[end] - self.prefix[start]) * inverses[start]

    def word_ngrams(self, longest: int) -> Iterator[tuple[NDArray[np.int64], Hashes]]:
        """(sentence, hash) of all n-grams of words and marks, a length at a time."""
        edges = np.diff(np.concatenate([[False], self.inside, [False]]).astype(np.int8))
        marks = np.flatnonzero(self.marks)
        start = np.concatenate([np.flatnonzero(edges == 1), marks])
        end = np.concatenate([np.flatnonzero(edges == -1), marks + 1])
        order = np.argsort(start, kind="stable")
        start, end = start[order], end[order]
        words, row = self.stretch(start, end), self.sentence[start]
        grams = words
        for n in range(1, longest + 1):
            if n > 1:
                grams = _mixed(grams[:-1]) * _CHAIN + words[n - 1 :]
            last = row[n - 1 :]
            whole = row[: len(last)] == last
            yield last[whole], grams[: len(last)][whole] + np.uint64(n)

    def character_ngrams(
        self, shortest: int, longest: int
    ) -> Iterator[tuple[NDArray[np.int64], Hashes]]:
        """(sentence, hash) of all character n-grams inside words, a blank at both ends included."""
        total = np.concatenate([[0], np.cumsum(self.inside)])
        for n in range(shortest, longest + 1):
            start = np.arange(max(len(self.inside) - n + 1, 0))
            core = total[start + n - 1] - total[start + 1]
            some = total[start + n] > total[start]
            start = start[(core == n - 2) & some & ~self.marks[start] & ~self.marks[start + n - 1]]
            letter = start + ~self.inside[start]  # a blank may stand first, never a second one
            yield self.sentence[letter], self.stretch(start, start + n) + np.uint64(n)


_WORD, _APOSTROPHE, _MARK = 1, 2, 3


@cache
def _kinds() -> NDArray[np.int8]:
    """What each code point is: part of a word, an apostrophe, a mark, or none of them."""
    kinds = np.fromiter((chr(c).isalnum() for c in range(0x10000)), np.int8, 0x10000)
    kinds[ord("'")] = _APOSTROPHE
    kinds[[ord(mark) for mark in _MARKS]] = _MARK
    return kinds


_tables: list[Hashes] = []


def _powers(n: int) -> tuple[Hashes, Hashes]:
    """The first ``n`` powers of the base and of its inverse, modulo 2**64; kept and lengthened."""
    if not _tables or len(_tables[0]) < n:
        size = max(n, 1 << 16)
        _tables[:] = [_series(_BASE, size), _series(pow(_BASE, -1, 1 << 64), size)]
    return _tables[0][:n], _tables[1][:n]


def _series(base: int, size: int) -> Hashes:
    steps = np.full(size, base, np.uint64)
    steps[0] = 1
    return np.cumprod(steps, dtype=np.uint64)


def _mixed(hashes: Hashes) -> Hashes:
    """Spread the bits, so that the highest ones can serve as a bucket."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIX
    return (hashes ^ (hashes >> np.uint64(29))) * _MIX


def _batches(sentences: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(sentences), _BATCH):
        yield sentences[start : start + _BATCH]
