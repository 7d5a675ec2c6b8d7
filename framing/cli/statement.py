"""One scored statement as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framing.cli.output import badge, console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from framing.casus_belli import DocumentScore, SentenceScore
    from framing.classifiers.base import SentenceClassifier
    from framing.cli.words import Words
    from framing.codebook import Codebook

_SHOWN = 12  # sentences; more is asked for with --all
_NAMED = 6  # adversaries, by mentions in accusing sentences
_LISTED = 12  # sentences without backing that are named by number
_WORDS = 5  # explained a label
_BAR = 24
_MARK = "▸"


def show(
    result: DocumentScore,
    codebook: Codebook,
    explained_by: SentenceClassifier | None = None,
    every: bool = False,
) -> None:
    """Print a statement's score, its shares of labels, and the sentences that carry it.

    With ``explained_by`` also what the score looks at, and below each sentence the words that
    moved each label.
    """
    out = console()
    _headline(out, result)
    if explained_by is not None:
        _features(out, result)
    _shares(out, result, codebook)
    _sentences(out, result, codebook, explained_by, every)
    out.print()


def _headline(out: Console, result: DocumentScore) -> None:
    from rich.text import Text

    document = result.document
    name = document.title or document.path or "standard input"
    details = [d for d in (document.date, document.source, document.path) if d and d != name]
    out.print(Text.assemble((name, "bold"), "  ", ("  ".join(details), "dim")))
    if result.casus_belli is not None and result.interval is not None:
        low, high = result.interval
        score = f"{result.casus_belli:.0f} ({low:.0f} to {high:.0f}) of 100"
        out.print(Text(f"Casus-belli score {score}: {result.band_title}", style="bold"))
    lines = (_balance(result), _bands(result), _against(result), _profile(result), _passage(result))
    for line in filter(None, lines):
        out.print(line, highlight=False, markup=False)


def _balance(result: DocumentScore) -> str | None:
    """The evidence balance, and the numbers of the sentences that nothing backs."""
    evidence = result.evidence
    if evidence is None:
        return None
    unbacked = evidence.unbacked
    line = (
        f"Evidence balance: {evidence.accusing} of {len(result.sentences)} sentences accuse or "
        "threaten"
    )
    if not evidence.accusing:
        return line
    line += f"; {evidence.backed} backed by a checkable claim, {len(unbacked)} not"
    if not unbacked:
        return line
    numbers = ", ".join(str(i + 1) for i in unbacked[:_LISTED])
    more = f" and {len(unbacked) - _LISTED} more" if len(unbacked) > _LISTED else ""
    return f"{line}: {'sentence' if len(unbacked) == 1 else 'sentences'} {numbers}{more}"


def _bands(result: DocumentScore) -> str | None:
    titles = {step.value: step.title for step in result.rating}
    parts = (f"{titles.get(k, k)} {_percent(p)}" for k, p in result.bands.items())
    return f"Bands: {', '.join(parts)}" if result.bands else None


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"


def _against(result: DocumentScore) -> str | None:
    named = ", ".join(f"{name} ({count})" for name, count in result.adversaries[:_NAMED])
    return f"Against: {named}" if named else None


def _profile(result: DocumentScore) -> str | None:
    from framing.casus_belli import WINDOW, sparkline

    if not result.profile:
        return None
    peak = max(range(len(result.profile)), key=result.profile.__getitem__)
    first = result.profile_starts[peak] + 1
    return (
        f"Profile: {sparkline(result.profile)}  highest in sentences {first} to "
        f"{first + WINDOW - 1}, {result.profile[peak]:.0f}"
    )


def _passage(result: DocumentScore) -> str | None:
    if result.passage is None:
        return None
    first, last = (i + 1 for i in result.passage)
    where = f"sentences {first} to {last}" if last > first else f"sentence {first}"
    return f"Strongest passage: {where}, marked {_MARK}"


def _features(out: Console, result: DocumentScore) -> None:
    if result.base is None:
        return
    out.print(f"Points: {result.base:.1f} for any statement", highlight=False)
    for feature in sorted(result.features, key=lambda f: -abs(f.points)):
        out.print(
            f"{feature.points:+7.1f}  {feature.title} ({feature.value:.2f} of 1)", highlight=False
        )


def _shares(out: Console, result: DocumentScore, codebook: Codebook) -> None:
    from rich.text import Text

    total = len(result.sentences)
    for label in codebook.labels:
        count = sum(label.name in sentence.labels for sentence in result.sentences)
        bar = "█" * round(_BAR * count / total)
        points = sum(sentence.points[label.name] for sentence in result.sentences)
        moved = f"  {points:+.1f} points" if result.base is not None else ""
        out.print(
            Text.assemble(
                badge(label),
                f" {label.title:<28}",
                (f"{bar:<{_BAR}}", label.colour),
                f" {count / total:4.0%} {f'({count})':<6}{moved}".rstrip(),
            )
        )


def _sentences(
    out: Console,
    result: DocumentScore,
    codebook: Codebook,
    explained_by: SentenceClassifier | None,
    every: bool,
) -> None:
    from rich.table import Table
    from rich.text import Text

    from framing.cli.words import words_of

    carrying = [i for i, s in enumerate(result.sentences) if s.labels]
    chosen = list(range(len(result.sentences))) if every else _strongest(result, carrying)
    if not chosen:
        out.print("No sentence carries a label.", style="dim")
        return
    words = words_of(result, explained_by, chosen) if explained_by is not None else {}
    backing = result.backing()
    first, last = result.passage or (0, -1)
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    table.add_column("points" if result.base is not None else "", justify="right", style="dim")
    table.add_column(no_wrap=True)
    table.add_column()
    for i in chosen:
        sentence = result.sentences[i]
        body = Text(" ".join(sentence.text.split()))
        if backing[i] is False:
            body.append("  (no checkable claim near)", style="italic dim")
        table.add_row(
            f"{_MARK if first <= i <= last else ''}{i + 1}",
            f"{result.contributions[i]:+.1f}" if result.base is not None else "",
            _chips(sentence, codebook),
            _explained(body, words.get(i, {}), codebook),
        )
    out.print(table)
    if left := len(set(carrying) - set(chosen)):
        out.print(f"{left} more carry a label; --all shows them", style="dim")


def _strongest(result: DocumentScore, carrying: list[int]) -> list[int]:
    """The sentences that move the score most, and all of the strongest passage."""
    by_weight = sorted(
        carrying, key=lambda i: (-abs(result.contributions[i]), -max(_given(result.sentences[i])))
    )
    first, last = result.passage or (0, -1)
    return sorted({*by_weight[:_SHOWN], *range(first, last + 1)})


def _given(sentence: SentenceScore) -> list[float]:
    return [sentence.probabilities[name] for name in sentence.labels]


def _chips(sentence: SentenceScore, codebook: Codebook) -> Text:
    from rich.text import Text

    chips = Text()
    for label in codebook.labels:
        if label.name in sentence.labels:
            chips.append_text(badge(label))
            chips.append(f" {sentence.probabilities[label.name]:.2f} ")
    return chips


def _explained(body: Text, words: Words, codebook: Codebook) -> Text:
    for name, found in words.items():
        moved = ", ".join(f"{w.text} {w.effect:+.1f}" for w in found[:_WORDS])
        body.append(f"\n{codebook.by_name(name).code}: {moved}", style="dim")
    return body
