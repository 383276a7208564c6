"""JSON that anybody may have written: read in bounded time and memory, or refused with a named error.

A file is refused by what it is and by its size before any of it is read: a named pipe would keep the reader waiting for
ever, and a sparse file of gigabytes costs its sender nothing. The parsed value takes at most some 25 bytes of memory
for each byte of text, so the limit on the size bounds the memory too.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from math import isinf
from pathlib import Path
from reprlib import Repr
from typing import Any, BinaryIO, NoReturn

from ...groups.errors import BistateError

SMALL_FILE = 2**20  # bytes; settings, notes and results of one training take a few thousand
MOST_DEEP = 100  # lists and objects inside each other; ours have at most 10, and recursion ends near 1000
MOST_SAID = 400  # characters of a value in a message, or of another library's message, which may repeat a file
MOST_DIGITS = 1000  # of a number; the ones in our files have at most 20

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_repr = Repr()
_repr.maxlevel, _repr.maxdict, _repr.maxlist, _repr.maxtuple = 4, 20, 8, 8
_repr.maxstring = _repr.maxlong = _repr.maxother = 80


def shown(value: object) -> str:
    """The value as it is written in Python, shortened if it is long."""
    return _short(_repr.repr(value))


def reason(error: Exception) -> str:
    """What an error of another library says, shortened if it is long."""
    return _short(str(error))


def _short(text: str) -> str:
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"


def read_json(path: str | Path, most: int, error: type[BistateError]) -> Any:
    """The JSON value in a file.

    Args:
        path: of a regular file.
        most: bytes that such a file may have.
        error: the class of the error to raise.

    Raises:
        BistateError: of the class given, for a file that is missing, not regular or larger than `most`, and for text
            that `parse_json` refuses.
    """
    return parse_json(read_bytes(path, most, error), repr(str(path)), error)


def read_bytes(path: str | Path, most: int, error: type[BistateError]) -> bytes:
    """All bytes of a file; errors as for `read_json`."""
    with open_regular(path, most, error) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(size + 1)
    if len(data) != size:
        raise error(f"cannot read {str(path)!r}: {size} bytes were expected; is it being written?")
    return data


@contextmanager
def open_regular(path: str | Path, most: int, error: type[BistateError]) -> Iterator[BinaryIO]:
    """A file opened for reading, after a look at what it is; errors as for `read_json`."""
    name = repr(str(path))
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                kind = next((word for is_kind, word in _KINDS if is_kind(found.st_mode)), "something else")
                raise error(f"cannot read {name}: it is {kind}, and a file is needed")
            if found.st_size > most:
                raise error(f"cannot read {name}: it has {found.st_size} bytes, and such files have at most {most}")
            yield file
    except IsADirectoryError:
        raise error(f"cannot read {name}: it is a folder, and a file is needed") from None
    except OSError as refusal:
        raise error(f"cannot read {name}: {refusal.strerror or refusal}") from None
    except ValueError as refusal:
        if isinstance(refusal, BistateError):
            raise
        raise error(f"cannot read {name}: {refusal}") from None  # a path with a null character


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def parse_json(text: bytes | str, what: str, error: type[BistateError]) -> Any:
    """The value of a JSON text: UTF-8, with finite numbers of bounded length, each name once, and bounded nesting.

    Args:
        text: of JSON.
        what: where it stands, for messages.
        error: the class of the error to raise.

    Raises:
        BistateError: of the class given, for any other text.

    Example:
        >>> parse_json('{"a": [1, 2.5, null]}', "this text", BistateError)
        {'a': [1, 2.5, None]}
        >>> parse_json('{"a": 1, "a": 2}', "this text", BistateError)
        Traceback (most recent call last):
        ...
        bistate.groups.errors.BistateError: cannot read this text: it is not complete JSON: the name 'a' stands twice
    """
    try:
        decoded = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(
            decoded, parse_int=_integer, parse_float=_float, parse_constant=_constant, object_pairs_hook=_object
        )
        if re.search(r"\\u[dD][89a-fA-F]", decoded):  # half a pair of these is no character
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        deep = True
    except ValueError as refusal:
        raise error(f"cannot read {what}: it is not complete JSON: {reason(refusal)}") from None
    else:
        deep = _is_deeper(value, MOST_DEEP)
    if deep:
        raise error(f"cannot read {what}: lists and objects lie more than {MOST_DEEP} deep inside each other")
    return value


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits; at most {MOST_DIGITS} are accepted")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"the number {shown(text)} is too large")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise ValueError(f"the name {shown(twice)} stands twice")
    return found


def _is_deeper(value: Any, most: int) -> bool:
    """Whether containers lie more than `most` deep, level by level, as recursion could end too early."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        if not level:
            return False
        inside = (x for v in level for x in (v.values() if isinstance(v, dict) else v))
        level = [x for x in inside if isinstance(x, dict | list)]
    return bool(level)
