"""What the report room offers: files on disk, and the same figures as tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from framing.errors import FramingError
from framing.report import tables
from framing.report.html import need_libraries
from framing.report.measures import measure
from framing.report.runs import Run

Row = dict[str, Any]
Tables = dict[str, Callable[[], Iterable[Row]]]
Step = Callable[[str], None]

LISTED = 10_000  # statements in the table of the page


def write_report(
    run: Run,
    out: str | Path,
    *,
    title: str | None = None,
    listed: int = LISTED,
    on_step: Step = lambda what: None,
) -> Path:
    """Write the page of ``run`` to ``out``, whole or not at all, and return its path.

    Raises ``FramingError`` when a library is missing or the file cannot be written.
    """
    need_libraries()
    from framing.report.page import run_page

    return _write(out, run_page(run, title, listed, on_step))


def write_comparison(
    runs: tuple[Run, Run],
    out: str | Path,
    *,
    names: tuple[str, str] | None = None,
    title: str | None = None,
    on_step: Step = lambda what: None,
) -> Path:
    """Write the page that sets two runs side by side; raises as ``write_report`` does."""
    need_libraries()
    from framing.report.versus import comparison_page

    return _write(out, comparison_page(runs, names, title, on_step))


def report_tables(run: Run) -> Tables:
    """The tables of a run's report by name; each is made when it is asked for."""
    from framing.report.passages import examples, passages
    from framing.report.statements import ranking, statements

    measures = measure(run)

    def said() -> Iterator[Row]:
        for row in passages(run, ranking(run, 100), 100):
            yield {
                **row,
                "text": " ".join(one["text"] for one in row["sentences"] if one["inside"]),
            }

    return {
        "headline": lambda: tables.headline(measures, run.codebook),
        "over_time": lambda: tables.over_time(measures),
        "changes": lambda: tables.changes(measures),
        "labels_over_time": lambda: tables.flat(tables.labels_over_time(measures), "label"),
        "evidence_over_time": lambda: tables.evidence_over_time(measures),
        "sources": lambda: tables.by_group(measures, "source"),
        "speakers": lambda: tables.by_group(measures, "speaker"),
        "adversaries": lambda: tables.by_group(measures, "adversary"),
        **{
            f"{name}_over_time": _over_time(measures, kind)
            for kind, name in (
                ("source", "sources"),
                ("speaker", "speakers"),
                ("adversary", "adversaries"),
            )
        },
        "ranking": lambda: ranking(run, 100),
        "passages": said,
        "sentences": lambda: tables.flat(examples(run, 20), "label"),
        "statements": lambda: statements(run, 1 << 62),
        "quality": lambda: tables.quality(run.manifest["model"]),
    }


def comparison_tables(runs: tuple[Run, Run], names: tuple[str, str] | None = None) -> Tables:
    """The tables of a comparison by name."""
    from framing.report.comparison import compare

    compared = compare(runs, names)
    return {
        "differences": lambda: compared.differences,
        "over_time": lambda: tables.flat(compared.over_time, "run"),
        "adversaries": lambda: compared.adversaries,
        "distribution": lambda: compared.distribution,
    }


def _over_time(measures: Any, kind: str) -> Callable[[], Iterable[Row]]:
    return lambda: tables.flat(tables.by_group_over_time(measures, kind), kind)


def _write(out: str | Path, pieces: Iterator[str]) -> Path:
    """Write under a temporary name beside ``out``, then rename."""
    path = Path(out)
    if path.is_dir():
        raise FramingError(f"{path}: is a folder; give the name of a file to --out")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            for piece in pieces:
                file.write(piece)
        temporary.replace(path)
    except OSError as error:
        raise FramingError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
