"""Weights that are right for ever, and stay so when every number moves a little.

Let L be the memory of the task (`decision.py`). There is a unit e_u for every word u of L letters, and one for every
shorter word, which stands for the beginning. With u' the last L letters of ux,

    A[x] e_u = ± e_u',   h_0 = e of the empty word,   C_y e_u = 1, −1 or 0.

A word u of L letters leads from anywhere to one or two states. The hidden state is σ e_u with σ = 1 in the first of
them and σ = −1 in the second; from the start, a shorter word leads to one state, and σ = 1. C_y e_u is 1 for the label
of the first state, −1 for that of the second, which differs, and 0 for others. The sign of A[x] e_u says in which of
the states of u' the letter ends. This is well defined: if u leads to two states x keeps them apart, and they are all
that u' leads to; if u leads to one state, or is a beginning, the state after ux is known.

Robust
------
Let m = max(L, 1), N the number of units, and let every number of A, h_0 and C move by r = 1/(10 m N) at most. Then all
words are right. Proof, in the 1-norm, in which A[w] has norm 1. Columns of A[x] move by at most N r, so for words w of
at most m letters ‖Ã[w] − A[w]‖ ≤ (1 + 1/(10 m))^m − 1 < 0.106 = η. Call h *near* σ e_u, an allowed one, if
h = s (σ e_u + d) with s > 0 and ‖d‖ ≤ ε = 1/6; h̃_0 is near h_0, as N r ≤ 1/10.
For a word v of m letters A[v] sends every unit to ± e_v, so A[v] d is a multiple of e_v and at most ε long:

    Ã[v] h = s (t σ' e_v + d'),   t ≥ 1 − ε,   ‖d'‖ ≤ η (1 + ε),   and η (1 + ε) / (1 − ε) = 1.4 η < 0.149 < ε,

so Ã[v] h is near σ' e_v, where σ' is the sign of A[v] σ e_u. After fewer letters, w, the error is at most
ε + η (1 + ε) < 0.291. A lead of the right label is at least 1 on σ e_u, rows differ by at most 2 in an entry, and moved
rows by 2 r ≤ 1/5 more: it stays at least 1 − 2 · 0.291 − 0.2 · 1.291 > 0.15.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..automata.transition_table import moved
from ..errors import RungError
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .closed_walks import Word
from .decision import minimal, robustness
from .limits import HIDDEN


def robust_weights(automaton: Automaton) -> BilinearWeights:
    """Weights that are right for ever with all weights within `robust_radius`, proved before they are returned.

    There is one unit for every word of at most as many letters as the memory of `robustness`.

    Raises:
        RungError: if there are no such weights, with the words that show it, or if they would have over 255 units.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.from_regex("(a|b)*b").acceptor()
        >>> w = robust_weights(A)
        >>> w.hidden_size, w.prove(A).proved, robust_radius(w)
        (3, True, Fraction(1, 30))
        >>> robust_weights(Automaton.modular_addition(3))
        Traceback (most recent call last):
            ...
        bistate.theory.errors.RungError: no weights are right for ever with all weights near them: the word 0 fixes the states 0, 1 and 2
    """  # noqa: E501  # the doctest shows the whole message
    verdict = robustness(automaton)
    if verdict.memory is None:
        what = "no weights are" if verdict.refuted else "it is not known whether weights are"
        raise RungError(f"{what} right for ever with all weights near them: {verdict.reason}")
    machine, k = minimal(automaton), len(automaton.letters)
    count = 1
    for t in range(1, verdict.memory + 1):
        count += k**t
        if count > HIDDEN:
            raise RungError(f"robust weights remember {verdict.memory} of {k} letters: over {HIDDEN} units are needed")
    words = [word for t in range(verdict.memory + 1) for word in product(range(k), repeat=t)]
    weights = _weights(automaton, machine, words)
    proof = weights.prove(automaton, limit=2 * len(words))
    assert proof.proved, f"a construction failed its own proof: {proof.reason}"
    return weights


def robust_radius(weights: BilinearWeights) -> Fraction:
    """How far every number of `robust_weights` may move: all weights within this are right for ever, 1/(10 m N).

    N is the number of units and m the memory, at least 1. The proof stands at the top of the file.

    Raises:
        RungError: for other weights.
    """
    memory, k = 0, len(weights.letters)
    while sum(k**t for t in range(memory + 1)) < weights.hidden_size:
        memory += 1
    if not weights.note.startswith(NOTE):
        raise RungError(f"the weights {weights!r} are not those of robust_weights(...), so their radius is not known")
    return Fraction(1, 10 * max(memory, 1) * weights.hidden_size)


NOTE = "robust: a unit for every word of at most "


def _weights(automaton: Automaton, machine: Automaton, words: list[Word]) -> BilinearWeights:
    memory, unit = len(words[-1]), {word: i for i, word in enumerate(words)}
    images = [_image(machine, word, memory) for word in words]
    size, k = len(words), len(machine.letters)
    transitions = [[[0] * size for _ in range(size)] for _ in range(k)]
    for (i, word), x in product(enumerate(words), range(k)):
        after = unit[(*word, x)[-memory:] if memory else ()]
        ends = [int(machine.table[q, x]) for q in images[i]]
        signs = {sign * _sign(images[after], q) for sign, q in zip((1, -1), ends, strict=False)}
        assert len(signs) == 1, "a letter loses the bit"
        transitions[x][after][i] = signs.pop()
    readout = np.zeros((len(automaton.labels), size), dtype=int)
    for i, image in enumerate(images):
        for sign, q in zip((1, -1), image, strict=False):
            readout[automaton.labels.index(machine.labels[machine.label_indices[q]]), i] = sign
    return BilinearWeights(
        letters=automaton.letters,
        states=automaton.labels,
        transitions=tuple(ExactMatrix(matrix) for matrix in transitions),
        initial=ExactMatrix.column([int(not word) for word in words]),
        readout=ExactMatrix(readout.tolist()),
        rung=Rung.FULL,
        note=f"{NOTE}{memory} letter{'s' * (memory != 1)}",
    )


def _image(machine: Automaton, word: Word, memory: int) -> list[int]:
    """The states that a word of the memory's length leads to, and that of a shorter one from the start.

    The start comes first where it is one of two, so that h_0 is a unit with sign 1.
    """
    start = machine.start_index
    if len(word) < memory:
        return moved(machine.table, np.array([start]), word).tolist()
    found = np.unique(moved(machine.table, np.arange(len(machine.states)), word)).tolist()
    return sorted(found, key=lambda q: (q != start, q))


def _sign(image: list[int], q: int) -> int:
    return (1, -1)[image.index(q)]
