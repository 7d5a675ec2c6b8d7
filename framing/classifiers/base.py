"""What every sentence classifier shares: names of labels, calibration, thresholds, prediction."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.calibration import (
    PRECISIONS,
    Calibration,
    best_thresholds,
    precision_table,
)
from framing.errors import ModelError

Floats = NDArray[np.float32]


class SentenceClassifier:
    """A multi-label classifier of sentences, to scikit-learn an estimator like any other.

    It follows scikit-learn's protocol without inheriting from it: to import scikit-learn takes
    longer than to score a statement, and scoring does not need it.

    A subclass gives ``kind``, ``fit``, ``logits``, ``write`` and ``read``. After ``fit`` it has
    ``classes_`` (names of the labels, in order), ``thresholds_`` (n_labels,), ``precisions_``
    (a row of thresholds for each of ``calibration.PRECISIONS``) and ``calibration_``, and
    ``held_out_``: rows of the training sentences, and what a model that had not seen their
    documents said of them, (n_held_out, n_labels).
    """

    _estimator_type = "classifier"

    kind: ClassVar[str]
    classes_: NDArray[Any]
    thresholds_: Floats
    precisions_: Floats
    calibration_: Calibration
    held_out_: tuple[NDArray[np.intp], Floats]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels, one a column of ``predict_proba``."""
        self._expect_fitted()
        return tuple(str(name) for name in self.classes_)

    @property
    def thresholds(self) -> Floats:
        """The probability from which a label counts as present, (n_labels,)."""
        self._expect_fitted()
        return self.thresholds_

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
    ) -> Self:
        """Fit to sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels)."""
        raise NotImplementedError

    def logits(self, sentences: Sequence[str]) -> Floats:
        """Uncalibrated log-odds, (n_sentences, n_labels)."""
        raise NotImplementedError

    def predict_proba(self, X: Sequence[str]) -> Floats:
        """Calibrated probabilities in 0..1, float32, (n_sentences, n_labels)."""
        self._expect_fitted()
        sentences = as_sentences(X)
        if not sentences:
            return np.zeros((0, len(self.classes_)), dtype=np.float32)
        return self.calibration_.apply(self.logits(sentences))

    def predict(self, X: Sequence[str]) -> NDArray[np.bool_]:
        """Which labels are present by the model's own thresholds, (n_sentences, n_labels)."""
        return self.predict_proba(X) >= self.thresholds_

    def at_precision(self, precision: float) -> Self:
        """This model with other thresholds: at least so many of its labels are right, in 0..1.

        The thresholds reached that precision on sentences held out from training; they are known
        in steps of 0.05, and the next higher one is taken. A label that never reached it is never
        given. Raises ``ModelError`` for a precision, or a model, for which none are known.
        """
        self._expect_fitted()
        if not hasattr(self, "precisions_"):
            raise ModelError("this model does not know its precision; train it anew")
        if not 0 < precision <= PRECISIONS[-1]:
            raise ModelError(f"a precision lies above 0 and at most at {PRECISIONS[-1]}")
        step = next(i for i, known in enumerate(PRECISIONS) if known >= precision - 1e-9)
        other = copy(self)
        other.thresholds_ = self.precisions_[step]
        return other

    def answering(self, sentence: str) -> SentenceClassifier:
        """The model that has the say, or most of it, on ``sentence``: this one, if not several."""
        return self

    def parts(self) -> dict[str, SentenceClassifier]:
        """The models that this one is made of, by the names of their folders within its own."""
        return {}

    def expect_whole(self) -> None:
        """Raise ``ModelError`` where weights that were read do not fit the labels."""

    def _settle(
        self, rows: NDArray[np.intp], probabilities: Floats, targets: NDArray[np.bool_]
    ) -> None:
        """Choose thresholds by the held-out ``rows``; both others are (n_rows, n_labels)."""
        self.thresholds_ = best_thresholds(probabilities, targets)
        self.precisions_ = precision_table(probabilities, targets)
        self.held_out_ = (rows, probabilities)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the weights into ``folder``; return what else ``read`` needs, JSON-ready."""
        raise NotImplementedError

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Read what ``write`` wrote; raises ``ModelError`` when it does not fit together."""
        raise NotImplementedError

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor, by name, as scikit-learn's ``clone`` asks for them."""
        return {
            name: getattr(self, name)
            for name in signature(type(self).__init__).parameters
            if name != "self"
        }

    def set_params(self, **params: Any) -> Self:
        """Change parameters of the constructor; raises ``ValueError`` for one it does not have."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """The constructor with its parameters."""
        params = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({params})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classes_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, multi_output=True, single_output=False),
            classifier_tags=ClassifierTags(multi_label=True),
            input_tags=InputTags(two_d_array=False, string=True),
        )

    def _expect_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"this {type(self).__name__} has learnt nothing yet; call fit")


def as_sentences(X: Any) -> list[str]:
    """A list of sentences with white space made one space; raises ``ValueError`` for other input.

    A bare string is refused: it would be read as one sentence a letter.
    """
    if isinstance(X, str):
        raise ValueError("expected a sequence of sentences, got one string; put it into a list")
    sentences = list(X)
    if not all(isinstance(sentence, str) for sentence in sentences):
        raise ValueError("expected a sequence of sentences, each a string")
    return [" ".join(sentence.split()) for sentence in sentences]


def as_targets(y: Any, n_sentences: int) -> NDArray[np.bool_]:
    """An indicator matrix (n_sentences, n_labels); raises ``ValueError`` when it is none."""
    targets = np.asarray(y)
    if targets.ndim != 2 or targets.shape[0] != n_sentences:
        raise ValueError(
            f"y must be a matrix of 0 and 1 with {n_sentences} rows, got shape {targets.shape}"
        )
    if not np.isin(targets, (0, 1)).all():
        raise ValueError("y must hold only 0 and 1")
    return targets.astype(bool)


def named_columns(labels: Sequence[str] | None, n_labels: int) -> NDArray[Any]:
    """The names of the columns; raises ``ValueError`` when there are not as many as columns."""
    names = list(labels) if labels is not None else [f"label_{i}" for i in range(n_labels)]
    if len(names) != n_labels:
        raise ValueError(f"{len(names)} labels were named, y has {n_labels} columns")
    return np.array(names, dtype=object)


def expect_shape(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """``array`` itself when its shape is right, else ``ModelError``: the folder is inconsistent."""
    if array.shape != shape:
        raise ModelError(f"{name} has shape {array.shape}, expected {shape}: the model is damaged")
    return array
