"""Automata as DOT graphs, as AALpy, LearnLib and Graphviz's users write them.

A node is a state, called by its label; an edge is labelled with its letter; an edge without a letter, out of a node
like `__start0` or one that is not drawn, points to the start. A doubled circle is an accepting state; where there is
none, no states are said to accept. Labels `q/out`, `q|out` or `{q|out}` on all states are those of a Moore machine.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import AutomatonError
from ..machine import Machine
from .described import Described, Edges, Place, completed, labels_of, output_texts, read_text, repeated, texts_of
from .dot_text import Attributes, Graph, parse_dot, quote

_START = re.compile(r"_*start_*\d*|_*init(?:ial)?_*\d*", re.IGNORECASE)
_NOT_DRAWN = ("none", "point", "plaintext", "plain")
_ODD = re.compile(r"[|/\\\\{}]")
_MOORE = re.compile(r"\{?\s*(.*?)\s*([|/])\s*(.*?)\s*\}?", re.DOTALL)


def read_dot(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a DOT file.

    Raises:
        AutomatonError: for a text that is no such graph, with its line; a missing start; edges that are missing, unless
            `complete` says what to do; a Mealy machine, whose outputs are on the edges.
    """
    place = Place(path)
    graph = parse_dot(read_text(path), place)
    place.line = 0
    arrows = _arrows(graph)
    names = [name for name in graph.nodes if name not in arrows]
    if not names:
        place.refuse("the graph has no states")
    texts, outputs = _states({name: graph.nodes[name] for name in names}, place)
    states = dict(zip(names, labels_of(texts), strict=True))
    start = _start(graph, arrows, place)
    _refuse_mealy([attributes for here, _, attributes, _ in graph.edges if here not in arrows], outputs, place)
    edges, letters = _letters(graph, arrows, states, place)
    double = [states[name] for name in names if _is_double(graph.nodes[name])]
    found = Described(
        states=list(states.values()),
        letters=letters,
        table=edges.table(list(states.values()), letters),
        start=states[start],
        accepting=double if double or any("accepting" in graph.nodes[name] for name in names) else None,
        outputs=None if outputs is None else labels_of(outputs),
    )
    return completed(found, complete, place.name)


def _arrows(graph: Graph) -> set[str]:
    """Nodes that stand for no state: no edge enters them, none has a letter, and their name or shape says so."""
    left = {here for here, _, attributes, _ in graph.edges if _letter(attributes)}
    entered = {there for _, there, _, _ in graph.edges}
    return {name for name, attributes in graph.nodes.items() if _looks_like_arrow(name, attributes)} - left - entered


def _looks_like_arrow(name: str, attributes: Attributes) -> bool:
    hidden = attributes.get("shape") in _NOT_DRAWN or "invis" in attributes.get("style", "")
    return hidden or (_START.fullmatch(name) is not None and not attributes.get("label", ""))


def _is_double(attributes: Attributes) -> bool:
    return attributes.get("shape") in ("doublecircle", "doubleoctagon") or attributes.get("peripheries") == "2"


def _letter(attributes: Attributes) -> str:
    return attributes.get("letter", attributes.get("label", ""))


def _start(graph: Graph, arrows: set[str], place: Place) -> str:
    starts = [(there, line) for here, there, _, line in graph.edges if here in arrows]
    if not starts:
        place.refuse(
            'no edge points to the start; one without a letter does, as in __start0 [shape=none label=""]; '
            "__start0 -> q0"
        )
    if len(starts) > 1:
        place.refuse(f"a second edge points to a start, {starts[1][0]!r}; one start is read", starts[1][1])
    return starts[0][0]


