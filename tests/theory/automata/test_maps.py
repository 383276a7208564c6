"""Automata of maps alone, and graphs whose missing edges are completed."""

import networkx as nx
import numpy as np
import pytest
from bistate.theory import Automaton, AutomatonError


def test_the_table_is_that_of_the_maps() -> None:
    A = Automaton.from_maps({"a": [1, 0, 2], "b": [0, 2, 2]}, start=0)
    assert Automaton(range(3), "ab", [[1, 0], [0, 2], [2, 2]], 0) == A
    assert Automaton.from_maps({"a": np.array([1, 0, 2])}).states == (0, 1)
    assert Automaton.from_maps({"a": [1, 0, 2]}, start=2).states == (2,)


@pytest.mark.parametrize(
    ("maps", "start", "said"),
    [
        ({}, 0, "a map for each letter is needed"),
        ([[0]], 0, "a map for each letter is needed"),
        ({"a": [0, 1], "b": [0]}, 0, "the map of 'b' has 1 images, and that of 'a' 2"),
        ({"a": [0, 2]}, 0, "the map of 'a', .0, 2., leads to 2, which is none of 0, …, 1"),
        ({"a": [0, -1]}, 0, "leads to -1"),
        ({"a": [True, 0]}, 0, "leads to True"),
        ({"a": [0.0]}, 0, r"leads to 0\.0"),
        ({"a": [0]}, 1, "1 is not a state"),
        ({"a": []}, 0, "at least one state"),
    ],
)
def test_maps_that_are_none(maps: dict, start: int, said: str) -> None:
    with pytest.raises(AutomatonError, match=said):
        Automaton.from_maps(maps, start)


def test_partial_graphs_are_completed_on_request() -> None:
    graph = nx.MultiDiGraph(start="p", accepting=["q"])
    graph.add_edge("p", "q", letter="a")
    graph.add_edge("q", "q", letter="b")
    with pytest.raises(AutomatonError, match="state 'p' has no edge for the letter 'b'; complete='sink'"):
        Automaton.from_networkx(graph)
    sink = Automaton.from_networkx(graph, complete="sink")
    assert sink == Automaton(["p", "q", "sink"], "ab", [[1, 2], [2, 1], [2, 2]], "p", ["q"])
    assert sink.equivalent(Automaton.from_regex("ab*")) is None
    stay = Automaton.from_networkx(graph, complete="stay")
    assert stay == Automaton("pq", "ab", [[1, 0], [1, 1]], "p", ["q"])
    with pytest.raises(AutomatonError, match="complete='loop' is not known"):
        Automaton.from_networkx(graph, complete="loop")
