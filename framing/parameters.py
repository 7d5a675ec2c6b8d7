"""A model from its kind and a table of parameters, as an experiment file states them."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from framing.errors import ModelError

if TYPE_CHECKING:
    from framing.classifiers.base import SentenceClassifier

_ELSEWHERE = ("label_names", "pipeline", "jobs", "seed", "folds", "threads")


def build(
    kind: str, parameters: Mapping[str, Any], folds: int, seed: int, jobs: int
) -> SentenceClassifier:
    """An unfitted model; ``folds``, ``seed`` and ``jobs`` go where the kind has such parameters.

    Raises ``ModelError`` for an unknown kind, or a parameter that it lacks or that is of the wrong
    type.
    """
    from framing.classifiers import store

    common = {"folds": folds, "seed": seed, "jobs": jobs}
    return store.kind_class(kind)(**_settled(kind, parameters, common))


def _settled(kind: str, given: Mapping[str, Any], common: Mapping[str, int]) -> dict[str, Any]:
    """Parameters as the constructor takes them: lists as tuples, ``false`` as None."""
    from framing.classifiers import store

    accepted = signature(store.kind_class(kind).__init__).parameters
    known = [name for name in accepted if name not in ("self", *_ELSEWHERE)]
    settled = {name: value for name, value in common.items() if name in accepted}
    for name, value in given.items():
        if name not in known:
            raise ModelError(f"{kind}: has no parameter {name!r}; it has {', '.join(known)}")
        settled[name] = _fitting(kind, accepted[name], value, common)
    return settled


def _fitting(kind: str, parameter: Parameter, value: Any, common: Mapping[str, int]) -> Any:
    default = parameter.default
    if isinstance(value, Mapping) and "kind" in value:  # a model inside a model
        inner = {key: part for key, part in value.items() if key != "kind"}
        return {"kind": value["kind"], **_settled(str(value["kind"]), inner, common)}
    if value is False and not isinstance(default, bool):
        return None
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if default is not None and type(value) is not type(default):
        raise ModelError(
            f"{kind}: {parameter.name} must be {type(default).__name__}, not {value!r}"
        )
    return value
