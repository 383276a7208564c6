"""`bistate train data.csv -o runs/own`: a table of words instead of a task, a part of which is held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...models.tasks.task import StateTracking
from ...models.tasks.word_files import ENDINGS, read_words
from ...models.tasks.word_table import WordTable
from ...models.training.accuracy import evaluate
from ...models.training.config import usual_config
from ...models.training.train_run import train
from ..terminal.limits import CommandError
from ..terminal.output import show, show_json

SHARE = 0.1  # of the words, held out by default


def is_table(task: str) -> bool:
    """Whether a task is the path of a table of words; one of an automaton begins with `file:`."""
    return ":" not in task and Path(task).suffix in ENDINGS


def table_of_words(file: str, validation: str | None, seed: int, device: str = "cpu") -> WordTable:
    """The words of a file, and of those the share that is held out, or the words of another file instead.

    Raises:
        CommandError: for a share that is no number in (0, 1).
        TaskError: for files that are no tables, or do not go together.
    """
    words, labels = read_words(file)
    held: Any = SHARE
    if validation is not None and is_table(validation):
        held = read_words(validation)
    elif validation is not None:
        try:
            held = float(validation)
        except ValueError:
            held = -1.0
        if not 0 < held < 1:
            raise CommandError(f"--validation {validation!r} is neither a share of the words, as 0.1, nor a table")
    return StateTracking.from_words(words, labels, validation=held, seed=seed, device=device)


def train_on_table(
    file: str,
    validation: str | None,
    output: Path,
    kind: str,
    build: Callable[[int, int], Any],
    settings: Mapping[str, Any],
    require: float | None,
    as_json: bool,
    device: str,
) -> int:
    """Train on the words of a file, and look at those that are held out; the exit code."""
    table = table_of_words(file, validation, settings["seed"], device)
    for name in ("settle_steps", "restarts"):
        if settings.get(name):
            option = f"--{name.replace('_', '-')} {settings[name]}"
            raise CommandError(f"{option} needs the states of a task, and {file!r} is a table of words")
    network = build(len(table.letters), len(table.labels))
    run = train(network, table, usual_config(kind, **table.sizes, **settings), directory=output, progress=True)
    network.cpu()
    accuracy, chance = evaluate(network, table), float(table.chance)
    reached = require is None or accuracy >= require
    facts = {
        "table": file,
        "directory": str(output),
        "steps": run.steps,
        "seconds": round(run.seconds, 2),
        "parameters": sum(p.numel() for p in network.parameters()),
        "letters": list(map(str, table.letters)),
        "labels": list(map(str, table.labels)),
        "words": len(table.training),
        "held_out": len(table.validation),
        "accuracy": accuracy,
        "chance": chance,
        "reached": reached,
    }
    if as_json:
        show_json(facts)
        return 0 if reached else 1
    show(f"table     {file}: {len(table.letters)} letters, {len(table.labels)} labels")
    show(f"trained   {run.steps} steps in {run.seconds:.1f} s, {facts['parameters']} parameters")
    kept = f"{len(table.validation)} words, chance {chance:.3f}; {len(table.training)} trained on"
    show(f"held out  {accuracy:.3f} of {kept}")
    show(f"next      bistate recognise {output}, bistate verify {output} --task TASK")
    return 0 if reached else 1
