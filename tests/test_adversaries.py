from __future__ import annotations

import time
import tomllib
from importlib.resources import files

import pytest

from framing.adversaries import against, mentions, own_side
from framing.documents import Document

OURS = Document("", speaker="White House")


def names(*sentences: str, document: Document = OURS) -> list[str]:
    return [name for name, _ in against(document, sentences)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Iran will answer for it.", ["Iran"]),
        ("The Iranians and their Ayatollahs will answer for it.", ["Iran", "Iran"]),
        ("Tehran armed them; IRAN armed them.", ["Iran", "Iran"]),
        ("Putin’s war of choice began at the Kremlin.", ["Russia", "Russia"]),
        ("The DPRK tested another one.", ["North Korea"]),
        ("Turkey and Türkiye are one.", ["Turkey", "Turkey"]),
        ("al-Qaida, Al Qaeda and al Qa’ida", ["al Qaeda"] * 3),
        ("Colombia's FARC and the ELN", ["Colombia", "FARC", "ELN"]),
        ("The Democratic People's Republic of Korea", ["North Korea"]),
        ("Narco-terrorists and cartels", ["drug traffickers", "cartels"]),
    ],
)
def test_names_demonyms_leaders_and_groups_are_found(text, expected):
    assert [m.adversary.name for m in mentions(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "She polished the turkey while he sat in a chad.",
        "We will let us go, and is is not isis.",
        "New Mexico and the Indian Ocean and Lake Chad lie far apart.",
        "",
        "…",
    ],
)
def test_words_that_only_look_like_names_are_not(text):
    assert mentions(text) == []


def test_the_attacked_and_the_place_are_not_the_adversary():
    found = against(
        OURS,
        [
            "Russia's invasion of Ukraine is an attack on Ukrainian families in Europe.",
            "We stand with the people of Ukraine against Russian aggression.",
            "Iran-backed militias struck our soldiers in Iraq.",
        ],
    )
    assert found[0] == ("Russia", 2)
    assert not {"Ukraine", "Iraq"} & {name for name, _ in found}


def test_a_genitive_is_accused_though_a_preposition_stands_before_it():
    assert names("There must be a price for Velmar's and for Russia's crimes.") == ["Russia"]


def test_a_regime_in_a_state_and_a_threat_from_it_are_accused():
    assert names("The regime in Iran must fall.") == ["Iran"]
    assert names("We will meet every threat from North Korea.") == ["North Korea"]
    assert names("Terrorists have bombed a market in Pakistan.") == ["terrorists"]


@pytest.mark.parametrize(
    "title",
    [
        "Readout of the President's Call with the Prime Minister of Israel",
        "Statement on the Visit of the President of Israel",
        "Joint Statement of the United States and Israel",
    ],
)
def test_whom_the_speaker_met_is_named_last(title):
    text = "Israel faces the rockets of Hamas, and Israel and its friends the terrorists."
    met = Document("", title=title, speaker="White House")
    assert names(text, document=met) == ["Hamas", "terrorists", "Israel"]
    other = Document("", title="A Day of Rockets", speaker="White House")
    assert names(text, document=other)[0] == "Israel"


def test_those_with_a_name_come_first_then_the_most_often_named():
    text = ["Terrorists, terrorists and terrorists.", "Hamas, and Hezbollah, and Hezbollah again."]
    assert against(OURS, text) == (("Hezbollah", 2), ("Hamas", 1), ("terrorists", 3))


@pytest.mark.parametrize(
    ("document", "own"),
    [
        (Document("", speaker="White House"), "United States"),
        (Document("", source="Kremlin"), "Russia"),
        (Document("", speaker="LTU"), "Lithuania"),
        (Document("", source="Ministry of Foreign Affairs of Cuba"), "Cuba"),
        (Document("", url="https://www.whitehouse.gov/briefing-room/1"), "United States"),
        (Document("", title="Remarks by President Putin on Ukraine"), "Russia"),
        (
            Document(
                "My fellow Americans: they bombed their own. Let Iranians help fellow Iranians."
            ),
            "United States",
        ),
    ],
)
def test_the_own_side_is_told_by_the_document(document, own):
    assert own_side(document) == {own}
    assert own not in names("Americans, Russians, Lithuanians and Cubans fired.", document=document)


@pytest.mark.parametrize(
    "title", ["Statement by the Spokesperson on Russia's Attacks", "The crimes of Iran", ""]
)
def test_the_subject_of_a_title_is_not_its_speaker(title):
    assert own_side(Document("", title=title)) == frozenset()


def test_nothing_is_named_where_nothing_is_accused():
    assert against(OURS, []) == ()
    assert against(OURS, ["Peace was kept."]) == ()


def test_time_grows_with_the_text_and_no_faster():
    hard = "Islamic State of Iraq and the Democratic People's Republic of "
    assert mentions("New " * 1000) == []
    mentions(hard)
    short, long = (min(_seconds(hard * n) for _ in range(3)) for n in (2_000, 20_000))
    assert long < 40 * short


def _seconds(text):
    start = time.process_time()  # what other processes do meanwhile does not count
    mentions(text)
    return time.process_time() - start


def test_every_phrase_of_the_table_finds_its_own_name():
    raw = tomllib.loads((files("framing") / "adversaries.toml").read_text(encoding="utf-8"))
    for section in ("states", "groups", "kinds"):
        for name, terms in raw[section].items():
            for term in terms:
                found = {m.adversary.name for m in mentions(f"Then {term} fired.")}
                assert found == {name}, term
    for section in ("countries", "leaders"):
        for code, terms in raw[section].items():
            for term in terms:
                found = {m.adversary.name for m in mentions(f"Then {term} fired.")}
                assert len(found) == 1, (code, term)


def test_a_ruler_is_accused_though_his_country_is_spared():
    found = names("We struck in Panama, and in Panama alone, because Noriega declared war.")
    assert found == ["Panama"]
