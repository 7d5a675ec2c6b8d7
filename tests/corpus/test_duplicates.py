import random

from framing.corpus.duplicates import pairs_between, pairs_within, shingles, similarity

FRAME = "We know that {} has hidden its {} in the hills above {} since the spring of {}."


def test_other_names_in_one_frame_are_a_near_duplicate():
    texts = [
        FRAME.format("Kandoria", "launchers", "Orlo", 1998),
        FRAME.format("the Republic of Velmar", "launchers", "Port Sarko", 2014),
        "Nobody in the hills above Orlo has seen a launcher since the spring.",
    ]
    assert [(i, j) for i, j, _ in pairs_within(texts)] == [(0, 1)]


def test_headings_made_of_names_are_not_alike():
    assert not list(pairs_within(["Visit of Count Orlo", "Visit of Regent Maltheim to Velmar"]))


def test_the_filter_loses_no_pair():
    """Every pair that comparing all with all finds, and no other."""
    rng = random.Random(1)
    words = ["we", "ask", "the", "house", "to", "wait", "while", "fleets", "sail", "at", "dawn"]
    texts = [" ".join(rng.choices(words, k=rng.randint(6, 12))) for _ in range(80)]
    texts += [text + " again" for text in texts[:40]]
    sets = [shingles(text) for text in texts]
    n = len(texts)
    for threshold in (0.3, 0.5, 0.8):
        all_pairs = {
            (i, j) for j in range(n) for i in range(j) if similarity(sets[i], sets[j]) >= threshold
        }
        assert len(all_pairs) > 10
        assert {(i, j) for i, j, _ in pairs_within(texts, threshold)} == all_pairs
        between = {(i, j) for i, j, _ in pairs_between(texts, texts, threshold)}
        assert {(i, j) for i, j in between if i < j} == all_pairs
