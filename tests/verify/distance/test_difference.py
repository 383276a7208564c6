"""Bounds on the difference of two trained networks, Hankel singular values, and truncation."""

from __future__ import annotations

import copy
import itertools
import math
import warnings
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from bistate.groups.errors import BistateError
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, minimal_realisation, realize
from bistate.verify import (
    Difference,
    MismatchError,
    balanced_truncation,
    difference,
    hankel_singular_values,
    parse_task,
)
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


def exact_logits(model: BilinearRNN, word: tuple[int, ...]) -> list[Fraction]:
    """C A[w] h_0 less its mean over the states, without rounding."""
    A, h, C = (values.tolist() for values in float_weights(model))
    vector = [Fraction(v) for v in h]
    for x in word:
        vector = [sum((Fraction(a) * v for a, v in zip(row, vector, strict=True)), Fraction(0)) for row in A[x]]
    logits = [sum((Fraction(a) * v for a, v in zip(row, vector, strict=True)), Fraction(0)) for row in C]
    mean = sum(logits) / len(logits)
    return [v - mean for v in logits]


def bounded(one: BilinearRNN, two: BilinearRNN, found: Difference, word: tuple[int, ...], factor: float) -> Fraction:
    """The largest number over all states that the bounds speak of, from the fields and the weights alone."""
    lam, mu = (math.prod((Fraction(units[x]) for x in word), start=Fraction(1)) for units in found.factors.tolist())
    both = zip(exact_logits(one, word), exact_logits(two, word), strict=True)
    return max(abs(f / lam - Fraction(factor) * g / mu) for f, g in both)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_bounded_follows_from_the_fields(seed: int) -> None:
    random = np.random.default_rng(seed)
    one = exact_model(C3, ("full", "monomial")[seed % 2]) if seed < 6 else random_model(seed)
    two = shaken(one, 10 ** random.uniform(-9, -2), seed) if seed < 6 else random_model(seed + 100, 2)
    with torch.no_grad():
        two.family.get_parameter("weight")[0] *= 3
        two.readout.mul_(10 ** random.uniform(-3, 3)).add_(0.25)
    found = difference(one, two, 4)
    without = 0
    for t in range(5):
        for word in itertools.product(range(one.letters), repeat=t):
            assert bounded(one, two, found, word, found.factor) <= Fraction(found.bounds[t]), word
            without += bounded(one, two, found, word, 1.0) > Fraction(found.bounds[t])
    assert found.factor > 0
    if seed < 6:  # otherwise two networks without anything in common, and bounds above both
        assert without > 0, "the bounds are so large that the factor does not show"
        assert found.relative < 1


def test_networks_compared_as_functions_have_no_factor() -> None:
    one = exact_model(C3)
    assert difference(one, shaken(one, 1e-3, 1), 3, up_to_factors=False).factor == 1
    assert balanced_truncation(one, 1, 3).difference.factor == 1


def degenerate(seed: int, letters: int, states: int) -> BilinearRNN:
    """A small random model, worsened a few times: zeros, ranks, nilpotent letters, equal rows, scales out of bounds."""
    random = np.random.default_rng(seed)
    family = ("full", "full", "diagonal", "cp")[int(random.integers(4))]
    model = BilinearRNN(letters, int(random.integers(1, 4)), states, family, seed=seed, dtype=torch.float64)
    parameters = list(model.parameters())
    scales = (1e-300, 1e-150, 1e-30, 1e30, 1e150, 1e300)
    with torch.no_grad():
        for _ in range(int(random.integers(5))):
            p, how = parameters[int(random.integers(len(parameters)))], int(random.integers(8))
            row = p[int(random.integers(len(p)))]
            if how == 0:
                p.zero_()
            elif how == 1:
                row.zero_()
            elif how == 2:
                p.mul_(random.choice(scales))
            elif how == 3:
                row.mul_(random.choice(scales))
            elif how == 7:  # sizes far apart
                p.mul_(torch.from_numpy(random.choice(scales, size=p.shape)))
            elif how == 4:
                p.copy_(p[:1].clone().expand_as(p))
            elif how == 5 and p.ndim == 3:
                p.copy_(torch.triu(p, 1))
            elif how == 6 and p.ndim == 3:
                p.copy_(p[:, :, :1] * p[:, :1, :])
            p.nan_to_num_(posinf=1e308, neginf=-1e308)
    return model


