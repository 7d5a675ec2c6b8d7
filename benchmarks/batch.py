"""``framing batch`` measured: against a plain script, against the encoder, and in memory.

``plain``: the whole archive, from one compressed file to finished Parquet, beside a script that
only splits sentences with nltk's Punkt and scores them with scikit-learn's word-bigram
TfidfVectorizer and LogisticRegression, fitted to the same labelled sentences; both in one run.
``models``: sentences a second of one model and another. ``memory``: the largest process for the
archive and for one so many times as large. The archive may be ``--sample``\\ d.

    python benchmarks/batch.py plain ../shared/corpus/press_releases.jsonl.gz
    python benchmarks/batch.py models ../shared/corpus/press_releases.jsonl.gz --sample 300
    python benchmarks/batch.py memory ../shared/corpus/press_releases.jsonl.gz --times 10
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLAIN = "plain.joblib"
_BATCH = 256


def plain(source: Path, fitted: Path, workers: int) -> None:
    """The plain script: split and score, and throw the result away."""
    import joblib
    from joblib import Parallel, delayed

    with gzip.open(source, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    model = joblib.load(fitted)
    batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
    counts = Parallel(n_jobs=workers)(delayed(_plain_batch)(batch, model) for batch in batches)
    print(f"plain: {sum(counts)} sentences")


def _plain_batch(texts, model):
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    punkt = PunktSentenceTokenizer()
    found = [sentence for text in texts for sentence in punkt.tokenize(text)]
    return len(model.predict_proba(found))


def fit(target: Path, mirror: str | None) -> None:
    """Fit the plain script's model to the corpus. Not timed."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    from framing.codebook import Codebook
    from framing.corpus import examples
    from framing.evaluation.crossval import targets_of

    sentences, _ = examples.load(ROOT / "training_data", "all", mirror=mirror)
    truth = targets_of(sentences, Codebook.load().names)
    scorer = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear"))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), scorer)
    joblib.dump(model.fit([s.text for s in sentences], truth), target)
    print(f"plain: fitted to {len(sentences)} sentences")


def ours(source: Path, out: Path, model: str | None, workers: int) -> None:
    """Score an archive, and say what the largest process needed."""
    from joblib.externals.loky import get_reusable_executor

    from framing.batch import plan, run

    summary = run(plan([str(source)], out, model), workers)
    if workers > 1:
        get_reusable_executor().shutdown(wait=True)
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    leader, worker = (usage.ru_maxrss / 1000 for usage in used)
    print(f"{model or 'default'}: {summary}")
    print(f"largest processes: leader {leader:.0f} MB, worker {worker:.0f} MB")


def timed(*arguments: object) -> tuple[float, float]:
    """Seconds on the clock and of processor time that a fresh run of this file takes."""
    begin, before = time.perf_counter(), _processor()
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True, cwd=ROOT)
    return time.perf_counter() - begin, _processor() - before


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _lines(source: Path, sample: int | None) -> Iterator[bytes]:
    """Lines of the archive: all, or so many from all over it."""
    with gzip.open(source, "rb") as file:
        total = sum(1 for _ in file) if sample else 0
        file.seek(0)
        yield from islice(file, 0, None, max(1, total // sample) if sample else 1)


def archive(chosen: argparse.Namespace, folder: str, times: int = 1) -> Path:
    """The archive of this run as one compressed file in ``folder``."""
    path = Path(folder, f"archive-{times}.jsonl.gz")
    with gzip.open(path, "wb", compresslevel=6) as target:
        for _ in range(times):
            target.writelines(islice(_lines(chosen.source, chosen.sample), chosen.sample))
    return path


def compare_plain(chosen: argparse.Namespace, folder: str) -> None:
    source = archive(chosen, folder)
    fitted = chosen.fitted or source.with_name(PLAIN)
    if not fitted.exists():
        timed("fit", fitted, "--mirror", chosen.mirror or "")
    base, base_cpu = timed("only-plain", source, "--fitted", fitted, "--workers", chosen.workers)
    mine, mine_cpu = timed("ours", source, "--out", Path(folder, "run"), *_options(chosen))
    print(f"{chosen.workers} workers: framing batch {mine:.1f} s, plain script {base:.1f} s")
    print(f"processor time: framing batch {mine_cpu:.1f} s, plain script {base_cpu:.1f} s")
    print(f"ratio {mine / base:.2f}, of processor time {mine_cpu / base_cpu:.2f}")


def compare_models(chosen: argparse.Namespace, folder: str) -> None:
    source = archive(chosen, folder)
    seconds = {}
    for name in (chosen.model, chosen.against):
        out = Path(folder, f"run-{name}")
        seconds[name], cpu = timed(
            "ours", source, "--out", out, "--model", name, "--workers", chosen.workers
        )
        count = json.loads((out / "run.json").read_text())["counts"]["sentences"]
        print(f"{name}: {count / seconds[name]:.0f} sentences/s ({seconds[name]:.1f} s, {cpu:.1f})")
    ratio = seconds[chosen.against] / seconds[chosen.model]
    print(f"{chosen.model} has {ratio:.1f} times the throughput of {chosen.against}")


def compare_memory(chosen: argparse.Namespace, folder: str) -> None:
    for times in (1, chosen.times):
        source = archive(chosen, folder, times)
        seconds, _ = timed("ours", source, "--out", Path(folder, f"run-{times}"), *_options(chosen))
        print(f"archive times {times}: {seconds:.1f} s")


def _options(chosen: argparse.Namespace) -> list[object]:
    return ["--model", chosen.model, "--workers", chosen.workers]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = ("plain", "models", "memory", "fit", "ours", "only-plain")
    parser.add_argument("what", choices=what, help="the last three are what the others run")
    parser.add_argument("source", type=Path)
    parser.add_argument("--model", default="ngram")
    parser.add_argument("--against", default="encoder", help="models: the slow one")
    parser.add_argument("--sample", type=int, help="only so many documents, from all over")
    parser.add_argument("--times", type=int, default=10, help="memory: how many times as large")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--mirror", help="plain: the originals of real labelled sentences")
    parser.add_argument("--fitted", type=Path, help="plain: keep its fitted model here")
    parser.add_argument("--out", type=Path, help="ours: the run folder")
    chosen = parser.parse_args()
    chosen.source = chosen.source.resolve()
    if chosen.what == "fit":
        fit(chosen.source, chosen.mirror or None)
    elif chosen.what == "only-plain":
        plain(chosen.source, chosen.fitted, chosen.workers)
    elif chosen.what == "ours":
        ours(chosen.source, chosen.out, chosen.model, chosen.workers)
    else:
        compare = {"plain": compare_plain, "models": compare_models, "memory": compare_memory}
        with tempfile.TemporaryDirectory() as folder:
            compare[chosen.what](chosen, folder)


if __name__ == "__main__":
    main()
