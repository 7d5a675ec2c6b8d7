"""A fine-tuned sentence encoder, run by onnxruntime in int8; torch is needed only to train it."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import numpy as np

from framing.classifiers.base import (
    Floats,
    SentenceClassifier,
    as_sentences,
    as_targets,
    named_columns,
)
from framing.classifiers.calibration import Calibration
from framing.classifiers.course import partners_of
from framing.classifiers.lessons import Lessons
from framing.corpus.splits import grouped_folds
from framing.errors import ModelError

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
LONGEST = 96  # word pieces; one sentence in a hundred is longer and is cut


def tokenizer_of(path: Path) -> Any:
    """The tokenizer of a file, which cuts what is too long; in training and afterwards the same."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


class EncoderClassifier(SentenceClassifier):
    """An encoder with mean and max pooling and a linear layer, fine-tuned with one logit a label.

    Parameters
    ----------
    label_names : names of the columns of y; ``label_0`` and so on when None.
    epochs : passes over the sentences.
    learning_rate : of the topmost layer; each layer below learns at ``layer_decay`` times that.
    layer_decay : in 0..1.
    smoothing : label smoothing; a target of 1 becomes 1 - smoothing, 0 becomes smoothing.
    batch : sentences a step.
    skip : share of the sentences without a label, and of no contrast pair, that each epoch after
        the first leaves out; they are drawn from the easier ones.
    contrast : weight of telling the two sides of a contrast pair apart, beside 1 for the labels.
    taught_weight : what a lesson of a teacher counts, beside 1 for a labelled sentence.
    folds : grouped folds; one of them is held out, for calibration and thresholds.
    refit : whether to train once more on everything, the held-out fold included.
    seed : of the order of sentences, the dropout and the folds.
    pretrained : folder of another encoder to begin with, of BERT's or MPNet's kind as Hugging Face
        lays it out (config.json, model.safetensors, tokenizer.json), found from where the process
        runs; all-MiniLM-L6-v2 when None.
    threads : sentences that run side by side; 0 is one a processor.
    """

    kind = "encoder"

    def __init__(
        self,
        label_names: Sequence[str] | None = None,
        epochs: int = 4,
        learning_rate: float = 2e-4,
        layer_decay: float = 0.9,
        smoothing: float = 0.02,
        batch: int = 48,
        skip: float = 0.0,
        contrast: float = 0.0,
        taught_weight: float = 1.0,
        folds: int = 5,
        refit: bool = True,
        seed: int = 0,
        pretrained: str | None = None,
        threads: int = 0,
    ) -> None:
        self.label_names = label_names
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.layer_decay = layer_decay
        self.smoothing = smoothing
        self.batch = batch
        self.skip = skip
        self.contrast = contrast
        self.taught_weight = taught_weight
        self.folds = folds
        self.refit = refit
        self.seed = seed
        self.pretrained = pretrained
        self.threads = threads

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        on_step: Callable[[int, int], None] = lambda done, steps: None,
        checkpoint: Path | None = None,
        pairs: Sequence[str | None] | None = None,
        taught: Lessons | None = None,
    ) -> Self:
        """Fine-tune on sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels).

        Trains without one grouped fold, from which calibration and thresholds come; then, with
        ``refit``, on everything. ``held_out_`` keeps the rows of that fold and their probabilities.
        ``on_step`` is told of each step of both. ``pairs`` (n_sentences,) names the contrast pair
        of a sentence, which its two sides share. ``taught`` are further sentences of which a
        teacher says what they are; those of a held-out group are left out. Killed and called
        again with the same ``checkpoint``, a folder, training goes on after its last whole epoch.
        Needs the extra ``encoder``; raises ``ValueError`` for input of a wrong form, ``ModelError``
        where ``pretrained`` is no folder of an encoder.
        """
        from framing.classifiers import encoder_training as training

        sentences = as_sentences(X)
        self._expect_sound(pairs, len(sentences))
        targets = as_targets(y, len(sentences))
        if taught is not None:
            taught.expect_labels(targets.shape[1])
        weights = np.ones(len(sentences)) if sample_weight is None else np.asarray(sample_weight)
        self.classes_ = named_columns(self.label_names, targets.shape[1])
        documents = np.arange(len(sentences)) if groups is None else np.asarray(groups)
        learnt, held_out = grouped_folds(documents, targets, self.folds, self.seed)[0]
        texts = np.array(sentences, dtype=object)
        self._train(
            training,
            self._recipe(training),
            on_step,
            checkpoint,
            texts[learnt].tolist(),
            targets[learnt],
            weights[learnt],
            None if pairs is None else [pairs[i] for i in learnt],
            taught and taught.apart(documents[held_out]),
        )
        logits = self.logits(texts[held_out].tolist())
        self.calibration_ = Calibration.fit(logits, targets[held_out])
        self._settle(held_out, self.calibration_.apply(logits), targets[held_out])
        if self.refit:
            self.learn_all(sentences, targets, sample_weight, on_step, checkpoint, pairs, taught)
        return self

    def learn_all(
        self,
        X: Sequence[str],
        y: Any,
        sample_weight: Sequence[float] | None = None,
        on_step: Callable[[int, int], None] = lambda done, steps: None,
        checkpoint: Path | None = None,
        pairs: Sequence[str | None] | None = None,
        taught: Lessons | None = None,
    ) -> Self:
        """Train anew on everything; calibration, thresholds and what was held out stay as they are.

        For a model that ``fit`` has measured on its held-out fold, with the same sentences.
        """
        from framing.classifiers import encoder_training as training

        sentences = as_sentences(X)
        self._expect_sound(pairs, len(sentences))
        weights = np.ones(len(sentences)) if sample_weight is None else np.asarray(sample_weight)
        targets = as_targets(y, len(sentences))
        recipe = self._recipe(training)
        self._train(
            training, recipe, on_step, checkpoint, sentences, targets, weights, pairs, taught
        )
        return self

    def _expect_sound(self, pairs: Sequence[str | None] | None, n: int) -> None:
        """Raise ``ValueError``, before hours are spent, for settings that cannot be worked with."""
        if not 0 <= self.skip < 1:
            raise ValueError(f"skip must be at least 0 and below 1, not {self.skip!r}")
        for name in ("contrast", "taught_weight"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be at least 0, not {getattr(self, name)!r}")
        if self.pretrained is not None and (
            not isinstance(self.pretrained, str) or not self.pretrained
        ):
            raise ValueError(f"pretrained must name a folder, not {self.pretrained!r}")
        if pairs is not None and len(pairs) != n:
            raise ValueError(f"{n} sentences need as many pairs (None for none), not {len(pairs)}")

    def _recipe(self, training: Any) -> Any:
        return training.Recipe(
            self.epochs,
            self.learning_rate,
            self.layer_decay,
            self.smoothing,
            self.batch,
            self.seed,
            self.skip,
            self.contrast,
            self.pretrained,
        )

    def _train(
        self,
        training: Any,
        recipe: Any,
        on_step: Callable[[int, int], None],
        checkpoint: Path | None,
        sentences: list[str],
        targets: Any,
        weights: Any,
        pairs: Sequence[str | None] | None,
        taught: Lessons | None,
    ) -> None:
        partners = partners_of(pairs, len(sentences))
        n_taught = 0
        if taught is not None:
            n_taught = len(taught.sentences)
            sentences = sentences + as_sentences(taught.sentences)
            targets = np.concatenate([targets, taught.probabilities])
            weights = np.concatenate([weights, np.full(n_taught, self.taught_weight)])
            partners = np.concatenate([partners, np.full(n_taught, -1)])
        network = training.finetune(
            recipe, sentences, targets, weights, on_step, checkpoint, partners, n_taught
        )
        self.folder_ = Path(mkdtemp(prefix="framing-encoder-"))
        atexit.register(shutil.rmtree, self.folder_, ignore_errors=True)
        training.export(network, self.folder_ / GRAPH, self.folder_ / TOKENIZER)
        self.__dict__.pop("_session", None)
        self.__dict__.pop("_tokenizer", None)

    def logits(self, sentences: Sequence[str]) -> Floats:
        """Uncalibrated log-odds, (n_sentences, n_labels).

        Each sentence runs alone, several side by side. In a batch the int8 graph would scale all
        its numbers by the batch's largest, and what is said of a sentence would depend on its
        company; alone it also costs no padding, and is no slower.
        """
        encoded = self._tokenizer.encode_batch(list(sentences))
        threads = self.threads or os.cpu_count() or 1
        with ThreadPoolExecutor(threads) as pool:
            run = partial(self._run, self._session)
            rows = list(pool.map(run, (known.ids for known in encoded)))
        return np.array(rows, np.float32).reshape(len(encoded), len(self.classes_))

    @staticmethod
    def _run(session: Any, pieces: list[int]) -> Floats:
        ids = np.array([pieces], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        return np.asarray(session.run(None, inputs)[0][0], np.float32)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            (self.folder_ / GRAPH).read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> Any:
        return tokenizer_of(self.folder_ / TOKENIZER)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the running session: a worker process opens its own."""
        state = dict(self.__dict__)
        state.pop("_session", None)
        state.pop("_tokenizer", None)
        return state

    def write(self, folder: Path) -> dict[str, Any]:
        """Copy the graph and the tokenizer into ``folder``."""
        for name in (GRAPH, TOKENIZER):
            shutil.copyfile(self.folder_ / name, folder / name)
        settings = self.get_params()
        unsaid = {"label_names", "threads"}
        if self.pretrained is None:
            unsaid.add("pretrained")  # so that older versions can read what needs nothing new
        return {k: v for k, v in settings.items() if k not in unsaid}

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Point at what ``write`` wrote; raises ``ModelError`` when a file is not there."""
        for name in (GRAPH, TOKENIZER):
            if not (folder / name).is_file():
                raise ModelError(f"{folder / name}: is missing from the model folder")
        model = cls(**{name: value for name, value in state.items() if name != "threads"})
        model.folder_ = folder.resolve()
        return model
