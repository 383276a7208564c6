"""`python -m exact_check certificate.json`: exit code 0 if it holds, 1 if it does not, 2 if it is no certificate."""

from __future__ import annotations

import sys

from .checker import check
from .document import condition, read_document
from .errors import CheckError, FormatError


def main(arguments: list[str]) -> int:
    """Check the certificates in the files given."""
    if not arguments:
        print("usage: python -m exact_check CERTIFICATE...", file=sys.stderr)
        return 2
    worst = 0
    for path in arguments:
        try:
            document = read_document(path)
            horizon = check(document)
        except FormatError as error:
            print(f"{path}: {error}", file=sys.stderr)
            worst = 2
        except CheckError as error:
            print(f"{path}: rejected: {error}")
            worst = max(worst, 1)
        else:
            length = "of every length" if horizon == float("inf") else f"of at most {int(horizon)} letters"
            given = condition(document)
            print(f"{path}: right on all words {length}, {document['arithmetic']} arithmetic{given and ', ' + given}")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
