"""From a corpus to a model folder: read, fit, measure, write."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, LabelledSentence
from framing.errors import CorpusError, ModelError

if TYPE_CHECKING:
    from framing.classifiers.base import SentenceClassifier
    from framing.classifiers.lessons import Lessons
    from framing.evaluation.metrics import Quality

_LIBRARIES = ("numpy", "scikit-learn", "scipy")
_ALIKE = 0.6
_FOLDS = 5
_OF_LONG_FITS = {"on_step", "checkpoint"}
_OF_UNLABELLED = {"unlabelled": "sentences without a label", "taught": "a teacher's lessons"}


@dataclass(frozen=True, slots=True)
class Trained:
    """Where the model was written, its digest, what it was trained on and how good it was.

    ``metrics`` is empty where too little was held out for a figure that means anything.
    """

    folder: Path
    digest: str
    training: dict[str, Any]
    metrics: dict[str, Any]


def train(
    model: SentenceClassifier,
    sentences: Sequence[LabelledSentence],
    codebook: Codebook,
    folder: Path,
    warn: Callable[[str], None] = lambda message: None,
    alike: float = _ALIKE,
    files: Mapping[str, str] | None = None,
    ordinary: Sequence[str] | None = None,
    **fit_options: Any,
) -> Trained:
    """Fit ``model`` to ``sentences`` and write it, with its card, to ``folder``.

    Documents that repeat each other (``alike``: the share of word triples, 0 for those of equal
    name only) stay on one side of each split. The manifest and the card state how good the model
    was on documents that its training held out, and what share of ``ordinary`` sentences, as
    frequent as in life, a cascade hands over. ``files``, name to text, are kept in the folder.
    ``fit_options`` go to the model's ``fit``, ``on_step`` and ``checkpoint`` where it has them.

    ``warn`` is told, before time is spent, what is wrong with the data. Raises ``CorpusError``
    when nothing can be learnt, ``ModelError`` when ``folder`` holds something that is no model.
    """
    from framing.corpus.survey import concerns
    from framing.evaluation.crossval import pairs_for, targets_of

    _expect_replaceable(folder)
    if not sentences:
        raise CorpusError("no labelled sentence is at hand, so there is nothing to train on")
    folds = getattr(model, "folds", _FOLDS)
    for line in concerns(sentences, codebook.names, folds):
        warn(line)
    groups, splits = groups_of(sentences, folds, alike, warn)
    model.set_params(label_names=list(codebook.names))
    fit_options |= pairs_for(model, sentences)
    heard = set(signature(model.fit).parameters)
    for option in _OF_LONG_FITS - heard:
        fit_options.pop(option, None)
    for option in _OF_UNLABELLED.keys() & fit_options.keys() - heard:
        raise ModelError(f"{model.kind}: does not learn from {_OF_UNLABELLED[option]}")
    training = describe(sentences)
    known = {document_of(s): group for s, group in zip(sentences, groups, strict=True)}
    if "unlabelled" in fit_options:
        texts, documents = fit_options["unlabelled"]
        fit_options["unlabelled"] = texts, [known.get(name, name) for name in documents]
    if "taught" in fit_options:
        taught: Lessons = fit_options["taught"]
        fit_options["taught"] = taught.regrouped(known)
        training["lessons"] = {
            "sentences": len(taught.sentences),
            "teacher": taught.teacher,
            "digest": taught.digest(),
        }
    targets = targets_of(sentences, codebook.names)
    model.fit([s.text for s in sentences], targets, groups=groups.tolist(), **fit_options)
    metrics = _held_out_metrics(model, sentences)
    metadata = {
        "codebook": {
            "name": codebook.name,
            "version": codebook.version,
            "unit": codebook.unit,
            "definitions": {label.name: label.definition for label in codebook.labels},
        },
        "training": training,
        "splits": splits,
        "metrics": metrics,
        "versions": {name: version(name) for name in (*_LIBRARIES, "framing")}
        | {"python": platform.python_version()},
    }
    parts = {
        name: metadata | {"metrics": _held_out_metrics(part, sentences)}
        for name, part in model.parts().items()
    }
    metadata |= _handed_over(model, ordinary)
    digest = _write(model, folder, metadata, None, files, parts)
    return Trained(folder, digest, training, metrics)


def _handed_over(model: SentenceClassifier, ordinary: Sequence[str] | None) -> dict[str, Any]:
    """What share of sentences, as frequent as in life, a cascade passes on."""
    from framing.classifiers.cascade import CascadeClassifier

    if ordinary is None or not isinstance(model, CascadeClassifier):
        return {}
    share = model.share_handed_over(ordinary)
    how = f"{len(ordinary):,} random sentences, some of which were learnt from"
    found = {"share_of_random_sentences": round(share, 4), "how": how}
    return {"handed_over": {"bound": round(model.bound_, 4), **found}}


def _expect_replaceable(folder: Path) -> None:
    """An older model of that name is replaced; nobody's other files are."""
    from framing.classifiers import store

    if folder.is_dir() and ((folder / store.MANIFEST).is_file() or not any(folder.iterdir())):
        return
    if folder.exists():
        raise ModelError(f"{folder}: is there and is no model folder; choose another to write to")


