"""`bistate check table.json`, for the certificate of a character table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...groups.table_check.checker import check as check_document
from ...groups.table_check.errors import CheckError, FormatError
from ..terminal.endings import NO
from ..terminal.limits import CommandError
from ..terminal.output import show, show_json, working


def check_table(path: Path, document: dict[str, Any], as_json: bool) -> int:
    """Check it and say what it proves; the exit code.

    Raises:
        CommandError: if it is no certificate, or too large to check.
    """
    reason, proved = "", None
    with working("listing the group"):
        try:
            proved = check_document(document)
        except FormatError as error:
            raise CommandError(f"{str(path)!r}: {error}") from None
        except CheckError as error:
            reason = str(error)
    if as_json:
        show_json({"holds": not reason, "claim": "" if reason else str(proved), "reason": reason})
    else:
        show(f"rejected  {reason}" if reason else f"holds     {proved}")
    return NO if reason else 0
