"""A model folder: data, never code. Written whole, verified before it is read, never unpickled.

``model.json`` states kind, labels, thresholds, calibration, what the model was trained on and
measured at, and the SHA-256 of every other file; ``digest`` is the SHA-256 of all that, so one
line names a model.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

from framing.classifiers.base import SentenceClassifier, expect_shape
from framing.classifiers.calibration import PRECISIONS, Calibration
from framing.errors import ModelError

MANIFEST = "model.json"
CARD = "README.md"
FORMAT = 1
_LARGEST = 1e6  # a threshold or a number of calibration beyond this is none
_CALIBRATION = ("below", "above", "intercept")
KINDS = {
    "ngram": "framing.classifiers.ngram:NgramClassifier",
    "encoder": "framing.classifiers.encoder:EncoderClassifier",
    "cascade": "framing.classifiers.cascade:CascadeClassifier",
    "pipeline": "framing.classifiers.pipeline:PipelineClassifier",
}
OWN = (  # what only the store writes into a manifest
    "format",
    "kind",
    "labels",
    "thresholds",
    "precisions",
    "calibration",
    "state",
    "files",
    "digest",
)
SUFFIXES = {".json", ".md", ".onnx", ".png", ".safetensors", ".skops", ".toml"}
LARGEST_MANIFEST = 5_000_000  # bytes


def kind_class(kind: str) -> type[SentenceClassifier]:
    """The class of a kind of model; raises ``ModelError`` for a kind that this version lacks."""
    if kind not in KINDS:
        raise ModelError(f"kind {kind!r} is unknown to this version; it knows {', '.join(KINDS)}")
    module, name = KINDS[kind].split(":")
    return cast(type[SentenceClassifier], getattr(import_module(module), name))


def save(
    model: SentenceClassifier,
    folder: str | Path,
    metadata: dict[str, Any] | None = None,
    extras: Callable[[Path], None] | None = None,
) -> str:
    """Write ``model`` to ``folder`` and return its digest.

    The folder appears whole or not at all; an older model of that name is replaced. ``metadata``
    (JSON-ready: training data, metrics, versions) goes into the manifest as it is; ``extras``
    writes further files (a card, figures) into the folder it is given.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        manifest = describe(model, scratch)
        manifest |= metadata or {}
        if extras is not None:
            extras(scratch)
        _seal(scratch, manifest)
        for path in scratch.rglob("*"):  # what is made in a scratch folder is private at first
            path.chmod(0o755 if path.is_dir() else 0o644)
        scratch.chmod(0o755)
        _put_in_place(scratch, folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return str(manifest["digest"])


def _put_in_place(scratch: Path, folder: Path) -> None:
    """An older model is moved aside first: killed at any time, this leaves one of the two whole."""
    if not folder.exists():
        scratch.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-older-"))
    folder.rename(aside / folder.name)
    scratch.rename(folder)
    shutil.rmtree(aside)


def describe(model: SentenceClassifier, folder: Path) -> dict[str, Any]:
    """Write the weights of ``model`` into ``folder`` and return what its manifest says of it."""
    precisions = getattr(model, "precisions_", None)  # None in models of before 2026-12
    return {
        "format": FORMAT,
        "kind": model.kind,
        "labels": list(model.labels),
        "thresholds": [round(float(t), 6) for t in model.thresholds],
        **(
            {}
            if precisions is None
            else {"precisions": np.round(np.float64(precisions), 6).tolist()}
        ),
        "calibration": {
            name: [round(float(value), 6) for value in getattr(model.calibration_, name)]
            for name in _CALIBRATION
        },
        "state": model.write(folder),
    }


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a model folder; raises ``ModelError`` when there is none or it is damaged."""
    path = Path(folder) / MANIFEST
    if not Path(folder).exists():
        raise ModelError(f"{folder}: no such model folder; `framing models list` shows those here")
    if not path.is_file():
        raise ModelError(f"{folder}: is no model folder (it holds no {MANIFEST})")
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ModelError(f"{path}: is too large to be a manifest")
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read as JSON; the model is damaged") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path}: is not a manifest of format {FORMAT}")
    return manifest


def verify(folder: str | Path) -> dict[str, Any]:
    """Check every file of a model folder against its manifest and return the manifest.

    Raises ``ModelError`` that names the first file that is missing, changed, not listed, a link
    out of the folder, or of a type that no model needs.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    listed = manifest.get("files")
    if not isinstance(listed, dict) or not listed:
        raise ModelError(f"{folder / MANIFEST}: lists no files")
    if manifest.get("digest") != _digest(manifest):
        raise ModelError(f"{folder / MANIFEST}: was changed after the model was written")
    for name, expected in listed.items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts or path.is_symlink():
            raise ModelError(f"{path}: points out of the model folder")
        if path.suffix not in SUFFIXES:
            raise ModelError(f"{path}: is of a type that no model needs")
        if not path.is_file():
            raise ModelError(f"{path}: is missing from the model folder")
        if _sha256(path) != expected:
            raise ModelError(f"{path}: was changed or cut short; its checksum does not fit")
    for name in _files(folder):
        if name not in listed and name != MANIFEST:
            raise ModelError(f"{folder / name}: does not belong to the model")
    return manifest


def load(folder: str | Path) -> SentenceClassifier:
    """Verify a model folder and read the model; raises ``ModelError`` when anything is off."""
    folder = Path(folder)
    manifest = verify(folder)
    try:
        return restore(manifest, folder)
    except ModelError as error:
        raise ModelError(f"{folder}: {error}") from error
    except Exception as error:  # a manifest may be well sealed and still nonsense
        raise ModelError(f"{folder}: does not hold together ({error})") from error


def restore(manifest: dict[str, Any], folder: Path) -> SentenceClassifier:
    """The model that a verified ``manifest`` describes, its weights read from ``folder``."""
    model = kind_class(manifest["kind"]).read(folder, manifest["state"])
    model.classes_ = np.array(manifest["labels"], dtype=object)
    n_labels = len(model.classes_)
    told = dict(manifest["calibration"])
    if "slope" in told and "below" not in told:  # before 2026-12 one for both ends
        told["below"] = told["above"] = told["slope"]
    stated = [manifest["thresholds"], *(told[name] for name in _CALIBRATION)]
    numbers = [np.array(values, np.float32) for values in stated]
    if any(n.shape != (n_labels,) or not (np.abs(n) < _LARGEST).all() for n in numbers):
        raise ModelError("thresholds and calibration do not fit the labels")
    if not all((slope > 0).all() for slope in numbers[1:3]):
        raise ModelError("a calibration that turns the order of sentences")
    model.thresholds_ = numbers[0]
    if "precisions" in manifest:
        table = np.array(manifest["precisions"], np.float32)
        model.precisions_ = expect_shape("precisions", table, (len(PRECISIONS), n_labels))
    model.calibration_ = Calibration(*numbers[1:])
    model.expect_whole()
    return model


def reseal(folder: str | Path) -> str:
    """Take a changed part of a model folder into its manifest; returns the new digest.

    For a cascade whose parts got a new card: whoever calls it vouches for the files.
    """
    manifest = read_manifest(folder)
    _seal(Path(folder), manifest)
    return str(manifest["digest"])


def size(folder: str | Path) -> int:
    """Bytes of all files of a model folder."""
    return sum((Path(folder) / name).stat().st_size for name in _files(Path(folder)))


def _seal(folder: Path, manifest: dict[str, Any]) -> None:
    manifest["files"] = {
        name: _sha256(folder / name) for name in _files(folder) if name != MANIFEST
    }
    for name in manifest["files"]:
        if Path(name).suffix not in SUFFIXES:
            raise ModelError(f"{name}: a model folder holds data only ({', '.join(SUFFIXES)})")
    manifest["digest"] = _digest(manifest)
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _files(folder: Path) -> list[str]:
    found = (p for p in folder.rglob("*") if not p.is_dir() or p.is_symlink())
    return sorted(p.relative_to(folder).as_posix() for p in found)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(manifest: dict[str, Any]) -> str:
    """Of what the model is; the moment of training is left out, so equal trainings agree."""
    kept = {k: v for k, v in manifest.items() if k not in ("digest", "trained_on")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
