"""Exact weights as JSON: every number is text, so nothing is lost, and no other program rounds it.

A rational number is "3/4"; an element of Q(ζ_e) is the list of its coordinates in 1, ζ_e, …, ζ_e^{φ(e)−1}, with e
stated once for the file. Labels may be texts, integers, booleans, permutations and tuples of labels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.errors import BistateError
from ...groups.permutations.permutation import Permutation
from ..errors import WeightsError
from ..files import write_text
from .factors import CPFactors, Factors, HouseholderFactors
from .network import Network

FORMAT = "bistate exact weights"
VERSION = 1
W = TypeVar("W")


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
        "letters": [encode_label(label) for label in weights.letters],
        "states": [encode_label(label) for label in weights.states],
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
    if data["kind"] != "householder":
        raise WeightsError(f"factors of the kind {data['kind']!r} are not known; 'cp' and 'householder' are")
    vectors = tuple(
        tuple(_decode_matrix(rows, conductor).T if rows else ExactMatrix.zeros(size, 0) for rows in heads)
        for heads in data["vectors"]
    )
    return HouseholderFactors(_decode_matrix(data["form"], conductor), vectors)


def from_json(data: Any, build: Callable[..., W]) -> W:
    """The weights of a dictionary made by `to_json`; `build` makes them of their fields, as `BilinearWeights` does.

    Raises:
        WeightsError: if it is not such a dictionary.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WeightsError(f"this is not a {FORMAT!r} file")
    if data.get("version") != VERSION:
        raise WeightsError(f"version {data.get('version')!r} of {FORMAT!r} is not known; this library reads {VERSION}")
    try:
        conductor = int(data["conductor"])
        return build(
            letters=tuple(decode_label(label) for label in data["letters"]),
            states=tuple(decode_label(label) for label in data["states"]),
            transitions=tuple(_decode_matrix(rows, conductor) for rows in data["transitions"]),
            initial=_decode_matrix(data["initial"], conductor),
            readout=_decode_matrix(data["readout"], conductor),
            blocks=tuple(data["blocks"]),
            rung=data["rung"],
            note=data["note"],
            form=None if data.get("form") is None else _decode_matrix(data["form"], conductor),
            factors=_decode_factors(data.get("factors"), conductor, len(data["initial"])),
        )
    except (KeyError, TypeError, ZeroDivisionError) as error:
        raise WeightsError(f"the weights are not complete or not well formed: {error!r}") from error
    except BistateError:
        raise
    except ValueError as error:
        raise WeightsError(f"the weights are not well formed: {error}") from error


def save(weights: Written, path: str | Path) -> None:
    """Write the weights to a file, whole or not at all."""
    write_text(Path(path), json.dumps(to_json(weights), indent=1, ensure_ascii=False) + "\n")


def load(path: str | Path, build: Callable[..., W]) -> W:
    """Read weights from a file; `build` as for `from_json`.

    Raises:
        WeightsError: if the file is missing, truncated or not such a file.
    """
    try:
        return from_json(json.loads(Path(path).read_text(encoding="utf-8")), build)
    except OSError as error:
        raise WeightsError(f"cannot read {str(path)!r}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{str(path)!r} is not complete JSON: {error}") from None
    except WeightsError as error:
        raise WeightsError(f"{str(path)!r}: {error}") from None


def encode_label(label: Hashable) -> Any:
    """A label as JSON.

    Raises:
        WeightsError: for a label that is no text, int, bool, permutation or tuple of these.
    """
    if isinstance(label, Permutation):
        return {"permutation": list(label)}
    if isinstance(label, tuple):
        return {"tuple": [encode_label(item) for item in label]}
    if isinstance(label, str | int):
        return label
    raise WeightsError(f"label {label!r} cannot be saved: use texts, integers, permutations or tuples of them")


def decode_label(value: Any) -> Hashable:
    """The label of `encode_label`."""
    if isinstance(value, dict):
        return Permutation(value["permutation"]) if "permutation" in value else tuple(map(decode_label, value["tuple"]))
    if isinstance(value, str | int):
        return value
    raise WeightsError(f"{value!r} is no label")


def _encode_matrix(matrix: ExactMatrix, conductor: int) -> list[list[Any]]:
    return [[_encode_number(value, conductor) for value in row] for row in matrix.tolist()]


def _encode_number(value: Cyclotomic, conductor: int) -> str | list[str]:
    if value.is_rational:
        return str(value.to_fraction())
    return [str(c) for c in value.over(conductor)]


def _decode_matrix(rows: list[list[Any]], conductor: int) -> ExactMatrix:
    return ExactMatrix([[_decode_number(value, conductor) for value in row] for row in rows])


def _decode_number(value: Any, conductor: int) -> Cyclotomic:
    if isinstance(value, str):
        return Cyclotomic([Fraction(value)])
    return Cyclotomic([Fraction(c) for c in value], conductor)
