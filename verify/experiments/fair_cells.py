"""What the trainings of a row come to, read from their CSV: settings chosen, seeds that succeed, the worst case."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .contestants import CONTESTANTS
from .fair_table import COLUMNS, Line, chosen_settings
from .presets import TABLES
from .protocols import PROTOCOLS, Protocol
from .runs import SEARCH
from .sweep import SOLVED, SweepError


@dataclass(frozen=True, eq=False)
class FairCell:
    """A row of a table at one size of the task and one width.

    Attributes:
        table: name of the table.
        size: of the task.
        row: key of the contestant.
        hidden: width.
        rate: that was chosen.
        labels: that were chosen.
        searched: how many settings were tried.
        seeds: the lines of the chosen settings that are reported, by seed; may be empty.
    """

    table: str
    size: int
    row: str
    hidden: int
    rate: float
    labels: str
    searched: int
    seeds: tuple[Line, ...]

    def normalised(self, length: int, what: str = "last") -> list[float]:
        """Accuracy at a length, chance-normalised, of each seed; 0 for a training that ended without a finite loss."""
        found = []
        for line in self.seeds:
            if line["reason"]:
                found.append(0.0)
                continue
            chance = float(line[f"chance_{length}"])
            found.append((float(line[f"{what}_{length}"]) - chance) / (1 - chance))
        return found

    def solved(self, length: int) -> int:
        """How many seeds reach the accuracy of a success at a length."""
        return sum(value >= SOLVED for value in self.normalised(length))

    @cached_property
    def wrong(self) -> list[float]:
        """Letters of the shortest wrong word that was found, of each seed in order of size; infinity where none was."""
        return sorted(
            float(line["wrong"]) if line["wrong"] else math.inf
            for line in self.seeds
            if not line["wrong_about"].startswith("no search")
        )

    @cached_property
    def horizons(self) -> list[float]:
        """Proved horizons, of each seed in order of size; none for models that no horizon is looked for."""
        return sorted(float(line["horizon"]) for line in self.seeds if line["horizon"])

    @property
    def no_horizon(self) -> str:
        """Why there is no horizon; "" where there is one."""
        return next((line["horizon_reason"] for line in self.seeds if line["horizon_reason"]), "")

    @property
    def seconds(self) -> float:
        """Of the processor, of the median seed."""
        return statistics.median(float(line["seconds"]) for line in self.seeds)


def read_lines(paths: Iterable[Path]) -> list[dict[str, str]]:
    """The lines of CSV files that `fair_table` wrote, each training once.

    Raises:
        SweepError: for a file that is none, tables of two protocols, or two results of one training.
    """
    found: dict[str, dict[str, str]] = {}
    for path in paths:
        for number, line in enumerate(_lines(path), 2):
            _check(line, f"{str(path)!r}, line {number}")
            old = found.setdefault(line["key"], line)
            if _figures(old) != _figures(line):
                raise SweepError(f"{str(path)!r}, line {number}: another result of the training {line['command']!r}")
    if not found:
        raise SweepError("there is no training in these files; `bistate reproduce TABLE --protocol fair` makes some")
    names = sorted({f"{line['protocol']}, {line['steps']} steps" for line in found.values() if _fixed(line)})
    names += sorted({line["protocol"] for line in found.values() if not _fixed(line)})
    if len(names) > 1:
        raise SweepError(f"a page has the trainings of one protocol, and these are of {' and '.join(names)}")
    return list(found.values())


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = csv.DictReader(file)
            lines = list(found)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SweepError(f"{str(path)!r} is no CSV of trainings: {error}") from None
    missing = [name for name in COLUMNS if name != "tests" and name not in (found.fieldnames or ())]
    if missing:
        raise SweepError(f"{str(path)!r} is no CSV of trainings: it has no column {missing[0]!r}")
    return lines


def _check(line: dict[str, str], where: str) -> None:
    """Refuse a line that no training of a table made."""
    if None in line or None in line.values():
        raise SweepError(f"{where}: it has not as many entries as the first line")
    for name, known in (("protocol", PROTOCOLS), ("table", TABLES), ("row", CONTESTANTS)):
        if line[name] not in known:
            raise SweepError(f"{where}: {name} {line[name]!r} is not known; known are {', '.join(known)}")
    numbers = ("size", "hidden", "rate", "seed", "steps", "parameters", "seconds")
    tested = [name for name in line if name.split("_")[0] in ("last", "every", "chance") and name[-1].isdigit()]
    for name in (*numbers, *(n for n in ("validation", "wrong", "horizon", *tested) if line[n])):
        try:
            float(line[name])
        except ValueError:
            raise SweepError(f"{where}: {name} {line[name]!r} is no number") from None


def _fixed(line: Line) -> bool:
    """Whether the protocol says how many steps there are."""
    return bool(PROTOCOLS[line["protocol"]].training)


def _figures(line: Line) -> dict[str, str]:
    """What a second run of the same training has to have as well."""
    return {name: value for name, value in line.items() if name not in ("seconds", "training_seconds")}


def protocol_of(lines: Sequence[Line]) -> Protocol:
    """The protocol of lines that `read_lines` gave."""
    return PROTOCOLS[lines[0]["protocol"]]


def tests_of(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Lengths of test words, and how many there were of each; those of the protocol where nothing was tested."""
    names = dict.fromkeys(name for line in lines for name in line if name.startswith("words_"))
    found = {int(name.removeprefix("words_")): max(int(line.get(name) or 0) for line in lines) for name in names}
    return sorted(found.items()) or list(protocol_of(lines).tests)


def cells_of_lines(lines: Sequence[Line]) -> list[FairCell]:
    """The cells in the order of tables, sizes, rows and widths."""
    groups: dict[tuple[str, int, str, int], list[Line]] = {}
    for line in lines:
        groups.setdefault((line["table"], int(line["size"]), line["row"], int(line["hidden"])), []).append(line)
    places = {name: k for k, name in enumerate((*TABLES, *CONTESTANTS))}
    order = sorted(groups, key=lambda cell: (places[cell[0]], cell[1], places[cell[2]], cell[3]))
    return [_cell(cell, groups[cell]) for cell in order if any(line["stage"] == SEARCH for line in groups[cell])]


def _cell(cell: tuple[str, int, str, int], lines: Sequence[Line]) -> FairCell:
    search = [line for line in lines if line["stage"] == SEARCH]
    rate, labels = chosen_settings(search)
    mine = [
        line for line in lines if line["stage"] != SEARCH and (float(line["rate"]), line["labels"]) == (rate, labels)
    ]
    tried = {(float(line["rate"]), line["labels"]) for line in search}
    return FairCell(*cell, rate, labels, len(tried), tuple(sorted(mine, key=lambda line: int(line["seed"]))))
