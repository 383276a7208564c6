"""Full weights of automata with merging letters, in fewer units than states where an invariant space is found.

Functions on the states are moved by letters, f ↦ f∘δ_x. A space F of functions that all letters keep, that holds the
constants and tells the states apart gives weights of hidden size dim F: with a basis 1 = f_1, f_2, …, f_d

    v_q = (f_1(q), …, f_d(q)),    A[x] v_q = v_{δ(q,x)},    ⟨C_q, v⟩ = ⟨v_q, v⟩' − ½‖v_q‖'²,

where ⟨,⟩' leaves the constant out; the readout picks the nearest of the v_q. Candidates for F are what random vectors
of null spaces f(a) span under the letters, a a random element of their algebra, and sums of these. So n states with
letters that each reset to one state take two units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat, fmpz_mat, fmpz_poly

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..cones.plane import exact_codes_in_the_plane
from ..weights.coordinates import coordinates
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .one_hot import one_hot_weights

STATES = 40  # above, one unit per state
ROUNDS = 12  # random elements of the algebra
KEPT = 24  # candidates whose sums are tried


def least_weights(automaton: Automaton, seed: int = 0) -> BilinearWeights:
    """Full weights from the smallest separating invariant space found; one unit per state if none is smaller.

    Three states that no space of two functions tells apart may still have one direction each in two units.
    """
    best = _smallest_space(automaton, seed) if 2 < len(automaton.states) <= STATES else None
    if best is None or best.ncols() > 2:
        codes = exact_codes_in_the_plane(automaton)
        if codes is not None:
            return codes
    if best is None or best.ncols() >= len(automaton.states):
        return one_hot_weights(automaton)
    return _weights(automaton, best)


def _weights(automaton: Automaton, basis: fmpq_mat) -> BilinearWeights:
    """The weights of a basis of functions, the constant one first, as columns: (states, d)."""
    values = ExactMatrix.from_parts([basis], 1)  # (states, d)
    size = values.shape[1]
    transitions = []
    for k in range(len(automaton.letters)):
        moved = values.submatrix(automaton.table[:, k].tolist(), range(size))  # f_j(δ(q, x)), (states, d)
        transitions.append(coordinates(values, moved).T)
    rows = values.tolist()
    readout = [[sum((-x * x for x in v[1:]), start=Cyclotomic([0])) * Fraction(1, 2), *v[1:]] for v in rows]
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(transitions),
        initial=ExactMatrix.column(rows[automaton.start_index]),
        readout=ExactMatrix(readout),
        rung=Rung.FULL,
        note=f"an invariant space of {size} functions on the states",
    )


def constants_apart(automaton: Automaton) -> BilinearWeights | None:
    """Blocks of 1 and n − 1 units for n states, where the constants have an invariant complement; None elsewhere.

    It is {f : Σ u_q f(q) = 0} for a u that all letters keep, Σ_{δ(q,x) = p} u_q = u_p, with Σ u_q ≠ 0: for a state that
    nothing leaves, u can be 1 there and 0 elsewhere.
    """
    size = len(automaton.states)
    if not 2 < size <= STATES:
        return None
    kept = [
        [int(automaton.table[q, x] == p) - int(p == q) for q in range(size)]
        for x in range(len(automaton.letters))
        for p in range(size)
    ]
    vectors = ExactMatrix(kept).kernel().T.tolist()
    u = next((v for v in vectors if sum(v, start=Cyclotomic([0]))), None)
    if u is None:
        return None
    complement = ExactMatrix([u]).kernel().T.tolist()  # (n − 1, n)
    flat = [1] * size + [value.to_fraction() for f in complement for value in f]
    basis = fmpq_mat(size, size, [fmpq(value.numerator, value.denominator) for value in map(Fraction, flat)])
    weights = _weights(automaton, basis.transpose())
    return replace(weights, blocks=(1, size - 1), rung=Rung.BLOCK, note="functions on the states, constants apart")


def _smallest_space(automaton: Automaton, seed: int) -> fmpq_mat | None:
    """A separating invariant space of small dimension, the constants first: (states, d)."""
    size = len(automaton.states)
    draw = np.random.default_rng(seed)
    spaces: dict[str, fmpq_mat] = {}
    for _ in range(ROUNDS):
        for vector in _null_vectors(automaton, draw):
            space = _spin(automaton, [[1] * size, vector], size)
            if space is not None:
                spaces.setdefault(str(space), space)
    found = sorted(spaces.values(), key=lambda s: s.ncols())[:KEPT]
    best = next((s for s in found if _separates(s)), None)
    limit = size if best is None else best.ncols()
    for i, first in enumerate(found):
        for second in found[:i]:
            if max(first.ncols(), second.ncols()) >= limit - 1:
                continue
            joined = _columns(_joined(first, second))
            if joined.ncols() < limit and _separates(joined):
                best, limit = joined, joined.ncols()
    return best


def _null_vectors(automaton: Automaton, draw: np.random.Generator) -> list[list[int]]:
    """Random small combinations of the null spaces f(a), f the irreducible factors of the characteristic polynomial."""
    size, count = len(automaton.states), len(automaton.letters)
    matrix = np.zeros((size, size), dtype=np.int64)
    for coefficient in draw.integers(-2, 4, size=6).tolist():
        word = draw.integers(count, size=int(draw.integers(1, 4))).tolist()
        where = np.arange(size)
        for letter in reversed(word):
            where = where[automaton.table[:, letter]]
        matrix[np.arange(size), where] += coefficient  # (a f)(q) = Σ c f(q·w)
    a = fmpz_mat(size, size, matrix.ravel().tolist())
    found = []
    for factor, _ in a.charpoly().factor()[1]:
        basis, rank = _at(factor, a).nullspace()
        for _ in range(2):
            mixed = [int(c) for c in draw.integers(-3, 4, size=rank)]
            vector = [sum(c * int(basis[i, j]) for j, c in enumerate(mixed)) for i in range(size)]
            if any(vector):
                found.append(vector)
    return found


def _at(polynomial: fmpz_poly, a: fmpz_mat) -> fmpz_mat:
    size = a.nrows()
    one = fmpz_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    value = one * 0
    for coefficient in reversed(polynomial.coeffs()):
        value = value * a + one * coefficient
    return value


def _spin(automaton: Automaton, vectors: Sequence[Sequence[int]], limit: int) -> fmpq_mat | None:
    """The least invariant space that holds some functions, as reduced columns; None from dimension `limit` on."""
    space = _columns([list(v) for v in vectors])
    while True:
        rows = space.transpose().tolist()
        images = [
            [row[q] for q in automaton.table[:, k].tolist()] for k in range(len(automaton.letters)) for row in rows
        ]
        larger = _columns([*rows, *images])
        if larger.ncols() >= limit:
            return None
        if larger.ncols() == space.ncols():
            return space
        space = larger


def _columns(rows: Sequence[Sequence[object]]) -> fmpq_mat:
    """The span of some functions: the constant one, then a reduced basis of those that vanish at the first state."""
    size = len(rows[0])
    flat = [value for row in rows for value in row]
    # With f(q_1) subtracted everywhere, constants are split off: the span holds them by assumption.
    matrix = fmpq_mat(len(rows), size, flat)
    shifted = fmpq_mat(len(rows), size, [matrix[i, j] - matrix[i, 0] for i in range(len(rows)) for j in range(size)])
    reduced, rank = shifted.rref()
    kept = [[reduced[i, j] for j in range(size)] for i in range(rank)]
    return fmpq_mat(1 + rank, size, [1] * size + [x for row in kept for x in row]).transpose()


def _joined(first: fmpq_mat, second: fmpq_mat) -> list[list[object]]:
    return [*first.transpose().tolist(), *second.transpose().tolist()]


def _separates(space: fmpq_mat) -> bool:
    return len({tuple(map(str, row)) for row in space.tolist()}) == space.nrows()
