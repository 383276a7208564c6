"""Products of polynomials in ζ whose coefficients are integer matrices.

(Σ_i A_i x^i)(Σ_j B_j x^j) = Σ_k (Σ_{i+j=k} A_i B_j) x^k. Small matrices take the schoolbook sum, which skips zero
coefficients; large ones take Karatsuba's three half products in place of four, because there a product of matrices
costs far more than a sum. Both are FLINT's exact integer arithmetic throughout, so no bound on the entries is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpz_mat

_KARATSUBA_SIZE = 12  # from this inner size on, one product of matrices costs more than the four sums that save it

Coefficients = list[fmpz_mat | None]  # None stands for a zero matrix


def product_terms(left: Sequence[fmpz_mat], right: Sequence[fmpz_mat]) -> list[tuple[int, fmpz_mat]]:
    """The product's nonzero coefficients as terms (k, Σ_{i+j=k} A_i B_j)."""
    a: Coefficients = [None if part.is_zero() else part for part in left]
    b: Coefficients = [None if part.is_zero() else part for part in right]
    small = left[0].ncols() < _KARATSUBA_SIZE or len(a) != len(b)
    product = _schoolbook(a, b) if small else _karatsuba(a, b)
    return [(k, part) for k, part in enumerate(product) if part is not None]


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
