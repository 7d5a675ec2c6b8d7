"""What int8 costs: the shipped encoder beside the float32 weights it was made of, on one fold.

python benchmarks/int8.py FOLDER/encoder-KEY.pt --mirror ../shared/corpus/mirror

The file is what `framing train --checkpoint FOLDER` keeps after the last epoch of the training that
made the shipped model. Sentences are those that this training held out. Needs the extra `encoder`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from held_out import corpus, held_out_rows, shipped

from framing.classifiers.calibration import sigmoid
from framing.classifiers.encoder_training import Network, _padded, _pieces
from framing.classifiers.pretrained import folder_of
from framing.codebook import Codebook
from framing.evaluation.crossval import is_real, targets_of
from framing.evaluation.metrics import f1
from framing.evaluation.report import across_halves


def float32_logits(weights: Path, texts: list[str], n_labels: int) -> Any:
    """Log-odds by torch, (n_sentences, n_labels)."""
    base = folder_of(None)
    network = Network(n_labels, base)
    network.load_state_dict(torch.load(weights, weights_only=True)["network"])
    network.eval()
    pieces = _pieces(texts, base)
    order = np.argsort([len(ids) for ids in pieces], kind="stable")
    found = np.zeros((len(texts), n_labels), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            found[rows] = network(*_padded([pieces[i] for i in rows])).numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training_data"))
    parser.add_argument("--mirror", type=Path)
    args = parser.parse_args()
    labels = Codebook.load().names
    sentences = corpus(args.data, args.mirror)
    targets = targets_of(sentences, labels)
    model = shipped("encoder", sentences)
    groups, _, test = held_out_rows(sentences, targets)
    test = test[is_real([sentences[i] for i in test])]
    texts = [sentences[i].text for i in test]
    told = {
        "float32": float32_logits(args.weights, texts, len(labels)),
        "int8": model.logits(texts),
    }
    print(f"{len(texts)} real sentences\n\n| weights | macro-F1 | " + " | ".join(labels) + " |")
    print("|---|" + "---|" * (1 + len(labels)))
    for name, logits in told.items():
        _, given = across_halves(sigmoid(logits), targets[test], groups[test])
        scores = f1(targets[test], given)
        print(f"| {name} | {scores.mean():.4f} | " + " | ".join(f"{x:.3f}" for x in scores) + " |")


if __name__ == "__main__":
    main()
