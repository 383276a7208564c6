"""Tasks by name, as the command line writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from ..groups.catalogue.named import NAMES, named_group
from ..groups.catalogue.suggestions import suggestion
from ..groups.errors import GroupError, GroupNameError
from ..groups.families.cyclic import CyclicGroup
from ..groups.group import PermutationGroup
from ..theory.automata.automaton import Automaton
from ..theory.benchmarks.registry import benchmark, is_benchmark
from ..theory.errors import AutomatonError

TASKS = (
    "parity, modular-addition-5 (short: mod5), left-to-right-arithmetic-5 (or modular-arithmetic-5), arithmetic-5 "
    "(× before +), random-8-4-seed0 (8 states, 4 letters, random maps), random-permutation-8-4-seed0, reset-3, "
    "counter-4, regex:(ab)* (its states; accept:regex:(ab)*: whether words are accepted), file:machine.dot (or .hoa, "
    ".aut, .json, .csv, .npz), chomsky/even-pairs and the others of `bistate tasks`, or the name of a group for its "
    "word problem"
)

EXAMPLES = ("parity", "modular-addition-5", "mod5", "modular-arithmetic-5", "reset-3", "counter-4")

LIMIT = 1000  # largest number of states or letters in a name: tables have states × letters entries

TABLE = 10**6  # products of two elements of a group that are written down only where they are needed

FILE = "file:"  # what follows is a path
ACCEPT = "accept:"  # what follows is a task with accepting states, and the labels are whether words are accepted
REGEX = "regex:"  # what follows is taken as it stands, spaces included

_PATTERNS: list[tuple[str, Callable[..., Automaton]]] = [
    (r"parity", Automaton.parity),
    (r"(?:modular-addition-|mod)(\d+)", lambda m: Automaton.modular_addition(_size(m))),
    (r"(?:modular|left-to-right)-arithmetic-(\d+)", lambda m: Automaton.left_to_right_arithmetic(_size(m))),
    (r"arithmetic-(\d+)", lambda m: Automaton.arithmetic(_small(m))),
    (
        r"random-(?:(map|permutation)-)?(\d+)-(\d+)(?:-seed(\d+))?",
        lambda kind, n, k, seed: Automaton.random(_size(n), _size(k), kind or "map", int(seed or 0)),
    ),
    (r"reset-(\d+)", lambda n: Automaton.reset(_size(n))),
    (r"counter-(\d+)", lambda n: Automaton.counter(_size(n))),
]


def parse_task(
    text: str, *, letters: str = "all", track: str = "element", side: str = "left", alphabet: str | None = None
) -> Automaton:
    """The automaton that a task's name stands for.

    A group name means the word problem of that group, with all elements as letters. For C_n with the options left as
    they are this is written as modular addition: letters and states are the numbers 0, …, n−1, which are the shifts by
    that much; the automaton is the same one, with shorter labels.

    Args:
        text: "S3", "C2xC4", "parity", "mod5" or "modular-addition-5", "modular-arithmetic-5", "random-8-4-seed0"
            (the seed may be left out: 0), "random-permutation-8-4-seed0", "reset-3", "counter-4", "regex:(ab)*",
            "file:machine.dot" or another file that `Automaton.from_file` reads, "chomsky/even-pairs" or another
            benchmark task.
        letters: "all" or "generators"; for groups.
        track: "element" or "point"; for groups.
        side: "left" or "right"; for groups.
        alphabet: the letters of a regular expression, one character each; None reads them off it.

    Raises:
        AutomatonError: for a text that is not understood, with what is; or options that do not go with the task.

    Example:
        >>> parse_task("C3").letters, parse_task("S3", track="point").states
        ((0, 1, 2), (0, 1, 2))
    """
    if text.lstrip().startswith(ACCEPT):
        inner = text.lstrip().removeprefix(ACCEPT)
        automaton = parse_task(inner, letters=letters, track=track, side=side, alphabet=alphabet)
        try:
            return automaton.acceptor()
        except AutomatonError as error:
            raise AutomatonError(f"task {text!r}: {error}") from None
    plain = (letters, track, side) == ("all", "element", "left")
    kind, colon, rest = text.lstrip().partition(":")
    if alphabet is not None and kind + colon != REGEX:
        raise AutomatonError(f"an alphabet, here {alphabet!r}, goes with a task regex:…, and {text!r} is none")
    if kind + colon in (REGEX, FILE):
        _require_plain(plain, text, letters, track, side)
        return Automaton.from_regex(rest, alphabet) if kind + colon == REGEX else Automaton.from_file(rest)
    if is_benchmark(text.strip()):
        _require_plain(plain, text, letters, track, side)
        return benchmark(text.strip()).automaton
    for pattern, build in _PATTERNS:
        if match := re.fullmatch(pattern, text.strip()):
            _require_plain(plain, text, letters, track, side)
            return build(*match.groups())
    try:
        group = _group(text)
    except GroupError as error:
        raise _unknown(text.strip(), error) from None
    if plain and isinstance(group, CyclicGroup):
        return Automaton.modular_addition(group.order)
    return Automaton.word_problem(group, letters=letters, track=track, side=side)


def large_group(text: str) -> PermutationGroup | None:
    """The group of a name whose word problem has a table of products of more than `TABLE` entries; else None.

    Characters say all that is asked of such a task, where the group does not commute.

    Example:
        >>> large_group("A8").order, large_group("A5"), large_group("parity")
        (20160, None, None)
    """
    try:
        group = _group(text)
    except (GroupError, AutomatonError):
        return None
    return None if group.is_abelian or group.order**2 <= TABLE else group


def _group(text: str) -> PermutationGroup:
    for number in re.findall(r"\d+", text):
        _size(number)
    return named_group(text.strip())


def _require_plain(plain: bool, text: str, letters: str, track: str, side: str) -> None:
    """Refuse the options of a group for another task."""
    if not plain:
        raise AutomatonError(
            f"letters={letters!r}, track={track!r}, side={side!r} go with a group, and {text!r} is none; "
            "leave them as 'all', 'element', 'left'"
        )


def _size(digits: str) -> int:
    """A number in a task's name.

    Raises:
        AutomatonError: above `LIMIT`, before memory is asked for.
    """
    if len(digits) > len(str(LIMIT)) or int(digits) > LIMIT:
        raise AutomatonError(f"{digits} in the name of a task is too large; numbers up to {LIMIT} are accepted")
    return int(digits)


def _small(digits: str) -> int:
    """A modulus in the name of a task with 2m² + 1 states.

    Raises:
        AutomatonError: where these would be more than `LIMIT`.
    """
    modulus = _size(digits)
    if 2 * modulus**2 + 1 > LIMIT:
        raise AutomatonError(
            f"arithmetic-{modulus} has {2 * modulus**2 + 1} states; up to {LIMIT} are accepted, as arithmetic-22 has"
        )
    return modulus


def _unknown(text: str, error: GroupError) -> AutomatonError:
    """A name of the right shape with a wrong number keeps the group's own complaint."""
    if isinstance(error, GroupNameError) and error.piece == text:
        near = next(iter(get_close_matches(text.lower(), EXAMPLES, n=1)), None) or suggestion(text)
        meant = f" did you mean {near!r}?" if near else ""
        return AutomatonError(f"task {text!r} is not understood;{meant} understood: {TASKS}. Groups: {NAMES}")
    verb = " is not understood" if isinstance(error, GroupNameError) else ""
    return AutomatonError(f"task {text!r}{verb}: {error}")
