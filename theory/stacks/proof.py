"""The finite, exact check that a stack tracks an automaton on words of every length.

Claim: after every word, the empty one included, each layer has a single largest logit, and the decoder takes the
decisions to the right label.

A layer decides by the direction of its hidden state (docs/conventions.md). If the directions d_i of every layer are
finitely many, words move the tuples (d_1, …, d_k, state of the automaton) about in a finite graph: the decisions of the
d_i and the letter say what each layer reads, and with it the next directions. Breadth-first search visits the tuples by
shortest word, so the first wrong one gives a shortest wrong word, and if none is wrong, none ever will be.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..automata.automaton import Automaton
from ..verdict import OrbitCertificate, Outcome, Verdict
from ..weights.directions import UNEXPLORED, DirectionGraph, default_limit, explore
from ..weights.proof import matching, word_to
from .stack_parts import Stack

Tuple = tuple[tuple[int, ...], int]  # (a direction of each layer, state of the automaton)


def prove_stack(stack: Stack, automaton: Automaton, limit: int | None = None) -> Verdict:
    """Prove that a stack tracks the automaton, or find a word it gets wrong.

    Args:
        stack: over the automaton's letters and its labels: the outputs, or else the states.
        automaton: the task.
        limit: how many hidden directions of each layer to explore before giving up; by default 4 per state that the
            layer decides on and at least 2000.

    Returns:
        Proved with an `OrbitCertificate`, whose `directions` counts tuples of them, and whose `margin` is the least
        lead of any layer; refuted with a shortest word after which the label is wrong or a layer has two largest
        logits; or undecided, when a layer reaches more directions than the limit and no word explored is wrong.

    Raises:
        WeightsError: if letters or states of the two do not agree.
    """
    letters, rows = matching(stack, automaton)
    last = max(default_limit(layer) for layer in stack.layers) if limit is None else limit
    step = min(2 * max(len(layer.states) for layer in stack.layers) + 16, last)
    while True:  # a wrong word is found without exploring far beyond it
        graphs = [explore(layer, step) for layer in stack.layers]
        verdict = _decide(stack, automaton, letters, [stack.states[row] for row in rows], graphs)
        if not verdict.undecided or step >= last:
            return verdict
        step = min(4 * step, last)


def _decide(
    stack: Stack,
    automaton: Automaton,
    letters: Sequence[int],
    labels: Sequence[Hashable],
    graphs: Sequence[DirectionGraph],
) -> Verdict:
    start: Tuple = (0,) * len(graphs), automaton.start_index
    parents: dict[Tuple, tuple[Tuple, int] | None] = {start: None}
    queue, cut = [start], False
    for here in queue:
        directions, state = here
        found = [graph.decisions[d] for graph, d in zip(graphs, directions, strict=True)]
        decided = [winner for winner, _ in found]
        tied = next((i for i, (_, lead) in enumerate(found, 1) if lead is not None and lead.sign() == 0), None)
        label = stack.decode(decided)
        if tied is not None or label != labels[state]:
            word = word_to(here, parents, stack.letters)
            complaint = (
                f"the largest logit of layer {tied} is not unique"
                if tied is not None
                else f"the stack chooses {label!r}, and the label is {labels[state]!r}"
            )
            # Tuples are reached by shortest words, those beyond the directions explored excepted.
            kind = "a word" if cut else "a shortest wrong word,"
            return Verdict(Outcome.REFUTED, f"after {kind} of length {len(word)}, {complaint}", witness=word)
        for k, x in enumerate(letters):
            there = [
                int(graph.table[d, r])
                for graph, d, r in zip(graphs, directions, stack.read(k, decided), strict=True)
            ]  # fmt: skip
            if UNEXPLORED in there:
                cut = True
                continue
            successor: Tuple = tuple(there), int(automaton.table[state, x])
            if successor not in parents:
                parents[successor] = here, k
                queue.append(successor)
    if cut:
        return Verdict(
            Outcome.UNDECIDED,
            f"words reach more hidden directions than the {max(len(g.depths) for g in graphs)} explored of a layer; "
            f"the {len(queue)} tuples found are decided rightly",
        )
    return _proved(queue, graphs)


def _proved(queue: Sequence[Tuple], graphs: Sequence[DirectionGraph]) -> Verdict:
    reached = {directions for directions, _ in queue}
    leads = [
        lead
        for i, graph in enumerate(graphs)
        for d in {directions[i] for directions in reached}
        if (lead := graph.decisions[d][1]) is not None
    ]
    certificate = OrbitCertificate(len(reached), len(queue), min(leads) if leads else None)
    layers = f"{len(graphs)} layer{'s' * (len(graphs) > 1)}"
    return Verdict(
        Outcome.PROVED,
        f"right for words of every length: they reach {len(reached)} tuples of hidden directions of {layers}, and in "
        "each of them every layer decides strictly and the decoder is right",
        certificate=certificate,
    )
