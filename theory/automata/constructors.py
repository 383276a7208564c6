"""Automata of the paper's tasks and of group word problems, as parts that `Automaton` checks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.errors import TooLargeError
from ...groups.families.cyclic import CyclicGroup
from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..errors import AutomatonError
from .group_task import GroupTask, representatives, stabiliser_of
from .moore import checked_outputs
from .parts import Parts
from .transition_table import checked_labels, checked_table, position_of, reachable, shown

TRIES = 10_000  # draws of a random automaton before giving up


def trimmed(
    states: Iterable[Hashable],
    letters: Iterable[Hashable],
    table: Any,
    start: Hashable,
    accepting: Iterable[Hashable] | None = None,
    outputs: Mapping[Hashable, Hashable] | Iterable[Hashable] | None = None,
) -> Parts:
    """The parts of the states that words reach from the start.

    Raises:
        AutomatonError: for labels given twice, a table that does not fit them, a start that is no state, or outputs
            that are not one for each state.
    """
    listed, alphabet = checked_labels(states, "state"), checked_labels(letters, "letter")
    first = position_of({q: k for k, q in enumerate(listed)}, start)
    if first is None:
        raise AutomatonError(f"{start!r} is not a state; the states are {shown(listed)}")
    rows = checked_table(table, len(listed), len(alphabet))  # (states, letters)
    hit = reachable(rows, first)
    new = np.cumsum(hit) - 1  # (states,): position among the kept
    kept = tuple(q for q, keep in zip(listed, hit, strict=True) if keep)
    dropped = {q: k for k, q in enumerate(listed) if not hit[k]}
    left = None if accepting is None else [q for q in accepting if position_of(dropped, q) is None]
    labels = None if outputs is None else checked_outputs(outputs, listed)
    named = None if labels is None else [label for label, keep in zip(labels, hit, strict=True) if keep]
    return Parts(kept, alphabet, new[rows[hit]], start, left, outputs=named)


def word_problem(
    group: PermutationGroup,
    letters: str | Iterable[Sequence[int]] = "all",
    track: str = "element",
    side: str = "left",
    start: int = 0,
) -> Parts:
    """The word problem of a group: letters are elements, the state is their product or a point they move.

    Element tracking: g_t = x_t * g_{t−1} (side "left") or g_{t−1} * x_t (side "right"), from the identity.
    Point tracking: p_t = x_t(p_{t−1}) from the point `start`. States are elements in the order of
    `group.elements`, or points in increasing order, as far as the letters reach them.

    The result carries its `GroupTask`. For points the group of the task is the one that the letters generate;
    where that has too many elements to list, the automaton comes without one (`group_task` is None).

    Args:
        group: G.
        letters: "all", "generators", or the elements to use.
        track: "element" or "point".
        side: "left" or "right"; points have the left side only.
        start: the start point, for point tracking.

    Raises:
        AutomatonError: for an unknown option, no letters, a letter given twice, or point tracking on the right.
        GroupError: for a letter outside the group.
        TooLargeError: for element tracking in a group whose elements are too many to list.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton
        >>> A = Automaton.word_problem(SymmetricGroup(3), letters="generators")
        >>> x, y = A.letters
        >>> A.run([x, y]) == y * x
        True
    """
    _check_options(group, track, side, start)
    alphabet = _alphabet(group, letters)
    return _track_points(group, alphabet, start) if track == "point" else _track_elements(group, alphabet, side)


def _check_options(group: PermutationGroup, track: str, side: str, start: int) -> None:
    if track not in ("element", "point"):
        raise AutomatonError(f"track {track!r} is not known; choose 'element' or 'point'")
    if side not in ("left", "right"):
        raise AutomatonError(f"side {side!r} is not known; choose 'left' (x * g) or 'right' (g * x)")
    if track == "point" and side == "right":
        raise AutomatonError("side 'right' goes with track='element': permutations move points from the left, x(p)")
    if isinstance(start, bool) or not isinstance(start, int) or not 0 <= start < group.degree:
        raise AutomatonError(f"start point {start!r} is not one of 0, …, {group.degree - 1}")


def _alphabet(group: PermutationGroup, letters: str | Iterable[Sequence[int]]) -> tuple[Permutation, ...]:
    if not isinstance(letters, str):
        chosen = tuple(group.element(letter) for letter in letters)
    elif letters in ("all", "generators"):
        chosen = group.elements if letters == "all" else group.generators
    else:
        raise AutomatonError(f"letters {letters!r} is not known; choose 'all', 'generators' or a list of elements")
    checked_labels(chosen, "letter")
    return chosen


def _track_elements(group: PermutationGroup, alphabet: tuple[Permutation, ...], side: str) -> Parts:
    if len(alphabet) == group.order:
        columns, order = _all_products(group), [group.index(x) for x in alphabet]
        table = columns if side == "left" else columns.T  # (states, letters), letters in the order of elements
        if order != list(range(group.order)):
            table = table[:, order]
    else:
        action = group.left_action if side == "left" else group.right_action
        table = np.stack([action(x) for x in alphabet], axis=1)  # (states, letters)
    hit, states = reachable(table, 0), group.elements
    if not hit.all():
        new = np.cumsum(hit) - 1  # (states,): position among the reachable
        table, states = new[table[hit]], tuple(g for g, keep in zip(states, hit, strict=True) if keep)
    task = GroupTask(group, alphabet, states, side, "element", (group.identity,))
    return Parts(states, alphabet, table, group.identity, group_task=task)


def _all_products(group: PermutationGroup) -> NDArray[np.int64]:
    try:
        return group.product_columns(np.int64)
    except TooLargeError as error:
        raise TooLargeError(
            f"{error}. The word problem with letters='generators' needs no such table, and neither does "
            "classify(group), whose letters are all elements"
        ) from None


def _track_points(group: PermutationGroup, alphabet: tuple[Permutation, ...], start: int) -> Parts:
    generated = PermutationGroup(alphabet, degree=group.degree)
    points = generated.orbit(start)
    position = {point: k for k, point in enumerate(points)}
    table = [[position[x[point]] for x in alphabet] for point in points]  # (states, letters)
    try:
        fixing = stabiliser_of(generated, start)
    except TooLargeError:  # S_12 on its points is a small automaton all the same
        return Parts(points, alphabet, table, start)
    to_point = representatives(alphabet, start)
    named = group if generated == group else generated  # the family's own class knows its irreps
    task = GroupTask(named, alphabet, tuple(to_point[p] for p in points), "left", "point", fixing)
    return Parts(points, alphabet, table, start, group_task=task)


def modular_addition(modulus: int) -> Parts:
    """Addition modulo m: letters and states 0, …, m−1, δ(q, a) = q + a mod m (arXiv:2505.21749, section 5).

    Letter a is the shift by a in `CyclicGroup(m)`.

    Raises:
        AutomatonError: unless m is a positive integer.
    """
    _require_modulus(modulus, 1)
    group = CyclicGroup(modulus)
    values = np.arange(modulus)
    task = GroupTask(group, group.elements, group.elements, "left", "element", (group.identity,))
    table = (values[:, None] + values[None, :]) % modulus  # (states, letters)
    return Parts(range(modulus), range(modulus), table, 0, group_task=task)


OPERATORS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "×": lambda a, b: a * b}


def left_to_right_arithmetic(modulus: int) -> Parts:
    """Calculations with +, − and × modulo m, evaluated from left to right as on a simple calculator.

    Here 1 + 2 × 3 is 9; `arithmetic` lets × bind more strongly, as a person does, and gets 7.

    The state is (value, operator). An integer letter n replaces the value by value ∘ n with the current
    operator ∘; an operator letter becomes the current operator. It starts at (0, "+"), so "3 × 2 − 1" has the
    value 5 mod m. Every word is a valid input. The paper (arXiv:2505.21749, section 5) does not say how other
    orders of symbols are read; this choice makes the task total.

    Raises:
        AutomatonError: unless m is an integer of at least 2.

    Example:
        >>> from bistate.theory import Automaton
        >>> Automaton.left_to_right_arithmetic(7).run([3, "×", 4, "-", 6])
        (6, '-')
    """
    _require_modulus(modulus, 2)
    letters: tuple[int | str, ...] = (*range(modulus), *OPERATORS)
    states = tuple(product(range(modulus), OPERATORS))
    position = {state: k for k, state in enumerate(states)}
    table = [[position[_calculate(state, letter, modulus)] for letter in letters] for state in states]
    return Parts(states, letters, table, (0, "+"))


def _calculate(state: tuple[int, str], letter: int | str, modulus: int) -> tuple[int, str]:
    value, operator = state
    if isinstance(letter, str):
        return value, letter
    return OPERATORS[operator](value, letter) % modulus, operator


SINK = "malformed"


def arithmetic(modulus: int) -> Parts:
    """Expressions of digits and +, −, × modulo m, in which × binds more strongly.

    Digits and operators come in turn, a digit first. After a digit the state is (t, u, "value"), with t the sum of the
    finished summands and u the current product with its sign: the expression so far has the value t + u. After an
    operator it is (t, u, "operator"), which waits for the next factor of u:

        digit d: (t, u·d, "value"),   ×: (t, u, "operator"),   + and −: (t + u, ±1, "operator"),

    from (0, 1, "operator"). What does not alternate ends in "malformed" and stays there. These 2m² + 1 states are the
    minimal ones. The output is the value after a digit, else None; accepting are the states after a digit, so that the
    accepted words are the complete expressions.

    Raises:
        AutomatonError: unless m is an integer of at least 2.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.arithmetic(5)
        >>> A.output([1, "+", 2, "×", 4]), A.output([1, "+"]), len(A.states)
        (4, None, 51)
    """
    _require_modulus(modulus, 2)
    letters: tuple[int | str, ...] = (*range(modulus), *OPERATORS)
    pairs = tuple(product(range(modulus), repeat=2))
    kinds: list[tuple[int, int, str]] = [(t, u, kind) for kind in ("operator", "value") for t, u in pairs]
    states: tuple[Hashable, ...] = (*kinds, SINK)
    position = {state: k for k, state in enumerate(states)}
    rows = [[position[_parse(state, letter, modulus)] for letter in letters] for state in kinds]
    values = [(t + u) % modulus if kind == "value" else None for t, u, kind in kinds]
    complete = [(t, u, "value") for t, u in pairs]
    sink = [len(states) - 1] * len(letters)
    return trimmed(states, letters, [*rows, sink], (0, 1, "operator"), complete, [*values, None])


def _parse(state: Any, letter: int | str, modulus: int) -> Hashable:
    """The state after a token, from one that is not the sink."""
    t, u, kind = state
    if (kind == "value") != isinstance(letter, str):
        return SINK
    if not isinstance(letter, str):
        return t, u * letter % modulus, "value"
    if letter == "×":
        return t, u, "operator"
    return (t + u) % modulus, 1 if letter == "+" else modulus - 1, "operator"


def _require_modulus(modulus: object, least: int) -> None:
    if isinstance(modulus, bool) or not isinstance(modulus, int) or modulus < least:
        raise AutomatonError(f"modulus {modulus!r} has to be an integer of at least {least}")


def random_automaton(states: int, letters: int, kind: str = "map", seed: int = 0) -> Parts:
    """A random state machine with states 0, …, n−1, letters 0, …, k−1 and start 0.

    Kind "map" draws every δ(q, x) uniformly, kind "permutation" a uniform permutation of the states per letter.
    Draws in which some state cannot be reached are thrown away, so the result is uniform among accessible
    automata.

    Args:
        states: n.
        letters: k.
        kind: "map" or "permutation".
        seed: seed of numpy's generator.

    Raises:
        AutomatonError: for an unknown kind, sizes below 1 or a negative seed, or if 10 000 draws have
        unreachable states.
    """
    for what, size in (("states", states), ("letters", letters)):
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise AutomatonError(f"{what}={size!r} has to be a positive integer")
    if kind not in _DRAWS:
        raise AutomatonError(f"kind {kind!r} is not known; choose 'map' or 'permutation'")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise AutomatonError(f"seed={seed!r} has to be an integer of at least 0")
    draw = np.random.default_rng(seed)
    for _ in range(TRIES):
        table = _DRAWS[kind](draw, states, letters)
        if reachable(table, 0).all():
            return Parts(range(states), range(letters), table, 0)
    raise AutomatonError(
        f"{TRIES} random automata with {states} states and {letters} letters all had unreachable states; "
        "take more letters, fewer states or kind='permutation'"
    )


def _draw_map(draw: np.random.Generator, states: int, letters: int) -> NDArray[np.int64]:
    return draw.integers(states, size=(states, letters))


def _draw_permutations(draw: np.random.Generator, states: int, letters: int) -> NDArray[np.int64]:
    return np.stack([draw.permutation(states) for _ in range(letters)], axis=1)


_DRAWS = {"map": _draw_map, "permutation": _draw_permutations}
