"""State tracking by worst case: families by tasks, from the CSV of trainings and the ladder's proofs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...theory.ladder.classification import classify
from ...theory.ladder.ladder_row import Ladder, shown_size
from ..task_texts import parse_task
from .contestants import CONTESTANTS, Contestant
from .fair_cells import FairCell, cells_of_lines, protocol_of, tests_of
from .fair_page import proved, wrong_word
from .fair_table import Line
from .markdown_table import table_lines
from .presets import TABLES
from .protocols import Protocol
from .sweep import SOLVED

TASKS = (  # table and size
    ("parity", 2),
    *(("modular-addition", m) for m in (3, 5, 10, 25, 50)),
    *(("random-state-machine", m) for m in (5, 10)),
    *(("random-permutation-machine", m) for m in (5, 10)),
    *(("modular-arithmetic", m) for m in (3, 5)),
    *(("word-problems", order) for order in (6, 24, 60, 120)),
)
IMPOSSIBLE, NOT_RUN = "cannot", "·"
Cells = Mapping[tuple[str, int, str], Sequence[FairCell]]


def leaderboard_page(lines: Sequence[Line]) -> str:
    """Markdown: for every task and family how far all words are right, and how far they are proved to be.

    Args:
        lines: of one protocol, as `read_lines` gives them. Tasks without a line are shown as not run; least sizes are
            those of `classify`, and no training has a part in them.
    """
    protocol = protocol_of(lines)
    cells: dict[tuple[str, int, str], list[FairCell]] = {}
    for cell in cells_of_lines(lines):
        if cell.seeds:
            cells.setdefault((cell.table, cell.size, cell.row), []).append(cell)
    ladders = {task: classify(parse_task(TABLES[task[0]].task(task[1]))) for task in TASKS}
    text = [
        "# State tracking by worst case",
        "",
        *_about(protocol, lines, cells),
        "",
        *_overview(cells, ladders, protocol),
        "",
    ]
    for task in TASKS:
        text += [f"## {_name(task)}", "", *_details(task, cells, ladders[task], tests_of(lines)[-1][0]), ""]
    return "\n".join(text).rstrip("\n") + "\n"


def _about(protocol: Protocol, lines: Sequence[Line], cells: Cells) -> list[str]:
    long = tests_of(lines)[-1][0]
    ran = len({key for key in cells if key[:2] in TASKS})
    steps = f"{lines[0]['steps']} steps" if protocol.training else "the steps of each recipe"
    return [
        f"Trainings of the protocol `{protocol.name}`, {steps}. {len(TASKS)} tasks, {len(CONTESTANTS)} families; "
        f"{ran} of {len(TASKS) * len(CONTESTANTS)} pairs were run. An entry `a … b` has the proved horizon a, up to "
        "which every word is right, and the length b of the shortest wrong word that was found, both of the worst of "
        f"all seeds, at the width that does better. `–` stands for no proof, `>{lines[0]['searched']}` for no wrong "
        f"word found, `{NOT_RUN}` for a pair that was not run, and `{IMPOSSIBLE}` for a row that is proved to be too "
        "small at the widths of the protocol, or of a family that cannot do the task at any size.",
        "",
        "Below, *least size* is proved by `bistate classify`, which also says for which weights, and *solved* counts "
        f"seeds whose normalised accuracy on balanced random words of {long} letters is at least {SOLVED}.",
    ]


def _overview(cells: Cells, ladders: Mapping[tuple[str, int], Ladder], protocol: Protocol) -> list[str]:
    rows = []
    for task in TASKS:
        entries = [
            _entry(cells.get((*task, row.key), ()), able(row, ladders[task], protocol)) for row in CONTESTANTS.values()
        ]
        rows.append([_name(task), *entries])
    return table_lines(("task", *CONTESTANTS), rows)


def _entry(mine: Sequence[FairCell], able: bool) -> str:
    if not mine:
        return NOT_RUN if able else IMPOSSIBLE
    cell = max(mine, key=_worst)
    horizon = "–" if not cell.horizons else "∞" if cell.horizons[0] == math.inf else f"{cell.horizons[0]:g}"
    if not cell.wrong:
        return f"{horizon} … –"
    first = cell.wrong[0]
    return f"{horizon} … " + (f">{cell.seeds[0]['searched']}" if first == math.inf else f"{first:g}")


def _worst(cell: FairCell) -> tuple[float, float]:
    """How far the worst seed goes."""
    return min(cell.wrong, default=0.0), min(cell.horizons, default=-1.0)


def able(row: Contestant, ladder: Ladder, protocol: Protocol) -> bool:
    """Whether a row may be able to do a task at one of the widths of a protocol, as far as the ladder knows.

    Example:
        >>> from bistate.theory import Automaton
        >>> from bistate.verify.experiments.protocols import FAIR
        >>> ladder = classify(Automaton.modular_addition(3))
        >>> able(CONTESTANTS["block"], ladder, FAIR), able(CONTESTANTS["diagonal"], ladder, FAIR)
        (True, False)
    """
    return not row.rung or ladder[row.rung].lower.size <= row.capacity(max(protocol.hidden))


def _details(task: tuple[str, int], cells: Cells, ladder: Ladder, long: int) -> list[str]:
    """A line for each family that was run, or whose least size is known."""
    head = ("family", "least size", "counted in", "width", "solved", "proved", "wrong word", "steps", "parameters")
    rows = []
    for row in CONTESTANTS.values():
        least = ["", ""]
        if row.rung:
            found = ladder[row.rung]
            least = [shown_size(found.size), "" if found.size is None else found.unit]
        mine = cells.get((*task, row.key), ())
        for cell in mine:
            line = cell.seeds[0]
            solved = f"{cell.solved(long)} of {len(cell.seeds)}"
            figures = [str(cell.hidden), solved, proved(cell), wrong_word(cell), line["steps"]]
            rows.append([row.name, *least, *figures, line["parameters"]])
        if not mine and row.rung:
            rows.append([row.name, *least, "not run", *[""] * 5])
    return table_lines(head, rows)


def _name(task: tuple[str, int]) -> str:
    table, size = task
    text = TABLES[table].task(size)
    return {
        "random-state-machine": f"random maps {size}",
        "random-permutation-machine": f"random permutations {size}",
    }.get(table, text)
