"""What a network shows: hidden states after words, and the weights that make them where it is a linear recurrence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ...models.errors import ModelError
from ...models.linear_weights import LinearWeights
from ...models.protocols import HiddenStates, LinearRecurrence
from ...models.reading import Reading
from ..errors import MismatchError
from .float_network import is_linear, weights_or_refusal
from .stand_in import without_norms
from .unit_vectors import TINY, unit

Floats = NDArray[Any]  # of float64
Words = NDArray[np.int64]  # letters, (words, time)
Positions = NDArray[np.int64]
Network = HiddenStates | LinearRecurrence
LINEAR, HIDDEN = "linear recurrence", "hidden states"
ASKED_TWICE = 8  # words whose hidden states are asked for again
CONSTANT = 1e-12  # size of κ (A[x] − 1), relative to the largest entry, that counts as 0
LARGEST = 1e150  # entry of a hidden state whose square is a float


@dataclass(frozen=True, eq=False)
class Shown:
    """A network by what it shows.

    Attributes:
        letters: number of letters.
        states: number of scores.
        weights: the recurrence, None where only hidden states are shown.
        withheld: why only hidden states are looked at; "" for a linear recurrence.
        run: words (words, time) to hidden states (words, time, hidden), and the sizes that letters change by,
            ‖A[x_t] h_{t−1}‖ / ‖h_{t−1}‖ (words, time); without weights ‖h_t‖ / ‖h_{t−1}‖, and 1 for the first letter.
    """

    letters: int
    states: int
    weights: LinearWeights | None
    withheld: str
    run: Callable[[Words], tuple[Floats, Floats]] = field(repr=False)

    @property
    def kind(self) -> str:
        """What is shown: "linear recurrence" or "hidden states"."""
        return HIDDEN if self.weights is None else LINEAR


def shown(model: Network) -> Shown:
    """The best row of the table in `bistate.models.protocols` that a network is in.

    A network whose `linear()` refuses, as with affine terms and normalised states, is one that shows hidden states; and
    so is one whose steps read several letters, since how one letter acts depends on those before it.

    Raises:
        MismatchError: if it shows no hidden states, or its arrays do not go together.
        ModelError: if a weight is not finite.
    """
    if is_linear(model):
        found = weights_or_refusal(model, norms=True)
        if isinstance(found, LinearWeights) and found.window > 1:
            found = f"a step reads the last {found.window} letters, so no matrix belongs to one letter"
        if isinstance(found, LinearWeights):
            return shown_by(without_norms(found))
        if not isinstance(model, HiddenStates):
            raise MismatchError(found)
        withheld = found
    elif isinstance(model, HiddenStates):
        withheld = f"{type(model).__name__} has no linear(), so there are no matrices to look at"
    else:
        missing = [name for name in ("letters", "states", "hidden_states") if not hasattr(model, name)]
        raise MismatchError(
            "hidden states are needed (HiddenStates, the second row of the table in bistate.models.protocols), and "
            f"{type(model).__name__} has no {', '.join(missing) or 'call on words'}"
        )
    _check_finite(model)
    _ask_twice(model)
    return Shown(model.letters, model.states, None, withheld, lambda words: _states_of(model, words))


def shown_by(weights: LinearWeights) -> Shown:
    """A linear recurrence by its weights, which have a linear readout."""
    as_it_is = keeps_a_constant(weights)
    return Shown(weights.letters, weights.scores, weights, "", lambda words: linear_states(weights, words, as_it_is))


def read_as(network: Shown, reading: Reading, letters: int) -> Shown:
    """The same network as its task reads it: letters and scores of the task alone, from the state after the prefix.

    Args:
        network: what the model shows.
        reading: which letters stand before every word, and which scores are those of the states.
        letters: of the task.
    """
    states = len(reading.outputs)
    if reading.is_plain and (network.letters, network.states) == (letters, states):
        return network
    if network.weights is not None:
        return shown_by(weights_as_read(network.weights, reading, letters))
    before = np.array(reading.prefix, dtype=np.int64)

    def run(words: Words) -> tuple[Floats, Floats]:
        found, growth = network.run(np.concatenate([np.tile(before, (len(words), 1)), words], axis=1))
        return found[:, len(before) :], growth[:, len(before) :]

    return replace(network, letters=letters, states=states, run=run)


def weights_as_read(weights: LinearWeights, reading: Reading, letters: int) -> LinearWeights:
    """Transitions, start and linear readout of the task alone, see `read_as`."""
    start, first = weights.start, weights.first
    keep = keeps_a_constant(weights)
    for x in reading.prefix:
        with np.errstate(all="ignore"):
            start, first = weights.A[x] @ start, weights.A[x] @ first
        start, first = (start, first) if keep else (unit(start), unit(first))
    C = weights.readout[..., list(reading.outputs), :]
    return replace(weights, A=weights.A[:letters], start=start, first=first, readout=C[:letters] if C.ndim == 3 else C)


def _check_finite(model: object) -> None:
    check = getattr(model, "check_finite", None)
    if callable(check):
        check()


# --- a linear recurrence ---


def keeps_a_constant(weights: LinearWeights) -> bool:
    """Whether a row κ with κ A[x] = κ for all letters and κ h_0 ≠ 0 fixes the scale of the states.

    Affine terms come with such a unit. States of a code that does not normalise are then left as they are: divided by
    their norm, which depends on the rest of the state, they would be another function.
    """
    if weights.normalize:
        return False
    kept = np.eye(weights.hidden)  # rows κ that the letters so far keep, orthonormal, (k, hidden)
    for matrix in weights.A:
        moved = kept @ (matrix - np.eye(weights.hidden))  # (k, hidden)
        left, values, _ = np.linalg.svd(moved / max(1.0, float(np.abs(matrix).max())), full_matrices=False)
        kept = left[:, values <= CONSTANT].T @ kept
        if not len(kept):
            return False
    return float(np.abs(kept @ unit(weights.start[None])[0]).max()) > CONSTANT


def linear_states(weights: LinearWeights, words: Words, as_it_is: bool) -> tuple[Floats, Floats]:
    """Hidden states of a linear recurrence, normalised unless they are to be left as they are; see `Shown.run`.

    Args:
        weights: the recurrence.
        words: (words, time).
        as_it_is: `keeps_a_constant(weights)`.

    Raises:
        ModelError: if states that are not normalised leave the range of floats.
    """
    h = begun(weights, len(words), as_it_is)
    states, growth = np.empty((*words.shape, weights.hidden)), np.ones(words.shape)
    for t, letters in enumerate(words.T):
        moved = moved_by(weights, h, letters)
        if as_it_is and not float(np.abs(moved).max(initial=0.0)) < LARGEST:
            raise ModelError(
                f"hidden states are beyond {LARGEST:.0e} after {t + 1} letters, and the constant unit forbids to "
                "divide them by their norm; ask for shorter words"
            )
        with np.errstate(all="ignore"):
            growth[:, t] = np.linalg.norm(moved, axis=1) / np.maximum(np.linalg.norm(h, axis=1), TINY)
        h = moved if as_it_is else unit(moved)
        states[:, t] = h
    return states, growth


def begun(weights: LinearWeights, words: int, as_it_is: bool) -> Floats:
    """The start, once per word, normalised unless it is to be left as it is: (words, hidden)."""
    h = np.repeat(weights.start[None], words, axis=0)
    return h if as_it_is else unit(h)


def moved_by(weights: LinearWeights, h: Floats, letters: Positions) -> Floats:
    """A[x] h for one letter of each word: (words, hidden), (words,) → (words, hidden)."""
    moved = np.empty_like(h)
    with np.errstate(all="ignore"):
        for x in np.unique(letters):
            moved[letters == x] = h[letters == x] @ weights.A[x].T
    return moved


# --- hidden states alone ---


def _states_of(model: HiddenStates, words: Words) -> tuple[Floats, Floats]:
    states = _asked(model, words)
    sizes = np.linalg.norm(states, axis=2)  # (words, time)
    growth = np.ones(words.shape)
    growth[:, 1:] = sizes[:, 1:] / np.maximum(sizes[:, :-1], TINY)
    return states, growth


def _asked(model: HiddenStates, words: Words) -> Floats:
    """The hidden states of a network as it runs, real: (words, time) → (words, time, hidden).

    Raises:
        MismatchError: for another shape.
        ModelError: if a number is not finite.
    """
    x = torch.from_numpy(words)
    if isinstance(model, nn.Module):
        x = x.to(next((p.device for p in [*model.parameters(), *model.buffers()]), torch.device("cpu")))
    with torch.inference_mode():
        found = model.hidden_states(x)
    states = found.detach().resolve_conj().numpy(force=True) if isinstance(found, torch.Tensor) else np.asarray(found)
    if states.ndim != 3 or states.shape[:2] != words.shape or not states.shape[2]:
        raise MismatchError(
            f"hidden_states of words of shape {words.shape} has to be of shape {(*words.shape, 'hidden')}, got "
            f"{states.shape}: one state after every letter"
        )
    if np.iscomplexobj(states):
        states = np.concatenate([states.real, states.imag], axis=-1)
    states = states.astype(np.float64)
    if not float(np.abs(states).max(initial=0.0)) < LARGEST:  # NaN as well
        where = [int(k) for k in np.argwhere(~(np.abs(states) < LARGEST))[0]]
        raise ModelError(
            f"a hidden state is {states[tuple(where)]} in unit {where[2]} after {where[1] + 1} letters; finite numbers "
            f"below {LARGEST:.0e} are needed"
        )
    return np.asarray(states)


def _ask_twice(model: HiddenStates) -> None:
    """Refuse a network that gives other states when it is asked again.

    Raises:
        ModelError: as with dropout.
    """
    words = np.random.default_rng(0).integers(model.letters, size=(ASKED_TWICE, 5))
    if not np.array_equal(_asked(model, words), _asked(model, words)):
        raise ModelError(
            f"{type(model).__name__} gives other hidden states when asked for the same words again; put it into eval() "
            "mode"
        )
