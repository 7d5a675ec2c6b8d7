"""Hashed n-grams of whole batches at once: no vocabulary to ship, no loop over words in Python.

The text of a batch is one array of code points. With prefix sums of a polynomial hash (Karp and
Rabin 1987) the hash of any stretch costs one subtraction, so that all words, all word n-grams and
all character n-grams of a batch are hashed by a handful of array operations. What is inside words
is hashed once for each different word of the batch, and taken from there for every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_MIX = np.uint64(0xD6E8FEB86659FD93)
_CHAIN = np.uint64(0xA24BAED4963EE407)
_MARKS = '?!%$"'  # punctuation that says something of voice and figures
_SAME = dict(zip("’‘“”„", '\'\'"""', strict=True))
_BATCH = 2048  # sentences; keeps the arrays within the cache of a processor


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse batch: row i has ``values[start[i]:start[i+1]]`` in the same stretch of columns."""

    start: Indices
    columns: Indices
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

    def document_frequencies(self, sentences: Sequence[str]) -> Indices:
        """In how many of ``sentences`` each column occurs, (width,)."""
        counts = np.zeros(self.width, np.int64)
        for batch in _batches(sentences):
            for rows in self._counts(batch):
                counts += np.bincount(rows.columns, minlength=self.width)
        return counts

    def idf(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Inverse document frequencies, smoothed, (width,)."""
        frequencies = self.document_frequencies(sentences)
        return (np.log((1 + len(sentences)) / (1 + frequencies)) + 1).astype(np.float32)

    def project(
        self, sentences: Sequence[str], idf: NDArray[np.float32], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """TF-IDF rows of ``sentences`` times ``weights`` (width, n), without building a matrix.

        The numbers of a sentence are the same to the last bit, whatever stands beside it.
        """
        found = np.zeros((len(sentences), weights.shape[1]), np.float32)
        done = 0
        for batch in _batches(sentences):
            here = found[done : done + len(batch)]
            for rows in self._counts(batch):
                weighed = _weigh(rows, idf)
                terms = np.take(weights, weighed.columns, axis=0) * weighed.values[:, None]
                filled = np.flatnonzero(np.diff(rows.start))
                if len(filled):
                    here[filled] += np.add.reduceat(terms, rows.start[filled], axis=0)
            done += len(batch)
        return found

    def matrix(self, sentences: Sequence[str], idf: NDArray[np.float32]) -> csr_matrix:
        """TF-IDF rows of ``sentences`` as a float32 CSR matrix (n_sentences, width)."""
        from scipy.sparse import csr_matrix, vstack

        parts = []
        for batch in _batches(sentences):
            shape = (len(batch), self.width)
            families = (_weigh(rows, idf) for rows in self._counts(batch))
            parts.append(
                sum(
                    (csr_matrix((f.values, f.columns, f.start), shape=shape) for f in families),
                    csr_matrix(shape, dtype=np.float32),
                )
            )
        return vstack(parts, format="csr")

    def _counts(self, sentences: Sequence[str]) -> Iterator[Rows]:
        """For each family how often each column occurs in each sentence, columns ascending."""
        text = _Text.of(sentences)
        found = [(row, self._bucket(hashed)) for row, hashed in text.word_ngrams(self.words)]
        yield self._counted(found, len(sentences), 0)
        if self.characters is not None:
            found = [self._inside_words(text, *self.characters)]
            yield self._counted(found, len(sentences), 1 << self.bits)

    def _inside_words(self, text: _Text, shortest: int, longest: int) -> tuple[Indices, Indices]:
        """(sentence, bucket) of all character n-grams of a batch."""
        words, word, row = text.different_words()
        grams = list(words.character_ngrams(shortest, longest))
        owner = np.concatenate([of for of, _ in grams])
        bucket = np.concatenate([self._bucket(hashed) for _, hashed in grams])
        bucket = bucket[np.argsort(owner, kind="stable")]
        size = np.bincount(owner, minlength=1 + word.max(initial=-1))
        begin = np.cumsum(size) - size
        return np.repeat(row, size[word]), bucket[_stretches(begin[word], size[word])]

    def _bucket(self, hashed: Hashes) -> Indices:
        return (_mixed(hashed) >> np.uint64(64 - self.bits)).astype(np.int64)

    def _counted(self, found: list[tuple[Indices, Indices]], n: int, offset: int) -> Rows:
        """Rows of ``n`` sentences from pairs of sentence and bucket, one for each occurrence."""
        narrow = n << self.bits <= 1 << 32  # half as wide is sorted twice as fast
        keys = np.concatenate([row << self.bits | bucket for row, bucket in found])
        keys = keys.astype(np.uint32 if narrow else np.int64)
        keys.sort()
        fresh = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else [])
        counts = np.diff(fresh, append=len(keys))
        unique = keys[fresh].astype(np.int64)
        start = np.searchsorted(unique, np.arange(n + 1) << self.bits)
        columns = (unique & ((1 << self.bits) - 1)) + offset
        return Rows(start, columns, counts.astype(np.float32))


