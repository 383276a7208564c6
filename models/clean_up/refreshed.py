"""A linear recurrence with a hard clean-up: every k letters the state becomes the code of the state it is read as.

    h_t = A[x_t] h_{t-1},   scores_t = C h_t,   and where k divides t:   h_t ← c_p,  p = argmax scores_t.

A recurrence alone keeps small errors for ever, and in the end they win. Here they end at the next clean-up: if all
words of at most k letters are read rightly from every code and from the start, then so are all words
(`bistate.verify.certify` decides it). Between two clean-ups everything is linear, so a scan over time goes on in pieces
of k letters.

Recurrent networks whose states are discretised are old: Zeng, Goodman & Smyth (Neural Computation 5, 1993), Das & Mozer
(NIPS 1993), state-regularised networks (arXiv:1901.08817, arXiv:2212.05178).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..bilinear_rnn import BilinearRNN
from ..checks import check_finite, check_sizes, checked_letters
from ..errors import ModelError
from ..linear_rnn import LinearRNN
from .codes import codes_of

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton


class Refreshed(nn.Module):
    """A trained linear recurrence whose state is replaced by a code after letter k, 2k, 3k, ….

    The score of a word whose length is a multiple of k is read before the clean-up. If several scores are the largest
    the first of them decides. Codes have norm 1: no positive factor changes a decision.

    Args:
        model: a `BilinearRNN` or `LinearRNN`, which is held and not copied; or any other object whose `linear()` gives
            a recurrence with linear scores, affine terms as a constant unit, which becomes a `LinearRNN`.
        automaton: the task, with as many letters and states as the model has letters and scores; for the codes alone.
        every: k, letters from one clean-up to the next.
        codes: (states, hidden), in place of those that are found for the automaton, which may then be None.
        seed: of the random words whose hidden states are averaged to codes.

    Attributes:
        model: the recurrence.
        codes: a buffer, (states, hidden).
        every: k.

    Raises:
        ModelError: if the model is no linear recurrence with linear scores, does not fit the task, or a number is not
            finite; if states of the task share a label, so that scores do not tell states apart; for another k.

    >>> from bistate.theory import Automaton, realize
    >>> A = Automaton.parity()
    >>> net = Refreshed(BilinearRNN.from_weights(realize(A)), A, every=3)
    >>> net(torch.tensor([[1, 0, 1, 1, 0, 0, 0]])).argmax().item()
    1
    """

    codes: Tensor

    def __init__(
        self, model: Any, automaton: Automaton | None, every: int, *, codes: Any = None, seed: int = 0
    ) -> None:
        super().__init__()
        check_sizes(every=every)
        self.model = recurrence_of(model)
        self.letters, self.states, self.hidden = self.model.letters, self.model.states, self.model.hidden
        self.every = every
        if codes is None:
            codes = self._found(automaton, seed)
        given = (
            codes.detach().clone() if isinstance(codes, Tensor) else torch.tensor(np.asarray(codes, dtype=np.float64))
        )
        found = given.to(self.model.start.detach())
        if found.shape != (self.states, self.hidden):
            raise ModelError(
                f"codes have the shape {tuple(found.shape)}; with {self.states} states and {self.hidden} hidden units "
                f"{(self.states, self.hidden)} is needed"
            )
        check_finite([("codes", found)], "number")
        self.register_buffer("codes", found)

    def _found(self, automaton: Automaton | None, seed: int) -> Any:
        if automaton is None:
            raise ModelError("codes are needed, or an automaton for which they are found; got automaton=None")
        if len(automaton.labels) != len(automaton.states):
            raise ModelError(
                f"the automaton's {len(automaton.states)} states share {len(automaton.labels)} labels, and a clean-up "
                "needs to know the state: train the model on the automaton without outputs"
            )
        for name, has, needs in (
            ("letters", self.letters, len(automaton.letters)),
            ("states", self.states, len(automaton.states)),
        ):
            if has != needs:
                raise ModelError(f"the model has {name}={has}, the automaton has {needs}; a clean-up needs as many")
        return codes_of(self.model.linear(), automaton, seed)

    @property
    def normalize(self) -> bool:
        """Whether states are divided by their norm."""
        return self.model.normalize

    @property
    def config(self) -> dict[str, Any]:
        """What a file says beside the numbers; plain JSON values."""
        inner = self.model.config
        return {"kind": "refreshed", "every": self.every, "model": inner, "dtype": inner["dtype"]}

    def forward(self, x: Tensor, every: bool = False, parallel: bool = False) -> Tensor:
        """Scores of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time); time may be 0, the empty word.
            every: scores at every position.
            parallel: between two clean-ups by a scan over time, see `bistate.models.transitions.scan`.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet; for the empty
                word, if the readout depends on the last letter.
            ModelError: for `parallel` with a recurrence that has no scan.
        """
        x = checked_letters(x, self.letters)
        h = self.model.initial(len(x))
        if not x.shape[1]:
            return h.new_empty(len(x), 0, self.states) if every else self.model(x)
        found, last = [], h
        for piece in x.split(self.every, dim=1):
            states = self._run(h, piece, parallel)  # (piece, batch, hidden)
            if every:
                found.append(self._scores(states, piece.t()))
            last = found[-1][-1] if every else self._scores(states[-1], piece[:, -1])  # (batch, states)
            h = self.codes[last.argmax(-1)]
        return torch.cat(found).transpose(0, 1) if every else last

    def hidden_states(self, x: Tensor) -> Tensor:
        """States after every letter, before any clean-up there: (batch, time) → (batch, time, hidden)."""
        x = checked_letters(x, self.letters)
        h = self.model.initial(len(x))
        found = [h.new_empty(0, *h.shape)]
        for piece in x.split(self.every, dim=1) if x.shape[1] else ():
            found.append(self._run(h, piece, False))
            h = self.codes[self._scores(found[-1][-1], piece[:, -1]).argmax(-1)]
        return torch.cat(found).transpose(0, 1)

    def _scores(self, h: Tensor, last: Tensor) -> Tensor:
        """Scores of states after their last letters: (…, hidden), (…) → (…, states)."""
        return h @ self.model.rows().t() if isinstance(self.model, BilinearRNN) else self.model.scores(h, last)

    def _run(self, h: Tensor, x: Tensor, parallel: bool) -> Tensor:
        """States after every letter of a piece: (batch, hidden), (batch, time) → (time, batch, hidden)."""
        if isinstance(self.model, BilinearRNN):
            return self.model.run(h, x, parallel)
        if parallel:
            raise ModelError("there is no parallel scan for a LinearRNN; use parallel=False")
        return self.model.run(h, x)

    def check_finite(self) -> None:
        """Raise a `ModelError` that names the first number with a NaN or an infinity; else do nothing."""
        check_finite((*self.named_parameters(), *self.named_buffers()), "number")

    def extra_repr(self) -> str:
        """How often, as `repr` shows it."""
        return f"every={self.every}"


def recurrence_of(model: Any) -> BilinearRNN | LinearRNN:
    """A recurrence h ← A[x] h with linear scores as a module: the model itself, or a `LinearRNN` of its `linear()`.

    Raises:
        ModelError: if `linear()` is missing or refuses, or scores stand behind a norm or come from a decoder.
    """
    if isinstance(model, BilinearRNN) and not model.additive:
        return model
    linear = getattr(model, "linear", None)
    if not callable(linear) or isinstance(linear, nn.Module):
        raise ModelError(
            f"a clean-up needs a linear recurrence, an object with linear(), as BilinearRNN and LinearRNN have it; got "
            f"{type(model).__name__}"
        )
    found = linear()
    if not found.is_linear:
        where = "stands behind a norm" if found.norms else "is a decoder"
        raise ModelError(f"the readout of {type(model).__name__} {where}; a clean-up needs scores linear in the state")
    if isinstance(model, LinearRNN) and model.add is None and model.bias is None:
        return model
    return LinearRNN(found.A, found.start, found.readout, None, None, found.normalize, found.changes)
