"""Exact weights as parameters of a model: the one gate through which exact numbers become floats.

Which family holds them is decided here; how it reads its parameters off the matrices stands beside each family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ModelError
from .transitions.exact_parameters import ExactParameters
from .transitions.registry import FAMILIES

if TYPE_CHECKING:
    from ..theory.weights.weights import BilinearWeights


def parameters_of(weights: BilinearWeights, transition: str | None = None) -> tuple[str, ExactParameters]:
    """The family by which a model holds the weights, and its parameters, see `bistate.models.model_from_weights`.

    Raises:
        ModelError: for an unknown family, or matrices that are not of the family asked for.
    """
    if transition is not None and transition not in FAMILIES:
        raise ModelError(f"unknown transition {transition!r}; accepted: {', '.join(FAMILIES)}")
    family = transition or _natural_family(weights)
    return family, FAMILIES[family].exact(weights)


def _natural_family(weights: BilinearWeights) -> str:
    """The rung's own family where it keeps the coordinates, else "full"."""
    rung = str(weights.rung)
    return rung if rung in FAMILIES and FAMILIES[rung].natural(weights) else "full"
