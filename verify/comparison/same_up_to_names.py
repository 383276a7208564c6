"""Whether two automata are one up to the names of letters, states and labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import NDArray

from ...theory.automata.automaton import Automaton

Ints = NDArray[np.int64]


def renaming(first: Automaton, second: Automaton) -> dict[Hashable, Hashable] | None:
    """The letter of the second for each letter of the first, such that all words have the same labels up to names.

    Bijections φ of letters and ψ of states with ψ(q_0) = q_0' and ψ(δ(q, x)) = δ'(ψ(q), φ(x)), where states share a
    label if and only if their images do. Images are tried for a few letters that reach every state, which decide all.

    Example:
        >>> A = Automaton.modular_addition(3)
        >>> found = renaming(A, Automaton([0, 1, 2], "abc", [[2, 0, 1], [0, 1, 2], [1, 2, 0]], 0))
        >>> found[0], sorted(found.values())
        ('b', ['a', 'b', 'c'])
    """
    if first.table.shape != second.table.shape or len(first.labels) != len(second.labels):
        return None
    kinds = [[_kind(A, x) for x in range(len(A.letters))] for A in (first, second)]
    if sorted(kinds[0]) != sorted(kinds[1]):
        return None
    for tried in _images(first, second, _reaching(first), kinds, {}):
        found = _completed(first, second, tried)
        if found is not None:
            return {first.letters[x]: second.letters[found[x]] for x in range(len(found))}
    return None


def _kind(automaton: Automaton, x: int) -> tuple[int, ...]:
    """What renaming keeps of a letter: how large the images of its powers are, and how many points these fix."""
    column = automaton.table[:, x]
    power, found = column, []
    for _ in range(12):
        found += [len(np.unique(power)), int((power == np.arange(len(power))).sum())]
        power = column[power]
    return tuple(found)


def _reaching(automaton: Automaton) -> list[int]:
    """Letters that together reach every state, each of which reaches more."""
    chosen: list[int] = []
    reached = 1
    while reached < len(automaton.states):
        sizes = [(len(_order(automaton, [*chosen, x])), -x) for x in range(len(automaton.letters))]
        reached, best = max(sizes)
        chosen.append(-best)
    return chosen


def _order(automaton: Automaton, letters: list[int]) -> list[tuple[int, int, int]]:
    """States in the order in which these letters reach them: (state, from, by); the start is from −1."""
    seen, found = {automaton.start_index}, [(automaton.start_index, -1, -1)]
    for q, _, _ in found:
        for x in letters:
            there = int(automaton.table[q, x])
            if there not in seen:
                seen.add(there)
                found.append((there, q, x))
    return found


def _images(
    first: Automaton, second: Automaton, letters: list[int], kinds: list[list[tuple[int, ...]]], tried: dict[int, int]
) -> Iterator[dict[int, int]]:
    """Ways to send these letters to letters of the same kind that act alike on what they reach."""
    if len(tried) == len(letters):
        yield dict(tried)
        return
    x = letters[len(tried)]
    for y, kind in enumerate(kinds[1]):
        if kind == kinds[0][x] and y not in tried.values():
            further = {**tried, x: y}
            if _states(first, second, further) is not None:
                yield from _images(first, second, letters, kinds, further)


def _states(first: Automaton, second: Automaton, tried: dict[int, int]) -> dict[int, int] | None:
    """ψ on the states that these letters reach, None if there is none."""
    psi: dict[int, int] = {}
    for q, before, x in _order(first, list(tried)):
        psi[q] = second.start_index if before < 0 else int(second.table[psi[before], tried[x]])
    if len(set(psi.values())) < len(psi):
        return None
    agree = all(psi[int(first.table[q, x])] == second.table[psi[q], y] for q in psi for x, y in tried.items())
    return psi if agree else None


def _completed(first: Automaton, second: Automaton, tried: dict[int, int]) -> list[int] | None:
    """φ on all letters, where ψ is decided."""
    psi = _states(first, second, tried)
    if psi is None:
        return None
    labels = (first.label_indices[list(psi)].tolist(), second.label_indices[list(psi.values())].tolist())
    if len(set(zip(*labels, strict=True))) != len(first.labels):
        return None
    image = np.array([psi[q] for q in range(len(psi))])
    columns: dict[bytes, list[int]] = {}
    for y in range(len(second.letters)):
        columns.setdefault(np.ascontiguousarray(second.table[image, y], dtype=np.int64).tobytes(), []).append(y)
    found = []
    for x in range(len(first.letters)):
        left = columns.get(np.ascontiguousarray(image[first.table[:, x]], dtype=np.int64).tobytes())
        if not left:
            return None
        found.append(left.pop(0))
    return found
