"""Tasks whose letters act two-transitively on many states: no list of group elements is needed.

The permutation module is then 1 ⊕ V with V irreducible of degree n − 1, and irreps with vectors fixed by the
stabiliser of a state are exactly its constituents. So a tracker contains V: hidden and block sizes are n − 1, and a
letter with c cycles on the states has rank(ρ(x) − 1) = n − c. Random permutation machines with many states are of this
kind.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..weights.factors import HouseholderFactors
from ..weights.reflections import as_reflections
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .cp import differences, factors_of, one_hot_factors
from .obstructions import require_commuting
from .one_hot import one_hot_weights
from .orbit_weights import orbit_weights

FEW = 9  # states; up to here the group, inside S_9, can be listed, and characters decide


def is_two_transitive(automaton: Automaton) -> bool:
    """Whether more than 9 states are permuted so that every pair of states reaches every other pair.

    Tasks that come with a group whose elements are listed already are left to its characters, which say more.
    """
    size = len(automaton.states)
    if size <= FEW or automaton.group_task is not None or not automaton.is_permutation:
        return False
    seen = np.zeros(size * size, dtype=bool)
    frontier = np.array([1])  # the pair (0, 1)
    seen[frontier] = True
    while len(frontier):
        first, second = divmod(frontier, size)
        images = np.concatenate(
            [automaton.table[first, k] * size + automaton.table[second, k] for k in range(len(automaton.letters))]
        )
        frontier = np.unique(images[~seen[images]])
        seen[frontier] = True
    return int(seen.sum()) == size * (size - 1)


def standard_weights(automaton: Automaton, rung: Rung) -> BilinearWeights:
    """Weights of V = {v ∈ R^n: Σ v_q = 0} in the basis e_q − e_n, with h_0 = n e_start − Σ e_q.

    Raises:
        RungError: for a rung that V cannot do.
    """
    size = len(automaton.states)
    if rung is Rung.MONOMIAL:
        return replace(one_hot_weights(automaton), rung=rung)
    if rung not in (Rung.FULL, Rung.BLOCK, Rung.HOUSEHOLDER, Rung.HOUSEHOLDER_PER_HEAD, Rung.CP):
        require_commuting(automaton, rung)
    transitions = []
    for column in automaton.table.T.tolist():
        rows = [[0] * (size - 1) for _ in range(size - 1)]
        for j in range(size - 1):  # e_j − e_n ↦ e_{σ(j)} − e_{σ(n)}
            for image, sign in ((column[j], 1), (column[-1], -1)):
                if image < size - 1:
                    rows[image][j] += sign
        transitions.append(ExactMatrix(rows))
    start = automaton.start_index
    initial = ExactMatrix.column([size * (q == start) - 1 for q in range(size - 1)])
    form = ExactMatrix([[1 + (i == j) for j in range(size - 1)] for i in range(size - 1)])
    note = f"vectors of {size} coordinates with sum 0"
    weights = orbit_weights(automaton, transitions, initial, form, [size - 1], rung, note)
    if rung in (Rung.HOUSEHOLDER, Rung.HOUSEHOLDER_PER_HEAD):
        vectors = tuple((as_reflections(matrix, form),) for matrix in transitions)
        return replace(weights, factors=HouseholderFactors(form, vectors))
    if rung is Rung.CP:
        if terms_by_differences(automaton)[0] >= one_hot_factors(automaton).rank:
            return replace(one_hot_weights(automaton), rung=rung, factors=one_hot_factors(automaton))
        return replace(weights, factors=factors_of(differences(transitions, terms_by_differences(automaton)[1])))
    return weights


def terms_by_differences(automaton: Automaton) -> tuple[int, int]:
    """N − 1 + Σ_x rank(ρ(x_0⁻¹ x) − 1) for the best letter x_0, and its position among the different letters."""
    letters = [Permutation(column) for column in automaton.table.T.tolist()]
    different = list(dict.fromkeys(letters))
    size = len(automaton.states)
    totals = []
    for base in different[:50]:
        inverse = base.inverse()
        totals.append(size - 1 + sum(moved_dimensions(inverse * x) for x in different))
    best = int(np.argmin(totals))
    return totals[best], best


def moved_dimensions(permutation: Permutation) -> int:
    """rank(ρ(x) − 1) = N − (number of cycles), for the action on N states."""
    return len(permutation) - len(permutation.cycle_type)
