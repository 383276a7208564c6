"""Products of polynomials in ζ whose coefficients are integer matrices.

(Σ_i A_i x^i)(Σ_j B_j x^j) = Σ_k (Σ_{i+j=k} A_i B_j) x^k. Small matrices take the schoolbook sum, which skips zero
coefficients, or where most are not zero products of polynomials for each entry. Large ones take Karatsuba's three half
products in place of four, because there a product of matrices costs far more than a sum. All are FLINT's exact integer
arithmetic throughout, so no bound on the entries is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpz_mat, fmpz_poly

_FEW_ENTRIES = 16  # of a product that is found as a matrix of polynomials,
_MANY_PRODUCTS = 100  # where so many pairs of coefficients are not zero
_KARATSUBA_SIZE = 12  # from this inner size on, one product of matrices costs more than the four sums that save it

Coefficients = list[fmpz_mat | None]  # None stands for a zero matrix


def product_terms(left: Sequence[fmpz_mat], right: Sequence[fmpz_mat]) -> list[tuple[int, fmpz_mat]]:
    """The product's nonzero coefficients as terms (k, Σ_{i+j=k} A_i B_j)."""
    a: Coefficients = [None if part.is_zero() else part for part in left]
    b: Coefficients = [None if part.is_zero() else part for part in right]
    if left[0].nrows() * right[0].ncols() <= _FEW_ENTRIES and _count(a) * _count(b) > _MANY_PRODUCTS:
        return _by_polynomials(a, b)
    small = left[0].ncols() < _KARATSUBA_SIZE or len(a) != len(b)
    product = _schoolbook(a, b) if small else _karatsuba(a, b)
    return [(k, part) for k, part in enumerate(product) if part is not None]


def _count(parts: Coefficients) -> int:
    return sum(part is not None for part in parts)


def _by_polynomials(a: Coefficients, b: Coefficients) -> list[tuple[int, fmpz_mat]]:
    """Small matrices as matrices of polynomials, whose products FLINT finds faster than many products of matrices."""
    x, y = _entries(a), _entries(b)
    found = [[sum((p * q[j] for p, q in zip(row, y, strict=True)), fmpz_poly()) for j in range(len(y[0]))] for row in x]
    length = max(entry.length() for row in found for entry in row)
    parts = [fmpz_mat([[entry[k] for entry in row] for row in found]) for k in range(length)]
    return [(k, part) for k, part in enumerate(parts) if not part.is_zero()]


def _entries(parts: Coefficients) -> list[list[fmpz_poly]]:
    shape = next(part for part in parts if part is not None)
    return [
        [fmpz_poly([0 if part is None else part[i, j] for part in parts]) for j in range(shape.ncols())]
        for i in range(shape.nrows())
    ]


def _schoolbook(a: Coefficients, b: Coefficients) -> Coefficients:
    found: Coefficients = [None] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x is not None:
            for j, y in enumerate(b, i):
                if y is not None:
                    found[j] = _add(found[j], x * y)
    return found


def _karatsuba(a: Coefficients, b: Coefficients) -> Coefficients:
    """(a₀ + a₁x^h)(b₀ + b₁x^h) from a₀b₀, a₁b₁ and (a₀ + a₁)(b₀ + b₁), for lists of one length."""
    size = len(a)
    if size == 1 or not any(a[size // 2 :]) or not any(b[size // 2 :]):
        return _schoolbook(a, b)
    half = (size + 1) // 2
    low, high = _karatsuba(a[:half], b[:half]), _karatsuba(a[half:], b[half:])
    middle = _karatsuba(_add_lists(a[:half], a[half:]), _add_lists(b[:half], b[half:]))
    found: Coefficients = [None] * (2 * size - 1)
    for k, part in enumerate(low):
        found[k], middle[k] = _add(found[k], part), _subtract(middle[k], part)
    for k, part in enumerate(high):
        found[2 * half + k], middle[k] = _add(found[2 * half + k], part), _subtract(middle[k], part)
    for k, part in enumerate(middle):
        if part is not None:
            found[half + k] = _add(found[half + k], part)
    return found


def _add_lists(a: Coefficients, b: Coefficients) -> Coefficients:
    return [_add(x, b[k] if k < len(b) else None) for k, x in enumerate(a)]


def _add(x: fmpz_mat | None, y: fmpz_mat | None) -> fmpz_mat | None:
    return y if x is None else x if y is None else x + y


def _subtract(x: fmpz_mat | None, y: fmpz_mat | None) -> fmpz_mat | None:
    return x if y is None else -y if x is None else x - y
