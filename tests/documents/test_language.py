"""English is scored, other languages are named, and very short texts are not judged."""

from __future__ import annotations

import pytest

from framing.documents import Document
from framing.documents.language import assess, detect

OTHERS = {
    "es": "Las sanciones contra el régimen entran en vigor a medianoche, dijo la ministra.",
    "fr": "Nous n'attendrons pas la prochaine attaque, a dit le ministre devant la presse.",
    "de": "Wir werden nicht auf den nächsten Angriff warten, sagte der Minister am Abend.",
    "pt": "Não vamos esperar pelo próximo ataque, disse o ministro aos jornalistas.",
    "ru": "Мы не будем ждать следующего нападения, заявил министр журналистам.",
    "ar": "المؤتمر الصحفي للوزير اليوم في العاصمة بشأن العقوبات الجديدة على النظام",
    "zh": "部长今天在首都举行新闻发布会，宣布对该政权实施新的制裁措施，"
    "并表示不会再等待下一次袭击，我们将采取行动。",
}
ENGLISH = [
    "We will not wait for the next attack, the minister told reporters.",
    "WE WILL STRIKE THEM BEFORE THEY STRIKE US, AND WE SHALL PREVAIL.",
    "Sanctions imposed upon fourteen persons, three banks, two shipping firms.",
    "Remarks by President Fenn at Signing Ceremony, Rose Garden, 11:04 A.M. EDT",
    "Today, Ambassador Núñez y Peña met Minister Křížková. They spoke of the border.",
]


@pytest.mark.parametrize(("code", "text"), OTHERS.items())
def test_other_languages_are_named_and_not_scored(code: str, text: str) -> None:
    assert detect(text)[0] == code
    verdict = assess(Document(text))
    assert not verdict.scoreable
    assert verdict.reason == f"is not English but {code}, and was not scored"


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_scored(text: str) -> None:
    verdict = assess(Document(text))
    assert verdict.scoreable
    assert verdict.reason is None


@pytest.mark.parametrize("text", ["", "Hola, amigos.", "12.5 %", "Maduro!"])
def test_short_texts_get_the_benefit_of_the_doubt(text: str) -> None:
    assert assess(Document(text)).scoreable


def test_confidence_is_a_share() -> None:
    assert all(0 <= detect(text)[1] <= 1 for text in (*OTHERS.values(), *ENGLISH))
