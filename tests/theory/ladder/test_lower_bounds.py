"""The least sizes on the rungs diagonal, rotation, monomial and cp, for all groups of order at most 12, by searches.

small_searches.py and representation_search.py know only the multiplication table; see test_ladder_oracle.py for the
rungs full, block and householder. What has to be impossible is looked through completely for the first three rungs; for
cp it is that least squares never fits one term fewer, which is evidence and no proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from bistate.groups import PermutationGroup
from bistate.theory import Automaton, BilinearWeights, classify, realize
from bistate.theory.weights.factors import CPFactors
from helpers import representation_search as reps
from helpers import small_searches as small
from helpers.paths import ORACLES

LARGEST = 12
PLAIN_ORDER = 8
STORED = json.loads((ORACLES / "ladder.json").read_text())["groups"]
GROUPS = {f"{row[0]}-{row[4]}": row[:6] for row in STORED if row[1] <= LARGEST}
TABLES = {name: reps.multiplication_table(reps.elements_of(row[3], row[2])) for name, row in GROUPS.items()}
TASKS = {
    name: Automaton.word_problem(PermutationGroup(row[3], degree=row[2])) for name, row in GROUPS.items()
}  # all elements as letters
LARGEST_LISTED = 6  # signed permutations of this size, 46 080, are listed; of size 8 there are ten million

# For the rank-one terms: 24 starts for each representation up to change of basis, and what counts as a fit and as none.
STARTS = 24
STEPS = 50
FITS = 1e-8
FAILS = 1e-3
RIDGE = 1e-3

every_group = pytest.mark.parametrize("name", GROUPS)
plain_and_slow = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if row[1] > PLAIN_ORDER else []) for name, row in GROUPS.items()],
)


def size_of(name: str, rung: str) -> Any:
    return classify(TASKS[name])[rung].size


def transitions_of(weights: BilinearWeights) -> np.ndarray:
    """All transitions in floating point: (letters, size, size)."""
    return np.array([matrix.to_numpy(float) for matrix in weights.transitions])


def test_which_groups_are_searched():
    assert len(GROUPS) == 24
    assert sum(row[1] <= PLAIN_ORDER for row in GROUPS.values()) == 14
    assert all((table[0] == np.arange(len(table))).all() for table in TABLES.values())  # element 0 is the identity


# --- diagonal and rotation: all homomorphisms to cyclic groups ---


@every_group
def test_diagonal(name: str):
    assert small.least_diagonal(TABLES[name]) == size_of(name, "diagonal")


@every_group
def test_rotation(name: str):
    table = TABLES[name]
    assert small.least_rotation(table) == size_of(name, "rotation")
    assert (small.least_rotation(table) is None) == (table != table.T).any()


def test_homomorphisms_are_counted_right():
    count = {name: len(small.homomorphisms(TABLES[name], 12)) for name in GROUPS}
    abelian = {name for name, table in TABLES.items() if (table == table.T).all()}
    # A finite abelian group has as many homomorphisms to the roots of unity as elements; 12 suits these exponents.
    assert all(count[name] == len(TABLES[name]) for name in abelian if GROUPS[name][1] in (1, 2, 3, 4, 6, 12))
    assert (count["SmallGroup(6,1)-S3"], count["SmallGroup(8,4)-Q8"], count["SmallGroup(12,3)-A4"]) == (2, 4, 3)


# --- monomial: all signed permutations ---


@every_group
def test_no_smaller_signed_permutations(name: str):
    """Smaller sizes need no look: signed permutations of a size are some of the next."""
    table, below = TABLES[name], size_of(name, "monomial") - 1
    if below == 0:  # weights have a unit
        return
    if below <= LARGEST_LISTED:
        assert small.signed_embedding(table, below) is None
    else:  # the groups of order 9 and 11 that are cyclic
        assert not set(small.orders_of(table)) <= small.orders_with_lines(below)


@every_group
def test_signed_permutations_of_the_size(name: str):
    """Found by the search where that is short, and always the construction, in plain numpy."""
    table, size = TABLES[name], size_of(name, "monomial")
    if size <= LARGEST_LISTED:
        found = small.signed_embedding(table, size)
        assert found is not None
        assert small.is_signed_embedding(table, found)
    matrices = transitions_of(realize(TASKS[name], "monomial"))
    assert matrices.shape == (len(table), size, size)
    assert set(np.unique(matrices)) <= {-1.0, 0.0, 1.0}
    assert (np.abs(matrices).sum(axis=1) == 1).all()
    assert (np.abs(matrices).sum(axis=2) == 1).all()
    assert len(np.unique(matrices, axis=0)) == len(table)
    letters = [tuple(letter) for letter in TASKS[name].letters]
    matrices = matrices[[letters.index(element) for element in reps.elements_of(*GROUPS[name][3:1:-1])]]
    assert (matrices[table] == matrices[:, None] @ matrices[None]).all()


@pytest.mark.parametrize("size", range(1, 6))
def test_orders_of_signed_permutations(size: int):
    everything = small.signed_permutations(size)
    assert len(np.unique(everything, axis=0)) == len(everything) == 2**size * np.prod(range(1, size + 1))
    assert set(small.permutation_orders(everything, 60).tolist()) == small.orders_with_lines(size)


# --- cp: sums of rank-one terms ---


def classes_of(name: str, degree: int) -> Iterator[np.ndarray]:
    """Tensors of the faithful representations found in a degree, those with the same traces as one batch of starts."""
    found = [rho for rho in reps.search(TABLES[name], degree, 100, seed=0) if small.is_faithful(rho)]
    assert found, f"nothing faithful found in degree {degree}"
    for alike in small.by_trace(found):
        yield np.array([small.compressed(alike[i % len(alike)]) for i in range(STARTS)])


def bounds_of(name: str) -> tuple[int, int]:
    size = size_of(name, "cp")
    return size if isinstance(size, tuple) else (size, size)


def assert_nothing_fits(tensors: np.ndarray, rank: int) -> None:
    """No start finds so few terms, neither small ones nor, as would be at a border rank, ones that grow without end."""
    for ridge in (0.0, RIDGE):
        fit = small.fit_terms(tensors, rank, STEPS, seed=0, ridge=ridge)
        assert fit.residuals.min() > FAILS, f"rank {rank} fits degree {tensors.shape[2]}"


@plain_and_slow
def test_terms_of_representations(name: str):
    """One term fewer than the least number never fits, and the least number does.

    Degrees above d_min from the bound on need no look: the transitions are invertible, so there are at least as many
    terms.
    """
    lower, upper = bounds_of(name)
    least, best = GROUPS[name][5], np.inf
    for degree in range(least, max(least, min(least + 1, lower - 1)) + 1):
        for tensors in classes_of(name, degree):
            assert_nothing_fits(tensors, lower - 1)
            if best >= FITS:  # one representation is enough
                best = min(best, small.fit_terms(tensors, upper, STEPS, seed=0).residuals.min())
    assert best < FITS


@pytest.mark.slow
def test_terms_in_the_remaining_degrees():
    """Larger degrees than the test before looks at that are still below the bound."""
    remaining = [(name, n) for name, row in GROUPS.items() for n in range(row[5] + 2, bounds_of(name)[0])]
    assert {GROUPS[name][4] for name, _ in remaining} == {"Q8", "C3 : C4", "A4"}
    for name, degree in remaining:
        for tensors in classes_of(name, degree):
            assert_nothing_fits(tensors, bounds_of(name)[0] - 1)


@every_group
def test_factors_multiply_out(name: str):
    """In floating point, apart from the exact check that the library does."""
    _, upper = bounds_of(name)
    weights = realize(TASKS[name], "cp")
    factors = weights.factors
    assert isinstance(factors, CPFactors)
    left, letters, right = (m.to_numpy(float) for m in (factors.left, factors.letters, factors.right))
    assert left.shape[1] == letters.shape[1] == right.shape[1] == upper
    matrices = transitions_of(weights)
    assert np.abs(np.einsum("ir,xr,jr->xij", left, letters, right) - matrices).max() < 1e-12
    assert len(np.unique(matrices.round(6) + 0.0, axis=0)) == len(TABLES[name])  # faithful; no −0


@pytest.mark.parametrize(("shape", "rank"), [((2, 2, 2), 2), ((4, 2, 2), 3), ((4, 4, 4), 5), ((4, 4, 4), 7)])
def test_fit_finds_terms_that_are_there(shape: tuple[int, int, int], rank: int):
    """So that no fit is no failure of the method."""
    rng = np.random.default_rng(0)
    parts = [rng.standard_normal((STARTS, n, rank)) for n in shape]
    tensors = np.einsum("sir,sjr,skr->sijk", *parts)
    assert np.median(small.fit_terms(tensors, rank, 3 * STEPS, seed=1).residuals) < FITS


def test_fit_shows_a_border_rank():
    """e_1 e_1 e_2 + e_1 e_2 e_1 + e_2 e_1 e_1 has rank 3 and is a limit of sums of two terms, which then grow."""
    tensor = np.zeros((2, 2, 2))
    tensor[0, 0, 1] = tensor[0, 1, 0] = tensor[1, 0, 0] = 1
    tensors = np.repeat(tensor[None], STARTS, axis=0)
    free = small.fit_terms(tensors, 2, 4 * STEPS, seed=0)
    bounded = small.fit_terms(tensors, 2, 4 * STEPS, seed=0, ridge=RIDGE)
    exact = small.fit_terms(tensors, 3, STEPS, seed=0)
    assert free.residuals.min() < 10 * FAILS
    assert free.norms[free.residuals.argmin()] > 10
    assert bounded.residuals.min() > 10 * FAILS
    assert bounded.norms.max() < 10
    assert exact.residuals.min() < FITS
