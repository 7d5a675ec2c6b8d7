from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq

from framing.batch.duplicates import first_occurrences, signature
from tests.batch.conftest import statement


def first_of(*texts: str) -> list[int]:
    return first_occurrences(np.array([signature(text) for text in texts])).tolist()


def long_text(number: int) -> str:
    """300 words, few of which two numbers share."""
    chance = np.random.default_rng(number)
    return " ".join(f"w{word}" for word in chance.integers(0, 5000, 300))


def test_case_spacing_and_marks_do_not_matter():
    assert first_of("We act  now.", "Other words here.", "WE ACT, now!") == [-1, -1, 0]


def test_a_reissue_with_a_few_words_changed_is_found():
    text = long_text(1)
    words = text.split()
    changed = " ".join([*words[:100], "corrected", *words[101:], "reissued", "today"])
    assert first_of(long_text(2), text, long_text(3), changed) == [-1, -1, -1, 1]


def test_half_a_text_in_common_is_no_duplicate():
    left, right = long_text(1).split(), long_text(2).split()
    assert first_of(" ".join(left), " ".join(left[:150] + right[150:])) == [-1, -1]


def test_short_texts_must_be_equal():
    assert first_of("The minister met the press today.", "The minister met the press.") == [-1, -1]


def test_every_repetition_points_to_the_first_of_all():
    text = long_text(4)
    again = text + " once more"
    assert first_of(text, again, text.upper(), again, again + " and more") == [-1, 0, 0, 0, 0]


def test_a_large_archive_of_different_texts_has_none_and_its_copy_has_all():
    texts = [long_text(n) for n in range(300)]
    assert first_of(*texts, *texts) == [-1] * 300 + list(range(300))


def test_no_text_at_all():
    assert len(first_occurrences(np.zeros((0, 66), np.uint32))) == 0


def test_agreement_of_minima_estimates_the_share_of_common_triples():
    words = long_text(5).split()
    shares = []
    for cut in (30, 75, 150):
        other = words[cut:] + long_text(cut + 1000).split()[:cut]
        left, right = signature(" ".join(words)), signature(" ".join(other))
        common = 300 - cut - 2
        shares.append((left[2:] == right[2:]).mean() - common / (2 * 298 - common))
    assert np.abs(shares).max() < 0.2


def test_duplicates_are_marked_in_the_run_not_dropped(tmp_path, score):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, number in (("a", 1), ("b", 2), ("c", 1), ("d", 3), ("e", 2)):
        (folder / f"{name}.txt").write_text(statement(number))
    (folder / "f.txt").write_text(statement(3, 40) + " Reissued on Monday.")
    (folder / "g.txt").write_text(statement(3, 40))
    out, summary = score(folder, part_size=2)
    rows = pq.read_table(out / "documents").to_pylist()
    ids = [row["id"] for row in rows]
    marked = [row["duplicate_of"] for row in rows]
    assert marked == [None, None, ids[0], None, ids[1], None, ids[5]]
    assert len(set(ids)) == 7 and summary.duplicates == 3
