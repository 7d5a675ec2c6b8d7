"""The engine of many machines: the same chunks, scored by the workers of a Dask cluster."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from importlib.metadata import version
from itertools import islice
from threading import Lock
from typing import Any

from framing.batch.chunks import Chunk
from framing.batch.engines import AHEAD, Engine
from framing.batch.files import Layout
from framing.batch.plan import Input
from framing.batch.remote import is_url
from framing.batch.worker import Done, Job, score_chunk
from framing.errors import FramingError

_PATIENCE = 20.0  # seconds to wait for the scheduler, and again for a first worker
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|ws|wss)://)?[^\s/]+:\d{1,5}")
_ONE = Lock()


def dask(scheduler: str, patience: float = _PATIENCE) -> Engine:
    """The engine of the Dask cluster whose scheduler is at an address (``tcp://host:8786``).

    All workers must see the run folder and the inputs under the same paths and have the same
    version of framing. A chunk whose worker dies is scored by another one. Raises ``FramingError``
    when there is no scheduler or no worker within ``patience`` seconds, and where a worker cannot
    do its part.
    """

    def run(chunks: Iterable[Chunk], job: Job) -> Iterator[Done]:
        client = _connect(scheduler, patience)
        try:
            yield from _scored(client, chunks, job)
        except CancelledError as error:
            raise FramingError(
                f"{scheduler}: the scheduler is gone; start it and its workers again and give the "
                "same command, it goes on where it was"
            ) from error
        finally:
            client.close(timeout=patience)

    return run


def _connect(scheduler: str, patience: float) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise FramingError(
            "--engine dask needs the extra dask: pip install 'framing[dask]'"
        ) from error
    if not _ADDRESS.fullmatch(scheduler):  # given none, Dask would start a cluster of its own
        raise FramingError(f"{scheduler!r}: is no address of a scheduler, such as tcp://host:8786")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised
    try:
        client = Client(scheduler, timeout=patience, set_as_default=False, name="framing")
    except (OSError, ValueError, TypeError) as error:
        raise FramingError(
            f"{scheduler}: no Dask scheduler answers there ({type(error).__name__}); start one "
            "with `dask scheduler`, it prints its address"
        ) from error
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        client.close()
        raise FramingError(
            f"{scheduler}: the scheduler has no worker; start some with `dask worker {scheduler}`"
        ) from error
    return client


def _scored(client: Any, chunks: Iterable[Chunk], job: Job) -> Iterator[Done]:
    """Keep a few chunks waiting for each worker, and hand back what is done, in any order."""
    from distributed import KilledWorker, as_completed

    feed = iter(chunks)
    waiting = as_completed(loop=client.loop)

    def submit(count: int) -> None:
        for chunk in islice(feed, count):
            waiting.add(client.submit(_on_worker, chunk, job, version("framing"), pure=False))

    submit(AHEAD * len(client.nthreads()))
    for future in waiting:
        try:
            done = future.result()
        except KilledWorker as error:
            raise FramingError(
                f"{job.out}: one part after another ended its worker, most likely for want of "
                "memory; the same command with workers that have more goes on"
            ) from error
        submit(1)
        yield done


def _on_worker(chunk: Chunk, job: Job, expected: str) -> Done:
    """Score a chunk on a worker, or say why this one cannot.

    One at a time, whatever the number of the worker's threads: they share the model.
    """
    here = socket.gethostname()
    if version("framing") != expected:
        raise FramingError(f"worker on {here}: has framing {version('framing')}, not {expected}")
    if not Layout(job.out).scratch.is_dir():
        raise FramingError(
            f"worker on {here}: does not see {job.out}; --out must be a folder that all share"
        )
    for entry in chunk.entries:
        if isinstance(entry, Input) and not (is_url(entry.path) or os.path.lexists(entry.path)):
            raise FramingError(f"worker on {here}: does not see the input {entry.path}")
    with _ONE:
        return score_chunk(chunk, job)
