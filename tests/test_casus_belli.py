from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.casus_belli import Scorer, score_document, sparkline
from framing.casus_belli.evidence import evidence_balance
from framing.casus_belli.features import (
    FEATURES,
    SIGNS,
    Roles,
    features,
    passages,
    quantities,
    signals,
    spread,
    taken,
)
from framing.casus_belli.fitting import fit, fit_scorer
from framing.casus_belli.interval import interval
from framing.casus_belli.passages import WINDOW, strongest, windows
from framing.casus_belli.scorer import bands
from framing.codebook import ROLES as ROLE_NAMES
from framing.codebook import Band, Codebook
from framing.documents import Document, Sentence
from framing.errors import FramingError

BOOK = Codebook.load()
ROLES = Roles.of(BOOK)
HALF = np.full(6, 0.5)
COLUMN = {role: BOOK.names.index(BOOK.with_role(role)[0]) for role in ROLE_NAMES}
ROWS = st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=30)


def result_of(rows, book=BOOK, thresholds=HALF, document=None, texts=None):
    rows = np.array(rows, np.float32).reshape(-1, len(book.names))
    texts = texts or [f"Sentence {i}." for i in range(len(rows))]
    document = document or Document(" ".join(texts))
    ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    sentences = [Sentence(t, int(e) - len(t), int(e)) for t, e in zip(texts, ends, strict=True)]
    return score_document(document, sentences, rows, thresholds, book)


def score_of(rows) -> float:
    return result_of(rows).casus_belli


def statement(n, **of_role):
    """n sentences, each with the given probabilities of roles."""
    rows = np.full((n, 6), 0.01)
    for role, values in of_role.items():
        rows[:, COLUMN[role]] = values
    return rows


@given(ROWS)
def test_the_score_is_in_bounds_and_inside_its_interval(rows):
    result = result_of(rows)
    low, high = result.interval
    assert 0 <= low <= result.casus_belli <= high <= 100
    assert sum(result.bands.values()) == pytest.approx(1)
    assert result.band in result.bands
    expected = sum(value * p for value, p in result.bands.items())
    assert result.casus_belli == pytest.approx(expected * 25)


@given(ROWS, st.data())
def test_it_never_falls_with_force_and_never_rises_with_a_counter_frame(rows, data):
    i = data.draw(st.integers(0, len(rows) - 1))
    more = data.draw(st.floats(0, 1))
    for role, sign in (("force", 1), ("frame", 1), ("evidence", 1), ("counter", -1)):
        changed = np.array(rows)
        changed[i, COLUMN[role]] = max(changed[i, COLUMN[role]], more)
        assert sign * (score_of(changed) - score_of(rows)) >= -1e-5


@given(ROWS, st.integers(2, 4))
def test_a_statement_said_again_scores_as_said_once(rows, times):
    assert score_of(rows * times) == pytest.approx(score_of(rows), abs=1e-4)


@given(ROWS)
def test_points_add_up_to_the_score(rows):
    result = result_of(rows)
    assert result.base + sum(result.contributions) == pytest.approx(result.casus_belli, abs=1e-6)
    by_feature = sum(feature.points for feature in result.features)
    assert result.base + by_feature == pytest.approx(result.casus_belli, abs=1e-6)
    for sentence, points in zip(result.sentences, result.contributions, strict=True):
        assert sum(sentence.points.values()) == pytest.approx(points, abs=1e-6)
        for name, value in sentence.points.items():
            assert value <= 1e-9 if name in BOOK.with_role("counter") else value >= -1e-9


def test_points_go_to_the_sentence_and_label_that_earn_them():
    rows = statement(12)
    rows[4, COLUMN["force"]] = 0.95
    rows[9, COLUMN["counter"]] = 0.95
    result = result_of(rows)
    assert np.argmax(result.contributions) == 4 and np.argmin(result.contributions) == 9
    assert max(result.sentences[4].points, key=result.sentences[4].points.get) == "call_to_force"


