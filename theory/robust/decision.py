"""Whether an open set of weights is right on every word.

Words are read by h_t = A[x_t] h_{t−1}; weights (A, h_0, C) of any size are *right for ever* if argmax C h is attained
only at the label after every word. They are *robustly* right if all weights near them are right for ever as well.

Statement
---------
Let every state be reachable, let any two states have different labels after some word (the minimal Moore machine), and
let there be two labels or more. Robustly right weights exist if and only if

    (a)  every word of one letter or more fixes at most two states, and
    (b)  two states that one such word fixes have different labels after every word.

Where every state is its own label, (b) says that no word merges them. If (a) or (b) fails, the weights of each size
that are right for ever have measure zero. Both conditions together say: there is a number L, the memory, such that
every word of L letters leads to one or two states, and two such states never share a label again: the state is known
from the last L letters and one bit that is never lost. docs/robust.md has the proofs.

Decision
--------
Sets of three states are the nodes of a graph, with an edge for a letter that keeps them apart. A word that fixes three
states is a closed walk; a closed walk permutes three states, so a power of its word fixes them: (a) fails if and only
if the graph has a cycle. A pair is *doomed* if a word leads to equal labels; (b) fails if and only if a doomed pair
lies on a cycle of pairs. Without such cycles L is the number of triples on a longest walk of triples, or of doomed
pairs on a longest walk of those, whichever is larger: a walk of N sets is a word of N − 1 letters whose image still
has them. For |Q| states and |Σ| letters that takes |Q|³ |Σ| steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from math import comb

import numpy as np

from ..automata.automaton import Automaton
from ..automata.transition_table import moved
from ..verdict import Outcome, Verdict
from .closed_walks import Word, closed_walks, path_to, some_word, word_of
from .limits import CODES, EDGES, MULTIPLIED
from .subsets import Indices, cyclic, letters_to, rounds, subsets


def _short(label: Hashable) -> str:
    text = repr(label) if isinstance(label, str) else str(label)  # permutations as cycles
    return text if len(text) <= 40 else f"{text[:38]}…"


def _spelled(word: tuple[Hashable, ...]) -> str:
    letters = [_short(x) for x in word[:12]] + [f"… of {len(word)} letters"] * (len(word) > 12)
    return " ".join(letters)


@dataclass(frozen=True)
class FixedStates:
    """States that a word fixes, and that no robust weights can have.

    Attributes:
        word: one letter or more.
        states: three, for (a), or the two whose labels a further word makes equal, for (b).
        then: that further word, which is empty where the two have one label; None for (a).
        shortest: whether no other word, or pair of words, is shorter.
    """

    word: tuple[Hashable, ...]
    states: tuple[Hashable, ...]
    then: tuple[Hashable, ...] | None = None
    shortest: bool = True

    def __str__(self) -> str:
        *names, last = map(_short, self.states)
        text = f"the word {_spelled(self.word)} fixes the states {', '.join(names)} and {last}"
        if self.then is None:
            return text
        return (
            f"{text}, and the word {_spelled(self.then)} leads them to one label"
            if self.then
            else f"{text} of one label"
        )


@dataclass(frozen=True)
class Robustness(Verdict):
    """Whether weights exist that are right for ever together with all weights near them.

    States are those of the minimal Moore machine, where there are outputs. `witness` is the word of `three`, or else of
    `lost`.

    Attributes:
        memory: for a proved claim, the least number of letters after which the state follows from that many last
            letters and one bit, which no word loses.
        bit: for a proved claim, whether there is such a bit; else the last letters are enough.
        three: a word that fixes three states, where condition (a) fails.
        lost: a word that fixes two states, and one that gives them the same label, where condition (b) fails.
    """

    memory: int | None = None
    bit: bool | None = None
    three: FixedStates | None = None
    lost: FixedStates | None = None


def robustness(automaton: Automaton) -> Robustness:
    """Decide whether an open set of weights of the full family is right on every word.

    Returns:
        Proved with the memory; refuted with words; undecided where there are too many states, which is seen at once.

    Example:
        >>> from bistate.theory import Automaton
        >>> robustness(Automaton.parity()).memory, robustness(Automaton.reset(3, keep=False)).memory
        (0, 1)
        >>> verdict = robustness(Automaton.reset(2))
        >>> verdict.outcome.value, verdict.lost.word, verdict.lost.then
        ('refuted', ('keep',), (0,))
        >>> robustness(Automaton.modular_addition(3)).three.word
        (0,)
    """
    machine = minimal(automaton)
    if len(machine.labels) == 1:
        return Robustness(Outcome.PROVED, "there is one label, so no answer is wrong", memory=0, bit=False)
    lost, last, bit = _lost(machine)
    definite = last is not None and not bit  # no pair lies on a cycle, so no triple does, and its walks are no longer
    three, longest = (None, last) if definite else _three(machine)
    found = three or lost
    if found is not None:
        reasons = "; ".join(str(one) for one in (three, lost) if one is not None)
        return Robustness(Outcome.REFUTED, reasons, found.word, three=three, lost=lost)
    if longest is None or last is None:
        states, letters = machine.table.shape
        return Robustness(Outcome.UNDECIDED, f"{states} states and {letters} letters have too many sets of three")
    memory = max(longest, last)
    known = ["the last letter"] if memory == 1 else [f"the last {memory} letters"] if memory else []
    known += ["one bit that no word loses"] if bit else []
    reason = f"the state follows from {' and '.join(known)}"
    return Robustness(Outcome.PROVED, reason, memory=memory, bit=bit)


def minimal(automaton: Automaton) -> Automaton:
    """The machine that the theorem is about: with outputs the minimal one, else the automaton."""
    return automaton if automaton.outputs is None else automaton.minimize()


def _too_large(machine: Automaton, size: int) -> bool:
    states, letters = machine.table.shape
    return comb(states, size) * letters > EDGES or states**size > CODES


def _three(machine: Automaton) -> tuple[FixedStates | None, int | None]:
    """A word that fixes three states, or the number of triples on a longest walk; neither if there are too many."""
    table = machine.table
    fixed = (table == np.arange(len(table))[:, None]).sum(axis=0)  # (letters,)
    if fixed.max() >= 3:
        return _checked(machine, (int(fixed.argmax()),), None, shortest=True), None
    if _too_large(machine, 3):
        power = _power(table)
        return None if power is None else _checked(machine, power, None, shortest=False), None
    graph = subsets(table, 3)
    everything = np.ones(len(graph.members), dtype=bool)
    longest = rounds(graph, everything)
    if longest is not None:
        return None, longest
    sets = cyclic(graph, everything)
    for levels, back in closed_walks(table, graph, sets):
        if len(back):
            return _checked(machine, word_of(levels, int(back[0])), None, shortest=True), None
    word = some_word(table, graph, sets, int(np.flatnonzero(sets)[0]))
    return _checked(machine, word, None, shortest=False), None


def _lost(machine: Automaton) -> tuple[FixedStates | None, int | None, bool]:
    """Words as (b) forbids them, shortest together, or the number of doomed pairs on a longest walk of those.

    Last, whether some pair is not doomed: without cycles of doomed pairs that is one bit.
    """
    if _too_large(machine, 2):
        return None, None, False
    table, labels = machine.table, machine.label_indices
    graph = subsets(table, 2)
    distance = letters_to(graph, labels[graph.members[:, 0]] == labels[graph.members[:, 1]])
    doomed = distance >= 0
    last = rounds(graph, doomed)
    if last is not None:
        return None, last, not doomed.all()
    sets = cyclic(graph, doomed)
    ends = distance[sets]
    best: tuple[int, Word, Word] | None = None
    for levels, back in closed_walks(table, graph, sets):
        for walk in back.tolist():
            begin = int(levels[-1].begins[walk])
            if best is None or len(levels) - 1 + ends[begin] < best[0]:
                then = path_to(graph, distance, int(np.flatnonzero(sets)[begin]))
                best = len(levels) - 1 + int(ends[begin]), word_of(levels, walk), then
        if best is not None and len(levels) + ends.min() >= best[0]:
            return _checked(machine, best[1], best[2], shortest=True), None, False
    if best is None:
        begin = int(np.flatnonzero(sets)[0])
        best = 0, some_word(table, graph, sets, begin), path_to(graph, distance, begin)
    return _checked(machine, best[1], best[2], shortest=False), None, False


def _checked(machine: Automaton, word: Word, then: Word | None, shortest: bool) -> FixedStates:
    """The words with their states, read off the table once more."""
    everywhere = np.arange(len(machine.states))
    fixed = everywhere[moved(machine.table, everywhere, word) == everywhere]
    assert word, "the empty word fixes every state"
    if then is None:
        chosen = fixed[:3]
        assert len(chosen) == 3, "a word fixes fewer than three states"
    else:
        labels = machine.label_indices[moved(machine.table, fixed, then)]
        twice = [label for label, count in Counter(labels.tolist()).items() if count > 1]
        assert twice, "a word keeps the labels of fixed states apart"
        chosen = fixed[labels == twice[0]][:2]
    named = tuple(machine.letters[x] for x in word)
    after = None if then is None else tuple(machine.letters[x] for x in then)
    return FixedStates(named, tuple(machine.states[q] for q in chosen.tolist()), after, shortest)


def _power(table: Indices) -> Word | None:
    """The least power of a letter that fixes three states; None if no power does, or the table is too large."""
    if table.size > EDGES:
        return None
    found = [(count, x) for x, column in enumerate(table.T.tolist()) for count in [_turns(column)] if count]
    count, x = min(found, default=(0, 0))
    return (x,) * count if 0 < count * len(table) <= MULTIPLIED else None


def _turns(column: list[int]) -> int:
    """The least power of a map that fixes three points; 0 if none does."""
    lengths: Counter[int] = Counter()  # points by the length of their cycle
    seen = [-1] * len(column)
    for begin in range(len(column)):
        path, at = 0, begin
        trail: dict[int, int] = {}
        while seen[at] < 0:
            seen[at], trail[at] = begin, path
            at, path = column[at], path + 1
        if at in trail:
            lengths[path - trail[at]] += path - trail[at]
    if lengths[1] >= 3:
        return 1
    if lengths[1] + lengths[2] >= 3:
        return 2
    return min((length for length in lengths if length >= 3), default=0)
