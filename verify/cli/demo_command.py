"""`bistate demo S3`: the whole idea in about a minute, as a list that fills in."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ..reports.demonstration import Stage, titles
from ..reports.demonstration import demo as run_demo
from ..terminal.endings import NO
from ..terminal.limits import MOST_STEPS, check_folder
from ..terminal.output import Device, DeviceOption, JsonOption, chosen_device, command, show, show_json

MOST_SEEDS = 1000
MARKS = {"waiting": ("·", "dim"), "done": ("✓", "green"), "failed": ("✗", "red")}


class Checklist:
    """The stages on a terminal, redrawn as they end; elsewhere one line per stage that ends.

    Args:
        seeds: number of seeds trained.
        console: where to draw.
    """

    def __init__(self, seeds: int, console: Console) -> None:
        self.stages = {stage.key: stage for stage in titles(seeds)}
        self.console = console
        self.live = Live(self.table(), console=console, refresh_per_second=8, transient=False)

    def __enter__(self) -> Checklist:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self.live.update(self.table())
            self.live.stop()

    def __call__(self, stage: Stage) -> None:
        """Take note of a stage."""
        self.stages[stage.key] = stage
        if self.console.is_terminal:
            self.live.update(self.table())
        elif stage.state in MARKS:
            text = f"{MARKS[stage.state][0]} {stage.title}: {stage.result}"
            self.console.print(text, highlight=False, soft_wrap=True, markup=False)

    def table(self) -> Table:
        """All stages, one row each."""
        found = Table.grid(padding=(0, 1))
        found.add_column(width=1)
        found.add_column(max_width=40)
        found.add_column()
        for stage in self.stages.values():
            mark, style = MARKS.get(stage.state, ("", "bold"))
            sign = Spinner("dots") if stage.state == "running" else Text(mark, style=style)
            found.add_row(sign, Text(stage.title, style="dim" if stage.state == "waiting" else ""), Text(stage.result))
        return found


@command(resume="Finished trainings are kept: the same command goes on from there.")
def demo(
    group: Annotated[str, typer.Argument(help="A group whose irreps are known: S3, C5, D4, S4, C2xC4, …")] = "S3",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", "--out", help="Folder for runs and report; by default bistate-demo-GROUP."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="Models trained with normalisation.")] = 3,
    steps: Annotated[int, typer.Option(min=1, max=MOST_STEPS, help="Training steps of each model.")] = 1500,
    device: DeviceOption = Device.CPU,
    as_json: JsonOption = False,
) -> int:
    """Build, train, compare, repair and prove on one small group, in about a minute.

    Exit code 1: something the demo promises did not happen; it says what.
    """
    begun = time.monotonic()
    place = output or Path("bistate-demo-" + re.sub(r"[^\w.-]+", "-", group))
    check_folder(place)
    on = chosen_device(device)
    with Checklist(seeds, Console(stderr=as_json)) as checklist:
        result = run_demo(group, place, seeds=seeds, steps=steps, listener=checklist, device=on)
    if as_json:
        show_json(result.to_json() | {"seconds": round(time.monotonic() - begun, 1)})
    else:
        show(f"\n{time.monotonic() - begun:.0f} s. Open {result.report} in a browser.")
        for promise in result.broken:
            show(f"not as promised: {promise}")
    sys.stdout.flush()
    return NO if result.broken else 0