@given(ROWS, st.randoms())
def test_order_matters_to_what_is_near_and_to_nothing_else(rows, random):
    shuffled = random.sample(rows, len(rows))
    before, after = ({f.name: f.value for f in result_of(r).features} for r in (rows, shuffled))
    for name in ("threat_share", "counter_share"):
        assert after[name] == pytest.approx(before[name], abs=1e-6)


def test_a_threat_and_a_call_near_each_other_weigh_more_than_far_apart():
    near, far = statement(20), statement(20)
    near[3, COLUMN["frame"]] = near[4, COLUMN["force"]] = 0.9
    far[3, COLUMN["frame"]] = far[12, COLUMN["force"]] = 0.9
    assert score_of(near) > score_of(far) + 3


def test_a_case_scores_high_and_a_harmless_text_low():
    case = statement(10, frame=0.8, force=0.8, evidence=0.6)
    assert score_of(case) > 80 and result_of(case).band == 4
    assert score_of(statement(10)) < 25
    assert score_of(statement(10, frame=0.8, counter=0.9)) < score_of(statement(10, frame=0.8))


def test_short_texts_get_wider_intervals():
    few, many = (np.tile([[0.01] * 6, [0.3] * 6], (n, 1)) for n in (1, 30))
    short, long = (np.diff(result_of(rows).interval)[0] for rows in (few, many))
    assert score_of(few) == pytest.approx(score_of(many), abs=1e-3)
    assert short > long + 3


@settings(max_examples=20)
@given(ROWS)
def test_the_same_statement_gets_the_same_result(rows):
    assert result_of(rows) == result_of(rows)


def test_a_statement_without_a_sentence_has_no_score():
    result = result_of(np.zeros((0, 6)))
    assert result.casus_belli is None and result.interval is None and result.passage is None
    assert result.as_dict()["sentences"] == [] and result.shares() == {}


def test_a_codebook_without_roles_has_no_score_and_says_why():
    book = Codebook.of_labels(("praise", "blame"))
    result = result_of([[0.9, 0.1]], book, HALF[:2])
    assert result.casus_belli is None and result.evidence is None and result.bands == {}
    assert result.sentences[0].labels == ("praise",)
    assert result.as_dict()["casus_belli"] is None
    with pytest.raises(FramingError, match="role"):
        Roles.of(book)


def test_another_rating_than_the_scorers_is_refused():
    short = Codebook(
        BOOK.name, "9", BOOK.unit, BOOK.labels, (Band(0, "no", ""), Band(1, "yes", ""))
    )
    with pytest.raises(FramingError, match="2 steps"):
        result_of(statement(3), short)


def test_evidence_backs_an_accusation_in_the_same_or_the_next_two_sentences():
    present = np.zeros((8, 6), bool)
    for i in (0, 3, 7):
        present[i, COLUMN["frame"]] = True
    present[2, COLUMN["evidence"]] = True
    present[7, COLUMN["evidence"]] = True
    balance = evidence_balance(present, ROLES)
    assert (balance.accusing, balance.backed, balance.unbacked) == (3, 2, (3,))


def test_adversaries_are_counted_where_somebody_is_accused():
    texts = ["Iran met Velmar.", "Iran and Hamas threaten us.", "Hamas must be struck."]
    rows = statement(3)
    rows[1, COLUMN["frame"]] = rows[2, COLUMN["force"]] = 0.9
    assert result_of(rows, texts=texts).adversaries == (("Hamas", 2), ("Iran", 1))


def test_the_strongest_passage_can_be_quoted():
    texts = [f"Sentence {i}." for i in range(12)]
    rows = statement(12)
    rows[[5, 6, 8], COLUMN["frame"]] = 0.9
    rows[2, COLUMN["frame"]] = 0.6
    result = result_of(rows, texts=texts)
    assert result.passage == (5, 8)
    assert result.quote() == "Sentence 5. Sentence 6. Sentence 7. Sentence 8."
    assert result_of(statement(12)).passage is None and result_of(statement(12)).quote() is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_passage_is_a_short_run_that_holds_a_strong_sentence(strengths):
    first, last = strongest(np.array(strengths))
    assert 0 <= first <= last < len(strengths) and last - first < 6
    assert max(strengths[first : last + 1]) >= 0.35 * max(strengths)


