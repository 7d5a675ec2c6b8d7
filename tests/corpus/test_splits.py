import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.corpus.examples import LabelledSentence
from framing.corpus.governments import government
from framing.corpus.splits import (
    by_time,
    group_alike,
    grouped_folds,
    leave_one_out,
    rarest_label,
)

ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),  # document
        st.sampled_from(["sotu", "un", None]),
        st.dates().map(str) | st.none(),
        st.tuples(st.booleans(), st.booleans(), st.booleans()),
    ),
    min_size=4,
    max_size=60,
)


def apart(fold, documents):
    train, test = fold
    return not {documents[i] for i in train} & {documents[i] for i in test}


@given(ROWS, st.integers(2, 6), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_folds_cover_every_row_once_and_no_document_twice(rows, n, seed):
    documents = [row[0] for row in rows]
    targets = np.array([row[3] for row in rows])
    if len(set(documents)) < 2:
        with pytest.raises(ValueError, match="two documents"):
            grouped_folds(documents, targets, n, seed)
        return
    folds = grouped_folds(documents, targets, n, seed)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(rows)))
    for train, test in folds:
        assert len(train) and len(test) and apart((train, test), documents)
        assert sorted([*train, *test]) == list(range(len(rows)))


@given(ROWS, st.dates().map(str))
@settings(deadline=None)
def test_time_splits_train_on_nothing_later_and_no_tested_document(rows, cut):
    documents, dates = [row[0] for row in rows], [row[2] for row in rows]
    try:
        train, test = by_time(documents, dates, cut)
    except ValueError:
        return
    assert {int(i) for i in test} == {i for i, d in enumerate(dates) if d and d >= cut}
    assert all(dates[i] is None or dates[i] < cut for i in train)
    assert apart((train, test), documents)


@given(ROWS, st.integers(1, 5))
@settings(deadline=None)
def test_leaving_one_out_trains_on_the_others_only(rows, smallest):
    documents, sources = [row[0] for row in rows], [row[1] for row in rows]
    for name, (train, test) in leave_one_out(documents, sources, smallest):
        assert [i for i, source in enumerate(sources) if source == name] == list(test)
        assert len(test) >= smallest and len(train) > 0
        assert name not in {sources[i] for i in train}
        assert apart((train, test), documents)


def test_a_sentence_is_stratified_by_its_rarest_label():
    targets = np.array([[1, 0], [1, 1], [1, 0], [0, 0]], dtype=bool)
    assert list(rarest_label(targets)) == [1, 2, 1, 0]


def sentence(source, document, text, **more):
    return LabelledSentence(f"{source}-{document}", text, (), source, document, **more)


def test_documents_that_repeat_a_sentence_are_one_group():
    shared = "We will never again let the river towns of Kandoria burn while the world looks on."
    rows = [
        sentence("sotu", "1.txt", shared),
        sentence("un", "2.txt", shared.replace("Kandoria", "Velmar") + " Never."),
        sentence("un", "3.txt", "The budget for schools was passed on Tuesday by both houses."),
        sentence("un", "2.txt", "Thank you, all, for having me in your hall tonight."),
        sentence("sotu", "3.txt", "My fellow citizens, the harvest is in and the barns are full."),
    ]
    assert list(group_alike(rows)) == [0, 0, 1, 0, 2]


@pytest.mark.parametrize(
    ("source", "speaker", "date", "name"),
    [
        ("wh-briefings", "White House", "2025-01-19", "USA Biden"),
        ("wh-briefings", "White House", "2025-01-20", "USA Trump II"),
        ("sotu", "Johnson", "1865-12-04", "USA A. Johnson"),
        ("un-general-debate", "USA", "1985-09-23", "USA Reagan"),
        ("un-general-debate", "PAN", "1991-09-25", "PAN"),
        ("archive", None, "1991-09-25", "archive"),
    ],
)
def test_governments(source, speaker, date, name):
    assert government(sentence(source, "x", "We wait.", speaker=speaker, date=date)) == name
