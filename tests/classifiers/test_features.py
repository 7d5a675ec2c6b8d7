"""Hashed n-grams: what is counted, and that a sentence's numbers do not depend on its company."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from framing.classifiers.features import HashedNgrams

SENTENCES = (
    "The camps, the camps and the camps again: they will burn!",
    "Don’t say 'no proof' – 40% of it is proof, isn't it?",
    "",
    "—",
    "a",
    "\U0001f54a peace for İstanbul, Zürich and Kraków in 1914–1918",
    "dogs' \"quoted\" $3,000?! '''",
)
RANDOM = np.random.default_rng(0)


def inside_words(sentence: str, shortest: int, longest: int) -> Counter[str]:
    """The character n-grams of plain words between blanks, the obvious way."""
    found: Counter[str] = Counter()
    for word in sentence.split():
        padded = f" {word} "
        for n in range(shortest, longest + 1):
            found.update(padded[i : i + n] for i in range(len(padded) - n + 1))
    return found


def test_character_ngrams_are_counted_as_one_would_by_hand():
    sentence = "the cat sat on the mat that the rat had"
    row = HashedNgrams(words=1, bits=20).matrix([sentence], np.ones(2 << 20, np.float32))
    expected = inside_words(sentence, 2, 5)
    values = row.data[row.indices >= 1 << 20]
    weights = np.array([1 + np.log(n) for n in expected.values()])
    assert sorted(values) == pytest.approx(sorted(weights / np.linalg.norm(weights)), abs=1e-6)


def test_projection_is_the_matrix_times_the_weights():
    ngrams = HashedNgrams(bits=12)
    idf = ngrams.idf(SENTENCES)
    weights = RANDOM.standard_normal((ngrams.width, 3)).astype(np.float32)
    matrix = ngrams.matrix(SENTENCES, idf)
    assert ngrams.project(SENTENCES, idf, weights) == pytest.approx(matrix @ weights, abs=1e-5)
    assert ngrams.document_frequencies(SENTENCES).sum() == matrix.nnz


def test_a_sentence_has_the_same_numbers_alone_and_in_a_crowd():
    ngrams = HashedNgrams()
    idf = RANDOM.random(ngrams.width).astype(np.float32)
    weights = RANDOM.standard_normal((ngrams.width, 6)).astype(np.float32)
    crowd = [f"{SENTENCES[n % 7]} {n} {SENTENCES[n % 3]}" for n in range(3000)]
    together = ngrams.project([*SENTENCES, *crowd], idf, weights)
    for number, sentence in enumerate(SENTENCES):
        assert (ngrams.project([sentence], idf, weights)[0] == together[number]).all()


def test_a_mark_beside_a_word_is_seen():
    ngrams = HashedNgrams(words=1)
    plain, asked = ngrams.matrix(["war", "war?"], np.ones(ngrams.width, np.float32)).toarray() != 0
    assert plain.sum() != asked.sum()
