"""The finite, exact check that weights track an automaton on words of every length.

Claim: for every word w, the empty one included, argmax_q (C h_w)_q is attained only at δ*(q_0, w); for an automaton
with outputs, argmax_y (C h_w)_y only at the output of that state.

Scaling h changes no prediction (docs/conventions.md), so directions count. The weights reach finitely many of them, or
the exploration stops at its limit. Words move pairs (direction, state) about in a finite graph, and the claim is that
in every reachable pair the readout picks the state, strictly. Breadth-first search over pairs visits them by shortest
word, so the first wrong pair gives a shortest wrong word.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ..automata.automaton import Automaton
from ..errors import WeightsError
from ..verdict import OrbitCertificate, Outcome, Verdict
from .directions import UNEXPLORED, DirectionGraph, default_limit, explore
from .network import Labelled, Network

P = TypeVar("P", bound=Hashable)
Pair = tuple[int, int]  # (direction, state of the automaton)


def prove(weights: Network, automaton: Automaton, limit: int | None = None) -> Verdict:
    """Prove that the weights track the automaton, or find a word they get wrong.

    Args:
        weights: exact weights over the automaton's letters and its labels: the outputs, or else the states.
        automaton: the task.
        limit: how many hidden directions to explore before giving up; by default 4 per state and at least 2000.

    Returns:
        Proved with an `OrbitCertificate`; refuted with a wrong word, a shortest one unless the reason says less; or
        undecided, when the weights reach more directions than the limit and no word explored is wrong.

    Raises:
        WeightsError: if letters or states of the two do not agree.

    Example:
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.modular_addition(3)
        >>> verdict = realize(A, rung="rotation").prove(A)
        >>> verdict.proved, verdict.certificate.directions
        (True, 3)
    """
    rows = matching(weights, automaton)
    last = default_limit(weights) if limit is None else limit
    step = min(2 * len(weights.states) + 16, last)  # enough for exact solutions of group tasks
    while True:  # a wrong word is found without exploring far beyond it
        verdict = _decide(weights, automaton, rows, explore(weights, step), final=step >= last)
        if verdict is not None:
            return verdict
        step = min(4 * step, last)


def _decide(
    weights: Network,
    automaton: Automaton,
    rows: tuple[list[int], list[int]],
    graph: DirectionGraph,
    final: bool,
) -> Verdict | None:
    """The verdict as far as the graph goes; None if exploring further may give a better one and is still allowed."""
    letters, rows_of = rows
    labels = automaton.states if automaton.outputs is None else automaton.outputs
    parents: dict[Pair, tuple[Pair, int] | None] = {(0, automaton.start_index): None}
    queue, cut = [(0, automaton.start_index)], False
    for pair in queue:
        direction, state = pair
        complaint = _complaint(graph, direction, rows_of[state], labels[state])
        if complaint:
            word = word_to(pair, parents, weights.letters)
            # Words up to the depth explored were all checked, so a longer witness may not be a shortest one.
            shortest = graph.complete or len(word) <= max(graph.depths) + 1
            return _refutation(word, complaint, shortest) if shortest or final else None
        for k, x in enumerate(letters):
            there = int(graph.table[direction, k])
            if there == UNEXPLORED:
                cut = True
                continue
            successor = (there, int(automaton.table[state, x]))
            if successor not in parents:
                parents[successor] = (pair, k)
                queue.append(successor)
    if not cut:
        return _proved(graph, len(parents))
    return _undecided(graph) if final else None


def matching(weights: Labelled, automaton: Automaton) -> tuple[list[int], list[int]]:
    """For each letter of the weights its position in the automaton; for each automaton state the row of C of its label.

    Raises:
        WeightsError: if the labels differ.
    """
    for what, mine, theirs in (
        ("letters", weights.letters, automaton.letters),
        ("states" if automaton.outputs is None else "outputs", weights.states, automaton.labels),
    ):
        if set(mine) != set(theirs):
            raise WeightsError(
                f"the weights have {len(mine)} {what} {_short(mine)}, the automaton {len(theirs)}: {_short(theirs)}; "
                "they have to be the same labels"
            )
    rows = {label: row for row, label in enumerate(weights.states)}
    by_label = [rows[label] for label in automaton.labels]
    return [automaton.letter_index(x) for x in weights.letters], [by_label[k] for k in automaton.label_indices]


def _short(labels: tuple[Hashable, ...]) -> str:
    return repr(labels) if len(labels) <= 8 else f"({', '.join(map(repr, labels[:6]))}, …)"


def _complaint(graph: DirectionGraph, direction: int, row: int, label: Hashable) -> str:
    """What is wrong with the readout of a direction whose true state has this row; empty if nothing is."""
    winner, lead = graph.decisions[direction]
    if winner == row and (lead is None or lead.sign() > 0):
        return ""
    chosen = graph.weights.states[winner]
    if lead is not None and not lead and _equal(graph, direction, row, winner):
        return f"the largest logit is not unique, and the state is {label!r}"
    return f"the weights choose {chosen!r}, and the state is {label!r}"


def _equal(graph: DirectionGraph, direction: int, row: int, other: int) -> bool:
    """Whether two logits of one direction are the same."""
    size = range(graph.vectors.shape[0])
    rows = graph.weights.readout.submatrix([row, other], size)  # (2, hidden)
    logits = rows @ graph.vectors.submatrix(size, [direction])  # (2, 1)
    return logits[0, 0] == logits[1, 0]


def word_to(place: P, parents: Mapping[P, tuple[P, int] | None], letters: Sequence[Hashable]) -> tuple[Hashable, ...]:
    """The letters along the tree of parents to a place: `parents` has (the place before, the letter's position)."""
    word = []
    step = parents[place]
    while step is not None:
        word.append(letters[step[1]])
        step = parents[step[0]]
    return tuple(reversed(word))


def _refutation(word: tuple[Hashable, ...], complaint: str, shortest: bool) -> Verdict:
    kind = "a shortest wrong word, of length" if shortest else "a word of length"
    return Verdict(Outcome.REFUTED, f"after {kind} {len(word)}, {complaint}", witness=word)


def _undecided(graph: DirectionGraph) -> Verdict:
    explored = int((graph.table[:, 0] != UNEXPLORED).sum())
    return Verdict(
        Outcome.UNDECIDED,
        f"words reach more than {len(graph.depths)} hidden directions; the {explored} explored, "
        f"by words up to length {max(graph.depths)}, are read out rightly",
    )


def _proved(graph: DirectionGraph, pairs: int) -> Verdict:
    leads: list[Cyclotomic] = [lead for _, lead in graph.decisions if lead is not None]
    margin = min(leads) if leads else None
    certificate = OrbitCertificate(len(graph.depths), pairs, margin)
    return Verdict(
        Outcome.PROVED,
        f"right for words of every length: they reach {certificate.directions} hidden directions, "
        "and the readout is strictly right in each",
        certificate=certificate,
    )
