"""Lessons for an experiment: what teachers say of the unlabelled sentences that are most in doubt.

They are kept as labels are, without the sentences: a Parquet file of ids, the beginnings of the
sentences' SHA-256, and probabilities, read beside the table of unlabelled sentences that the
experiment names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import Floats, SentenceClassifier
from framing.classifiers.calibration import sigmoid
from framing.classifiers.lessons import Lessons
from framing.errors import CorpusError, ModelError
from framing.experiment import Experiment, Opened, Unlabelled, unlabelled_rows
from framing.parameters import build
from framing.training import describe, document_of, groups_of

if TYPE_CHECKING:
    import pyarrow as pa

    from framing.corpus.examples import LabelledSentence

_ID, _SHA = "id", "sha256"  # columns beside the labels
_TEACHER, _DATA = b"teacher", b"data"  # metadata: whose words, and what that one has learnt from
_DIGITS = 3
_AT_ONCE = 1000
_LONGEST_NAME = 200


def in_doubt(experiment: Experiment, opened: Opened, most: int, jobs: int = 1) -> list[Unlabelled]:
    """So many unlabelled sentences, those of which a scout is most in doubt, in their order.

    The scout is an n-gram model, with the settings of the experiment's fast one where it has such,
    that has learnt from all folds but the one that the experiment's models hold out. Sentences of
    that fold's documents are left out, and so are labelled ones. ``jobs`` are processes, and change
    nothing. Raises ``CorpusError`` when the experiment has no such sentences.
    """
    if experiment.unlabelled is None:
        raise CorpusError("the experiment names no sentences without labels: [unlabelled] path")
    fold = _Fold.of(experiment, opened)
    rows = fold.apart(unlabelled_rows(experiment, opened.sentences))
    if not rows:
        raise CorpusError("no sentence is without a label and of no document that is held out")
    settings = dict((experiment.parameters or {}).get("fast", {}))
    if settings.pop("kind", "ngram") != "ngram":
        settings = {}
    scout = build("ngram", settings, experiment.folds, experiment.seed, jobs)
    scout.set_params(label_names=list(opened.codebook.names))
    try:
        texts = [opened.sentences[i].text for i in fold.learnt]
        scout.fit(texts, fold.targets[fold.learnt], groups=fold.groups[fold.learnt].tolist())
    except ValueError as error:
        raise CorpusError(f"too little is labelled to look for doubt ({error})") from error
    chances = scout.predict_proba([row.text for row in rows])
    return [rows[i] for i in most_doubtful(chances, most)]


def asked_before(
    path: Path,
    experiment: Experiment,
    opened: Opened,
    warn: Callable[[str], None] = lambda message: None,
) -> list[Unlabelled]:
    """The sentences of a file of lessons, for other teachers; none of a held-out document.

    Raises ``CorpusError`` as ``read`` does, and when no sentence is left.
    """
    table = _table(path, opened.codebook.names)
    rows = _Fold.of(experiment, opened).apart(_rows(path, table, experiment, opened, warn))
    if not rows:
        raise CorpusError(f"{path}: all its sentences are of documents that are held out")
    return rows


@dataclass(frozen=True, slots=True)
class _Fold:
    """What the experiment's models learn from and what they hold out."""

    groups: NDArray[Any]
    targets: NDArray[np.bool_]
    learnt: NDArray[np.intp]
    held_out: frozenset[str]  # documents

    @classmethod
    def of(cls, experiment: Experiment, opened: Opened) -> Self:
        from framing.corpus.splits import grouped_folds
        from framing.evaluation.crossval import targets_of

        sentences = opened.sentences
        groups, _ = groups_of(sentences, experiment.folds, experiment.alike)
        targets = targets_of(sentences, opened.codebook.names)
        learnt, test = grouped_folds(groups, targets, experiment.folds, experiment.seed)[0]
        closed = set(groups[test])
        out = {document_of(sentences[i]) for i in range(len(sentences)) if groups[i] in closed}
        return cls(groups, targets, learnt, frozenset(out))

    def apart(self, rows: Sequence[Unlabelled]) -> list[Unlabelled]:
        """Those of no document that is held out."""
        return [row for row in rows if row.document not in self.held_out]


def most_doubtful(probabilities: Floats, most: int) -> NDArray[np.intp]:
    """The rows, in their order, of so many of (n, n_labels) that leave most open."""
    from framing.classifiers.cascade import doubt

    return np.sort(np.argsort(-doubt(probabilities), kind="stable")[:most])


def ask(
    teachers: Sequence[SentenceClassifier],
    texts: Sequence[str],
    on_done: Callable[[int], None] = lambda n: None,
) -> Floats:
    """What the teachers say together, probabilities (n_texts, n_labels): the mean of log-odds.

    Label smoothing, which a teacher was trained to reproduce, is undone. ``on_done`` is told of
    each lot of sentences that one teacher has read. Raises ``ModelError`` when the teachers have
    different labels, or there is none.
    """
    if len({tuple(teacher.labels) for teacher in teachers}) != 1:
        raise ModelError("lessons need a teacher, and teachers of the same labels")
    lots = [texts[k : k + _AT_ONCE] for k in range(0, len(texts), _AT_ONCE)]
    said = np.zeros((len(texts), len(teachers[0].labels)), np.float64)
    for teacher in teachers:
        for k, lot in enumerate(lots):
            said[k * _AT_ONCE : k * _AT_ONCE + len(lot)] += teacher.logits(lot)
            on_done(len(lot))
    smoothing = float(np.mean([getattr(teacher, "smoothing", 0.0) for teacher in teachers]))
    together = sigmoid(said / len(teachers))
    sharp = np.clip((together - smoothing) / (1 - 2 * smoothing), 0, 1)
    return np.round(sharp.astype(np.float64), _DIGITS).astype(np.float32)


