"""Files of many records: JSON Lines, JSON, CSV, Parquet, folders written by ``datasets``."""

from __future__ import annotations

from pathlib import Path


def is_dataset(path: Path) -> bool:
    """Whether ``path`` is a folder that ``datasets`` saved."""
    return (path / "dataset_dict.json").is_file() or (
        (path / "dataset_info.json").is_file() and (path / "state.json").is_file()
    )