def groups_of(
    sentences: Sequence[LabelledSentence],
    folds: int = _FOLDS,
    alike: float = _ALIKE,
    warn: Callable[[str], None] = lambda message: None,
) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """The group of each sentence, which no split divides, and a record of how they were made.

    Where documents repeat each other so much that folds cannot be made of what is left, documents
    alone are the groups, and ``warn`` is told. Raises ``CorpusError`` when there is only one.
    """
    from framing.corpus.splits import group_alike

    names = [document_of(sentence) for sentence in sentences]
    documents = np.unique(names, return_inverse=True)[1].astype(np.intp)
    n_documents = int(documents.max()) + 1
    if n_documents < 2:
        raise CorpusError(
            f"all sentences are of one document, {sentences[0].document}: no part can be held out"
        )
    joined = group_alike(sentences, alike) if alike else documents
    sizes = np.bincount(joined)
    if len(sizes) < min(folds, n_documents) or sizes.max() > len(sentences) / 2:
        warn(
            f"the {n_documents} documents repeat each other too much to be kept apart (groups "
            f"left: {len(sizes)}): folds divide repetitions, and figures flatter"
        )
        joined, sizes, alike = documents, np.bincount(documents), 0.0
    return joined, {"documents": n_documents, "groups": len(sizes), "alike": alike, "folds": folds}


def document_of(sentence: LabelledSentence) -> str:
    """Its document, with the source before it: two sources may give one name to two documents."""
    return f"{sentence.source}/{sentence.document}"


def _held_out_metrics(
    model: SentenceClassifier, sentences: Sequence[LabelledSentence]
) -> dict[str, Any]:
    from framing.evaluation.report import held_out, measured, pairs_right

    predictions = held_out(model, sentences)
    found = measured(predictions)
    if not found:  # too few sentences for a figure that means anything
        return {}
    (_, overall), *strata = found.items()
    right = (predictions.predicted == predictions.truth).all(axis=1)
    pairs = pairs_right(predictions.sentences, right)
    return metrics_of(overall, predictions.how, dict(strata)) | {"pairs": pairs}


def record(folder: Path, **findings: Any) -> str:
    """Add to a model's manifest what was found since it was trained; returns the new digest.

    ``findings`` are JSON-ready, such as ``metrics`` (of ``metrics_of``), ``behaviour`` (``how``,
    ``groups``: name to ``cases`` and ``failures``), ``license`` or ``language``. The card is
    written anew; weights and further files stay as they are. Raises ``ModelError`` when the
    folder is damaged, ``ValueError`` for a finding that would change what the model is.
    """
    from framing.classifiers import store

    own = set(store.OWN)
    if own & set(findings):
        raise ValueError(
            f"{', '.join(sorted(own & set(findings)))}: is not for a finding to change"
        )
    model = store.load(folder)
    manifest = store.read_manifest(folder)
    kept = {key: value for key, value in manifest.items() if key not in own}
    digest = _write(model, folder, kept | findings, others=folder)
    if (folder.parent / store.MANIFEST).is_file():  # a part of a cascade, which lists its files
        store.reseal(folder.parent)
    return digest


def _write(
    model: SentenceClassifier,
    folder: Path,
    metadata: dict[str, Any],
    others: Path | None = None,
    files: Mapping[str, str] | None = None,
    parts: Mapping[str, dict[str, Any]] | None = None,
) -> str:
    """Save the model with its card and with what else ``others`` holds; returns the digest.

    ``parts`` are what the manifests of the models that it is made of say of them.
    """
    from framing.classifiers import store
    from framing.evaluation.card import card

    def extras(scratch: Path) -> None:
        if others is not None:
            shutil.copytree(others, scratch, dirs_exist_ok=True)
            (scratch / store.MANIFEST).unlink()
        for name, about in (parts or {}).items():
            _write(model.parts()[name], scratch / name, about)
        for name, text in (files or {}).items():
            (scratch / name).write_bytes(text.encode())
        about = {
            "kind": model.kind,
            "labels": list(model.labels),
            "thresholds": [round(float(threshold), 6) for threshold in model.thresholds],
        }
        (scratch / store.CARD).write_text(card(about | metadata), encoding="utf-8")

    return store.save(model, folder, metadata, extras)


def describe(sentences: Sequence[LabelledSentence]) -> dict[str, Any]:
    """What a model was trained on: counts and a digest of ids, texts and labels."""
    hasher = hashlib.sha256()
    for row in sorted(sentences, key=lambda s: s.id):
        hasher.update(repr((row.id, row.text, sorted(row.labels))).encode())
    authored = sum(row.source == AUTHORED for row in sentences)
    return {
        "sentences": len(sentences),
        "authored": authored,
        "real": len(sentences) - authored,
        "documents": len({(row.source, row.document) for row in sentences}),
        "data_digest": hasher.hexdigest(),
        "annotators": sorted({row.annotator or "unknown" for row in sentences}),
        "labels": _counted(label for row in sentences for label in row.labels),
        "sources": _counted(row.source for row in sentences),
        "codebooks": _counted(row.codebook or "unknown" for row in sentences),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def metrics_of(
    quality: Quality, how: str, strata: dict[str, Quality] | None = None
) -> dict[str, Any]:
    """What a manifest keeps of a ``Quality``: figures a label, and the command behind them.

    ``strata`` are further measurements by what they were made on, such as a source.
    """
    parts = {title: _figures(part) for title, part in (strata or {}).items()}
    return {"how": how, **_figures(quality), **({"strata": parts} if parts else {})}


def _figures(quality: Quality) -> dict[str, Any]:
    return {
        "sentences": quality.sentences,
        "documents": quality.documents,
        "macro_f1": round(quality.macro_f1, 4),
        "macro_f1_interval": [round(bound, 4) for bound in quality.macro_f1_interval],
        "f1": {row.label: round(row.f1, 4) for row in quality.labels},
        "labels": [_rounded(asdict(row)) for row in quality.labels],
    }


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 4)
        if isinstance(value, float)
        else [round(v, 4) for v in value]
        if isinstance(value, tuple)
        else value
        for key, value in row.items()
    }
