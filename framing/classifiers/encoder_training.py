"""Fine-tuning of the sentence encoder with torch, and its export to an int8 ONNX graph.

Needs the extra ``encoder``; nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from logging import LogRecord, getLogger
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.course import Course, Rows
from framing.classifiers.encoder import TOKENIZER
from framing.errors import ModelError

try:
    import torch
    from torch import nn

    from framing.classifiers import pretrained
except ImportError as error:
    raise ModelError(
        f"training an encoder needs the extra `encoder`: pip install 'framing[encoder]' ({error})"
    ) from error

_WARM_UP = 0.1
_MARGIN = 2.0  # of log-odds, by which the side of a pair that has a label should lead
_LAYER = re.compile(r"\blayer\.(\d+)\.")
_HEAD_RATE = 5.0  # the new layer starts from noise and may learn faster than the pretrained ones


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of one fine-tuning; equal recipes and data give equal weights on one machine.

    ``pretrained`` is the folder of the encoder to begin with, MiniLM when None.
    """

    epochs: int
    learning_rate: float
    layer_decay: float
    smoothing: float
    batch: int
    seed: int
    skip: float = 0.0
    contrast: float = 0.0
    pretrained: str | None = None


class Dropout(nn.Module):
    """Dropout that decides for eight numbers with each draw.

    On a processor torch draws once a number, which took a third of the time of training. The rate
    is a multiple of 1/256.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.dropped = round(rate * 256)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """``numbers`` with some of them at zero and the others larger, while training."""
        if not self.training or not self.dropped:
            return numbers
        draws = torch.empty(-(-numbers.numel() // 8), dtype=torch.int64, device=numbers.device)
        bytes_ = draws.random_(-(2**63), None).view(torch.uint8)[: numbers.numel()]
        kept = (bytes_ >= self.dropped).view(numbers.shape).to(numbers.dtype)
        return numbers * kept * (256 / (256 - self.dropped))


class Network(nn.Module):
    """The pretrained encoder, mean and max pooling over word pieces, one linear layer."""

    def __init__(self, n_labels: int, base: Path) -> None:
        super().__init__()
        self.base = base
        self.encoder = pretrained.load(base)
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad_(False)  # half of all weights; rare words would overfit
        for module in list(self.encoder.modules()):
            for name, part in list(module.named_children()):
                if isinstance(part, nn.Dropout) and part.p:
                    setattr(module, name, Dropout(part.p))
        self.dropout = Dropout(0.1)
        self.head = nn.Linear(2 * self.encoder.config.hidden_size, n_labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits (n_sentences, n_labels) of word pieces and their mask, (n_sentences, n_pieces)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        hidden = states.last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        highest = (hidden + (mask - 1) * 1e4).max(1).values
        return self.head(self.dropout(torch.cat([mean, highest], 1)))


def finetune(
    recipe: Recipe,
    sentences: list[str],
    targets: NDArray[Any],
    weights: NDArray[Any],
    on_step: Callable[[int, int], None],
    checkpoint: Path | None = None,
    partners: Rows | None = None,
    n_taught: int = 0,
) -> Network:
    """Train a network on ``sentences`` with ``targets`` (n, n_labels) and ``weights`` (n,).

    Targets are probabilities: 0 or 1 of labelled sentences, a teacher's of the last ``n_taught``.
    ``partners`` (n,) is the row of the other side of a contrast pair, -1 where there is none. After
    each epoch the state of training is kept in the folder ``checkpoint``; where there is one of the
    same recipe and data, training goes on from it; on the same machine it ends at the same weights.
    """
    base = pretrained.folder_of(recipe.pretrained)
    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    bfloat16 = device == "cuda" or _has_bfloat16()
    pieces = _pieces(sentences, base)
    paired = np.full(len(pieces), -1, np.intp) if partners is None else partners
    goal = _Goal.of(recipe, targets, weights, paired, device)
    easy = ~goal.truth.any(axis=1) & (paired < 0)
    easy[len(pieces) - n_taught :] = False
    lengths = [len(ids) for ids in pieces]
    course = Course(lengths, easy, paired, recipe.skip, recipe.batch, generator)
    network = Network(targets.shape[1], base).to(device)
    steps = course.steps(recipe.epochs)
    optimizer = torch.optim.AdamW(_rates(network, recipe), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    network.train()
    state = _State(network, optimizer, schedule, course)
    kept = checkpoint and checkpoint / f"encoder-{_key(recipe, base, pieces, goal, n_taught)}.pt"
    first = state.resume(kept)
    done = course.steps(first)
    for epoch in range(first, recipe.epochs):
        for rows in course.batches(epoch):
            ids, mask = _padded([pieces[i] for i in rows])
            with torch.autocast(device, torch.bfloat16, enabled=bfloat16):
                logits = network(ids.to(device), mask.to(device)).float()
            losses = goal.losses(logits, rows)
            course.learnt(rows, losses.detach().cpu().numpy())
            optimizer.zero_grad(set_to_none=True)
            (goal.weighted(losses, rows) + goal.contrast(logits, rows)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            on_step(done, steps)
        state.keep(kept, epoch + 1)
    return network.cpu().eval()


@dataclass(frozen=True, slots=True)
class _Goal:
    """What the network should say of each sentence, and how far it is from that."""

    truth: NDArray[np.bool_]
    smooth: torch.Tensor
    weight: torch.Tensor
    partners: Rows
    contrast_weight: float

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        targets: NDArray[Any],
        weights: NDArray[Any],
        partners: Rows,
        device: str,
    ) -> Self:
        smooth = targets * (1 - 2 * recipe.smoothing) + recipe.smoothing
        return cls(
            targets > 0.5,
            torch.tensor(smooth, dtype=torch.float32, device=device),
            torch.tensor(weights, dtype=torch.float32, device=device),
            partners,
            recipe.contrast,
        )

    def losses(self, logits: torch.Tensor, rows: Rows) -> torch.Tensor:
        """The cross-entropy of each of the ``rows``, summed over labels, (n_rows,)."""
        each = nn.functional.binary_cross_entropy_with_logits(
            logits, self.smooth[rows], reduction="none"
        )
        return each.sum(1)

    def weighted(self, losses: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Their mean, each counted by its weight."""
        return (losses * self.weight[rows]).mean()

    def contrast(self, logits: torch.Tensor, rows: Rows) -> torch.Tensor:
        """How far the sides of the batch's pairs are from being told apart, weighted, a sentence.

        For each label that one side has and the other has not, the logistic loss of its lead in
        log-odds over a margin: Burges et al., "Learning to rank using gradient descent" (2005).
        """
        place = {int(row): k for k, row in enumerate(rows)}
        found = [(k, place.get(int(self.partners[row]), -1)) for k, row in enumerate(rows)]
        pairs = np.array([pair for pair in found if pair[0] < pair[1]], np.intp).reshape(-1, 2)
        first, second = pairs.T
        sign = self.truth[rows[first]].astype(np.float32) - self.truth[rows[second]]
        apart = torch.tensor(sign, device=logits.device)
        lead = apart * (logits[first] - logits[second])
        behind = (nn.functional.softplus(_MARGIN - lead) * apart.abs()).sum(1)
        both = self.weight[rows[first]] * self.weight[rows[second]]
        return self.contrast_weight * (behind * both).sum() / len(rows)


