"""Exact products of Householder reflections for any group task (docs/ladder.md, theorem C)."""

from __future__ import annotations

from dataclasses import replace

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import RungError
from ..separation.optima import Optimum, least_householder, least_householder_per_head
from ..separation.real_irrep import TaskIrreps
from ..separation.task_irreps import task_of_permutations
from ..weights.factors import HouseholderFactors
from ..weights.reflections import as_reflections
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .irrep_weights import irrep_weights
from .obstructions import require_permutations


def realize_householder(automaton: Automaton, reflections: int | None = None) -> BilinearWeights:
    """One product of at most k reflections per letter, k the least number (for the search's limits see `classify`).

    Args:
        automaton: a task whose letters permute the states.
        reflections: refuse if some letter needs more.

    Raises:
        RungError: if a letter merges states, or more reflections are needed.
    """
    data = _data(automaton, Rung.HOUSEHOLDER)
    optimum = least_householder(data)
    _require(optimum, reflections, "one head")
    return of_reflections(irrep_weights(automaton, data, optimum.chosen, Rung.HOUSEHOLDER))


def realize_householder_per_head(automaton: Automaton, reflections: int | None = None) -> BilinearWeights:
    """One head per irrep, each with a product of at most k reflections per letter, k the least number.

    Raises:
        RungError: if a letter merges states, or more reflections are needed.
    """
    data = _data(automaton, Rung.HOUSEHOLDER_PER_HEAD)
    optimum = least_householder_per_head(data)
    _require(optimum, reflections, "one irrep per head")
    return of_reflections(irrep_weights(automaton, data, optimum.chosen, Rung.HOUSEHOLDER_PER_HEAD))


def of_reflections(weights: BilinearWeights) -> BilinearWeights:
    """Weights of a householder rung with their factors: isometries of the form as products of reflections."""
    assert weights.form is not None
    if weights.rung == Rung.HOUSEHOLDER_PER_HEAD:
        vectors = tuple(_per_head(matrix, weights.form, weights.blocks) for matrix in weights.transitions)
        return replace(weights, factors=HouseholderFactors(weights.form, vectors))
    one_head = tuple((as_reflections(matrix, weights.form),) for matrix in weights.transitions)
    return replace(weights, blocks=(), factors=HouseholderFactors(weights.form, one_head))


def _data(automaton: Automaton, rung: Rung) -> TaskIrreps:
    require_permutations(automaton, rung)
    data = task_of_permutations(automaton)
    assert data is not None
    return data


def _require(optimum: Optimum, reflections: int | None, heads: str) -> None:
    if reflections is not None and reflections < optimum.size:
        proved = (
            f"at least {optimum.lower} are necessary" if reflections < optimum.lower else "no way with fewer is known"
        )
        raise RungError(
            f"reflections={reflections} per letter is too few with {heads}: the construction needs {optimum.size}, and "
            + proved
        )


def _per_head(matrix: ExactMatrix, form: ExactMatrix, blocks: tuple[int, ...]) -> tuple[ExactMatrix, ...]:
    """The reflections of each diagonal block, as vectors of the whole hidden space."""
    found, i, size = [], 0, matrix.shape[0]
    for block in blocks:
        rows = range(i, i + block)
        vectors = as_reflections(matrix.submatrix(rows, rows), form.submatrix(rows, rows))  # (block, k)
        lift = ExactMatrix.identity(size).submatrix(range(size), rows)  # (size, block)
        found.append(lift @ vectors if vectors.shape[1] else ExactMatrix.zeros(size, 0))
        i += block
    return tuple(found)
