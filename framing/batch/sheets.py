"""The tables of a finished run as CSV files, for spreadsheets."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from framing.batch.files import Layout, disk_faults, write_whole
from framing.cells import harmless

_ROWS = 10_000


def write_sheets(folder: str | Path) -> list[Path]:
    """Write ``documents.csv`` and ``sentences.csv`` beside the Parquet of a complete run.

    UTF-8 with a mark, which is what spreadsheets expect; cells that a spreadsheet would run as
    formulas start with an apostrophe; lists are parted by spaces, lists of pairs by semicolons.
    """
    layout = Layout(folder)
    written = []
    with disk_faults(folder):
        layout.scratch.mkdir(parents=True, exist_ok=True)
        for name in ("documents", "sentences"):
            parts = sorted((layout.folder / name).glob("part-*.parquet"))
            written.append(layout.folder / f"{name}.csv")
            write_whole(written[-1], layout.scratch, partial(_write, parts))
    layout.close()
    return written


def _write(parts: list[Path], file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for number, part in enumerate(parts):
        parquet = pq.ParquetFile(part)
        if not number:
            writer.writerow(parquet.schema_arrow.names)
        for batch in parquet.iter_batches(_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return _many(value)
    return value


def _many(values: list[Any]) -> str:
    if values and isinstance(values[0], dict):  # such as "Iran 3; Hamas 1"
        return "; ".join(" ".join(map(str, one.values())) for one in values)
    return " ".join(str(_cell(value)) for value in values)
