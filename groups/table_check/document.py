"""A certificate is read and validated once: `Claim` is what it says.

A file may come from anybody. So every field has a type and a range, and the limits below keep a check under some
minutes and two GiB. Nothing stands in a certificate that is not checked: an entry with another name is refused.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from .cyclotomic_integers import Number, primes_of
from .errors import FormatError, require, require_form
from .fields import array, images, names, number, whole

KIND = "bistate character table 1"
MOST_BYTES = 2**28  # of a file
MOST_ELEMENTS = 2 * 10**5  # that are listed: 2·10⁵ of 16 points take 4 s and 150 MB
MOST_POINTS = 2 * 10**7  # order × degree, the numbers in that list
MOST_CLASSES = 400  # characters × classes × classes numbers are added up for each class that is counted
MOST_CONDUCTOR = 5000  # numbers are compared as lists of that length
MOST_GENERATORS = 100
MOST_VALUE = 10**12  # of a coefficient in a character
MOST_ENTRY = 10**40  # of a numerator or a denominator in a matrix
MOST_SUMS = 10**9  # of coefficients, for products of classes and for those of matrices: a minute each


@dataclass(frozen=True)
class Character:
    """A row.

    Attributes:
        degree: χ(1).
        values: χ(z_j), one for each class.
        indicator: (1/|G|) Σ_g χ(g²).
        schur_index: m_Q(χ), or None where the criteria of `schur_index.py` do not decide it.
    """

    degree: int
    values: tuple[Number, ...]
    indicator: int
    schur_index: int | None


@dataclass(frozen=True)
class Matrices:
    """An irreducible representation on the generators.

    Attributes:
        conductor: e, of the field Q(ζ_e) that has the entries.
        images: for each generator a denominator and the rows of numerators.
    """

    conductor: int
    images: tuple[tuple[int, tuple[tuple[Number, ...], ...]], ...]

    @property
    def operations(self) -> int:
        """How many sums of coefficients it takes to multiply by all generators."""
        terms = sum(len(x) for _, rows in self.images for row in rows for x in row)
        size = len(self.images[0][1]) if self.images else 0
        return self.conductor * size * terms


@dataclass(frozen=True)
class Claim:
    """What a certificate says.

    Attributes:
        degree: number of points.
        generators: of the group.
        order: |G|.
        representatives: of the classes, the identity first.
        sizes: of the classes.
        orders: of the elements of the classes.
        conductor: e, of the field Q(ζ_e) that has all values; it has to divide the exponent of G.
        characters: the rows.
        power_maps: for each prime p that divides |G|, the class of p-th powers for each class.
        counted: the classes whose products with all others are counted: they tell the rows apart.
        irreps: matrices for each row, or none at all.
    """

    degree: int
    generators: tuple[tuple[int, ...], ...]
    order: int
    representatives: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]
    orders: tuple[int, ...]
    conductor: int
    characters: tuple[Character, ...]
    power_maps: dict[int, tuple[int, ...]]
    counted: tuple[int, ...]
    irreps: tuple[Matrices, ...]


def read_document(path: str | os.PathLike[str]) -> Any:
    """The JSON value in a file.

    Raises:
        FormatError: if it is no regular file, too large, cannot be read, or is not JSON.
    """
    name = repr(os.fspath(path))
    try:
        found = os.stat(path)
        require_form(stat.S_ISREG(found.st_mode), f"cannot read the certificate {name}: it is not a regular file")
        size = found.st_size
        require_form(size <= MOST_BYTES, f"the certificate {name} has {size} bytes; at most {MOST_BYTES} are read")
        with open(path, encoding="utf-8") as file:
            return json.load(file, object_pairs_hook=_without_duplicates)
    except OSError as error:
        raise FormatError(f"cannot read the certificate {name}: {error.strerror}") from None
    except RecursionError:
        raise FormatError(f"the certificate {name} is nested too deeply") from None
    except ValueError as error:
        raise FormatError(f"cannot read the certificate {name}: it is not JSON: {error}") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    require_form(len(found) == len(pairs), "a name stands twice in one object")
    return found


def claim_of(document: Any) -> Claim:
    """The claim of a certificate, validated.

    Raises:
        FormatError: if it is not a certificate of this version, or larger than what is checked.
        CheckError: if a claim is wrong that needs no group to be refuted.
    """
    top = ("kind", "degree", "generators", "order", "classes", "conductor", "characters", "power_maps", "counted")
    given = names(document, (*top, "irreps"), "the certificate")
    kind = given["kind"]
    require_form(kind == KIND, f"kind {str(kind)[:60]!r} is not {KIND!r}")
    degree = whole(given["degree"], 1, MOST_POINTS, "'degree'")
    order = whole(given["order"], 1, MOST_ELEMENTS, "'order'")
    require_form(order * degree <= MOST_POINTS, f"{order} elements of {degree} points are more than are listed")
    generators = array(given["generators"], 0, MOST_GENERATORS, "'generators'")
    e = whole(given["conductor"], 1, MOST_CONDUCTOR, "'conductor'")
    classes = [
        names(entry, ("representative", "size", "order"), f"class {j}")
        for j, entry in enumerate(array(given["classes"], 1, MOST_CLASSES, "'classes'"))
    ]
    count = len(classes)
    rows = array(given["characters"], count, count, "'characters'")
    characters = tuple(_character(row, i, count, e, order) for i, row in enumerate(rows))
    exponents = {k for row in characters for value in row.values for k in value}
    require(gcd(e, *exponents) == 1, f"the values lie in a smaller field than that of conductor {e}")
    irreps = array(given["irreps"], 0, count, "'irreps'")
    require_form(len(irreps) in (0, count), f"'irreps' has {len(irreps)} entries, and has to have none or {count}")
    matrices = tuple(
        _matrices(irrep, f"irrep {i}", len(generators), row.degree)
        for i, (irrep, row) in enumerate(zip(irreps, characters, strict=False))
    )
    counted = _counted(given["counted"], count)
    added = _sums(characters, counted, e)
    require_form(added <= MOST_SUMS, f"{added} sums of coefficients are too many to check the products of classes")
    added = order * sum(matrix.operations for matrix in matrices)
    require_form(added <= MOST_SUMS, f"{added} sums of coefficients are too many to check the matrices")
    return Claim(
        degree=degree,
        generators=tuple(images(g, degree, f"generator {k}") for k, g in enumerate(generators)),
        order=order,
        representatives=tuple(images(c["representative"], degree, f"class {j}") for j, c in enumerate(classes)),
        sizes=tuple(whole(c["size"], 1, order, f"the size of class {j}") for j, c in enumerate(classes)),
        orders=tuple(whole(c["order"], 1, order, f"the order of class {j}") for j, c in enumerate(classes)),
        conductor=e,
        characters=characters,
        power_maps=_power_maps(given["power_maps"], order, count),
        counted=counted,
        irreps=matrices,
    )


def _sums(characters: Sequence[Character], counted: Sequence[int], e: int) -> int:
    """How many sums of coefficients it takes at most to compare products with classes that are counted, and norms."""
    terms = [[len(value) for value in row.values] for row in characters]
    products = sum(sum(row[i] for i in counted) * sum(row) + sum(n * n for n in row) for row in terms)
    return products + (len(counted) + 1) * len(terms) * (sum(map(sum, terms)) + len(terms) * e)


def _character(row: Any, i: int, classes: int, e: int, order: int) -> Character:
    what = f"character {i}"
    given = names(row, ("degree", "values", "indicator", "schur_index"), what)
    schur_index = given["schur_index"]
    values = array(given["values"], classes, classes, f"the values of {what}")
    return Character(
        degree=whole(given["degree"], 1, order, f"the degree of {what}"),
        values=tuple(number(v, e, MOST_VALUE, f"value {j} of {what}") for j, v in enumerate(values)),
        indicator=whole(given["indicator"], -1, 1, f"the indicator of {what}"),
        schur_index=None if schur_index is None else whole(schur_index, 1, order, f"the Schur index of {what}"),
    )


def _power_maps(given: Any, order: int, classes: int) -> dict[int, tuple[int, ...]]:
    primes = primes_of(order)
    held = names(given, tuple(map(str, primes)), "'power_maps'")
    found = {}
    for p in primes:
        places = array(held[str(p)], classes, classes, f"the map of {p}-th powers")
        found[p] = tuple(whole(c, 0, classes - 1, f"the map of {p}-th powers") for c in places)
    return found


def _counted(given: Any, classes: int) -> tuple[int, ...]:
    found = tuple(whole(c, 0, classes - 1, "a class in 'counted'") for c in array(given, 0, classes, "'counted'"))
    require_form(len(set(found)) == len(found), "'counted' names a class twice")
    return found


def _matrices(irrep: Any, what: str, generators: int, d: int) -> Matrices:
    given = names(irrep, ("conductor", "generators"), what)
    e = whole(given["conductor"], 1, MOST_CONDUCTOR, f"the conductor of {what}")
    held = []
    for k, image in enumerate(array(given["generators"], generators, generators, f"the matrices of {what}")):
        name = f"matrix {k} of {what}"
        entry = names(image, ("denominator", "rows"), name)
        rows = [array(row, d, d, f"a row of {name}") for row in array(entry["rows"], d, d, name)]
        numerators = tuple(tuple(number(v, e, MOST_ENTRY, f"an entry of {name}") for v in row) for row in rows)
        held.append((whole(entry["denominator"], 1, MOST_ENTRY, f"the denominator of {name}"), numerators))
    exponents = {k for _, rows in held for row in rows for x in row for k in x}
    require(gcd(e, *exponents) == 1, f"the entries of {what} lie in a smaller field than that of conductor {e}")
    return Matrices(e, tuple(held))
