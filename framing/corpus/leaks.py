"""Sentences where they must not be: tests in the training data, other people's in the project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from framing.corpus.duplicates import pairs_between
from framing.corpus.locate import letters

_BEGINNING = 32  # letters by which a real sentence is first looked for
_LONG_ENOUGH = 40  # letters; shorter sentences are common property ("Thank you, Mr. President.")
_ALIKE = 0.6
_PLACES = ("benchmarks", "docs", "examples", "framing", "tests", "training_data", "models")
_KINDS = {".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".csv", ".tsv", ".html", ".js", ".yml"}
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence and where it is written down."""

    file: str
    line: int
    id: str
    text: str


def behaviour_leaks(tests: Sequence[Text], training: Sequence[Text]) -> Iterator[tuple[Text, str]]:
    """Yield training sentences that are the same, or nearly, as a behaviour test, and which."""
    if not tests:
        return
    same = {letters(test.text).casefold(): test for test in tests}
    found = set()
    for text in training:
        test = same.get(letters(text.text).casefold())
        if test is not None:
            found.add(text.id)
            yield text, f"is the behaviour test in {test.file}, line {test.line}"
    pairs = pairs_between([t.text for t in tests], [t.text for t in training], _ALIKE)
    for i, j, alike in pairs:
        if training[j].id not in found:
            found.add(training[j].id)
            where = f"{tests[i].file}, line {tests[i].line}"
            yield training[j], f"is {alike:.0%} like the behaviour test in {where}"


def committed_text(
    authored: Sequence[Text], real: Sequence[Text], project: Path | None
) -> Iterator[tuple[Text, str]]:
    """Yield where a real sentence has been written down in full, and which sentence it is.

    Looks among the authored sentences, nearly the same included, and, word for word, in the text
    files of a project's folders. ``training_data/text``, which git ignores, is left out.
    """
    for i, j, alike in pairs_between([t.text for t in authored], [t.text for t in real], _ALIKE):
        yield authored[i], f"is {alike:.0%} like the real sentence {real[j].id}"
    if project is None:
        return
    beginnings: dict[str, list[tuple[str, Text]]] = {}
    for text in real:
        whole = letters(text.text)
        if len(whole) >= _LONG_ENOUGH:
            beginnings.setdefault(whole[:_BEGINNING], []).append((whole, text))
    for path in _text_files(project):
        for line, text in _quoted(path, beginnings):
            yield Text(str(path), line, text.id, ""), f"holds the real sentence {text.id}"


def _text_files(project: Path) -> Iterator[Path]:
    yield from sorted(project.glob("*.md"))
    for place in _PLACES:
        for path in sorted((project / place).rglob("*")):
            parts = path.relative_to(project).parts
            hidden = any(part.startswith((".", "__")) for part in parts[:-1])
            ours = parts[:2] not in {("training_data", "text"), ("training_data", "real")}
            if not hidden and ours and path.suffix in _KINDS and path.is_file():
                yield path


def _quoted(
    path: Path, beginnings: dict[str, list[tuple[str, Text]]]
) -> Iterator[tuple[int, Text]]:
    if path.stat().st_size > _LARGEST:
        return
    raw = path.read_text(encoding="utf-8", errors="replace")
    places = [i for i, c in enumerate(raw) if c.isalnum()]
    shown = "".join(raw[i] for i in places)
    for at in range(len(shown) - _LONG_ENOUGH + 1):
        for whole, text in beginnings.get(shown[at : at + _BEGINNING], ()):
            if shown.startswith(whole, at):
                yield raw.count("\n", 0, places[at]) + 1, text
