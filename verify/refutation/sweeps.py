"""The word that is worst for a pair of states, found forwards and backwards in turn, where letters permute the states.

A word w that leads to state q is wrong if a rival p has

    n · h_w ≥ 0,   n = C_p − C_q,

and how near it is to that is said by the ratio n · h_w / d · h_w, d the direction of what words to q lead to. A letter
x takes (q, p) to (δ(q, x), δ(p, x)), so the errors that decide add up along paths of pairs. For each pair one word that
leads to q is kept, the one with the largest ratio for rows (n, d) that stand for the rest of the word. In the first
sweep they are those of the readout behind random letters. Then, backwards from the end, each pair takes the letter
before whose rows

    (n A[x], d A[x])   of the pair that x leads to

have the largest ratio at a state that was kept for q; and the next sweep takes these rows, for as many letters as are
still to come. The largest ratio is that of a whole word, and the next sweep of the same length finds none that is
smaller: both ways keep, for one pair at each place of that word, what is at least as near. Where a wrong word is found
a shorter one is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...models.clean_up.codes import mean_directions
from ..networks.unit_vectors import TINY, unit
from .few_words import Word
from .limits import (
    GAINED,
    HOPELESS,
    MOST_SWEEP_NUMBERS,
    MOST_SWEEP_PRODUCTS,
    MOST_SWEEPS,
    NEAR_ENOUGH,
    NEAR_ZERO,
    RANDOM_LETTERS,
    SHORTER_BY,
)

Floats = NDArray[Any]  # of float64, or of float32 where many are kept
Ints = NDArray[np.int64]
Rows = tuple[Floats, Floats]  # n and d of each pair (q, p), (states, states, hidden)


@dataclass(frozen=True, eq=False)
class Pairs:
    """A network, and a task whose letters permute the states.

    Attributes:
        A: (letters, hidden, hidden).
        C: a row of scores for each state, (states, hidden).
        h: the state before the first letter, (hidden,).
        table: δ, (states, letters).
        start: the state of h.
        codes: the mean direction of what words to a state lead to, (states, hidden).
        behind: C behind random letters, (states, hidden).
    """

    A: Floats
    C: Floats
    h: Floats
    table: Ints
    start: int
    codes: Floats
    behind: Floats

    @classmethod
    def of(cls, A: Floats, C: Floats, h: Floats, table: Ints, start: int) -> Self:
        """From weights of any size: positive factors change no decision."""
        A = A / np.maximum(np.abs(A).max(axis=(1, 2), keepdims=True), TINY)
        C = C / max(float(np.abs(C).max()), TINY)
        codes, growth, _ = mean_directions(A, h, table, start)
        behind = C - C.mean(axis=0)
        for _ in range(RANDOM_LETTERS):
            rows = np.mean([behind[table[:, x]] @ A[x] / growth[x] for x in range(len(A))], axis=0)
            behind = rows / max(float(np.abs(rows).max()), TINY)
        return cls(A, C, h, table, start, unit(codes), behind)

    @cached_property
    def readout(self) -> Rows:
        """The rows of the pairs after the last letter."""
        return self.rows(self.C)

    @cached_property
    def early(self) -> Rows:
        """The same behind random letters."""
        return self.rows(self.behind)

    def rows(self, C: Floats) -> Rows:
        """For each pair its n and d, for rows of scores."""
        return C[None] - C[:, None], np.repeat(self.codes[:, None], len(C), axis=1)

    @cached_property
    def back(self) -> Ints:
        """The state before a letter that leads to a state, (states, letters)."""
        return np.argsort(self.table, axis=0)

    @property
    def numbers(self) -> int:
        """How many are kept of one letter of a word, of states and rows."""
        return 3 * len(self.C) ** 2 * len(self.h)

    @property
    def products(self) -> int:
        """Of one letter of a sweep."""
        letters, states, n = len(self.A), len(self.C), len(self.h)
        return states**2 * letters * n * (n + states)


@dataclass(frozen=True, eq=False)
class _Swept:
    """What a sweep found.

    Attributes:
        wrong: a wrong word, or None.
        kept: of each length, for each pair, the state after its word, (states, states, hidden).
        begun: the largest ratio after the first letter.
        ratio: the same at the end.
    """

    wrong: Word | None
    kept: list[Floats]
    begun: float
    ratio: float


def worst_word(pairs: Pairs, shortest: int, longest: int, known: bool) -> Word | None:
    """A wrong word of `shortest` to `longest` letters, as short as sweeps find one; None if they find none.

    Args:
        pairs: network and task.
        shortest: letters that a word has at least.
        longest: letters that a word has at most.
        known: whether a wrong word of one letter more is known.
    """
    asked, longest = longest, min(longest, MOST_SWEEP_NUMBERS // pairs.numbers, MOST_SWEEP_PRODUCTS // pairs.products)
    if longest < max(shortest, 1) or len(pairs.C) < 2:
        return None
    best: Word | None = None
    top, length = longest + 1, max(int(longest * SHORTER_BY), 1) if known and longest == asked else longest
    rows, begun, ratio, products = [pairs.early], -np.inf, -np.inf, 0
    for _ in range(MOST_SWEEPS):
        swept = _forwards(pairs, rows, shortest, length)
        begun = swept.begun if len(rows) == 1 else begun
        products += 2 * length * pairs.products  # with the way back
        settled, ratio = swept.ratio <= GAINED * ratio, swept.ratio
        if swept.wrong is not None:
            best, top = swept.wrong, len(swept.wrong)
            length, ratio = min(int(top * SHORTER_BY), top - 1), -np.inf
        elif settled:  # not so short, then
            if top - length <= max(1, int(top * NEAR_ENOUGH)):
                break
            length, ratio = (length + top) // 2, -np.inf
        hopeless = best is None and not known and swept.ratio < HOPELESS * abs(begun)
        if hopeless or length < max(shortest, 1) or products > MOST_SWEEP_PRODUCTS:
            break
        rows = _backwards(pairs, swept.kept, length)
    return best


def _forwards(pairs: Pairs, rows: list[Rows], shortest: int, length: int) -> _Swept:
    """Words up to a length, those that are worst for the rows of as many letters as are still to come."""
    A, C, back = pairs.A, pairs.C, pairs.back
    (letters, n, _), states = A.shape, len(C)
    joined = A.reshape(-1, n).T  # (hidden, letters · hidden)
    each = np.arange(states)
    vectors = np.zeros((states, 1, n))
    vectors[pairs.start, 0] = pairs.h
    reached = each == pairs.start
    kept = [np.repeat(vectors, states, axis=1)]
    trail: list[tuple[Ints, int]] = []
    ratios: list[float] = []
    for t in range(1, length + 1):
        width = vectors.shape[1]
        if t < 3:  # later words are as many
            place = ((back[:, :, None] * width + np.arange(width)) * letters + np.arange(letters)[:, None]).ravel()
        moved = (vectors.reshape(-1, n) @ joined).reshape(-1, n)  # of any size: ratios count
        asked = moved.take(place, axis=0).reshape(states, letters * width, n)
        there = reached[back].repeat(width, axis=1)  # (states, letters · width)
        lead = _leads(asked, C)
        lead[each, :, each] = np.inf
        lead[~there] = np.inf
        if lead.min() <= NEAR_ZERO * max(float(asked.max()), -float(asked.min())) and t >= shortest:
            leads = np.where(np.isfinite(lead), _leads(unit(asked), C), np.inf)
            at = int(leads.argmin())
            if leads.flat[at] <= 0:
                q, i, _ = np.unravel_index(at, lead.shape)
                return _Swept(_spelled(back, trail, int(q), int(i), width), kept, 0.0, 0.0)
        ahead, behind = rows[min(length - t, len(rows) - 1)]
        near = asked @ ahead.transpose(0, 2, 1) / np.maximum(asked @ behind.transpose(0, 2, 1), TINY)
        near[~there] = -np.inf
        best = near.argmax(axis=1)  # (states, states)
        near[each, :, each] = -np.inf  # no pair
        ratios.append(float(near.max()))
        trail.append((best, width))
        vectors, reached = unit(np.take_along_axis(asked, best[:, :, None], axis=1)), there.any(axis=1)
        kept.append(vectors.astype(np.float32))
    return _Swept(None, kept, ratios[0], ratios[-1])


def _leads(vectors: Floats, C: Floats) -> Floats:
    """How far the score of each state is ahead of all: (states, vectors, states), from (states, vectors, hidden)."""
    each, scores = np.arange(len(C)), vectors @ C.T
    return np.asarray(scores[each, :, each][:, :, None] - scores)


def _spelled(back: Ints, trail: list[tuple[Ints, int]], q: int, i: int, width: int) -> Word:
    """The letters of candidate i of state q."""
    word: list[int] = []
    for best, before in reversed(trail):
        x, place = divmod(i, width)
        word.append(x)
        q = int(back[q, x])
        i, width = int(best[q, place]), before
    return tuple(reversed([*word, i // width]))


def _backwards(pairs: Pairs, kept: list[Floats], length: int) -> list[Rows]:
    """Rows of all pairs for 0, 1, … letters to come, in words of a length, each with its worst letters."""
    (letters, n, _), states = pairs.A.shape, len(pairs.C)
    joined = pairs.A.transpose(1, 0, 2).reshape(n, -1)  # (hidden, letters · hidden)
    own, rival = pairs.table[:, None], pairs.table[None]
    place = ((own * states + rival) * letters + np.arange(letters)).ravel()  # of (δ(q, x), δ(p, x), x) for (q, p, x)
    ahead, behind = pairs.readout
    rows = [(ahead, behind)]

    def pulled(values: Floats) -> Floats:  # (states, states, letters, hidden)
        products = (values.reshape(-1, n) @ joined).reshape(-1, n)
        return products.take(place, axis=0).reshape(states, states, letters, n)

    def of_all(values: Floats, vectors: Floats) -> Floats:  # at all that is kept of a state: (…, letters, states)
        return (values.reshape(states, -1, n) @ vectors.transpose(0, 2, 1)).reshape(states, states, letters, -1)

    for left in range(1, length):
        vectors = kept[min(length - left, len(kept) - 1)]
        more, least = pulled(ahead), pulled(behind)
        near = of_all(more, vectors) / np.maximum(of_all(least, vectors), TINY)
        best = near.max(axis=-1).argmax(axis=2)[:, :, None, None]
        ahead, behind = (np.take_along_axis(m, best, axis=2)[:, :, 0] for m in (more, least))
        size = np.maximum(np.abs(ahead).max(axis=2), np.abs(behind).max(axis=2))[:, :, None]
        ahead, behind = ahead / np.maximum(size, TINY), behind / np.maximum(size, TINY)
        rows.append((ahead.astype(np.float32), behind.astype(np.float32)))
    return rows
