"""Runs that are killed, and go on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch.conftest import contents, write_archive

LEAD = """
import signal, sys
from framing.batch import Options, plan, run
# who runs these tests in the background of a shell hands down that SIGINT is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
source, out, workers = sys.argv[1:]
try:
    planned = plan([source], out, "ngram", None, Options(language="any", part_size=10))
    print(run(planned, int(workers)).resumed)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_archive(tmp_path_factory.mktemp("stopped") / "in", 120, sentences=25)
    (folder / "0050a.txt").write_bytes(b"\0")
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path) -> dict[str, bytes]:
    out = source.parent / "undisturbed"
    assert lead(source, out, 1).wait() == 0
    return contents(out)


_LED: list[int] = []


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    while _LED:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(_LED.pop(), signal.SIGKILL)


def lead(source: Path, out: Path, workers: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", LEAD, str(source), str(out), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    _LED.append(process.pid)
    return process


def parts_done(out: Path) -> int:
    try:
        return len(list((out / ".work" / "documents").glob("part-*")))
    except FileNotFoundError:  # the run has been finished, and has cleared its working folder
        return 0


def wait_for_parts(out: Path, process: subprocess.Popen[str], more_than: int) -> None:
    limit = time.monotonic() + 120
    while parts_done(out) <= more_than and process.poll() is None:
        assert time.monotonic() < limit, "no part was written in two minutes"
        time.sleep(0.01)


def killed_twice(source: Path, folder: Path, workers: int) -> Path:
    """A run killed at two random moments; one that is done before that is begun anew elsewhere."""
    chance = random.Random(workers)
    for attempt in range(20):
        out = folder / f"run{attempt}"
        for killed in (1, 2):
            process = lead(source, out, workers)
            wait_for_parts(out, process, parts_done(out))
            time.sleep(chance.random() * 0.1)
            if process.poll() is not None:
                break
            if chance.random() < 0.5:
                process.kill()  # the workers are left behind and may still finish their part
            else:
                with contextlib.suppress(ProcessLookupError):  # they may be gone already
                    os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if killed == 2 and (out / ".work").is_dir():
                return out
    pytest.fail("every run was done before it could be killed twice")


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_moments_and_resumed(source, undisturbed, tmp_path, workers):
    out = killed_twice(source, tmp_path, workers)
    last = lead(source, out, workers)
    resumed, complaints = last.communicate()
    assert last.returncode == 0, complaints
    assert int(resumed) > 0
    assert contents(out) == undisturbed


def test_ctrl_c_is_quick_and_silent_and_leaves_no_process(source, undisturbed, tmp_path):
    for attempt in range(10):  # a run may be done before the signal arrives
        out = tmp_path / f"run{attempt}"
        process = lead(source, out, 2)
        wait_for_parts(out, process, 1)
        os.killpg(process.pid, signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
        if process.returncode:
            break
    assert process.returncode == 130
    assert complaints == ""
    limit = time.monotonic() + 5  # a worker that is just exiting is still listed for a moment
    while processes_of_group(process.pid) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not processes_of_group(process.pid)
    assert lead(source, out, 2).wait() == 0
    assert contents(out) == undisturbed


def processes_of_group(group: int) -> list[str]:
    listed = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rows = [line.split(None, 2) for line in listed]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]
