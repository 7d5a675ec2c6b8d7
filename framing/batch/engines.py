"""Who scores the chunks: this process, or worker processes of this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from threading import Thread

from framing.batch.chunks import Chunk
from framing.batch.worker import Done, Job, score_chunk
from framing.errors import FramingError

Engine = Callable[[Iterable[Chunk], Job], Iterator[Done]]

AHEAD = 2  # chunks waiting a worker: enough that none is idle, few enough to hold in memory
_LOOK = 0.5  # seconds between two looks whether the leading process is still there


def local(workers: int) -> Engine:
    """The engine of this machine: joblib with ``workers`` processes."""

    def run(chunks: Iterable[Chunk], job: Job) -> Iterator[Done]:
        from joblib import Parallel, delayed, parallel_config

        feed, leader = _Feed(chunks), os.getpid()
        with parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = Parallel(
                n_jobs=workers,
                return_as="generator_unordered",
                pre_dispatch=AHEAD * workers,
                batch_size=1,
            )
            try:
                yield from parallel(delayed(_in_worker)(chunk, job, leader) for chunk in feed)
            except BaseException as error:
                _stop_workers()
                if type(error).__name__ == "TerminatedWorkerError":
                    raise FramingError(
                        f"{job.out}: a worker was killed, most likely for want of memory; the same "
                        "command with fewer --workers goes on"
                    ) from error
                raise
        feed.check()

    return run if workers > 1 else _here


def _here(chunks: Iterable[Chunk], job: Job) -> Iterator[Done]:
    for chunk in chunks:
        yield score_chunk(chunk, job)


def _in_worker(chunk: Chunk, job: Job, leader: int) -> Done:
    _prepare(leader)
    return score_chunk(chunk, job)


@cache
def _prepare(leader: int) -> None:
    """Once a worker: leave Ctrl-C to the process that leads the run, and end when that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(leader,), daemon=True).start()


def _end_with(leader: int) -> None:
    while os.getppid() == leader:
        time.sleep(_LOOK)
    os._exit(1)


class _Feed:
    """Chunks for joblib, which asks for them in a thread where an exception would be lost."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = chunks
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Chunk]:
        try:
            yield from self._chunks
        except Exception as error:
            self._error = error

    def check(self) -> None:
        """Raise what ended the chunks too early."""
        if self._error is not None:
            raise self._error


def _stop_workers() -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)
