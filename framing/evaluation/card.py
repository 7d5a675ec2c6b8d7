"""The model card: ``README.md`` of a model folder, written from what its manifest states.

Nothing in it is estimated or assumed: what was not measured is said to be not measured yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from framing.evaluation.findings import findings
from framing.evaluation.findings import table as _table

_RARE = 50
_NOT_YET = "Not measured yet."
_MACHINE = "language-model"
_OWN_PLACE = {
    *("kind", "labels", "thresholds", "codebook", "training", "metrics", "behaviour", "versions"),
    *(
        "license",
        "language",
        "trained_on",
        "format",
        "precisions",
        "calibration",
        "state",
        "files",
        "digest",
    ),
}

Manifest = Mapping[str, Any]


def card(manifest: Manifest) -> str:
    """The card of the model that ``manifest`` describes, as Markdown with a YAML header.

    Read are ``kind``, ``labels``, ``thresholds``, ``codebook`` (name, version, definitions),
    ``training`` (``framing.training.describe``), ``metrics`` (``framing.training.metrics_of``),
    ``behaviour`` (``how``, and ``groups``: name to cases and failures), ``versions``,
    ``license`` and ``language``; each may be absent. Whatever else was recorded stands under
    further findings. The same manifest gives the same text.
    """
    sections: tuple[tuple[str, Callable[[Manifest], list[str]]], ...] = (
        ("What it is for", _purpose),
        ("What it is not for", _misuse),
        ("Labels", _labels),
        ("Training data", _data),
        ("Quality", _quality),
        ("Behaviour", _behaviour),
        *((("Further findings", _further),) if set(manifest) - _OWN_PLACE else ()),
        ("Limits", _limits),
        ("How it was made", _making),
    )
    lines = ["---", *_header(manifest), "---", "", f"# {_title(manifest)}"]
    for title, write in sections:
        lines += ["", f"## {title}", "", *write(manifest)]
    return "\n".join(lines) + "\n"


def _title(manifest: Manifest) -> str:
    book = manifest.get("codebook", {})
    return f"{book.get('name', 'Sentence framing')}: {manifest.get('kind', 'unknown')} model"


def _header(manifest: Manifest) -> list[str]:
    """YAML that a model hub reads; JSON strings are YAML strings, whatever is in a name."""
    metrics = manifest.get("metrics", {})
    lines = [
        f"{key}: {json.dumps(manifest[key], ensure_ascii=False)}"
        for key in ("language", "license")
        if key in manifest
    ]
    lines += [
        "library_name: framing",
        "pipeline_tag: text-classification",
        "tags: [multi-label-classification, political-science, framing]",
    ]
    if not metrics:
        return lines
    return [
        *lines,
        "metrics: [f1]",
        "model-index:",
        f"- name: {json.dumps(_title(manifest), ensure_ascii=False)}",
        "  results:",
        "  - task: {type: text-classification, name: multi-label sentence classification}",
        "    dataset: {type: labelled-sentences, name: "
        f"{json.dumps(metrics['how'], ensure_ascii=False)}}}",
        "    metrics:",
        f"    - {{type: f1, name: macro-F1, value: {metrics['macro_f1']}}}",
    ]


def _purpose(manifest: Manifest) -> list[str]:
    book = manifest.get("codebook", {})
    unit = book.get("unit", "one sentence")
    return [
        f"It says which of {len(manifest.get('labels', ()))} labels apply, by the codebook "
        f"*{book.get('name', 'unnamed')}* (version {book.get('version', 'unknown')}), to {unit}. "
        "Each label gets a calibrated probability. It serves the study of many texts at once, and "
        "points a reader to the sentences worth reading.",
        "",
        "```python",
        "import framing",
        "",
        'model = framing.load("PATH/OF/THIS/FOLDER")',
        'model.predict_proba(["A sentence.", "Another one."])  # one row a sentence',
        "```",
    ]


def _misuse(manifest: Manifest) -> list[str]:
    return [
        "- It does not say whether a statement is true, lawful or justified, nor what its speaker "
        "intends or will do.",
        "- It is no ground for a decision about a person, an organisation or a state; nor is a "
        "single sentence's label without a reader's own look at it.",
        "- It was not made for other kinds of text, other languages or other periods than those of "
        "its training data.",
    ]


def _labels(manifest: Manifest) -> list[str]:
    definitions = manifest.get("codebook", {}).get("definitions", {})
    labels = manifest.get("labels", ())
    thresholds = manifest.get("thresholds") or [None] * len(labels)
    counts = manifest.get("training", {}).get("labels", {})
    rows = [
        (
            name,
            _cell(counts.get(name, 0) if counts else None),
            _cell(threshold, 2),
            definitions.get(name, ""),
        )
        for name, threshold in zip(labels, thresholds, strict=True)
    ]
    return [
        "A label counts as present from its threshold on.",
        "",
        *_table(("label", "training sentences", "threshold", "definition"), rows),
    ]


def _data(manifest: Manifest) -> list[str]:
    training = manifest.get("training", {})
    if not training:
        return ["Not stated in the manifest."]
    book = manifest.get("codebook", {})
    lines = [
        f"{training['sentences']} labelled sentences of {training['documents']} documents: "
        f"{training['real']} real ones and {training['authored']} written for the purpose. "
        f"Codebook version {book.get('version', 'unknown')}. "
        f"Digest of the data: `{training['data_digest']}`.",
        "",
        _annotators(training.get("annotators", [])),
    ]
    if "lessons" in training:
        taught = training["lessons"]
        lines += [
            "",
            f"It has also learnt from what a teacher ({taught['teacher']}) says of "
            f"{taught['sentences']} sentences that nobody has labelled.",
        ]
    for key, title in (("sources", "source"), ("codebooks", "labelled by codebook version")):
        if training.get(key):
            rows = [(name, str(count)) for name, count in sorted(training[key].items())]
            lines += ["", *_table((title, "sentences"), rows)]
    return lines


def _annotators(names: Sequence[str]) -> str:
    said = f"Annotators: {', '.join(names) or 'unknown'}."
    if names and all(name.startswith(_MACHINE) for name in names):
        return (
            f"{said} **All labels were made by language-model annotators**, none by a person: "
            "quality below is agreement with them."
        )
    if any(name.startswith(_MACHINE) for name in names):
        return f"{said} Some of the labels were made by language-model annotators."
    return said


def _quality(manifest: Manifest) -> list[str]:
    metrics = manifest.get("metrics", {})
    if not metrics:
        return [_NOT_YET]
    lines = [
        f"Measured by `{metrics['how']}`. Intervals are 95 % bootstrap intervals over documents.",
        *_one_quality(metrics),
    ]
    for title, part in metrics.get("strata", {}).items():
        lines += ["", f"### {title}", *_one_quality(part)]
    return lines


def _one_quality(metrics: Manifest) -> list[str]:
    low, high = metrics["macro_f1_interval"]
    rows = [
        (
            row["label"],
            str(row["support"]),
            *(_cell(row[key], 3) for key in ("precision", "recall", "f1")),
            _range(row["f1_interval"]),
            *(_cell(row[key], 3) for key in ("average_precision", "brier", "calibration_error")),
        )
        for row in metrics["labels"]
    ]
    head = ("label", "n", "precision", "recall", "F1", "95 %", "AP", "Brier", "ECE")
    return [
        "",
        f"Macro-F1 **{_cell(metrics['macro_f1'], 3)}** ({_range((low, high))}) on "
        f"{metrics['sentences']} sentences of {metrics['documents']} documents.",
        "",
        *_table(head, rows),
    ]


def _behaviour(manifest: Manifest) -> list[str]:
    behaviour = manifest.get("behaviour", {})
    if not behaviour.get("groups"):
        return [_NOT_YET]
    rows = [
        (name, str(group["cases"]), str(group["failures"]), _share(group))
        for name, group in sorted(behaviour["groups"].items())
    ]
    return [
        "How often it fails at sentences made to test one thing each"
        + (f", by `{behaviour['how']}`:" if behaviour.get("how") else ":"),
        "",
        *_table(("what is tested", "cases", "failures", "failure rate"), rows),
    ]


def _further(manifest: Manifest) -> list[str]:
    return findings({key: value for key, value in manifest.items() if key not in _OWN_PLACE})


def _limits(manifest: Manifest) -> list[str]:
    training, metrics = manifest.get("training", {}), manifest.get("metrics", {})
    lines = [
        "- One sentence is read at a time: what only its context tells is not seen.",
        "- Probabilities and thresholds were fitted to the training data; where labels are rarer "
        "or more frequent than there, both are off.",
    ]
    counts = training.get("labels", {})
    rare = [name for name in manifest.get("labels", ()) if counts.get(name, 0) < _RARE]
    if counts and rare:
        lines.append(f"- Fewer than {_RARE} training sentences have: {', '.join(rare)}.")
    if not metrics:
        lines.append("- Its quality has not been measured yet: do not rely on it.")
    else:
        worst = min(metrics["labels"], key=lambda row: row["f1"])
        lines.append(
            f"- It is weakest at {worst['label']}: F1 {_cell(worst['f1'], 3)} "
            f"({_range(worst['f1_interval'])})."
        )
    groups = manifest.get("behaviour", {}).get("groups", {})
    if groups:
        name, group = max(sorted(groups.items()), key=lambda item: _rate(item[1]))
        if group["failures"]:
            lines.append(f"- Among the behaviour tests it fails most at {name}: {_share(group)}.")
    return lines


def _making(manifest: Manifest) -> list[str]:
    versions = manifest.get("versions", {})
    made = ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))
    return [
        *([f"Made with {made}."] if made else []),
        "The folder holds data only, no code; `framing models verify` checks it against its "
        "checksums, `framing models show` prints its manifest. Cite it by the digest that this "
        "prints, or by the commit of the hub that it was loaded from (`hf:OWNER/NAME@COMMIT`).",
    ]


def _rate(group: Manifest) -> float:
    return float(group["failures"] / group["cases"]) if group["cases"] else 0.0


def _share(group: Manifest) -> str:
    return f"{100 * _rate(group):.1f} %" if group["cases"] else ""


def _cell(value: float | int | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _range(bounds: Iterable[float]) -> str:
    low, high = bounds
    return f"{low:.3f} to {high:.3f}"
