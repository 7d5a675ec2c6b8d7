"""Would other features make a better casus-belli score? Chosen inside the loop, and outside it.

python benchmarks/casus_belli_choice.py --model encoder --mirror ../shared/corpus/mirror

Each of 16 sets of features is tried with three penalties of a ridge regression, whose predictions
of statements left out have a closed form. The best of all 48 by the figure itself is too good to
be true; beside it stands what comes out when, for each statement, the choice is made among the
other statements only. Both with and without the statements of training_data/ratings.jsonl.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from casus_belli import Rated, rated
from scipy.stats import rankdata

from framing.casus_belli.features import FEATURES, Roles, signals, threat_and_case
from framing.casus_belli.fitting import fit
from framing.casus_belli.scorer import logistic
from framing.codebook import Codebook
from framing.scoring import load

PENALTIES = (3, 10, 30)
LEVELS_OFF = 10  # a count of as many is halfway
NOTHING = 0.2  # a probability up to here counts as nothing in a count


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def strongest(values: np.ndarray, part: float) -> float:
    """The mean of the strongest part, a fraction of a sentence counting as that fraction."""
    whole = part * len(values)
    taken = np.clip(whole - np.arange(len(values)), 0, 1) / whole
    return float(np.sort(values)[::-1] @ taken)


def candidates(probabilities: np.ndarray, roles: Roles) -> dict[str, float]:
    """Everything that a set may hold, each in 0..1, of one statement."""
    found = signals(probabilities, roles)
    frame, evidence, force, counter = found.T
    threat, case = threat_and_case(found)
    result = {f"share of label {k}": column.mean() for k, column in enumerate(probabilities.T)}
    for name, values in {
        "frame": frame,
        "evidence": evidence,
        "force": force,
        "counter": counter,
        "threat": threat,
        "case": case,
        "unopposed": threat * (1 - counter),
    }.items():
        odds = np.log(np.clip(values, 1e-3, 0.999) / (1 - np.clip(values, 1e-3, 0.999)))
        count = np.clip((values - NOTHING) / (1 - NOTHING), 0, 1).sum()
        result |= {
            f"max {name}": values.max(),
            f"two {name}": np.sort(values)[-2:].mean(),
            f"10 {name}": strongest(values, 0.1),
            f"25 {name}": strongest(values, 0.25),
            f"50 {name}": strongest(values, 0.5),
            f"mean {name}": values.mean(),
            f"odds max {name}": (odds.max() + 7) / 14,
            f"odds mean {name}": (odds.mean() + 7) / 14,
            f"count {name}": count / (count + LEVELS_OFF),
        }
    return result


def sets_of(names: list[str]) -> dict[str, list[str]]:
    ours = [feature.name for feature in FEATURES]
    every = [n for n in names if n not in ours and not n.startswith(("count", "share"))]
    return {
        "the seven features": ours,
        "+ two strongest sentences": [*ours, "two force", "two frame"],
        "+ strongest parts of force": [*ours, "10 force", "25 force"],
        "+ strongest quarters": [*ours, "25 force", "25 frame", "25 case", "50 force"],
        "+ strongest sentence": [*ours, "max force", "max threat"],
        "+ strongest in log-odds": [*ours, "odds max threat", "odds max force"],
        "+ means in log-odds": [*ours, "odds mean case", "odds mean threat", "odds mean force"],
        "+ means": [*ours, "mean force", "mean evidence", "mean frame"],
        "+ count of threats": [*ours, "count threat"],
        "+ count of case": [*ours, "count case"],
        "+ count of calls": [*ours, "count force"],
        "+ labels apart": [*ours, *(f"share of label {k}" for k in range(3))],
        "all": [*ours, *every],
        "all but the seven": every,
        "four": ["mean threat", "25 force", "25 case", "mean counter"],
        "five": ["mean threat", "two force", "two frame", "two case", "mean counter"],
    }


def left_out(inputs: np.ndarray, ratings: np.ndarray, penalty: float) -> np.ndarray:
    """What a ridge regression fitted to the others says of each row: exact, by one fit."""
    scaled = (inputs - inputs.mean(axis=0)) / (inputs.std(axis=0) + 1e-9)
    table = np.column_stack([np.ones(len(scaled)), scaled])
    ridge = np.diag([0.0, *[float(penalty)] * scaled.shape[1]])
    hat = table @ np.linalg.solve(table.T @ table + ridge, table.T)
    return ratings - (ratings - hat @ ratings) / (1 - np.diag(hat))


def predicted(inputs: np.ndarray, ratings: np.ndarray, row: int, penalty: float) -> float:
    """What a ridge regression fitted to all other rows says of ``row``."""
    others = np.arange(len(ratings)) != row
    mean, scale = inputs[others].mean(axis=0), inputs[others].std(axis=0) + 1e-9
    table = np.column_stack([np.ones(others.sum()), (inputs[others] - mean) / scale])
    ridge = np.diag([0.0, *[float(penalty)] * inputs.shape[1]])
    weights = np.linalg.solve(table.T @ table + ridge, table.T @ ratings[others])
    return float(np.concatenate([[1.0], (inputs[row] - mean) / scale]) @ weights)


def chosen_inside(
    tables: dict[str, np.ndarray], ratings: np.ndarray, tested: int
) -> dict[str, float]:
    """Spearman of the seven features, of the best choice, and of the choice made by others."""
    pairs = [(name, penalty) for name in tables for penalty in PENALTIES]

    def best(rows: np.ndarray) -> tuple[float, tuple[str, int]]:
        n = int((rows < tested).sum())
        return max(
            (spearman(left_out(tables[s][rows], ratings[rows], p)[:n], ratings[rows][:n]), (s, p))
            for s, p in pairs
        )

    every = np.arange(len(ratings))
    nested = np.zeros(tested)
    for row in range(tested):
        _, (name, penalty) = best(every[every != row])
        nested[row] = predicted(tables[name], ratings, row, penalty)
    ours = left_out(tables["the seven features"], ratings, 10)[:tested]
    figure, (name, penalty) = best(every)
    return {
        "the seven features": spearman(ours, ratings[:tested]),
        f"the best of all ({name}, penalty {penalty})": figure,
        "chosen among the other statements": spearman(nested, ratings[:tested]),
    }


def fitted_elsewhere(data: Rated, steps: int) -> float:
    """Spearman of the score itself when it has learnt from none of the tested statements."""
    table, n = data.features, data.tested
    weights, cuts = fit(table[n:], data.ratings[n:], steps)
    latent = np.sqrt(table[:n]) @ weights
    return spearman(logistic(latent[:, np.newaxis] - cuts).mean(axis=1), data.truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="name or folder; the default model if not given")
    parser.add_argument("--mirror", type=Path, help="where the originals of the corpus are")
    parser.set_defaults(refit=False)
    args = parser.parse_args()
    book = Codebook.load()
    data = rated(load(args.model), book, args)
    roles = Roles.of(book)
    rows = [
        candidates(part, roles) | {f.name: value for f, value in zip(FEATURES, ours, strict=True)}
        for part, ours in zip(data.probabilities, data.features, strict=True)
    ]
    tables = {
        name: np.sqrt(np.clip([[row[key] for key in keys] for row in rows], 0, None))
        for name, keys in sets_of(list(rows[0])).items()
    }
    for title, n in (("without", data.tested), ("with", len(rows))):
        parts = {name: table[:n] for name, table in tables.items()}
        print(f"\n{title} the statements of {'ratings.jsonl'}")
        found = chosen_inside(parts, data.ratings[:n].astype(float), data.tested)
        for name, figure in found.items():
            print(f"{figure:.3f}  {name}", flush=True)
    print(f"\n{fitted_elsewhere(data, len(book.rating)):.3f}  the score fitted to these alone")


if __name__ == "__main__":
    main()
