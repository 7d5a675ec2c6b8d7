"""One chunk becomes one part: read, split, score, write. Runs in a worker process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.batch.chunks import Chunk, read_input
from framing.batch.duplicates import WIDTH, signature
from framing.batch.files import Layout, write_whole
from framing.batch.plan import Input, Options, Plan
from framing.batch.tables import Tables, write_table
from framing.codebook import Codebook
from framing.documents import Document, Sentence
from framing.errors import ModelError, ReadError

if TYPE_CHECKING:
    from framing.casus_belli import DocumentScore
    from framing.classifiers.base import SentenceClassifier

# Longer than eight novels is no statement, and would cost memory in proportion.
_LONGEST = 5_000_000
_TOGETHER = 2_000  # sentences the model is given at once

_Split = tuple[Document, list[Sentence]]


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker must know beside the chunk."""

    out: str
    model_name: str
    model_folder: str
    model_digest: str
    codebook: Codebook
    options: Options

    @classmethod
    def of(cls, plan: Plan) -> Job:
        """The job of a plan, without the list of its inputs."""
        return cls(
            str(Path(plan.out).resolve()),
            plan.model_name,
            plan.model_folder,
            plan.model_digest,
            plan.codebook,
            plan.options,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is on disk."""

    number: int
    documents: int
    errors: int


def score_chunk(chunk: Chunk, job: Job) -> Done:
    """Score one chunk and write its part; what cannot be scored is a line of the part's errors.

    One thread does it: so sums are added up in one order, however many workers there are.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    errors: list[ReadError] = []
    tables = Tables(job.codebook.names)
    signatures = []
    with threadpool_limits(1):
        for result in score_documents(documents_of(chunk, job.options, errors), job, errors):
            tables.add(result)
            signatures.append(signature(result.document.text))
    layout = Layout(job.out)
    documents, sentences = tables.arrow()
    lines = "".join(json.dumps(error_row(e), ensure_ascii=False) + "\n" for e in errors)
    stack = np.array(signatures, np.uint32).reshape(-1, WIDTH)
    scratch = layout.scratch
    write_table(sentences, layout.sentences(chunk.number), scratch)
    write_whole(
        layout.part_errors(chunk.number),
        scratch,
        lambda file: file.write(lines.encode("utf-8", "replace")),
    )
    write_whole(layout.signatures(chunk.number), scratch, lambda file: np.save(file, stack))
    write_table(documents, layout.scored(chunk.number), scratch)  # last: now the part is done
    return Done(chunk.number, len(signatures), len(errors))


def score_documents(
    documents: Iterable[_Split], job: Job, errors: list[ReadError]
) -> Iterator[DocumentScore]:
    """Score split documents in their order; one that cannot be scored goes to ``errors``."""
    model = _model(job.model_folder, job.model_name, job.model_digest)
    held: list[_Split] = []
    waiting = 0
    for document, sentences in documents:
        held.append((document, sentences))
        waiting += len(sentences)
        if waiting >= _TOGETHER:
            yield from _score(held, model, job.codebook, errors)
            held, waiting = [], 0
    yield from _score(held, model, job.codebook, errors)


def error_row(error: ReadError) -> dict[str, Any]:
    """A line of ``errors.jsonl``."""
    return {
        "path": error.where,
        "position": error.position,
        "reason": " ".join(error.reason.split()),
    }


@lru_cache(maxsize=1)
def _model(place: str, name: str, digest: str) -> SentenceClassifier:
    """The model, loaded once a process and set to one thread.

    On another machine a shipped model is in another folder; the digest says that it is the same.
    """
    from framing.classifiers import store
    from framing.models import locate

    folder = Path(place) if Path(place).is_dir() else locate(name)
    if store.read_manifest(folder)["digest"] != digest:
        raise ModelError(f"{folder}: is not the model, or not the version of it, of this run")
    model = store.load(folder)
    names = (name for name in model.get_params() if name.split("__")[-1] == "threads")
    return model.set_params(**dict.fromkeys(names, 1))


def _score(
    held: list[_Split], model: SentenceClassifier, book: Codebook, errors: list[ReadError]
) -> Iterator[DocumentScore]:
    try:
        results = _scores(held, model, book)
    except Exception as error:
        if len(held) == 1:
            errors.append(_fault(held[0][0], "scored", error))
            return
        for one in held:  # one of them is at fault; find out which
            yield from _score([one], model, book, errors)
        return
    yield from results


def _scores(held: list[_Split], model: SentenceClassifier, book: Codebook) -> list[DocumentScore]:
    from framing.casus_belli import score_document

    probabilities = model.predict_proba([s.text for _, sentences in held for s in sentences])
    results, start = [], 0
    for document, sentences in held:
        rows = probabilities[start : start + len(sentences)]
        start += len(sentences)
        results.append(score_document(document, sentences, rows, model.thresholds, book))
    return results


def documents_of(chunk: Chunk, options: Options, errors: list[ReadError]) -> Iterator[_Split]:
    """The documents of a chunk that can be scored, with their sentences."""
    for entry in chunk.entries:
        for one in read_input(entry, options) if isinstance(entry, Input) else [entry]:
            found = one if isinstance(one, ReadError) else _split(one, options.language)
            if isinstance(found, ReadError):
                errors.append(found)
            else:
                yield found


def _split(document: Document, language: str) -> _Split | ReadError:
    """A document and its sentences, or why it is not scored."""
    if len(document.text) > _LONGEST:
        return _error(document, f"longer than {_LONGEST:,} characters; no one statement: split it")
    try:
        if language == "en":
            from framing.documents.language import assess

            verdict = assess(document)
            if not verdict.scoreable:
                return _error(document, f"{verdict.reason}; --language any scores it anyway")
        sentences = document.sentences()
    except Exception as error:  # a text so strange that it trips a library costs only itself
        return _fault(document, "split", error)
    return (document, sentences) if sentences else _error(document, "holds no sentence")


def _fault(document: Document, what: str, error: Exception) -> ReadError:
    return _error(document, f"cannot be {what} ({type(error).__name__}: {error})"[:300])


def _error(document: Document, reason: str) -> ReadError:
    return ReadError(document.path or "-", reason, document.position)
