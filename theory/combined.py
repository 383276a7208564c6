"""Automata made to order: resets, saturating counters and products, and the weights of products."""

from __future__ import annotations

from collections.abc import Hashable

from ..groups.arithmetic.exact_matrix import ExactMatrix
from .automaton import Automaton
from .errors import AutomatonError
from .rung import Rung
from .weights import BilinearWeights

KEEP = "keep"
SHARED, SEPARATE = "shared", "separate"


def reset_automaton(states: int, keep: bool = True) -> Automaton:
    """A memory of n values: letter r goes to state r from everywhere; with `keep` one more letter changes nothing.

    Two states and `keep` make the flip-flop.

    Raises:
        AutomatonError: unless there is at least one state.

    Example:
        >>> reset_automaton(3).run([2, "keep", 1, "keep"])
        1
    """
    _require_size(states, 1, "states")
    letters: list[Hashable] = [*range(states), *([KEEP] if keep else [])]
    table = [[*range(states), *([q] if keep else [])] for q in range(states)]
    return Automaton(range(states), letters, table, 0)


def saturating_counter(threshold: int, reset: bool = False, down: bool = False) -> Automaton:
    """Count the letter "up" to a threshold and stay there: states 0, …, n.

    Args:
        threshold: n.
        reset: with a letter "reset" that goes to 0.
        down: with a letter "down" that counts back, and stays at 0.

    Raises:
        AutomatonError: unless the threshold is at least 1.

    Example:
        >>> saturating_counter(2, reset=True).run(["up"] * 5)
        2
    """
    _require_size(threshold, 1, "threshold")
    moves = {"up": lambda q: min(q + 1, threshold)}
    if down:
        moves["down"] = lambda q: max(q - 1, 0)
    if reset:
        moves["reset"] = lambda _q: 0
    table = [[move(q) for move in moves.values()] for q in range(threshold + 1)]
    return Automaton(range(threshold + 1), list(moves), table, 0)


def product(first: Automaton, second: Automaton, letters: str = SHARED) -> Automaton:
    """Two automata side by side; states are the pairs that words reach.

    Args:
        first: A.
        second: B.
        letters: "shared": both read every letter, and have the same ones; "separate": letters are (0, x) for a letter x
            that A reads and (1, y) for a letter y that B reads, while the other one waits.

    Raises:
        AutomatonError: for another option, or shared letters that differ.

    Example:
        >>> both = product(Automaton.parity(), Automaton.modular_addition(3), letters="separate")
        >>> both.run([(0, 1), (1, 2), (1, 2)])
        (1, 1)
    """
    if letters not in (SHARED, SEPARATE):
        raise AutomatonError(f"letters {letters!r} is not known; choose {SHARED!r} or {SEPARATE!r}")
    moves: list[tuple[int | None, int | None]]
    if letters == SHARED:
        if set(first.letters) != set(second.letters):
            raise AutomatonError(
                f"the automata have different letters, {first.letters!r} and {second.letters!r}: take "
                f"letters={SEPARATE!r}"
            )
        alphabet: list[Hashable] = list(first.letters)
        moves = [(k, second.letter_index(x)) for k, x in enumerate(first.letters)]
    else:
        alphabet = [*((0, x) for x in first.letters), *((1, y) for y in second.letters)]
        moves = [(k, None) for k in range(len(first.letters))] + [(None, k) for k in range(len(second.letters))]
    start = (first.start_index, second.start_index)
    place, queue, table = {start: 0}, [start], []
    for p, q in queue:
        row = []
        for i, j in moves:
            there = (
                p if i is None else int(first.table[p, i]),
                q if j is None else int(second.table[q, j]),
            )
            if there not in place:
                place[there] = len(place)
                queue.append(there)
            row.append(place[there])
        table.append(row)
    states = [(first.states[p], second.states[q]) for p, q in queue]
    return Automaton(states, alphabet, table, states[0])


def direct_sum(first: BilinearWeights, second: BilinearWeights, automaton: Automaton) -> BilinearWeights:
    """The weights of a product from weights of its factors: A ⊕ A', and the logit of (q, q') is the sum of theirs.

    If the factors are right, each sum has its only maximum where both summands have theirs.

    Args:
        first: weights of A.
        second: weights of B.
        automaton: `product(A, B, …)`.

    Raises:
        AutomatonError: if letters or states of the three do not fit.

    Example:
        >>> from bistate.theory import realize
        >>> A, B = Automaton.parity(), Automaton.modular_addition(3)
        >>> both = product(A, B, letters="separate")
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


def _require_size(value: object, least: int, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise AutomatonError(f"{what}={value!r} has to be an integer of at least {least}")
