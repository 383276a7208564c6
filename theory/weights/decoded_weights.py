"""Weights with a many-to-one decoder: several rows of the readout stand for one state."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from ..automata.automaton import Automaton
from ..verdict import Outcome, Verdict
from .weights import BilinearWeights


@dataclass(frozen=True, repr=False)
class DecodedWeights:
    """Exact weights that track a cover of a task, and the map that forgets the difference.

    The prediction is decoder[argmax_q (C h)_q]. This is not a linear readout of the task, so the averaging lemma and
    the lower bounds that rest on it do not apply.

    Attributes:
        weights: they track `cover`.
        cover: an automaton over the task's letters.
        decoder: the task's state for each state of the cover, in the order of `cover.states`.
        name: of the decoder, for people.
    """

    weights: BilinearWeights
    cover: Automaton
    decoder: tuple[Hashable, ...]
    name: str

    def predict(self, word: Iterable[Hashable]) -> Hashable:
        """The state of the task chosen after a word."""
        return self.decoder[self.cover.state_index(self.weights.predict(word))]

    def prove(self, automaton: Automaton) -> Verdict:
        """Whether the decoded predictions are right on words of every length.

        The weights are proved to track the cover, and the decoder to be a map of automata: it takes the start to the
        start and decoder(δ(q, x)) = δ(decoder(q), x) for all states q of the cover and letters x.
        """
        inner = self.weights.prove(self.cover)
        if not inner.proved:
            return inner
        if set(automaton.letters) != set(self.cover.letters) or not set(self.decoder) <= set(automaton.states):
            return Verdict(Outcome.REFUTED, "the task has other letters or states than the decoder gives", ())
        if self.decoder[self.cover.start_index] != automaton.start:
            return Verdict(Outcome.REFUTED, "the decoder does not take the start to the start", ())
        for q in range(len(self.cover.states)):
            for x in automaton.letters:
                there = int(self.cover.table[q, self.cover.letter_index(x)])
                here = automaton.state_index(self.decoder[q])
                if automaton.states[automaton.table[here, automaton.letter_index(x)]] != self.decoder[there]:
                    word = (*_word_to(self.cover, q), x)
                    return Verdict(
                        Outcome.REFUTED, f"after a word of length {len(word)} the decoded state is wrong", word
                    )
        return Verdict(
            Outcome.PROVED, f"{inner.reason}; {self.name} maps the {len(self.cover.states)} rows to the task's states"
        )

    def __repr__(self) -> str:
        return f"<DecodedWeights: hidden {self.weights.hidden_size}, {len(self.cover.states)} rows, {self.name}>"


def _word_to(automaton: Automaton, state: int) -> tuple[Hashable, ...]:
    """A shortest word to a state."""
    words: dict[int, tuple[Hashable, ...]] = {automaton.start_index: ()}
    queue = [automaton.start_index]
    for q in queue:
        for k, there in enumerate(automaton.table[q].tolist()):
            if there not in words:
                words[there] = (*words[q], automaton.letters[k])
                queue.append(there)
    return words[state]
