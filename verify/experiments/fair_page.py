"""A page of fair tables, made from the CSV of their trainings."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence

from .contestants import CONTESTANTS
from .fair_cells import FairCell, cells_of_lines, protocol_of, tests_of
from .fair_table import Line
from .intervals import CONFIDENCE, binomial_interval
from .markdown_table import table_lines
from .presets import TABLES
from .protocols import Protocol
from .sweep import SOLVED

TITLES = {
    "fair": "The fair protocol",
    "paper": "The paper's protocol",
    "best": "The best known recipe for each row",
}


def fair_page(lines: Sequence[Line]) -> str:
    """Markdown of trainings of one protocol, as `read_lines` gives them: nothing is trained."""
    protocol, cells = protocol_of(lines), cells_of_lines(lines)
    lengths = [length for length, _ in tests_of(lines)]
    text = [f"# {TITLES[protocol.name]}", "", *_about(protocol, lines), ""]
    head = (
        *("row", "width", "rate, labels", "tried", *(f"solved at {n}" for n in lengths[1:])),
        *(f"right at {n}" for n in lengths),
        *(f"everywhere, {lengths[-1]}", "shortest wrong word", "proved", "state", "parameters", "CPU s"),
    )
    for table, size in dict.fromkeys((cell.table, cell.size) for cell in cells):
        mine = [cell for cell in cells if (cell.table, cell.size) == (table, size)]
        text += [
            f"## {TABLES[table].title}, m = {size}",
            "",
            *table_lines(head, [_row(cell, protocol, lengths) for cell in mine]),
            "",
        ]
        text += [*_reasons(mine), ""]
        if not protocol.training:
            text += [*_recipes(mine), ""]
    return "\n".join([*text, *_left(cells, protocol, lines)]) + "\n"


def _about(protocol: Protocol, lines: Sequence[Line]) -> list[str]:
    low, high = protocol.lengths
    words = ", ".join(f"{count} of {length}" for length, count in tests_of(lines))
    fixed = f"{lines[0]['steps']} steps of AdamW for every row, with {_shown(lines[0]['training'])}. "
    rates = " or ".join("the recipe's own" if rate is None else f"{rate:g}" for rate in protocol.rates)
    return [
        f"Protocol `{protocol.name}`: {protocol.about}.",
        f"{fixed if protocol.training else ''}Words of {low} to {high} letters. Searched, on "
        f"{protocol.search} seed{'s' * (protocol.search > 1)} that "
        f"{'are' if protocol.search > 1 else 'is'} not reported: rate {rates}, labels {' or '.join(protocol.labels)}.",
        "The settings with the highest validation accuracy at these lengths are taken, then the lowest validation "
        "loss; tests have no part in it. *Tried* is how many settings were searched. This page was made by `bistate "
        "tabulate` from the CSV of its trainings, where every line has its command.",
        "",
        f"Test words are balanced, {words} letters. *Solved*: seeds whose chance-normalised accuracy, "
        f"(acc − c)/(1 − c), at the last position is at least {SOLVED}, with the exact {CONFIDENCE:.0%} interval of "
        "Clopper and Pearson. *Right at* and *everywhere*, over all positions, are the median seed's, normalised.",
        "",
        f"*Shortest wrong word*: letters of the shortest one that a search up to {lines[0]['searched']} letters found, "
        "of the worst and of the median seed. *Proved*: the length up to which every word is proved to be right "
        f'(`certify`, effort "{protocol.effort}", exact arithmetic), of the worst and of the median seed. Random words '
        "say little about either.",
    ]


def _shown(training: str) -> str:
    """Settings for people: "batch 64, beta2 0.999"."""
    return ", ".join(f"{name} {value}" for name, value in json.loads(training).items())


def _row(cell: FairCell, protocol: Protocol, lengths: Sequence[int]) -> list[str]:
    name = CONTESTANTS[cell.row].name
    tried = f"{cell.searched} of {len(protocol.rates) * len(protocol.labels)}"
    first = [name, str(cell.hidden), f"{cell.rate:g}, {cell.labels}", tried]
    if not cell.seeds:
        return [*first, "not run", *[""] * (2 * len(lengths) + 4)]
    solved = [_solved(cell, length, protocol) for length in lengths[1:]]
    right = [accuracy(statistics.median(cell.normalised(length))) for length in lengths]
    everywhere = accuracy(statistics.median(cell.normalised(lengths[-1], "every")))
    line = cell.seeds[0]
    sizes = [line["state"] or "grows", line["parameters"], f"{cell.seconds:.0f}"]
    return [*first, *solved, *right, everywhere, wrong_word(cell), proved(cell), *sizes]


def _solved(cell: FairCell, length: int, protocol: Protocol) -> str:
    k, n = cell.solved(length), len(cell.seeds)
    low, high = binomial_interval(k, n)
    few = f", {protocol.seeds} wanted" if n < protocol.seeds else ""
    return f"{k} of {n} ({low:.2f}–{high:.2f}{few})"


def accuracy(value: float) -> str:
    """Three digits, never rounded up to 1 and never below 0.

    Example:
        >>> accuracy(0.9999), accuracy(1.0), accuracy(-0.01)
        ('0.999', '1.000', '0.000')
    """
    return f"{math.floor(max(value, 0.0) * 1000 + 1e-9) / 1000:.3f}"


def wrong_word(cell: FairCell) -> str:
    """The worst and the median seed: "13, 20"; "none" beyond the letters of the search."""
    if not cell.wrong:
        return "no search"
    none = f"none to {cell.seeds[0]['searched']}"
    shown = [none if value == math.inf else f"{value:g}" for value in (cell.wrong[0], _median(cell.wrong))]
    return none if shown[0] == none else ", ".join(shown)


def proved(cell: FairCell) -> str:
    """The worst and the median seed: "249, 250"; "–" where no horizon was looked for."""
    if not cell.horizons:
        return "–"
    return ", ".join("∞" if value == math.inf else f"{value:g}" for value in (cell.horizons[0], _median(cell.horizons)))


def _median(values: Sequence[float]) -> float:
    """The middle one, of two the lower: it is one of them, so that infinity stays itself."""
    return sorted(values)[(len(values) - 1) // 2]


def _recipes(cells: Sequence[FairCell]) -> list[str]:
    """The settings of each row, where they are its own."""
    rows = []
    for cell in cells:
        for line in cell.seeds[:1]:
            size = ", ".join(f"{name} {value}" for name, value in json.loads(line["options"]).items())
            rows.append([CONTESTANTS[cell.row].name, str(cell.hidden), size, line["steps"], _shown(line["training"])])
    return table_lines(("row", "width", "options", "steps", "settings"), rows)


def _reasons(cells: Sequence[FairCell]) -> list[str]:
    """Why there are no horizons, each reason once."""
    said: dict[str, list[str]] = {}
    for cell in cells:
        if cell.no_horizon and not cell.horizons:
            said.setdefault(cell.no_horizon, []).append(CONTESTANTS[cell.row].name)
    failed = [line for cell in cells for line in cell.seeds if line["reason"]]
    return [
        *(f"No horizon of {', '.join(dict.fromkeys(names))}: {reason}." for reason, names in said.items()),
        *(f"{CONTESTANTS[line['row']].name}, seed {line['seed']}: {line['reason']}." for line in failed),
    ]


def _left(cells: Sequence[FairCell], protocol: Protocol, lines: Sequence[Line]) -> list[str]:
    """What the protocol asks for and nobody ran, and the commands that run it."""
    complete = {
        (cell.table, cell.size, cell.row, cell.hidden)
        for cell in cells
        if len(cell.seeds) >= protocol.seeds and cell.searched == len(protocol.rates) * len(protocol.labels)
    }
    steps = int(lines[0]["steps"])
    other = f" --steps {steps}" if protocol.training and steps != protocol.training["steps"] else ""
    rows = []
    for name, table in TABLES.items():
        wanted = [(name, m, row, h) for m in table.sizes for row in CONTESTANTS for h in protocol.hidden]
        missing = [cell for cell in wanted if cell not in complete]
        if missing:
            command = f"`bistate reproduce {name} --protocol {protocol.name}{other}`"
            rows.append([table.title, f"{len(missing)} of {len(wanted)}", command])
    if not rows:
        return ["All of the protocol was run."]
    return [
        "## Not run",
        "",
        f"A cell is a row at one size of the task and one width, with its whole search and {protocol.seeds} seeds.",
        "The command runs all that is left of a table; a result that its folder has is not made again.",
        "",
        *table_lines(("table", "cells that were not run", "command"), rows),
    ]
