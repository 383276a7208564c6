"""Small networks near a trained one: balanced truncation, with a proved bound on what it changes.

In balanced coordinates the directions are ordered by their Hankel singular values, and the first d of them are kept:
A'[x] = R A[x] S, h_0' = R h_0, C' = C S with R S = I. What was dropped comes back as an error after every letter, and
`difference` bounds it on every word of a length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ...models.errors import ModelError
from ...models.protocols import LinearRecurrence
from ...models.training.compared_modules import ComparedWithModules
from ..errors import MismatchError
from ..networks.float_network import float_weights, linear_weights
from ..networks.gramians import (
    LONGEST,
    balanced_weights,
    centred,
    exponent,
    in_units,
    invariant_signal,
    too_far_apart,
)
from .difference_bound import Difference, difference_of_weights

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Truncation(ComparedWithModules):
    """A smaller network and how far it is from the model.

    Attributes:
        model: the smaller network, of the full family, in float64.
        singular_values: of the model, divided by the largest, (k,).
        difference: proved bounds on the difference of the logits; its `factor` is 1 and both `factors` are alike.
        mean_square: for each length t, the root mean square of the difference over random words of t letters, in the
            units of `difference`; a float, not proved. (length + 1,)
    """

    model: BilinearRNN
    singular_values: Floats = field(repr=False)
    difference: Difference
    mean_square: Floats = field(repr=False)


def balanced_truncation(model: LinearRecurrence, size: int, length: int = 100) -> Truncation:
    """The balanced truncation of a model to a hidden size.

    Args:
        model: a linear recurrence; affine terms count as the constant unit they are.
        size: hidden size of the result, from 1 to the number of Hankel singular values that are not 0.
        length: of the words up to which the difference is bounded.

    Raises:
        MismatchError: for a size out of range, a model that is no linear recurrence or has a readout for each last
            letter, or a negative length.
        ModelError: if a weight is not finite, or sizes of weights are too far apart.

    Example:
        >>> from bistate.models import BilinearRNN
        >>> from bistate.theory import Automaton, realize
        >>> regular = BilinearRNN.from_weights(realize(Automaton.modular_addition(3), "monomial"), transition="full")
        >>> found = balanced_truncation(regular, 2)
        >>> regular.hidden, found.model.hidden, found.difference.relative < 1e-6
        (3, 2, True)
    """
    if length < 0:
        raise MismatchError(f"length={length} has to be at least 0")
    A, h, C = float_weights(model)
    try:
        split, lam = balanced_weights(A, h, C, LONGEST)
    except np.linalg.LinAlgError as error:
        raise too_far_apart(error) from None
    most = len(split.singular_values)
    if not 1 <= size <= most:
        raise MismatchError(
            f"size={size} has to be between 1 and {most}, the number of Hankel singular values that are not 0"
            if most
            else f"size={size} cannot be kept: the logits of all states are equal on every word"
        )
    with np.errstate(all="ignore"):
        try:
            S, R, _ = invariant_signal(split, in_units(A, lam), size)
        except np.linalg.LinAlgError:
            S, R = split.back[:, :size], split.to[:size]
        small = R @ A @ S, R @ h, C @ S
    if not all(np.isfinite(part).all() for part in small):
        raise ModelError(f"the weights are too large for a truncation in floats: one to size={size} overflows")
    normalize = linear_weights(model).normalize
    smaller = BilinearRNN(model.letters, size, model.states, dtype=torch.float64, normalize=normalize)
    with torch.no_grad():
        smaller.get_parameter("family.weight").copy_(torch.from_numpy(small[0]))
        smaller.start.copy_(torch.from_numpy(small[1]))
        smaller.readout.copy_(torch.from_numpy(small[2]))
    bound = difference_of_weights((A, h, C), small, lam, lam, length, fit_size=False, S=S)
    mean = _mean_square((A, h, centred(C)), (small[0], small[1], centred(small[2])), lam, length)
    values = split.singular_values / split.singular_values[0]
    return Truncation(smaller, values, bound, mean)


def _mean_square(
    one: tuple[Floats, Floats, Floats], two: tuple[Floats, Floats, Floats], lam: Floats, length: int
) -> Floats:
    """sqrt(E ‖f(w) − g(w)‖² / states) over random words of each length, from E[h_w h_wᵀ] of the joint network."""
    (A, h, C), (A2, h2, C2) = one, two
    n = len(h)
    both, vector = np.zeros((len(A), n + len(h2), n + len(h2))), np.concatenate([h, h2])
    both[:, :n, :n], both[:, n:, n:] = in_units(A, lam), in_units(A2, lam)
    readout = np.concatenate([C, -C2], axis=1)
    shift, shift2 = exponent(vector), exponent(readout)
    vector, readout = np.ldexp(vector, -shift), np.ldexp(readout, -shift2)
    term, found = np.outer(vector, vector), []
    with np.errstate(all="ignore"):
        for _ in range(length + 1):
            found.append(max(float(np.sum(readout * (readout @ term))), 0.0) / len(C))
            term = (both @ term @ both.transpose(0, 2, 1)).mean(axis=0)
        result = np.ldexp(np.sqrt(found), shift + shift2)
    return np.where(np.isnan(result), np.inf, result)