def _states(nodes: dict[str, Attributes], place: Place) -> tuple[list[str], list[str] | None]:
    """The name of each state, and its output if all of them have one."""
    labels = {name: data.get("label", name).replace("\\N", name) for name, data in nodes.items()}
    if all("state" in data for data in nodes.values()):
        texts = [data["state"] for data in nodes.values()]
        given = [data["output"] for data in nodes.values() if "output" in data]
        outputs = given if len(given) == len(texts) else None
    else:
        split = [_MOORE.fullmatch(label) for label in labels.values()]
        same = {match[2] for match in split if match is not None}
        if None in split or len(same) != 1:
            texts, outputs = list(labels.values()), None
        else:
            texts = [match[1] for match in split if match is not None]
            outputs = [match[3] for match in split if match is not None]
    twice = repeated(texts)
    if twice is not None:
        place.refuse(f"two states are labelled {texts[twice]!r}; in a Moore machine labels are 'state/output'")
    return texts, outputs


def _refuse_mealy(edges: list[Attributes], outputs: list[str] | None, place: Place) -> None:
    """Edges with outputs: every letter has a slash, and nothing says that it belongs to the letter."""
    if outputs is None and edges and all("letter" not in data and "/" in _letter(data) for data in edges):
        place.refuse(
            f"the edges have outputs, as in {_letter(edges[0])!r}: a Mealy machine; only labels of states are read, so "
            "make it a Moore machine, whose states are labelled 'state/output'"
        )


def _letters(graph: Graph, arrows: set[str], states: dict[str, Any], place: Place) -> tuple[Edges, list[Any]]:
    """The edges between states, and the letters in the order of `letters`, or of their first edges."""
    kept = [edge for edge in graph.edges if edge[0] not in arrows]
    for here, there, attributes, line in kept:
        if not _letter(attributes):
            place.refuse(f"the edge from {here!r} to {there!r} has no letter; it is the edge's label", line)
    texts = list(dict.fromkeys(_letter(attributes) for _, _, attributes, _ in kept))
    if not texts:
        place.refuse("no edge has a letter")
    label = dict(zip(texts, labels_of(texts), strict=True))
    edges = Edges(place)
    for here, there, attributes, line in kept:
        place.line = line
        edges.add(states[here], label[_letter(attributes)], states[there])
    return edges, list(label.values())


def to_dot(automaton: Machine) -> str:
    """A DOT graph of an automaton, which `read_dot` reads again; labels become their texts.

    Raises:
        AutomatonError: if two labels have the same text, or a letter has none.
    """
    states, letters = texts_of(automaton.states, "state"), texts_of(automaton.letters, "letter")
    outputs = output_texts(automaton)
    accepting = automaton.accepting
    if "" in letters:
        raise AutomatonError("a letter '' would be an edge without a letter in a .dot file; .json takes it")
    odd = any(text != text.strip() or _ODD.search(text) for text in [*states, *(outputs or ())])
    slashes = any("/" in letter for letter in letters)
    lines = ["digraph automaton {", "  rankdir=LR;", '  __start0 [label="", shape=none];']
    for k, (state, text) in enumerate(zip(automaton.states, states, strict=True)):
        data = {"label": text if outputs is None else f"{text}/{outputs[k]}"}
        data["shape"] = "doublecircle" if accepting is not None and state in accepting else "circle"
        if accepting is not None and not accepting:
            data["accepting"] = "false"
        if odd:  # readers that split labels would split them in the wrong place
            data |= {"state": text} | ({} if outputs is None else {"output": outputs[k]})
        lines.append(f"  s{k} {_written(data)};")
    lines.append(f"  __start0 -> s{list(automaton.states).index(automaton.start)};")
    for k, row in enumerate(automaton.table.tolist()):
        for letter, there in zip(letters, row, strict=True):
            extra = {"letter": letter} if slashes else {}
            lines.append(f"  s{k} -> s{there} {_written({'label': letter} | extra)};")
    return "\n".join([*lines, "}"]) + "\n"


def _written(attributes: Attributes) -> str:
    return "[" + ", ".join(f"{key}={quote(value)}" for key, value in attributes.items()) + "]"
