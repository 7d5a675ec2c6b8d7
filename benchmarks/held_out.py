"""The shipped encoder, or one of other settings, on the fold that its training held out.

python benchmarks/held_out.py --mirror ../shared/corpus/mirror
python benchmarks/held_out.py --mirror ../shared/corpus/mirror --blend 0.1 0.25
python benchmarks/held_out.py --mirror ../shared/corpus/mirror --model FOLDER --model encoder
python benchmarks/held_out.py --mirror ../shared/corpus/mirror --set epochs=3 --set seed=1 --lessons
python benchmarks/held_out.py --mirror ../shared/corpus/mirror --before 2025 --set folds=5

Calibration and thresholds of each half of the held-out documents are chosen on the other half. With
``--model`` other encoders that held out this fold stand in the shipped one's place, each alone and
all averaged. With ``--blend`` an n-gram model is trained on the other four folds too (some
minutes), alone and mixed with the encoder by each weight. With ``--set`` an encoder is trained anew
on 19 in 20 of their sentences, which takes from a quarter of an hour to one and the extra
``encoder``; with ``--lessons`` from the recipe's lessons too, whose teachers have read just those
sentences. With ``--before`` it is trained on documents of before that date alone, some of which
give calibration and thresholds, and judged on later ones as it stands. The shipped fast model is at
last fitted to all sentences, so neither it nor the cascade can be judged so; their cards have what
was held out.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from framing import experiment, teaching
from framing.classifiers import store
from framing.classifiers.calibration import logit, sigmoid
from framing.classifiers.ngram import NgramClassifier
from framing.cli.output import progress
from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence, load
from framing.corpus.splits import by_time, group_alike, grouped_folds
from framing.evaluation.crossval import is_real, targets_of
from framing.evaluation.metrics import f1
from framing.evaluation.report import across_halves, pairs_right
from framing.models import locate
from framing.training import document_of

ROOT = Path(__file__).resolve().parents[1]


def corpus(data: Path, mirror: Path | None) -> list[LabelledSentence]:
    """What the recipes learn from, and what they hold out."""
    sentences, missing = load(data, "all", mirror)
    for gap in missing:
        print(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    left_out = set((data / "rated_sentences.txt").read_text(encoding="utf-8").split())
    return [s for s in sentences if s.id not in left_out]


def held_out_rows(sentences: list[LabelledSentence], targets: Any) -> tuple[Any, Any, Any]:
    """Groups, and the rows of the first of five folds: what the recipes hold out."""
    groups = group_alike(sentences)
    return groups, *grouped_folds(groups, targets, 5, 0)[0]


def shipped(name: str, sentences: list[LabelledSentence]) -> Any:
    """A shipped model, or one of a folder, that has held out just the fold that is measured on."""
    from framing.scoring import load as load_model

    recipe = experiment.load(ROOT / "recipes" / "cascade.toml")
    reason = teaching.concern(store.read_manifest(locate(name)), recipe, sentences)
    if reason:
        raise SystemExit(
            f"{name}: {reason}, so that this fold is not what it held out; train it anew, or go "
            "back to the commit that it was trained at"
        )
    return load_model(name)


def row(name: str, given: Any, targets: Any, sentences: list[LabelledSentence]) -> str:
    real = is_real(sentences)
    hard = np.array([(s.stratum or "").startswith("uncertain") for s in sentences])
    late = np.array([(s.date or "") >= "2025" for s in sentences])
    nations = np.array([s.source == "un-general-debate" for s in sentences])
    plain = real & ~hard
    parts = [real, plain, plain & nations, plain & late]
    figures = [f1(targets[part], given[part]).mean() if part.any() else np.nan for part in parts]
    figures += list(f1(targets[plain], given[plain]))
    older = np.array([not s.id.startswith("stances-") for s in sentences])
    pairs = [_pairs(sentences, targets, given, rows) for rows in (older, ~older)]
    return f"| {name} | " + " | ".join([f"{x:.3f}" for x in figures] + pairs) + " |"


def _pairs(sentences: list[LabelledSentence], targets: Any, given: Any, rows: Any) -> str:
    kept = [s for s, row in zip(sentences, rows, strict=True) if row]
    n, right = pairs_right(kept, (given == targets).all(axis=1)[rows]).get("all", (0, 0))
    return f"{right}/{n}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("training_data"))
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--model", action="append", help="an encoder that held out the same fold")
    parser.add_argument("--set", action="append", default=[], metavar="PARAMETER=VALUE")
    parser.add_argument("--blend", type=float, nargs="+", help="weights of an n-gram model beside")
    parser.add_argument("--lessons", action="store_true", help="learn from the recipe's too")
    parser.add_argument("--before", metavar="DATE", help="train on older documents, test on others")
    args = parser.parse_args()
    if args.lessons and args.before:
        parser.error("the teachers of the lessons have read later documents: leave out --lessons")
    labels = Codebook.load().names
    sentences = corpus(args.data, args.mirror)
    targets = targets_of(sentences, labels)
    groups, train, test = held_out_rows(sentences, targets)
    if args.before:
        train, test = by_time(groups, [s.date for s in sentences], args.before)
    tested = [sentences[i] for i in test]
    texts = [s.text for s in tested]
    print(f"{len(tested)} sentences held out of {len(sentences)}\n")
    print("| model | all real | without uncertain | UN | 2025 and later | ", end="")
    print(" | ".join(labels) + " | pairs | pairs of stance_pairs |\n|" + "---|" * (7 + len(labels)))

    def show(name: str, probabilities: Any) -> None:
        _, given = across_halves(probabilities, targets[test], groups[test])
        print(row(name, given, targets[test], tested), flush=True)

    if args.model:
        said = {name: shipped(name, sentences).predict_proba(texts) for name in args.model}
        if len(said) > 1:
            together = np.mean([logit(chances) for chances in said.values()], axis=0)
            said["all of them, log-odds averaged"] = sigmoid(together)
        for name, chances in said.items():
            show(name, chances)
        return
    name, model = _encoder(args, labels, sentences, targets, groups, train)
    careful = model.predict_proba(texts)
    if args.before:
        print(row(name, careful >= model.thresholds, targets[test], tested))
        return
    show(name, careful)
    if args.blend:
        known = [sentences[i].text for i in train]
        quick = NgramClassifier(labels).fit(known, targets[train], groups[train])
        fast = quick.predict_proba(texts)
        show("n-gram model, not taught", fast)
        for share in args.blend:
            mixed = share * logit(fast) + (1 - share) * logit(careful)
            show(f"both, {share:g} of it the n-gram model's", sigmoid(mixed))


def _encoder(
    args: Any,
    labels: tuple[str, ...],
    sentences: list[LabelledSentence],
    targets: Any,
    groups: Any,
    train: Any,
) -> Any:
    if not (args.set or args.before or args.lessons):
        return "encoder, as shipped", shipped("encoder", sentences)
    from framing.classifiers.encoder import EncoderClassifier

    settings = {k: json.loads(v) for k, v in (pair.split("=", 1) for pair in args.set)}
    recipe = experiment.load(ROOT / "recipes" / "encoder.toml")
    most = {"folds": 20}  # its own held-out part, for calibration and thresholds
    model = EncoderClassifier(labels, **{**most, **(recipe.parameters or {}), **settings})
    texts = [sentences[i].text for i in train]
    pairs = [sentences[i].pair for i in train]
    known = {document_of(s): group for s, group in zip(sentences, groups, strict=True)}
    tested = np.setdiff1d(groups, groups[train])
    lessons = _lessons(recipe, args.mirror).regrouped(known).apart(tested) if args.lessons else None
    name = "encoder, " + ", ".join(args.set or ["as the recipe says"])
    with progress() as bar:
        task = bar.add_task(f"learning from {len(texts)} sentences", total=None)
        tell = partial(_tell, bar, task)
        return name, model.fit(
            texts, targets[train], groups[train], on_step=tell, pairs=pairs, taught=lessons
        )


def _lessons(recipe: Any, mirror: Path | None) -> Any:
    """The recipe's lessons."""
    opened = experiment.open_data(recipe, mirror)
    return teaching.read(recipe.find(recipe.lessons), recipe, opened, print)


def _tell(bar: Any, task: Any, done: int, steps: int) -> None:
    bar.update(task, completed=done, total=steps)


if __name__ == "__main__":
    main()
