"""Exact weights as JSON: every number is text, so nothing is lost, and no other program rounds it.

A rational number is "3/4"; an element of Q(ζ_e) is the list of its coordinates in 1, ζ_e, …, ζ_e^{φ(e)−1}, with e
stated once for the file. Labels may be texts, integers, booleans, permutations and tuples of labels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from math import lcm
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flint import fmpq, fmpq_mat

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.cyclotomic_field import field_degree
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.text_file import write_text
from ..errors import WeightsError
from ..files.json_file import MOST_DIGITS, read_json, shown
from ..files.json_labels import decode_label, encode_label
from ..files.json_record import LIST, NOTHING, RECORD, TEXT, check_record, either, list_of, one_of, whole
from .factors import CPFactors, Factors, HouseholderFactors
from .network import Network
from .rung import Rung

FORMAT = "bistate exact weights"
VERSION = 1
W = TypeVar("W", bound="Written")
MOST_BYTES = 2**28  # of a file: 20 million entries, which take hours to prove
MOST_CONDUCTOR = 4000  # the largest that a task's name can ask for: rotations by 1/999 of a turn need 4 · 999
MOST_WORDS = 2**25  # of 8 bytes that all entries take in memory, with 1 for each rational coordinate
NUMBER = re.compile(rf"-?[0-9]{{1,{MOST_DIGITS}}}(?:/([1-9][0-9]{{0,{MOST_DIGITS - 1}}}))?")
FIELDS = {
    "format": TEXT,
    "version": whole(1),
    "rung": one_of(Rung),
    "note": TEXT,
    "blocks": list_of(whole(1)),
    "conductor": whole(1),
    "letters": LIST,
    "states": LIST,
    "transitions": LIST,
    "initial": LIST,
    "readout": LIST,
    "form": either(LIST, NOTHING),
    "factors": either(RECORD, NOTHING),
}
IN_FACTORS = ("the factors", WeightsError)


class Written(Network, Protocol):
    """The fields of `BilinearWeights`, by the names that a file gives them too."""

    @property
    def blocks(self) -> tuple[int, ...]:
        """Sizes of the diagonal blocks."""

    @property
    def rung(self) -> str:
        """The transition family."""

    @property
    def note(self) -> str:
        """Where the weights come from."""

    @property
    def form(self) -> ExactMatrix | None:
        """An invariant form."""

    @property
    def factors(self) -> Factors | None:
        """The transitions in factored form."""


def to_json(weights: Written) -> dict[str, Any]:
    """The weights as a JSON-ready dictionary."""
    extra = _factor_matrices(weights)
    matrices = [*weights.transitions, weights.initial, weights.readout, *extra]
    if weights.form is not None:
        matrices.append(weights.form)
    conductor = lcm(*(matrix.reduced().conductor for matrix in matrices))
    encoded = [_encode_matrix(matrix, conductor) for matrix in matrices[: len(weights.letters) + 2]]
    return {
        "format": FORMAT,
        "version": VERSION,
        "rung": str(weights.rung),
        "note": weights.note,
        "blocks": list(weights.blocks),
        "conductor": conductor,
        "letters": [encode_label(label, WeightsError) for label in weights.letters],
        "states": [encode_label(label, WeightsError) for label in weights.states],
        "transitions": encoded[:-2],
        "initial": encoded[-2],
        "readout": encoded[-1],
        "form": None if weights.form is None else _encode_matrix(weights.form, conductor),
        "factors": _encode_factors(weights.factors, conductor),
    }


def _factor_matrices(weights: Written) -> list[ExactMatrix]:
    factors = weights.factors
    if isinstance(factors, CPFactors):
        return [factors.left, factors.letters, factors.right]
    return [] if factors is None else [factors.form, *(v for heads in factors.vectors for v in heads)]


def _encode_factors(factors: Factors | None, conductor: int) -> dict[str, Any] | None:
    if isinstance(factors, CPFactors):
        named = {"left": factors.left, "letters": factors.letters, "right": factors.right}
        return {"kind": "cp", **{name: _encode_matrix(matrix, conductor) for name, matrix in named.items()}}
    if isinstance(factors, HouseholderFactors):  # vectors are written as rows, so that their length is never lost
        vectors = [[_encode_matrix(v.T, conductor) for v in heads] for heads in factors.vectors]
        return {"kind": "householder", "form": _encode_matrix(factors.form, conductor), "vectors": vectors}
    return None


def _decode_factors(data: Any, conductor: int, size: int) -> Factors | None:
    if data is None:
        return None
    if data["kind"] == "cp":
        return CPFactors(*(_decode_matrix(data[name], conductor) for name in ("left", "letters", "right")))
    vectors = tuple(
        tuple(_decode_matrix(rows, conductor).T if rows else ExactMatrix.zeros(size, 0) for rows in heads)
        for heads in data["vectors"]
    )
    return HouseholderFactors(_decode_matrix(data["form"], conductor), vectors)


def from_json(data: Any, build: Callable[..., W]) -> W:
    """The weights of a dictionary made by `to_json`; `build` makes them of their fields, as `BilinearWeights` does.

    Raises:
        WeightsError: if it is not such a dictionary, or larger than `save` would write.
        BistateError: another one, where the weights do not fit together.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WeightsError(f"this is not a {FORMAT!r} file")
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        raise WeightsError(f"version {shown(version)} of {FORMAT!r} is not known; this library reads {VERSION}")
    check_record(data, FIELDS, "the weights", WeightsError, may_lack=("form", "factors"))
    _check_numbers(data)
    try:
        weights = _decode(data, build)
    except ZeroDivisionError as error:
        raise WeightsError(f"the weights are not well formed: {error!r}") from error
    for name in ("form", "factors"):
        if data.get(name) is not None and getattr(weights, name) is None:
            raise WeightsError(f"the {name} in the file does not fit the transitions: one of them is damaged")
    return weights


