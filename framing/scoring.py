"""From a text to its score: load a model, split, classify, sum up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from framing.codebook import Codebook
from framing.documents import Document, Sentence
from framing.errors import FramingError
from framing.models import locate

if TYPE_CHECKING:
    from framing.casus_belli import DocumentScore
    from framing.classifiers.base import SentenceClassifier

_BATCH = 512  # sentences; enough to fill two cores, little enough to keep memory flat


def load(name: str | Path | None = None, precision: float | None = None) -> SentenceClassifier:
    """Load a model: the default when ``name`` is None, else a shipped name or a folder.

    With ``precision``, above 0 and at most 0.99, a label is given only where so many of those given
    are right, by what was held out from training. The folder is verified first and nothing in it
    is executed. Raises ``ModelError``.
    """
    from framing.classifiers import store

    model = store.load(locate(name))
    return model if precision is None else model.at_precision(precision)


def score(
    text: str | Document,
    model: SentenceClassifier | None = None,
    codebook: Codebook | None = None,
) -> DocumentScore:
    """Score one statement.

    ``model`` is the default one when None; ``codebook`` must have the model's labels. Raises
    ``FramingError`` for a statement without a sentence.
    """
    document = Document(text) if isinstance(text, str) else text
    return next(score_all([document], model or load(), codebook))


def score_all(
    documents: Iterable[Document],
    model: SentenceClassifier,
    codebook: Codebook | None = None,
) -> Iterator[DocumentScore]:
    """Score statements in their order, several at once so that the model works in batches.

    Raises ``FramingError`` at the first statement without a sentence.
    """
    codebook = fitting_codebook(model, codebook)
    batch: list[tuple[Document, list[Sentence]]] = []
    waiting = 0
    for document in documents:
        sentences = document.sentences()
        if not sentences:
            raise FramingError(f"{document.path or 'text'}: holds no sentence")
        batch.append((document, sentences))
        waiting += len(sentences)
        if waiting >= _BATCH:
            yield from _score_batch(batch, model, codebook)
            batch, waiting = [], 0
    yield from _score_batch(batch, model, codebook)


def fitting_codebook(model: SentenceClassifier, codebook: Codebook | None = None) -> Codebook:
    """The codebook of a model: the given one, the shipped one, or a bare one of its labels.

    Raises ``FramingError`` when the given one has other labels than the model.
    """
    if codebook is not None and codebook.names != model.labels:
        raise FramingError(
            f"the codebook {codebook.name!r} has the labels {', '.join(codebook.names)}, "
            f"the model has {', '.join(model.labels)}"
        )
    if codebook is None:
        shipped = Codebook.load()
        codebook = shipped if shipped.names == model.labels else Codebook.of_labels(model.labels)
    return codebook


def _score_batch(
    batch: list[tuple[Document, list[Sentence]]], model: SentenceClassifier, codebook: Codebook
) -> Iterator[DocumentScore]:
    from framing.casus_belli import score_document

    probabilities = model.predict_proba([s.text for _, sentences in batch for s in sentences])
    start = 0
    for document, sentences in batch:
        rows = probabilities[start : start + len(sentences)]
        start += len(sentences)
        yield score_document(document, sentences, rows, model.thresholds, codebook)
