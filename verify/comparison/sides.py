"""On which side a group task multiplies, where letters and labels are names of the same elements.

After a word x_1 … x_T a table that multiplies on the right has the label x_1 ∘ x_2 ∘ … ∘ x_T, one that multiplies on
the left x_T ∘ … ∘ x_1, with (p ∘ q)(i) = p(q(i)). Numbers alone do not say which: p ∘' q = q ∘ p is a group as well. So
the side is read off where a name is known to mean a permutation: names that are permutations, a list that is given, or
numbers 0 to n − 1 that count the permutations of the group's usual points in lexicographic order.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from ...groups.catalogue.named import named_group
from ...groups.errors import BistateError
from ...groups.permutations.permutation import Permutation
from ...theory.automata.automaton import Automaton

LEX = "lexicographic order of permutations"
MOST = 1000  # elements that are compared


def side_of(automaton: Automaton, group: str | None, elements: Mapping[Any, Sequence[int]] | None) -> tuple[str, str]:
    """The side, "left", "right", "both" or "", and what it is read off, or why it is not known.

    Args:
        automaton: its states are the labels.
        group: name of the group that the letters generate.
        elements: the permutation that a label and letter means; None: see above.
    """
    if group is None or automaton.outputs is not None:
        return "", "the labels are no elements of a group"
    still = np.arange(len(automaton.states))
    idle = [x for k, x in enumerate(automaton.letters) if np.array_equal(automaton.table[:, k], still)]
    letters = [x for x in automaton.letters if x in set(automaton.states) or x not in idle]  # a mark may begin words
    if not set(letters) <= set(automaton.states):
        return "", "letters and labels are not the same names"
    if len(automaton.states) > MOST:
        return "", f"products of more than {MOST} elements are not compared"
    if automaton.is_commutative:
        return "both", "the group is abelian"
    reasons = []
    for meaning, what in _meanings(automaton.states, group, elements):
        sides = [side for side in ("left", "right") if _multiplies(automaton, letters, meaning, side)]
        if sides:
            return sides[0], what
        reasons.append(what)
    return "", f"the products are not those of names read as {' or '.join(reasons)}" if reasons else (
        "the names say of no element which it is; numbers are read as the lexicographic order of permutations"
    )


def _meanings(
    names: Sequence[Hashable], group: str, elements: Mapping[Any, Sequence[int]] | None
) -> list[tuple[dict[Hashable, Permutation], str]]:
    """What names may mean, and how that is called."""
    if elements is not None:
        missing = [name for name in names if name not in elements]
        if not missing:
            return [({name: Permutation(elements[name]) for name in names}, "the elements given")]
    if all(isinstance(name, tuple) for name in names):
        try:
            return [({name: Permutation(name) for name in names}, "permutations")]  # type: ignore[arg-type]
        except (BistateError, TypeError, ValueError):
            return []
    if set(names) == set(range(len(names))):
        try:
            listed = sorted(named_group(group).elements)
        except BistateError:
            return []
        return [(dict(enumerate(listed)), LEX)]
    return []


def _multiplies(
    automaton: Automaton, letters: Sequence[Hashable], meaning: dict[Hashable, Permutation], side: str
) -> bool:
    """Whether δ(q, x) is x ∘ q, or q ∘ x, for all states and letters."""
    number = {p: k for k, p in enumerate(meaning[q] for q in automaton.states)}
    table = automaton.table[:, [automaton.letter_index(x) for x in letters]].tolist()
    for q, row in zip(automaton.states, table, strict=True):
        for x, there in zip(letters, row, strict=True):
            p, s = meaning[q], meaning[x]
            if len(p) != len(s) or number.get(s * p if side == "left" else p * s) != there:
                return False
    return meaning[automaton.start] == Permutation.identity(len(meaning[automaton.start]))
