"""Exact weights of a bilinear recurrent network."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import WeightsError
from ..verdict import Verdict
from . import weights_json
from .directions import DirectionGraph, explore
from .factors import Factors, multiply_out
from .lettered import Lettered
from .proof import prove
from .rung import Rung, as_rung


@dataclass(frozen=True, repr=False)
class BilinearWeights(Lettered):
    """Exact real weights of  h_t = A[x_t] h_{t−1},  logits = C h_T  (arXiv:2505.21749, section 3).

    There is no bias and no additive input, so A[w] = A[x_T] ⋯ A[x_1] and predictions do not depend on the scale of h.

    Attributes:
        letters: the alphabet, in the order of `transitions`.
        states: the labels of the classes, in the order of the rows of `readout`.
        transitions: A[x] for each letter, each (hidden, hidden).
        initial: h_0, (hidden, 1).
        readout: C, (states, hidden).
        blocks: sizes of the diagonal blocks that all transitions keep; (hidden,) when there is no structure.
        rung: the transition family.
        note: where the weights come from, for people: for example the irreps used.
        form: a symmetric M with A[x]ᵀ M A[x] = M for all letters, (hidden, hidden), where one is known; see
            `orthogonal`.
        factors: the transitions in factored form, `HouseholderFactors` or `CPFactors`, for the rungs that have one.
            A form that is not invariant and factors that do not multiply out to the transitions, exactly, are dropped:
            a copy with other transitions has none.

    Raises:
        WeightsError: for shapes that do not fit, entries that are not real, or blocks the transitions do not keep.

    Example:
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.parity()
        >>> w = realize(A, rung="diagonal")
        >>> w.transitions[1], w.predict([1, 0, 1, 1]), w.prove(A).proved
        (ExactMatrix([[-1]]), 1, True)
    """

    letters: tuple[Hashable, ...]
    states: tuple[Hashable, ...]
    transitions: tuple[ExactMatrix, ...]
    initial: ExactMatrix
    readout: ExactMatrix
    blocks: tuple[int, ...] = ()
    rung: str = Rung.FULL
    note: str = ""
    form: ExactMatrix | None = None
    factors: Factors | None = None

    def __post_init__(self) -> None:
        size = self.initial.shape[0]
        object.__setattr__(self, "rung", as_rung(self.rung))
        object.__setattr__(self, "blocks", tuple(self.blocks) or (size,))
        for what, labels in (("letters", self.letters), ("states", self.states)):
            if not labels or len(set(labels)) != len(labels):
                raise WeightsError(f"the {what} {labels!r} have to be at least one, all different")
        if len(self.transitions) != len(self.letters):
            raise WeightsError(f"{len(self.transitions)} transitions for {len(self.letters)} letters")
        self._check_shapes(size)
        self._check_blocks()
        if self.form is not None and not self._preserves(self.form):
            object.__setattr__(self, "form", None)
        if self.factors is not None and not multiply_out(self.factors, self.transitions):
            object.__setattr__(self, "factors", None)

    def _preserves(self, form: ExactMatrix) -> bool:
        """Whether the form is symmetric and invariant under all transitions."""
        if form.shape != (self.hidden_size, self.hidden_size) or form != form.T:
            return False
        return all(matrix.T @ form @ matrix == form for matrix in dict.fromkeys(self.transitions))

    def _check_shapes(self, size: int) -> None:
        expected = [("initial", self.initial, (size, 1)), ("readout", self.readout, (len(self.states), size))]
        expected += [
            (f"transition of {x!r}", m, (size, size)) for x, m in zip(self.letters, self.transitions, strict=True)
        ]
        for what, matrix, shape in expected:
            if matrix.shape != shape:
                raise WeightsError(f"the {what} has shape {matrix.shape}; {shape} is needed")
            if not matrix.is_real:
                raise WeightsError(f"the {what} has entries that are not real, so logits could not be compared")

    def _check_blocks(self) -> None:
        if sum(self.blocks) != self.hidden_size or min(self.blocks) < 1:
            raise WeightsError(f"blocks {self.blocks} do not add up to the hidden size {self.hidden_size}")
        owner = np.repeat(np.arange(len(self.blocks)), self.blocks)  # (hidden,): the block of each unit
        outside = owner[:, None] != owner[None, :]  # (hidden, hidden)
        for letter, matrix in zip(self.letters, self.transitions, strict=True):
            if outside.any() and (matrix.support & outside).any():
                raise WeightsError(f"the transition of {letter!r} has entries outside the blocks {self.blocks}")

    @property
    def start(self) -> ExactMatrix:
        """h_0, (hidden, 1), by the name it has everywhere else; `initial` is the field's older one."""
        return self.initial

    @property
    def hidden_size(self) -> int:
        """The number of hidden units H."""
        return self.initial.shape[0]

    def hidden_state(self, word: Iterable[Hashable]) -> ExactMatrix:
        """h_T = A[x_T] ⋯ A[x_1] h_0, not normalised: shape (hidden, 1)."""
        h = self.initial  # (hidden, 1)
        for k in self.encode(word):
            h = self.transitions[k] @ h  # (hidden, 1)
        return h

    def logits(self, word: Iterable[Hashable]) -> tuple[Cyclotomic, ...]:
        """C h_T, one exact real number per state."""
        return tuple(row[0] for row in (self.readout @ self.hidden_state(word)).tolist())

    def predict(self, word: Iterable[Hashable]) -> Hashable:
        """The state with the largest logit after the word; of several equally large, the first.

        Raises:
            WeightsError: for a letter outside the alphabet.
        """
        return self.states[self._predict_slowly(self.encode(word))]

    def predict_batch(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Predictions for many words of one length, exact: positions in `states`.

        When words reach finitely many hidden directions, these are computed once and every word is then a walk
        through a table. Otherwise each word is multiplied out.

        Args:
            words: positions in `letters`, shape (batch, time).

        Returns:
            Shape (batch,).
        """
        graph = self.direction_graph
        if graph.complete:
            return graph.predict_batch(words)
        return np.array([self._predict_slowly(word) for word in words.tolist()], dtype=np.int64)

    def _predict_slowly(self, positions: Sequence[int]) -> int:
        logits = self.logits([self.letters[k] for k in positions])
        return max(range(len(logits)), key=lambda q: (logits[q], -q))

    @cached_property
    def direction_graph(self) -> DirectionGraph:
        """The directions words can reach, up to the default limit; see `bistate.theory.weights.directions`."""
        return explore(self)

    def prove(self, automaton: Automaton, limit: int | None = None) -> Verdict:
        """Whether these weights track the automaton on words of every length; see `bistate.theory.weights.proof`."""
        return prove(self, automaton, limit)

    def to_numpy(
        self, dtype: type = np.float64
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Nearest floats: transitions (letters, hidden, hidden), initial (hidden,), readout (states, hidden)."""
        transitions = np.stack([matrix.to_numpy(dtype) for matrix in self.transitions])
        return transitions, self.initial.to_numpy(dtype)[:, 0], self.readout.to_numpy(dtype)

    def orthogonal(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The same network in coordinates in which all transitions are orthogonal, as nearest floats.

        With M = LLᵀ (Cholesky) and g = Lᵀh: A ↦ Lᵀ A L⁻ᵀ, h_0 ↦ Lᵀ h_0, C ↦ C L⁻ᵀ.

        Returns:
            Transitions (letters, hidden, hidden), initial (hidden,), readout (states, hidden).

        Raises:
            WeightsError: if no invariant form is known.
        """
        if self.form is None:
            raise WeightsError(f"{self!r} have no invariant form, so they need not be orthogonal in any coordinates")
        transitions, initial, readout = self.to_numpy()
        upper = np.linalg.cholesky(self.form.to_numpy(np.float64)).T  # (hidden, hidden)
        inverse = np.linalg.inv(upper)
        return upper @ transitions @ inverse, upper @ initial, readout @ inverse

    def tensor(self) -> NDArray[np.float64]:
        """W with A[x]_ij = Σ_k W_ijk x_k, as nearest floats: (hidden, hidden, letters)."""
        return np.moveaxis(self.to_numpy()[0], 0, -1)

    def save(self, path: str | Path) -> None:
        """Write the weights as JSON with every number as text, without loss."""
        weights_json.save(self, path)

    @staticmethod
    def load(path: str | Path) -> BilinearWeights:
        """Read weights written by `save`.

        Raises:
            WeightsError: if the file is missing, truncated or not such a file.
        """
        return weights_json.load(path, BilinearWeights)

    def __repr__(self) -> str:
        blocks = f", blocks {self.blocks}" if len(self.blocks) > 1 else ""
        note = f", {self.note}" if self.note else ""
        return (
            f"<BilinearWeights {self.rung}: {len(self.letters)} letters, hidden {self.hidden_size}, "
            f"{len(self.states)} states{blocks}{note}>"
        )