def test_a_long_text_has_a_profile_that_follows_it():
    rows = np.concatenate([statement(20), statement(20, frame=0.9, force=0.9)])
    line = result_of(rows).profile
    assert len(line) == len(windows(40)) == 7
    assert line[0] < 25 and line[-1] > 70
    assert result_of(statement(2 * WINDOW - 1)).profile == ()
    assert sparkline(line)[-1] > sparkline(line)[0]
    assert sparkline([0.0, 100.0]) == "▁█" and sparkline(()) == ""
    assert len(sparkline(range(100))) == 40


def test_windows_reach_the_end_of_the_text():
    for n in range(2 * WINDOW, 60):
        assert windows(n)[0] == 0 and windows(n)[-1] + WINDOW == n


@given(ROWS)
def test_features_are_shares_and_agree_with_what_is_taken_for_them(rows):
    values = quantities(signals(np.array(rows), ROLES))
    found = features(values)
    assert ((found >= -1e-12) & (found <= 1 + 1e-12)).all()
    share = taken(values)
    assert share.sum(axis=0) == pytest.approx(1)
    assert (share * values).sum(axis=0) == pytest.approx(found)
    assert features(np.stack([values, values])) == pytest.approx(np.stack([found, found]))


@given(ROWS)
def test_equal_weights_change_nothing(rows):
    found = signals(np.array(rows), ROLES)
    assert quantities(found, np.full(len(rows), 3.0)) == pytest.approx(quantities(found), abs=1e-9)


def test_a_weight_of_two_is_a_sentence_said_twice():
    found = np.random.default_rng(0).random((9, 4))
    weighed = features(quantities(found, np.array([2, 0, 1, 0, 3, 1, 0, 1, 1])))
    said = features(quantities(np.repeat(found, [2, 0, 1, 0, 3, 1, 0, 1, 1], axis=0)))
    for feature, a, b in zip(FEATURES, weighed, said, strict=True):
        if feature.part == 1:
            assert a == pytest.approx(b), feature.name


@given(st.integers(1, 12))
def test_spread_is_the_transpose_of_passages(n):
    one = np.eye(n)
    assert spread(one) == pytest.approx(passages(one).T, abs=1e-12)


def test_the_shipped_scorer_keeps_its_signs_and_its_order():
    scorer = Scorer.load()
    assert (scorer.weights * SIGNS >= 0).all() and (np.diff(scorer.cuts) > 0).all()
    assert (scorer.draws[:, : len(FEATURES)] * SIGNS >= 0).all()
    assert scorer.steps == len(BOOK.rating) and scorer.fitted_on["statements"] >= 160


def test_a_scorer_is_read_back_as_it_was_written(tmp_path):
    scorer, path = Scorer.load(), tmp_path / "scorer.json"
    path.write_text(json.dumps(scorer.as_dict()))
    again = Scorer.load(path)
    assert again.as_dict() == scorer.as_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"weights": {}},
        {"weights": {f.name: -f.sign for f in FEATURES}},
        {"cuts": [3, 2, 1, 0]},
        {"draws": []},
        {"others": [[1, 2]]},
        {"fitted_on": 3},
    ],
)
def test_a_scorer_that_is_none_is_refused_in_one_line(tmp_path, change):
    path = tmp_path / "scorer.json"
    path.write_text(json.dumps(Scorer.load().as_dict() | change))
    with pytest.raises(FramingError, match=r"scorer\.json: is no scorer") as error:
        Scorer.load(path)
    assert "\n" not in str(error.value)


def test_a_missing_scorer_is_named(tmp_path):
    with pytest.raises(FramingError, match=r"absent\.json: cannot be read"):
        Scorer.load(tmp_path / "absent.json")


