from framing.corpus.stats import count, records


def test_counts_by_part_source_and_period(planted):
    rows = {(r["table"], r["value"]): r for r in records(count(planted.folder), ["call_to_force"])}
    assert rows["part", "authored"] == {
        "table": "part",
        "value": "authored",
        "sentences": 3,
        "documents": 2,  # a contrast pair counts as one
        "unlabelled": 1,
        "call_to_force": 1,
    }
    assert rows["source", "un-general-debate"]["sentences"] == 2
    assert rows["period", "2020s"]["unlabelled"] == 1
    assert rows["contrast", "pair"]["sentences"] == 2


def test_one_part_only(planted):
    assert {t.name for t in count(planted.folder, "real")} >= {"source", "stratum"}
    assert "theme" not in {t.name for t in count(planted.folder, "real")}
