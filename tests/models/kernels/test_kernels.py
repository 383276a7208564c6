"""The Triton kernels against plain products with A[x] in double precision: states, the last one, and all gradients.

On a card these run by `make gpu`. Without one `test_interpreted.py` runs this file in a process of its own in which
Triton interprets kernels on the CPU. The reference multiplies dense matrices and shares no code with the kernels.
"""

from typing import Any

import pytest
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.models.training.ensemble import _Ensemble
from torch import Tensor

pytestmark = pytest.mark.kernel
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
FAMILIES: list[tuple[str, int, dict[str, Any]]] = [
    ("full", 5, {}),
    ("block", 6, {"block": 3}),
    ("rotation", 6, {}),
    ("diagonal", 7, {}),
    ("positive", 3, {}),
    ("householder", 6, {"heads": 2, "reflections": 3}),
    ("householder", 5, {"reflections": 1}),
    ("monomial", 5, {}),
    ("convex", 3, {"dictionary": 2}),
    ("cp", 5, {"rank": 3}),
]
# letters, words and their length; whether states are normalised, terms added, and all positions labelled
SHAPES = [(3, 3, 4, True, True, True), (1, 1, 1, True, False, False), (2, 5, 3, False, False, True)]
X = torch.tensor([[[0, 1, 1], [1, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 1, 1], [0, 1, 0]]])  # of two networks
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def make(family: str, hidden: int, letters: int, dtype: torch.dtype, batching: str, **options: Any) -> BilinearRNN:
    """A model with start values that do not depend on its type, additive terms among them."""
    device = DEVICE if batching == "kernel" else "cpu"
    model = BilinearRNN(letters, hidden, 4, family, seed=3, dtype=dtype, device=device, batching=batching, **options)
    if model.shift is not None:
        with torch.no_grad():
            draw = torch.Generator().manual_seed(1)
            model.shift.copy_(torch.randn(letters, hidden, generator=draw, dtype=torch.float64))
    return model


def reference(model: BilinearRNN, x: Tensor) -> tuple[Tensor, Tensor]:
    """The scores after every letter and after the last one, by dense matrices."""
    A, h = model.transitions(), model.initial(len(x))
    scores = []
    for t in range(x.shape[1]):
        h = torch.einsum("bij,bj->bi", A[x[:, t]], h)
        h = h if model.shift is None else h + model.shift[x[:, t]]
        h = h / h.norm(dim=1, keepdim=True) if model.normalize else h
        scores.append(h @ model.rows().t())
    return torch.stack(scores, 1), scores[-1]


def weighed(scores: Tensor, last: Tensor, every: bool) -> Tensor:
    """A number in which every score has a weight of its own."""
    weight = torch.linspace(-1, 2, scores.numel(), dtype=scores.dtype, device=scores.device).view_as(scores)
    return (weight * scores).sum() * every + (weight[:, -1].sin() * last).sum()


