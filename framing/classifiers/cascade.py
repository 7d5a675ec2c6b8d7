"""Two models in a row: a fast one answers where it is sure, both where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import Floats, SentenceClassifier, as_sentences, as_targets
from framing.classifiers.calibration import Calibration, best_thresholds, logit
from framing.classifiers.encoder import EncoderClassifier
from framing.classifiers.lessons import Lessons
from framing.errors import ModelError

FAST, CAREFUL = "fast", "careful"
_SETTINGS = ("loss", "blend", "folds", "seed")
_DOUBTS = np.geomspace(1, 0.001, 120)  # tried from the fastest cascade to the most careful
_MEASURE = "sum"  # of doubt; models of before 2026-12 took the largest

Part = SentenceClassifier | Mapping[str, Any] | None


class CascadeClassifier(SentenceClassifier):
    """A fast classifier that hands the sentences it is unsure of to a careful one.

    The fast model is in doubt by the number of labels that it is to be expected to have wrong:
    doubt = sum over labels of min(p, 1 - p). Above a bound the careful model is asked too, and the
    answer is the weighted mean of both models' log-odds, calibrated anew: the two err differently.
    The bound is the highest at which, on sentences held out from the training of both, macro-F1 is
    at most ``loss`` below that of such answers to all. Viola and Jones, "Rapid object detection
    using a boosted cascade of simple features" (2001), is the best known case of a cascade; for
    the mean, a logarithmic opinion pool, see Hinton, "Training products of experts" (2002).

    Parameters
    ----------
    label_names : names of the columns of y; ``label_0`` and so on when None.
    fast, careful : a classifier, or the parameters of one and maybe its ``kind``; None is an n-gram
        model and an encoder.
    loss : macro-F1 that speed may cost, in 0..1.
    blend : weight of the fast model beside the careful one where both are asked, in 0..1.
    folds, seed : of both models, where their own parameters do not say otherwise.
    """

    kind = "cascade"

    def __init__(
        self,
        label_names: Sequence[str] | None = None,
        fast: Part = None,
        careful: Part = None,
        loss: float = 0.005,
        blend: float = 0.25,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.label_names = label_names
        self.fast = fast
        self.careful = careful
        self.loss = loss
        self.blend = blend
        self.folds = folds
        self.seed = seed

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        unlabelled: tuple[Sequence[str], Sequence[Any]] | None = None,
        on_step: Callable[[int, int], None] = lambda done, steps: None,
        checkpoint: Path | None = None,
        pairs: Sequence[str | None] | None = None,
        taught: Lessons | None = None,
    ) -> Self:
        """Fit both models to sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels).

        The fast model also learns from what the careful one says of ``unlabelled`` sentences, given
        with their groups: those of a document that is held out are left out. Where both are
        ``taught`` by others, it learns from those lessons instead. ``on_step`` is told of each
        step of the careful model's training, of which the folder ``checkpoint`` keeps what is
        needed to go on after a kill, and which ``pairs`` are for. Raises ``ValueError`` for input
        of a wrong form, or when the models hold out different sentences: the teacher would have
        read what its pupil is measured on.
        """
        if isinstance(self.blend, bool) or not 0 <= self.blend <= 1:
            raise ValueError(f"blend must be within 0 to 1, not {self.blend!r}")
        sentences = as_sentences(X)
        targets = as_targets(y, len(sentences))
        common = {"label_names": self.label_names, "folds": self.folds, "seed": self.seed}
        careful = _built(self.careful, "encoder", common)
        fast = _built(self.fast, "ngram", common)
        steps: dict[str, Any] = {}
        refit = False
        if isinstance(careful, EncoderClassifier):
            steps = {"on_step": on_step, "checkpoint": checkpoint, "pairs": pairs}
            refit, careful.refit = careful.refit, False  # it must teach without the held-out fold
        if taught is not None:
            _expect_pupils(fast, careful)
            steps["taught"] = taught
        elif unlabelled is not None:
            _expect_pupils(fast)
        careful.fit(sentences, targets, groups=groups, sample_weight=sample_weight, **steps)
        if taught is None and unlabelled is not None:
            texts, documents = unlabelled
            taught = Lessons(texts, careful.predict_proba(texts), documents)
        heard = {} if taught is None else {"taught": taught}
        fast.fit(sentences, targets, groups=groups, sample_weight=sample_weight, **heard)
        if heard and not np.isin(fast.held_out_[0], careful.held_out_[0]).all():
            raise ValueError("the models of a cascade that teaches must hold out the same fold")
        self.join(fast, careful, targets)
        if isinstance(careful, EncoderClassifier) and refit:
            careful.refit = True
            careful.learn_all(sentences, targets, sample_weight, **steps)
        return self

    def join(
        self, fast: SentenceClassifier, careful: SentenceClassifier, targets: NDArray[np.bool_]
    ) -> Self:
        """Put two models together that were fitted to the same sentences, of these ``targets``.

        Chooses the bound of doubt and the thresholds on the sentences that both held out. Raises
        ``ValueError`` when their labels differ or they held out nothing in common.
        """
        if fast.labels != careful.labels:
            raise ValueError("the two models of a cascade must have the same labels")
        rows, of_fast, of_careful = np.intersect1d(
            fast.held_out_[0], careful.held_out_[0], return_indices=True
        )
        if not len(rows):
            raise ValueError("the two models held out no sentence in common")
        quick, slow = fast.held_out_[1][of_fast], careful.held_out_[1][of_careful]
        self.classes_ = np.array(fast.labels, dtype=object)
        self.fast_, self.careful_ = fast, careful
        mixed = self._mixed(quick, slow)
        self.calibration_ = Calibration.fit(mixed, targets[rows])
        both = self.calibration_.apply(mixed)
        self.bound_ = _bound(quick, both, targets[rows], self.loss)
        probabilities = np.where(doubt(quick)[:, None] > self.bound_, both, quick)
        self._settle(rows, probabilities, targets[rows])
        return self

    def _mixed(self, quick: Floats, slow: Floats) -> Floats:
        """The log-odds of both models' probabilities, weighted; all (n, n_labels)."""
        return self.blend * logit(quick) + (1 - self.blend) * logit(slow)

    def predict_proba(self, X: Sequence[str]) -> Floats:
        """Calibrated probabilities in 0..1, float32, (n_sentences, n_labels)."""
        self._expect_fitted()
        sentences = as_sentences(X)
        probabilities = self.fast_.predict_proba(sentences)
        unsure = np.flatnonzero(doubt(probabilities) > self.bound_)
        if len(unsure):
            slow = self.careful_.predict_proba([sentences[i] for i in unsure])
            mixed = self._mixed(probabilities[unsure], slow)
            probabilities[unsure] = self.calibration_.apply(mixed)
        return probabilities

    def logits(self, sentences: Sequence[str]) -> Floats:
        """Log-odds of the calibrated probabilities, (n_sentences, n_labels)."""
        return logit(self.predict_proba(sentences))

    def answering(self, sentence: str) -> SentenceClassifier:
        """The one of the two models that has the say, or most of it, on ``sentence``."""
        sure = doubt(self.fast_.predict_proba([sentence]))[0] <= self.bound_
        return self.fast_ if sure else self.careful_

    def share_handed_over(self, sentences: Sequence[str]) -> float:
        """The share of ``sentences``, in 0..1, that the careful model is asked about."""
        return float((doubt(self.fast_.predict_proba(sentences)) > self.bound_).mean())

    def write(self, folder: Path) -> dict[str, Any]:
        """Write each model into a folder of its own, a whole model folder that works alone too."""
        from framing.classifiers import store

        for name, model in self.parts().items():
            store.save(model, folder / name)
        settings = {name: getattr(self, name) for name in _SETTINGS}
        return {"doubt": _MEASURE, "bound": round(self.bound_, 6), **settings}

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Read what ``write`` wrote; raises ``ModelError`` when it does not fit together."""
        from framing.classifiers import store

        if state.get("doubt") != _MEASURE:
            raise ModelError("the cascade measures doubt as no longer done here; train it anew")
        model = cls(**{name: state[name] for name in _SETTINGS})
        manifests = {name: store.read_manifest(folder / name) for name in (FAST, CAREFUL)}
        if any(manifest["kind"] == cls.kind for manifest in manifests.values()):
            raise ModelError("a cascade within a cascade")
        model.fast_, model.careful_ = (
            store.restore(manifest, folder / name) for name, manifest in manifests.items()
        )
        if model.fast_.labels != model.careful_.labels:
            raise ModelError("the two models of the cascade have different labels")
        model.bound_ = float(state["bound"])
        if not (0 <= model.bound_ <= len(model.fast_.labels) and 0 <= model.blend <= 1):
            raise ModelError("the bound and the blend of a cascade lie within 0 to 1")
        model.fast, model.careful = map(_settings, (model.fast_, model.careful_))
        return model

    def expect_whole(self) -> None:
        """Raise ``ModelError`` where the models that were read have other labels."""
        if self.fast_.labels != self.labels:
            raise ModelError("the cascade and its two models have different labels")

    def parts(self) -> dict[str, SentenceClassifier]:
        """The two models by the names of their folders."""
        return {FAST: self.fast_, CAREFUL: self.careful_}


def _built(part: Part, kind: str, common: Mapping[str, Any]) -> SentenceClassifier:
    """A new, unfitted classifier from a description of it; what is ``common`` fills what lacks."""
    from framing.classifiers import store

    labels = {"label_names": common["label_names"]}
    if isinstance(part, SentenceClassifier):
        return type(part)(**{**part.get_params(), **labels})
    params = dict(part or {})
    made = store.kind_class(params.pop("kind", kind))
    shared = {k: v for k, v in common.items() if k in signature(made.__init__).parameters}
    return made(**{**shared, **params, **labels})


def _settings(part: SentenceClassifier) -> dict[str, Any]:
    """A description of an unfitted classifier like ``part``."""
    settings = {k: v for k, v in part.get_params().items() if k != "label_names"}
    return {"kind": part.kind, **settings}


def _expect_pupils(*parts: SentenceClassifier) -> None:
    """Raise ``ValueError``, before time is spent, where a model does not learn from another."""
    for part in parts:
        if "taught" not in signature(part.fit).parameters:
            raise ValueError(f"a model of the kind {part.kind} cannot be taught by another")


def doubt(probabilities: Floats) -> Floats:
    """How many labels of each sentence are to be expected wrong, in 0..n_labels / 2, (n,)."""
    return np.minimum(probabilities, 1 - probabilities).sum(axis=1)


def _bound(quick: Floats, slow: Floats, targets: NDArray[np.bool_], loss: float) -> float:
    """The highest bound of doubt that costs at most ``loss`` of macro-F1; all (n, n_labels)."""
    doubts = doubt(quick)[:, None]
    goal = _macro_f1(slow, targets) - loss
    for bound in _DOUBTS:
        if _macro_f1(np.where(doubts > bound, slow, quick), targets) >= goal:
            return float(bound)
    return 0.0  # the fast model is never sure enough: every sentence is handed over


def _macro_f1(probabilities: Floats, targets: NDArray[np.bool_]) -> float:
    """Macro-F1 at the best thresholds of these sentences themselves, in 0..1."""
    predicted = probabilities >= best_thresholds(probabilities, targets)
    both = (predicted & targets).sum(axis=0)
    return float(np.mean(2 * both / np.maximum(predicted.sum(axis=0) + targets.sum(axis=0), 1)))
