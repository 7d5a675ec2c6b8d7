"""The numbers of the report: what they are, how sure, and that memory does not grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from framing.errors import FramingError
from framing.report import Run, comparison_tables, report_tables
from framing.report.changes import change_points
from framing.report.measures import SCORE, measure
from framing.report.resampling import Resampler, Sums, interval, ratio
from tests.report.conftest import ACCUSING, FRAME, Statement, two_years

MakeRun = Callable[..., Path]


def test_poisson_resamples_give_the_textbook_interval_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(50, 10, 400)
    sums = Sums(1, 4000, 2)
    weights = Resampler(4000).weights(400)
    everything = np.column_stack([values, np.ones(400)])
    sums.add(np.arange(400), np.zeros(400, int), weights, everything)
    means = ratio(sums.values[0, :, 0], sums.values[0, :, 1])
    low, high = interval(means[1:])
    assert means[0] == pytest.approx(values.mean())
    assert (high - low) == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)


def test_batches_add_up_to_the_same_as_one(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch):
    with Run(make_run(two_years())) as run:
        whole = measure(run).periods.resamples(SCORE, 3)
        monkeypatch.setattr("framing.report.measures._BATCH", 7)
        parts = measure(run).periods.resamples(SCORE, 3)
    assert parts == pytest.approx(whole, nan_ok=True)


def test_figures_are_those_of_the_run(make_run: MakeRun) -> None:
    statements = [Statement(ACCUSING, score=80.0, adversaries=("Velmar",), date=date(2031, 5, 3))]
    statements += [Statement(score=20.0, date=date(2031, 5, 4))] * 5
    with Run(make_run(statements)) as run:
        tables = {name: list(rows()) for name, rows in report_tables(run).items()}
    head = {row["figure"]: row for row in tables["headline"]}
    assert head["score"]["value"] == pytest.approx(30.0)
    assert head["score"]["low"] < 30 < head["score"]["high"]
    assert head["accusing"]["value"] == pytest.approx(30.0)  # 3 of 10 sentences
    assert head["backed"]["value"] == pytest.approx(66.67)  # all but the last accuse with evidence
    assert head["backed"]["low"] is None  # one statement that accuses tells no interval
    assert head[FRAME]["value"] == pytest.approx(20.0)
    assert tables["adversaries"][0]["adversary"] == "Velmar"
    assert tables["adversaries"][0]["share_of_documents"] == pytest.approx(16.67)
    assert tables["ranking"][0]["score"] == 80.0
    assert len(tables["statements"]) == 6
    assert "Velmar shelters" in tables["passages"][0]["text"]
    assert "school" not in tables["passages"][0]["text"]


def test_repeats_are_left_out_of_figures_unless_asked_for(make_run: MakeRun) -> None:
    once = [Statement(score=10.0)] * 6
    again = [Statement(score=90.0, repeats=f"{0:016x}")] * 6
    folder = make_run([*once, *again])
    with Run(folder) as run:
        assert next(iter(report_tables(run)["headline"]()))["value"] == 10.0
    with Run(folder, repeats=True) as run:
        assert next(iter(report_tables(run)["headline"]()))["value"] == 50.0


def test_a_change_of_level_is_found_and_none_where_there_is_none(make_run: MakeRun) -> None:
    with Run(make_run(two_years(step=20))) as run:
        found = list(report_tables(run)["changes"]())
    assert [row["period"] for row in found] == ["2031-01"]
    assert found[0]["low"] < 20 < found[0]["high"]
    with Run(make_run(two_years(step=0), name="flat")) as run:
        assert list(report_tables(run)["changes"]()) == []


def test_noise_alone_gives_a_change_about_once_in_a_hundred_series() -> None:
    chance = np.random.default_rng(3)
    found = sum(bool(change_points(chance.normal(0, 1, 24), np.ones(24), n)) for n in range(40))
    assert found <= 3


def test_periods_grow_with_the_span(make_run: MakeRun) -> None:
    days = {"day": 20, "week": 120, "month": 900, "year": 20_000, "decade": 80_000}
    for grain, span in days.items():
        ends = [date(1801, 1, 31), date.fromordinal(date(1801, 1, 31).toordinal() + span)]
        with Run(make_run([Statement(date=end) for end in ends], name=grain)) as run:
            calendar = run.calendar()
            assert calendar.grain == grain
            counts = [row["documents"] for row in report_tables(run)["over_time"]()]
        assert counts[0] == counts[-1] == 1 and sum(counts) == 2


def test_groups_by_source_speaker_and_time(make_run: MakeRun) -> None:
    with Run(make_run(two_years())) as run:
        tables = report_tables(run)
        sources = {row["source"]: row for row in tables["sources"]()}
        over_time = list(tables["sources_over_time"]())
        assert list(tables["speakers"]()) == []
    assert sources["Ministry of Defence"]["documents"] == 72
    assert len(over_time) == 2 * 24
    assert all(row["documents"] == 3 for row in over_time)


def test_an_older_run_without_the_new_columns(make_run: MakeRun) -> None:
    new = ["adversaries", "passage_start", "passage_end", "passage_text", "bands", "profile"]
    folder = make_run([Statement(ACCUSING, score=70.0)] * 3, without=new)
    with Run(folder) as run:
        tables = report_tables(run)
        assert list(tables["adversaries"]()) == []
        passage = next(iter(tables["passages"]()))
        assert "On 3 May" in passage["text"]


def test_a_codebook_of_other_labels_without_roles(make_run: MakeRun) -> None:
    folder = make_run(
        [Statement((("One.", ("praise",)), ("Two.", ())), score=None)] * 6,
        labels=("praise", "blame"),
    )
    with Run(folder) as run:
        assert [row["figure"] for row in report_tables(run)["headline"]()] == ["praise", "blame"]


def test_what_is_no_finished_run_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    with pytest.raises(FramingError, match="no run folder"):
        Run(tmp_path)
    folder = make_run([Statement()])
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"complete"', '"running"'))
    with pytest.raises(FramingError, match="not complete"):
        Run(folder)
    (folder / "run.json").write_text(text.replace('"documents": 1', '"documents": "<b>"'))
    with pytest.raises(FramingError, match="what was counted"):
        Run(folder)
    (folder / "run.json").write_text(text)
    (folder / "documents" / "part-00000.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.raises(FramingError, match="cannot be read"):
        Run(folder)


def test_a_comparison_tells_a_difference_from_chance(make_run: MakeRun) -> None:
    one, other = make_run(two_years(0), name="a"), make_run(two_years(0), name="b")
    higher = make_run(two_years(20), name="c")
    with Run(one) as a, Run(other) as b, Run(higher) as c:
        same = {row["figure"]: row for row in comparison_tables((a, b))["differences"]()}
        apart = {row["figure"]: row for row in comparison_tables((a, c))["differences"]()}
        times = list(comparison_tables((a, c))["over_time"]())
    assert not same["score"]["beyond_zero"] and same["score"]["difference"] == 0
    assert apart["score"]["beyond_zero"]
    assert apart["score"]["difference_low"] < 10 < apart["score"]["difference_high"]
    assert {row["run"] for row in times} == {"a", "c"}


def test_runs_of_other_labels_are_not_compared(make_run: MakeRun) -> None:
    one = make_run([Statement()], name="a")
    other = make_run([Statement((("One.", ()),))], name="b", labels=("praise",))
    with Run(one) as a, Run(other) as b, pytest.raises(FramingError, match="different labels"):
        comparison_tables((a, b))
