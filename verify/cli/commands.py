"""The command line `bistate`: every command is a thin layer over the library; see `bistate --help`.

Exit codes: 0 done; 1 the answer is "no" (the rung cannot do the task, no exact repair, a promise of the demo failed)
and nothing else; 2 bad input; 3 a crash, no memory or a full disk; 130 interrupted. Codes above 1 come with one line on
standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

import lazy_loader
import typer
from typer.core import TyperCommand, TyperGroup

from ..terminal.endings import BAD_INPUT, INTERRUPTED, complain, ending


class Entry(NamedTuple):
    """A command before its module is loaded, which may bring torch."""

    module: str
    function: str
    line: str  # the first of its help
    hidden: bool = False


COMMANDS = {
    "demo": Entry(
        "demo_command", "demo", "Build, train, compare, repair and prove on one small group, in about a minute."
    ),
    "group": Entry(
        "group_command",
        "group",
        "Show a group: order, generators, classes, irreducible representations over three fields, character table.",
    ),
    "tasks": Entry(
        "tasks_command",
        "tasks",
        "List the published benchmark tasks, or show one; every name is a task of the other commands.",
    ),
    "classify": Entry(
        "classify_command", "classify", "Show which transition families can do a task, how small, and on what proof."
    ),
    "cascade": Entry(
        "group_command",
        "cascade",
        "Show an automaton as layers of permutations and resets, with their groups; the emulation is checked.",
    ),
    "atlas": Entry(
        "atlas_command",
        "atlas",
        "Classify all groups up to an order and write a table to browse (HTML) and a CSV file.",
    ),
    "build": Entry(
        "build_command",
        "build",
        "Build exact weights for a task, prove them right for words of every length, and save them.",
    ),
    "data": Entry(
        "data_command",
        "data",
        "Write random words of a task with their labels, for training elsewhere; letters and labels are numbers.",
    ),
    "train": Entry(
        "train_command",
        "train",
        "Train a bilinear recurrent network, a baseline or a layer on a task; then `bistate verify FOLDER`.",
    ),
    "verify": Entry(
        "verify_command",
        "verify",
        "Compare a trained model with exact representations, repair it to exact weights, and prove these.",
    ),
    "recognise": Entry(
        "recognise_command",
        "recognise",
        "Recover the automaton that a trained model tracks, or a table of words is about, and name its group.",
    ),
    "certify": Entry(
        "certify_command",
        "certify",
        "Prove a length up to which a trained model is right on every word, and look for the shortest wrong word.",
    ),
    "check": Entry(
        "certify_command",
        "check",
        "Check a certificate in exact integer arithmetic, by a module that shares no code with the prover.",
    ),
    "sweep": Entry(
        "sweep_command",
        "sweep",
        "Train every task with every model, rate and seed, each once, and write one table of results.",
    ),
    "reproduce": Entry(
        "sweep_command",
        "reproduce",
        "Train the cells of one of the paper's tables: as published figures are compared, or by a fair protocol.",
    ),
    "tabulate": Entry(
        "sweep_command", "tabulate", "Make a page of tables from the CSV of trainings; nothing is trained."
    ),
    "import": Entry(
        "import_command",
        "import_",
        "Read a linear or affine recurrence from arrays; certify, recognise and verify take the folder as a run.",
    ),
}
COMMANDS["recognize"] = COMMANDS["recognise"]._replace(hidden=True)  # American spelling, as of the other names

_modules: dict[str, list[str]] = {}
for entry in COMMANDS.values():
    _modules.setdefault(entry.module, []).append(entry.function)
_function: Callable[[str], Callable[..., None]] = lazy_loader.attach(__package__, submod_attrs=_modules)[0]


class LazyGroup(TyperGroup):
    """The group of all commands; the module of one is loaded when it is run, or asked for its own help."""

    def __init__(self, **settings: Any) -> None:
        known = {name: TyperCommand(name, help=entry.line, hidden=entry.hidden) for name, entry in COMMANDS.items()}
        super().__init__(**{**settings, "commands": known})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name of a command, the command itself, and the arguments that are left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, None if name is None else loaded(name), rest if command else args


def loaded(name: str) -> Any:
    """The command of a name, with its options."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(_function(COMMANDS[name].function))
    return typer.main.get_command(alone)


app = typer.Typer(
    name="bistate",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from ... import __version__

        print(f"bistate {__version__}")
        raise typer.Exit


@app.callback()
def bistate(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Bilinear state tracking: exact networks from groups, trained ones, and proofs that one matches the other.

    Start with: bistate demo S3
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; the console script `bistate` ends with it.

    Args:
        arguments: what follows `bistate`; None reads the process's own.
    """
    try:
        code = app(arguments, standalone_mode=False, prog_name="bistate")
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        return INTERRUPTED
    except SystemExit as end:  # of the completion of shells
        code = end.code
    except Exception as error:
        # Usage errors have these two whether typer brings its own click or not; anything else is a bug of ours.
        if not (hasattr(error, "format_message") and hasattr(error, "exit_code")):
            code, line = ending(error)
            complain(line)
            return code
        typed = " ".join(["bistate", *(sys.argv[1:] if arguments is None else arguments)])
        if typed != "bistate":  # typing nothing has shown the help
            complain(f"{error.format_message().rstrip('.')}, in `{typed}`; see `bistate --help`")
        return BAD_INPUT
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
