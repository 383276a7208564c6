"""The command line `bistate`: every command is a thin layer over the library; see `bistate --help`.

Exit codes: 0 done; 1 the answer is "no" (the rung cannot do the task, no exact repair, a promise of the demo failed);
2 bad input, with one line on standard error; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from .atlas_command import atlas
from .build_command import build
from .certify_command import certify, check
from .classify_command import classify
from .data_command import data
from .demo_command import demo
from .group_command import cascade, group
from .import_command import import_
from .output import BAD_INPUT, INTERRUPTED, complain
from .recognise_command import recognise
from .sweep_command import reproduce, sweep, tabulate
from .tasks_command import tasks
from .train_command import train
from .verify_command import verify

app = typer.Typer(
    name="bistate",
    help="Bilinear state tracking: build exact recurrent networks from groups, train networks on the same task, "
    "compare the two, repair the trained one and prove it right for words of every length. Start with: bistate demo S3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    *(demo, group, tasks, classify, cascade, atlas, build, data, train, verify, recognise),
    *(certify, check, sweep, reproduce, tabulate),
)
for command in COMMANDS:
    app.command()(command)
app.command("import")(import_)
app.command("recognize", hidden=True)(recognise)  # American spelling, as of the other names


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
    except Exception as error:
        # Usage errors have these two whether typer brings its own click or not; anything else is a bug of ours.
        if not (hasattr(error, "format_message") and hasattr(error, "exit_code")):
            raise
        typed = " ".join(["bistate", *(sys.argv[1:] if arguments is None else arguments)])
        if typed != "bistate":  # typing nothing has shown the help
            complain(f"{error.format_message().rstrip('.')}, in `{typed}`; see `bistate --help`")
        return BAD_INPUT
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
