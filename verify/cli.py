"""The command line `bistate`: every command is a thin layer over the library; see `bistate --help`.

Exit codes: 0 done; 1 the answer is "no" (the rung cannot do the task, no exact repair, a promise of the demo failed);
2 bad input, with one line on standard error; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from .cli_atlas import atlas
from .cli_build import build
from .cli_certify import certify, check
from .cli_classify import classify
from .cli_demo import demo
from .cli_group import group
from .cli_output import BAD_INPUT, INTERRUPTED, complain
from .cli_recognise import recognise
from .cli_sweep import reproduce, sweep
from .cli_train import train
from .cli_verify import verify

app = typer.Typer(
    name="bistate",
    help="Bilinear state tracking: build exact recurrent networks from groups, train networks on the same task, "
    "compare the two, repair the trained one and prove it right for words of every length. Start with: bistate demo S3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, group, classify, atlas, build, train, verify, recognise, certify, check, sweep, reproduce):
    app.command()(command)


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