def outcome(function: Callable[[], object]) -> str:
    """What a call comes to; an error that is not named is passed on."""
    try:
        function()
    except BistateError as error:
        return type(error).__name__
    return "result"


def test_degenerate_weights_have_a_result_or_a_named_error() -> None:
    """Every outcome of every function, without a warning on the way; bounds hold where there are any."""
    seen: Counter[str] = Counter()
    for seed in range(24):
        random = np.random.default_rng([seed, 1])
        letters, states = int(random.integers(1, 4)), int(random.integers(1, 5))
        one, two = degenerate(seed, letters, states), degenerate(seed + 10_000, letters, states)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = {}
            for name, function in {
                "difference": lambda one=one, two=two: difference(one, two, 2),
                "functions": lambda one=one, two=two: difference(one, two, 2, up_to_factors=False),
                "itself": lambda one=one: difference(one, one, 2),
                "truncation": lambda one=one: balanced_truncation(one, 1, 2),
                "values": lambda one=one: hankel_singular_values(one),
            }.items():
                found[name] = outcome(function)
        seen.update(f"{name}: {result}" for name, result in found.items())
    assert seen["difference: result"] + seen["functions: result"] + seen["itself: result"] == 72
    assert seen["truncation: result"] >= 8
    assert seen["truncation: MismatchError"] >= 2
    assert seen["values: result"] >= 16


def test_bounds_of_degenerate_weights_hold_exactly() -> None:
    finite = 0
    for seed in range(12):
        one, two = degenerate(seed, 2, 3), degenerate(seed + 10_000, 2, 3)
        for other, up_to_factors in ((two, True), (two, False), (shaken(one, 1e-9, 0), True)):
            found = difference(one, other, 2, up_to_factors=up_to_factors)
            assert (found.factors > 0).all()
            assert 0 < found.factor < math.inf
            for t, bound in enumerate(found.bounds.tolist()):
                assert bound >= 0
                for word in itertools.product(range(2), repeat=t) if bound < math.inf else ():
                    assert bounded(one, other, found, word, found.factor) <= Fraction(bound), (seed, word)
                    finite += 1
    assert finite > 100


def test_a_bound_that_overflows_stays_infinite() -> None:
    """0 · ∞ on the way is not 0: the hidden states of both networks overflow, and their distance does."""
    A, C, units = np.full((1, 1, 1), 1e300), np.array([[1.0], [-1.0]]), np.ones(1)
    networks = (A, np.array([1.0]), C), (A, np.array([2.0]), C)
    bounds = difference_of_weights(*networks, units, units, 6, fit_size=False, S=np.eye(1)).bounds.tolist()
    assert 1 <= bounds[0] < 1.1
    assert all(Fraction(10) ** 299 <= Fraction(b) for b in bounds[1:2])
    assert bounds[2:] == [math.inf] * 5


def test_a_bound_that_underflows_stays_positive() -> None:
    A, C, units = np.full((1, 1, 1), 1e-200), np.array([[1.0], [-1.0]]), np.ones(1)
    networks = (A, np.array([1e-150]), C), (A, np.array([2e-150]), C)
    bounds = difference_of_weights(*networks, units, units, 3, fit_size=False, S=np.eye(1)).bounds.tolist()
    assert all(b > 0 for b in bounds)


@pytest.mark.parametrize("scale", [1e-250, 1e-30, 1e250])
def test_scale_alone_changes_no_relative_bound(scale: float) -> None:
    one = exact_model(parse_task("C3", letters="generators"))
    for name in ("start", "readout", "family.weight"):
        two = shaken(one, 0, 0)
        with torch.no_grad():
            two.get_parameter(name).mul_(scale)
        assert difference(two, one, 20).relative < 1e-6
        assert balanced_truncation(two, 2, 20).difference.relative < 1e-6
        assert hankel_singular_values(two) == pytest.approx(hankel_singular_values(one), rel=1e-8)


def test_networks_whose_gramians_overflow_are_named() -> None:
    model = random_model(0)
    faint = np.array([[1e-160, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    tall = np.array([[0, 1e200, 0], [0, 0, 0], [0, 0, 1e-160]])
    with torch.no_grad():
        model.family.get_parameter("weight")[0] = torch.from_numpy(faint)
        model.family.get_parameter("weight")[1] = torch.from_numpy(tall)
    for function in (hankel_singular_values, lambda m: balanced_truncation(m, 1)):
        with pytest.raises(ModelError, match="too far apart"):
            function(model)
    assert (difference(model, model, 3).bounds >= 0).all()
