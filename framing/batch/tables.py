"""The columns of a run: one row a document, one row a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.batch.files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa

    from framing.casus_belli import DocumentScore


class Tables:
    """Collects scored statements column by column, which costs less than rows of objects."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        documents, sentences = document_schema(labels), sentence_schema(labels)
        self._schemas = documents, sentences
        self._documents: dict[str, list[Any]] = {name: [] for name in documents.names}
        self._sentences: dict[str, list[Any]] = {name: [] for name in sentences.names}

    def add(self, result: DocumentScore) -> None:
        """Take up one statement and its sentences."""
        document, evidence = result.document, result.evidence
        low, high = result.interval or (None, None)
        row = {
            "id": document.id,
            "path": clean(document.path),
            "position": document.position,
            "title": clean(document.title),
            "date": _date(document.date),
            "source": clean(document.source),
            "url": clean(document.url),
            "speaker": clean(document.speaker),
            "n_characters": len(document.text),
            "n_sentences": len(result.sentences),
            "casus_belli": result.casus_belli,
            "low": low,
            "high": high,
            "band": result.band,
            "bands": list(result.bands.values()) or None,
            "accusing": evidence.accusing if evidence else None,
            "backed": evidence.backed if evidence else None,
            "unbacked": list(evidence.unbacked) if evidence else None,
            "adversaries": [{"name": n, "count": count} for n, count in result.adversaries],
            **_passage(result),
            "profile": list(result.profile),
            **{f"share_{name}": share for name, share in result.shares().items()},
        }
        for name, values in self._documents.items():
            values.append(row[name])
        self._add_sentences(result, row["id"])

    def _add_sentences(self, result: DocumentScore, document: Any) -> None:
        columns, scored = self._sentences, result.sentences
        columns["document"].extend([document] * len(scored))
        columns["sentence"].extend(range(len(scored)))
        columns["start"].extend(s.start for s in scored)
        columns["end"].extend(s.end for s in scored)
        columns["text"].extend(clean(s.text) for s in scored)
        columns["labels"].extend(list(s.labels) for s in scored)
        columns["points"].extend(result.contributions)
        for name in self.labels:
            columns[f"p_{name}"].extend(s.probabilities[name] for s in scored)

    def arrow(self) -> tuple[pa.Table, pa.Table]:
        """The documents and the sentences."""
        import pyarrow as pa

        documents, sentences = self._schemas
        return (
            pa.table(self._documents, schema=documents),
            pa.table(self._sentences, schema=sentences),
        )


def document_schema(labels: Sequence[str]) -> pa.Schema:
    """Columns of ``documents/`` but for ``duplicate_of``, which is known at the very end."""
    import pyarrow as pa

    return pa.schema(
        [
            ("id", pa.string()),
            ("path", pa.string()),
            ("position", pa.int64()),
            ("title", pa.string()),
            ("date", pa.date32()),
            ("source", pa.string()),
            ("url", pa.string()),
            ("speaker", pa.string()),
            ("n_characters", pa.int32()),
            ("n_sentences", pa.int32()),
            ("casus_belli", pa.float32()),
            ("low", pa.float32()),
            ("high", pa.float32()),
            ("band", pa.int8()),
            ("bands", pa.list_(pa.float32())),
            ("accusing", pa.int32()),
            ("backed", pa.int32()),
            ("unbacked", pa.list_(pa.int32())),
            ("adversaries", pa.list_(pa.struct([("name", pa.string()), ("count", pa.int32())]))),
            ("passage_start", pa.int32()),
            ("passage_end", pa.int32()),
            ("passage_text", pa.string()),
            ("profile", pa.list_(pa.float32())),
            *((f"share_{name}", pa.float32()) for name in labels),
        ]
    )


def sentence_schema(labels: Sequence[str]) -> pa.Schema:
    """Columns of ``sentences/``; ``start`` and ``end`` count characters of the document's text."""
    import pyarrow as pa

    return pa.schema(
        [
            ("document", pa.string()),
            ("sentence", pa.int32()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("text", pa.string()),
            ("labels", pa.list_(pa.string())),
            ("points", pa.float32()),
            *((f"p_{name}", pa.float32()) for name in labels),
        ]
    )


def _passage(result: DocumentScore) -> dict[str, Any]:
    """Where the strongest passage stands in the text, and its words."""
    if result.passage is None:
        return dict.fromkeys(("passage_start", "passage_end", "passage_text"))
    first, last = (result.sentences[i] for i in result.passage)
    return {
        "passage_start": first.start,
        "passage_end": last.end,
        "passage_text": clean(result.quote()),
    }


def write_table(table: pa.Table, path: Path, scratch: Path) -> None:
    """Write Parquet that is the same bytes for the same table."""
    import pyarrow.parquet as pq

    write_whole(path, scratch, lambda file: pq.write_table(table, file, compression="zstd"))


def clean(text: str | None) -> str | None:
    """Text that UTF-8 can hold: half of a surrogate pair, as broken JSON gives, becomes ``?``."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
