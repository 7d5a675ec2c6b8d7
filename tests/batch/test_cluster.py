"""A Dask cluster: a real scheduler and two real workers on loopback, one killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from framing.batch import Options, plan, run
from framing.batch.chunks import chunks
from framing.batch.cluster import _on_worker, dask
from framing.batch.worker import Job
from framing.cli.batch import batch
from framing.errors import FramingError
from tests.batch.conftest import contents, write_archive

ROOT = Path(__file__).parents[2]
OPTIONS = Options(language="any", part_size=4)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_archive(tmp_path_factory.mktemp("cluster") / "in", 48)
    (folder / "0010a.txt").write_bytes(b"\0")
    (folder / "0020a.txt").symlink_to("0020a.txt")
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[int]]]:
    """The address of a scheduler, and the process numbers of its two workers."""
    folder = tmp_path_factory.mktemp("dask")
    where = folder / "scheduler.json"
    common = ["--scheduler-file", str(where), "--no-dashboard"]
    started = [_dask("scheduler", "--host", "127.0.0.1", "--port", "0", *common)]
    for number in (1, 2):
        options = ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder / str(number))]
        started.append(_dask("worker", "--host", "127.0.0.1", *common, *options))
    try:
        limit = time.monotonic() + 120
        while not where.exists():
            assert started[0].poll() is None and time.monotonic() < limit, "no scheduler came up"
            time.sleep(0.05)
        yield json.loads(where.read_text())["address"], [p.pid for p in started[1:]]
    finally:
        for process in started:
            process.kill()
            process.wait()


def _dask(*arguments: str) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": paths},
    )


def test_a_worker_is_killed_in_the_middle_and_the_data_are_those_of_one_machine(
    source, cluster, tmp_path
):
    address, workers = cluster
    alone = tmp_path / "alone"
    run(plan([str(source)], alone, "ngram", None, OPTIONS))
    done = []

    def on_part(part):
        done.append(part.number)
        if len(done) == 2:
            os.kill(workers[0], signal.SIGKILL)

    out = tmp_path / "out"
    engine = dask(address, patience=120)
    summary = run(plan([str(source)], out, "ngram", None, OPTIONS), engine=engine, on_part=on_part)
    assert (summary.documents, summary.errors, summary.parts) == (48, 2, 13)
    assert sorted(done) == list(range(13))
    assert contents(out) == contents(alone)


def test_nobody_at_the_address_is_one_line_and_soon(source, tmp_path):
    with socket.socket() as taken:  # bound and not listening: nobody can answer there
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        planned = plan([str(source)], tmp_path / "run", "ngram", None, OPTIONS)
        begin = time.monotonic()
        with pytest.raises(FramingError, match="no Dask scheduler answers") as caught:
            run(planned, engine=dask(address, patience=0.5))
    assert address in str(caught.value) and "\n" not in str(caught.value)
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://", "ftp://127.0.0.1:1", "tcp://a b:c"])
def test_an_address_that_is_none(source, tmp_path, address):
    planned = plan([str(source)], tmp_path / "run", "ngram", None, OPTIONS)
    with pytest.raises(FramingError, match="is no address"):
        run(planned, engine=dask(address, patience=0.5))


def test_without_the_extra_it_says_which(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    planned = plan([str(source)], tmp_path / "run", "ngram", None, OPTIONS)
    with pytest.raises(FramingError, match=r"framing\[dask\]"):
        run(planned, engine=dask("tcp://127.0.0.1:1"))


def test_a_worker_that_sees_no_run_folder_says_so(source, tmp_path):
    planned = plan([str(source)], tmp_path / "run", "ngram", None, OPTIONS)
    chunk = next(chunks(planned))
    with pytest.raises(FramingError, match=r"does not see .*run"):
        _on_worker(chunk, Job.of(planned), version("framing"))
    with pytest.raises(FramingError, match=r"not 0\.0\.1"):
        _on_worker(chunk, Job.of(planned), "0.0.1")


@pytest.mark.parametrize("options", [["--engine", "dask"], ["--scheduler", "tcp://127.0.0.1:1"]])
def test_engine_and_scheduler_go_together(source, tmp_path, options):
    app = typer.Typer()
    app.command()(batch)
    result = CliRunner().invoke(app, [str(source), "--out", str(tmp_path / "run"), *options])
    assert isinstance(result.exception, FramingError) and "--scheduler" in str(result.exception)
