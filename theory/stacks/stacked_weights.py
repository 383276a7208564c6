"""Exact weights of a stack of bilinear layers, each of which reads what the layers below it have decided."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..errors import WeightsError
from ..verdict import Verdict
from ..weights.lettered import Lettered
from ..weights.weights import BilinearWeights
from . import stacks_json
from .proof import prove_stack
from .stack_parts import letters_of


@dataclass(frozen=True, repr=False)
class StackedWeights(Lettered):
    """Layers of bilinear recurrences, joined by the states that they decide on (a cascade, or wreath product).

    Layer i has states Q_i, and decides on the one with the largest logit. With q_i(t) its decision after t letters,

        h_1(t) = A_1[x_t] h_1(t−1),
        h_i(t) = A_i[x_t, q_1(t−1), …, q_{i−1}(t−1)] h_i(t−1),

    so a layer reads the decisions *before* the letter. That is what makes it a cascade: together with the letter they
    settle the decisions after it, and the other way round only where letters merge no states. After a word the stack
    predicts decoder[q_1, …, q_k].

    Attributes:
        letters: the alphabet Σ.
        states: the labels of the classes.
        layers: from the bottom up. Layer 1 has the letters Σ, layer i the tuples (x, q_1, …, q_{i−1}), in the order of
            `itertools.product`.
        decoder: a label for each tuple (q_1, …, q_k), in the order of `itertools.product`.
        note: where the stack comes from, for people.

    Raises:
        WeightsError: for no layers, layers with other letters, or a decoder that is too short or has other labels.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.word_problem(SymmetricGroup(3), letters="generators")
        >>> stack = realize(A, "stack", layers="rotation")
        >>> stack
        <StackedWeights: 2 layers of rotation, hidden 1 + 2, decisions 2 * 3, 6 states, subgroups of orders 6 > 3 > 1>
        >>> stack.prove(A).proved
        True
        >>> [stack.run(A.letters[:k]) for k in range(3)]
        [(0, 0), (0, 1), (1, 1)]
    """

    letters: tuple[Hashable, ...]
    states: tuple[Hashable, ...]
    layers: tuple[BilinearWeights, ...]
    decoder: tuple[Hashable, ...]
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("letters", "states", "layers", "decoder"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for what, labels in (("letters", self.letters), ("states", self.states)):
            if not labels or len(set(labels)) != len(labels):
                raise WeightsError(f"the {what} {labels!r} have to be at least one, all different")
        if not self.layers:
            raise WeightsError("a stack has to have at least one layer, got none")
        for i, layer in enumerate(self.layers):
            if layer.letters != tuple(letters_of(self.letters, self.layers[:i])):
                raise WeightsError(
                    f"layer {i + 1} has {len(layer.letters)} letters; needed are the "
                    f"{len(self.letters) * prod(self.decisions[:i])} " + _wanted(i)
                )
        if len(self.decoder) != prod(self.decisions) or not set(self.decoder) <= set(self.states):
            raise WeightsError(
                f"the decoder has {len(self.decoder)} labels; needed are {prod(self.decisions)}, one of the states "
                "for each tuple of decisions"
            )

    @property
    def decisions(self) -> tuple[int, ...]:
        """The number of states |Q_i| that each layer can decide on."""
        return tuple(len(layer.states) for layer in self.layers)

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.layers)

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """The number of hidden units of each layer."""
        return tuple(layer.hidden_size for layer in self.layers)

    @property
    def hidden_size(self) -> int:
        """The number of hidden units of all layers together."""
        return sum(self.hidden_sizes)

    def run(self, word: Iterable[Hashable]) -> tuple[Hashable, ...]:
        """The decisions (q_1, …, q_k) after the word; of several equally large logits, the first counts.

        Raises:
            WeightsError: for a letter outside the alphabet.
        """
        return tuple(layer.states[q] for layer, q in zip(self.layers, self._run(self.encode(word)), strict=True))

    def _run(self, positions: list[int]) -> list[int]:
        """The same by positions, multiplied out: nothing is assumed about the hidden directions."""
        hidden = [layer.initial for layer in self.layers]
        decided = [self._decide(i, h) for i, h in enumerate(hidden)]
        for x in positions:
            read = list(self.read(x, decided))
            hidden = [layer.transitions[k] @ h for layer, k, h in zip(self.layers, read, hidden, strict=True)]
            decided = [self._decide(i, h) for i, h in enumerate(hidden)]
        return decided

    def _decide(self, i: int, h: ExactMatrix) -> int:
        logits = [row[0] for row in (self.layers[i].readout @ h).tolist()]
        return max(range(len(logits)), key=lambda q: (logits[q], -q))

    def read(self, letter: int, decided: Iterable[int]) -> Iterator[int]:
        """The position of the letter that each layer reads: x, then (x, q_1), then (x, q_1, q_2), …

        Args:
            letter: the position of x in `letters`.
            decided: the positions of the decisions before it.
        """
        place = letter
        for count, q in zip(self.decisions, decided, strict=True):
            yield place
            place = place * count + q

    def decode(self, decided: Iterable[int]) -> Hashable:
        """The label of a tuple of decisions, given by their positions."""
        place = 0
        for count, q in zip(self.decisions, decided, strict=True):
            place = place * count + q
        return self.decoder[place]

    def predict(self, word: Iterable[Hashable]) -> Hashable:
        """The label after the word.

        Raises:
            WeightsError: for a letter outside the alphabet.
        """
        return self.decode(self._run(self.encode(word)))

    def predict_batch(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Predictions for many words of one length, exact: positions in `states`.

        Args:
            words: positions in `letters`, shape (batch, time).

        Returns:
            Shape (batch,).
        """
        place = np.zeros(len(words), dtype=np.int64)
        for count, decided in zip(self.decisions, self.decide_batch(words).T, strict=True):
            place = place * count + decided
        rows = {label: k for k, label in enumerate(self.states)}
        return np.array([rows[label] for label in self.decoder], dtype=np.int64)[place]

    def decide_batch(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The decisions of all layers after many words of one length, exact: positions in the states of each layer.

        When every layer reaches finitely many hidden directions, words are walks through tables. Otherwise each word is
        multiplied out.

        Args:
            words: positions in `letters`, shape (batch, time).

        Returns:
            Shape (batch, depth).
        """
        graphs = [layer.direction_graph for layer in self.layers]
        if not all(graph.complete for graph in graphs):
            return np.array([self._run(word) for word in words.tolist()], dtype=np.int64).reshape(-1, self.depth)
        winners = [np.array([state for state, _ in graph.decisions], dtype=np.int64) for graph in graphs]
        here = [np.zeros(len(words), dtype=np.int64) for _ in graphs]  # the direction of each layer, (batch,)
        for read in words.T:  # (batch,): x, then the position of (x, q_1), …
            for i, graph in enumerate(graphs):
                decided = winners[i][here[i]]
                here[i] = graph.table[here[i], read]
                read = read * self.decisions[i] + decided
        return np.stack([decision[d] for decision, d in zip(winners, here, strict=True)], axis=1)

    def prove(self, automaton: Automaton, limit: int | None = None) -> Verdict:
        """Whether the stack tracks the automaton on words of every length; see `bistate.theory.stacks.proof`."""
        return prove_stack(self, automaton, limit)

    def save(self, path: str | Path) -> None:
        """Write the stack as JSON with every number as text, without loss."""
        stacks_json.save(self, path)

    @staticmethod
    def load(path: str | Path) -> StackedWeights:
        """Read a stack written by `save`.

        Raises:
            WeightsError: if the file is missing, truncated or not such a file.
        """
        return stacks_json.load(path, StackedWeights)

    def __repr__(self) -> str:
        note = f", {self.note}" if self.note else ""
        return (
            f"<StackedWeights: {self.depth} layer{'s' * (self.depth > 1)} of "
            f"{' and '.join(dict.fromkeys(str(layer.rung) for layer in self.layers))}, hidden "
            f"{' + '.join(map(str, self.hidden_sizes))}, decisions {' * '.join(map(str, self.decisions))}, "
            f"{len(self.states)} states{note}>"
        )


def _wanted(i: int) -> str:
    if i == 0:
        return "letters of the stack, in their order"
    return f"tuples (x, {', '.join(f'q_{j + 1}' for j in range(i))}), in the order of itertools.product"
