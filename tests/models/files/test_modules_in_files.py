"""Layers and modules of other people: trained, resumed, saved, loaded; what a file cannot say is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from bistate.models import (
    CheckpointError,
    ModelError,
    StateTracking,
    TrainConfig,
    TrainingError,
    load_layer,
    load_model,
    load_network,
    load_weights,
    save_model,
    train,
)
from bistate.models.files.own_module import config_of
from bistate.models.layers.registry import LAYERS, layer_shapes
from bistate.theory import Automaton
from torch import nn

PARITY = Automaton.parity()
FEW = TrainConfig(steps=4, batch=4, validate_every=2, checkpoint_every=2, threads=1)


class Own(nn.Module):
    """Adds what letters say: scores of the sum."""

    def __init__(self, letters: int = 2, states: int = 2) -> None:
        super().__init__()
        self.letters, self.states = letters, states
        self.add = nn.Embedding(letters, 3)
        self.head = nn.Linear(3, states)

    def forward(self, words: torch.Tensor, every: bool = False) -> torch.Tensor:
        scores = self.head(self.add(words).cumsum(1))
        return scores if every else scores[:, -1]


def layer(name: str, **options: object) -> nn.Module:
    return LAYERS[name](letters=2, hidden_size=8, states=2, **({"head_dim": 4} if name == "RWKV7" else {}), **options)


def same(one: nn.Module, two: nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), two.state_dict().items(), strict=True)
    return all(a == b and torch.equal(u, v) for (a, u), (b, v) in pairs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_survive_saving(name: str, dtype: torch.dtype, tmp_path: Path) -> None:
    made = layer(name, seed=3, dtype=dtype)
    save_model(made, tmp_path)
    found = load_network(tmp_path)
    assert type(found) is LAYERS[name]
    assert found.config == made.config
    assert same(made, found)
    assert not same(made, layer(name, seed=4, dtype=dtype))
    words = torch.tensor([[0, 1, 1], [1, 0, 1]])
    assert torch.equal(made(words), found(words))


@pytest.mark.parametrize("name", LAYERS)
def test_shapes_are_known_without_making_the_layer(name: str) -> None:
    made = layer(name)
    assert layer_shapes(made.config) == {key: tuple(values.shape) for key, values in made.state_dict().items()}
    assert next(iter(layer(name).parameters())).device.type == "cpu"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hidden_size": 8 * 10**8}, "holds|cannot be read"),
        ({"hidden_size": 16}, "holds F32 of shape"),
        ({"hidden_size": -1}, "hidden_size has to be a positive integer"),
        ({"layer": "Attention"}, "'layer' has to be one of DeltaNet"),
        ({"layer": ["DeltaNet"]}, "'layer' has to be one of DeltaNet"),
        ({"dtype": "int8"}, "'dtype' has to be one of float32, float64"),
        ({"strange": 1}, "cannot be read: .*'strange'"),
        ({"norm": "batch"}, "norm has to be 'rms', 'layer' or None"),
        ({"head_dim": "8"}, "head_dim has to be a positive integer"),
    ],
)
def test_forged_configurations_of_layers_are_refused(changes: dict, said: str, tmp_path: Path) -> None:
    save_model(layer("DeltaProduct"), tmp_path)
    import safetensors.torch
    from bistate.models.files.atomic import write_tensors

    config = json.loads((tmp_path / "model.json").read_text()) | changes
    tensors = safetensors.torch.load_file(tmp_path / "model.safetensors")
    write_tensors(tmp_path / "model.safetensors", tensors, config)
    (tmp_path / "model.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=said):
        load_network(tmp_path)


def test_layers_are_no_bilinear_models(tmp_path: Path) -> None:
    save_model(layer("LRU"), tmp_path)
    with pytest.raises(CheckpointError, match=r"a layer of bistate\.models\.layers; load_network loads it"):
        load_model(tmp_path)
    save_model(Own(), tmp_path / "own")
    with pytest.raises(CheckpointError, match="the model is no layer"):
        load_layer(tmp_path / "own")


@pytest.mark.parametrize("make", [lambda: layer("DeltaNet", seed=1), Own], ids=["a layer", "an own module"])
def test_training_in_a_folder_goes_on_where_it_was_interrupted(make, tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole, pieces = make(), make()
    pieces.load_state_dict(whole.state_dict())
    train(whole, StateTracking(PARITY), FEW, tmp_path / "whole", progress=False)

    def stop(step: int) -> None:
        if step == 3:
            raise RuntimeError("stopped")

    start = {name: values.clone() for name, values in pieces.state_dict().items()}
    with pytest.raises(RuntimeError, match="stopped"):
        train(pieces, StateTracking(PARITY), FEW, tmp_path / "pieces", progress=False, callback=stop)
    pieces.load_state_dict(start)
    train(pieces, StateTracking(PARITY), FEW, tmp_path / "pieces", progress=False)
    assert same(whole, pieces)
    assert any(not torch.equal(values, start[name]) for name, values in pieces.state_dict().items())


def test_weights_of_an_own_module_are_put_into_one_that_was_built_in_python(tmp_path: Path) -> None:
    made, other = Own(), Own()
    train(made, StateTracking(PARITY), FEW, tmp_path, progress=False)
    assert not same(made, other)
    load_weights(other, tmp_path)
    assert same(made, other)
    with pytest.raises(CheckpointError, match=r"weights of .*Own, which this library cannot build: build it in Python"):
        load_network(tmp_path)
    with pytest.raises(CheckpointError, match=r"'add\.weight'"):
        load_weights(Own(letters=3), tmp_path)
    assert config_of(made) == {"kind": "own module", "class": f"{Own.__module__}.Own", "letters": 2, "states": 2}


def test_what_cannot_be_trained_says_what_it_lacks(tmp_path: Path) -> None:
    class WithoutEvery(Own):
        def forward(self, words: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            return super().forward(words)

    class Alone(nn.Module):
        letters, states = 2, 2

        def forward(self, words: torch.Tensor, every: bool = False) -> torch.Tensor:
            return torch.zeros(*words.shape, 2) if every else torch.zeros(len(words), 2)

    for wrong, said in (
        (nn.Linear(2, 2), r"Linear lacks letters and states and a keyword `every`"),
        (WithoutEvery(), r"WithoutEvery lacks a keyword `every` of its forward"),
        (Alone(), "Alone has no parameters to be trained"),
        (lambda words: words, "a torch module is trained, got function"),
    ):
        with pytest.raises(TrainingError, match=said):
            train(wrong, StateTracking(PARITY), FEW)
    broken = Own()
    nn.init.constant_(broken.add.weight, float("nan"))
    with pytest.raises(ModelError, match=r"weight add\.weight\[0, 0\] is nan"):
        train(broken, StateTracking(PARITY), FEW)
    with pytest.raises(ModelError, match="is nan"):
        save_model(broken, tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(ModelError, match=r"add\.weight is in torch\.float16"):
        save_model(Own().half(), tmp_path / "nothing")
