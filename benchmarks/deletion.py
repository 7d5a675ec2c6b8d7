"""Do the words that ``framing score --explain`` names move the label? A deletion test.

python benchmarks/deletion.py encoder --mirror ../shared/corpus/mirror

Takes real sentences that the model gives a label, of documents that its training held out (the
first of its five grouped folds), leaves out the words named first, and as many random words, and
compares by how much the label's probability falls. A model that was fitted to all documents after
it was calibrated, as the n-gram model, is first trained again without that fold. ``--record``
writes the figures into the model's manifest and card.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from framing.classifiers import store
from framing.cli.output import progress
from framing.corpus.examples import AUTHORED, LabelledSentence, load
from framing.corpus.splits import group_alike, grouped_folds
from framing.evaluation.crossval import targets_of
from framing.evaluation.deletion import Deletion, cases_of, deletion_test
from framing.models import locate
from framing.scoring import load as load_model
from framing.training import describe, record

ROOT = Path(__file__).resolve().parents[1]


def held_out(
    model: Any, known: str, sentences: list[LabelledSentence]
) -> tuple[Any, list[LabelledSentence], str]:
    """A model, real sentences of documents that it has not read, and how that was made sure.

    ``known`` is the digest of what ``model`` was trained on.
    """
    targets = targets_of(sentences, model.labels)
    documents = group_alike(sentences)
    train, test = grouped_folds(documents, targets, 5, 0)[0]
    how = "held out from its training"
    if model.kind == "cascade":
        how = "held out from the training of its careful model"
    if known != describe(sentences)["data_digest"]:
        how = "of which it may have read some: the corpus has changed since its training"
    if model.get_params().get("refit", True) and model.kind == "ngram":
        fresh = type(model)(**model.get_params()).set_params(label_names=list(model.labels))
        fresh.fit(
            [sentences[i].text for i in train], targets[train], groups=[documents[i] for i in train]
        )
        model, how = fresh, "left out of a training made for this test"
    return model, [sentences[i] for i in test if sentences[i].source != AUTHORED], how


def table(found: list[Deletion]) -> list[str]:
    lines = [
        "| words left out | cases | documents | falls without the words named | without random "
        "words | difference (95 %) | falls by more in |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found:
        low, high = row.interval
        lines.append(
            f"| {row.words} | {row.cases} | {row.documents} | {row.top:.3f} | {row.random:.3f} | "
            f"{row.more:.3f} ({low:.3f} to {high:.3f}) | {row.share:.1%} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="name or folder")
    parser.add_argument("--mirror", type=Path, help="where the originals of the corpus are")
    parser.add_argument("--cases", type=int, default=60, help="sentences a label")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write it into the model's card")
    args = parser.parse_args()
    shipped = load_model(args.model)
    sentences, _ = load(ROOT / "training_data", "all", args.mirror)
    left_out = set((ROOT / "training_data" / "rated_sentences.txt").read_text("utf-8").split())
    sentences = [s for s in sentences if s.id not in left_out]  # as the recipes have it
    manifest = store.read_manifest(locate(args.model))
    known = manifest.get("training", {}).get("data_digest", "")
    model, real, how = held_out(shipped, known, sentences)
    cases = cases_of(
        model, [s.text for s in real], [s.document for s in real], args.cases, args.seed
    )
    with progress() as bar:
        task = bar.add_task("leaving out words", total=len(cases))
        found = deletion_test(model, cases, seed=args.seed, on_step=lambda: bar.advance(task))
    print(f"{args.model}: {len(cases)} cases of real sentences in documents {how}\n")
    print("\n".join(table(found)))
    if args.record:
        rows = [{k: _rounded(v) for k, v in asdict(row).items()} for row in found]
        command = f"python benchmarks/deletion.py {args.model}"
        record(locate(args.model), explanations={"how": command, "documents": how, "rows": rows})


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [round(v, 4) for v in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
