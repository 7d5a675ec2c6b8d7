"""``framing score``: one statement or several, as a table a person likes to read, or as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, emit, progress
from framing.errors import FramingError, ReadError

if TYPE_CHECKING:
    from framing.casus_belli import DocumentScore
    from framing.classifiers.base import SentenceClassifier
    from framing.documents import Document

SOME_FAILED = 1
NOTHING_SCORED = 2


def score(
    inputs: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Files, folders, globs, or - for stdin.")
    ],
    model: Annotated[
        str | None, typer.Option(help="A shipped model's name, or a model folder.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
    sentences: Annotated[
        bool, typer.Option("--sentences", help="With csv: one row a sentence, not a statement.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show every sentence, not the strongest.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words moved which label.")
    ] = False,
    precision: Annotated[
        float | None,
        typer.Option(
            help="Give a label only where so many of those given were right, as 0.9, on sentences "
            "held out from training (labels are rarer in life); else what is best by F1."
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(help="en: refuse what is not English; any: score it all the same.")
    ] = "en",
    codebook: Annotated[
        Path | None, typer.Option(help="The codebook of a model with other labels.")
    ] = None,
) -> None:
    """Score statements: what each sentence does, how sure the model is, what evidence is offered.

    Exit code: 0 when all were scored, 1 when some could not be, 2 when none could.
    """
    from framing.codebook import Codebook
    from framing.scoring import fitting_codebook, load, score_all

    if language not in ("en", "any"):
        raise FramingError(f"--language is en or any, not {language!r}")
    if explain and form is Format.csv and not sentences:
        raise FramingError("--explain tells of words in sentences: with csv, add --sentences")
    classifier = load(model, precision)
    book = fitting_codebook(classifier, Codebook.load(codebook) if codebook else None)
    reading = _Reading(inputs, language)
    results = score_all(reading.documents(), classifier, book)
    if form is Format.table:
        from framing.cli.statement import show

        for result in results:
            show(result, book, classifier if explain else None, every)
    elif sentences:
        explainer = classifier if explain else None
        emit((row for r in results for row in _sentence_rows(r, explainer)), form)
    elif form is Format.csv:
        emit((_flat(result) for result in results), form)
    else:
        emit((_nested(result, classifier if explain else None) for result in results), form)
    raise typer.Exit(reading.exit_code())


class _Reading:
    """Reads inputs one after the other, tells of each that cannot be read, and counts both."""

    def __init__(self, inputs: list[str], language: str) -> None:
        self.inputs = inputs
        self.language = language
        self.good = 0
        self.bad = 0

    def documents(self) -> Iterator[Document]:
        from framing.documents.readers import find, read

        with progress() as bar:
            for path in bar.track(
                list(find(self.inputs, on_error=self._fail)), description="scoring"
            ):
                try:
                    yield from self._scoreable(read(path, on_error=self._fail))
                except ReadError as error:
                    self._fail(error)

    def _scoreable(self, documents: Iterable[Document]) -> Iterator[Document]:
        from framing.documents.language import assess

        for document in documents:
            where = document.path or "standard input"
            verdict = assess(document) if self.language == "en" else None
            if verdict is not None and not verdict.scoreable:
                self._fail(ReadError(where, f"{verdict.reason}; --language any scores it anyway"))
            elif not document.sentences():
                self._fail(ReadError(where, "holds no sentence"))
            else:
                self.good += 1
                yield document

    def _fail(self, error: ReadError) -> None:
        self.bad += 1
        complain(error)

    def exit_code(self) -> int:
        if not self.good:
            return NOTHING_SCORED
        return SOME_FAILED if self.bad else 0


def _words(result: DocumentScore, explainer: SentenceClassifier | None) -> list[dict[str, Any]]:
    """What to add to the row of each sentence: its words, where they are asked for."""
    from framing.cli.words import as_rows, words_of

    if explainer is None:
        return [{} for _ in result.sentences]
    found = words_of(result, explainer)
    return [{"words": as_rows(found.get(i, {}))} for i in range(len(result.sentences))]


def _nested(result: DocumentScore, explainer: SentenceClassifier | None) -> dict[str, Any]:
    row = result.as_dict()
    for sentence, words in zip(row["sentences"], _words(result, explainer), strict=True):
        sentence.update(words)
    return row


def _sentence_rows(
    result: DocumentScore, explainer: SentenceClassifier | None
) -> Iterator[dict[str, object]]:
    first, last = result.passage or (0, -1)
    words = _words(result, explainer)
    rows = zip(result.sentences, result.contributions, result.backing(), words, strict=True)
    for number, (sentence, points, backed, moved) in enumerate(rows):
        yield {
            "path": result.document.path,
            "sentence": number,
            "start": sentence.start,
            "end": sentence.end,
            "labels": " ".join(sentence.labels),
            "points": round(points, 2),
            "backed": backed,
            "in_passage": first <= number <= last,
            **{name: round(p, 4) for name, p in sentence.probabilities.items()},
            "text": sentence.text,
            **moved,
        }


def _flat(result: DocumentScore) -> dict[str, object]:
    """One row for a spreadsheet: what is nested in ``as_dict`` is left to the JSON formats."""
    row = result.as_dict()
    return {key: value for key, value in row.items() if key != "sentences"}
