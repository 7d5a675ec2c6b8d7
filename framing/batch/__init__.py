"""An archive becomes a dataset: plan, run, resume, query.

A run folder holds ``documents/*.parquet``, ``sentences/*.parquet``, ``errors.jsonl`` and
``run.json``; while it is being made also ``.work/``, which is what a stopped run goes on from.
"""

from framing.batch.plan import Options, Plan, plan
from framing.batch.query import query
from framing.batch.run import Summary, run

__all__ = ["Options", "Plan", "Summary", "plan", "query", "run"]
