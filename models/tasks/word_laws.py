"""Word laws: how the letters of a word are drawn.

- "uniform": letters independent and uniform. On tasks whose letters merge states such words say little: after some
  letters nearly all of them end in one state, or have forgotten where they came from.
- "balanced": first the label after the word, uniform over those that words of this length can have; then a word
  uniform among those with this label. A constant answer is right on one in so many.
- "balanced_states": the same for the state after the word. Without outputs it is "balanced".
- "accepted": uniform among the words of this length that the automaton accepts, for tasks that ask about these alone:
  an expression ends with a digit, and of 39 random digits and operators one word in 10^12 is an expression.
- "balanced_accepted": the label uniform over those of accepted words of this length, then a word uniform among the
  accepted ones with this label.

Lengths of which no word is accepted are left out of the length law. All words but "uniform" ones are drawn backwards.
Let N_t(q) be the number of words of t letters that lead to q, by

    N_0(q) = [q = q_0],     N_t(q) = Σ_{(p, x): δ(p, x) = q} N_{t−1}(p).

The last edge of a word of T letters to q is (p, x) with probability N_{T−1}(p) / N_T(q), and so on backwards: every
word to q has the probability 1 / N_T(q). The N grow like a power of the number of letters, so logarithms are kept; the
probabilities are those of the law up to the rounding of double precision.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import TaskError

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton

UNIFORM, BALANCED, BALANCED_STATES = "uniform", "balanced", "balanced_states"
ACCEPTED, BALANCED_ACCEPTED = "accepted", "balanced_accepted"
WORD_LAWS = (UNIFORM, BALANCED, BALANCED_STATES, ACCEPTED, BALANCED_ACCEPTED)
OF_ACCEPTED = (ACCEPTED, BALANCED_ACCEPTED)  # laws of tasks that ask about accepted words alone
NO_END = -1  # the kind of a state with which no word of the law ends
ONE_LABEL = 0.9  # share of uniform words with one label, above which these teach little
MOST_COUNTS = 50_000_000  # logarithms of counts that are kept: lengths × states, 400 MB


def checked_words(words: str) -> str:
    """The name of a word law.

    Raises:
        TaskError: for another name; the message lists them.
    """
    if words not in WORD_LAWS:
        raise TaskError(f"words={words!r} is no word law; choose one of {', '.join(map(repr, WORD_LAWS))}")
    return words


@lru_cache(maxsize=8)
def balanced_words(automaton: Automaton, over: str) -> BalancedWords:
    """The words of a task by a law other than "uniform".

    Raises:
        TaskError: for a law of accepted words where the automaton does not say which these are.
    """
    return BalancedWords(automaton, over)


def balanced_law(words: str) -> str:
    """The law that has the same words with uniform labels.

    >>> balanced_law("uniform"), balanced_law("accepted")
    ('balanced', 'balanced_accepted')
    """
    return BALANCED_ACCEPTED if words in OF_ACCEPTED else BALANCED


def plain_law(words: str) -> str:
    """The law that has the same words, all equally likely: "uniform" or "accepted"."""
    return ACCEPTED if words in OF_ACCEPTED else UNIFORM


def end_kinds(automaton: Automaton, words: str) -> NDArray[np.int64]:
    """What a law is uniform over, by the state after the word: (states,); `NO_END` where no word of the law ends.

    Raises:
        TaskError: for a law of accepted words where the automaton does not say which these are.
    """
    if words not in OF_ACCEPTED:
        return automaton.label_indices if words == BALANCED else np.arange(len(automaton.states))
    if automaton.accepting is None:
        raise TaskError(
            f"words={words!r} are accepted ones, and the automaton does not say which are: give it accepting states, "
            "or take words='uniform' or 'balanced'"
        )
    ends = np.array([q in automaton.accepting for q in automaton.states])
    return np.where(ends, 0 if words == ACCEPTED else automaton.label_indices, NO_END)


def usual_words(automaton: Automaton, length: int) -> str:
    """The law to train by: "uniform", but "balanced" where over 9 in 10 uniform words of a length have one label."""
    return BALANCED if chance_levels(automaton, [length])[length] > ONE_LABEL else UNIFORM


def chance_levels(automaton: Automaton, lengths: Iterable[int]) -> dict[int, float]:
    """The largest probability of a label after a uniform word, for each length: the best constant answer.

    In floats, in one pass through the lengths up to the longest; `StateTracking.chance_level` has single ones exactly.
    """
    wanted, letters = set(lengths), len(automaton.letters)
    states = (np.arange(len(automaton.states)) == automaton.start_index).astype(np.float64)
    found = {}
    for n in range(max(wanted) + 1):
        if n in wanted:
            found[n] = float(np.bincount(automaton.label_indices, states).max())
        spread = np.repeat(states / letters, letters)  # over the edges
        states = np.bincount(automaton.table.ravel(), spread, len(states)).astype(np.float64)
    return found


class BalancedWords:
    """Words whose ends are uniform by a law; the counts that were needed are kept.

    Args:
        A: the task.
        over: the law, not "uniform".

    Raises:
        TaskError: for a law of accepted words where the automaton does not say which these are.
    """

    def __init__(self, A: Automaton, over: str = BALANCED) -> None:
        states, letters = A.table.shape
        flat = torch.from_numpy(np.array(A.table)).flatten()  # δ(p, x) at p · letters + x
        order = torch.argsort(flat, stable=True)  # edges by the state that they lead to
        self.source, self.letter = order // letters, order % letters
        self.target = flat[order]
        self.begins = torch.searchsorted(self.target, torch.arange(states))  # the first edge to each state,
        self._last = torch.searchsorted(self.target, torch.arange(states), right=True) - 1  # and the last one
        self.over, self.kinds = over, torch.from_numpy(np.array(end_kinds(A, over)))
        first = torch.full((1, states), -torch.inf, dtype=torch.float64)
        first[0, A.start_index] = 0.0
        self._logs = first

    def logs(self, longest: int) -> Tensor:
        """Log N_t(q), −∞ where no word leads: (longest + 1, states), at least.

        Raises:
            TaskError: for words so long that the counts need too much memory.
        """
        states = self._logs.shape[1]
        if (longest + 1) * states > MOST_COUNTS:
            raise TaskError(
                f"balanced words of {longest} letters over {states} states need {(longest + 1) * states} counts; up to "
                f"{MOST_COUNTS} are kept: take shorter words or words='uniform'"
            )
        known = len(self._logs)
        if longest < known:
            return self._logs
        rows = torch.empty(max(longest + 1, min(2 * known, MOST_COUNTS // states)), states, dtype=torch.float64)
        rows[:known] = self._logs
        for t in range(known, len(rows)):
            along = rows[t - 1][self.source]
            highest = along.new_full((states,), -torch.inf).scatter_reduce(0, self.target, along, "amax")
            shift = torch.where(highest.isfinite(), highest, 0.0)
            total = along.new_zeros(states).index_add(0, self.target, (along - shift[self.target]).exp())
            rows[t] = shift + total.log()
        self._logs = rows
        return rows

    def kinds_at(self, length: int) -> list[int]:
        """The labels, or states, that words of a length end with, as positions; none where the law has no word."""
        return sorted(set(self.kinds[self.logs(length)[length].isfinite()].tolist()) - {NO_END})

    def draw(self, lengths: Tensor, generator: torch.Generator) -> Tensor:
        """Words of these lengths, as letters.

        Args:
            lengths: of the words, (words,).
            generator: of random numbers, on the CPU.

        Returns:
            (longest, words); letters after the end of a shorter word are 0.

        Raises:
            TaskError: for a length of which the law has no word.
        """
        longest = int(lengths.max()) if len(lengths) else 0
        logs = self.logs(longest)
        state = self._ends(lengths, logs, generator)
        x = torch.zeros(longest, len(lengths), dtype=torch.long)
        for t in range(longest, 0, -1):
            after = logs[t][self.target]
            share = torch.where(after.isfinite(), (logs[t - 1][self.source] - after).exp(), 0.0)
            # the edges of state q fill the interval from its base, of length 1 up to rounding
            heights = share.cumsum(0)
            base = torch.cat([heights.new_zeros(1), heights])[self.begins]
            width = heights[self._last] - base
            going = (lengths >= t).nonzero().squeeze(1)
            here = state[going]
            wanted = base[here] + width[here] * torch.rand(len(going), generator=generator, dtype=torch.float64)
            edge = torch.searchsorted(heights, wanted, right=True)
            edge = torch.minimum(torch.maximum(edge, self.begins[here]), self._last[here])
            x[t - 1, going] = self.letter[edge]
            state[going] = self.source[edge]
        return x

    def _ends(self, lengths: Tensor, logs: Tensor, generator: torch.Generator) -> Tensor:
        """The last state of each word: (words,)."""
        state = torch.empty(len(lengths), dtype=torch.long)
        for n in lengths.unique().tolist():
            mine = (lengths == n).nonzero().squeeze(1)
            kinds = torch.tensor(self.kinds_at(n))
            if not len(kinds):
                raise TaskError(f"there are no words of {n} letters by the law words={self.over!r}")
            chosen = kinds[torch.randint(len(kinds), (len(mine),), generator=generator)]
            for kind in chosen.unique().tolist():
                inside = torch.where(self.kinds == kind, logs[n], -torch.inf)
                share = (inside - inside.max()).exp()
                which = mine[chosen == kind]
                state[which] = torch.multinomial(share, len(which), replacement=True, generator=generator)
        return state
