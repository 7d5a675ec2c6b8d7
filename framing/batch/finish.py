"""When all parts are scored: mark duplicates, gather errors, count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, takewhile
from typing import Any, BinaryIO

import numpy as np

from framing.batch.duplicates import first_occurrences, stack
from framing.batch.files import Layout, write_whole
from framing.batch.plan import Plan
from framing.batch.tables import write_table


def finish(plan: Plan, layout: Layout) -> dict[str, int]:
    """Write ``documents/`` and ``errors.jsonl`` from the scored parts; return the counts.

    May be stopped and repeated: what it reads stays until the run is complete.
    """
    import pyarrow.parquet as pq

    parts = list(takewhile(lambda n: layout.scored(n).exists(), count()))
    errors = _gather_errors(layout, parts)
    signatures = stack([layout.signatures(n) for n in parts], layout.scratch / "signatures")
    first = first_occurrences(signatures)
    ids = _ids(layout, parts, first)
    sentences = start = 0
    for part in parts:
        table = pq.read_table(layout.scored(part))
        repeats = [ids.get(int(i)) for i in first[start : start + len(table)]]
        start += len(table)
        write_table(_with_duplicates(table, repeats), layout.documents(part), layout.scratch)
        sentences += pq.read_metadata(layout.sentences(part)).num_rows
    return {
        "documents": start,
        "sentences": sentences,
        "errors": errors,
        "duplicates": int((first >= 0).sum()),
        "parts": len(parts),
    }


def _with_duplicates(table: Any, repeats: list[str | None]) -> Any:
    import pyarrow as pa

    return table.append_column("duplicate_of", pa.array(repeats, pa.string()))


def _ids(layout: Layout, parts: list[int], first: Any) -> dict[int, str]:
    """The ids of those documents that others repeat, by their place in the run."""
    import pyarrow.parquet as pq

    wanted = np.unique(first[first >= 0])
    found: dict[int, str] = {}
    start = 0
    for part in parts:
        column = pq.read_table(layout.scored(part), columns=["id"])["id"]
        inside = wanted[(wanted >= start) & (wanted < start + len(column))]
        found.update((int(i), column[int(i) - start].as_py()) for i in inside)
        start += len(column)
    return found


def _gather_errors(layout: Layout, parts: list[int]) -> int:
    total = 0

    def lines() -> Iterator[bytes]:
        for part in parts:
            with layout.part_errors(part).open("rb") as file:
                yield from file

    def write(file: BinaryIO) -> None:
        nonlocal total
        for line in lines():
            json.loads(line)  # a damaged line must not pass as an error of the input
            file.write(line)
            total += 1

    write_whole(layout.errors, layout.scratch, write)
    return total
