"""One scored statement as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framing.cli.output import badge, console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from framing.casus_belli import DocumentScore, SentenceScore
    from framing.classifiers.base import SentenceClassifier
    from framing.codebook import Codebook

_SHOWN = 12  # sentences; more is asked for with --all
_NAMED = 6  # adversaries, by mentions in accusing sentences
_WORDS = 5  # explained a label
_BAR = 24


def show(
    result: DocumentScore,
    codebook: Codebook,
    explained_by: SentenceClassifier | None = None,
    every: bool = False,
) -> None:
    """Print a statement's score, its shares of labels, and the sentences that carry it.

    With ``explained_by`` the words that moved each label stand below each sentence.
    """
    out = console()
    _headline(out, result)
    _shares(out, result, codebook)
    _sentences(out, result, codebook, explained_by, every)
    out.print()


def _headline(out: Console, result: DocumentScore) -> None:
    from rich.text import Text

    from framing.casus_belli import sparkline

    document = result.document
    name = document.title or document.path or "standard input"
    details = [d for d in (document.date, document.source, document.path) if d and d != name]
    out.print(Text.assemble((name, "bold"), "  ", ("  ".join(details), "dim")))
    if result.casus_belli is not None and result.interval is not None:
        low, high = result.interval
        band = next((b.title for b in result.rating if b.value == result.band), "")
        line = (
            f"Casus-belli score {result.casus_belli:.0f} ({low:.0f} to {high:.0f}) of 100: {band}"
        )
        out.print(Text(f"{line}   {sparkline(result.profile)}".rstrip(), style="bold"))
    evidence = result.evidence
    if evidence is not None:
        out.print(
            f"Evidence balance: {evidence.accusing} of {len(result.sentences)} sentences accuse or "
            f"threaten; {evidence.backed} backed by a checkable claim, "
            f"{evidence.accusing - evidence.backed} not",
            highlight=False,
        )
    if result.adversaries:
        named = ", ".join(f"{name} ({count})" for name, count in result.adversaries[:_NAMED])
        out.print(f"Against: {named}", highlight=False, markup=False)


def _shares(out: Console, result: DocumentScore, codebook: Codebook) -> None:
    from rich.text import Text

    total = len(result.sentences)
    for label in codebook.labels:
        count = sum(label.name in sentence.labels for sentence in result.sentences)
        bar = "█" * round(_BAR * count / total)
        out.print(
            Text.assemble(
                badge(label),
                f" {label.title:<28}",
                (f"{bar:<{_BAR}}", label.colour),
                f" {count / total:4.0%} ({count})",
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

    carrying = [i for i, s in enumerate(result.sentences) if s.labels]
    if every:
        chosen = list(range(len(result.sentences)))
    else:
        strongest = sorted(carrying, key=lambda i: -max(_given(result.sentences[i])))
        chosen = sorted(strongest[:_SHOWN])
    if not chosen:
        out.print("No sentence carries a label.", style="dim")
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    table.add_column(no_wrap=True)
    table.add_column()
    for i in chosen:
        sentence = result.sentences[i]
        table.add_row(
            str(i + 1), _chips(sentence, codebook), _body(sentence, codebook, explained_by)
        )
    out.print(table)
    if not every and len(carrying) > len(chosen):
        out.print(
            f"{len(carrying) - len(chosen)} more carry a label; --all shows them", style="dim"
        )


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


def _body(
    sentence: SentenceScore, codebook: Codebook, explained_by: SentenceClassifier | None
) -> Text:
    from rich.text import Text

    body = Text(" ".join(sentence.text.split()))
    if explained_by is None:
        return body
    from framing.classifiers.explain import explain

    columns: Any = explained_by.labels
    for name in sentence.labels:
        words = explain(explained_by, sentence.text, columns.index(name))[:_WORDS]
        moved = ", ".join(f"{w.text} {w.effect:+.1f}" for w in words)
        body.append(f"\n{codebook.by_name(name).code}: {moved}", style="dim")
    return body