def apart(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest entry."""
    return float((found.detach().cpu().double() - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def compare(family: str, hidden: int, shape: tuple[Any, ...], dtype: torch.dtype, **options: Any) -> None:
    letters, words, length, normalize, additive, every = shape
    options |= {"normalize": normalize, "additive": additive}
    x = torch.randint(letters, (words, length), generator=torch.Generator().manual_seed(0))
    model = make(family, hidden, letters, dtype, "kernel", **options)
    exact = make(family, hidden, letters, torch.float64, "auto", **options)
    there = x.to(DEVICE)
    scores, last = model(there, every=True), model(there)
    expected, ending = reference(exact, x)
    weighed(scores, last, every).backward()
    weighed(expected, ending, every).backward()
    assert apart(scores, expected.detach()) < TOLERANCE[dtype]
    assert apart(last, ending.detach()) < TOLERANCE[dtype]
    for (name, mine), other in zip(model.named_parameters(), exact.parameters(), strict=True):
        assert apart(mine.grad, other.grad) < TOLERANCE[dtype], name


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [*((shape, torch.float32) for shape in SHAPES), (SHAPES[0], torch.float64)],
    ids=["added", "one", "not normalised", "added, float64"],
)
@pytest.mark.parametrize(("family", "hidden", "options"), FAMILIES, ids=[f"{f}-{h}" for f, h, _ in FAMILIES])
def test_states_and_gradients(
    family: str, hidden: int, options: dict[str, Any], shape: tuple[Any, ...], dtype: torch.dtype
) -> None:
    compare(family, hidden, shape, dtype, **options)


@pytest.mark.parametrize(
    ("family", "hidden"), [("full", 70), ("monomial", 70), ("cp", 70), ("block", 140), ("rotation", 6)]
)
def test_more_than_one_tile_and_part(family: str, hidden: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of several tiles, and places of a letter that are added up in several parts."""
    monkeypatch.setattr("bistate.models.kernels.letter_sums.PART", 3)
    compare(family, hidden, (2, 3, 3, True, False, True), torch.float32)


@pytest.mark.parametrize(("family", "hidden", "options"), FAMILIES[:4], ids=[f for f, _, _ in FAMILIES[:4]])
def test_the_zero_state_stays_zero(family: str, hidden: int, options: dict[str, Any]) -> None:
    model = make(family, hidden, 2, torch.float32, "kernel", **options)
    with torch.no_grad():
        model.start.zero_()
    scores = model(torch.tensor([[0, 1, 1]], device=DEVICE), every=True)
    assert not scores.any()
    scores.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("family", ["block", "full", "householder"])
def test_gradients_are_the_same_bit_for_bit_when_asked_again(family: str) -> None:
    model = make(family, 4, 2, torch.float32, "kernel")
    size = (100, 50) if DEVICE == "cuda" else (2, 3)
    x = torch.randint(2, size, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    found = []
    for _ in range(2):
        model.zero_grad()
        weighed(model(x, every=True), model(x), True).backward()
        found.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    assert len(found[0]) == len(list(model.parameters()))
    assert all(torch.equal(*pair) for pair in zip(*found, strict=True))


def test_training_goes_where_it_goes_without_kernels() -> None:
    weights = []
    for batching, device in (("kernel", DEVICE), ("loop", "cpu")):
        task = StateTracking.from_words([[0, 1], [1, 1], [1, 0], [0, 0]], [1, 0, 1, 0], validation=0.25, device=device)
        model = BilinearRNN(2, 4, 2, "block", batching=batching, device=device, dtype=torch.float64)
        train(model, task, TrainConfig(steps=4, batch=3, settle_steps=0), progress=False)
        weights.append([p.detach().cpu() for p in model.parameters()])
    for mine, other in zip(*weights, strict=True):
        assert apart(mine, other) < 1e-9


@pytest.mark.parametrize("family", ["full", "rotation", "householder"])
def test_an_ensemble_runs_in_one_kernel(family: str) -> None:
    """Words of two lengths, labelled at every position, so that those that have ended wait."""
    found = []
    for batching, device in (("kernel", DEVICE), ("auto", "cpu")):
        options: dict[str, Any] = {"batching": batching, "device": device, "dtype": torch.float64}
        models = [BilinearRNN(2, 4, 2, family, seed=seed, **options) for seed in (0, 1)]
        ensemble = _Ensemble(models, models[0], 0.1)
        assert (ensemble._at_once(torch.zeros(2, 3, 4, dtype=torch.float64, device=device), X.to(device)) is None) == (
            batching == "auto" and family == "householder"
        )
        batches = [(x.to(device), x.to(device)) for x in (X[0], X[1, :, :2])]
        losses = ensemble.losses(batches)
        gradients = torch.autograd.grad(losses.sum(), list(ensemble.stack.values()))
        found.append([losses.detach().cpu(), *(g.cpu() for g in gradients)])
    for mine, other in zip(*found, strict=True):
        assert apart(mine, other) < 1e-12


def test_one_kernel_runs_a_word_in_pieces() -> None:
    model = make("rotation", 6, 2, torch.float64, "kernel")
    x = torch.tensor([[0, 1, 1, 0, 1]], device=DEVICE)
    with torch.no_grad():
        whole = model.run(model.initial(1), x)
        first = model.run(model.initial(1), x[:, :2])
        assert torch.equal(whole, torch.cat([first, model.run(first[-1], x[:, 2:])]))
