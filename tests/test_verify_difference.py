"""Bounds on the difference of two trained networks, Hankel singular values, and truncation."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, minimal_realisation, realize
from bistate.verify import MismatchError, balanced_truncation, difference, hankel_singular_values, parse_task
from bistate.verify.distance.difference_bound import difference_of_weights
from bistate.verify.networks.float_network import float_weights
from bistate.verify.networks.gramians import growth

C3 = Automaton.modular_addition(3)
S3 = parse_task("S3", letters="generators")


def exact_model(automaton: Automaton, rung: str = "full") -> BilinearRNN:
    return BilinearRNN.from_weights(realize(automaton, rung), transition="full")


def shaken(model: BilinearRNN, size: float, seed: int) -> BilinearRNN:
    other = copy.deepcopy(model)
    with torch.no_grad():
        for p in other.parameters():
            p += size * torch.randn(p.shape, dtype=p.dtype, generator=torch.Generator().manual_seed(seed))
    return other


def random_model(seed: int, hidden: int = 3) -> BilinearRNN:
    model = BilinearRNN(2, hidden, 3, "full", seed=seed, dtype=torch.float64)
    with torch.no_grad():
        model.family.get_parameter("weight").mul_(3)
    return model


def outputs(model: BilinearRNN, factors: np.ndarray, longest: int) -> list[np.ndarray]:
    """Centred logits after all words of each length, by definition: (words, states) for each length."""
    A, h, C = float_weights(model)
    near = C - C.mean(axis=0)
    found = []
    for t in range(longest + 1):
        rows = []
        for word in itertools.product(range(len(A)), repeat=t):
            v = h
            for x in word:
                v = A[x] @ v / factors[x]
            rows.append(near @ v)
        found.append(np.array(rows))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_no_short_word_is_above_the_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    if seed % 3 == 0:
        one, two = random_model(seed), random_model(seed + 100, 2 + seed % 2)
    else:
        one = exact_model(C3 if seed % 2 else S3, ("full", "monomial")[seed % 2])
        two = shaken(one, 10 ** random.uniform(-6, -1), seed)
    found = difference(one, two, 6, up_to_factors=False)
    lam, mu = found.factors
    assert (lam == mu).all()
    for t, (mine, theirs) in enumerate(zip(outputs(one, lam, 6), outputs(two, mu, 6), strict=True)):
        worst = np.abs(mine - theirs).max()
        assert worst <= found.bounds[t] * (1 + 1e-9) + 1e-14


def test_the_bound_of_a_small_change_is_not_far_above_the_worst_word() -> None:
    one = exact_model(S3)
    two = shaken(one, 1e-5, 3)
    found = difference(one, two, 12, up_to_factors=False)
    worst = max(
        np.abs(a - b).max()
        for a, b in zip(outputs(one, found.factors[0], 12), outputs(two, found.factors[1], 12), strict=True)
    )
    assert worst <= found.bounds.max() <= 4 * worst
    further = difference(one, two, 10_000)  # grows in a straight line, and not by a power
    assert further.bounds[-1] < 20 * further.bounds[1000]
    assert further.bounds[-1] / further.size < 2


def test_positive_factors_are_no_difference_unless_asked_for() -> None:
    one = exact_model(S3)
    two = shaken(one, 0, 0)
    with torch.no_grad():
        two.family.get_parameter("weight")[0] *= 3
        two.readout.mul_(5).add_(torch.tensor([[0.5, -1.0]]))
    assert difference(one, two, 50).relative < 1e-6
    assert difference(one, two, 50, up_to_factors=False).relative > 1


def test_different_networks_for_one_function_are_near_each_other() -> None:
    weights = realize(C3, "monomial")
    big = BilinearRNN.from_weights(weights, transition="full")
    small = BilinearRNN.from_weights(minimal_realisation(weights), transition="full")
    assert (big.hidden, small.hidden) == (3, 2)
    assert difference(big, small, 1000).relative < 1e-9


def test_hankel_singular_values_are_those_of_the_matrix_by_definition() -> None:
    model, longest = random_model(5), 3
    A, h, C = float_weights(model)
    near = C - C.mean(axis=0)
    B = A / growth(A, h, near)[:, None, None]
    words = [w for t in range(longest + 1) for w in itertools.product(range(2), repeat=t)]
    share = np.array([0.5 ** len(w) / (longest + 1) for w in words])  # p(w)

    def product(word: tuple[int, ...]) -> np.ndarray:
        result = np.eye(3)
        for x in word:
            result = B[x] @ result
        return result

    hankel = np.block([[near @ product(v) @ product(u) @ h[:, None] for u in words] for v in words])
    weighted = hankel * np.sqrt(share)[None, :] * np.sqrt(np.repeat(share, 3))[:, None]
    values = np.linalg.svd(weighted, compute_uv=False)[:3]
    assert hankel_singular_values(model, longest) == pytest.approx(values / values[0], rel=1e-8)


def test_as_many_hankel_singular_values_as_the_minimal_network_has_units() -> None:
    weights = realize(S3, "monomial")
    model = BilinearRNN.from_weights(weights, transition="full")
    assert len(hankel_singular_values(model)) == minimal_realisation(weights).hidden_size < model.hidden


@pytest.mark.parametrize("size", [1, 2, 3])
def test_truncation_is_within_its_bound(size: int) -> None:
    model = shaken(exact_model(C3, "monomial"), 0.01, 1)
    found = balanced_truncation(model, size, 6)
    assert found.model.hidden == size
    assert len(found.singular_values) == 3
    lam, mu = found.difference.factors
    mine, theirs = outputs(model, lam, 6), outputs(found.model, mu, 6)
    for t in range(7):
        error = mine[t] - theirs[t]
        assert np.abs(error).max() <= found.difference.bounds[t] + 1e-12
        assert np.sqrt((error**2).mean()) == pytest.approx(found.mean_square[t], rel=1e-6, abs=1e-7)
    if size == 3:
        assert found.difference.relative < 1e-6
    else:
        assert found.difference.bounds.max() > 1e-4


def test_unusable_arguments_are_refused() -> None:
    model = exact_model(C3)
    with pytest.raises(MismatchError, match="second one 2 and 6"):
        difference(model, exact_model(S3))
    with pytest.raises(MismatchError, match="length=-1"):
        difference(model, model, -1)
    with pytest.raises(MismatchError, match="length=-2"):
        hankel_singular_values(model, -2)
    with pytest.raises(MismatchError, match="size=3 has to be between 1 and 2"):
        balanced_truncation(model, 3)
    with pytest.raises(MismatchError, match="additive"):
        hankel_singular_values(BilinearRNN(3, 4, 3, additive=True))
    with torch.no_grad():
        model.start[0] = torch.nan
    with pytest.raises(ModelError, match="finite"):
        difference(model, exact_model(C3))


@pytest.mark.parametrize("letter", [0, 1])
@pytest.mark.parametrize("what", ["drift", "growth"])
def test_the_worst_letter_counts_wherever_it_stands(letter: int, what: str) -> None:
    one = BilinearRNN(2, 2, 2, "full", dtype=torch.float64)
    with torch.no_grad():
        one.family.get_parameter("weight").copy_(torch.eye(2).expand(2, 2, 2))
        one.start.copy_(torch.tensor([1.0, 0.3]))
        one.readout.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        if what == "growth":
            one.family.get_parameter("weight")[letter] += torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    two = shaken(one, 0, 0)
    with torch.no_grad():
        if what == "growth":
            two.start[1] += 1e-3
        else:
            two.family.get_parameter("weight")[letter, 0, 1] += 1e-3
    units = np.ones(2)
    weights = float_weights(one), float_weights(two)
    found = difference_of_weights(*weights, units, units, 8, fit_size=False, S=np.eye(2))
    for t, (a, b) in enumerate(zip(*(outputs(m, units, 8) for m in (one, two)), strict=True)):
        assert np.abs(a - b).max() <= found.bounds[t] * (1 + 1e-9) + 1e-14
