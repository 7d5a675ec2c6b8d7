"""How long a run would take, measured on its first documents."""

from __future__ import annotations

import time
from itertools import islice

from framing.batch.chunks import Chunk, entries
from framing.batch.plan import Plan
from framing.batch.worker import Job, documents_of, score_documents

_SAMPLE = 64


def seconds_per_document(plan: Plan) -> float | None:
    """Seconds one worker takes for a document; None when none of the first could be scored."""
    job = Job.of(plan)
    warm = Chunk(0, tuple(islice(entries(plan), 1)))
    list(score_documents(documents_of(warm, job.options, []), job, []))  # loads the model
    begin = time.perf_counter()
    sample = Chunk(0, tuple(islice(entries(plan), _SAMPLE)))
    scored = sum(1 for _ in score_documents(documents_of(sample, job.options, []), job, []))
    return (time.perf_counter() - begin) / scored if scored else None