def concern(
    manifest: Mapping[str, Any], experiment: Experiment, sentences: Sequence[LabelledSentence]
) -> str | None:
    """Why a teacher, by its manifest, may have learnt from what the experiment holds out."""
    state, splits = manifest.get("state", {}), manifest.get("splits", {})
    digest = manifest.get("training", {}).get("data_digest")
    if manifest.get("kind") != "encoder" or state.get("refit", True):
        return "has at last learnt from everything"
    if digest != describe(sentences)["data_digest"]:
        return "has learnt from other data, with other folds"
    own = state.get("seed"), splits.get("folds"), splits.get("alike")
    if own != (experiment.seed, experiment.folds, experiment.alike):
        return "was made with another seed, or other splits"
    return None


def write(
    path: Path,
    rows: Sequence[Unlabelled],
    labels: Sequence[str],
    probabilities: Floats,
    teacher: str,
    opened: Opened,
) -> None:
    """Write probabilities (n_rows, n_labels) of sentences, without these, and who says so.

    The file is whole or not there. Raises ``CorpusError`` where it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet

    if {_ID, _SHA} & set(labels):
        raise CorpusError(f"{path}: a label is called {_ID} or {_SHA}, as another column is")
    columns = {
        _ID: pa.array([row.id for row in rows], pa.string()),
        _SHA: pa.array([_hash(row.text) for row in rows], pa.string()),
        **{name: pa.array(probabilities[:, k]) for k, name in enumerate(labels)},
    }
    about = {_TEACHER: teacher, _DATA: describe(opened.sentences)["data_digest"]}
    partial = path.with_name(path.name + ".part")
    try:
        table = pa.table(columns).replace_schema_metadata(about)
        pa.parquet.write_table(table, partial, compression="zstd", compression_level=19)
        partial.replace(path)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written ({error.strerror or error})") from error


def read(
    path: Path,
    experiment: Experiment,
    opened: Opened,
    warn: Callable[[str], None] = lambda message: None,
) -> Lessons:
    """The lessons of a file that ``write`` wrote, of sentences that have no label.

    ``warn`` is told when sentences are not there, or are others by now, and when the teacher has
    learnt from other data: what is held out may not be what it was. Raises ``CorpusError`` for a
    file that does not fit the experiment's labels or sentences.
    """
    table = _table(path, opened.codebook.names)
    rows = _rows(path, table, experiment, opened, warn)
    about = table.schema.metadata or {}
    if about.get(_DATA, b"").decode(errors="replace") != describe(opened.sentences)["data_digest"]:
        warn(
            f"{path}: its teacher knew other data, and maybe what is held out now: figures flatter"
        )
    said = np.stack([table[name].to_numpy() for name in opened.codebook.names], axis=1)
    place = {name: k for k, name in enumerate(table[_ID].to_pylist())}
    chosen = said[[place[row.id] for row in rows]]
    who = about.get(_TEACHER, b"").decode(errors="replace")
    named = " ".join("".join(c if c.isalnum() else " " for c in who).split())[:_LONGEST_NAME]
    texts, documents = [row.text for row in rows], [row.document for row in rows]
    try:
        return Lessons(texts, chosen, documents, named or "unnamed")
    except ValueError as error:
        raise CorpusError(f"{path}: holds what is no lesson ({error})") from error


def _rows(
    path: Path,
    table: pa.Table,
    experiment: Experiment,
    opened: Opened,
    warn: Callable[[str], None],
) -> list[Unlabelled]:
    """The sentences that the rows of a file are of, in the order of the unlabelled ones."""
    hashes = dict(zip(table[_ID].to_pylist(), table[_SHA].to_pylist(), strict=True))
    if None in hashes or len(hashes) != len(table):
        raise CorpusError(f"{path}: an id is missing or stands twice")
    rows = [
        row
        for row in unlabelled_rows(experiment, opened.sentences, drawn=False)
        if row.id in hashes and hashes[row.id] == _hash(row.text)
    ]
    if not rows:
        raise CorpusError(f"{path}: none of its sentences is among those without a label")
    if len(rows) < len(hashes):
        warn(
            f"{path}: {len(hashes) - len(rows):,} of {len(hashes):,} lessons have no sentence here"
        )
    return rows


def _hash(text: str) -> str:
    """Enough of a digest to tell a sentence from another that has got its id."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _table(path: Path, labels: Sequence[str]) -> pa.Table:
    """The columns of a file of lessons; raises ``CorpusError`` where they are not of that kind."""
    import pyarrow as pa
    import pyarrow.parquet

    wanted = (_ID, _SHA, *labels)
    try:
        schema = pa.parquet.read_schema(path)
        lacking = [name for name in wanted if schema.names.count(name) != 1]
        if lacking:
            raise CorpusError(f"{path}: needs one column {', one '.join(lacking)}")
        kinds = {name: schema.field(name).type for name in wanted}
        strange = [n for n in wanted[:2] if kinds[n] != pa.string()]
        strange += [n for n in labels if not pa.types.is_floating(kinds[n])]
        if strange:
            raise CorpusError(f"{path}: the column {strange[0]} is of {kinds[strange[0]]}")
        return pa.parquet.read_table(path, columns=list(wanted))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read as Parquet ({reason})") from error
