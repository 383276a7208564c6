"""The weights of a linear recurrence as arrays of float64, alone and with the task they are for.

Everything that needs weights asks `linear_weights` for them, and so takes any object with `linear()`, as the table in
`bistate.models.protocols` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ...models.decoder import Decoder
from ...models.decoder_module import decoded
from ...models.errors import ModelError
from ...models.linear_weights import LinearWeights
from ...models.normed_readout import NormedReadout, scores_behind
from ...models.protocols import HiddenStates, LinearRecurrence
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]
NOT_LINEAR = (
    "the readout {}, so scores are not linear in the state; certify and refute take it, and what is asked for here "
    "needs a linear one"
)


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """A network h ← A[x] h, argmax C h, and the automaton that it is to follow.

    Attributes:
        A: (letters, hidden, hidden), the task's letters alone.
        h: the start, (hidden,).
        C: the readout, (scores, hidden), or one for each last letter, (letters, scores, hidden). The first scores are
            those of the states; further ones must never win.
        table: δ, (states, letters).
        start: the state of the start.
        before: transitions of the letters that stand before every word, (k, hidden, hidden).
        shortest: words of fewer letters are not asked about.
        norms: parts of the scores behind norms; then C is a linear stand-in for these, see `stand_in`.
        decoder: layers from the state to the scores, in place of norms; C is a stand-in as well.
        offset: d beside these, (scores,) or (letters, scores).
        coarse: relative error of states that are kept in fewer digits, 0 else.
        taken: relative error of weights that products take in fewer digits, 0 else.
        even: error of every entry of a state, relative to its largest one, where states are whole numbers, 0 else.
        constant: the constant unit beside these, None for the norm of the state.
        labels: of the states, (states,); those with one label have the same row of C and are no rivals. None: all
            differ.
    """

    A: Floats
    h: Floats
    C: Floats
    table: Table
    start: int
    before: tuple[Floats, ...] = ()
    shortest: int = 0
    norms: tuple[NormedReadout, ...] = ()
    offset: Floats | None = None
    constant: int | None = None
    labels: Table | None = None
    decoder: Decoder | None = None
    coarse: float = 0.0
    taken: float = 0.0
    even: float = 0.0

    def read_off(self, unit: float) -> float:
        """Relative error of a score where a step, with what is kept of it, is off by `unit`; it is a product."""
        return self.A.shape[1] * max(unit - self.coarse - self.taken, 0.0) + self.taken

    @property
    def is_linear(self) -> bool:
        """Whether C gives the scores."""
        return not self.norms and self.decoder is None

    @property
    def is_plain(self) -> bool:
        """Whether there is one linear readout, of the states alone, and words begin at the start."""
        return self.is_linear and self.C.ndim == 2 and len(self.C) == len(self.table) and not self.before

    @cached_property
    def rivals(self) -> NDArray[np.bool_]:
        """Whether score p must stay below that of state q: (states, scores)."""
        states, scores = len(self.table), self.C.shape[-2]
        found = ~np.eye(states, scores, dtype=np.bool_)
        if self.labels is not None:
            found[:, :states] = self.labels[:, None] != self.labels[None]
        return found

    def reached(self, last: int | None = None) -> NDArray[np.bool_]:
        """Whether words of one letter or more, with this last letter if one is given, lead to each state: (states,)."""
        seen, queue = {self.start}, [self.start]
        for q in queue:
            new = {int(r) for r in self.table[q]} - seen
            seen |= new
            queue += sorted(new)
        targets = self.table[sorted(seen)]
        return np.isin(np.arange(len(self.table)), targets if last is None else targets[:, last])

    @property
    def readouts(self) -> Floats:
        """All readouts, (1 or letters, scores, hidden)."""
        return self.C if self.C.ndim == 3 else self.C[None]

    def centred_rows(self) -> Floats:
        """Rows of the states less the mean of all scores, in the mean over last letters: (states, hidden)."""
        rows = self.readouts - self.readouts.mean(axis=1, keepdims=True)
        return np.asarray(rows.mean(axis=0)[: len(self.table)])

    def logits(self, vectors: Floats, last: NDArray[np.int64]) -> Floats:
        """Scores of vectors (words, hidden) after the last letters (words,): (words, scores)."""
        if self.decoder is not None:
            return decoded_scores(self.decoder, self.constant, vectors, last)
        if self.norms:
            return normed_scores(self.norms, self.offset, self.constant, vectors, last)
        if self.C.ndim == 2:
            return np.asarray(vectors @ self.C.T)
        return np.asarray((self.C[last] @ vectors[:, :, None])[:, :, 0])

    @property
    def permuting(self) -> bool:
        """Whether every letter permutes the states."""
        return permutes(self.table)

    @property
    def unit_start(self) -> Floats:
        """The state after the letters before every word, divided by its norm, (hidden,)."""
        h = self.h / max(float(np.linalg.norm(self.h)), 1e-300)
        for matrix in self.before:
            h = matrix @ h
            h = h / max(float(np.linalg.norm(h)), 1e-300)
        return np.asarray(h)


def normed_scores(
    norms: tuple[NormedReadout, ...], offset: Floats | None, constant: int | None, vectors: Floats, last: Table
) -> Floats:
    """Scores behind norms of positive multiples of states.

    Args:
        norms: the parts.
        offset: d, (scores,) or (letters, scores), or None.
        constant: the constant unit, None for the norm of the state.
        vectors: (words, hidden).
        last: the last letters, (words,).

    Returns:
        (words, scores).
    """
    size = np.linalg.norm(vectors, axis=1) if constant is None else vectors[:, constant]
    found = scores_behind(norms, vectors, last, size)
    if offset is None:
        return found
    return np.asarray(found + (offset if offset.ndim == 1 else offset[last]))


def decoded_scores(decoder: Decoder, constant: int | None, vectors: Floats, last: Table) -> Floats:
    """Scores of a decoder, of positive multiples of states; see `normed_scores`."""
    size = np.linalg.norm(vectors, axis=1) if constant is None else vectors[:, constant]
    with np.errstate(all="ignore"):
        return decoded(decoder, vectors / size[:, None], last)


def offset_of(weights: LinearWeights) -> Floats | None:
    """D beside the norms, (scores,) or (letters, scores)."""
    return weights.bias if weights.constant is None else np.asarray(weights.readout[..., weights.constant])


def permutes(table: Table) -> bool:
    """Whether every column of a table (states, letters) is a permutation."""
    return all(len(set(column)) == len(table) for column in table.T)


def float_network(model: LinearRecurrence, automaton: Automaton, normalized: bool = False) -> FloatNetwork:
    """The weights of a model that fits the task; the start as it is or normalised, see `float_weights`."""
    table = np.asarray(automaton.table, dtype=np.int64)
    return FloatNetwork(*float_weights(model, normalized), table, automaton.start_index)


def linear_weights(model: object, norms: bool = False) -> LinearWeights:
    """The weights of any linear recurrence: h ← A[x] h, scores C h, affine terms as a constant unit.

    Args:
        model: any object with `letters`, `states` and `linear()`, as `BilinearRNN` and `LinearRNN` have them.
        norms: whether scores may stand behind norms.

    Raises:
        MismatchError: if the object shows less, with the row of the table in `bistate.models.protocols` that is
            needed; if `linear()` refuses, with its text; if its arrays do not go together; for scores behind norms.
        ModelError: if a weight is not finite.
    """
    found = weights_or_refusal(require_linear(model), norms)
    if isinstance(found, str):
        raise MismatchError(found)
    return found


def weights_or_refusal(model: LinearRecurrence, norms: bool = False) -> LinearWeights | str:
    """The same, or why `linear()` refuses, in its words. It may read a layer off its code, so it is called once.

    Raises:
        MismatchError: if its arrays do not go together.
        ModelError: if a weight is not finite.
    """
    check_finite = getattr(model, "check_finite", None)
    if callable(check_finite):
        check_finite()  # names the module's own parameter
    try:
        found = model.linear()
    except ModelError as error:
        return str(error)
    _check(found, model.letters, model.states)
    if found.is_linear or norms:
        return found
    return NOT_LINEAR.format("stands behind a norm" if found.norms else "is a decoder")


def is_linear(model: object) -> TypeGuard[LinearRecurrence]:
    """Whether an object is a linear recurrence; a layer of the name `linear`, as many modules have, is none."""
    return isinstance(model, LinearRecurrence) and not isinstance(model.linear, nn.Module)


def require_linear(model: object) -> LinearRecurrence:
    """The object itself, if it is a linear recurrence.

    Raises:
        MismatchError: if it shows less, with the row of the table in `bistate.models.protocols` that is needed.
    """
    if not is_linear(model):
        raise MismatchError(_shows_too_little(model))
    return model


def float_weights(model: LinearRecurrence, normalized: bool = False) -> tuple[Floats, Floats, Floats]:
    """A (letters, hidden, hidden), the start (hidden,), as it is or normalised, and C (states, hidden), as float64.

    Raises:
        MismatchError: as `linear_weights`, and if the readout depends on the last letter.
        ModelError: if a weight is not finite.
    """
    found = linear_weights(model)
    try:
        readout = found.require_one_readout("what is asked for here")
    except ModelError as error:
        raise MismatchError(str(error)) from None
    return found.A, found.first if normalized else found.start, readout


def _shows_too_little(model: object) -> str:
    """Which row of the table is needed, and what the object lacks."""
    missing = [name for name in ("letters", "states", "linear") if not hasattr(model, name)]
    missing += ["linear"] if isinstance(getattr(model, "linear", None), nn.Module) else []
    lacks = ", ".join(f"{name}()" if name == "linear" else name for name in missing) or "a call on words"
    shown = "hidden states" if isinstance(model, HiddenStates) else "answers at most"
    return (
        f"a linear recurrence with a readout is needed (LinearRecurrence, the last row of the table in "
        f"bistate.models.protocols), and {type(model).__name__} has no {lacks}; it shows {shown}"
    )


def _check(found: LinearWeights, letters: int, states: int) -> None:
    """Refuse arrays that do not go together, or are not finite."""
    if not isinstance(found, LinearWeights):
        raise MismatchError(f"linear() has to give LinearWeights, got {type(found).__name__}")
    hidden = len(found.start)
    wanted: dict[str, set[tuple[int, ...]]] = {
        "A": {(letters, hidden, hidden)},
        "start": {(hidden,)},
        "first": {(hidden,)},
        "readout": {(states, hidden), (letters, states, hidden)},
    }
    for name, shapes in wanted.items():
        values = np.asarray(getattr(found, name))
        if values.shape not in shapes:
            raise MismatchError(
                f"linear().{name} has the shape {values.shape}; with {letters} letters, {states} states and {hidden} "
                f"hidden units {' or '.join(map(str, sorted(shapes, key=len)))} is needed"
            )
        if not np.isfinite(values).all():
            where = [int(k) for k in np.argwhere(~np.isfinite(values))[0]]
            raise ModelError(f"linear().{name}{where} is {values[tuple(where)]}; weights have to be finite")
    _check_norms(found)


def _check_norms(found: LinearWeights) -> None:
    """Refuse norms, or a decoder, that do not fit the rest."""
    if found.decoder is not None:
        _check_decoder(found, found.decoder)
    if found.bias is not None and (not found.norms or found.constant is not None):
        raise MismatchError("linear().bias stands beside norms without a constant unit; with one, it is in the readout")
    if not found.norms:
        return
    if found.bias is not None and found.bias.shape not in {(found.scores,), (len(found.A), found.scores)}:
        raise MismatchError(f"linear().bias has the shape {found.bias.shape}, and has to have one for each score")
    try:
        for part in found.norms:
            part.check(len(found.A), found.scores, found.hidden)
    except ModelError as error:
        raise MismatchError(f"linear().{error}") from None
    rest = np.array(found.readout)
    if found.constant is not None:
        rest[..., found.constant] = 0
    if rest.any() or any(part.add is not None for part in found.norms):
        raise MismatchError("with norms, linear().readout has to be 0 beside the constant unit, and norms without add")
    if found.constant is None and not found.normalize:
        raise MismatchError("linear() has norms, and states that are neither normalised nor have a constant unit")


def _check_decoder(found: LinearWeights, decoder: Decoder) -> None:
    """Refuse a decoder that does not fit the rest."""
    try:
        scores = decoder.width(found.hidden, found.letters)
    except ModelError as error:
        raise MismatchError(f"linear().{error}") from None
    if scores != found.scores:
        raise MismatchError(f"linear().decoder gives {scores} scores, and there are {found.scores} states")
    if found.norms or found.bias is not None:
        raise MismatchError("linear() has a decoder, and norms or a bias beside it")
    if found.constant is None and not found.normalize:
        raise MismatchError(
            "linear() has a decoder, and states that are neither normalised nor have a constant unit: their scale, "
            "which the decoder depends on, is not known"
        )
