"""``framing batch`` against a plain script, from one compressed file to finished Parquet.

The plain script does the least that could be called the same work: nltk's Punkt splits, and
scikit-learn's word-bigram TfidfVectorizer with LogisticRegression scores, split over as many
processes. Run: ``python benchmarks/batch.py ../shared/corpus/press_releases.jsonl.gz [--sample N]``
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

WORKERS = 2
_LINE = re.compile(r"[^.\n]{20,}")


def plain(source: Path, out: Path) -> None:
    """The plain script."""
    import joblib
    import pyarrow as pa
    import pyarrow.parquet as pq
    from joblib import Parallel, delayed

    texts = _texts(source)
    model = joblib.load(source.with_name("plain.joblib"))
    batches = [texts[i : i + 256] for i in range(0, len(texts), 256)]
    rows = Parallel(n_jobs=WORKERS)(delayed(_plain_batch)(batch, model) for batch in batches)
    sentences = [row for batch in rows for row in batch]
    pq.write_table(pa.Table.from_pylist(sentences), out)


def fit(source: Path) -> None:
    """Fit the plain script's model, to nothing in particular: scoring costs the same. Not timed."""
    import joblib
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    some = [match[0] for text in _texts(source)[:300] for match in _LINE.finditer(text)][:3000]
    truth = np.random.default_rng(0).random((len(some), 6)) < 0.2
    scorer = OneVsRestClassifier(LogisticRegression(max_iter=300))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), scorer).fit(some, truth)
    joblib.dump(model, source.with_name("plain.joblib"))


def _texts(source: Path) -> list[str]:
    with gzip.open(source, "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def _plain_batch(texts, model):
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    punkt = PunktSentenceTokenizer()
    found = [sentence for text in texts for sentence in punkt.tokenize(text)]
    chances = model.predict_proba(found)
    return [{"text": s, "p": list(map(float, p))} for s, p in zip(found, chances, strict=True)]


def ours(source: Path, out: Path, model: str) -> None:
    from framing.batch import plan, run

    print(run(plan([str(source)], out, model), WORKERS))


def timed(*arguments: str) -> tuple[float, float]:
    """Seconds of a fresh process, and the peak memory in MB of the largest one so far."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, __file__, *arguments], check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return time.perf_counter() - begin, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--sample", type=int, help="only the first N documents")
    parser.add_argument("--times", type=int, default=1, help="the archive so many times over")
    parser.add_argument("--only", choices=("fit", "plain", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only == "fit":
        fit(chosen.source)
    elif chosen.only == "plain":
        plain(chosen.source, chosen.out)
    elif chosen.only == "ours":
        ours(chosen.source, chosen.out, chosen.model)
    else:
        compare(chosen.source, chosen.model, chosen.sample, chosen.times)


def compare(source: Path, model: str, sample: int | None, times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive, out = Path(folder, "archive.jsonl.gz"), Path(folder, "run")
        with gzip.open(source, "rb") as file:
            lines = list(islice(file, sample)) * times
        archive.write_bytes(gzip.compress(b"".join(lines)))
        mine, peak = timed(str(archive), "--only", "ours", "--out", str(out), "--model", model)
        timed(str(archive), "--only", "fit")
        base, _ = timed(str(archive), "--only", "plain", "--out", f"{folder}/plain.parquet")
        print(f"{len(lines)} documents, {WORKERS} workers, model {model}")
        print(f"framing batch {mine:.1f} s (peak {peak:.0f} MB a process), plain {base:.1f} s")
        print(f"ratio {mine / base:.2f}")


if __name__ == "__main__":
    main()
