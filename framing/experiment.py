"""An experiment in one TOML file: data, columns, codebook, kind of model, splits and seed.

The same file and the same data give the same model, to the byte: its digest is the proof.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, PARTS, REAL, LabelledSentence, Missing
from framing.corpus.tables import Columns, labels_used, read_table
from framing.errors import CorpusError, FramingError, ModelError
from framing.parameters import build

if TYPE_CHECKING:
    from framing.training import Trained

FILE = "experiment.toml"
CODEBOOK = "codebook.toml"
OF_DATA = "data"  # in the place of a codebook's path: the labels as they stand in the data
_COLUMNS = Columns()
_OTHERS = ("id", "source", "date", "speaker", "stratum", "annotator", "codebook")
_TABLES: dict[str, dict[str, tuple[type, ...]]] = {
    "": {
        "name": (str,),
        "kind": (str,),
        "seed": (int,),
        "codebook": (str,),
        **dict.fromkeys(("data", "columns", "model", "splits", "unlabelled", "lessons"), (dict,)),
    },
    "data": {"path": (str,), "part": (str,), "split": (str,), "leave_out": (str,)},
    "columns": {
        "text": (str,),
        "labels": (str, list),
        "separator": (str,),
        "single": (bool,),
        "document": (str,),
        "rename": (dict,),
        **dict.fromkeys(_OTHERS, (str,)),
    },
    "splits": {"folds": (int,), "alike": (float, int)},
    "unlabelled": {"path": (str,), "text": (str,), "most": (int,)},
    "lessons": {"path": (str,)},
}


class ExperimentError(FramingError):
    """An experiment file that cannot be read, or that asks for what there is not."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is to be done. ``source`` is the TOML itself, ``folder`` where its paths start from.

    A path that is not found there is looked for from where the command runs, so that the copy in a
    model folder works too. ``alike`` is how much of their word triples two sentences must share
    for their documents to be kept on one side of a split; 0 asks for nothing of the kind.
    ``leave_out`` is a file of ids, one a line, of sentences that are not to be learnt from;
    ``lessons`` one of what a teacher says of ``unlabelled`` sentences.
    """

    source: str
    folder: Path
    path: str
    part: str = "all"
    split: str | None = None
    leave_out: str | None = None
    columns: Columns = _COLUMNS
    codebook: str | None = None
    kind: str = "ngram"
    seed: int = 0
    folds: int = 5
    alike: float = 0.6
    parameters: Mapping[str, Any] | None = None
    unlabelled: Mapping[str, Any] | None = None
    lessons: str | None = None

    def find(self, path: str) -> Path:
        """Where a path of the experiment leads."""
        beside = self.folder / path
        return beside if beside.exists() else Path(path)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an experiment learns from.

    ``alone`` sentences name no document, ``strange`` counts labels that the codebook lacks.
    """

    sentences: list[LabelledSentence]
    codebook: Codebook
    missing: list[Missing]
    alone: int
    strange: dict[str, int]


