"""Any scikit-learn pipeline as a sentence classifier: calibrated, thresholded, stored as skops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers import skops_file
from framing.classifiers.base import (
    Floats,
    SentenceClassifier,
    as_sentences,
    as_targets,
    named_columns,
)
from framing.classifiers.calibration import Calibration, logit
from framing.errors import ModelError

FITTED = "pipeline.skops"
_SURE = 10.0  # log-odds of a label that was seen only one way
_NOTHING = "nothing"  # in place of a pipeline, where a folder has constants alone


class PipelineClassifier(SentenceClassifier):
    """A pipeline that takes sentences and learns yes or no, one copy a label.

    Parameters
    ----------
    factory : ``module:function``; called without arguments or with ``arguments`` it gives the
        unfitted pipeline. It is imported when something is learnt, never when a model is read.
    label_names : names of the columns of y; ``label_0`` and so on when None.
    arguments : of the factory.
    together : one pipeline learns all labels at once; it must take a matrix of 0 and 1.
    trusted : types beyond those of scikit-learn, numpy and scipy that may be written. Whoever
        reads the model has to trust them too, see ``skops_file``.
    folds : grouped folds from which calibration and thresholds are estimated.
    seed : order of the folds. A pipeline's own ``random_state`` is the factory's to set.
    jobs : processes for the folds.
    pipeline : an unfitted pipeline in the place of a factory.
    """

    kind = "pipeline"

    def __init__(
        self,
        factory: str | None = None,
        label_names: Sequence[str] | None = None,
        arguments: Mapping[str, Any] | None = None,
        together: bool = False,
        trusted: Sequence[str] = (),
        folds: int = 5,
        seed: int = 0,
        jobs: int = 1,
        pipeline: Any = None,
    ) -> None:
        self.factory = factory
        self.label_names = label_names
        self.arguments = arguments
        self.together = together
        self.trusted = trusted
        self.folds = folds
        self.seed = seed
        self.jobs = jobs
        self.pipeline = pipeline

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        on_step: Callable[[int, int], None] = lambda done, steps: None,
    ) -> Self:
        """Fit to sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels).

        ``groups`` (n_sentences,) names the document of each sentence: calibration and thresholds
        come from folds that never split a document. ``on_step`` is told of each fitted pipeline.
        Raises ``ValueError`` for input of a wrong form or for weights, ``ModelError`` for a
        factory or a pipeline that is of no use, before anything is learnt.
        """
        from joblib import Parallel, delayed

        from framing.corpus.splits import grouped_folds

        if sample_weight is not None:
            raise ValueError("a pipeline takes no weights of sentences")
        sentences = np.array(as_sentences(X), dtype=object)
        targets = as_targets(y, len(sentences))
        classes = named_columns(self.label_names, targets.shape[1])
        made = self._made()
        documents = np.arange(len(sentences)) if groups is None else np.asarray(groups)
        folds = grouped_folds(documents, targets, self.folds, self.seed)
        columns = [slice(None)] if self.together else [slice(k, k + 1) for k in range(len(classes))]
        tasks = [(train, test, column) for train, test in folds for column in columns]
        scores = Parallel(n_jobs=self.jobs, return_as="generator")(
            delayed(_score_fold)(made, sentences, targets[:, column], train, test)
            for train, test, column in tasks
        )
        steps = len(tasks) + len(columns)
        held_out = np.zeros(targets.shape, np.float32)
        for done, ((_, test, column), score) in enumerate(zip(tasks, scores, strict=True), 1):
            held_out[test, column] = score
            on_step(done, steps)
        self.fitted_ = []
        for done, column in enumerate(columns, len(tasks) + 1):
            self.fitted_.append(_fit_one(made, sentences, targets[:, column]))
            on_step(done, steps)
        self.classes_ = classes
        self.calibration_ = Calibration.fit(held_out, targets)
        probabilities = self.calibration_.apply(held_out)
        self._settle(np.arange(len(sentences)), probabilities, targets)
        return self

    def logits(self, sentences: Sequence[str]) -> Floats:
        """Uncalibrated log-odds or the like, (n_sentences, n_labels)."""
        texts = np.array(list(sentences), dtype=object)
        width = len(self.classes_) if self.together else 1
        return np.hstack([_scores(fitted, texts, width) for fitted in self.fitted_])

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the fitted pipelines as skops; raises ``ModelError`` for a type nobody trusts."""
        skops_file.write(self.fitted_, folder / FITTED, self.trusted)
        kept = ("factory", "arguments", "together", "trusted", "folds", "seed")
        state = {name: getattr(self, name) for name in kept}
        return state | {"trusted": list(self.trusted)}

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Read what ``write`` wrote; raises ``ModelError`` for types that nobody here trusts.

        The factory is not imported, then or later: to learn anew, the pipeline itself is copied.
        """
        from sklearn.base import clone

        fitted = skops_file.read(folder / FITTED)
        if not isinstance(fitted, list) or not fitted:
            raise ModelError(f"{FITTED}: holds no list of pipelines; the model is damaged")
        model = cls(**state)
        model.fitted_ = fitted
        unfitted = [part for part in fitted if not isinstance(part, float)]
        model.pipeline = clone(unfitted[0]) if unfitted else _NOTHING
        return model

    def _made(self) -> Any:
        """The unfitted pipeline, known to be one that can be stored."""
        if self.pipeline == _NOTHING:
            raise ModelError("the model folder holds no pipeline, only constants, to train anew")
        made = self.pipeline if self.pipeline is not None else _call(self.factory, self.arguments)
        able = [name for name in ("decision_function", "predict_proba") if hasattr(made, name)]
        if not hasattr(made, "fit") or not able:
            raise ModelError(
                f"{self.factory}: gives {type(made).__name__}, not an estimator with fit and with "
                "decision_function or predict_proba"
            )
        if unknown := skops_file.untrusted(made, self.trusted):
            raise ModelError(
                f"{self.factory}: its pipeline {skops_file.refusal(unknown)}; to "
                "train, `trusted` in the experiment will do too"
            )
        return made


def _call(factory: str | None, arguments: Mapping[str, Any] | None) -> Any:
    module, colon, name = (factory or "").partition(":")
    if not (module and colon and name):
        raise ModelError(f"a pipeline needs a factory, written module:function, not {factory!r}")
    try:
        make = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"{factory}: cannot be imported ({error})") from error
    try:
        return make(**(arguments or {}))
    except Exception as error:  # of other people's code, anything may come
        raise ModelError(f"{factory}: failed with {type(error).__name__}: {error}") from error


def _fit_one(made: Any, sentences: NDArray[Any], truth: NDArray[np.bool_]) -> Any:
    """A fitted copy; of a single label seen only one way, a constant."""
    from sklearn.base import clone

    if truth.shape[1] > 1:
        return clone(made).fit(sentences, truth.astype(int))
    if truth.all() or not truth.any():
        return _SURE if truth.all() else -_SURE
    return clone(made).fit(sentences, truth[:, 0].astype(int))


def _score_fold(
    made: Any,
    sentences: NDArray[Any],
    truth: NDArray[np.bool_],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> Floats:
    fitted = _fit_one(made, sentences[train], truth[train])
    return _scores(fitted, sentences[test], truth.shape[1])


def _scores(fitted: Any, sentences: NDArray[Any], width: int) -> Floats:
    """Scores (n_sentences, width), the higher the likelier; of sure probabilities finite too."""
    if isinstance(fitted, float):
        return np.full((len(sentences), width), fitted, np.float32)
    if hasattr(fitted, "decision_function"):
        scores = np.asarray(fitted.decision_function(sentences), np.float32)
    else:
        chances = fitted.predict_proba(sentences)
        if isinstance(chances, list):  # of several labels, one matrix each
            chances = np.stack([np.asarray(each)[:, -1] for each in chances], axis=1)
        chances = np.asarray(chances)
        scores = logit(chances[:, 1:] if width == 1 and chances.ndim == 2 else chances)
    scores = scores.reshape(len(sentences), -1)
    if scores.shape[1] != width:
        raise ModelError(f"the pipeline gives {scores.shape[1]} scores a sentence, not {width}")
    return scores
