"""A recurrence with a clean-up, compared with its definition letter by letter; its codes, its files, its refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bistate.models import (
    Baseline,
    BilinearRNN,
    CheckpointError,
    DeltaNet,
    InputError,
    LinearRNN,
    ModelError,
    Refreshed,
    evaluate,
    load_model,
    load_network,
    save_model,
)
from bistate.models.files.own_module import MODEL_CONFIG, MODEL_TENSORS
from bistate.theory import Automaton, realize
from torch import Tensor

C3 = Automaton.modular_addition(3)


def noisy(family: str = "full", dtype: torch.dtype = torch.float64, normalize: bool = True, **more: Any) -> BilinearRNN:
    """Start values: next to nothing is learned, so that decisions go here and there."""
    return BilinearRNN(3, 8, 3, family, seed=3, dtype=dtype, normalize=normalize, **more)


def by_definition(net: Refreshed, word: list[int]) -> Tensor:
    """Scores after every letter of one word."""
    found = net.model.linear()
    A, h, C, codes = (torch.as_tensor(v) for v in (found.A, found.first, found.readout, net.codes.double()))
    scores = []
    for t, x in enumerate(word, 1):
        h = A[x] @ h
        h = h / h.norm() if found.normalize else h
        scores.append((C if C.ndim == 2 else C[x]) @ h)
        if t % net.every == 0:
            h = codes[int(scores[-1].argmax())]
    return torch.stack(scores)


@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "name", ["full", "unnormalised", "block", "rotation", "temperature", "additive", "linear", "letters"]
)
def test_scores_are_those_of_the_definition(name: str, every: int) -> None:
    draw = np.random.default_rng(0)
    models: dict[str, Any] = {
        "full": noisy,
        "unnormalised": lambda: noisy(normalize=False),
        "block": lambda: noisy("block"),
        "rotation": lambda: noisy("rotation"),
        "temperature": lambda: noisy(temperature=2.0),
        "additive": lambda: noisy(normalize=False, additive=True),
        "linear": lambda: LinearRNN.from_arrays(
            *(draw.normal(size=s) for s in ((3, 4, 4), (4,), (3, 4), (3, 4), (3,)))
        ),
        "layer": lambda: DeltaNet(3, 4, 3),
        "letters": lambda: LinearRNN.from_arrays(*(draw.normal(size=s) for s in ((3, 4, 4), (4,), (3, 3, 4)))),
    }
    net = Refreshed(models[name](), C3, every)
    words = torch.from_numpy(draw.integers(3, size=(5, 11)))
    with torch.no_grad():
        found = net(words, every=True)
        assert torch.allclose(found, torch.stack([by_definition(net, word) for word in words.tolist()]))
        for length in (1, 6, 7, 11):
            assert torch.allclose(net(words[:, :length]), found[:, length - 1])


def test_a_scan_in_pieces_is_the_loop() -> None:
    net, words = Refreshed(noisy("rotation"), C3, 4), torch.randint(3, (5, 23), generator=torch.manual_seed(0))
    with torch.no_grad():
        for every in (False, True):
            assert torch.allclose(net(words, every, parallel=True), net(words, every))
    with pytest.raises(ModelError, match="no parallel scan for a LinearRNN"):
        Refreshed(noisy(normalize=False, additive=True), C3, 4)(words, parallel=True)
    with pytest.raises(ModelError, match="no parallel scan for CPTransition"):
        Refreshed(noisy("cp"), C3, 4)(words, parallel=True)


def test_hidden_states_stand_before_the_clean_up() -> None:
    net, words = Refreshed(noisy(), C3, 2), torch.tensor([[0, 1, 2, 2, 1]])
    with torch.no_grad():
        states = net.hidden_states(words)
        assert torch.allclose(states @ net.model.rows().t(), net(words, every=True))
    assert states.shape == (1, 5, 8)


def test_the_empty_word_and_no_words() -> None:
    net = Refreshed(noisy(), C3, 2)
    empty = torch.zeros(2, 0, dtype=torch.int64)
    assert torch.equal(net(empty), noisy()(empty))
    assert net(empty, every=True).shape == (2, 0, 3)
    assert net(torch.zeros(0, 4, dtype=torch.int64)).shape == (0, 3)
    by_letter = LinearRNN.from_arrays(np.ones((3, 2, 2)), np.ones(2), np.ones((3, 3, 2)))
    with pytest.raises(InputError, match="so the empty word has no scores"):
        Refreshed(by_letter, C3, 2)(empty)
    with pytest.raises(InputError, match="letter 3 is outside the alphabet"):
        net(torch.tensor([[3]]))


def test_the_first_of_several_largest_scores_decides() -> None:
    model = LinearRNN.from_arrays(np.eye(2)[None], [1.0, 0.0], [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    net = Refreshed(model, None, 1, codes=[[9.0, 0.0], [0.0, 5.0], [7.0, 0.0]])
    assert net(torch.tensor([[0, 0]])).tolist() == [[5.0, 0.0, 0.0]]


def test_codes_of_an_exact_model_are_its_states_and_make_it_deaf_to_small_errors() -> None:
    """One turn is off by a tenth; without a clean-up long words are wrong, with one none is."""
    A = Automaton.modular_addition(5)
    model = BilinearRNN.from_weights(realize(A, "rotation"), transition="rotation")
    net = Refreshed(model, A, 2)
    states = model.hidden_states(torch.tensor([[0], [1], [2], [3], [4]]))[:, 0]
    assert torch.allclose(net.codes, states)
    with torch.no_grad():
        model.family.weight[1].add_(0.1)
    assert evaluate(model, A, 150, size=200) < 0.3
    assert evaluate(net, A, 300, size=200) == 1
    assert evaluate(net, A, 100, size=50, every=True) == 1


def test_every_state_has_a_code_also_where_no_random_word_leads() -> None:
    """A ring of 40 states that words of 16 letters do not get round."""
    A = Automaton(range(40), range(2), [[(q + 1) % 40, q] for q in range(40)], 0)
    turn = np.eye(40)[[(i - 1) % 40 for i in range(40)]]
    codes = Refreshed(LinearRNN.from_arrays([turn, np.eye(40)], np.eye(40)[0], np.eye(40)), A, 1).codes
    assert torch.allclose(codes, torch.eye(40, dtype=torch.float64))


def test_codes_are_buffers_and_travel_with_the_model() -> None:
    net = Refreshed(noisy(), C3, 2)
    assert "codes" in net.state_dict()
    assert not any("codes" in name for name, _ in net.named_parameters())
    assert net.float().codes.dtype == torch.float32
    assert torch.allclose(net.codes.norm(dim=1), torch.ones(3))
    net.codes[1, 0] = torch.nan
    with pytest.raises(ModelError, match=r"number codes\[1, 0\] is nan"):
        net.check_finite()


@pytest.mark.parametrize("name", ["full", "cp", "linear"])
def test_what_is_saved_is_loaded(tmp_path: Path, name: str) -> None:
    model = noisy(normalize=False, additive=True) if name == "linear" else noisy(name, torch.float32, rank=5)
    net = Refreshed(model, C3, 3)
    save_model(net, tmp_path)
    found = load_network(tmp_path)
    assert isinstance(found, Refreshed)
    assert found.config == net.config
    assert type(found.model) is type(net.model)
    words = torch.randint(3, (4, 10), generator=torch.manual_seed(0))
    assert torch.equal(found(words), net(words))
    with pytest.raises(CheckpointError, match="a recurrence with a clean-up; load_network loads it"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"every": 0},
        {"every": True},
        {"every": "2"},
        {"more": 1},
        {"dtype": "float32"},
        {"model": {}},
        {"model": {"kind": "refreshed"}},
        {"model": None},
        {"model": noisy(additive=True, normalize=False).config},
        {"model": noisy().config | {"states": 10**12}},
    ],
    ids=str,
)
def test_damaged_files_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    save_model(Refreshed(noisy(), C3, 3), tmp_path)
    config = json.loads((tmp_path / MODEL_CONFIG).read_text()) | change
    (tmp_path / MODEL_CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError):
        load_network(tmp_path)
    data = (tmp_path / MODEL_TENSORS).read_bytes()  # the same in the note of the tensors
    old = json.dumps(json.dumps(json.loads(json.dumps(Refreshed(noisy(), C3, 3).config))))[1:-1].encode()
    new = json.dumps(json.dumps(config))[1:-1].encode()
    assert data.count(old) == 1
    size = int.from_bytes(data[:8], "little") + len(new) - len(old)
    (tmp_path / MODEL_TENSORS).write_bytes(size.to_bytes(8, "little") + data[8:].replace(old, new))
    with pytest.raises(CheckpointError):
        load_network(tmp_path)


def test_what_is_no_recurrence_with_one_readout_is_refused() -> None:
    normed = Automaton.parity().with_outputs([0, 0])
    decoder = LinearRNN.from_arrays(np.ones((3, 3, 3)), np.ones(3), torch.nn.Sequential(torch.nn.Tanh()))
    for model, automaton, more, reason in (
        (noisy(), C3, {"every": 0}, "every has to be a positive integer, got 0"),
        (noisy(), C3, {"every": 1.5}, "every has to be a positive integer, got 1.5"),
        (noisy(), Automaton.parity(), {}, "the model has letters=3, the automaton has 2"),
        (noisy(), None, {}, "codes are needed, or an automaton"),
        (BilinearRNN(2, 4, 2), normed, {}, "2 states share 1 labels"),
        (noisy(), None, {"codes": np.ones((2, 8))}, r"codes have the shape \(2, 8\); .* \(3, 8\) is needed"),
        (noisy(), None, {"codes": np.full((3, 8), np.inf)}, r"number codes\[0, 0\] is inf"),
        (Baseline(3, 8, 3), C3, {}, "a clean-up needs a linear recurrence, .* got Baseline"),
        (noisy(additive=True), C3, {}, "scale invariance is lost"),
        (decoder, C3, {}, "the readout of LinearRNN is a decoder; a clean-up needs scores linear in the state"),
    ):
        with pytest.raises(ModelError, match=reason):
            Refreshed(model, automaton, **({"every": 2} | more))
