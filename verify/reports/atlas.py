"""The atlas: the ladder of every small group, as a table to browse and as CSV.

Groups are done one after the other and each is written at once to `atlas.jsonl`, so that a run that stops goes on where
it was. The table and the CSV are written from that file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ...groups.catalogue.numbered import SmallGroup, small_groups
from ...groups.errors import BistateError
from ...groups.text_file import write_text
from ...theory.automata.automaton import Automaton
from ...theory.files.json_file import parse_json, read_bytes, shown
from ...theory.files.json_record import FLAG, NOTHING, RECORD, TEXT, check_record, either, one_of, whole
from ...theory.ladder.classification import classify
from ...theory.weights.rung import Rung
from .atlas_html import atlas_page
from .ladder_facts import ladder_facts

ROWS, CSV, HTML = "atlas.jsonl", "atlas.csv", "index.html"
VERSION = 2  # 1 had GAP's descriptions, in which D8 has order 8
MOST_BYTES = 2**24  # of the rows; those of all 319 groups take 2 million
RUNGS = tuple(rung.value for rung in Rung)
HEAD = ("name", "order", "number", "structure", "abelian", *RUNGS, "proved")


class AtlasError(BistateError):
    """A folder that holds another atlas, or a file that cannot be read as one."""


def atlas(
    directory: str | Path, max_order: int = 63, letters: str = "all", prove: bool = True
) -> Iterator[dict[str, Any]]:
    """Classify the word problems of all groups up to an order, and write `atlas.jsonl`, `atlas.csv` and `index.html`.

    Groups that `atlas.jsonl` already has are not done again. The table is written when all are done.

    Args:
        directory: where to write; made if it is missing.
        max_order: up to 63.
        letters: "all" elements, or "generators".
        prove: build and prove the weights of every rung.

    Yields:
        The row of each group, done now or before.

    Raises:
        AtlasError: if the folder holds an atlas with other settings, or a damaged one.
        GroupError: for an order above 63.
    """
    folder = Path(directory)
    settings = {"atlas": VERSION, "letters": letters, "prove": prove}
    wanted = list(small_groups(max_order))
    done = _read(folder, settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ROWS
    if not path.exists():
        write_text(path, json.dumps(settings) + "\n")
    rows = []
    for entry in wanted:
        name = _name(entry)
        if name not in done:
            done[name] = atlas_row(entry, letters, prove)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[name], ensure_ascii=False) + "\n")
        rows.append(done[name])
        yield done[name]
    write_text(folder / CSV, csv_text(rows))
    write_text(folder / HTML, atlas_page(rows, letters, prove))


def atlas_row(entry: SmallGroup, letters: str, prove: bool) -> dict[str, Any]:
    """The row of one group: its name and facts for every rung."""
    automaton = Automaton.word_problem(entry.group, letters=letters if entry.order > 1 else "all")
    ladder = classify(automaton)
    # stacks and many-to-one decoders have no column
    rows = {rung: row for rung, row in ladder.items() if rung in RUNGS}
    facts = ladder_facts(automaton, rows, prove)
    for fact in facts:
        del fact["irreps"]
    return {
        "name": _name(entry),
        "order": entry.order,
        "number": entry.number,
        "structure": entry.structure,
        "abelian": entry.group.is_abelian,
        "rungs": {fact["rung"]: fact for fact in facts},
        "proved": all(fact["proved"] for fact in facts if fact["upper"] is not None) if prove else None,
    }


def csv_text(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as CSV: a size, lower–upper, or empty where a rung cannot do the task."""
    target = StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows:
        sizes = [_size(row["rungs"][rung]) for rung in RUNGS]
        first = [row["name"], row["order"], row["number"], row["structure"], int(row["abelian"])]
        writer.writerow([*first, *sizes, "" if row["proved"] is None else int(row["proved"])])
    return target.getvalue()


def _size(fact: dict[str, Any]) -> str:
    return fact["shown"] if fact["possible"] else ""


def _name(entry: SmallGroup) -> str:
    return f"SmallGroup({entry.order},{entry.number})"


ROW = {
    **dict.fromkeys(("name", "structure"), TEXT),
    **dict.fromkeys(("order", "number"), whole(1)),
    "abelian": FLAG,
    "rungs": RECORD,
    "proved": either(FLAG, NOTHING),
}
FACT = {
    "rung": one_of(RUNGS),
    "possible": FLAG,
    **dict.fromkeys(("size", "lower", "upper", "hidden"), either(whole(), NOTHING)),
    **dict.fromkeys(("shown", "unit", "label", "scope", "why_not_smaller", "construction"), TEXT),
    "proved": either(FLAG, NOTHING),
}


def _read(folder: Path, settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows that are there; a last line that was cut off is dropped from the file.

    Nothing is written before all of the file has been found to be an atlas with these settings.
    """
    path = folder / ROWS
    if not path.exists():
        return {}
    *lines, cut = read_bytes(path, MOST_BYTES, AtlasError).split(b"\n")  # nothing stands behind the last line end
    found = [_line(line, k, path) for k, line in enumerate(lines, 1)]
    if not found or not isinstance(found[0], dict) or json.dumps(found[0], sort_keys=True) != json.dumps(settings):
        there = shown(found[0]) if found else "nothing"
        raise AtlasError(f"{str(path)!r} holds an atlas with {there}, and {settings} is asked for: take another folder")
    groups = {_name(entry): entry for entry in small_groups()}
    for k, row in enumerate(found[1:], 2):
        _check_row(row, groups, f"line {k} of {str(path)!r}")
    names = [row["name"] for row in found[1:]]
    if len(set(names)) < len(names):
        raise AtlasError(f"{str(path)!r} has two rows of one group: remove the file to start again")
    if cut:
        write_text(path, b"".join(line + b"\n" for line in lines).decode())
    return {row["name"]: row for row in found[1:]}


def _line(line: bytes, k: int, path: Path) -> Any:
    try:
        return parse_json(line, f"line {k} of {str(path)!r}", AtlasError)
    except AtlasError as error:
        raise AtlasError(f"{error}: remove the file to start again") from None


def _check_row(row: Any, groups: dict[str, SmallGroup], what: str) -> None:
    """Refuse a row that `atlas_row` did not make."""
    check_record(row, ROW, what, AtlasError)
    entry = groups.get(row["name"])
    if entry is None:
        raise AtlasError(f"{what}: there is no group {shown(row['name'])}")
    facts = {"order": entry.order, "number": entry.number, "structure": entry.structure}
    for name, right in (facts | {"abelian": entry.group.is_abelian}).items():
        if row[name] != right:
            raise AtlasError(f"{what}: {name} is {right} for {row['name']}, got {shown(row[name])}")
    check_record(row["rungs"], dict.fromkeys(RUNGS, RECORD), f"{what}: rungs", AtlasError)
    for name, fact in row["rungs"].items():
        check_record(fact, FACT, f"{what}: {name}", AtlasError)
        if fact["rung"] != name:
            raise AtlasError(f"{what}: the facts of {name} are about {fact['rung']}")
