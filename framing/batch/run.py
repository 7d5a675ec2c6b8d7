"""Carry out a plan, or go on with one that was stopped."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from framing.batch.chunks import chunks
from framing.batch.engines import Engine, local
from framing.batch.files import Layout, disk_faults, locked, write_whole
from framing.batch.finish import finish
from framing.batch.plan import Plan
from framing.batch.worker import Done, Job
from framing.errors import FramingError

FORMAT = 1
_VERSIONS = ("framing", "numpy", "scikit-learn", "onnxruntime", "pyarrow", "joblib")


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended. ``resumed`` counts parts that an earlier attempt had done."""

    documents: int
    sentences: int
    errors: int
    duplicates: int
    parts: int
    resumed: int


def run(
    plan: Plan,
    workers: int = 1,
    *,
    engine: Engine | None = None,
    on_part: Callable[[Done], None] = lambda done: None,
) -> Summary:
    """Score the archive of ``plan`` into its run folder and return what is there in the end.

    Stopped at any moment, the same call goes on: parts that are done stay, and the finished data
    are the same bytes, whatever ``workers`` and however often it was stopped. A run that is
    complete is left as it is. Raises ``FramingError`` when the folder holds something else, or a
    run of another model, other options or other inputs.
    """
    layout = Layout(plan.out)
    manifest = _begin(plan, layout)
    if manifest["state"] == "complete":
        layout.close()
        counts = manifest["counts"]
        return Summary(**counts, resumed=counts["parts"])
    with disk_faults(plan.out):
        layout.make()
    with locked(layout), disk_faults(plan.out):
        layout.sweep()
        resumed = _score_missing(plan, layout, engine or local(workers), on_part)
        counts = finish(plan, layout)
        manifest |= {"state": "complete", "finished": _now(), "counts": counts}
        _write_manifest(layout, manifest)
    layout.close()
    return Summary(**counts, resumed=resumed)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """``run.json`` of a run folder; raises ``FramingError`` when there is none."""
    path = Layout(folder).manifest
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise FramingError(f"{folder}: is no run folder (it holds no {path.name})") from None
    except ValueError:
        raise FramingError(f"{path}: is damaged; remove the folder and run again") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FramingError(f"{path}: is not a run of format {FORMAT}, which this version reads")
    return manifest


def _begin(plan: Plan, layout: Layout) -> dict[str, Any]:
    """The manifest of a run under way, or that of a new one, written."""
    if layout.manifest.exists():
        manifest = read_manifest(layout.folder)
        _refuse_changes(plan, manifest["identity"])
        return manifest
    with disk_faults(plan.out):
        layout.begin()
        manifest = _manifest(plan)
        _write_manifest(layout, manifest)
    return manifest


def _refuse_changes(plan: Plan, before: dict[str, Any]) -> None:
    now = plan.identity()
    changed = [key for key in now if now[key] != before.get(key)]
    if changed:
        options, old = now["options"], before.get("options", {})
        names = [key for key in options if options[key] != old.get(key)]
        what = [f"{key} ({', '.join(names)})" if key == "options" else key for key in changed]
        raise FramingError(
            f"{plan.out}: was begun with other {' and '.join(what)}; give another folder to --out, "
            "or remove this one to begin anew"
        )


def _manifest(plan: Plan) -> dict[str, Any]:
    from framing.classifiers.store import read_manifest as read_model

    model = read_model(plan.model_folder)
    return {
        "format": FORMAT,
        "state": "running",
        "model": {
            "name": plan.model_name,
            "kind": model["kind"],
            "digest": plan.model_digest,
            "labels": model["labels"],
            "thresholds": model["thresholds"],
            "metrics": model.get("metrics", {}),
        },
        "codebook": {"name": plan.codebook.name, "version": plan.codebook.version},
        "options": asdict(plan.options),
        "inputs": {
            "files": len(plan.inputs),
            "missing": len(plan.missing),
            "bytes": plan.bytes,
            "fingerprint": plan.fingerprint,
        },
        "versions": {"python": platform.python_version(), **{n: version(n) for n in _VERSIONS}},
        "identity": plan.identity(),
        "begun": _now(),
    }


def _write_manifest(layout: Layout, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    write_whole(layout.manifest, layout.scratch, lambda file: file.write(text.encode()))


def _score_missing(
    plan: Plan, layout: Layout, engine: Engine, on_part: Callable[[Done], None]
) -> int:
    """Have every part scored that is not there; the number of those that were."""
    there = 0

    def missing() -> Iterator[Any]:
        nonlocal there
        for chunk in chunks(plan):
            if layout.scored(chunk.number).exists():
                there += 1
                on_part(Done(chunk.number, len(chunk.entries), 0))
            else:
                yield chunk

    for done in engine(missing(), Job.of(plan)):
        on_part(done)
    return there


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
