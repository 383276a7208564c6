"""A report on a trained model: everything found out about it, one HTML file, PNG plots, numbers and weights.

`gather` computes, `write_report` writes, `report` does both. Files are written into a temporary folder that is moved
into place whole, so nobody ever sees half a report.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...models.protocols import LinearRecurrence
from ...theory.automata.automaton import Automaton
from ..comparison.comparison import Comparison
from ..errors import ReportError
from .findings import LENGTHS, WORDS, Findings, gather
from .report_html import FILES, HTML, JSON, PLOTS, SNAPPED, figures, page, png


@dataclass(frozen=True)
class Report:
    """A report that has been written.

    Attributes:
        path: the HTML file; plots, `report.json` and `snapped.json` lie beside it.
        findings: what it says.
    """

    path: Path
    findings: Findings = field(repr=False)


def report(
    model: LinearRecurrence,
    automaton: Automaton,
    directory: str | Path,
    *,
    others: Mapping[str, LinearRecurrence] | None = None,
    title: str = "",
    comparison: Comparison | None = None,
    trained: tuple[int, int] | None = None,
    lengths: Sequence[int] = LENGTHS,
    words: int = WORDS,
    seed: int = 0,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
) -> Report:
    """Compare, snap and prove a trained model, and write what was found as `report.html` with PNG plots.

    The HTML file is self-contained and readable without JavaScript. A model without an exact repair, and a task
    without known irreps, get a report too, which says so.

    Args:
        model: a linear recurrence: any object with `linear()`.
        automaton: its task.
        directory: folder for the report; made, or replaced if it holds nothing but an older report.
        others: more models by name, for the accuracy plot; without prefix, score q for state q.
        title: heading; by default the task's size.
        comparison: the result of `compare`, with the same prefix and outputs, if it is there already.
        trained: shortest and longest training word, marked in the plot.
        lengths: word lengths of the accuracy plot.
        words: random words per length.
        seed: seed of the words.
        prefix: letters of the model that stand before every word.
        outputs: the score that stands for each state, if it is not score q for state q.

    Returns:
        The path of the HTML file, and the findings.

    Raises:
        ReportError: if the folder holds anything else; nothing is written.
        MismatchError: if the model is no linear recurrence, or model and task do not fit.
        ModelError: if a weight is not finite.
    """
    check_place(Path(directory))
    findings = gather(
        model,
        automaton,
        others=others,
        title=title,
        comparison=comparison,
        trained=trained,
        lengths=lengths,
        words=words,
        seed=seed,
        prefix=prefix,
        outputs=outputs,
    )
    return Report(write_report(findings, directory), findings)


def check_place(directory: Path) -> None:
    """Refuse a folder that holds anything but an older report.

    Raises:
        ReportError: naming what is in the way.
    """
    if directory.exists() and not directory.is_dir():
        raise ReportError(f"directory={str(directory)!r} is a file; give a folder for the report")
    strange = sorted(p.name for p in directory.iterdir() if p.name not in FILES) if directory.exists() else []
    if strange:
        raise ReportError(
            f"directory={str(directory)!r} holds {strange[0]!r}, which no report wrote; give a new or empty folder"
        )


def write_report(findings: Findings, directory: str | Path) -> Path:
    """Write the files of a report, all or none.

    Returns:
        The path of the HTML file.

    Raises:
        ReportError: if the folder holds anything but an older report, or cannot be written.
    """
    place = Path(directory)
    check_place(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    except OSError as error:
        raise ReportError(f"cannot write the report to {str(place)!r}: {error.strerror}") from error
    try:
        _write_files(findings, fresh)
        os.chmod(fresh, 0o755)
        _move_into_place(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place / HTML


def _write_files(findings: Findings, place: Path) -> None:
    images = {name: png(figure) for name, figure in figures(findings).items()}
    assert set(images) <= set(PLOTS)
    for name, data in images.items():
        (place / name).write_bytes(data)
    (place / JSON).write_text(json.dumps(findings.to_json(), indent=2) + "\n", encoding="utf-8")
    if findings.snapped is not None:
        findings.snapped.save(place / SNAPPED)
    (place / HTML).write_text(page(findings, images), encoding="utf-8")


def _move_into_place(fresh: Path, place: Path) -> None:
    """Rename the new folder; an older report is kept aside until then, and put back if that fails."""
    if not place.exists():
        os.rename(fresh, place)
        return
    aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    os.rename(place, aside / "old")
    try:
        os.rename(fresh, place)
    except OSError:
        os.rename(aside / "old", place)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
