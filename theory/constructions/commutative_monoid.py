"""Diagonal and rotation weights of commutative automata whose letters act in cycles: flags, and groups beside them.

If the letters commute, the states are a monoid: q·r is where a word of r leads from q. It is regular when every
element m lies in a group, m^{k+1} = m; then it is a semilattice of abelian groups (Clifford), and its characters

    χ(m) = λ(m e) if m e lies in the group of the idempotent e, else 0,    λ a character of that group,

tell all states apart. A letter acts by multiplying χ with χ(x): 0, a sign or a rotation. With a constant unit among
them (the character 1 of the least idempotent) any vectors v_q that differ are told apart by a linear readout:

    ⟨C_q, v⟩ = ⟨v_q, v⟩ − ½‖v_q‖² = ½‖v‖² − ½‖v − v_q‖².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.cyclotomic import Cyclotomic, cos_turn, sin_turn
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.group import PermutationGroup
from ...groups.irreducible.abelian import rotation
from ...groups.permutations.abelian_structure import abelian_structure, characters
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..errors import RungError
from ..separation.exact_cover import Problem, cheapest_cover
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights

IntArray = NDArray[np.int64]
STATES = 200  # pairs of states are listed


@dataclass(frozen=True)
class MonoidCharacter:
    """A character as a turn for each state where it is not 0, None where it is."""

    values: tuple[Fraction | None, ...]

    @property
    def width(self) -> int:
        """Hidden units: 1 if all values are 0 or ±1, else 2."""
        return 1 if all(x is None or 2 * x in (0, 1) for x in self.values) else 2

    @property
    def is_one(self) -> bool:
        """Whether it is 1 everywhere."""
        return all(x == 0 for x in self.values)


def multiplication(automaton: Automaton) -> IntArray:
    """The products q·r of states of a commutative automaton: (states, states)."""
    size = len(automaton.states)
    table = np.full((size, size), -1, dtype=np.int64)
    table[:, automaton.start_index] = np.arange(size)
    queue = [automaton.start_index]
    for r in queue:
        for k, there in enumerate(automaton.table[r].tolist()):
            if table[0, there] < 0:
                table[:, there] = automaton.table[table[:, r], k]
                queue.append(there)
    return table


def irregular_letter(automaton: Automaton) -> int | None:
    """The position of a letter that lies in no cycle of its powers, such as a step of a counter; None if all do."""
    for k in range(len(automaton.letters)):
        step = automaton.table[:, k]
        image = np.unique(step)
        if len(np.unique(step[image])) < len(image):
            return k
    return None


def monoid_characters(automaton: Automaton) -> list[MonoidCharacter]:
    """The characters of the states' monoid, one of each pair of conjugates."""
    table = multiplication(automaton)
    size = len(table)
    idempotent = [q for q in range(size) if table[q, q] == q]
    omega = np.empty(size, dtype=np.int64)  # the idempotent power of each element
    for q in range(size):
        power = q
        while table[power, power] != power:
            power = int(table[power, q])
        omega[q] = power
    found: dict[tuple[Fraction | None, ...], None] = {}
    for e in idempotent:
        members = np.flatnonzero(omega == e)
        place = {int(m): i for i, m in enumerate(members)}
        action = {int(m): Permutation([place[int(table[m, n])] for n in members]) for m in members}
        structure = abelian_structure(PermutationGroup(list(action.values()), degree=len(members)))
        for turns in characters(structure):
            values: list[Fraction | None] = []
            for m in range(size):
                if table[omega[m], e] != e:
                    values.append(None)
                    continue
                exponents = structure.exponents[action[int(table[m, e])]]
                values.append(sum((a * x for a, x in zip(exponents, turns, strict=True)), start=Fraction(0)) % 1)
            conjugate = tuple(None if x is None else -x % 1 for x in values)
            if conjugate not in found:
                found[tuple(values)] = None
    return [MonoidCharacter(values) for values in found]