def _decode(data: dict[str, Any], build: Callable[..., W]) -> W:
    conductor = data["conductor"]
    return build(
        letters=tuple(decode_label(label, WeightsError) for label in data["letters"]),
        states=tuple(decode_label(label, WeightsError) for label in data["states"]),
        transitions=tuple(_decode_matrix(rows, conductor) for rows in data["transitions"]),
        initial=_decode_matrix(data["initial"], conductor),
        readout=_decode_matrix(data["readout"], conductor),
        blocks=tuple(data["blocks"]),
        rung=data["rung"],
        note=data["note"],
        form=None if data.get("form") is None else _decode_matrix(data["form"], conductor),
        factors=_decode_factors(data.get("factors"), conductor, len(data["initial"])),
    )


def save(weights: Written, path: str | Path) -> None:
    """Write the weights to a file, whole or not at all.

    Raises:
        WeightsError: for weights so large that `load` would refuse them, or a label that cannot be saved.
    """
    data = to_json(weights)
    _check_numbers(data)
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if len(text.encode()) > MOST_BYTES:
        raise WeightsError(f"the weights take {len(text.encode())} bytes; files of at most {MOST_BYTES} are read again")
    write_text(Path(path), text)


def load(path: str | Path, build: Callable[..., W]) -> W:
    """Read weights from a file; `build` as for `from_json`.

    Raises:
        WeightsError: if the file is missing, truncated or not such a file, or larger than `save` would write.
        BistateError: another one, where the weights do not fit together.
    """
    data = read_json(path, MOST_BYTES, WeightsError)
    try:
        return from_json(data, build)
    except WeightsError as error:
        raise WeightsError(f"{str(path)!r}: {error}") from None


def _encode_matrix(matrix: ExactMatrix, conductor: int) -> list[list[Any]]:
    return [[_encode_number(value, conductor) for value in row] for row in matrix.tolist()]


def _encode_number(value: Cyclotomic, conductor: int) -> str | list[str]:
    if value.is_rational:
        return str(value.to_fraction())
    return [str(c) for c in value.over(conductor)]


def _decode_matrix(rows: list[list[Any]], conductor: int) -> ExactMatrix:
    shape = len(rows), len(rows[0]) if rows else 0
    entries = [entry for row in rows for entry in row]
    if all(isinstance(entry, str) for entry in entries):
        return ExactMatrix.from_parts([fmpq_mat(*shape, [_rational(entry) for entry in entries])], 1)
    degree, zero = field_degree(conductor), fmpq(0)
    coordinates = [
        [_rational(entry)] + [zero] * (degree - 1) if isinstance(entry, str) else [_rational(c) for c in entry]
        for entry in entries
    ]
    parts = [fmpq_mat(*shape, list(part)) for part in zip(*coordinates, strict=True)]
    return ExactMatrix.from_parts(parts, conductor).reduced()


