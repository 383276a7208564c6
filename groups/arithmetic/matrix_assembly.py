"""Matrices (Σ_k N_k ζ_e^k)/d as integer parts N_k: put together from numbers and smaller matrices, and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm
from typing import Any

from flint import fmpq, fmpq_mat, fmpz_mat

from .cyclotomic import Cyclotomic
from .cyclotomic_field import field_degree

# --- numbers to parts, parts to numbers ---


def integer_parts(entries: Sequence[Cyclotomic], shape: tuple[int, int]) -> tuple[list[fmpz_mat], int, int]:
    """The parts N_k, the denominator and the conductor of a matrix given by its entries, row by row."""
    e = lcm(*(value.conductor for value in entries))
    lifted = [value.over(e) for value in entries]
    denominator = lcm(*(int(c.q) for entry in lifted for c in entry))
    scaled = [[c.p if denominator == 1 else int(c.p) * (denominator // int(c.q)) for c in entry] for entry in lifted]
    return [fmpz_mat(*shape, [entry[k] for entry in scaled]) for k in range(field_degree(e))], denominator, e


def numbers(numerators: Sequence[fmpz_mat], conductor: int, denominator: int) -> list[Cyclotomic]:
    """The entries, row by row; each value is made once, because entries repeat."""
    known: dict[tuple[int, ...], Cyclotomic] = {}
    flat = []
    for entry in zip(*(part.entries() for part in numerators), strict=True):
        key = tuple(map(int, entry))
        if key not in known:
            known[key] = Cyclotomic([fmpq(x, denominator) for x in key], conductor)
        flat.append(known[key])
    return flat


def column_keys(numerators: Sequence[fmpz_mat], denominator: int) -> list[tuple[int, ...]]:
    """Each column as integers over its own least denominator, so that columns are equal where their keys are."""
    numerators, common = lowest_parts(numerators, denominator)
    flat = [[int(x) for x in part.entries()] for part in numerators]
    width = numerators[0].ncols()
    columns = (tuple(x for entries in flat for x in entries[j::width]) for j in range(width))
    return [_lowest_terms(column, common) for column in columns]


# --- denominators ---


def integers_over_denominator(coordinates: Sequence[fmpq]) -> tuple[list[int], int]:
    """Fractions as integers over their least common denominator."""
    common = lcm(*(int(c.q) for c in coordinates))
    return [int(c.p) * (common // int(c.q)) for c in coordinates], common


def common_denominator(parts: Sequence[fmpq_mat]) -> tuple[list[fmpz_mat], int]:
    """Rational matrices as integer matrices over their least common denominator."""
    pairs = [(numerator, int(denominator)) for numerator, denominator in (part.numer_denom() for part in parts)]
    common = lcm(*(denominator for _, denominator in pairs))
    return [n if d == common else n * (common // d) for n, d in pairs], common


def over_denominator(part: fmpz_mat, denominator: int) -> fmpq_mat:
    """The rational matrix part / denominator."""
    return fmpq_mat(part) if denominator == 1 else fmpq_mat(part) / denominator


def lowest_parts(numerators: Sequence[fmpz_mat], denominator: int) -> tuple[Sequence[fmpz_mat], int]:
    """(Σ_k numerators[k] ζ^k)/denominator in lowest terms."""
    if denominator == 1:
        return numerators, denominator
    return common_denominator([fmpq_mat(part) / denominator for part in numerators])


def _lowest_terms(numerators: tuple[int, ...], denominator: int) -> tuple[int, ...]:
    """The fraction of a whole vector in lowest terms: (denominator, *numerators)."""
    common = gcd(denominator, *numerators)
    return (denominator // common, *(x // common for x in numerators)) if common > 1 else (denominator, *numerators)


# --- blocks ---


def select(parts: Sequence[fmpz_mat], rows: Sequence[int], columns: Sequence[int]) -> list[fmpz_mat]:
    """The entries at the given rows and columns."""
    found, width = [], parts[0].ncols()
    few = 4 * len(rows) * len(columns) < parts[0].nrows() * width
    whole = not few and list(columns) == list(range(width))
    for part in parts:
        if few:  # taking the others out as well would cost more
            found.append(fmpz_mat(len(rows), len(columns), [part[i, j] for i in rows for j in columns]))
            continue
        entries = part.entries()
        if whole:
            chosen = [x for i in rows for x in entries[i * width : (i + 1) * width]]
        else:
            chosen = [entries[i * width + j] for i in rows for j in columns]
        found.append(fmpz_mat(len(rows), len(columns), chosen))
    return found


def set_in(shape: tuple[int, int], placed: Sequence[tuple[int, int, Sequence[fmpz_mat]]], count: int) -> list[fmpz_mat]:
    """The `count` parts of a matrix of zeros with smaller ones, over one denominator, set in at (row, column)."""
    flat: list[list[Any]] = [[0] * (shape[0] * shape[1]) for _ in range(count)]
    for row, column, pieces in placed:
        for entries, piece in zip(flat, pieces, strict=True):
            values, width = piece.entries(), piece.ncols()
            for i in range(piece.nrows()):
                begin = (row + i) * shape[1] + column
                entries[begin : begin + width] = values[i * width : (i + 1) * width]
    return [fmpz_mat(*shape, entries) for entries in flat]


def kronecker(a: fmpz_mat, b: fmpz_mat) -> fmpz_mat:
    """The Kronecker product: block (i, j) is a[i, j] · b."""
    if b.nrows() == b.ncols() == 1:
        return a * b[0, 0]
    entries = [x * y for left in a.table() for right in b.table() for x in left for y in right]
    return fmpz_mat(a.nrows() * b.nrows(), a.ncols() * b.ncols(), entries)
