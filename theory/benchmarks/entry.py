"""What is said of a benchmark task: its automaton, and how its source draws and labels words."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property

from ..automata.automaton import Automaton


@dataclass(frozen=True)
class Benchmark:
    """A task as a publication has it.

    Attributes:
        name: family and task, as in "chomsky/even-pairs".
        label: what the label after a word is, in a sentence.
        build: makes the automaton, whose letters are the source's token ids and whose outputs are its label ids.
        source: repository and version, or arXiv id.
        train_lengths: of training words, the shortest and the longest, in letters of the automaton.
        test_lengths: of the source's test words.
        position: where the source puts labels: "last", "every", or "query" (at an empty token after the word).
        words: the law of words: "uniform", or "accepted" where a part of all words is asked about.
        side: "right" (g to g*x) or "left" (g to x*g) for group elements, else None.
        bos: the id of a token before every word, where the source has one; NAME+bos is the task with it.
        bos_label: the label at that token; None: its own id.
        query: the id of the token at which the label is read; NAME+query is the task with it.
        traps: what is easily taken for something else.
    """

    name: str
    label: str
    build: Callable[[], Automaton] = field(compare=False)
    source: str
    train_lengths: tuple[int, int]
    test_lengths: tuple[int, int]
    position: str = "last"
    words: str = "uniform"
    side: str | None = None
    bos: int | None = None
    bos_label: int | None = None
    query: int | None = None
    traps: tuple[str, ...] = ()

    @cached_property
    def automaton(self) -> Automaton:
        """The automaton, built when it is first asked for."""
        return self.build()

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The source's token ids, in the order of the automaton's letters."""
        return self.automaton.letters

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """The source's label ids, in the order of the automaton's labels; None is not asked about."""
        return self.automaton.labels

    @property
    def every(self) -> bool:
        """Whether every position is labelled."""
        return self.position == "every"
