"""What all commands share: where output goes, how errors end, and the options of a task."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from .endings import INTERRUPTED, complain, ending, interruptible
from .heartbeat import Heartbeat
from .limits import MOST_LETTERS, CommandError

P = ParamSpec("P")


class Letters(StrEnum):
    """Which group elements are letters."""

    ALL = "all"
    GENERATORS = "generators"


class Track(StrEnum):
    """What the state of a group task is."""

    ELEMENT = "element"
    POINT = "point"


class Side(StrEnum):
    """On which side a new letter multiplies."""

    LEFT = "left"
    RIGHT = "right"


class LengthLawName(StrEnum):
    """How lengths are drawn."""

    UNIFORM = "uniform"
    HARMONIC = "harmonic"


class WordLaw(StrEnum):
    """How words are drawn."""

    UNIFORM = "uniform"
    BALANCED = "balanced"
    BALANCED_STATES = "balanced_states"
    ACCEPTED = "accepted"
    BALANCED_ACCEPTED = "balanced_accepted"


class Device(StrEnum):
    """Where models run."""

    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


Task = Annotated[
    str,
    typer.Argument(
        help="The task: a group (S3, C5, D4, C2xC4: track the product of its elements), parity, mod5, "
        "modular-arithmetic-5, random-8-4-seed0, regex:(ab)*, "
        "file:machine.dot (.hoa, .aut, .json, .csv, .npz), or a benchmark task of `bistate tasks`: chomsky/even-pairs.",
        show_default=False,
    ),
]
LettersOption = Annotated[Letters, typer.Option(help="For groups: all elements are letters, or only the generators.")]
TrackOption = Annotated[Track, typer.Option(help="For groups: track the product, or one point it moves.")]
SideOption = Annotated[Side, typer.Option(help="For groups: a new letter x makes x*g (left) or g*x (right).")]
AlphabetOption = Annotated[
    str | None,
    typer.Option(
        help="For regex: tasks: the letters, as in --alphabet ab; by default those that the expression names.",
        show_default=False,
    ),
]
ShortestOption = Annotated[
    int, typer.Option(min=0, max=MOST_LETTERS, help="Shortest words that are asked about; 0: the empty word too.")
]
PrefixOption = Annotated[
    str, typer.Option(help="Letters of the model before every word, by number: 6, or 6,7.", show_default=False)
]
OutputsOption = Annotated[
    str, typer.Option(help="The score that stands for each state, if not 0,1,2…: 2,0,1.", show_default=False)
]
DeviceOption = Annotated[
    Device, typer.Option(help="Where models run: on the CPU, or on a GPU of NVIDIA or AMD (cuda) or of Apple (mps).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]


def task_options(letters: Letters, track: Track, side: Side, alphabet: str | None) -> dict[str, str]:
    """The options of a task as `parse_task` takes them; an alphabet that is not given is left out."""
    given = {} if alphabet is None else {"alphabet": alphabet}
    return {"letters": letters.value, "track": track.value, "side": side.value} | given


def chosen_device(device: Device) -> str:
    """The name of a device that is there; commands ask before they write anything.

    Raises:
        CommandError: if torch does not find it.
    """
    import torch  # which most commands do without

    from ...models.errors import ModelError, checked_device

    try:
        return checked_device(device.value).type
    except ModelError:
        asked = f"--device {device.value}"
        raise CommandError(
            f"{asked}: torch {torch.__version__} finds no such device here; --device cpu is always there"
        ) from None


def numbers_of(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers with commas between them; none for an empty text.

    Raises:
        CommandError: for another text.
    """
    try:
        return tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        raise CommandError(f"{option} has to be whole numbers with commas between them, got {text!r}") from None


def command(resume: str = "") -> Callable[[Callable[P, int | None]], Callable[P, None]]:
    """Turn a function that returns an exit code into a command that ends with it, errors and Ctrl-C included.

    Args:
        resume: what to tell a person who interrupted the command.
    """

    def decorate(function: Callable[P, int | None]) -> Callable[P, None]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with interruptible() as interruptions:
                try:
                    code = function(*args, **kwargs) or 0
                except KeyboardInterrupt:
                    complain(f"interrupted. {resume}".strip())
                    code = INTERRUPTED
                except typer.Exit:
                    raise
                except Exception as error:
                    # Compiled code may turn an interruption into an error of its own.
                    interrupted = f"interrupted. {resume}".strip()
                    code, line = (INTERRUPTED, interrupted) if interruptions.pressed else ending(error)
                    complain(line)
            raise typer.Exit(code)

        return run

    return decorate


def show(text: Any) -> None:
    """Print text or a rich table to standard output."""
    console = Console()
    console.print(text, highlight=False, soft_wrap=isinstance(text, str), markup=False)


def show_json(value: Any) -> None:
    """Print one JSON value to standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> Table:
    """A table of texts, numbers to the right; nothing in it is read as markup."""
    from rich.text import Text

    found = Table(title=Text(title) if title else None, title_justify="left")
    for k, name in enumerate(head):
        found.add_column(Text(name), justify="left" if k == 0 else "right")
    for row in rows:
        found.add_row(*(Text(cell) for cell in row))
    return found


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error while something runs, or a line every ten seconds where there is no terminal.

    What it gives takes other words for what is done now.
    """
    if not sys.stderr.isatty():
        with Heartbeat(what) as beat:
            yield beat.tell
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda text: bar.update(task, description=text)


@contextmanager
def counting(what: str, total: int | None = None) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error, or a line every ten seconds where there is no terminal.

    What it gives takes how many are done, of how many, and what the last was.
    """
    if not sys.stderr.isatty():
        with Heartbeat(what if total is None else f"{what}, 0 of {total}") as beat:
            yield lambda done, of, last: beat.tell(f"{what}, {done} of {of}, {last}")
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(what, total=total)
        yield lambda done, of, last: bar.update(line, completed=done, total=of, description=last)


def figure(value: float | None, none: str = "no numbers") -> str:
    """Three digits; a chance that is nearly 1 is not shown as 1."""
    if value is None:
        return none
    return ">0.999" if 0.9995 <= value < 1 else f"{value:.3f}"


def parse_lengths(text: str) -> tuple[int, int]:
    """The shortest and longest word of "2-10" or "7".

    Raises:
        CommandError: for another text.

    Example:
        >>> parse_lengths("2-10"), parse_lengths("7")
        ((2, 10), (7, 7))
    """
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    if match is None:
        raise CommandError(f"--lengths {text!r} is not understood; give a range like 2-10, or one number")
    low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        raise CommandError(f"--lengths {text!r} runs backwards; give the shorter length first, as in {high}-{low}")
    if high == 0:
        raise CommandError(
            f"--lengths {text!r} allows no word but the empty one; give a range like 2-10, or one number"
        )
    return low, high