@dataclass(frozen=True, slots=True)
class _State:
    """All that a fine-tuning needs to go on where it was."""

    network: Network
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    course: Course

    def keep(self, path: Path | None, epochs: int) -> None:
        """Write the state after so many ``epochs``; the file is whole or not there."""
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "epochs": epochs,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "order": json.dumps(self.course.generator.bit_generator.state),
            "losses": torch.from_numpy(self.course.losses),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        partial = path.with_name(path.name + ".part")
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path | None) -> int:
        """Take up a kept state; the epochs done, 0 where there is none."""
        if path is None or not path.is_file():
            return 0
        state = torch.load(path, weights_only=True)  # tensors and plain values: nothing runs
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.course.generator.bit_generator.state = json.loads(state["order"])
        self.course.losses[:] = state["losses"].numpy()
        torch.set_rng_state(state["torch"])
        if state.get("cuda") and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["cuda"])
        return int(state["epochs"])


def _key(recipe: Recipe, base: Path, pieces: list[list[int]], goal: _Goal, n_taught: int) -> str:
    """A digest of recipe, base and data: a checkpoint of others must not be taken up."""
    settings = replace(recipe, pretrained=pretrained.digest(base))
    told = hashlib.sha256(repr((settings, pieces, goal.partners.tolist(), n_taught)).encode())
    for tensor in (goal.smooth, goal.weight):
        told.update(tensor.cpu().numpy().tobytes())
    return told.hexdigest()[:16]


def export(network: Network, graph: Path, tokenizer: Path) -> None:
    """Write ``network`` as an ONNX graph with int8 weights, and the tokenizer of its base."""
    import warnings

    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = graph.with_suffix(".float32.onnx")
    example = torch.ones(2, 8, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example, example),
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": {0: "sentences", 1: "pieces"},
                "attention_mask": {0: "sentences", 1: "pieces"},
                "logits": {0: "sentences"},
            },
            opset_version=17,
            dynamo=False,
        )
    root = getLogger()
    root.addFilter(_about_quantization)
    try:
        quantize_dynamic(str(full), str(graph), weight_type=QuantType.QInt8, per_channel=True)
    finally:
        root.removeFilter(_about_quantization)
    full.unlink()
    shutil.copyfile(network.base / TOKENIZER, tokenizer)


def _about_quantization(message: LogRecord) -> bool:
    """False for advice that concerns convolutions, which this graph has none of."""
    return "pre-processing before quantization" not in message.getMessage()


def _has_bfloat16() -> bool:
    """Whether the processor is known to multiply bfloat16: emulated it is eighty times slower."""
    names = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")  # not in every torch
    return any(getattr(torch.cpu, name, bool)() for name in names)


def _pieces(sentences: list[str], base: Path) -> list[list[int]]:
    encoded = pretrained.tokenizer(base).encode_batch(sentences)
    return [known.ids for known in encoded]


def _padded(pieces: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [torch.tensor(ids) for ids in pieces]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    mask = nn.utils.rnn.pad_sequence([torch.ones_like(r) for r in rows], batch_first=True)
    return ids, mask


def _pace(step: int, steps: int) -> float:
    """The share of the learning rate at a step: up over the first tenth, then down to nothing."""
    warm = max(1, int(_WARM_UP * steps))
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def _rates(network: Network, recipe: Recipe) -> list[dict[str, Any]]:
    """A learning rate a layer: the nearer to the words, the less is to be unlearnt."""
    layers = network.encoder.config.num_hidden_layers
    groups = []
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("head"):
            rate = _HEAD_RATE
        else:
            found = _LAYER.search(name)  # what all layers share learns as slowly as the lowest
            layer = int(found[1]) if found else 0
            rate = recipe.layer_decay ** (layers - 1 - layer)
        groups.append({"params": [parameter], "lr": recipe.learning_rate * rate})
    return groups
