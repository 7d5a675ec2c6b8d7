"""Labelled sentences with their text, as files that other tools read."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, REAL, LabelledSentence
from framing.errors import CorpusError

FORMATS = ("parquet", "csv", "jsonl", "hub")
TEXT = "text"
CARD = "README.md"
_FEATURES = ("id", "text", "labels", "source", "document", "date", "speaker", "stratum")


def export(
    sentences: Sequence[LabelledSentence],
    codebook: Codebook,
    out: Path,
    form: str,
    card: Path | None = None,
) -> None:
    """Write sentences to ``out`` in one of ``FORMATS``.

    ``parquet`` and ``jsonl`` keep every field; ``csv`` has one 0/1 column a label beside them;
    ``hub`` makes a folder that ``datasets.load_dataset`` and the hub understand, with the dataset
    card ``card``. A file that is there is replaced at once, when the new one is complete; a folder
    with other things in it is an error.
    """
    if form == "hub":
        _hub(sentences, codebook, out, card)
    elif form == "parquet":
        _table(out, [asdict(s) | {"labels": list(s.labels)} for s in sentences])
    elif form == "csv":
        _csv(out, sentences, codebook)
    elif form == "jsonl":
        with _replacing(out) as path, path.open("w", encoding="utf-8") as file:
            for sentence in sentences:
                kept = {k: v for k, v in asdict(sentence).items() if v is not None}
                file.write(json.dumps(kept, ensure_ascii=False) + "\n")
    else:
        raise CorpusError(f"no format {form!r}; there are {', '.join(FORMATS)}")


def put_text(sentences: Iterable[LabelledSentence], codebook: Codebook, folder: Path) -> list[Path]:
    """Write ``folder/text/authored.parquet`` and ``real.parquet``, which ``datasets`` loads.

    The types of the columns stand in the files and in the head of ``folder/README.md``.
    """
    return _parts(sentences, codebook, folder / TEXT)


def card_head(codebook: Codebook, folder: str = TEXT) -> str:
    """The YAML head of a dataset card: configurations ``all``, ``authored``, ``real``."""
    import yaml

    features = _features(codebook)._to_yaml_list()
    names = ("all", AUTHORED, REAL)
    head = {
        "pretty_name": "Framing: sentences of governments labelled for casus-belli framing",
        "language": ["en"],
        "license": "mit",
        "task_categories": ["text-classification"],
        "task_ids": ["multi-label-classification"],
        "size_categories": ["10K<n<100K"],
        "configs": [
            {
                "config_name": name,
                **({"default": True} if name == "all" else {}),
                "data_files": [{"split": "train", "path": f"{folder}/{_pattern(name)}.parquet"}],
            }
            for name in names
        ],
        "dataset_info": [{"config_name": name, "features": features} for name in names],
    }

    class Dumper(yaml.SafeDumper):
        """Writes the same list of features three times instead of pointing at the first."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    return f"---\n{yaml.dump(head, Dumper=Dumper, sort_keys=False, width=100)}---\n"


def without_head(card: str) -> str:
    """The text of a dataset card below its YAML head."""
    if not card.startswith("---\n"):
        return card
    return card.partition("\n---\n")[2]


def _pattern(name: str) -> str:
    return "*" if name == "all" else name


def _features(codebook: Codebook) -> Any:
    from datasets import ClassLabel, Features, Sequence, Value

    kinds = {name: Value("string") for name in _FEATURES}
    return Features({**kinds, "labels": Sequence(ClassLabel(names=list(codebook.names)))})


def _parts(sentences: Iterable[LabelledSentence], codebook: Codebook, folder: Path) -> list[Path]:
    number = {name: k for k, name in enumerate(codebook.names)}
    rows: dict[str, list[dict[str, Any]]] = {AUTHORED: [], REAL: []}
    for sentence in sentences:
        row = {name: getattr(sentence, name) for name in _FEATURES}
        try:
            row["labels"] = [number[label] for label in sentence.labels]
        except KeyError as error:
            raise CorpusError(f"{sentence.id}: no label {error} in {codebook.name!r}") from error
        rows[AUTHORED if sentence.source == AUTHORED else REAL].append(row)
    schema = _features(codebook).arrow_schema
    paths = []
    for part, found in rows.items():
        path = folder / f"{part}.parquet"
        if found:
            _table(path, found, schema)
            paths.append(path)
        else:
            path.unlink(missing_ok=True)
    return paths


def _hub(
    sentences: Sequence[LabelledSentence], codebook: Codebook, out: Path, card: Path | None
) -> None:
    ours = {CARD, "data"}
    if out.exists() and (not out.is_dir() or {p.name for p in out.iterdir()} - ours):
        raise CorpusError(f"{out}: holds other things; give a new or an empty folder")
    _parts(sentences, codebook, out / "data")
    body = without_head(card.read_text(encoding="utf-8")) if card and card.is_file() else ""
    (out / CARD).write_text(card_head(codebook, "data") + body, encoding="utf-8")


def _csv(out: Path, sentences: Sequence[LabelledSentence], codebook: Codebook) -> None:
    names = [field.name for field in fields(LabelledSentence)]
    with _replacing(out) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*names, *codebook.names], lineterminator="\n")
        writer.writeheader()
        for sentence in sentences:
            flags = {name: int(name in sentence.labels) for name in codebook.names}
            writer.writerow({**asdict(sentence), "labels": " ".join(sentence.labels), **flags})


def _table(out: Path, rows: list[dict[str, Any]], schema: Any = None) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if schema is None:
        kinds = {f.name: pa.string() for f in fields(LabelledSentence)}
        schema = pa.schema({**kinds, "labels": pa.list_(pa.string())})
    with _replacing(out) as path:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A temporary path beside ``out`` that takes its place when all went well."""
    if out.is_dir():
        raise CorpusError(f"{out}: is a folder; give the name of a file")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
    except OSError as error:
        raise CorpusError(f"{out}: cannot be written ({error.strerror})") from error
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o644)
        scratch.replace(out)
    finally:
        scratch.unlink(missing_ok=True)
