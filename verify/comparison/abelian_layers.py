"""The automaton of a table of words where labels are states and letters act as a solvable group acts on itself.

Words may be long: no word has to prolong another one. Let G act on itself by multiplication on the right, H be a
subgroup and N normal in H with H/N = (Z/p)^d. Write g = a s(Hg) with chosen s. Then
g x = (a · s(Hg) x s(Hgx)⁻¹) s(Hgx), so the cosets of N are pairs (q, a) of a coset q of H and a in H/N, and a letter
moves them by

    (q, a) → (q x, a + t(q, x)).

After a word the label tells a. So with the cosets of H known, each word is one linear equation over Z/p in the t(q, x)
and the a of the labels: Σ_i t(q_{i-1}, x_i) = a(label). A solution is known up to a choice of s, which is t = 0 along a
tree of steps from the start. Other solutions do not exist once there are more words than unknowns. With H = G at first,
and N = [H, H] H^p, this goes down to the trivial subgroup if G is solvable. Multiplication on the left is that of the
group with x ∘' y = y ∘ x.

Wrong labels make wrong equations: then small choices of words are tried until one has none. What is found is a guess,
to be checked on all words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import nmod_mat
from numpy.typing import NDArray

from ...models.tasks.encoded_words import EncodedWords

Ints = NDArray[np.int64]
SPARE = 24  # equations over the unknowns, so that a solution by chance has a probability of p**-24
MOST_UNKNOWNS = 4096  # whose matrix has 17 million numbers: seconds
POOL = 4  # times the words of one choice, from which choices are made
MOST_TRIES, TRIED_NUMBERS = 100, 20_000_000  # choices of words, and numbers in all their matrices together


@dataclass(frozen=True, eq=False)
class Layers:
    """What was found.

    Attributes:
        table: (labels + 1, letters), the label after each letter, −1 where no word shows it; the last row is the start.
            None if there is no such group, or words are too few.
        why: what was found on the way, and what was missing.
    """

    table: Ints | None
    why: str


@dataclass(frozen=True, eq=False)
class _Quotient:
    """Cosets that are known: their steps (states, letters), −1 for none, the start is 0; and that of each label."""

    table: Ints
    above: Ints

    def tree(self) -> list[int]:
        """Steps, as q · letters + x, that lead from the start to every other state once."""
        letters, seen, steps, queue = self.table.shape[1], {0}, [], [0]
        for q in queue:
            for x, there in enumerate(self.table[q].tolist()):
                if there >= 0 and there not in seen:
                    seen.add(there)
                    queue.append(there)
                    steps.append(q * letters + x)
        return steps


def abelian_layers(words: EncodedWords, most_states: int, seed: int) -> Layers:
    """The steps between labels, or why there are none.

    Args:
        words: with one label each.
        most_states: states from which the search is given up.
        seed: of the words that are chosen.
    """
    labels, letters = len(words.labels), len(words.letters)
    random = np.random.default_rng([seed, labels, letters])
    known = _Quotient(np.zeros((1, letters), dtype=np.int64), np.zeros(labels, dtype=np.int64))
    primes = [p for p in range(2, labels + 1) if labels % p == 0 and all(p % k for k in range(2, p))]
    while len(known.table) < labels:
        states = len(known.table)
        unknowns = states * (letters - 1) + 1 + labels
        shown = f"labels fall into {states} classes as in a group of that order" if states > 1 else "no class is found"
        if unknowns > MOST_UNKNOWNS:
            return Layers(None, f"{shown}; the next layer has {unknowns} unknowns, at most {MOST_UNKNOWNS} are tried")
        need = unknowns + SPARE
        if len(words) < need:
            return Layers(None, f"{shown}; the next layer takes {need} words of any length, there are {len(words)}")
        further = next((found for p in primes if (found := _layer(words, known, p, random)) is not None), None)
        if further is None:
            return Layers(
                None,
                f"{shown} and no further abelian layer, as where a group is not solvable or labels are no elements; "
                f"each of {labels * letters} steps, a label and a letter, has to be shown, by a word u and the word ux",
            )
        if len(further.table) > most_states:
            return Layers(None, f"{shown}; more than most_states={most_states} states would be needed")
        known = further
    if len(known.table) > labels or len(set(known.above.tolist())) < labels:
        return Layers(None, f"a group of {len(known.table)} elements fits, whose elements are not the {labels} labels")
    label = np.append(np.argsort(known.above), -1)  # of a state; −1 stays
    table = label[known.table[known.above]]
    return Layers(np.concatenate([table, table[label[:1]]]), "")


def _layer(words: EncodedWords, known: _Quotient, p: int, random: np.random.Generator) -> _Quotient | None:
    """The next layer over Z/p, from the first choice of words that has one."""
    states, letters = known.table.shape
    most = states * (letters - 1) + 1 + len(words.labels) + SPARE
    pool = random.permutation(len(words))[: POOL * most]
    equations = _equations(words, known, pool)
    unknown = np.setdiff1d(np.flatnonzero(equations.any(axis=0)), known.tree())
    size = len(unknown) + SPARE
    if len(equations) < size:
        return None
    labelled = equations[:, states * letters :].argmin(axis=1)  # a label's column has −1
    equations = equations[:, unknown] % p
    tries = max(1, min(MOST_TRIES, TRIED_NUMBERS // (size * len(unknown))))
    for _ in range(tries):
        basis = _kernel(equations[_choice(labelled, size, random)], p)
        if basis.shape[1]:
            full = np.full((states * letters + len(words.labels), basis.shape[1]), -1)
            full[unknown] = basis
            full[known.tree()] = 0
            found = _refined(known, full, p)
            if found is not None:
                return found
    return None


def _equations(words: EncodedWords, known: _Quotient, which: Ints) -> Ints:
    """How often each step is made, and −1 for the label: (words whose run is known, states · letters + labels)."""
    states, letters = known.table.shape
    order = which[np.argsort(-words.lengths[which], kind="stable")]  # longest first
    lengths, begins = words.lengths[order], words.begins[order]
    counts = np.zeros((len(order), states * letters + len(words.labels)), dtype=np.int64)
    state = np.zeros(len(order), dtype=np.int64)
    for t in range(int(lengths[0])):
        going = int(np.searchsorted(-lengths, -t))  # words of more than t letters
        x, now = words.x[begins[:going] + t], state[:going]
        known_run = np.flatnonzero(now >= 0)
        counts[known_run, (now * letters + x)[known_run]] += 1
        state[:going] = np.where(now >= 0, known.table[now, x], -1)
    counts[np.arange(len(order)), states * letters + words.y[order]] = -1
    return counts[state >= 0]


def _choice(labelled: Ints, size: int, random: np.random.Generator) -> Ints:
    """Numbers of words that are chosen: one of each label, as one that is not there could be anything, and others."""
    order = random.permutation(len(labelled))
    first = np.unique(labelled[order], return_index=True)[1]
    return np.concatenate([order[first], np.delete(order, first)])[:size]


def _kernel(rows: Ints, p: int) -> Ints:
    """A basis of the vectors that all equations send to 0: (unknowns, dimension)."""
    matrix = nmod_mat(*rows.shape, rows.ravel().tolist(), p)
    if matrix.rank() == rows.shape[1]:  # as of most choices with a wrong label
        return np.zeros((rows.shape[1], 0), dtype=np.int64)
    basis, dimension = matrix.nullspace()
    entries = np.array([int(v) for v in basis.entries()], dtype=np.int64).reshape(rows.shape[1], -1)
    return entries[:, :dimension]


def _refined(known: _Quotient, solutions: Ints, p: int) -> _Quotient | None:
    """States (q, a) that are reached; None if labels do not tell the new ones apart."""
    states, letters = known.table.shape
    added, said = solutions[: states * letters].reshape(states, letters, -1), solutions[states * letters :]
    first = (0, *[0] * solutions.shape[1])
    index, keys, table = {first: 0}, [first], []
    for key in keys:
        row = []
        for x, there in enumerate(known.table[key[0]].tolist()):
            if there < 0 or added[key[0], x, 0] < 0:
                row.append(-1)
                continue
            target = (there, *((np.array(key[1:]) + added[key[0], x]) % p).tolist())
            if target not in index:
                if len(index) >= len(known.above):  # more states than labels
                    return None
                index[target] = len(index)
                keys.append(target)
            row.append(index[target])
        table.append(row)
    ends = [(q, *row) for q, row in zip(known.above.tolist(), said.tolist(), strict=True)]
    if len(index) == states or any(end not in index for end in ends):
        return None
    return _Quotient(np.array(table), np.array([index[end] for end in ends]))
