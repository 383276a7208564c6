"""`python -m table_check table.json`: exit code 0 if it holds, 1 if it does not, 2 if it is no certificate."""

from __future__ import annotations

import sys

from .checker import check_file
from .errors import CheckError, FormatError


def main(arguments: list[str]) -> int:
    """Check the certificates in the files given."""
    if not arguments:
        print("usage: python -m table_check CERTIFICATE...", file=sys.stderr)
        return 2
    worst = 0
    for path in arguments:
        try:
            proved = check_file(path)
        except FormatError as error:
            print(f"{path}: {error}", file=sys.stderr)
            worst = 2
        except CheckError as error:
            print(f"{path}: rejected: {error}")
            worst = max(worst, 1)
        else:
            print(f"{path}: {proved}")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
