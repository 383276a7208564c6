"""The automata that several sources share, each with its own ids for tokens and labels."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ..automata.automaton import Automaton


def walk(steps: Mapping[int, int], places: int, first_label: int = 0) -> Automaton:
    """A walk on a cycle: letter x moves by steps[x], and the label is first_label + position.

    Example:
        >>> walk({0: -1, 1: 0, 2: 1}, 5).output([2, 2, 0, 2])
        2
    """
    labels = range(first_label, first_label + places)
    table = [[(q + step) % places for step in steps.values()] for q in range(places)]
    return Automaton(range(places), tuple(steps), table, 0, outputs=tuple(labels))


def even_pairs(a: int, b: int, same: int, different: int) -> Automaton:
    """Whether the first letter is the last one: as many ab as ba inside the word. The empty word counts as "same".

    Five states: nothing read, and (first, last).
    """
    pairs = [(first, last) for first in (a, b) for last in (a, b)]
    states: list[Hashable] = ["nothing", *pairs]
    table = [[1 + pairs.index((x, x)) for x in (a, b)]]
    table += [[1 + pairs.index((first, x)) for x in (a, b)] for first, _ in pairs]
    outputs = [same, *(same if first == last else different for first, last in pairs)]
    return Automaton(states, (a, b), table, "nothing", outputs=outputs)


def expressions(modulus: int, digits: Sequence[int], operators: Mapping[str, int], first_label: int = 0) -> Automaton:
    """`Automaton.arithmetic` with other ids: digits, operators by "+", "-", "×", and labels first_label + value.

    Complete expressions are accepted; the label of what is none is None.
    """
    A = Automaton.arithmetic(modulus)
    ids = [digits[x] if isinstance(x, int) else operators[str(x)] for x in A.letters]
    outputs = [None if value is None else first_label + int(str(value)) for value in A.outputs or ()]
    return Automaton(A.states, ids, A.table, A.start, A.accepting, outputs=outputs)


def toggle_and_walk(places: int, mirrored: bool) -> Automaton:
    """`Automaton.arithmetic` with other ids: of digits, of the operators "+", "-", "×", and labels first_label + value.

    The group is C_2 × C_places, or mirrored the dihedral group of order 2·places.
    """
    table = []
    for toggle in (0, 1):
        for position in range(places):
            step = -1 if mirrored and toggle else 1
            table.append([places * (1 - toggle) + position, places * toggle + (position + step) % places])
    return Automaton(range(2 * places), (0, 1), table, 0)
