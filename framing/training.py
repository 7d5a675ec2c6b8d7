"""From a corpus to a model folder: read, fit, measure, write."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, LabelledSentence
from framing.errors import CorpusError

if TYPE_CHECKING:
    from framing.classifiers.base import SentenceClassifier
    from framing.evaluation.metrics import Quality

_LIBRARIES = ("numpy", "scikit-learn", "scipy")
_TOO_FEW = 10


@dataclass(frozen=True, slots=True)
class Trained:
    """Where the model was written, its digest, and what it was trained on."""

    folder: Path
    digest: str
    training: dict[str, Any]


def train(
    model: SentenceClassifier,
    sentences: Sequence[LabelledSentence],
    codebook: Codebook,
    folder: Path,
    warn: Callable[[str], None] = lambda message: None,
    **fit_options: Any,
) -> Trained:
    """Fit ``model`` to ``sentences`` and write it, with its card, to ``folder``.

    The manifest and the card state how good it was on the documents that its training held out.
    ``fit_options`` go to the model's ``fit``.

    ``warn`` is told of labels with too few examples before time is spent. Raises ``CorpusError``
    when nothing can be learnt.
    """
    from framing.evaluation.crossval import targets_of

    if not sentences:
        raise CorpusError("no labelled sentence is at hand, so there is nothing to train on")
    targets = targets_of(sentences, codebook.names)
    for name, count in zip(codebook.names, targets.sum(axis=0), strict=True):
        if count < _TOO_FEW:
            warn(f"{name} has {count} sentences; with fewer than {_TOO_FEW} it cannot be learnt")
    model.set_params(label_names=list(codebook.names))
    documents = [sentence.document for sentence in sentences]
    model.fit([sentence.text for sentence in sentences], targets, groups=documents, **fit_options)
    training = describe(sentences)
    metadata = {
        "codebook": {
            "name": codebook.name,
            "version": codebook.version,
            "unit": codebook.unit,
            "definitions": {label.name: label.definition for label in codebook.labels},
        },
        "training": training,
        "metrics": _held_out_metrics(model, sentences),
        "versions": {name: version(name) for name in (*_LIBRARIES, "framing")}
        | {"python": platform.python_version()},
    }
    return Trained(folder, _write(model, folder, metadata), training)


def _held_out_metrics(
    model: SentenceClassifier, sentences: Sequence[LabelledSentence]
) -> dict[str, Any]:
    from framing.evaluation.crossval import targets_of
    from framing.evaluation.report import held_out, pairs_right

    how, measured = held_out(model, sentences)
    if not measured:  # too few sentences for a figure that means anything
        return {}
    (_, overall), *strata = measured.items()
    rows, probabilities = model.held_out_
    kept = [sentences[i] for i in rows]
    right = ((probabilities >= model.thresholds) == targets_of(kept, model.labels)).all(axis=1)
    return metrics_of(overall, how, dict(strata)) | {"pairs": pairs_right(kept, right)}


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
    return _write(model, folder, kept | findings, others=folder)


def _write(
    model: SentenceClassifier, folder: Path, metadata: dict[str, Any], others: Path | None = None
) -> str:
    """Save the model with its card and with what else ``others`` holds; returns the digest."""
    from framing.classifiers import store
    from framing.evaluation.card import card

    def extras(scratch: Path) -> None:
        if others is not None:
            shutil.copytree(others, scratch, dirs_exist_ok=True)
            (scratch / store.MANIFEST).unlink()
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
        "documents": len({row.document for row in sentences}),
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
