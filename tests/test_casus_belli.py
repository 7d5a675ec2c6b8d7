from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.casus_belli import (
    contributions,
    evidence_balance,
    interval,
    profile,
    score_document,
    sparkline,
    strength,
    total,
)
from framing.codebook import Codebook
from framing.documents import Document, Sentence

BOOK = Codebook.load()
ROWS = st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=30)


def _score(rows) -> float:
    return total(strength(np.array(rows, float).reshape(-1, 6), BOOK))


@given(ROWS)
def test_the_score_is_in_bounds_and_inside_its_interval(rows):
    strengths = strength(np.array(rows, float), BOOK)
    low, high = interval(strengths)
    assert 0 <= low <= total(strengths) + 1e-9 and total(strengths) - 1e-9 <= high <= 100 + 1e-9


@given(ROWS, st.data())
def test_it_never_falls_with_force_and_never_rises_with_a_counter_frame(rows, data):
    i = data.draw(st.integers(0, len(rows) - 1))
    more = data.draw(st.floats(0, 1))
    for role, sign in (("force", 1), ("counter", -1)):
        k = BOOK.names.index(BOOK.with_role(role)[0])
        changed = [list(row) for row in rows]
        changed[i][k] = max(changed[i][k], more)
        assert sign * (_score(changed) - _score(rows)) >= -1e-6


@given(ROWS)
def test_a_statement_said_twice_scores_as_said_once(rows):
    assert _score(rows + rows) == pytest.approx(_score(rows), abs=1e-6)


@given(ROWS)
def test_points_add_up_to_the_score(rows):
    strengths = strength(np.array(rows, float), BOOK)
    assert sum(contributions(strengths)) == pytest.approx(total(strengths), abs=1e-6)


def test_short_texts_get_wider_intervals():
    few, many = np.full(3, 0.6), np.full(60, 0.6)
    assert np.diff(interval(few))[0] > 2 * np.diff(interval(many))[0]


def test_evidence_backs_an_accusation_in_the_same_or_the_next_two_sentences():
    column = {name: i for i, name in enumerate(BOOK.names)}
    present = np.zeros((8, 6), bool)
    for i in (0, 3, 7):
        present[i, column["terrorism"]] = True
    present[2, column["evidentiary_claim"]] = True
    present[7, column["evidentiary_claim"]] = True
    balance = evidence_balance(present, BOOK)
    assert (balance.accusing, balance.backed, balance.unbacked) == (3, 2, (3,))


def test_a_codebook_without_roles_gives_no_score():
    book = Codebook.of_labels(("praise", "blame"))
    text = "Well done."
    result = score_document(
        Document(text), [Sentence(text, 0, 10)], np.array([[0.9, 0.1]]), np.array([0.5, 0.5]), book
    )
    assert result.casus_belli is None and result.evidence is None
    assert result.sentences[0].labels == ("praise",)
    assert result.as_dict()["casus_belli"] is None


def test_a_long_text_has_a_profile_that_follows_it():
    strengths = np.concatenate([np.zeros(20), np.ones(20)])
    line = profile(strengths)
    assert line[0] == 0 and line[-1] == pytest.approx(100)
    assert profile(np.zeros(5)) == ()
    assert sparkline(line)[0] == "▁" and sparkline(line)[-1] == "█"
