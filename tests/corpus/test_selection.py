import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.corpus.selection import Candidate, Shares, read, select, write_batches
from framing.errors import CorpusError

LABELS = ("force", "counter", "drugs", "weapons")
HALF = np.full(4, 0.5)
NOUNS = [
    "harvest",
    "harbour",
    "militia",
    "treaty",
    "border",
    "reactor",
    "poppy",
    "convoy",
    "school",
]
VERBS = ["burned", "guarded", "sold", "rebuilt", "mined", "left", "named", "counted", "feared"]


def pool(n=400, per_document=8):
    rng = np.random.default_rng(7)

    def text(i):
        a, b, c, d = (rng.choice(NOUNS) for _ in range(4))
        u, v, w = (rng.choice(VERBS) for _ in range(3))
        return f"case{i} {a} {u} our {b} and {v} their {c} until someone{i} {w} a {d}"

    return [Candidate(f"c{i}", text(i), "un", f"d{i // per_document}") for i in range(n)]


def chances(n=400, seed=1):
    return np.random.default_rng(seed).random((n, 4)).astype(np.float32)


def test_the_same_seed_chooses_the_same_and_another_seed_others():
    def run(seed):
        return select(pool(), LABELS, chances(), HALF, 60, other=chances(seed=2), seed=seed)

    assert run(1) == run(1)
    assert {c.id for c in run(1)} != {c.id for c in run(2)}


def test_each_reason_has_its_share():
    chosen = select(pool(), LABELS, chances(), HALF, 100, other=chances(seed=2))
    strata = Counter(c.stratum.split("-")[0] for c in chosen)
    assert strata == {"random": 20, "uncertain": 40, "differ": 20, "rare": 20}


def test_without_a_second_model_its_share_goes_to_uncertainty():
    chosen = select(pool(), LABELS, chances(), HALF, 100)
    strata = Counter(c.stratum.split("-")[0] for c in chosen)
    assert strata == {"random": 20, "uncertain": 60, "rare": 20}


def test_the_uncertain_are_near_the_threshold_and_the_rare_are_likely():
    candidates, p = pool(per_document=1), chances()
    thresholds = np.array([0.2, 0.5, 0.5, 0.8])
    counts = {"force": 900, "counter": 800, "drugs": 5, "weapons": 700}
    chosen = select(candidates, LABELS, p, thresholds, 40, counts=counts)
    for c in chosen:
        reason, _, label = c.stratum.partition("-")
        row = p[int(c.id[1:])]
        if reason == "uncertain":
            k = LABELS.index(label)
            assert abs(row[k] - thresholds[k]) < 0.1
        if reason == "rare":
            assert label in ("drugs", "weapons") and row[LABELS.index(label)] > 0.8


@given(st.integers(1, 120), st.integers(1, 4), st.integers(1, 12), st.integers(0, 5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_limits_hold(size, per_document, sentences, seed, two):
    candidates = pool(200, sentences)
    other = chances(200, 2) if two else None
    chosen = select(
        candidates, LABELS, chances(200), HALF, size,
        other=other, per_document=per_document, seed=seed,
    )  # fmt: skip
    assert len(chosen) <= size and len({c.id for c in chosen}) == len(chosen)
    assert max(Counter(c.document for c in chosen).values()) <= per_document
    assert all(c.stratum for c in chosen)
    possible = sum(min(per_document, n) for n in Counter(c.document for c in candidates).values())
    if possible >= 2 * size:
        assert len(chosen) == size


def test_near_duplicates_are_chosen_once():
    notice = "We continue for one year the national emergency with respect to {} declared in {}."
    same = [
        Candidate(f"n{i}", notice.format(name, 1990 + i), "wh", f"n{i}")
        for i, name in enumerate(["Kandoria", "Velmar", "Ostravia", "Tamoria", "Sarkovia"])
    ]
    candidates = [*pool(40, 1), *same]
    p = np.full((45, 4), 0.01)
    p[40:] = 0.5  # the model is unsure of the notices only; one of them is drawn at random
    p[0] = 0.4
    chosen = select(candidates, LABELS, p, HALF, 10, shares=Shares(0.9, 0, 0, 0.1), seed=3)
    assert sum(c.id.startswith("n") for c in chosen) == 1
    assert len(chosen) == 10


@pytest.mark.parametrize("parts", [(0.5, 0.3, 0.2, 0.0), (0.5, 0.5, 0.5, 0.5), (1.2, -0.4, 0, 0.2)])
def test_shares_sum_to_one_and_keep_a_random_part(parts):
    with pytest.raises(CorpusError):
        Shares(*parts)


def test_parquet_and_jsonl_are_read_alike(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"id": f"s{i}", "source": "wh:remarks", "doc": f"d{i}", "date": None, "text": f"We {i}."}
        for i in range(9)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "s.parquet")
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    one = read(tmp_path / "s.parquet", known=["s3"])
    assert one == read(tmp_path / "s.jsonl", known=["s3"])
    assert len(one) == 8 and one[0] == Candidate("s0", "We 0.", "wh-briefings", "d0")
    assert len(read(tmp_path / "s.jsonl", pool=4)) == 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.parquet", "not parquet", "cannot be read as Parquet"),
        ("a.jsonl", '{"id": "x", "text": "We wait."}\n', "record 1: lacks source, document"),
    ],
)
def test_other_files_are_an_error(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(CorpusError, match=message):
        read(tmp_path / name)


def test_batches_show_no_model_output_and_are_not_overwritten(tmp_path):
    chosen = select(pool(), LABELS, chances(), HALF, 70)
    paths = write_batches(tmp_path / "out", chosen, 30)
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    assert [len(p.read_text().splitlines()) for p in paths] == [30, 30, 10]
    assert set(rows[0]) == {"id", "text", "source", "document", "stratum", "batch"}
    assert [r["batch"] for r in rows] == [1] * 30 + [2] * 30 + [3] * 10
    with pytest.raises(CorpusError, match="batches already"):
        write_batches(tmp_path / "out", chosen, 30)
