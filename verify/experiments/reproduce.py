"""The paper's tables, from sweeps: our figure beside the published one, with the seeds that succeeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ...groups.text_file import write_text
from ..reports.report_html import STYLE
from .markdown_table import table_lines
from .presets import TABLES, cells_of
from .sweep import SOLVED, sweep

MARKDOWN, PAGE = "table.md", "table.html"


def reproduce(
    name: str,
    folder: str | Path,
    seeds: int = 3,
    sizes: tuple[int, ...] = (),
    rows: tuple[str, ...] = (),
    jobs: int = 1,
    progress: Callable[[int, int, dict[str, Any]], None] | None = None,
    first_seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Train the cells of a table that are not there yet, and write `table.md` and `table.html` beside `results.csv`.

    Args:
        name: of the table, see `bistate.verify.experiments.presets.TABLES`.
        folder: where results are, and go.
        seeds: seeds for each cell.
        sizes: only these columns.
        rows: only the rows of these models.
        jobs: processes.
        progress: called after each cell with the number done, the number of all, and the result.
        first_seed: of the seeds; the settings were chosen with seed 0.
        device: where cells are trained.

    Returns:
        title, sizes, and for each row its cells: best normalised accuracy, seeds that succeeded, seeds, the published
        figure, seconds.

    Raises:
        SweepError: for a table, size or row that there is not.
    """
    planned = cells_of(name, seeds, sizes, rows, first_seed, device)
    results = {}
    for result in sweep([cell for _, _, cell in planned], folder, jobs):
        results[result["key"]] = result
        if progress is not None:
            progress(len(results), len({cell.key for _, _, cell in planned}), result)
    table = TABLES[name]
    columns = sizes or table.sizes
    found: dict[str, Any] = {"name": name, "title": table.title, "sizes": list(columns), "rows": []}
    for row in dict.fromkeys(row for row, _, _ in planned):
        cells = {}
        for m in columns:
            mine = [results[cell.key] for r, n, cell in planned if r is row and n == m]
            cells[m] = _summary(mine, row.published.get(m))
        found["rows"].append({"name": row.name, "model": row.model, "cells": cells})
    write_text(Path(folder) / MARKDOWN, markdown(found))
    write_text(Path(folder) / PAGE, page(found))
    return found


def _summary(results: Sequence[dict[str, Any]], published: float | None) -> dict[str, Any]:
    figures = [r["normalised"] for r in results if r["accuracy"] is not None]
    first = results[0]
    return {
        "best": max(figures, default=None),
        "solved": sum(x >= SOLVED for x in figures),
        "seeds": len(results),
        "published": published,
        "hidden": first["cell"]["hidden"],
        "steps": first["cell"]["training"]["steps"],
        "labels": "every" if first["cell"]["every"] else "last",
        "seconds": round(sum(r["seconds"] for r in results), 1),
    }


def _figure(cell: dict[str, Any]) -> str:
    best = "–" if cell["best"] is None else f"{max(cell['best'], 0):.2f}" if cell["best"] < 1 else "1.00"
    best = "0.99" if best == "1.00" and cell["best"] < 1 else best  # never round up to a success
    return f"{best} ({cell['solved']}/{cell['seeds']})"


def markdown(found: dict[str, Any]) -> str:
    """The table as Markdown: ours (seeds that succeeded / seeds), then the published figure."""
    head = ["", *(f"m = {m}" for m in found["sizes"])]
    figures, settings = [], []
    for row in found["rows"]:
        cells = row["cells"].values()
        theirs = ["" if c["published"] is None else f"{c['published']:.2f}" for c in cells]
        figures += [[row["name"], *map(_figure, cells)], ["published (n)", *theirs]]
        settings.append(
            [row["name"], *(f"{c['hidden']}, {c['steps']}, {c['labels']}, {c['seconds']} s" for c in cells)]
        )
    about = "Settings: hidden size, optimiser steps, labelled positions, seconds of all trainings together."
    lines = [f"# {found['title']}", "", _caption(), "", *table_lines(head, figures)]
    lines += ["", about, "", *table_lines(head, settings)]
    return "\n".join(lines) + "\n"


def _caption() -> str:
    return (
        "Accuracy at the last position of 1000 random words of length 500, chance-normalised, (acc − c)/(1 − c): the "
        f"best training, and how many of all trainings reached {SOLVED}. Trained on lengths 2 to 10, batch 64. "
        "Published figures are known through a third party's note on arXiv:2505.21749 (hidden 256, 100 000 steps)."
    )


def page(found: dict[str, Any]) -> str:
    """The table as HTML."""
    head = "".join(f"<th>m = {m}</th>" for m in found["sizes"])
    body = ""
    for row in found["rows"]:
        cells = "".join(_cell(cell) for cell in row["cells"].values())
        body += f"<tr><td>{escape(row['name'])}</td>{cells}</tr>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(found["title"])}</title>'
        f"<style>{STYLE}td.good{{background:#e2f3ec}}td small{{color:#666;display:block}}</style></head><body>"
        f"<h1>{escape(found['title'])}</h1><p>{escape(_caption())}</p>"
        f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table></body></html>\n"
    )


def _cell(cell: dict[str, Any]) -> str:
    published = "" if cell["published"] is None else f"<small>published {cell['published']:.2f}</small>"
    kind = ' class="good"' if cell["solved"] else ""
    settings = f"hidden {cell['hidden']}, {cell['steps']} steps, {cell['seconds']} s"
    return f'<td{kind} title="{settings}">{_figure(cell)}{published}</td>'
