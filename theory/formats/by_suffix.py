"""The format of a file by the end of its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ...groups.text_file import write_bytes
from ..errors import AutomatonError
from ..machine import Machine
from .aldebaran import read_aut, to_aut
from .csv_table import read_csv, to_csv
from .described import MOST_BYTES, Described
from .dot import read_dot, to_dot
from .hoa import read_hoa, to_hoa
from .json_table import read_automaton_json, to_json
from .npz_table import read_npz, to_npz


class Format(NamedTuple):
    """A reader and a writer."""

    read: Callable[[str | Path, str | None], Described]
    write: Callable[[Machine], str | bytes]


FORMATS = {
    ".dot": Format(read_dot, to_dot),
    ".gv": Format(read_dot, to_dot),
    ".hoa": Format(read_hoa, to_hoa),
    ".aut": Format(read_aut, to_aut),
    ".json": Format(read_automaton_json, to_json),
    ".csv": Format(read_csv, to_csv),
    ".npz": Format(read_npz, to_npz),
}


def read_automaton(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a file.

    Args:
        path: ending with .dot, .gv, .hoa, .aut, .json, .csv or .npz.
        complete: what a missing edge means: "sink" leads to a new state that is never left and not accepting, "stay"
            leaves the state as it is, None refuses; automata-lib's JSON has a sink by default.

    Raises:
        AutomatonError: for another ending, and for a file that is missing, damaged, too large or of another kind, in
            one line with the place.
    """
    if complete not in (None, "sink", "stay"):
        raise AutomatonError(f"complete={complete!r} is not known; choose 'sink', 'stay' or None")
    return _format(path).read(path, complete)


def write_automaton(automaton: Machine, path: str | Path) -> None:
    """Write an automaton to a file, whole or not at all.

    Raises:
        AutomatonError: for another ending, labels that the format cannot tell apart, or a file that `read_automaton`
            would refuse as too large.
    """
    written = _format(path).write(automaton)
    try:
        data = written.encode() if isinstance(written, str) else written
    except UnicodeEncodeError as error:
        raise AutomatonError(
            f"a label has the half character {error.object[error.start]!r}, which is no text"
        ) from None
    if len(data) > MOST_BYTES:
        raise AutomatonError(f"the automaton takes {len(data)} bytes; files of at most {MOST_BYTES} are read again")
    write_bytes(Path(path), data)


def _format(path: str | Path) -> Format:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise AutomatonError(f"{str(path)!r} ends with {suffix!r}; automata are in files {', '.join(FORMATS)}")
    return FORMATS[suffix]
