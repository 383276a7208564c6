"""`python -m exact_check certificate.json`: exit code 0 if it holds, 1 if it does not, 2 if it is no certificate."""

from __future__ import annotations

import sys
from typing import Any

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
            given = condition(document)
            print(f"{path}: right on {_words(document, horizon)}{given and ', ' + given}")
    return worst


def _words(document: dict[str, Any], horizon: float) -> str:
    """Of which words a certificate speaks, and of which recurrence."""
    shortest, before, every = (document.get(name) for name in ("shortest", "before", "every"))
    if horizon == float("inf"):
        text = f"all words of {shortest} or more letters" if shortest else "all words of every length"
    else:
        text = f"all words of {f'{shortest} to' if shortest else 'at most'} {int(horizon)} letters"
    text += f", after the letters {' '.join(map(str, before))}" if before else ""
    text += f", with the state replaced by its code after every {every} letters" if every else ""
    return f"{text}, {document['arithmetic']} arithmetic"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
