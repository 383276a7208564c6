"""Exact full weights of the least size known."""

from __future__ import annotations

from dataclasses import replace

from ..automata.automaton import Automaton
from ..separation.optima import least_full
from ..separation.task_irreps import task_of_permutations
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .invariant_functions import least_weights
from .irrep_weights import irrep_weights


def realize_full(automaton: Automaton) -> BilinearWeights:
    """Full weights of the least hidden size known.

    Where the letters permute the states this is d_min, the least degree of a real representation that separates the
    states (docs/ladder.md, theorem A); otherwise see `invariant_functions.py`.
    """
    data = task_of_permutations(automaton)
    if data is None:
        return least_weights(automaton)
    weights = irrep_weights(automaton, data, least_full(data).chosen, Rung.FULL)
    return replace(weights, blocks=())
