"""`bistate atlas --max-order 63`: the ladder of every small group, to browse and as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...groups.catalogue.numbered import small_groups
from ..reports.atlas import CSV, HTML
from ..reports.atlas import atlas as make_atlas
from ..terminal.limits import check_folder
from ..terminal.output import JsonOption, Letters, LettersOption, command, counting, show, show_json


@command(resume="Give the same command again to go on.")
def atlas(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to; made if it is missing.")] = Path(
        "atlas"
    ),
    max_order: Annotated[int, typer.Option(help="Largest order of a group, up to 63.")] = 63,
    letters: LettersOption = Letters.ALL,
    prove: Annotated[
        bool, typer.Option("--prove/--no-prove", help="Build and prove the weights of every rung.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Classify all groups up to an order and write a table to browse (HTML) and a CSV file."""
    check_folder(output)
    count = sum(1 for _ in small_groups(max_order))
    rows = []
    with counting("groups", count) as tell:
        for row in make_atlas(output, max_order, letters.value, prove):
            rows.append(row)
            tell(len(rows), count, f"{row['name']} {row['structure']}")
    exact = sum(fact["label"] == "exact" for row in rows for fact in row["rungs"].values())
    entries = sum(len(row["rungs"]) for row in rows)
    facts = {
        "groups": len(rows),
        "entries": entries,
        "exact": exact,
        "proved": all(row["proved"] for row in rows) if prove else None,
        "html": str(output / HTML),
        "csv": str(output / CSV),
    }
    if as_json:
        show_json(facts)
        return
    show(f"{len(rows)} groups, {exact} of {entries} entries exact" + ", all weights proved" * bool(facts["proved"]))
    show(f"browse  {facts['html']}")
    show(f"table   {facts['csv']}")
