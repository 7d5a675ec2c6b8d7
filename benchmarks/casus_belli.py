"""Fit the casus-belli score to the rated statements, and measure it on statements left out.

python benchmarks/casus_belli.py --mirror ../shared/corpus/mirror --fit --write

reads the probabilities of a model's sentences on ``../shared/corpus/rated_documents.jsonl.gz``,
cross-validates the score beside three baselines, and prints the tables of docs/casus-belli.md;
``--write`` puts them there. ``--fit`` writes framing/casus_belli/scorer.json from all of them.
The statements of training_data/ratings.jsonl, rated for this project, are learnt from as well and
never tested on. The shipped models have not learnt from the statements tested on (their recipes
leave them out); with ``--refit`` another model is trained again without any sentence of the rated
statements, and is kept in ``--cache`` for the next time.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framing.casus_belli import Scorer, score_document
from framing.casus_belli.features import FEATURES, Roles, features, quantities, signals
from framing.casus_belli.fitting import fit_scorer
from framing.casus_belli.interval import interval
from framing.casus_belli.scorer import SHIPPED
from framing.codebook import Codebook
from framing.corpus.examples import read_jsonl, stand_off
from framing.corpus.sources import Originals
from framing.documents import Document
from framing.documents.readers import read
from framing.scoring import load

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PAGE = ROOT / "docs" / "casus-belli.md"
RATINGS = ROOT / "training_data" / "ratings.jsonl"
LEFT_OUT = ROOT / "training_data" / "rated_sentences.txt"  # which no shipped model has learnt from
ALIKE = 0.6  # cosine of TF-IDF from which two statements are one group: forms sent every year
RESAMPLES = 2000
HELD_OUT_DRAWS = 10  # of the fit, for each statement left out; the shipped scorer has more

# What a plain reader would search for; one hit makes a sentence count.
KEYWORDS = re.compile(
    r"\b(?:terror\w*|jihad\w*|al.qa\w+|isis|isil|hamas|hezbollah|houthis?|cartels?|trafficker\w*|"
    r"traffick\w*|narco\w*|fentanyl|drugs?|nuclear|chemical weapons?|biological weapons?|missiles?|"
    r"weapons? of mass destruction|wmd|proliferation|war|wars|invasion|invade\w*|aggression|"
    r"attack\w*|strikes?|struck|airstrikes?|bomb\w*|military force|armed forces|troops|threat\w*|"
    r"enem(?:y|ies)|defend\w*|self.defense|kill\w*|hostil\w*|combat|regime)\b",
    re.IGNORECASE,
)

NOTES = {
    "1961-02-21-youth-fitness": "Sport in schools; nobody is accused.",
    "1961-03-01-peace-corps": "Volunteers abroad; nobody is accused.",
    "1965-04-28-dominican-republic": "Marines are landed, for the safety of citizens: force is "
    "reported, hardly an enemy shown.",
    "1986-04-14-libya": "Justifies last night's air strikes by attacks laid at Libya's door.",
    "1989-12-20-panama": "Tells of an invasion and gives its grounds.",
    "2001-09-21-war-on-terror": "Declares a war on terror; much of a long speech is about resolve "
    "and life at home.",
    "2024-07-11-tren-de-aragua-sanctions": "A gang is sanctioned: a threat, and no call to force.",
    "2025-01-20-cartels-as-terrorist-organizations": "Cartels become terrorists, a threat case in "
    "the form of an order.",
    "2025-03-15-alien-enemies-act": "A gang's presence is called an invasion, in law.",
    "2025-06-17-iran-nuclear-weapon": "One line over and over: Iran must not have the bomb.",
    "2025-12-15-fentanyl-as-wmd": "A drug becomes a weapon of mass destruction.",
    "2026-01-05-maduro-capture": "Celebrates the capture of a head of state, mostly by "
    "quoting its critics then and now, which the model cannot tell from its own voice.",
}


@dataclass(frozen=True)
class Rated:
    """Rated statements; the first ``tested`` are tested on, the others only learnt from."""

    documents: list[Document]
    ratings: np.ndarray
    texts: list[list[str]]
    probabilities: list[np.ndarray]
    signals: list[np.ndarray]
    tested: int
    read: int  # of the tested statements, sentences that the model may have read in training

    @property
    def features(self) -> np.ndarray:
        return np.array([features(quantities(found)) for found in self.signals])

    @property
    def truth(self) -> np.ndarray:
        return self.ratings[: self.tested]


def rated_statements() -> list[dict[str, Any]]:
    with gzip.open(SHARED / "corpus" / "rated_documents.jsonl.gz", "rt", encoding="utf-8") as rows:
        return [json.loads(row) for row in rows]


def more_statements(mirror: Path | None) -> list[tuple[str, int, Document]]:
    """What this project rated: path in its public source, rating, and the statement."""
    originals = Originals(mirror)
    found = []
    for _, row in read_jsonl(RATINGS):
        root = originals.root(row["source"])
        if root is None or not (root / row["document"]).is_file():
            raise SystemExit(f"{RATINGS.name}: {row['document']} is not in the mirror")
        found.append((row["document"], row["rating"], next(iter(read(root / row["document"])))))
    return found


def inside_rated(sentence: Any, rated: set[str], same: set[str]) -> bool:
    """Whether a training sentence stands in one of the rated statements."""
    return sentence.document in rated or " ".join(sentence.text.lower().split()) in same


def refitted(model: Any, rated: set[str], same: set[str], args: Any) -> Any:
    """The same model, trained as it was but without the rated statements."""
    from framing.classifiers import store
    from framing.corpus.examples import load as load_corpus
    from framing.evaluation.crossval import targets_of

    sentences, _ = load_corpus(ROOT / "training_data", "all", args.mirror)
    kept = [s for s in sentences if not inside_rated(s, rated, same)]
    fresh = type(model)(**model.get_params())
    settings = dict(pair.split("=", 1) for pair in args.set)
    fresh.set_params(**{key: json.loads(value) for key, value in settings.items()})
    key = repr((model.kind, sorted(fresh.get_params().items(), key=str), [s.id for s in kept]))
    folder = args.cache / f"casus-belli-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        print(f"training {model.kind} on {len(kept):,} of {len(sentences):,} sentences", flush=True)
        fresh.fit(
            [s.text for s in kept],
            targets_of(kept, model.labels),
            groups=[s.document for s in kept],
        )
        store.save(fresh, folder, {})
    return store.load(folder)


def rated(model: Any, book: Codebook, args: Any) -> Rated:
    rows, more = rated_statements(), more_statements(args.mirror)
    documents = [
        Document(row["text"], title=row["title"], date=row["date"], speaker=row["speaker"])
        for row in rows
    ] + [document for _, _, document in more]
    texts = [[s.text for s in document.sentences()] for document in documents]
    ids = {row["id"] for row in rows} | {path for path, _, _ in more}
    if args.refit:
        same = {" ".join(text.lower().split()) for sentences in texts for text in sentences}
        model = refitted(model, ids, same, args)
    flat = model.predict_proba([text for sentences in texts for text in sentences])
    cuts = np.cumsum([len(sentences) for sentences in texts])[:-1]
    probabilities = np.split(np.asarray(flat, np.float64), cuts)
    roles = Roles.of(book)
    found = [signals(part, roles) for part in probabilities]
    ratings = np.array([row["rating"] for row in rows] + [rating for _, rating, _ in more])
    tested = {row["id"] for row in rows}
    labels = stand_off(ROOT / "training_data")
    left_out = set(LEFT_OUT.read_text(encoding="utf-8").split())
    seen = sum(label.document in tested and label.id not in left_out for label in labels)
    read_ = 0 if args.refit else seen
    return Rated(documents, ratings, texts, probabilities, found, len(rows), read_)


def groups_alike(documents: list[Document]) -> np.ndarray:
    """A group number a statement: those whose words are nearly the same are one group."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True).fit_transform([d.text for d in documents])
    return connected_components((words @ words.T).toarray() >= ALIKE)[1]


