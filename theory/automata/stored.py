"""Automata out of files, and into them; the formats are in `bistate.theory.formats`."""

from __future__ import annotations

from pathlib import Path

from ..errors import AutomatonError
from ..formats.by_suffix import read_automaton
from .constructors import trimmed
from .parts import Parts


def from_file(path: str | Path, complete: str | None = None) -> Parts:
    """The automaton of a file `.dot`, `.gv`, `.hoa`, `.aut`, `.json`, `.csv` or `.npz`; see `bistate.theory.formats`.

    States that no word reaches are left out. In all formats but `.json` labels are texts, and whole numbers where all
    states, letters or outputs are written as such.

    Args:
        path: of the file.
        complete: what a missing edge means: "sink" leads to a new state that is never left and not accepting, "stay"
            leaves the state as it is, None refuses; automata-lib's JSON has a sink by default.

    Raises:
        AutomatonError: for a file that is missing, damaged, too large or no automaton, in one line with the place.
    """
    found = read_automaton(path, complete)
    try:
        return trimmed(*found)
    except AutomatonError as error:
        raise AutomatonError(f"{str(path)!r}: {error}") from None
