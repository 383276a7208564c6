r"""The text of a DOT graph: nodes and edges with their attributes, in the part of the language that automata need.

One directed graph of nodes, edges and attributes; no subgraphs, ports and HTML labels. In a quoted text `\"` and `\\`
stand for the characters, as Graphviz shows them. https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ..files.json_file import shown
from .described import Place

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<name>[^\W\d]\w*|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?))
    |(?P<sign>->|--|[{}\[\];,=:])""",
    re.VERBOSE | re.DOTALL,
)
Attributes = dict[str, str]


@dataclass
class Graph:
    """What a text says, with attributes that `node [...]` and `edge [...]` give to all filled in.

    Attributes:
        nodes: attributes of each node, in the order in which they are named.
        edges: ends, attributes and line of each edge.
        attributes: of the graph.
    """

    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: list[tuple[str, str, Attributes, int]] = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)


def quote(text: str) -> str:
    r"""A text in quotation marks.

    Example:
        >>> print(quote('a"\\'))
        "a\"\\"
    """
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


def parse_dot(text: str, place: Place) -> Graph:
    """The graph of a text.

    Raises:
        AutomatonError: for another text, with the line.
    """
    return _Reader(text, place).graph()


def _tokens(text: str, place: Place) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of each token, and an empty one at the end."""
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            what = "HTML labels are not read" if text[position] == "<" else "DOT has nothing that begins like this"
            place.refuse(f"{shown(text[position : position + 20])}: {what}", line)
        kind, found = match.lastgroup or "", match[0]
        if kind != "space":
            yield kind, re.sub(r'\\(["\\])', r"\1", found[1:-1]) if kind == "quoted" else found, line
        line += found.count("\n")
        position = match.end()
    yield "", "", line


class _Reader:
    def __init__(self, text: str, place: Place) -> None:
        self.place = place
        self.tokens = _tokens(text, place)
        self.of_nodes: Attributes = {}
        self.of_edges: Attributes = {}
        self.found = Graph()
        self.move()

    def move(self) -> None:
        self.kind, self.text, self.place.line = next(self.tokens)

    def at(self, sign: str) -> bool:
        return self.kind == "sign" and self.text == sign

    def take(self, sign: str) -> bool:
        found = self.at(sign)
        if found:
            self.move()
        return found

    def need(self, sign: str) -> None:
        if not self.take(sign):
            got = repr(self.text) if self.kind else "the end of the file"
            self.place.refuse(f"{sign!r} is needed, and here is {got}")

    def keyword(self, word: str) -> bool:
        """Move over a keyword, which may be in capitals but not in quotation marks."""
        found = self.kind == "name" and self.text.lower() == word
        if found:
            self.move()
        return found

    def name(self, what: str) -> str:
        if self.kind not in ("name", "quoted"):
            got = repr(self.text) if self.kind else "the end of the file"
            self.place.refuse(f"{what} is needed, and here is {got}")
        found = self.text
        self.move()
        return found

    def graph(self) -> Graph:
        self.keyword("strict")
        if not self.keyword("digraph"):
            self.place.refuse("a DOT file of an automaton begins with 'digraph'")
        if not self.at("{"):
            self.name("'{'")
        self.need("{")
        while not self.take("}"):
            self.statement()
            self.take(";")
        if self.kind:
            self.place.refuse(f"{shown(self.text)} after the end of the graph; one graph is read")
        return self.found

    def statement(self) -> None:
        if self.at("{") or (self.kind == "name" and self.text.lower() == "subgraph"):
            self.place.refuse("subgraphs are not read; write the nodes and edges into the graph itself")
        for word, common in (("graph", self.found.attributes), ("node", self.of_nodes), ("edge", self.of_edges)):
            if self.keyword(word):
                common.update(self.attributes())
                return
        line = self.place.line
        ends = [self.name("a node, an edge or '}'")]
        if self.take("="):
            self.found.attributes[ends[0]] = self.name("a value")
            return
        self.refuse_port()
        while self.take("->"):
            ends.append(self.name("a node"))
            self.refuse_port()
        if self.at("--"):
            self.place.refuse("'--' has no direction; the edges of an automaton are written '->'")
        given = self.attributes()
        for end in ends:
            self.found.nodes.setdefault(end, dict(self.of_nodes))
        if len(ends) == 1:
            self.found.nodes[ends[0]].update(given)
        for here, there in pairwise(ends):
            self.found.edges.append((here, there, self.of_edges | given, line))

    def refuse_port(self) -> None:
        if self.at(":"):
            self.place.refuse("ports, as in a:b, are not read; put names with colons in quotation marks")

    def attributes(self) -> Attributes:
        found: Attributes = {}
        while self.take("["):
            while not self.take("]"):
                key = self.name("an attribute or ']'")
                found[key] = self.name("a value") if self.take("=") else "true"
                if not self.take(","):
                    self.take(";")
        return found
