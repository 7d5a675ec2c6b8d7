"""How often a model fails at sentences made to test one thing each.

Three kinds of case, after CheckList (Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP
Models with CheckList", ACL 2020): *minimum* functionality states labels that a sentence has or
lacks; *invariance* lists variants that must be labelled as the text is, rightly or wrongly;
*directional* gives one variant and the labels whose probability must move, and which way.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from framing.classifiers.base import Floats, SentenceClassifier
from framing.corpus.examples import read_jsonl
from framing.errors import CorpusError, FramingError

CASES = Path(__file__).resolve().parents[2] / "tests" / "behaviour" / "cases.jsonl"
MARGIN = 0.1  # a smaller change of probability is no answer to a changed sentence
_HOW = "python -m framing.evaluation.behaviour"
_STEPS = 20  # a ceiling is a multiple of 1/20


class Group(TypedDict):
    """One capability: how many cases it has, how many of them failed, and which."""

    kind: str
    cases: int
    failures: int
    rate: float
    failed: list[str]


class Behaviour(TypedDict):
    """All capabilities, JSON-ready, as the model card and ``framing.training.record`` want it."""

    how: str
    cases: int
    failures: int
    groups: dict[str, Group]


@dataclass(frozen=True, slots=True)
class Case:
    """One test; its kind says which of ``expect``, ``variants``, ``variant``, ``moves`` it has.

    ``expect`` maps a label to whether it is present, ``moves`` to "up" or "down".
    """

    id: str
    capability: str
    kind: str
    text: str
    expect: dict[str, bool] | None = None
    variants: list[str] | None = None
    variant: str | None = None
    moves: dict[str, str] | None = None

    @property
    def texts(self) -> list[str]:
        """The text and, after it, all its variants."""
        return [self.text, *(self.variants or []), *([self.variant] if self.variant else [])]

    @property
    def named(self) -> set[str]:
        """The labels of which the case says something."""
        return set(self.expect or ()) | set(self.moves or ())


_NEEDS = {
    "minimum": {"expect"},
    "invariance": {"variants"},
    "directional": {"variant", "moves"},
}


def read_cases(path: str | Path = CASES) -> list[Case]:
    """Read behaviour cases; raises ``CorpusError`` naming the line of the first that is none."""
    path = Path(path)
    cases = []
    for line, record in read_jsonl(path):
        fault = _fault(record)
        if fault:
            raise CorpusError(f"{path}, line {line}: {fault}")
        cases.append(Case(**record))
    return cases


def _fault(record: dict[str, Any]) -> str | None:
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in _NEEDS:
        return f"kind {kind!r} is none of {', '.join(_NEEDS)}"
    wanted = {"id", "capability", "kind", "text"} | _NEEDS[kind]
    if set(record) != wanted:
        return f"a case of kind {kind} has the fields {', '.join(sorted(wanted))} and no other"
    for name, sound in _SOUND.items():
        if name in record and not (record[name] and sound(record[name])):
            return f"{name} is empty or of the wrong form"
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_SOUND: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("id", "capability", "text", "variant"), _is_text),
    "variants": lambda v: isinstance(v, list) and all(map(_is_text, v)),
    "expect": lambda v: isinstance(v, dict) and all(x is True or x is False for x in v.values()),
    "moves": lambda v: isinstance(v, dict) and all(x in ("up", "down") for x in v.values()),
}


def run(model: SentenceClassifier, cases_path: str | Path = CASES) -> Behaviour:
    """Put ``model`` to all cases of a file.

    Raises ``CorpusError`` for a damaged file, ``FramingError`` when the cases name a label that
    the model does not have.
    """
    cases = read_cases(cases_path)
    for case in cases:
        if unknown := case.named - set(model.labels):
            names = ", ".join(sorted(unknown))
            raise FramingError(f"{cases_path}: case {case.id} needs {names}; the model has it not")
    groups: dict[str, Group] = {}
    for case, failed in zip(cases, _failed(model, cases), strict=True):
        empty = Group(kind=case.kind, cases=0, failures=0, rate=0.0, failed=[])
        group = groups.setdefault(case.capability, empty)
        group["cases"] += 1
        if failed:
            group["failures"] += 1
            group["failed"].append(case.id)
        group["rate"] = round(group["failures"] / group["cases"], 4)
    return Behaviour(
        how=_HOW,
        cases=len(cases),
        failures=sum(group["failures"] for group in groups.values()),
        groups=groups,
    )


def _failed(model: SentenceClassifier, cases: Sequence[Case]) -> Iterator[bool]:
    """Whether each case fails.

    Sentences are scored one by one: an int8 graph scales its activations by the whole batch, so
    in company a result would depend on which cases stand beside it.
    """
    column = {name: i for i, name in enumerate(model.labels)}
    for case in cases:
        rows = np.concatenate([model.predict_proba([text]) for text in case.texts])
        yield _fails(case, rows, rows >= model.thresholds, column)


def _fails(case: Case, chance: Floats, present: Any, column: dict[str, int]) -> bool:
    if case.expect is not None:
        return any(present[0, column[name]] != there for name, there in case.expect.items())
    if case.moves is not None:
        signs = {"up": 1, "down": -1}
        moved = chance[1] - chance[0]
        return any(signs[way] * moved[column[name]] < MARGIN for name, way in case.moves.items())
    return bool((present != present[0]).any())


def ceilings(found: Behaviour) -> dict[str, float]:
    """The failure rate of each capability, rounded up to a multiple of 0.05."""
    return {
        name: -(-_STEPS * group["failures"] // group["cases"]) / _STEPS
        for name, group in sorted(found["groups"].items())
    }


def table(found: Behaviour) -> str:
    """The findings as lines of text, the worst capability first."""
    groups = sorted(found["groups"].items(), key=lambda item: (-item[1]["rate"], item[0]))
    width = max((len(name) for name, _ in groups), default=0)
    rows = [
        f"{name:<{width}}  {group['kind']:<11}  "
        f"{group['failures']:>3} of {group['cases']:>3}  {group['rate']:>6.1%}"
        for name, group in groups
    ]
    failures, cases = found["failures"], found["cases"]
    return "\n".join([*rows, f"{failures} of {cases} cases fail ({failures / max(cases, 1):.1%})"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how a model behaves; with ``--record`` put it into the model's manifest and card."""
    from framing.models import locate
    from framing.scoring import load
    from framing.training import record

    parser = argparse.ArgumentParser(prog=_HOW, description="Put a model to the behaviour tests.")
    parser.add_argument("--model", help="a shipped model's name or a folder; else the default")
    parser.add_argument("--cases", type=Path, default=CASES, help="JSON Lines file of the cases")
    parser.add_argument("--json", action="store_true", help="print JSON, failing cases by id")
    parser.add_argument("--ceilings", type=Path, help="write the rates, rounded up, to this file")
    parser.add_argument("--record", action="store_true", help="write them into the model's card")
    given = parser.parse_args(arguments)
    try:
        found = run(load(given.model), given.cases)
        if given.record:
            record(locate(given.model), behaviour=found)
        if given.ceilings:
            text = json.dumps(ceilings(found), indent=1) + "\n"
            given.ceilings.write_text(text, encoding="utf-8")
    except FramingError as error:
        parser.exit(1, f"framing: {error}\n")
    print(json.dumps(found, indent=1) if given.json else table(found))


if __name__ == "__main__":
    main()
