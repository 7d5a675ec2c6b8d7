"""Does the search for label errors find errors? Labels are turned round on purpose and looked for.

python benchmarks/suspects.py --mirror ../shared/corpus/mirror

Of some thousand real sentences six in a hundred of each label are taken away and as many given
where there was none. Prints, for the most suspicious decisions, how many of them were turned.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from framing.classifiers.ngram import NgramClassifier
from framing.codebook import Codebook
from framing.corpus.examples import load
from framing.corpus.suspects import doubtful
from framing.evaluation.crossval import cross_validate, targets_of

ROOT = Path(__file__).resolve().parents[1]
SHARE = 0.06
LOOKED_AT = (20, 50, 100, 200)


def turn(truth: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Which decisions are turned: of each label as many taken away as given."""
    turned = np.zeros_like(truth)
    for k in range(truth.shape[1]):
        n = max(int(SHARE * truth[:, k].sum()), 3)
        for rows in (np.flatnonzero(truth[:, k]), np.flatnonzero(~truth[:, k])):
            turned[generator.choice(rows, n, replace=False), k] = True
    return turned


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--sentences", type=int, default=5_000)
    args = parser.parse_args()
    labels = Codebook.load().names
    generator = np.random.default_rng(0)
    sentences, _ = load(ROOT / "training_data", "real", args.mirror)
    kept = np.sort(generator.choice(len(sentences), args.sentences, replace=False))
    truth = targets_of([sentences[i] for i in kept], labels)
    turned = turn(truth, generator)
    given = truth ^ turned
    noisy = [
        replace(
            sentences[i], labels=tuple(n for n, there in zip(labels, row, strict=True) if there)
        )
        for i, row in zip(kept, given, strict=True)
    ]
    chances, _ = cross_validate(
        lambda: NgramClassifier(labels, characters=None, bits=16, folds=3), noisy, labels, 3
    )
    doubts = [doubtful(given[:, k], chances[:, k]) for k in range(len(labels))]
    found = np.column_stack([found for found, _ in doubts])
    scores = np.where(found, np.column_stack([score for _, score in doubts]), 2)
    print(f"{turned.sum()} of {turned.size:,} decisions turned, {found.sum():,} doubted")
    print("| kind of doubt | " + " | ".join(f"first {n}" for n in LOOKED_AT) + " |")
    print("|---" * (len(LOOKED_AT) + 1) + "|")
    for name, kind in (("any", found), ("drop", found & given), ("add", found & ~given)):
        order = np.argsort(np.where(kind, scores, 2), axis=None, kind="stable")
        order = order[: kind.sum()]
        shares = [turned.ravel()[order[:n]].mean() for n in LOOKED_AT]
        print(f"| {name} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")


if __name__ == "__main__":
    main()
