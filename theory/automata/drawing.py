"""A drawing of an automaton: circles, arrows and letters, as a file; networkx places the circles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..errors import AutomatonError
from ..formats.described import output_texts, texts_of
from ..machine import Machine
from .graphs import to_networkx

SUFFIXES = (".svg", ".png", ".pdf")
MOST_STATES = 60  # more of them cover each other; Graphviz draws them from `to_dot`
ON_A_CIRCLE = 8  # states up to which a circle is the clearest place
RADIUS, BEND = 0.3, 0.18
Point = tuple[float, float]


def draw(automaton: Machine, path: str | Path) -> None:
    """Write a drawing: accepting states have a second circle, an arrow from nowhere points to the start.

    Args:
        automaton: with at most `MOST_STATES` states.
        path: ends with .svg, .png or .pdf.

    Raises:
        AutomatonError: for another ending, or more states.
    """
    place = Path(path)
    if place.suffix.lower() not in SUFFIXES:
        raise AutomatonError(f"{str(path)!r} ends with {place.suffix!r}; drawings are files {', '.join(SUFFIXES)}")
    if len(automaton.states) > MOST_STATES:
        raise AutomatonError(
            f"{len(automaton.states)} states would cover each other; at most {MOST_STATES} are drawn; Graphviz draws "
            "what to_dot() writes"
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = _places(automaton)
    figure = Figure(figsize=(side := 3 + 1.1 * math.sqrt(len(points)), side))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_aspect("equal")
    axes.axis("off")
    _draw_states(axes, automaton, points)
    _draw_edges(axes, automaton, points)
    axes.autoscale_view()
    axes.margins(0.08)
    figure.savefig(place, bbox_inches="tight", dpi=150)


def _places(automaton: Machine) -> list[Point]:
    """The centre of each state, such that neighbours are two units apart or more."""
    import networkx as nx

    count = len(automaton.states)
    if count <= ON_A_CIRCLE:
        wide = max(1.0, 0.32 * count)
        return [
            (-wide * math.cos(2 * math.pi * k / count), wide * math.sin(2 * math.pi * k / count)) for k in range(count)
        ]
    graph = nx.Graph(to_networkx(automaton))
    found = nx.spring_layout(graph, k=2.0, seed=0, iterations=200, scale=0.6 * math.sqrt(count) + 1)
    return [(float(found[q][0]), float(found[q][1])) for q in automaton.states]


def _draw_states(axes: Any, automaton: Machine, points: list[Point]) -> None:
    from matplotlib.patches import Circle, FancyArrowPatch

    outputs = output_texts(automaton)
    for k, (text, centre) in enumerate(zip(texts_of(automaton.states, "state"), points, strict=True)):
        axes.add_patch(Circle(centre, RADIUS, facecolor="white", edgecolor="black", zorder=2))
        if automaton.accepting is not None and automaton.states[k] in automaton.accepting:
            axes.add_patch(Circle(centre, 0.85 * RADIUS, facecolor="none", edgecolor="black", zorder=2))
        shown = text if outputs is None else f"{text}\n{outputs[k]}"
        axes.text(*centre, _plain(shown), ha="center", va="center", fontsize=9, zorder=3)
    start = points[list(automaton.states).index(automaton.start)]
    turn = _away(start, _middle(points)) + 1.0  # beside the arrow of a letter that stays there
    far, near = ((start[0] + r * math.cos(turn), start[1] + r * math.sin(turn)) for r in (2.5 * RADIUS, RADIUS))
    axes.add_patch(FancyArrowPatch(far, near, arrowstyle="-|>", mutation_scale=12, color="black"))
    axes.update_datalim([far])


def _draw_edges(axes: Any, automaton: Machine, points: list[Point]) -> None:
    """One arrow for all letters that lead from one state to another."""
    letters = texts_of(automaton.letters, "letter")
    between: dict[tuple[int, int], list[str]] = {}
    for here, row in enumerate(automaton.table.tolist()):
        for letter, there in zip(letters, row, strict=True):
            between.setdefault((here, there), []).append(letter)
    middle = _middle(points)
    for (here, there), names in between.items():
        text = _plain(",".join(names) if len(names) <= 6 else f"{','.join(names[:5])},… {len(names)}")
        (_loop if here == there else _arrow)(axes, points[here], middle if here == there else points[there], text)


def _arrow(axes: Any, start: Point, end: Point, text: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    length = math.hypot(dx, dy) or 1.0
    gap = RADIUS / length
    begin, tip = (x + gap * dx, y + gap * dy), (end[0] - gap * dx, end[1] - gap * dy)
    style = f"arc3,rad={BEND}"
    axes.add_patch(
        FancyArrowPatch(begin, tip, connectionstyle=style, arrowstyle="-|>", mutation_scale=12, zorder=1, color="black")
    )
    bend = BEND / 2 + 0.08 / length  # the curve's middle, and a little further out
    axes.text(x + dx / 2 + bend * dy, y + dy / 2 - bend * dx, text, ha="center", va="center", fontsize=8, zorder=3)


def _loop(axes: Any, centre: Point, middle: Point, text: str) -> None:
    """An arrow from a state to itself, on the side that looks away from the middle of the drawing."""
    from matplotlib.patches import FancyArrowPatch

    away = _away(centre, middle)
    ends = [
        (centre[0] + RADIUS * math.cos(away + turn), centre[1] + RADIUS * math.sin(away + turn)) for turn in (-0.5, 0.5)
    ]
    arrow = FancyArrowPatch(
        *ends, connectionstyle="arc3,rad=1.6", arrowstyle="-|>", mutation_scale=10, zorder=1, color="black"
    )
    axes.add_patch(arrow)
    far = (centre[0] + 2.1 * RADIUS * math.cos(away), centre[1] + 2.1 * RADIUS * math.sin(away))
    axes.text(*far, text, ha="center", va="center", fontsize=8, zorder=3)
    axes.update_datalim([far])


def _middle(points: list[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _away(centre: Point, middle: Point) -> float:
    """The direction in which a state looks away from the middle."""
    return math.atan2(centre[1] - middle[1], centre[0] - middle[0]) if centre != middle else math.pi / 2


def _plain(text: str) -> str:
    """Dollars as they stand: between two of them matplotlib would read mathematics."""
    return text.replace("$", r"\$")