def separating_monoid_characters(automaton: Automaton) -> tuple[MonoidCharacter, ...]:
    """A cheapest set of characters that tells all states apart and holds the character 1, which serves as constant.

    Raises:
        RungError: for too many states, or a letter that lies in no cycle of its powers.
    """
    if len(automaton.states) > STATES:
        raise RungError(f"{len(automaton.states)} states are too many for this construction; up to {STATES} are taken")
    k = irregular_letter(automaton)
    if k is not None:
        raise RungError(
            f"letter {automaton.letters[k]!r} lies in no cycle of its powers, so no finite set of hidden directions "
            "will do"
        )
    options = [c for c in monoid_characters(automaton) if not c.is_one]
    values = np.array([[_code(x) for x in c.values] for c in options], dtype=object).reshape(len(options), -1)
    masks = [0] * len(options)
    pairs = [(p, q) for q in range(len(automaton.states)) for p in range(q)]
    unique: dict[int, None] = {}
    for p, q in pairs:
        unique[sum(1 << i for i in range(len(options)) if values[i, p] != values[i, q])] = None
    assert 0 not in unique, "the characters of a regular commutative monoid separate its elements"
    minimal: list[int] = []
    for mask in sorted(unique, key=int.bit_count):
        if not any(small & mask == small for small in minimal):
            minimal.append(mask)
    for a, mask in enumerate(minimal):
        for i in range(len(options)):
            masks[i] |= (mask >> i & 1) << a
    one = MonoidCharacter((Fraction(0),) * len(automaton.states))
    if not minimal:
        return (one,)
    problem = Problem(tuple(range(len(minimal))), tuple(masks), (1 << len(minimal)) - 1)
    cover = cheapest_cover([c.width for c in options], problem)
    return (one, *(options[i] for i in cover.chosen))


def _code(turn: Fraction | None) -> Fraction:
    return Fraction(-1) if turn is None else turn


def commutative_weights(automaton: Automaton, rung: Rung) -> BilinearWeights:
    """Weights from a separating set of characters: one unit for values 0 and ±1, two for others.

    Raises:
        RungError: if a letter lies in no cycle of its powers, or for rung "diagonal" if values other than 0, ±1 occur.
    """
    chosen = separating_monoid_characters(automaton)
    if rung is Rung.DIAGONAL and any(c.width == 2 for c in chosen):
        raise RungError("real diagonal transitions have cycles of length 1 and 2 only")
    reached = [int(automaton.table[automaton.start_index, k]) for k in range(len(automaton.letters))]
    transitions = tuple(ExactMatrix.block_diagonal(_block(c, q) for c in chosen) for q in reached)
    vectors = [[x for c in chosen for x in _coordinates(c, q)] for q in range(len(automaton.states))]
    # The first unit is the constant one.
    readout = [[(-sum((x * x for x in v[1:]), start=Cyclotomic([0]))) * Fraction(1, 2), *v[1:]] for v in vectors]
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=transitions,
        initial=ExactMatrix.column(vectors[automaton.start_index]),
        readout=ExactMatrix(readout),
        blocks=tuple(c.width for c in chosen),
        rung=rung,
        note=f"{len(chosen)} characters of the commutative monoid of the states",
    )


def _block(c: MonoidCharacter, state: int) -> ExactMatrix:
    turn = c.values[state]
    if turn is None:
        return ExactMatrix.zeros(c.width, c.width)
    if c.width == 1:
        return ExactMatrix([[1 if turn == 0 else -1]])
    return rotation(turn.numerator, turn.denominator)


def _coordinates(c: MonoidCharacter, state: int) -> Sequence[Cyclotomic]:
    turn = c.values[state]
    if turn is None:
        return [Cyclotomic([0])] * c.width
    if c.width == 1:
        return [Cyclotomic([1 if turn == 0 else -1])]
    return [cos_turn(turn.numerator, turn.denominator), sin_turn(turn.numerator, turn.denominator)]
