"""``framing batch`` among faults: killed again and again, and given a folder of broken files.

``kills``: a run that is killed with ``kill -9`` at ten random moments and resumed holds the same
bytes as one left alone. ``malformed``: more broken files than good ones, a line of 200 MB among
them: every good one is scored, every bad one named, and memory stays small.

    python benchmarks/batch_faults.py kills ../shared/corpus/press_releases.jsonl.gz --sample 1000
    python benchmarks/batch_faults.py malformed
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.batch.conftest import contents  # noqa: E402
from tests.batch.malformed import MB, batch_measured, write_bad, write_good  # noqa: E402

KILLS = 10


def start(source: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from framing.cli import main; main()", "batch"]
    return subprocess.Popen(
        [*command, str(source), "--out", str(out), "--model", "ngram", *options],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def parts(out: Path) -> int:
    return len(list((out / ".work" / "documents").glob("part-*")))


def kills(source: Path, folder: Path, workers: str) -> None:
    options = ["--workers", workers, "--part-size", "16"]
    begin = time.perf_counter()
    start(source, folder / "whole", *options).wait()
    took = time.perf_counter() - begin
    chance = random.Random(0)
    out, killed = folder / "killed", []
    for _ in range(KILLS):
        process = start(source, out, *options)
        before = parts(out)
        while parts(out) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.random() * took / (3 * KILLS))
        if process.poll() is None:
            killed.append(parts(out))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    start(source, out, *options).wait()
    counts = json.loads((out / "run.json").read_text())["counts"]
    same = contents(folder / "whole") == contents(out)
    print(f"one run {took:.1f} s; killed {len(killed)} times, with {killed} parts done")
    print(f"{counts}; data identical: {same}")
    if not same:
        raise SystemExit(1)


def malformed(folder: Path, line: int) -> None:
    source, out = folder / "in", folder / "run"
    source.mkdir()
    good, bad = write_good(source), write_bad(source, line)
    code, peak = batch_measured(source, out)
    lines = [json.loads(text) for text in (out / "errors.jsonl").read_text().splitlines()]
    named = {Path(one["path"].split("!")[0]).name for one in lines}
    counts = json.loads((out / "run.json").read_text())["counts"]
    print(f"{len(good)} good files, {counts['documents']} documents scored")
    print(f"{len(bad)} bad files, {len(named & set(bad))} named; a line of {line // MB} MB")
    print(f"exit code {code}, largest process {peak / 1000:.0f} MB")
    if counts["documents"] != len(good) or named != set(bad):
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("kills", "malformed"))
    parser.add_argument("source", type=Path, nargs="?", help="kills: an archive, .jsonl.gz")
    parser.add_argument("--sample", type=int, help="kills: only the first so many documents")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--line", type=int, default=200, help="malformed: MB of the longest line")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.what == "malformed":
            malformed(folder, chosen.line * MB)
            return
        source = folder / "archive.jsonl.gz"
        with gzip.open(chosen.source, "rb") as file, gzip.open(source, "wb") as target:
            target.writelines(islice(file, chosen.sample))
        kills(source, folder, chosen.workers)


if __name__ == "__main__":
    main()