def _weigh(rows: Rows, idf: NDArray[np.float32]) -> Rows:
    values = (1 + np.log(rows.values)) * idf[rows.columns]
    row = np.repeat(np.arange(len(rows.start) - 1), np.diff(rows.start))
    lengths = np.sqrt(np.bincount(row, values * values, minlength=1))
    return Rows(rows.start, rows.columns, (values / lengths[row]).astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Text:
    """A batch as one array of code points; a blank stands before, between and after sentences."""

    codes: Hashes  # 32 for all that is no word and no mark
    prefix: Hashes  # of the polynomial hash, one longer than the text
    inside: NDArray[np.bool_]  # which characters belong to words
    marks: NDArray[np.bool_]
    sentence: Indices  # of each character

    @classmethod
    def of(cls, sentences: Sequence[str]) -> Self:
        joined = "\n" + "\n".join(s.replace("\n", " ") for s in sentences) + "\n"
        points = np.frombuffer(joined.lower().encode("utf-32-le", "replace"), np.uint32)
        breaks = points == 10
        points = np.minimum(points, 0xFFFF)
        kinds, plain = _kinds()
        kinds = kinds[points]
        inside = kinds == _WORD
        joint = kinds == _APOSTROPHE  # inside a word only between two of its letters
        joint[1:-1] &= inside[:-2] & inside[2:]
        inside |= joint
        marks = kinds == _MARK
        codes = np.where(inside | marks, plain[points], np.uint64(32))
        return cls._with_prefix(codes, inside, marks, np.cumsum(breaks) - 1)

    @classmethod
    def _with_prefix(
        cls, codes: Hashes, inside: NDArray[np.bool_], marks: NDArray[np.bool_], sentence: Indices
    ) -> Self:
        powers, _ = _powers(len(codes))
        prefix = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum(codes * powers, out=prefix[1:])
        return cls(codes, prefix, inside, marks, sentence)

    def stretch(self, start: Indices, end: Indices) -> Hashes:
        """The hash of characters ``start`` to ``end``, wherever they stand."""
        _, inverses = _powers(len(self.inside))
        return (self.prefix[end] - self.prefix[start]) * inverses[start]

    def different_words(self) -> tuple[Self, Indices, Indices]:
        """The words as a text in which each stands once, in the place of a sentence; which of them
        each word of this text is, and the sentence it is in.

        A word takes with it the characters beside it; words differ when one has a mark there.
        """
        start, end = self._words()
        beside = self.marks[start - 1] + 2 * self.marks[end].astype(np.uint64)
        _, first, word = np.unique(
            _mixed(self.stretch(start, end)) + beside, return_index=True, return_inverse=True
        )
        size = (end - start + 2)[first]
        at = _stretches(start[first] - 1, size)
        owner = np.repeat(np.arange(len(first)), size)
        words = self._with_prefix(self.codes[at], self.inside[at], self.marks[at], owner)
        return words, word, self.sentence[start]

    def _words(self) -> tuple[Indices, Indices]:
        edges = np.diff(self.inside.view(np.int8), prepend=0, append=0)
        return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)

    def word_ngrams(self, longest: int) -> Iterator[tuple[Indices, Hashes]]:
        """(sentence, hash) of all n-grams of words and marks, a length at a time."""
        start, end = self._words()
        marks = np.flatnonzero(self.marks)
        start, end = np.concatenate([start, marks]), np.concatenate([end, marks + 1])
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

    def character_ngrams(self, shortest: int, longest: int) -> Iterator[tuple[Indices, Hashes]]:
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
def _kinds() -> tuple[NDArray[np.int8], Hashes]:
    """What each code point is (part of a word, an apostrophe, a mark, or none of them), and the
    code point it is read as.
    """
    plain = np.arange(0x10000, dtype=np.uint64)
    plain[48:58] = 48
    kinds = np.fromiter((chr(c).isalnum() for c in range(0x10000)), np.int8, 0x10000)
    kinds[ord("'")] = _APOSTROPHE
    kinds[[ord(mark) for mark in _MARKS]] = _MARK
    for written, read in _SAME.items():
        kinds[ord(written)], plain[ord(written)] = kinds[ord(read)], ord(read)
    return kinds, plain


def _stretches(start: Indices, size: Indices) -> Indices:
    """The numbers from each ``start``, as many as its ``size``, one stretch after another."""
    before = np.cumsum(size) - size
    return np.arange(size.sum()) + np.repeat(start - before, size)


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
