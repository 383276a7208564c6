"""Automata as networkx graphs and back; networkx, which takes a tenth of a second, is imported where one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import AutomatonError
from ..formats.described import Described, completed
from ..machine import Machine
from .parts import Parts

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(automaton: Machine) -> nx.MultiDiGraph:
    """A `MultiDiGraph` with graph attributes `start`, `letters` and `accepting`, and an edge per state and letter.

    With outputs, every node has its label as the attribute `output`.

    `from_networkx` gives the automaton back.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(start=automaton.start, letters=automaton.letters, accepting=automaton.accepting)
    graph.add_nodes_from(automaton.states)
    for q, label in zip(automaton.states, automaton.outputs or (), strict=automaton.outputs is not None):
        graph.nodes[q]["output"] = label
    for q, row in zip(automaton.states, automaton.table.tolist(), strict=True):
        for letter, there in zip(automaton.letters, row, strict=True):
            graph.add_edge(q, automaton.states[there], letter=letter)
    return graph


def from_networkx(graph: nx.MultiDiGraph, complete: str | None = None) -> Parts:
    """The automaton of a graph whose edges carry the attribute `letter` and which has the graph attribute `start`.

    Letters come in the order of the graph attribute `letters`, or of their first edges. The graph attribute
    `accepting` is optional, and so is the attribute `output` of the nodes, which all of them have or none.

    Args:
        graph: the graph.
        complete: what a missing edge means: "sink" leads to a new state that is never left and not accepting, "stay"
            leaves the state as it is, None refuses.

    Raises:
        AutomatonError: if an attribute is missing, or a state has no edge or two edges for one letter, or some states
            have an output and others none.
    """
    if "start" not in graph.graph:
        raise AutomatonError("the graph has no attribute 'start': set graph.graph['start'] to the start state")
    edges: dict[tuple[object, object], object] = {}
    letters: dict[object, None] = dict.fromkeys(graph.graph.get("letters", ()))
    for here, there, data in graph.edges(data=True):
        if "letter" not in data:
            raise AutomatonError(f"the edge {here!r} → {there!r} has no attribute 'letter'")
        letter = data["letter"]
        if edges.setdefault((here, letter), there) != there:
            raise AutomatonError(f"state {here!r} has two edges for the letter {letter!r}: the graph is no automaton")
        letters[letter] = None
    states = list(graph.nodes)
    position = {q: k for k, q in enumerate(states)}
    table = [[position[edges[q, x]] if (q, x) in edges else None for x in letters] for q in states]
    labelled = {q: data["output"] for q, data in graph.nodes(data=True) if "output" in data}
    if labelled and len(labelled) < len(states):
        bare = next(q for q in states if q not in labelled)
        raise AutomatonError(f"state {bare!r} has no attribute 'output', and other states have one: all or none")
    outputs = [labelled[q] for q in states] if labelled else None
    found = Described(states, tuple(letters), table, graph.graph["start"], graph.graph.get("accepting"), outputs)
    whole = completed(found, complete)
    return Parts(*whole[:5], outputs=whole.outputs)
