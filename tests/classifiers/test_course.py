"""Which sentences an epoch goes through: all at first, later fewer of the easy ones."""

from __future__ import annotations

import numpy as np
import pytest

from framing.classifiers.course import Course, partners_of

N = 400
LENGTHS = np.random.default_rng(1).integers(3, 60, N)
PAIRS = [f"pair {k}" if k < 60 else None for k in range(N)]
PAIRS[60:120] = PAIRS[:60]
PARTNERS = partners_of(PAIRS, N)
EASY = np.arange(N) >= 200


def a_course(skip=0.5, batch=16, partners=PARTNERS, seed=0):
    return Course(LENGTHS, EASY, partners, skip, batch, np.random.default_rng(seed))


def read(course, epoch):
    return np.concatenate(course.batches(epoch))


def test_the_first_epoch_goes_through_all():
    assert sorted(read(a_course(), 0)) == list(range(N))


def test_later_epochs_leave_out_a_share_of_the_easier_of_the_easy():
    course = a_course(skip=0.5)
    losses = np.linspace(1, 0, N).astype(np.float32)  # the last rows are the easiest
    course.learnt(np.arange(N), losses)
    missed = [np.setdiff1d(np.arange(N), read(course, epoch)) for epoch in (1, 2)]
    for rows in missed:
        assert len(rows) == 100  # half of the 200
        assert rows.min() >= N - 134  # of the easier two thirds
    assert set(missed[0]) != set(missed[1])


@pytest.mark.parametrize("skip", [0.0, 0.4, 0.5, 0.99])
@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_the_steps_are_told_beforehand(skip, epochs):
    course = a_course(skip)
    assert course.steps(epochs) == sum(len(course.batches(epoch)) for epoch in range(epochs))


def test_the_sides_of_a_pair_follow_each_other():
    order = read(a_course(batch=N), 0)
    place = np.argsort(order)
    rows = np.flatnonzero(PARTNERS >= 0)
    assert len(rows) == 120
    assert (np.abs(place[rows] - place[PARTNERS[rows]]) == 1).all()


def test_a_batch_is_of_sentences_of_like_length():
    spread = [np.ptp(LENGTHS[rows]) for rows in a_course(partners=partners_of(None, N)).batches(0)]
    assert np.mean(spread) < 6  # drawn without regard to length it would be about 50


def test_the_same_seed_gives_the_same_course():
    first, second, other = a_course(), a_course(), a_course(seed=1)
    assert (read(first, 0) == read(second, 0)).all()
    assert (read(first, 1) == read(second, 1)).all()
    assert (read(other, 0) != read(a_course(), 0)).any()


def test_only_whole_pairs_count():
    assert partners_of(["a", None, "a", "b", "c", "c", "c"], 7).tolist() == [
        2,
        -1,
        0,
        -1,
        -1,
        -1,
        -1,
    ]
