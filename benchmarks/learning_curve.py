"""Does more data still pay? Macro-F1 of the n-gram model by how much of the corpus it has read.

python benchmarks/learning_curve.py --mirror ../shared/corpus/mirror

Real sentences are split into five grouped folds; on each of ``--tests`` of them a model is tested
that has read 10 to 100 % of the documents of the other folds, without and with all authored
sentences. Writes docs/learning_curve.csv and docs/learning_curve.png, and prints the table.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from framing.classifiers.ngram import NgramClassifier
from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, LabelledSentence, load
from framing.evaluation.learning import SHARES, learning_curve

ROOT = Path(__file__).resolve().parents[1]
VARIANTS = ("real", "real and authored")


def curve(
    real: list[LabelledSentence], ours: list[LabelledSentence], labels: tuple[str, ...], args: Any
) -> list[dict[str, Any]]:
    rows = []
    for variant in VARIANTS:
        points = learning_curve(
            lambda: NgramClassifier(labels, folds=3, jobs=args.jobs),
            real,
            labels,
            SHARES,
            args.tests,
            args.seed,
            ours if variant != "real" else [],
        )
        for point in points:
            found = point.flat()
            rows.append(
                {
                    "trained on": variant,
                    "share": found.pop("share"),
                    "real sentences": found.pop("sentences"),
                    **found,
                }
            )
            print(rows[-1], flush=True)
    return rows


def plot(rows: list[dict[str, Any]], labels: tuple[str, ...], book: Codebook, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), sharex=True, dpi=150)
    for variant, style in zip(VARIANTS, ("o-", "s--"), strict=True):
        of = [row for row in rows if row["trained on"] == variant]
        x = [row["real sentences"] for row in of]
        left.plot(x, [row["macro_f1"] for row in of], style, label=variant, color="#333333")
        if variant == "real":
            low, high = ([row[k] for row in of] for k in ("low", "high"))
            left.fill_between(x, low, high, color="#333333", alpha=0.15, lw=0)
        else:
            for name in labels:
                label = book.by_name(name)
                y = [row[name] for row in of]
                right.plot(x, y, "s--", color=label.colour, label=f"{label.code} {name}")
    left.set_ylabel("macro-F1 on unseen documents")
    right.set_ylabel("F1 of each label (real and authored)")
    for axis in (left, right):
        axis.set_xlabel("real training sentences")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--tests", type=int, default=1, help="how many of five folds are tested")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    args = parser.parse_args()
    book = Codebook.load()
    sentences, missing = load(ROOT / "training_data", "all", args.mirror)
    for gap in missing:
        print(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    real = [s for s in sentences if s.source != AUTHORED]
    ours = [s for s in sentences if s.source == AUTHORED]
    rows = curve(real, ours, book.names, args)
    args.out.mkdir(exist_ok=True)
    with (args.out / "learning_curve.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    plot(rows, book.names, book, args.out / "learning_curve.png")
    print("| trained on | share | real sentences | macro-F1 | 95 % |\n|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['trained on']} | {row['share']:.0%} | {row['real sentences']:,} "
            f"| {row['macro_f1']:.3f} | {row['low']:.3f} to {row['high']:.3f} |"
        )


if __name__ == "__main__":
    main()
