"""The weights of a product of automata: the direct sum of weights of its factors."""

from __future__ import annotations

from collections.abc import Hashable

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import AutomatonError
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights


def direct_sum(first: BilinearWeights, second: BilinearWeights, automaton: Automaton) -> BilinearWeights:
    """The weights of a product from weights of its factors: A ⊕ A', and the logit of (q, q') is the sum of theirs.

    If the factors are right, each sum has its only maximum where both summands have theirs.

    Args:
        first: weights of A.
        second: weights of B.
        automaton: `A.product(B, …)`, for the automata A and B that they track.

    Raises:
        AutomatonError: if letters or states of the three do not fit.

    Example:
        >>> from bistate.theory import Automaton, realize
        >>> A, B = Automaton.parity(), Automaton.modular_addition(3)
        >>> both = A.product(B, letters="separate")
        >>> direct_sum(realize(A, "diagonal"), realize(B, "rotation"), both).prove(both).proved
        True
    """
    transitions = [_of_letter(first, second, x) for x in automaton.letters]
    rows = [ExactMatrix.hstack([_row(first, q), _row(second, r)]) for q, r in _pairs(automaton)]
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(transitions),
        initial=ExactMatrix.vstack([first.initial, second.initial]),
        readout=ExactMatrix.vstack(rows),
        blocks=(*first.blocks, *second.blocks),
        rung=first.rung if first.rung == second.rung else Rung.BLOCK,
        note=f"({first.note}) ⊕ ({second.note})",
    )


def _of_letter(first: BilinearWeights, second: BilinearWeights, letter: Hashable) -> ExactMatrix:
    waiting = [ExactMatrix.identity(w.hidden_size) for w in (first, second)]
    if letter in first.letters and letter in second.letters:
        return ExactMatrix.block_diagonal([_transition(first, letter), _transition(second, letter)])
    if isinstance(letter, tuple) and len(letter) == 2:
        if letter[0] == 0 and letter[1] in first.letters:
            return ExactMatrix.block_diagonal([_transition(first, letter[1]), waiting[1]])
        if letter[0] == 1 and letter[1] in second.letters:
            return ExactMatrix.block_diagonal([waiting[0], _transition(second, letter[1])])
    raise AutomatonError(f"letter {letter!r} of the product is no letter of the weights {first!r} and {second!r}")


def _transition(weights: BilinearWeights, letter: Hashable) -> ExactMatrix:
    return weights.transitions[weights.letters.index(letter)]


def _pairs(automaton: Automaton) -> list[tuple[Hashable, Hashable]]:
    pairs = []
    for state in automaton.states:
        if not isinstance(state, tuple) or len(state) != 2:
            raise AutomatonError(f"state {state!r} is no pair, so the automaton is no product")
        pairs.append((state[0], state[1]))
    return pairs


def _row(weights: BilinearWeights, state: Hashable) -> ExactMatrix:
    if state not in weights.states:
        raise AutomatonError(f"{state!r} is no state of {weights!r}")
    return weights.readout.submatrix([weights.states.index(state)], range(weights.hidden_size))
