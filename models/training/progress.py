"""A progress bar that appears once a run has lasted a second; lines where there is no terminal."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

DELAY = 1.0  # seconds before anything is shown
PAUSE = 0.1  # seconds between redraws
LINES = 10.0  # seconds between lines where there is no terminal


class ProgressLine:
    """`training ━━━━ 700/1500 0:00:02 loss 0.013 accuracy 1.000`, on standard error.

    Args:
        steps: steps of the whole run.
        wanted: True shows, by a line every ten seconds where standard error is no terminal; False hides, None shows
            when it is one.
        what: the word before the bar.
    """

    def __init__(self, steps: int, wanted: bool | None, what: str = "training") -> None:
        self.steps, self.what = steps, what
        self.drawn = sys.stderr.isatty()
        self.wanted = self.drawn if wanted is None else wanted
        self.bar: Progress | None = None
        self.begun = time.monotonic()
        self.due = self.begun + (DELAY if self.drawn else LINES)

    def __enter__(self) -> ProgressLine:
        return self

    def show(self, step: int, loss: float, history: Sequence[dict[str, float | int]]) -> None:
        """Redraw, when that is wanted and due; a loss that is NaN is not known yet."""
        known = "" if math.isnan(loss) else f"loss {loss:.3f}"
        self.reach(step, known + (f"  accuracy {history[-1]['accuracy']:.3f}" if history else ""))

    def reach(self, step: int, state: str = "") -> None:
        """The same with any text behind the bar."""
        if not self.wanted or time.monotonic() < self.due:
            return
        self.due = time.monotonic() + (PAUSE if self.drawn else LINES)
        if not self.drawn:
            passed = round(time.monotonic() - self.begun)
            print(
                f"{self.what}: {step} of {self.steps}, {passed} s so far  {state}".rstrip(), file=sys.stderr, flush=True
            )
            return
        if self.bar is None:
            self.bar = _bar()
            self.bar.start()
            self.task = self.bar.add_task(self.what, total=self.steps, state="")
        self.bar.update(self.task, completed=step, state=state)

    def turn_to(self, what: str, steps: int) -> None:
        """Show another part of the work from now on."""
        self.what, self.steps = what, steps
        if self.bar is not None:
            self.bar.update(self.task, description=what, total=steps, completed=0, state="")

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[state]}"), console=Console(stderr=True), transient=True)