def _rational(text: str) -> fmpq:
    above, _, below = text.partition("/")
    return fmpq(int(above), int(below or 1))


# --- what a file may hold; checked before any number is made, and again before a file is written ---


def _check_numbers(data: dict[str, Any]) -> None:
    """Refuse matrices that are none, or that would take far more memory than their text.

    `Fraction("1e99999999")` would not end; an entry takes φ(conductor) numbers in memory, even where its text is "0";
    and all entries of a matrix are brought to one denominator.
    """
    conductor = data["conductor"]
    if conductor > MOST_CONDUCTOR:
        raise WeightsError(f"the conductor is {shown(conductor)}; at most {MOST_CONDUCTOR} is accepted")
    degree = field_degree(conductor)
    words = 0
    for what, rows in _matrices(data):
        words += _check_matrix(rows, degree, what)
        if words > MOST_WORDS:
            raise WeightsError(
                f"the weights would take more than {8 * MOST_WORDS} bytes in memory from the {what} on, "
                f"with {degree} rational coordinates for each entry; smaller ones are accepted"
            )


def _matrices(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All matrices of a file, as JSON, with their names."""
    yield from ((f"transition {k}", rows) for k, rows in enumerate(data["transitions"]))
    yield from ((name, data[name]) for name in ("initial", "readout"))
    if data.get("form") is not None:
        yield "form", data["form"]
    factors = data.get("factors")
    if factors is None:
        return
    kind = factors.get("kind")
    if kind == "cp":
        check_record(factors, dict.fromkeys(("left", "letters", "right"), LIST) | {"kind": TEXT}, *IN_FACTORS)
        yield from ((f"factor {name!r}", factors[name]) for name in ("left", "letters", "right"))
    elif kind == "householder":
        check_record(factors, {"kind": TEXT, "form": LIST, "vectors": list_of(list_of(LIST))}, *IN_FACTORS)
        yield "factor 'form'", factors["form"]
        for k, heads in enumerate(factors["vectors"]):
            yield from ((f"vectors of transition {k}", rows) for rows in heads)
    else:
        raise WeightsError(f"factors of the kind {shown(kind)} are not known; 'cp' and 'householder' are")


def _check_matrix(rows: Any, degree: int, what: str) -> int:
    """How many machine words the matrix takes, after checking every entry."""
    if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
        raise WeightsError(f"the {what} has to be a list of rows, got {shown(rows)}")
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        raise WeightsError(f"the {what} has rows of different lengths")
    numbers: list[str] = []
    irrational = False
    for row in rows:
        for entry in row:
            if isinstance(entry, list):
                irrational = True
                if len(entry) != degree or degree == 1:
                    wanted = f"{degree} are needed" if degree > 1 else "a text is needed"
                    raise WeightsError(
                        f"an entry of the {what} has {len(entry)} coordinates; with this conductor {wanted}"
                    )
                numbers += entry
            else:
                numbers.append(entry)
    denominator = _common_denominator(numbers, what)
    coordinates = len(rows) * width * (degree if irrational else 1)
    return coordinates + len(numbers) * (denominator.bit_length() // 64)


def _common_denominator(numbers: list[Any], what: str) -> int:
    """The least common denominator, after checking that all numbers are texts like "-3/4" and of bounded length."""
    common = 1
    for text in numbers:
        match = NUMBER.fullmatch(text) if isinstance(text, str) and len(text) <= 2 * MOST_DIGITS else None
        if match is None:
            raise WeightsError(
                f"{shown(text)} in the {what} is no number; accepted: texts like '3' and '-3/4', "
                f"of at most {MOST_DIGITS} digits"
            )
        if match[1] is not None:
            common = lcm(common, int(match[1]))
            if common >= 10**MOST_DIGITS:
                raise WeightsError(f"the common denominator of the {what} has more than {MOST_DIGITS} digits")
    return common
