"""Limits that are checked before work starts, each with its reason.

Numbers that no computer of today could work on are refused where they are typed; sizes that this one cannot hold, where
a model is about to be made.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ...groups.errors import BistateError

MOST_SEED = 2**63 - 1  # what torch takes
MOST_UNITS = 10**6  # hidden units, factors, heads, terms: a table of their squares has 10^12 numbers
MOST_FACTORS = 10**4  # of exact weights, which are matrices of exact numbers
MOST_LAYERS = 1024
MOST_STEPS = 10**9  # steps and words one after another: a month at a few hundred each second
MOST_RESTARTS = 100
MOST_LETTERS = 10**7  # letters of a word that a model is run on
MOST_THREADS = 256  # above a few hundred OpenMP may end the process where the system grants no more
MOST_JOBS = 1024
MOST_CELLS = 10**6  # trainings that are listed before the first begins
MOST_TOKENS = 2**32  # of a data set: larger files are not read again
USUAL_MEMORY = 2**36  # bytes, where the system does not say


class CommandError(BistateError):
    """An option or a path that a command cannot use."""


def check_folder(output: Path, option: str = "--output") -> None:
    """Refuse the place of a folder that cannot become one.

    Raises:
        CommandError: for a file, a place below a file, and an empty name.
    """
    if str(output) == ".":
        return
    for place in (output, *output.parents):
        if place.exists():
            if not place.is_dir():
                raise CommandError(f"{option} {str(output)!r}: {str(place)!r} is a file; give a folder")
            if not os.access(place, os.W_OK):
                raise CommandError(f"{option} {str(output)!r}: nothing can be written into the folder {str(place)!r}")
            return


def check_file(output: Path, option: str = "--output") -> None:
    """Refuse the place of a file that is a folder, or in a folder that is not there.

    Raises:
        CommandError: naming the place.
    """
    if output.is_dir():
        raise CommandError(f"{option} {str(output)!r} is a folder; give a file name")
    if not output.parent.is_dir():
        raise CommandError(f"there is no folder {str(output.parent)!r} to save {output.name!r} in")
    if not os.access(output.parent, os.W_OK):
        raise CommandError(f"{option} {str(output)!r}: nothing can be written into the folder {str(output.parent)!r}")


def memory() -> int:
    """Bytes of memory that this computer has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return USUAL_MEMORY


def check_memory(
    kind: str, letters: int, states: int, longest: int, hidden: int, batch: int, layers: int, options: dict[str, Any]
) -> None:
    """Refuse a model or batches for which this computer has no memory; what is counted is less than what is used.

    Raises:
        CommandError: naming the option, the bytes and the memory that there is.
    """
    given = {name: value for name, value in options.items() if value is not None}
    each = {"full": letters * hidden, "monomial": letters * hidden, "cp": 2 * given.get("rank", hidden)}
    each |= {"block": letters * given.get("block", 1), "householder": letters * given.get("reflections", 1)}
    each |= {"convex": hidden * given.get("dictionary", 1)}
    numbers = hidden * max(each.get(kind, layers * hidden), letters, states)  # baselines have a square in each layer
    kept = 2 * batch * longest * (hidden + states)  # states and scores of a batch, and their gradients
    sizes = {"hidden": hidden, "layers": layers, **given}
    for name, value, count in (
        *[(f"--{name} {value}", value, 4 * numbers) for name, value in sizes.items()],  # weight, gradient, two moments
        (f"--batch {batch}", batch, kept),
        (f"--lengths up to {longest}", longest, kept),
    ):
        if 4 * count > memory() and value == max(sizes.values() if count == 4 * numbers else (batch, longest)):
            raise CommandError(
                f"{name}: training a {kind} model of {letters} letters takes {shown(4 * count)} of memory or more; "
                f"this computer has {shown(memory())}"
            )


def check_words(words: int, longest: int) -> None:
    """Refuse more random words than this computer has memory for, eight bytes a letter.

    Raises:
        CommandError: naming both numbers.
    """
    if 8 * words * longest > memory():
        raise CommandError(
            f"--words {words} of up to {longest} letters take {shown(8 * words * longest)} of memory; "
            f"this computer has {shown(memory())}"
        )


def shown(size: float) -> str:
    """A number of bytes in words.

    Example:
        >>> shown(512), shown(3 * 2**30), shown(10**30)
        ('512 bytes', '3 GiB', '827181 YiB')
    """
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"):
        if size < 1024:
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.0f} YiB"
