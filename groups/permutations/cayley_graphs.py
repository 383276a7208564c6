"""Cayley graphs as networkx graphs; networkx, which takes a tenth of a second, is imported where one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import GroupError
from .generated_group import GeneratedGroup

if TYPE_CHECKING:
    import networkx as nx


def cayley_graph(group: GeneratedGroup, side: str = "left") -> nx.MultiDiGraph:
    """The Cayley graph on the group's own generators.

    Nodes are the elements. For every element g and generator s there is an edge g → s*g (side "left", how words act
    on states in bistate) or g → g*s (side "right"), with the attribute `generator` = index of s.

    Raises:
        GroupError: if side is neither "left" nor "right".
        TooLargeError: if the group is too large to list.

    Example:
        >>> from bistate.groups import CyclicGroup
        >>> graph = cayley_graph(CyclicGroup(3))
        >>> graph.number_of_nodes(), graph.number_of_edges()
        (3, 3)
    """
    if side not in ("left", "right"):
        raise GroupError(f"side {side!r} is not known; choose 'left' (g → s*g) or 'right' (g → g*s)")
    import networkx as nx

    graph = nx.MultiDiGraph(group=str(group), side=side)
    graph.add_nodes_from(group.elements)
    for k, generator in enumerate(group.generators):
        move = group.left_action(generator) if side == "left" else group.right_action(generator)
        for here, there in enumerate(move.tolist()):
            graph.add_edge(group.elements[here], group.elements[there], generator=k)
    return graph
