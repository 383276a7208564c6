"""Weights that are right on every word because of cones, where words may reach infinitely many hidden directions.

Each state q has a cone K_q = {V_q a : a > 0 in every entry}, of independent generators, the columns of V_q. If

    h_0 = V_{q_0} a with a > 0,
    A[x] V_q = V_{δ(q,x)} N with N ≥ 0 and no row of N zero, for all q and x,
    (C_q − C_p) V_q ≥ 0, not all entries zero, for all p ≠ q,

then by induction h_w lies in the cone of its state, as Na > 0 where a > 0, and the readout picks that state strictly. A
finite check, exact. Cones may touch, and leads need not keep a distance from 0 compared with |h|: so the claim is about
exact arithmetic, not about floats. Where all cones are single rays these are finitely many directions.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import WeightsError
from ..verdict import Outcome, Verdict
from ..weights.proof import matching
from ..weights.weights import BilinearWeights


@dataclass(frozen=True, repr=False)
class ConeWeights:
    """Exact weights with a cone of hidden states for each state of the task.

    Attributes:
        weights: the weights.
        cones: V_q for each state, in the order of `weights.states`: (hidden, generators), independent columns.

    Raises:
        WeightsError: if there is not one cone of independent generators for each state.
    """

    weights: BilinearWeights
    cones: tuple[ExactMatrix, ...]

    def __post_init__(self) -> None:
        size, count = self.weights.hidden_size, len(self.weights.states)
        if len(self.cones) != count:
            raise WeightsError(f"{len(self.cones)} cones for {count} states; one for each is needed")
        for q, cone in zip(self.weights.states, self.cones, strict=True):
            if cone.shape[0] != size or not cone.shape[1] or cone.rank() != cone.shape[1] or not cone.is_real:
                raise WeightsError(
                    f"the cone of {q!r} needs independent real generators with {size} entries, got {cone!r}"
                )

    @property
    def hidden_size(self) -> int:
        """The number of hidden units."""
        return self.weights.hidden_size

    @property
    def note(self) -> str:
        """Where the weights come from, for people."""
        return self.weights.note

    def predict(self, word: Iterable[Hashable]) -> Hashable:
        """The state with the largest logit after the word."""
        return self.weights.predict(word)

    def prove(self, automaton: Automaton) -> Verdict:
        """Whether the cones prove the weights right on words of every length.

        Returns:
            Proved; or undecided, with the condition that fails: other cones may do.

        Raises:
            WeightsError: if the letters or states are others than the automaton's, or the automaton has outputs.
        """
        if automaton.outputs is not None:
            raise WeightsError("cones stand for states, and this automaton has outputs; with_outputs(None) drops them")
        letters, rows_of = matching(self.weights, automaton)
        cones = [self.cones[row] for row in rows_of]
        first = _coefficients(cones[automaton.start_index], self.weights.initial)
        if first is None or any(value.sign() <= 0 for row in first.tolist() for value in row):
            return _undecided(f"the start lies outside the cone of {automaton.start!r}")
        for q, cone in enumerate(cones):
            state = automaton.states[q]
            for k, x in enumerate(letters):
                there = int(automaton.table[q, x])
                inner = _coefficients(cones[there], self.weights.transitions[k] @ cone)
                if inner is None or not all(_positive(row) for row in inner.tolist()):
                    return _undecided(
                        f"letter {automaton.letters[x]!r} does not take the cone of {state!r} into that of "
                        f"{automaton.states[there]!r}"
                    )
            leads = self.weights.readout @ cone  # (states, generators)
            for p in range(len(cones)):
                if p != q:
                    lead = [a - b for a, b in zip(*(leads.tolist()[rows_of[i]] for i in (q, p)), strict=True)]
                    if not _positive(lead):
                        return _undecided(f"in the cone of {state!r} the readout may choose {automaton.states[p]!r}")
        sizes = sorted({cone.shape[1] for cone in cones})
        return Verdict(
            Outcome.PROVED,
            "right for words of every length: every letter takes the cone of each state, of "
            f"{' or '.join(map(str, sizes))} generators, into that of the next one, and the readout is strictly right",
        )

    def __repr__(self) -> str:
        return f"<ConeWeights: {self.weights!r}, {len(self.cones)} cones>"


def _coefficients(cone: ExactMatrix, vectors: ExactMatrix) -> ExactMatrix | None:
    """The N with cone @ N = vectors; None outside the span."""
    gram = cone.T @ cone  # invertible, as real columns are independent
    found = gram.solve(cone.T @ vectors)
    return found if cone @ found == vectors else None


def _positive(row: Sequence[Cyclotomic]) -> bool:
    """Whether no entry is negative and some are positive."""
    signs = [value.sign() for value in row]
    return min(signs) >= 0 and max(signs) > 0


def _undecided(reason: str) -> Verdict:
    return Verdict(Outcome.UNDECIDED, f"these cones prove nothing: {reason}")
