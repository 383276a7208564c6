"""A character table as a document that `bistate.groups.table_check` checks, which shares no code with what made it.

What has to be found, and is not checked here, are the classes that tell rows apart: those whose eigenvalues
|C_i| χ(z_i) / χ(1) separate the characters, small ones first, so that few products have to be counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import lcm
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.cyclotomic_field import field_degree, prime_divisors
from ..arithmetic.exact_matrix import ExactMatrix
from ..errors import RepresentationError, TooLargeError
from ..fields.number_field import NumberField
from ..permutations.listed_group import ListedGroup
from ..table_check.checker import Proved, check
from ..table_check.document import KIND, MOST_CLASSES, MOST_ELEMENTS, MOST_POINTS
from ..table_check.errors import CheckError, FormatError
from ..table_check.schur_index import Counted, schur_index_of
from ..text_file import write_text
from .dixon import eigenvalue_counts, prime_and_root

Stored = int | list[list[int]]  # an integer, or pairs of an exponent of ζ_e and a coefficient
MOST_TERMS = 4  # of a number in the basis of its field; in larger fields shorter sums are looked for


class Represented(Protocol):
    """What is asked of an irrep: its matrices."""

    @property
    def degree(self) -> int:
        """Their size."""
        ...

    def __call__(self, element: Sequence[int], /) -> ExactMatrix:
        """ρ(g)."""
        ...


@dataclass(frozen=True)
class TableCertificate:
    """A character table as a document, and what it proves.

    Attributes:
        document: JSON values; `bistate check FILE` and `python -m table_check FILE` read them.
        proved: what the checker found it to prove: order, degrees, indicators, Schur indices.

    Example:
        >>> from bistate.groups import QuaternionGroup
        >>> certificate = QuaternionGroup(8).character_table().certificate()
        >>> certificate.proved.degrees, certificate.proved.indicators, certificate.proved.schur_indices
        ((1, 1, 1, 1, 2), (1, 1, 1, 1, -1), (1, 1, 1, 1, 2))
        >>> certificate.check() == certificate.proved
        True
    """

    document: dict[str, Any] = field(repr=False)
    proved: Proved

    @property
    def claim(self) -> str:
        """What is proved, in words."""
        return str(self.proved)

    def check(self) -> Proved:
        """What the document proves, proved again from it alone.

        Raises:
            CheckError: if it does not hold.
        """
        return check(self.document)

    def save(self, path: str | Path) -> None:
        """Write the document as JSON, all or nothing; `bistate check` reads it."""
        write_text(Path(path), json.dumps(self.document) + "\n")


def table_certificate(
    group: ListedGroup,
    rows: Sequence[Sequence[Cyclotomic]],
    indicators: Sequence[int],
    modular: tuple[int, NDArray[np.int64]],
    irreps: Sequence[Represented],
) -> TableCertificate:
    """The certificate, checked before it is returned.

    Args:
        group: the group.
        rows: its irreducible characters on `group.conjugacy_classes()`.
        indicators: of the rows.
        modular: a prime and the rows modulo it, by `prime_and_root(group)`.
        irreps: an irrep for each row, in the same order, or none.

    Raises:
        TooLargeError: for a group with more elements, points or classes, or a larger conductor, than the checker reads.
        RepresentationError: if the checker refuses the table.
    """
    classes = group.conjugacy_classes()
    if group.order > MOST_ELEMENTS or group.order * group.degree > MOST_POINTS or len(classes) > MOST_CLASSES:
        raise TooLargeError(
            f"{group._short} has {group.order} elements, {len(classes)} classes and {group.degree} points: the checker "
            f"lists at most {MOST_ELEMENTS} elements with {MOST_POINTS} images, and reads {MOST_CLASSES} classes"
        )
    e = lcm(*(value.conductor for row in rows for value in row))
    powers = [[group.power_map(k)[j] for k in range(cls.order)] for j, cls in enumerate(classes)]
    fixed = [sum(map(int.__eq__, c.representative, range(group.degree))) for c in classes]
    counted = Counted(powers, [cls.size for cls in classes], fixed)
    characters: list[dict[str, Any]] = []
    for row, indicator, values in zip(rows, indicators, _shortest(group, rows, modular, e), strict=True):
        degree = int(row[0].to_fraction())
        read = [{0: v} if isinstance(v, int) else {pair[0]: pair[1] for pair in v} for v in values]
        schur_index = schur_index_of(counted, read, degree, indicator, e)
        if schur_index is None and irreps and _is_over_characters(irreps[len(characters)], group, row):
            schur_index = 1
        characters.append({"degree": degree, "indicator": indicator, "schur_index": schur_index, "values": values})
    document = {
        "kind": KIND,
        "degree": group.degree,
        "generators": [list(g) for g in group.generators],
        "order": group.order,
        "classes": [{"representative": list(c.representative), "size": c.size, "order": c.order} for c in classes],
        "conductor": e,
        "characters": characters,
        "power_maps": {str(p): list(group.power_map(p)) for p in prime_divisors(group.order)},
        "counted": _separating(*modular, [cls.size for cls in classes]),
        "irreps": [_matrices(rho, group) for rho in irreps],
    }
    try:
        return TableCertificate(document, check(document))
    except FormatError as error:
        raise TooLargeError(f"the table of {group._short} cannot be checked: {error}") from None
    except CheckError as error:
        raise RepresentationError(f"the table of {group._short} does not pass its check: {error}") from None


def _stored(value: Cyclotomic, e: int, factor: int = 1) -> Stored:
    """A number as an integer, or as pairs of exponent and coefficient, times a factor that makes it integral."""
    if value.is_rational:
        return int(value.to_fraction() * factor)
    return [[k, int(c.p) * factor // int(c.q)] for k, c in enumerate(value.over(e)) if c]


def _shortest(
    group: ListedGroup, rows: Sequence[Sequence[Cyclotomic]], modular: tuple[int, NDArray[np.int64]], e: int
) -> list[list[Stored]]:
    """The values, in the basis of the field or as the sum of eigenvalues, whichever has fewer terms.

    A value of a small character is a sum of few roots of unity, which have many terms in a basis of a large field.
    """
    known: dict[int, Stored] = {}  # by identity: equal values of a table are mostly one object
    for value in (value for row in rows for value in row):
        if id(value) not in known:
            known[id(value)] = _stored(value, e)
    found = [[known[id(value)] for value in row] for row in rows]
    if field_degree(e) <= MOST_TERMS:
        return found
    prime, residues = modular
    counts = eigenvalue_counts(group, residues, prime, prime_and_root(group)[1])
    for j, cls in enumerate(group.conjugacy_classes()):
        powers = _powers_of_root(cls.order, e)
        for i, multiplicities in enumerate(counts[j]) if powers else ():
            stored = found[i][j]
            if isinstance(stored, list) and np.count_nonzero(multiplicities) < len(stored):
                total: dict[int, int] = {}
                for a in np.flatnonzero(multiplicities).tolist():
                    exponent, sign = powers[a]
                    total[exponent] = total.get(exponent, 0) + sign * int(multiplicities[a])
                found[i][j] = [[k, c] for k, c in sorted(total.items()) if c]
    return found


def _powers_of_root(o: int, e: int) -> list[tuple[int, int]]:
    """ζ_o^a = ±ζ_e^k as pairs of k and the sign, for a = 0, …, o − 1; none where these do not lie in Q(ζ_e)."""
    if e % o == 0:
        return [(a * (e // o), 1) for a in range(o)]
    if e % 2 and 2 * e % o == 0:  # ζ_{2e} = −ζ_e^{(e+1)/2}
        return [(a * (2 * e // o) * (e + 1) // 2 % e, (-1) ** (a * (2 * e // o))) for a in range(o)]
    return []


def _separating(prime: int, residues: NDArray[np.int64], sizes: Sequence[int]) -> list[int]:
    """Few classes on which no two of the χ / χ(1) agree modulo a prime, and so none do; small classes first."""
    parts: list[int] = [0] * len(residues)
    found = []
    inverses = [pow(degree, -1, prime) for degree in residues[:, 0].tolist()]
    for j in sorted(range(len(sizes)), key=lambda j: sizes[j]):
        if len(set(parts)) == len(residues):
            break
        column = residues[:, j].tolist()
        pairs = [(part, x * y % prime) for part, x, y in zip(parts, column, inverses, strict=True)]
        numbers = {pair: n for n, pair in enumerate(dict.fromkeys(pairs))}
        if len(numbers) > len(set(parts)):
            parts = [numbers[pair] for pair in pairs]
            found.append(j)
    return found


def _is_over_characters(rho: Represented, group: ListedGroup, row: Sequence[Cyclotomic]) -> bool:
    return NumberField.containing(row).contains_field(NumberField.of_matrices(map(rho, group.generators)))


def _matrices(rho: Represented, group: ListedGroup) -> dict[str, Any]:
    images = [rho(g) for g in group.generators]
    e = lcm(*(image.conductor for image in images))
    held = []
    for image in images:
        entries = image.tolist()
        denominator = lcm(*(int(c.q) for row in entries for entry in row for c in entry._coefficients))
        rows = [[_stored(entry, e, denominator) for entry in row] for row in entries]
        held.append({"denominator": denominator, "rows": rows})
    return {"conductor": e, "generators": held}