def load(path: Path) -> Experiment:
    """Read an experiment file; raises ``ExperimentError`` that names it and what is wrong."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise ExperimentError(f"{path}: cannot be read ({reason})") from error
    return parse(source, path.parent, str(path))


def parse(source: str, folder: Path, where: str = FILE) -> Experiment:
    """An experiment from TOML; ``where`` is what its faults are said to stand in."""
    try:
        raw = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ExperimentError(f"{where}: is not valid TOML ({error})") from error
    parts = {name: raw if not name else raw.get(name, {}) for name in _TABLES}
    for name, table in parts.items():
        _expect(table, name, where)
    data, splits = parts["data"], parts["splits"]
    if "path" not in data:
        raise ExperimentError(f"{where}: needs a path under [data]")
    if data.get("part", "all") not in PARTS:
        raise ExperimentError(f"{where}: part must be one of {', '.join(PARTS)}")
    if splits.get("folds", 2) < 2 or not 0 <= splits.get("alike", 0) <= 1:
        raise ExperimentError(f"{where}: [splits] needs folds of 2 or more and alike within 0 to 1")
    for name in ("unlabelled", "lessons"):
        if parts[name] and "path" not in parts[name]:
            raise ExperimentError(f"{where}: needs a path under [{name}]")
    if parts["lessons"] and not parts["unlabelled"]:
        raise ExperimentError(f"{where}: [lessons] are of sentences that [unlabelled] must name")
    return Experiment(
        source,
        folder,
        **data,
        columns=_columns(parts["columns"], where),
        **{key: raw[key] for key in ("codebook", "kind", "seed") if key in raw},
        **splits,
        parameters=raw.get("model", {}),
        unlabelled=parts["unlabelled"] or None,
        lessons=parts["lessons"].get("path"),
    )


def _expect(table: Mapping[str, Any], name: str, where: str) -> None:
    known = _TABLES[name]
    place = f"{where}, [{name}]" if name else where
    if not isinstance(table, dict):
        raise ExperimentError(f"{place}: must be a table")
    for key, value in table.items():
        if key not in known:
            raise ExperimentError(f"{place}: does not know {key!r}; it knows {', '.join(known)}")
        if type(value) not in known[key]:
            wanted = " or ".join(kind.__name__ for kind in known[key])
            raise ExperimentError(f"{place}: {key} must be {wanted}, not {value!r}")


def _columns(table: Mapping[str, Any], where: str) -> Columns:
    own = {key: value for key, value in table.items() if key not in _OTHERS}
    if isinstance(own.get("labels"), list):
        own["labels"] = tuple(own["labels"])
    if own.get("separator") == "":
        raise ExperimentError(f"{where}, [columns]: separator must not be empty")
    names = [*own.get("rename", {}).values(), *own.get("labels", ())]
    if not all(isinstance(name, str) for name in names):
        raise ExperimentError(f"{where}, [columns]: names of labels must be strings")
    return Columns(**own, others={key: table[key] for key in _OTHERS if key in table})


def write(raw: Mapping[str, Any]) -> str:
    """TOML of nested tables of strings, numbers, booleans and lists."""
    plain = {key: value for key, value in raw.items() if not isinstance(value, Mapping)}
    return "".join(_lines(plain, "")) + "".join(
        "\n" + "".join(_lines(value, key))
        for key, value in raw.items()
        if isinstance(value, Mapping) and value
    )


def _lines(table: Mapping[str, Any], name: str) -> list[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]\n"] if name else []
    lines += [f"{_key(k)} = {_value(v)}\n" for k, v in table.items() if k not in inner]
    for key, value in inner.items():
        lines += ["\n", *_lines(value, f"{name}.{_key(key)}")]
    return lines


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _value(key)


def _value(value: Any) -> str:
    import json

    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def open_data(experiment: Experiment, mirror: Path | None = None) -> Opened:
    """Read data and codebook, and give labels the codebook's names.

    A label may be written as its name, its code or its title. Raises ``CorpusError`` when the
    codebook has none of the labels in the data.
    """
    from framing.corpus import examples

    path = experiment.find(experiment.path)
    if (path / AUTHORED).is_dir() or (path / REAL).is_dir():
        sentences, missing = examples.load(path, experiment.part, mirror)
        alone = 0
    else:
        table = read_table(path, experiment.columns, experiment.split)
        sentences, missing, alone = table.sentences, [], table.alone
    out = _left_out(experiment)
    sentences = [sentence for sentence in sentences if sentence.id not in out]
    used = labels_used(sentences)
    codebook = _codebook(experiment, list(used))
    names = {label.title.casefold(): label.name for label in codebook.labels}
    names |= {label.code.casefold(): label.name for label in codebook.labels}
    names |= {label.name.casefold(): label.name for label in codebook.labels}
    strange = {name: n for name, n in used.items() if name.casefold() not in names}
    if used and len(strange) == len(used):
        raise CorpusError(
            f"{path}: has the labels {', '.join(used)}; the codebook {codebook.name!r} has none "
            f"of them: give another one, or {OF_DATA!r} in its place to learn them as they stand"
        )
    named = [replace(s, labels=_renamed(s.labels, names)) for s in sentences]
    return Opened(named, codebook, missing, alone, strange)


def _renamed(labels: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    known = (names[label.casefold()] for label in labels if label.casefold() in names)
    return tuple(dict.fromkeys(known))


def _codebook(experiment: Experiment, used: list[str]) -> Codebook:
    if experiment.codebook != OF_DATA or experiment.find(OF_DATA).is_file():
        given = experiment.codebook
        return Codebook.load(None if given is None else experiment.find(given))
    if not used:
        raise CorpusError(f"{experiment.path}: no sentence has a label")
    book = Codebook.of_labels(tuple(_slug(label) for label in used))
    if len(set(book.names)) < len(used):
        raise CorpusError("two labels of the data differ in case or signs only; rename one")
    titled = zip(book.labels, used, strict=True)
    return replace(book, labels=tuple(replace(label, title=name) for label, name in titled))


def _slug(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.casefold()).strip("_")
    return kept if kept[:1].isalpha() else f"label_{kept}".rstrip("_")


class Unlabelled(NamedTuple):
    """A sentence without a label; its document is named as ``training.train`` names documents."""

    id: str
    text: str
    document: str


def unlabelled_rows(
    experiment: Experiment, known: Sequence[LabelledSentence], drawn: bool = True
) -> list[Unlabelled]:
    """Sentences for a model to be taught on, in the order of the file.

    None that is labelled, and none that is to be left out; ``most`` of them, drawn by the
    experiment's seed, or all where they are not to be ``drawn``.
    """
    texts = {sentence.text for sentence in known}
    out = _left_out(experiment) | {sentence.id for sentence in known}
    found = [row for row in _unlabelled(experiment) if row.text not in texts and row.id not in out]
    most = (experiment.unlabelled or {}).get("most", len(found)) if drawn else len(found)
    return _drawn(found, most, experiment.seed)


def _left_out(experiment: Experiment) -> set[str]:
    """The ids of sentences that are not to be learnt from."""
    if experiment.leave_out is None:
        return set()
    names_out = experiment.find(experiment.leave_out)
    if not names_out.is_file():
        raise CorpusError(f"{experiment.leave_out}: no such file of ids to leave out")
    return set(names_out.read_text(encoding="utf-8").split())


def ordinary_texts(experiment: Experiment, most: int = 20_000) -> list[str]:
    """Sentences drawn from the same file, those that have been labelled since among them.

    What was labelled was chosen for being hard: without it the rest is easier than life.
    """
    return [row.text for row in _drawn(list(_unlabelled(experiment)), most, experiment.seed + 1)]


def _unlabelled(experiment: Experiment) -> Iterator[Unlabelled]:
    """Each row of the file of unlabelled sentences."""
    from framing.corpus.rows import read_rows
    from framing.corpus.sources import source_name

    wanted = experiment.unlabelled or {}
    column = wanted.get("text", "text")
    rows = read_rows(experiment.find(wanted["path"]))
    if column not in rows.columns:
        raise CorpusError(f"{wanted['path']}: has no column {column!r}")
    for number, record in rows.records:
        if record[column]:
            document = record.get("document", record.get("doc", f"row {number}"))
            source = source_name(str(record.get("source", wanted["path"])))
            own = record.get("id")
            name = f"row {number}" if own is None else str(own)
            yield Unlabelled(name, str(record[column]), f"{source}/{document}")


def _drawn(found: list[Unlabelled], most: int, seed: int) -> list[Unlabelled]:
    """At most so many, at random, in the order that they had."""
    import numpy as np

    if most >= len(found):
        return found
    chosen = np.random.default_rng(seed).choice(len(found), most, replace=False)
    return [found[i] for i in sorted(chosen)]


def run(
    experiment: Experiment,
    opened: Opened,
    folder: Path,
    jobs: int = 1,
    warn: Callable[[str], None] = lambda message: None,
    on_step: Callable[[int, int], None] = lambda done, steps: None,
    checkpoint: Path | None = None,
) -> Trained:
    """Do what the experiment says and write the model, with a copy of the TOML, to ``folder``.

    ``jobs`` and where things lie are of the machine and change nothing in the model; so does the
    folder ``checkpoint``, from which a killed training of an encoder goes on. Raises ``ModelError``
    for parameters that the kind of model does not have or cannot work with.
    """
    from framing.training import train

    beside = str(experiment.folder.resolve())
    if beside not in sys.path:
        sys.path.append(beside)  # a pipeline's factory may stand beside its experiment
    model = build(
        experiment.kind, experiment.parameters or {}, experiment.folds, experiment.seed, jobs
    )
    options: dict[str, Any] = {}
    if experiment.unlabelled and experiment.kind == "cascade":
        options["ordinary"] = ordinary_texts(experiment)
    if experiment.lessons:
        from framing import teaching

        options["taught"] = teaching.read(
            experiment.find(experiment.lessons), experiment, opened, warn
        )
    elif experiment.unlabelled:
        rows = unlabelled_rows(experiment, opened.sentences)
        options["unlabelled"] = [row.text for row in rows], [row.document for row in rows]
    try:
        return train(
            model,
            opened.sentences,
            opened.codebook,
            folder,
            warn,
            alike=experiment.alike,
            files=_kept(experiment),
            on_step=on_step,
            checkpoint=checkpoint,
            **options,
        )
    except ValueError as error:
        raise ModelError(f"{experiment.kind}: cannot be trained so ({error})") from error


def _kept(experiment: Experiment) -> dict[str, str]:
    """What the model folder keeps: the experiment, and a codebook that is not the shipped one."""
    kept = {FILE: experiment.source}
    if experiment.codebook is not None and experiment.find(experiment.codebook).is_file():
        kept[CODEBOOK] = experiment.find(experiment.codebook).read_text(encoding="utf-8")
    return kept
