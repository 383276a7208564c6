"""`python -m bistate` is `bistate`, and the console script `bistate` begins here."""

import sys


def main() -> int:
    """Run the command line on the arguments of this process; its exit code, 130 for Ctrl-C while modules are loaded."""
    try:
        from .verify.cli.process import run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("bistate: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
