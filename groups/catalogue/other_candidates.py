"""Names of groups by order, for those that no structure gives away: matrix groups, affine groups, wreath products.

Orders come from formulas; no group is built.
"""

from __future__ import annotations

from functools import cache
from math import gcd, prod

from sympy import factorint

from .isomorphisms import ORDER_LIMIT

# name, order, and degree of the action by which a group permutes the factors of a wreath product
_WREATH_PARTS = (
    *((f"C{n}", n, n) for n in range(2, 13)),
    *((f"S{n}", prod(range(1, n + 1)), n) for n in range(3, 9)),
    *((f"A{n}", prod(range(3, n + 1)), n) for n in range(4, 9)),
    *((f"D{n}", 2 * n, n) for n in range(4, 9)),
    ("Q8", 8, 8),
    ("C2xC2", 4, 4),
)  # fmt: skip
LARGEST_FIELD = 49


def candidates(order: int) -> tuple[str, ...]:
    """Names that groups of an order may have, the best known first.

    Example:
        >>> candidates(384), candidates(480)
        (('C2wrC6', 'C2wrS4', 'C4wrS3', '(C2xC2)wrS3'), ('GL(2,5)',))
    """
    return _by_order().get(order, ())


@cache
def _by_order() -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for name, order in (*_matrix_groups(), *_wreath_products(), ("W(F4)", 1152), ("W(H4)", 14400), *_weyl_d()):
        if order <= ORDER_LIMIT:
            found.setdefault(order, []).append(name)
    return {order: tuple(names) for order, names in found.items()}


def _weyl_d() -> list[tuple[str, int]]:
    return [(f"W(D{n})", 2 ** (n - 1) * prod(range(1, n + 1))) for n in range(4, 8)]


def _matrix_groups() -> list[tuple[str, int]]:
    found = []
    for q in range(2, LARGEST_FIELD + 1):
        if len(factorint(q)) > 1:
            continue
        for n in (1, 2, 3, 4):
            general = prod(q**n - q**i for i in range(n))
            if n > 1:
                found += [
                    (f"GL({n},{q})", general),
                    (f"SL({n},{q})", general // (q - 1)),
                    (f"PGL({n},{q})", general // (q - 1)),
                ]
            found += [(f"AGL({n},{q})", q**n * general)]
            if n > 1 and q > 2:
                found += [(f"ASL({n},{q})", q**n * general // (q - 1))]
        unitary = q**3 * (q**2 - 1) * (q**3 + 1)
        if q > 2 and gcd(3, q + 1) > 1:
            found.append((f"SU(3,{q})", unitary))
    return found


def _wreath_products() -> list[tuple[str, int]]:
    found = []
    for base, order, _ in _WREATH_PARTS:
        for top, above, degree in _WREATH_PARTS:
            name = f"{f'({base})' if 'x' in base else base}wr{f'({top})' if 'x' in top else top}"
            found.append((name, order**degree * above))
    return found