def held_out(data: Rated, groups: np.ndarray, steps: int, draws: int) -> tuple[np.ndarray, ...]:
    """Score, band, and interval of each statement by a scorer that saw none of its group.

    ``draws`` are the resamples of the fit from which an interval is made.
    """
    n = data.tested
    scores, bands, intervals = np.zeros(n), np.zeros(n, int), np.zeros((n, 2))
    table = data.features
    for group in np.unique(groups[:n]):
        test, train = groups[:n] == group, groups != group
        known = np.vstack([data.signals[i] for i in np.flatnonzero(train)])
        scorer = fit_scorer(table[train], data.ratings[train], known, steps, {}, resamples=draws)
        for i in np.flatnonzero(test):
            latent = scorer.latent(table[i])
            scores[i] = scorer.score(latent)
            bands[i] = (np.cumsum(scorer.bands(latent)) < 0.5).sum()
            intervals[i] = interval(data.signals[i], scorer, scores[i])
    return scores, bands, intervals


def baselines(data: Rated, groups: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each baseline its score and its rating of statements left out."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import Ridge

    share = [np.mean([bool(KEYWORDS.search(t)) for t in texts]) for texts in data.texts]
    total = [part.mean(axis=0).sum() for part in data.probabilities]
    found = {}
    for name, values in (
        ("share of sentences with a keyword", np.array(share)),
        ("sum of mean probabilities, untuned", np.array(total)),
    ):
        curve = IsotonicRegression(out_of_bounds="clip")
        rating = predicted_of(curve, values[:, np.newaxis], data, groups)
        found[name] = (values[: data.tested], np.rint(rating).astype(int))
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    table = words.fit_transform([document.text for document in data.documents])
    # To a ridge regression the table turned so that few columns are left is the same table.
    lengths, turned = np.linalg.eigh((table @ table.T).toarray())
    inputs = turned * np.sqrt(np.clip(lengths, 0, None))
    predicted = predicted_of(Ridge(1.0), inputs, data, groups)
    found["ridge regression on TF-IDF of the whole text"] = (
        predicted,
        np.clip(np.rint(predicted), 0, data.ratings.max()).astype(int),
    )
    return found


def predicted_of(model: Any, inputs: np.ndarray, data: Rated, groups: np.ndarray) -> np.ndarray:
    """What ``model`` says of each tested statement when its group is left out of its training."""
    result = np.zeros(data.tested)
    for group in np.unique(groups[: data.tested]):
        test, train = np.flatnonzero(groups[: data.tested] == group), groups != group
        result[test] = model.fit(inputs[train], data.ratings[train]).predict(inputs[test])
    return result


def agreement(ratings: np.ndarray, scores: np.ndarray, bands: np.ndarray) -> tuple[float, float]:
    """Spearman of the scores and quadratically weighted kappa of the bands."""
    from scipy.stats import rankdata

    by_chance = ratings.var() + bands.var() + (ratings.mean() - bands.mean()) ** 2
    kappa = 1 - np.mean((ratings - bands) ** 2) / by_chance
    return float(np.corrcoef(rankdata(scores), rankdata(ratings))[0, 1]), float(kappa)


def with_interval(ratings: np.ndarray, scores: np.ndarray, bands: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    rows = rng.integers(len(ratings), size=(RESAMPLES, len(ratings)))
    drawn = np.array([agreement(ratings[r], scores[r], bands[r]) for r in rows])
    cells = []
    for value, column in zip(agreement(ratings, scores, bands), drawn.T, strict=True):
        low, high = np.quantile(column, [0.025, 0.975])
        cells.append(f"{value:.3f} ({low:.3f} to {high:.3f})")
    return " | ".join(cells)


def table_of_agreement(data: Rated, steps: int) -> tuple[list[str], np.ndarray]:
    """The table of figures, and the intervals of statements left out one by one."""
    lines = [
        "| | left out | Spearman (95 %) | quadratic kappa (95 %) |",
        "|---|---|---|---|",
    ]
    alone, alike = np.arange(len(data.ratings)), groups_alike(data.documents)
    *_, intervals = held_out(data, alone, steps, HELD_OUT_DRAWS)
    for how, groups in (("one statement", alone), ("all statements alike", alike)):
        print(f"leaving out {how} at a time", flush=True)
        scores, bands, _ = held_out(data, groups, steps, draws=1)
        rows = {"**casus-belli score**": (scores, bands), **baselines(data, groups)}
        for name, (values, ratings) in rows.items():
            lines.append(f"| {name} | {how} | {with_interval(data.truth, values, ratings)} |")
    return lines, intervals


def table_of_intervals(data: Rated, intervals: np.ndarray, scorer: Scorer) -> list[str]:
    edges = scorer.edges
    low, high = intervals.T
    width = high - low
    middle = ((edges[1:] + edges[:-1]) / 2)[data.truth]
    sizes = np.array([len(texts) for texts in data.texts[: data.tested]])
    lines = [
        "| statements left out | n | interval holds the middle of the rating's band | "
        "median width | narrower than 100 | narrower than 60 |",
        "|---|---|---|---|---|---|",
    ]
    every = np.ones(len(width), bool)
    parts = [("all", every), ("up to 6 sentences", sizes <= 6), ("16 and more", sizes >= 16)]
    parts += [(f"rated {k}", data.truth == k) for k in range(scorer.steps)]
    for name, rows in parts:
        holds = (low[rows] <= middle[rows]) & (middle[rows] <= high[rows])
        lines.append(
            f"| {name} | {rows.sum()} | {holds.mean():.1%} | {np.median(width[rows]):.0f} | "
            f"{(width[rows] < 100).mean():.1%} | {(width[rows] < 60).mean():.1%} |"
        )
    return lines


def table_of_weights(scorer: Scorer) -> list[str]:
    wide = len(FEATURES)
    low, high = np.quantile(scorer.draws[:, :wide], [0.05, 0.95], axis=0)
    lines = ["| feature | what it is | weight | 90 % of resamples |", "|---|---|---|---|"]
    for feature, weight, a, b in zip(FEATURES, scorer.weights, low, high, strict=True):
        lines.append(f"| `{feature.name}` | {feature.title} | {weight:.2f} | {a:.2f} to {b:.2f} |")
    cuts = ", ".join(f"{cut:.2f}" for cut in scorer.cuts)
    return [*lines, "", f"Cut points of the ratings 1 to {len(scorer.cuts)}: {cuts}."]


def table_of_statements(model: Any, book: Codebook, scorer: Scorer) -> list[str]:
    results = []
    for path in sorted((SHARED / "statements").iterdir()):
        document = next(iter(read(path)))
        sentences = document.sentences()
        probabilities = model.predict_proba([s.text for s in sentences])
        results.append(
            score_document(document, sentences, probabilities, model.thresholds, book, scorer)
        )
    lines = [
        "| score | band | accuse, backed | against | statement |",
        "|---|---|---|---|---|",
    ]
    for r in sorted(results, key=lambda r: -(r.casus_belli or 0)):
        low, high = r.interval or (0, 100)
        names = ", ".join(f"{name} {count}" for name, count in r.adversaries[:3]) or "–"
        stem = Path(str(r.document.path)).stem
        backed = f"{r.evidence.accusing} of {len(r.sentences)}, {r.evidence.backed}"
        lines.append(
            f"| {r.casus_belli:.0f} ({low:.0f} to {high:.0f}) | {r.band_title} | {backed} "
            f"| {names} | **{stem}**. {NOTES.get(stem, '')} |"
        )
    return lines


def write(page: Path, parts: dict[str, list[str]]) -> None:
    """Put each table between its two marks in ``page``."""
    text = page.read_text(encoding="utf-8")
    for name, lines in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        head, rest = text.split(begin)
        text = head + begin + "\n".join(lines) + "\n" + end + rest.split(end)[1]
    page.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="name or folder; the default model if not given")
    parser.add_argument("--refit", action="store_true", help="train it without rated statements")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="a parameter of the model for --refit, such as refit=false",
    )
    parser.add_argument("--mirror", type=Path, help="where the originals of the corpus are")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "framing")
    parser.add_argument("--fit", action="store_true", help=f"write {SHIPPED.name}")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {PAGE.name}")
    args = parser.parse_args()
    book, model = Codebook.load(), load(args.model)
    data = rated(model, book, args)
    print(f"{len(data.ratings)} statements scored", flush=True)
    steps = len(book.rating)
    fitted_on = {
        "statements": len(data.ratings),
        "rating": f"{book.name} {book.version}",
        "model": model.kind,
        "training": "without the rated statements" if args.refit else "as shipped",
        "read": data.read,
    }
    sentences = np.vstack(data.signals)
    scorer = fit_scorer(data.features, data.ratings, sentences, steps, fitted_on)
    if args.fit:
        SHIPPED.write_text(json.dumps(scorer.as_dict()) + "\n", encoding="utf-8")
    about = (
        f"{len(data.ratings)} statements, of which {data.tested} are tested on, rated by "
        f"{fitted_on['rating']}. Sentences: {model.kind} model, {fitted_on['training']}; it had "
        f"read {data.read} of the {sum(map(len, data.texts[: data.tested])):,} sentences tested on"
    )
    figures, intervals = table_of_agreement(data, steps)
    parts = {
        "fitted on": [about + "."],
        "agreement": figures,
        "intervals": table_of_intervals(data, intervals, scorer),
        "weights": table_of_weights(scorer),
        "statements": table_of_statements(model, book, scorer),
    }
    for name, lines in parts.items():
        print(f"\n{name}\n" + "\n".join(lines))
    if args.write:
        write(PAGE, parts)


if __name__ == "__main__":
    main()
