"""The cases themselves, and the shipped model put to them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import framing
from framing.codebook import Codebook
from framing.corpus.duplicates import pairs_within
from framing.corpus.examples import load as load_corpus
from framing.corpus.leaks import Text, behaviour_leaks
from framing.evaluation.behaviour import CASES, ceilings, read_cases, run

CEILINGS = Path(__file__).with_name("ceilings.json")
CORPUS = Path(__file__).resolve().parents[2] / "training_data"
ALL = read_cases()


@pytest.fixture(scope="module")
def shipped():
    return run(framing.load())


def test_there_are_enough_cases_of_each_kind_and_capability():
    capabilities = Counter(case.capability for case in ALL)
    assert len(ALL) >= 190 and len(capabilities) >= 15
    assert min(capabilities.values()) >= 8
    assert {case.kind for case in ALL} == {"minimum", "invariance", "directional"}


def test_a_capability_has_one_kind_of_case():
    assert len({(case.capability, case.kind) for case in ALL}) == len({c.capability for c in ALL})


def test_labels_are_the_codebooks_and_each_is_seen_present_and_absent():
    expected = {(name, there) for case in ALL for name, there in (case.expect or {}).items()}
    assert expected == {(name, there) for name in Codebook.load().names for there in (True, False)}
    assert {name for case in ALL for name in case.named} == set(Codebook.load().names)


def test_ids_and_texts_are_unique():
    assert len({case.id for case in ALL}) == len(ALL)
    texts = Counter(text for case in ALL for text in case.texts)
    assert [text for text, times in texts.items() if times > 1] == []


def test_no_two_cases_are_nearly_the_same():
    owned = [(case.id, text) for case in ALL for text in case.texts]
    pairs = pairs_within([text for _, text in owned])
    assert [(owned[i], owned[j]) for i, j, _ in pairs if owned[i][0] != owned[j][0]] == []


def _as_tests() -> list[Text]:
    return [Text(str(CASES), 0, case.id, text) for case in ALL for text in case.texts]


def test_no_case_and_no_variant_is_an_authored_training_sentence():
    sentences, _ = load_corpus(CORPUS, "authored")
    training = [Text(str(CORPUS), 0, s.id, s.text) for s in sentences]
    assert len(training) >= 3_000
    assert [(text.id, why) for text, why in behaviour_leaks(_as_tests(), training)] == []


def test_no_case_and_no_variant_is_a_real_training_sentence(shared):
    sentences, missing = load_corpus(CORPUS, "real", shared / "corpus" / "mirror")
    assert missing == []
    training = [Text(str(CORPUS), 0, s.id, s.text) for s in sentences]
    assert [(text.id, why) for text, why in behaviour_leaks(_as_tests(), training)] == []


@pytest.mark.parametrize("capability", sorted({case.capability for case in ALL}))
def test_the_shipped_model_fails_no_more_than_it_did(shipped, capability):
    ceiling = json.loads(CEILINGS.read_text(encoding="utf-8"))[capability]
    group = shipped["groups"][capability]
    assert group["failures"] <= ceiling * group["cases"] + 1e-9, group["failed"]


def test_every_ceiling_is_a_capabilitys(shipped):
    assert set(json.loads(CEILINGS.read_text(encoding="utf-8"))) == set(ceilings(shipped))
