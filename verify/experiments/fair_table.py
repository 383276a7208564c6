"""A table by a protocol: the search, then the seeds that are reported, and a line of CSV for each training.

The settings of a row are chosen from the lines of its search, `chosen_settings`, and by nothing else; the page that is
made from the CSV chooses again, from the same lines by the same function.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from ...groups.text_file import write_text
from ...models.tasks.task import StateTracking
from ...models.training.config import TrainConfig
from ...theory.automata.automaton import Automaton
from ..task_texts import parse_task
from .contestants import CONTESTANTS, Contestant, is_bilinear
from .presets import TABLES
from .protocols import EVERY, Protocol
from .runs import SEARCH, SEED, Run, results_of
from .sweep import SweepError

CSV = "runs.csv"
Line = Mapping[str, str]  # of CSV
Told = Callable[[int, int, dict[str, Any]], None]


@dataclass(frozen=True)
class Selection:
    """A part of a table; what is empty is not restricted.

    Attributes:
        sizes: columns of the table.
        rows: keys of contestants.
        hidden: widths of the protocol.
        rates: of the search.
        labels: of the search.
    """

    sizes: tuple[int, ...] = ()
    rows: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


def fair_table(
    table: str,
    protocol: Protocol,
    folder: str | Path,
    first_seed: int | None = None,
    seeds: int | None = None,
    selection: Selection | None = None,
    jobs: int = 1,
    told: Told | None = None,
    device: str = "cpu",
) -> list[dict[str, str]]:
    """Train what is not there yet of a table, or of a part of it, and write `runs.csv`.

    Args:
        table: its name, one of `presets.TABLES`; rows are those of `contestants.CONTESTANTS`.
        protocol: what all rows have in common.
        folder: where results are, and go.
        first_seed: of those that are reported; None: the protocol's.
        seeds: how many; None: as many as the protocol has. 0 ends after the search.
        selection: a part of the table.
        jobs: processes.
        told: called after each run with the number done, the number of all, and the result.
        device: where models are trained and validated.

    Returns:
        The lines of the CSV.

    Raises:
        SweepError: for a table, size, row, width, rate or place of labels that there is not, or seeds of the search
            among those that are reported; before anything is written.
        BistateError: for a cell that makes no model; likewise.
    """
    first = protocol.first_seed if first_seed is None else first_seed
    count = protocol.seeds if seeds is None else seeds
    if count and first < protocol.search:
        raise SweepError(
            f"first_seed={first} is among the seeds of the search, 0 to {protocol.search - 1}, which choose the "
            f"settings: reported seeds begin at {protocol.search} or later"
        )
    search = [replace(run, device=device) for run in search_runs(table, protocol, selection or Selection())]
    cells = list(dict.fromkeys(_cell(run) for run in search))
    for run in {(run.task, run.row, run.hidden): run for run in search}.values():
        run.network(parse_task(run.task))
    total = len(search) + count * len(cells)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    done: dict[str, dict[str, Any]] = {}

    def go(runs: Sequence[Run]) -> None:
        for result in results_of(runs, place, jobs):
            done[result["key"]] = result
            if told is not None:
                told(len(done), total, result)

    go(search)
    lines = [line_of(run, done[run.key]) for run in search]
    by_settings = {(_cell(run), run.settings): run for run in search}
    reported = []
    for cell in cells:
        mine = [line for run, line in zip(search, lines, strict=True) if _cell(run) == cell]
        rate, labels = chosen_settings(mine)
        pattern = by_settings[cell, (rate, labels)]
        reported += [
            replace(pattern, stage=SEED, training={**pattern.training, "seed": seed})
            for seed in range(first, first + count)
        ]
    go(reported)
    lines += [line_of(run, done[run.key]) for run in reported]
    write_text(place / CSV, csv_text(lines))
    return lines


def search_runs(table: str, protocol: Protocol, selection: Selection) -> list[Run]:
    """The trainings that choose the settings of each row, column and width.

    Raises:
        SweepError: for a part that the table or the protocol does not have.
    """
    if table not in TABLES:
        raise SweepError(f"table {table!r} is not known; choose one of {', '.join(TABLES)}")
    sizes = _part(selection.sizes, TABLES[table].sizes, f"size {{}} is not in the table {table!r}, which has {{}}")
    rows = _part(selection.rows, tuple(CONTESTANTS), "model {!r} is no row; rows are {}")
    by_name = f"of the protocol {protocol.name!r}, which has {{}}"
    hidden = _part(selection.hidden, protocol.hidden, f"hidden size {{}} is none {by_name}")
    rates = _part(selection.rates, protocol.rates, f"rate {{}} is none {by_name}")
    labels = _part(selection.labels, protocol.labels, f"labels {{!r}} are none {by_name}")
    found = []
    for m in sizes:
        automaton = parse_task(TABLES[table].task(m))
        for row in (CONTESTANTS[key] for key in rows):
            for width in hidden:
                found += [
                    _run(table, m, automaton, row, width, protocol, rate, place, seed)
                    for rate in rates
                    for place in labels
                    for seed in range(protocol.search)
                ]
    return found


def _part(wanted: Sequence[Any], known: tuple[Any, ...], message: str) -> tuple[Any, ...]:
    for value in wanted:
        if value not in known:
            has = "the recipe's own" if known == (None,) else ", ".join(map(str, known))
            raise SweepError(message.format(value, has))
    return tuple(dict.fromkeys(wanted)) or known


def _run(
    table: str,
    m: int,
    automaton: Automaton,
    row: Contestant,
    hidden: int,
    protocol: Protocol,
    rate: float | None,
    labels: str,
    seed: int,
) -> Run:
    task = StateTracking(automaton, lengths=protocol.lengths, every=labels == EVERY)
    config = protocol.config(row.model, row.recipe, task.sizes, rate, seed)
    options = row.options(hidden)
    if not protocol.normalize and is_bilinear(row.model):
        options = {**options, "normalize": False}
    return Run(
        protocol=protocol.name,
        table=table,
        size=m,
        task=TABLES[table].task(m),
        row=row.key,
        model=row.model,
        hidden=hidden,
        options=options,
        training=_changed(config),
        labels=labels,
        lengths=protocol.lengths,
        tests=protocol.tests,
        searched=protocol.searched,
        effort=protocol.effort,
        stage=SEARCH,
    )


def _changed(config: TrainConfig) -> dict[str, Any]:
    """What is not as in `TrainConfig()`, and what tables show; so that a new field changes no fingerprint."""
    usual = TrainConfig().to_json()
    always = ("steps", "lr", "seed", "batch", "beta2", "weight_decay", "label_smoothing", "schedule", "grad_clip")
    values = config.to_json() | {"validate_every": max(1, config.steps)}
    return {name: value for name, value in values.items() if name in always or value != usual.get(name)}


def _cell(run: Run) -> tuple[Any, ...]:
    return run.size, run.row, run.hidden


def chosen_settings(search: Iterable[Line]) -> tuple[float, str]:
    """Rate and place of labels with the highest mean validation accuracy over the seeds of the search.

    Of equal ones that with the lowest mean validation loss, then the smaller rate, then labels at the last position.
    Both are about words of the lengths of training.

    Args:
        search: lines of one row, column and width, at least one.

    Example:
        >>> line = {"rate": "0.001", "labels": "last", "validation": "1.0", "validation_loss": "0.4"}
        >>> chosen_settings([line, {**line, "rate": "0.01", "validation_loss": "0.3"}])
        (0.01, 'last')
    """
    groups: dict[tuple[float, str], list[tuple[float, float]]] = {}
    for line in search:
        right = float(line["validation"] or 0)
        loss = float(line["validation_loss"] or "inf")
        groups.setdefault((float(line["rate"]), line["labels"]), []).append((right, loss))

    def worth(settings: tuple[float, str]) -> tuple[float, float, float, bool]:
        right, loss = (sum(values) / len(values) for values in zip(*groups[settings], strict=True))
        return right, -loss, -settings[0], settings[1] != EVERY

    return max(groups, key=worth)


SHOWN = ("lr", "steps", "seed", "threads", "validate_every")  # columns of their own, and what changes nothing
TESTED = ("last", "every", "chance")
COLUMNS = (
    *("protocol", "table", "size", "task", "row", "model", "options", "hidden", "state", "parameters"),
    *("rate", "labels", "steps", "training", "stage", "seed", "validation", "validation_loss"),
    *("tests", "wrong", "wrong_about", "searched", "horizon", "horizon_reason"),
    *("training_seconds", "seconds", "reason", "command", "key"),
)


def line_of(run: Run, result: Mapping[str, Any]) -> dict[str, str]:
    """A run as a line of CSV: texts, empty where there is nothing."""
    training = {name: value for name, value in run.training.items() if name not in SHOWN}
    values: dict[str, Any] = {
        **{name: getattr(run, name) for name in ("protocol", "table", "size", "task", "row", "model", "hidden")},
        **{name: getattr(run, name) for name in ("labels", "stage", "seed", "searched", "key")},
        "options": json.dumps(dict(run.options), sort_keys=True),
        "training": json.dumps(training, sort_keys=True),
        "rate": run.settings[0],
        "command": run.command,
        **{name: result[name] for name in ("state", "parameters", "steps", "validation", "validation_loss", "wrong")},
        **{name: result[name] for name in ("wrong_about", "horizon", "horizon_reason", "training_seconds", "seconds")},
        "reason": result["reason"],
    }
    for test in result["tests"]:
        values |= {f"{name}_{test['length']}": test[name] for name in TESTED}
        values[f"words_{test['length']}"] = test["words"]
    return {name: "" if value is None else str(value) for name, value in values.items()}


def csv_text(lines: Sequence[Line]) -> str:
    """The lines as CSV; lengths of test words have columns of their own."""
    lengths = sorted({int(name.removeprefix("last_")) for line in lines for name in line if name.startswith("last_")})
    tests = [f"{name}_{n}" for n in lengths for name in ("words", *TESTED)]
    at = COLUMNS.index("tests")
    target = StringIO()
    writer = csv.DictWriter(target, (*COLUMNS[:at], *tests, *COLUMNS[at + 1 :]), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return target.getvalue()


def with_steps(protocol: Protocol, steps: int) -> Protocol:
    """The protocol with other steps, to try something out; its lines say how many.

    Raises:
        SweepError: for a protocol whose recipes have steps of their own, or fewer than one.
    """
    if not protocol.training:
        raise SweepError(f"the protocol {protocol.name!r} takes the steps of each recipe; steps={steps} is for others")
    if steps < 1:
        raise SweepError(f"steps={steps} has to be at least 1")
    return replace(protocol, training={**protocol.training, "steps": steps})