def test_fitting_finds_the_weights_that_made_the_ratings():
    rng = np.random.default_rng(3)
    table = rng.random((4000, len(FEATURES)))
    weights, cuts = np.array([3.0, 2, 4, 1, 0, 2, -3]), np.array([2.0, 4, 6, 8])
    odds = bands(np.sqrt(table) @ weights, cuts)
    ratings = (rng.random((4000, 1)) > np.cumsum(odds, axis=1)).sum(axis=1)
    found, found_cuts = fit(table, ratings, 5, ridge=0)
    assert found == pytest.approx(weights, abs=0.6)
    assert found_cuts == pytest.approx(cuts, abs=0.6)


def test_fitting_never_takes_a_sign_that_would_mislead():
    rng = np.random.default_rng(4)
    table = rng.random((200, len(FEATURES)))
    ratings = np.clip((5 * (1 - table[:, 2])).astype(int), 0, 4)  # the more force, the lower
    scorer = fit_scorer(table, ratings, table, 5, {})
    assert (scorer.weights * SIGNS >= 0).all()
    assert scorer.weights[2] == 0


def test_the_result_is_ready_for_json():
    result = result_of(statement(25, frame=0.9, force=0.2))
    again = json.loads(json.dumps(result.as_dict()))
    assert again["low"] <= again["casus_belli"] <= again["high"]
    assert again["band_title"] == BOOK.rating[again["band"]].title
    assert len(again["profile"]) == len(result.profile)
    points = sum(s["points"] for s in again["sentences"])
    assert again["base"] + points == pytest.approx(again["casus_belli"], abs=0.3)


@pytest.mark.parametrize("n", [20, 2_000, 200_000])
def test_memory_of_a_score_does_not_grow_faster_than_the_text(n):
    rows = np.random.default_rng(0).random((n, 6)) ** 4
    found = signals(rows, ROLES)
    tracemalloc.start()
    low, high = interval(found, Scorer.load(), 50.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0 <= low <= 50 <= high <= 100
    assert peak < 40e6 + 600 * n


def test_fifty_thousand_sentences_are_scored():
    rows = np.random.default_rng(0).random((50_000, 6)) ** 4
    result = result_of(rows)
    assert len(result.contributions) == 50_000 and len(result.profile) > 1000


def test_resamples_made_a_few_at_a_time_are_those_made_at_once(monkeypatch):
    found = signals(np.random.default_rng(0).random((30, 6)), ROLES)
    at_once = interval(found, Scorer.load(), 50.0)
    monkeypatch.setattr("framing.casus_belli.interval._AT_ONCE", 100)
    assert interval(found, Scorer.load(), 50.0) == pytest.approx(at_once, abs=1e-9)


SPOKEN = (
    "The Corvo cartel is a terrorist organisation, and its gunmen killed eleven officers in May. "
    "The harbour will be closed on Monday. If they do not leave, our aircraft will bomb the camps. "
    "We know that the regime in Velmar builds a nuclear weapon. There is no proof of any of it. "
)


@pytest.mark.parametrize(
    "text", [SPOKEN, SPOKEN.split("The harbour")[0], SPOKEN * 5, "The school is open again. "]
)
def test_a_text_said_twice_scores_within_two_points(text):
    import framing

    model = framing.load("ngram")
    once, twice = (framing.score(text * times, model) for times in (1, 2))
    assert len(twice.sentences) == 2 * len(once.sentences)
    assert twice.casus_belli == pytest.approx(once.casus_belli, abs=2)


@pytest.mark.parametrize("strong", [0.02, 0.2, 0.95])
def test_a_few_sentences_leave_more_open_than_many_of_the_same_kind(strong):
    kinds = [statement(1, frame=strong, force=strong), statement(1)]
    few, many = (np.diff(result_of(np.concatenate(kinds * n)).interval)[0] for n in (1, 40))
    assert few > many + 5


def test_one_sentence_says_little():
    for strong in (0.01, 0.5, 0.99):
        assert np.diff(result_of(statement(1, frame=strong, force=strong)).interval)[0] > 30
